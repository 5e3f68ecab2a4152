"""What the form of a rule offers. What the rule names and nobody offers any more stays in view: hidden, it would be lost on saving."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from gis_data.names import Names, in_language
from gis_data.road_classes import road_class_word
from issues.routing.check import owner_word
from issues.routing.rule_words import answer_word, questions_of
from issues.routing.warranty_words import kind_word
from issues.routing.weekdays import ISO_DAYS, weekday_word
from issues.routing.world import World, choices_of
from issues.views.rule_form import Typed
from works.codelists import RepairKind


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Options under one heading; one without a heading stands on its own."""

    label: str
    options: list[Option]


@dataclass(frozen=True, slots=True)
class Boxes:
    """A list of boxes: ``name`` of the field, ``id`` its first part, ``error`` what is wrong with it."""

    name: str
    label: str
    options: list[Option]
    hint: str = ""
    error: str = ""


def choices(typed: Typed, world: World, errors: Mapping[str, str]) -> dict[str, Any]:
    """Everything to choose from, in the active language. Makes no query."""
    return {
        "categories": _grouped(
            ((in_language(kind.group_names), kind.code, _name(kind.names, kind.code)) for kind in world.kinds.values()),
            typed.category,
        ),
        "groups": _grouped((("", code, _name(names, code)) for code, names in world.groups.items()), typed.group),
        "areas": _grouped(
            (
                (_name(one.names, one.code), f"{one.code}/{code}", _name(names, code))
                for one in world.sets.values()
                for code, names in one.areas.items()
            ),
            typed.area,
        ),
        "departments": _grouped(_departments(world), typed.department),
        "crews": _grouped(_crews(world), typed.crew),
        "ground": _ground(typed, world, errors),
        "weekdays": [Option(str(day), weekday_word(day), str(day) in typed.weekdays) for day in ISO_DAYS],
        "questions": _questions(typed, world, errors),
    }


def _grouped(rows: Iterable[tuple[str, str, str]], chosen: str) -> list[Group]:
    """Rows of (heading, value, label) under their headings, in the order in which these first occur."""
    found: dict[str, list[Option]] = {}
    for heading, value, label in rows:
        found.setdefault(heading, []).append(Option(value, label, value == chosen))
    if chosen and not any(option.chosen for options in found.values() for option in options):
        found[_("No longer there")] = [Option(chosen, chosen, chosen=True)]
    return [Group(heading, options) for heading, options in found.items()]


def _departments(world: World) -> Iterable[tuple[str, str, str]]:
    for one in world.departments.values():
        yield "" if one.active else _("Closed"), one.code, _name(one.names, one.code)


def _crews(world: World) -> Iterable[tuple[str, str, str]]:
    for one in world.crews.values():
        service = world.departments.get(one.department)
        if one.active and service and service.active:
            yield _name(service.names, service.code), one.code, _name(one.names, one.code)


def _ground(typed: Typed, world: World, errors: Mapping[str, str]) -> list[Boxes]:
    kinds = {*world.asset_kinds, *(kind.asset_kind for kind in world.kinds.values() if kind.asset_kind)}
    classes = [one for one in _ROAD_ORDER if one in world.road_classes]
    classes += [one for one in world.road_classes if one not in classes]
    return [
        _boxes("road_classes", _("Class of the nearest street"), classes, typed.road_classes, road_class_word, errors),
        _boxes(
            "street_owners",
            _("Who looks after the nearest street"),
            world.street_owners,
            typed.street_owners,
            lambda owner: owner_word(owner, world),
            errors,
        ),
        _boxes("asset_kinds", _("Kind of the nearest object"), sorted(kinds), typed.asset_kinds, str, errors),
        _boxes(
            "asset_owners",
            _("Whom the nearest object belongs to"),
            world.asset_owners,
            typed.asset_owners,
            lambda owner: owner_word(owner, world),
            errors,
        ),
        *_warranties(typed, world, errors),
    ]


def _warranties(typed: Typed, world: World, errors: Mapping[str, str]) -> list[Boxes]:
    concerned = {kind for one in world.kinds.values() for kind in one.repair_kinds}
    kinds = [kind for kind in RepairKind.values if kind in concerned]
    return [
        _boxes("warranty_kinds", _("Finished repair here under warranty"), kinds, typed.warranty_kinds, kind_word, errors),
        _boxes(
            "warranty_supervisors",
            _("Who supervises its contract"),
            world.supervisors,
            typed.warranty_supervisors,
            str,
            errors,
        ),
    ]


#: From the widest road to the narrowest path, with their slip roads.
_ROAD_ORDER: Final = tuple(
    name
    for road_class in (
        "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street", "service",
        "pedestrian", "cycleway", "footway", "path", "steps",
    )
    for name in (road_class, f"{road_class}_link")
)  # fmt: skip


def _boxes(name: str, label: str, offered: Iterable[str], chosen: tuple[str, ...], word: Any, errors: Mapping[str, str]) -> Boxes:
    known = list(offered)
    options = [Option(value, _road_link(value, word(value)), value in chosen) for value in known]
    options += [
        Option(value, _("%(name)s (not in this city)") % {"name": word(value)}, chosen=True)
        for value in chosen
        if value not in known
    ]
    return Boxes(name, label, options, error=errors.get(name, ""))


def _road_link(value: str, word: str) -> str:
    return _("%(class)s, slip road") % {"class": word} if value.endswith("_link") else word


def _questions(typed: Typed, world: World, errors: Mapping[str, str]) -> list[Boxes]:
    """Questions of the category (or the group's), and answers that the rule names although nobody asks for them."""
    asked = questions_of(typed.category, typed.group, world)
    found = []
    for code in dict.fromkeys((*asked, *typed.answers)):
        question, chosen = asked.get(code, {}), typed.answers.get(code, ())
        known = choices_of(question)
        options = [Option(value, answer_word(question, value), value in chosen) for value in known]
        options += [
            Option(value, _("%(name)s (not asked)") % {"name": value}, chosen=True) for value in chosen if value not in known
        ]
        found.append(Boxes(f"q-{code}", in_language(question.get("labels")) or code, options, error=errors.get(f"q-{code}", "")))
    return found


def _name(names: Names | None, code: str) -> str:
    return in_language(names) or code
