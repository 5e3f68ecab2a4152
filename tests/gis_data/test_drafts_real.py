"""Real cities as drafts of boundaries, and mistakes in shapes told in words."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.geos import Point, Polygon
from django.utils import translation

from gis_data import city_time
from gis_data.draft_checks import check_draft, difference_of, mistake_in_words
from gis_data.drafts import new_draft, publish_draft
from gis_data.models import BoundarySet, City
from gis_data.upload import read_upload

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("reason", ["Self-intersection", "Ring Self-intersection", "Hole lies outside shell", "Nested shells"])
def test_a_mistake_is_told_in_the_readers_language_and_an_unknown_one_as_it_is(reason: str) -> None:
    assert mistake_in_words(reason) != reason
    with translation.override("en"):
        assert mistake_in_words("Something new") == "Something new"


def geojson(path: Path) -> dict[str, Any]:
    with gzip.open(path) as file:
        return dict(json.load(file))


@pytest.mark.parametrize(
    ("file", "code_column", "name_columns", "count"),
    [
        ("boston/neighborhoods.geojson.gz", "Neighborhood_ID", {"en": "Name"}, 26),
        ("russia/moscow_districts.geojson.gz", "cartodb_id", {"ru": "name", "en": "name_lat"}, 125),
        ("russia/st-petersburg_districts.geojson.gz", "cartodb_id", {"ru": "name", "en": "name_lat"}, 107),
    ],
)
def test_a_real_city_becomes_a_draft_and_the_same_file_changes_nothing(
    real_data: Path, file: str, code_column: str, name_columns: dict[str, str], count: int
) -> None:
    City.objects.create(
        pack="t", names={}, languages=["en", "ru"], time_zone="UTC", currency="EUR",
        bounds=Polygon.from_bbox((-180, -80, 180, 80)), centre=Point(10.05, 50.02, srid=4326),
    )  # fmt: skip
    group = BoundarySet.objects.create(code="districts", names={"en": "Districts"})
    day = city_time.today()
    with (real_data / file).open("rb") as data:
        draft = new_draft(group, "First", read_upload(data))
    assert (draft.code_column, draft.name_columns) == (code_column, name_columns)
    checks = check_draft(draft, day)
    assert (len(checks.areas), checks.stopped) == (count, False)
    assert len(publish_draft(draft, day, moves_open=False).new) == count
    second = new_draft(group, "Again", read_upload(io.BytesIO(json.dumps(geojson(real_data / file)).encode())))
    assert {change.kind for change in difference_of(second, day)} == {"same"}
    assert len(publish_draft(second, day + dt.timedelta(days=1), moves_open=False).unchanged) == count
