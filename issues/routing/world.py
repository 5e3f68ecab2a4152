"""What rules can speak of: everything that exists in this city today or is announced. Typed values, read by a handful of queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection
from django.db.models import Q

from accounts.models import Crew, Department
from gis_data.models import Boundary, BoundarySet
from gis_data.names import Names
from issues.models import Category
from issues.routing.facts import DepartmentFact
from issues.routing.rules import RuleFact
from works.at_place import supervisors

YES_NO: Final = ("yes", "no")


@dataclass(frozen=True, slots=True)
class Kind:
    """A category in force; ``questions`` as it keeps them."""

    id: int
    code: str
    names: Names
    group: str = ""
    group_names: Names = field(default_factory=dict)
    asset_kind: str = ""
    questions: tuple[Mapping[str, Any], ...] = ()
    repair_kinds: tuple[str, ...] = ()

    def choices(self, question: str) -> tuple[str, ...] | None:
        """Codes a resident can choose from; none for an answer in free words, None where the question is not asked."""
        for one in self.questions:
            if one.get("code") == question:
                return choices_of(one)
        return None


@dataclass(frozen=True, slots=True)
class Areas:
    """A boundary set with its areas (code → names) that are in force today or later."""

    id: int
    code: str
    names: Names
    areas: Mapping[str, Names]


@dataclass(frozen=True, slots=True)
class CrewRow:
    id: int
    code: str
    names: Names
    department: str
    active: bool


@dataclass(frozen=True, slots=True)
class World:
    """Everything by its code. Services and crews that are closed are here too, with ``active`` false.

    The classes and owners of streets, the kinds and owners of assets, and the supervisors of contracts, are those that occur.
    """

    today: dt.date
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    sets: Mapping[str, Areas] = field(default_factory=dict)
    departments: Mapping[str, DepartmentFact] = field(default_factory=dict)
    crews: Mapping[str, CrewRow] = field(default_factory=dict)
    road_classes: tuple[str, ...] = ()
    street_owners: tuple[str, ...] = ()
    asset_kinds: tuple[str, ...] = ()
    asset_owners: tuple[str, ...] = ()
    supervisors: tuple[str, ...] = ()

    @property
    def groups(self) -> dict[str, Names]:
        """Groups of categories by code, with their names."""
        return {kind.group: kind.group_names for kind in self.kinds.values() if kind.group}

    def admitted(self, rule: RuleFact) -> Iterator[Kind]:
        """Categories of which the rule can get anything: those it names, that have such assets and repairs and can be answered so."""
        for kind in self.named(rule.category, rule.group):
            possible = _has_such_assets(rule, kind) and has_such_repairs(rule, kind)
            if possible and all(_can_be_answered(kind, *one) for one in rule.answers.items()):
                yield kind

    def named(self, category: str, group: str) -> list[Kind]:
        """Categories that a rule with this category and group ('' for any) speaks of."""
        return [kind for kind in self.kinds.values() if category in {"", kind.code} and group in {"", kind.group}]


def _has_such_assets(rule: RuleFact, kind: Kind) -> bool:
    """The nearest asset is looked for among those of the category's kind alone."""
    if not rule.asset_kinds and not rule.asset_owners:
        return True
    return bool(kind.asset_kind) and (not rule.asset_kinds or kind.asset_kind in rule.asset_kinds)


def has_such_repairs(rule: RuleFact, kind: Kind) -> bool:
    """Whether what the rule says of a warranty can be so: it is looked for among the repairs that concern the category alone."""
    if not rule.warranty_kinds and not rule.warranty_supervisors:
        return True
    return bool(set(kind.repair_kinds).intersection(rule.warranty_kinds or kind.repair_kinds))


def _can_be_answered(kind: Kind, question: str, wanted: tuple[str, ...]) -> bool:
    choices = kind.choices(question)
    return choices is not None and bool(wanted) and (not choices or not set(choices).isdisjoint(wanted))


def choices_of(question: Mapping[str, Any]) -> tuple[str, ...]:
    """Codes of the answers that a question offers; none for free words."""
    if question.get("type") == "yesno":
        return YES_NO
    return tuple(choice["code"] for choice in question.get("choices", ())) if question.get("type") == "choice" else ()


def read_world(today: dt.date) -> World:
    """Read it: seven queries, however large the city."""
    streets_and_assets = _occurring()
    return World(
        today=today,
        kinds={one.code: _kind(one) for one in Category.objects.filter(valid__contains=today)},
        sets=_sets(today),
        departments={
            one.code: DepartmentFact(one.pk, one.code, one.names, one.active) for one in Department.objects.order_by("code")
        },
        crews={
            one.code: CrewRow(one.pk, one.code, one.names, one.department.code, one.active)
            for one in Crew.objects.select_related("department").order_by("department__code", "code")
        },
        supervisors=supervisors(),
        **streets_and_assets,
    )


def _kind(one: Category) -> Kind:
    return Kind(
        one.pk, one.code, one.names, one.group, one.group_names, one.asset_kind, tuple(one.questions), tuple(one.repair_kinds)
    )


def _sets(today: dt.date) -> dict[str, Areas]:
    now_or_later = Q(valid__contains=today) | Q(valid__startswith__gt=today)
    found: dict[int, dict[str, Names]] = {}
    rows = Boundary.objects.filter(now_or_later, valid__isempty=False).order_by("code", "-valid")
    for set_id, code, names in rows.values_list("boundary_set_id", "code", "names"):
        found.setdefault(set_id, {})[code] = names
    return {one.code: Areas(one.pk, one.code, one.names, found.get(one.pk, {})) for one in BoundarySet.objects.order_by("code")}


_OCCURRING: Final = """
SELECT ARRAY(SELECT DISTINCT road_class FROM gis_data_street WHERE road_class <> '' ORDER BY 1),
       ARRAY(SELECT DISTINCT owner FROM gis_data_street WHERE owner <> '' ORDER BY 1),
       ARRAY(SELECT DISTINCT kind FROM gis_data_asset ORDER BY 1),
       ARRAY(SELECT DISTINCT owner FROM gis_data_asset WHERE owner <> '' ORDER BY 1)
"""


def _occurring() -> dict[str, tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_OCCURRING)
        row = cursor.fetchone()
    return dict(zip(("road_classes", "street_owners", "asset_kinds", "asset_owners"), map(tuple, row), strict=True))
