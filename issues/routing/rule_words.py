"""What a rule states, in words: a list of (what, how it must be) in the order in which rules are compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gis_data.names import in_language
from gis_data.road_classes import road_class_word
from issues.routing.check import owner_word
from issues.routing.rules import RuleFact
from issues.routing.warranty_words import kinds_in_words
from issues.routing.weekdays import weekday_word
from issues.routing.world import World

Stated = tuple[str, str]
_HOUR: Final = dt.timedelta(hours=1)


def conditions_in_words(rule: RuleFact, world: World) -> list[Stated]:
    """What the rule states, in the active language; empty for a rule that fits everything everywhere. Makes no query."""
    said = ((title(), say(rule, world)) for title, say in _WORDS)
    return [(title, words) for title, words in said if words]


def _warranty(rule: RuleFact, _world: World) -> str:
    supervised = ", ".join(rule.warranty_supervisors)
    named = _("supervised by: %(names)s") % {"names": supervised} if supervised else ""
    return " · ".join(part for part in (kinds_in_words(rule.warranty_kinds), named) if part)


def _asset(rule: RuleFact, world: World) -> str:
    return _both(", ".join(rule.asset_kinds), ", ".join(owner_word(owner, world) for owner in rule.asset_owners))


def _street(rule: RuleFact, world: World) -> str:
    classes = ", ".join(dict.fromkeys(map(road_class_word, rule.road_classes)))
    return _both(classes, ", ".join(owner_word(owner, world) for owner in rule.street_owners))


def _both(what: str, owners: str) -> str:
    owned = _("owner: %(owners)s") % {"owners": owners} if owners else ""
    return " · ".join(part for part in (what, owned) if part)


def _area(rule: RuleFact, world: World) -> str:
    if not rule.set_code:
        return ""
    found = world.sets.get(rule.set_code)
    area = in_language(found.areas.get(rule.boundary_code)) if found else ""
    return f"{area or rule.boundary_code} ({in_language(found.names) if found else rule.set_code})"


def _category(rule: RuleFact, world: World) -> str:
    kind = world.kinds.get(rule.category)
    if rule.category:
        return (in_language(kind.names) if kind else "") or rule.category
    if rule.group:
        return _("all of the group “%(group)s”") % {"group": in_language(world.groups.get(rule.group)) or rule.group}
    return ""


def _answers(rule: RuleFact, world: World) -> str:
    questions = questions_of(rule.category, rule.group, world)
    said = []
    # As the form asks them: the database keeps no order of the keys.
    place = {code: number for number, code in enumerate(questions)}
    for code in sorted(rule.answers, key=lambda code: place.get(code, len(place))):
        question, wanted = questions.get(code, {}), rule.answers[code]
        label = in_language(question.get("labels")) or code
        said.append(f"{label} {_either([answer_word(question, answer) for answer in wanted])}")
    return "; ".join(said)


def _either(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s or %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}


def _time(rule: RuleFact, _world: World) -> str:
    days = ", ".join(filter(None, (weekday_word(day, within_sentence=True) for day in rule.weekdays)))
    if rule.minutes is None:
        return days
    begin, end = ("{:02}:{:02}".format(*divmod(minute, 60)) for minute in rule.minutes)
    hours = _("%(begin)s to %(end)s") % {"begin": begin, "end": end}
    if rule.minutes[1] < rule.minutes[0]:
        hours = _("%(begin)s to %(end)s the next morning") % {"begin": begin, "end": end}
    return ", ".join(part for part in (days, hours) if part)


_WORDS: Final[tuple[tuple[Callable[[], str], Callable[[RuleFact, World], str]], ...]] = (
    (lambda: _("Repair under warranty"), _warranty),
    (lambda: _("Nearest object"), _asset),
    (lambda: _("Nearest street"), _street),
    (lambda: _("Area"), _area),
    (lambda: _("Category"), _category),
    (lambda: _("Answers"), _answers),
    (lambda: _("Reported"), _time),
)


def questions_of(category: str, group: str, world: World) -> dict[str, Mapping[str, Any]]:
    """Questions with choices that the named category asks, or those of the named group, by code."""
    if not category and not group:
        return {}
    asked = (question for kind in world.named(category, group) for question in kind.questions)
    return {question["code"]: question for question in asked if question.get("type") in {"choice", "yesno"}}


def answer_word(question: Mapping[str, Any], answer: str) -> str:
    """An answer as the resident reads it; its code where nothing better is known."""
    if question.get("type") == "yesno" and answer in {"yes", "no"}:
        return _("Yes") if answer == "yes" else _("No")
    labels = {choice["code"]: in_language(choice.get("labels")) for choice in question.get("choices", ())}
    return labels.get(answer) or answer


def span_in_words(span: dt.timedelta | None) -> str:
    """“3 days” or “36 hours”; '' for none."""
    if span is None:
        return ""
    hours = span / _HOUR
    if hours >= 24 and hours % 24 == 0:
        return ngettext("%(count)d day", "%(count)d days", int(hours) // 24) % {"count": int(hours) // 24}
    if hours == int(hours):
        return ngettext("%(count)d hour", "%(count)d hours", int(hours)) % {"count": int(hours)}
    return _("%(number)s hours") % {"number": f"{hours:g}"}
