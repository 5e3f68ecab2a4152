"""What is wrong with rules, in sentences, before they decide anything. Pure: rules and the world in, problems out.

An *error* is a rule that can never match or that points where nobody is; it is refused. A *warning* is a rule that is allowed
but will surprise: it never gets its turn, or it speaks of streets or things that the city does not have (yet).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.translation import gettext as _

from gis_data.names import Names, in_language
from gis_data.road_classes import road_class_word
from issues.routing.covers import covers, sends_alike, states_the_same
from issues.routing.facts import DepartmentFact
from issues.routing.rule_row import RuleRow
from issues.routing.weekdays import ISO_DAYS
from issues.routing.world import Kind, World, has_such_repairs

Level = Literal["error", "warning"]
Found = tuple[Level, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the rule ``rule_code``; ``other`` is the code of the rule that is in its way."""

    rule_code: str
    level: Level
    sentence: str
    other: str = ""

    @property
    def is_error(self) -> bool:
        return self.level == "error"


def problems(rules: Sequence[RuleRow], world: World) -> list[Problem]:
    """Everything wrong with ``rules``, in the order in which they are asked. Sentences are in the active language."""
    ordered = sorted(rules, key=lambda row: row.rank)
    found: list[Problem] = []
    before: dict[str, list[RuleRow]] = {}
    for row in ordered:
        place = f"{row.fact.set_code}/{row.fact.boundary_code}"
        own = [Problem(row.code, level, sentence) for look in _LOOKS for level, sentence in look(row, world)]
        found += own
        if not any(problem.is_error for problem in own) and (hidden := _shadowed(row, before, place, world)):
            found.append(hidden)
        before.setdefault(place, []).append(row)
    return found


def concerning(code: str, found: Sequence[Problem]) -> list[Problem]:
    """Of all problems of a set, those of the rule ``code`` and those of rules in whose way it stands."""
    return [problem for problem in found if code in {problem.rule_code, problem.other}]


def _shadowed(row: RuleRow, before: dict[str, list[RuleRow]], place: str, world: World) -> Problem | None:
    """Only a rule of the same place or of none can fit wherever this one does."""
    for other in (one for at in dict.fromkeys(("/", place)) for one in before.get(at, ())):
        if covers(other, row, world):
            if states_the_same(other, row) and sends_alike(other, row):
                sentence = _("It says exactly what the rule “%(other)s” says. One of them is enough.")
            else:
                sentence = _("It never gets its turn: the rule “%(other)s” goes before it and fits wherever this one fits.")
            return Problem(row.code, "warning", sentence % {"other": other.code}, other.code)
    return None


def _days(row: RuleRow, world: World) -> Iterator[Found]:
    if row.never:
        yield "error", _("There is no day on which it is valid.")
    elif row.ends is not None and row.ends <= world.today:
        yield "warning", _("Its days are over: it no longer matches.")


def _hours(row: RuleRow, _world: World) -> Iterator[Found]:
    minutes = row.fact.minutes
    if minutes is not None and minutes[0] == minutes[1]:
        yield "error", _("Its hours begin and end at the same time. Write two different times, or none for the whole day.")
    if row.fact.weekdays and not set(row.fact.weekdays).intersection(ISO_DAYS):
        yield "error", _("It names no day of the week that there is.")


def _boundary(row: RuleRow, world: World) -> Iterator[Found]:
    fact = row.fact
    if not fact.set_code:
        return
    found = world.sets.get(fact.set_code)
    if found is None or fact.boundary_code not in found.areas:
        yield (
            "error",
            _("There is no area “%(area)s” in “%(set)s”, today or later, so it never matches.")
            % {"area": fact.boundary_code, "set": in_language(found.names) if found else fact.set_code},
        )


def _category(row: RuleRow, world: World) -> Iterator[Found]:
    fact, kind = row.fact, world.kinds.get(row.fact.category)
    if fact.category and kind is None:
        yield "error", _("The category “%(category)s” is not in force, so it never matches.") % {"category": fact.category}
    elif fact.group and fact.group not in world.groups:
        yield "error", _("No category belongs to the group “%(group)s”, so it never matches.") % {"group": fact.group}
    elif kind and fact.group and kind.group != fact.group:
        words = {"category": _kind_word(kind), "group": _named(world.groups[fact.group], fact.group)}
        yield "error", _("The category “%(category)s” does not belong to the group “%(group)s”, so it never matches.") % words


