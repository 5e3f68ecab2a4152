"""Real ground, and what is decided on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from shapely.geometry.base import BaseGeometry

from gis_data import city_time
from gis_data.models import BoundarySet
from gis_data.versions import shapes_on
from issues.routing import facts_sql
from issues.routing.choose import Decision, choose
from issues.routing.facts_sql import Question

Shapes = dict[str, BaseGeometry]


def folder_of(real_data: Path, name: str) -> Path:
    folder = real_data / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing")
    return folder


def decide(lon: float | None, lat: float | None, category: str) -> Decision:
    place = facts_sql.read(Question(lon, lat, category))
    assert place.facts is not None
    return choose(place.facts, place.rules)


def areas_of(code: str) -> Shapes:
    return shapes_on(BoundarySet.objects.get(code=code), city_time.today())
