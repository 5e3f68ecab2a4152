"""Finished tiles of coarse zooms: written with the counts, read while nothing waits, never another answer than the counts."""

import pytest
from django.db import connection

from issues.counted import COUNTED
from issues.map_layers import APPEALS
from issues.models import Appeal
from layers import tile_sql, upkeep
from layers.filters import Selection
from layers.grid import Tile
from layers.models import PyramidDelta, PyramidTile, PyramidTotal
from layers.pyramid import LEVELS, STORED, tile_of
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal
from tests.issues.counting import anew, kept
from tests.layers.reading import around

MARK = b"\x1a\x00"


def finished() -> dict[Tile, bytes]:
    return {tile_of(row.tile): bytes(row.data) for row in PyramidTile.objects.all()}


def tiles_at(*places: tuple[float, float]) -> set[Tile]:
    return {around(place, zoom) for place in places for zoom in STORED}


@pytest.mark.django_db
def test_merging_finishes_the_tiles_that_it_changed(a_city: TinyCity) -> None:
    an_appeal(a_city)
    assert finished() == {}
    upkeep.merge_all()
    assert set(finished()) == tiles_at(IN_WEST)
    an_appeal(a_city, at=IN_EAST)
    upkeep.merge_all()
    assert set(finished()) == tiles_at(IN_WEST, IN_EAST)
    assert all(data == anew(tile) for tile, data in finished().items())


@pytest.mark.django_db
def test_a_finished_tile_is_sent_as_it_is_until_a_note_lies_in_it(a_city: TinyCity) -> None:
    an_appeal(a_city)
    upkeep.merge_all()
    PyramidTile.objects.update(data=MARK)
    west = [around(IN_WEST, zoom) for zoom in STORED]
    assert {kept(tile) for tile in west} == {MARK}
    an_appeal(a_city, at=IN_EAST)
    east = tiles_at(IN_EAST)
    assert all((kept(tile) == MARK) is (tile not in east) for tile in west)
    assert all(kept(tile) == anew(tile) for tile in east)
    upkeep.merge_all()
    assert all(kept(tile) == anew(tile) for tile in east)


@pytest.mark.django_db
def test_only_tiles_without_filters_are_read_finished(a_city: TinyCity) -> None:
    an_appeal(a_city)
    upkeep.merge_all()
    PyramidTile.objects.update(data=MARK)
    for query in ("category=lamp", "state=new", "from=2025-01-01"):
        assert kept(around(IN_WEST, 10), query) != MARK
    # All states are no filter, however they are asked for.
    assert kept(around(IN_WEST, 10), "state=new,in_progress,fixed,declined") == MARK


@pytest.mark.django_db
def test_a_tile_from_which_all_went_is_finished_empty(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    upkeep.merge_all()
    Appeal.objects.filter(pk=appeal.pk).update(visibility="hidden")
    upkeep.merge_all()
    assert set(finished().values()) == {b""}
    assert all(kept(around(IN_WEST, zoom)) == b"" for zoom in LEVELS)


@pytest.mark.django_db
def test_where_none_is_kept_the_counts_are_read(a_city: TinyCity) -> None:
    an_appeal(a_city)
    upkeep.merge_all()
    PyramidTile.objects.all().delete()
    assert all(kept(around(IN_WEST, zoom)) == anew(around(IN_WEST, zoom)) != b"" for zoom in LEVELS)


@pytest.mark.django_db
def test_counting_from_scratch_finishes_all_and_forgets_the_rest(a_city: TinyCity) -> None:
    an_appeal(a_city)
    an_appeal(a_city, at=IN_EAST)
    upkeep.merge_all()
    before = finished()
    PyramidTile.objects.update(data=MARK)
    PyramidTile.objects.create(tile=COUNTED.key_of(Tile(6, 1, 1)), data=MARK)
    upkeep.rebuild(COUNTED)
    assert finished() == before


@pytest.mark.django_db
def test_emptying_the_table_forgets_the_finished_tiles(a_city: TinyCity) -> None:
    an_appeal(a_city)
    upkeep.merge_all()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE issues_appeal CASCADE")
    assert finished() == {}
    assert not PyramidTotal.objects.exists()
    assert not PyramidDelta.objects.exists()


@pytest.mark.django_db
def test_one_text_serves_all_tiles_of_a_zoom(a_city: TinyCity) -> None:
    for zoom in LEVELS:
        texts = {tile_sql.statement(APPEALS, around(place, zoom), Selection()).sql for place in (IN_WEST, IN_EAST, (0.0, 0.0))}
        assert len(texts) == 1


@pytest.mark.django_db
def test_a_tile_is_finished_when_the_last_of_its_notes_is_merged(a_city: TinyCity) -> None:
    for _again in range(3):
        an_appeal(a_city)
    for waiting in (2, 1):
        upkeep.merge(1)
        assert PyramidDelta.objects.count() == waiting
        assert finished() == {}
        assert kept(around(IN_WEST, 10)) == anew(around(IN_WEST, 10))
    upkeep.merge(1)
    assert set(finished()) == tiles_at(IN_WEST)
    assert all(data == anew(tile) for tile, data in finished().items())
