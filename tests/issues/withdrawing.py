"""Rules and boundaries planned for a day."""

from __future__ import annotations

import datetime as dt

from gis_data import city_time
from gis_data.models import BoundaryDraft, DraftArea
from issues.models import RoutingRule, RuleSet
from issues.routing.publish import copy_to_draft, in_force
from tests.factories import FROM, TinyCity, box


def later(days: int) -> dt.date:
    return city_time.today() + dt.timedelta(days=days)


def rules(city: TinyCity, title: str = "Spring") -> RuleSet:
    """A draft by which potholes go to the parks."""
    draft = copy_to_draft(city.rule_set, title)
    RoutingRule.objects.create(
        rule_set=draft,
        code="potholes",
        department=city.departments["parks"],
        category=city.categories["pothole"],
        valid=(FROM, None),
    )
    return draft


def boundaries(city: TinyCity) -> BoundaryDraft:
    """A draft by which nearly all of the west is east."""
    draft = BoundaryDraft.objects.create(
        boundary_set=city.sets["districts"], title="East grows", columns=["code"], code_column="code", name_columns={}
    )
    shapes = {"west": box(10.0, 50.0, 10.005, 50.05), "east": box(10.005, 50.0, 10.09, 50.05)}
    for row, (code, shape) in enumerate(shapes.items(), start=1):
        DraftArea.objects.create(draft=draft, row=row, properties={"code": code}, geometry=shape)
    return draft


def deciding(*days: int) -> list[RuleSet | None]:
    return [in_force(later(number)) for number in days]
