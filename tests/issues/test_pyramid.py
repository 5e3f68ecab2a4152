"""Counts of appeals kept in advance: always the same as counting the rows, whatever was written and whatever was merged."""

import importlib
import random
from typing import Any

import mapbox_vector_tile
import pytest
from django.db import connection

from issues.counted import COUNTED
from issues.models import Appeal
from layers import upkeep
from layers.models import PyramidDelta, PyramidPart, PyramidTotal
from layers.pyramid import LEVELS
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal
from tests.issues.counting import (
    Change,
    anew,
    assert_counts_are_those_of_the_rows,
    assert_tiles_are_as_counted_anew,
    delete,
    insert,
    merge,
    tiles_of_the_city,
    undone,
    update,
)
from tests.layers.reading import around, features, place_of, values


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_written_and_merged_the_counts_are_those_of_the_rows(seed: int, a_city: TinyCity) -> None:
    dice = random.Random(seed)
    changes: list[Change] = [insert, update, update, update, delete, merge, undone]
    for step in range(40):
        dice.choice(changes)(dice, a_city) if step else insert(dice, a_city)
        if step in {13, 27}:
            assert_tiles_are_as_counted_anew()
    assert Appeal.objects.count() > 25
    assert_tiles_are_as_counted_anew()
    assert_counts_are_those_of_the_rows()
    assert_tiles_are_as_counted_anew()


def _all_counts() -> tuple[list[Any], list[Any]]:
    upkeep.merge_all()
    upkeep.sweep()
    return (
        sorted(PyramidPart.objects.values_list("cell", "kind", "value", "n", "su", "sv")),
        sorted(PyramidTotal.objects.values_list("cell", "month", "n1", "n2", "n3", "n4", "n5", "su", "sv")),
    )


@pytest.mark.django_db
def test_counts_grown_by_changes_are_those_from_scratch(a_city: TinyCity) -> None:
    dice = random.Random(11)
    for change in (insert, update, merge, insert, delete, update, merge, insert):
        change(dice, a_city)
    grown = _all_counts()
    assert len(grown[0]) > 100
    upkeep.rebuild(COUNTED)
    assert _all_counts() == grown


@pytest.mark.django_db
def test_counting_from_scratch_takes_what_was_noted_with_it(a_city: TinyCity) -> None:
    dice = random.Random(7)
    insert(dice, a_city)
    upkeep.merge_all()
    insert(dice, a_city)
    assert PyramidDelta.objects.exists()
    rows = upkeep.rebuild(COUNTED)
    assert rows == Appeal.objects.public().filter(point__isnull=False).count()
    assert not PyramidDelta.objects.exists()
    assert_tiles_are_as_counted_anew()
    assert_counts_are_those_of_the_rows()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["from=2025-02-01", "to=2025-02-28&state=new,fixed", "from=2025-02-10&to=2025-03-20&category=lamp,tree"]
)
def test_periods_are_counted_by_months(query: str, a_city: TinyCity) -> None:
    dice = random.Random(5)
    for change in (insert, insert, merge, update, insert):
        change(dice, a_city)
    for zoom in LEVELS:
        tiles = tiles_of_the_city(zoom)
        expected = sum(count for tile in tiles for count in _counts(anew(tile, query)))
        assert sum(sum(values(features("appeals", tile, query), "count")) for tile in tiles) == expected > 0


def _counts(data: bytes) -> list[int]:
    decoded = mapbox_vector_tile.decode(data) if data else {}
    return [feature["properties"]["count"] for layer in decoded.values() for feature in layer["features"]]


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["from=2025-01-01", "from=2025-01-01&state=new", "from=2025-01-01&state=new&category=lamp"])
def test_a_period_puts_its_counts_where_the_appeals_are(query: str, a_city: TinyCity) -> None:
    for state in ("new", "done", "done"):
        an_appeal(a_city, "lamp", state=state)
    for merged in (False, True):
        tile = around(IN_WEST, 10)
        (cell,) = features("appeals", tile, query)
        assert cell["properties"]["count"] == (1 if "state" in query else 3)
        assert cell["properties"]["state"] == ("new" if "state" in query else "fixed")
        assert place_of(tile, cell) == pytest.approx(IN_WEST, abs=2e-4)
        if not merged:
            upkeep.merge_all()


@pytest.mark.django_db
def test_what_was_there_before_counts_were_kept_is_noted_by_the_migration(a_city: TinyCity) -> None:
    note_all: str = importlib.import_module("issues.migrations.0010_counted").NOTE_ALL
    an_appeal(a_city)
    an_appeal(a_city, at=IN_EAST, visibility="held")
    upkeep.merge_all()
    PyramidPart.objects.all().delete()
    PyramidTotal.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(note_all)
    assert_tiles_are_as_counted_anew()
    assert_counts_are_those_of_the_rows()