def _streets(row: RuleRow, world: World) -> Iterator[Found]:
    for road_class in sorted(set(row.fact.road_classes).difference(world.road_classes)):
        yield "warning", _("No street of this city is a %(class)s.") % {"class": road_class_word(road_class)}
    for owner in sorted(set(row.fact.street_owners).difference(world.street_owners)):
        yield "warning", _("No street of this city is looked after by “%(owner)s”.") % {"owner": owner_word(owner, world)}


def _assets(row: RuleRow, world: World) -> Iterator[Found]:
    fact = row.fact
    if not fact.asset_kinds and not fact.asset_owners:
        return
    kinds = world.named(fact.category, fact.group)
    if kinds and not any(kind.asset_kind and kind.asset_kind in (fact.asset_kinds or (kind.asset_kind,)) for kind in kinds):
        yield "error", _("No category that it speaks of looks for such objects near the pin, so it never matches.")
    for kind in sorted(set(fact.asset_kinds).difference(world.asset_kinds)):
        yield "warning", _("This city has no objects of the kind “%(kind)s”.") % {"kind": kind}
    for owner in sorted(set(fact.asset_owners).difference(world.asset_owners)):
        yield "warning", _("No object of this city belongs to “%(owner)s”.") % {"owner": owner_word(owner, world)}


def _warranties(row: RuleRow, world: World) -> Iterator[Found]:
    fact = row.fact
    kinds = world.named(fact.category, fact.group)
    if kinds and not any(has_such_repairs(fact, kind) for kind in kinds):
        yield "error", _("No category that it speaks of is mended by such repairs, so it never matches.")
    for supervisor in sorted(set(fact.warranty_supervisors).difference(world.supervisors)):
        yield "warning", _("No contract of this city is supervised by “%(supervisor)s”.") % {"supervisor": supervisor}


def _answers(row: RuleRow, world: World) -> Iterator[Found]:
    fact = row.fact
    if fact.broken == "unreadable":
        yield "error", _("What it says of answers cannot be read. Choose them again.")
    if kinds := world.named(fact.category, fact.group):
        for question, wanted in fact.answers.items():
            yield from (("error", sentence) for sentence in _answer(question, wanted, kinds))
    if fact.answers and not fact.category:
        yield "warning", _("It looks at answers, but names no category: only categories that ask these questions can match.")


def _answer(question: str, wanted: tuple[str, ...], kinds: Sequence[Kind]) -> Iterator[str]:
    asked = [choices for kind in kinds if (choices := kind.choices(question)) is not None]
    offered = {choice for choices in asked for choice in choices}
    if not wanted:
        yield _("It names no answer to the question “%(question)s”, so it never matches.") % {"question": question}
    elif not asked:
        yield _("No category that it speaks of asks the question “%(question)s”, so it never matches.") % {"question": question}
    elif not offered:
        yield _("The question “%(question)s” is answered in free words, which no rule can look at.") % {"question": question}
    for answer in (one for one in wanted if offered and one not in offered):
        words = {"answer": answer, "question": question}
        yield _("“%(answer)s” is not among the answers to the question “%(question)s”.") % words


def _receiver(row: RuleRow, world: World) -> Iterator[Found]:
    department = row.fact.department
    if department is None or not department.active:
        yield (
            "error",
            _("The service “%(department)s” is closed. Choose another one.") % {"department": _service_word(department)},
        )
    crew = world.crews.get(row.crew)
    if row.crew and (crew is None or not crew.active):
        yield (
            "error",
            _("The crew “%(crew)s” no longer works. Choose another one, or none.")
            % {"crew": _named(crew.names if crew else None, row.crew)},
        )
    elif crew and department and crew.department != department.code:
        words = {"crew": _named(crew.names, crew.code), "department": _service_word(department)}
        yield "error", _("The crew “%(crew)s” does not belong to the service “%(department)s”.") % words


_LOOKS: Final[tuple[Callable[[RuleRow, World], Iterator[Found]], ...]] = (
    _days, _hours, _boundary, _category, _warranties, _streets, _assets, _answers, _receiver,
)  # fmt: skip


def owner_word(owner: str, world: World) -> str:
    """An owner as the data name it; where that is a service's code, the service's name."""
    department = world.departments.get(owner)
    return _service_word(department) if department else owner


def _kind_word(kind: Kind) -> str:
    return _named(kind.names, kind.code)


def _service_word(department: DepartmentFact | None) -> str:
    return _named(department.names, department.code) if department else ""


def _named(names: Names | None, code: str) -> str:
    return in_language(names) or code
