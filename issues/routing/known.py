"""Facts put together again from a key, for deciding once what very many appeals have in common."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from accounts.models import Department
from gis_data import city_time
from gis_data.ground import AssetFact, BoundaryFact, StreetFact
from gis_data.models import Boundary, BoundarySet, City
from issues.models import Category
from issues.routing import facts_sql
from issues.routing.fact_key import FactKey
from issues.routing.facts import Answers, CategoryFact, DepartmentFact, Facts
from issues.routing.rules import Rules, rule_fact
from layers.prepared import one_row
from works.at_place_facts import WarrantyFact

#: A Monday: the weekday of a fact without a date is counted from it.
_MONDAY: Final = dt.datetime(2024, 1, 1)  # noqa: DTZ001  # the city's own time


@dataclass(frozen=True, slots=True)
class Known:
    """What all keys share: categories, fallbacks, and which sets are the districts; as of ``day``."""

    day: dt.date
    categories: Mapping[str, CategoryFact]
    fallback: DepartmentFact | None
    fallbacks: Mapping[str, DepartmentFact]
    districts: frozenset[str]
    has_districts: bool


def read_known(day: dt.date | None = None) -> Known:
    """Read it: five small queries, however many appeals follow."""
    day = day or city_time.today()
    departments = {
        one.pk: DepartmentFact(one.pk, one.code, one.names, one.active)
        for one in Department.objects.only("code", "names", "active")
    }
    by_code = {one.code: one for one in departments.values()}
    sets = list(BoundarySet.objects.only("code", "is_district", "fallback_department"))
    fallback = City.objects.values_list("fallback_department", flat=True).first() or ""
    return Known(
        day=day,
        categories={one.code: _category(one, departments) for one in Category.objects.all()},
        fallback=by_code.get(fallback),
        fallbacks={one.code: by_code[one.fallback_department] for one in sets if one.fallback_department in by_code},
        districts=frozenset(one.code for one in sets if one.is_district),
        has_districts=Boundary.objects.on(day).filter(boundary_set__is_district=True).exists(),
    )


def _category(one: Category, departments: Mapping[int, DepartmentFact]) -> CategoryFact:
    own = departments.get(one.department_id) if one.department_id else None
    return CategoryFact(one.code, one.names, one.group, own, one.asset_kind, tuple(one.questions))


def facts_of(key: FactKey, known: Known, weekday: int = 1, minute: int = 0, answers: Answers | None = None) -> Facts:
    """The facts that ``key`` stands for, reported on ``weekday`` (ISO) at ``minute`` of the day."""
    return Facts(
        day=known.day,
        at=_MONDAY + dt.timedelta(days=weekday - 1, minutes=minute),
        category=known.categories.get(key.category) or CategoryFact(key.category, {}),
        fallback=known.fallback,
        fallbacks=known.fallbacks,
        has_place=key.has_place,
        has_districts=known.has_districts,
        boundaries=tuple(BoundaryFact(0, 0, at, {}, at in known.districts, code, {}, "") for at, code in key.at),
        street=StreetFact("", {}, *key.street, 0.0) if key.street else None,
        asset=AssetFact("", key.asset[0], {}, key.asset[1], 0.0) if key.asset else None,
        warranty=WarrantyFact("", *key.warranty, "", "", known.day, None, 0.0) if key.warranty else None,
        answers=answers or {},
    )


def read_rules(rule_set: int | None, day: dt.date) -> Rules:
    """All rules of a set that are in force on ``day``. One query."""
    if rule_set is None:
        return Rules(())
    row = one_row(facts_sql.RULES.format(rule_set="$1", day="$2"), [rule_set, day])
    assert row is not None  # an aggregate gives one row always
    return Rules(map(rule_fact, row[0] or ()), rule_set)
