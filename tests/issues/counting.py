"""An archive of appeals that changes by dice, and the judge of the counts kept in advance: counting the rows anew."""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from django.contrib.gis.geos import Point
from django.db import connection, transaction
from django.http import QueryDict

from issues.counted import COUNTED
from issues.map_layers import APPEALS
from issues.models import Appeal, Visibility
from issues.states import BEHIND, STATES
from layers import pyramid_tile_sql, tile_sql, upkeep
from layers.filters import parse
from layers.grid import Tile
from layers.models import PyramidDelta, PyramidPart, PyramidTotal
from layers.pyramid import LEVELS, ZOOM_AT
from tests.factories import IN_WEST, TinyCity
from tests.layers.reading import around

#: The same layer without counts kept in advance: its rows are counted for each tile.
PLAIN: Final = replace(APPEALS, pyramid=None)
QUERIES: Final = (
    "",
    "category=lamp",
    "category=lamp,tree&state=new,fixed",
    "state=in_progress",
    "category=unheard-of",
    "state=declined",
)


def tiles_of_the_city(zoom: int) -> list[Tile]:
    first, last = around((9.99, 50.07), zoom), around((10.11, 49.99), zoom)
    return [Tile(zoom, x, y) for x in range(first.x, last.x + 1) for y in range(first.y, last.y + 1)]


def kept(tile: Tile, query: str = "") -> bytes:
    selection = parse(APPEALS, QueryDict(query))
    assert pyramid_tile_sql.reading(APPEALS, selection.whole_months()), "answered by counting rows"
    return tile_sql.fetch(tile_sql.statement(APPEALS, tile, selection))


def anew(tile: Tile, query: str = "") -> bytes:
    return tile_sql.fetch(tile_sql.statement(PLAIN, tile, parse(APPEALS, QueryDict(query)).whole_months()))


def assert_tiles_are_as_counted_anew() -> None:
    """Byte for byte, at every zoom; with filters, for one tile of each."""
    dice = random.Random(1)
    for zoom in LEVELS:
        tiles = tiles_of_the_city(zoom)
        some = dice.choice(tiles)
        for tile, query in [*((tile, "") for tile in tiles), *((some, query) for query in QUERIES)]:
            assert kept(tile, query) == anew(tile, query), (tile, query)


def assert_counts_are_those_of_the_rows() -> None:
    """After merging: the sums of every zoom, category and state, and of every zoom, month and state, are count(*)."""
    upkeep.merge_all()
    assert not PyramidDelta.objects.exists()
    for zoom in LEVELS:
        found: dict[tuple[int, int], int] = {}
        for cell, kind, value, n in PyramidPart.objects.values_list("cell", "kind", "value", "n"):
            if cell >> ZOOM_AT & 15 == zoom and n:
                found[kind, value] = found.get((kind, value), 0) + n
        assert found == _counted_rows()
        by_month: dict[int, int] = {}
        for total in PyramidTotal.objects.all():
            if total.cell >> ZOOM_AT & 31 == 16 + zoom:
                by_month[total.month] = by_month.get(total.month, 0) + total.n1 + total.n2 + total.n3 + total.n4
        assert {month: n for month, n in by_month.items() if n} == _rows_by_month()
    kinds: dict[tuple[int, int], int] = {}
    for total in PyramidTotal.objects.filter(cell__range=COUNTED.kinds_by_month):
        for value, n in enumerate((total.n1, total.n2, total.n3, total.n4), 1):
            key = total.cell & (1 << ZOOM_AT) - 1, value
            kinds[key] = kinds.get(key, 0) + n
    assert {key: n for key, n in kinds.items() if n} == _counted_rows()


def _counted_rows() -> dict[tuple[int, int], int]:
    expected: dict[tuple[int, int], int] = {}
    for kind, state in Appeal.objects.public().filter(point__isnull=False).values_list("category_id", "state"):
        public = next(code for code, states in BEHIND.items() if state in states)
        key = kind, 1 + sorted(BEHIND).index(public)
        expected[key] = expected.get(key, 0) + 1
    return expected


def _rows_by_month() -> dict[int, int]:
    expected: dict[int, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT extract(year FROM at) * 12 + extract(month FROM at) - 1900 * 12 - 1, count(*) FROM (
                SELECT created_at AT TIME ZONE 'Europe/Helsinki' AS at FROM issues_appeal WHERE visibility = 'public' AND point IS NOT NULL
            ) AS moments GROUP BY 1"""
        )
        expected.update((int(month), n) for month, n in cursor.fetchall())
    return expected


Change = Callable[[random.Random, TinyCity], None]


def insert(dice: random.Random, city: TinyCity) -> None:
    categories = [city.categories[code].pk for code in ("lamp", "tree", "pothole")]
    Appeal.objects.bulk_create(
        Appeal(
            public_id=f"{dice.getrandbits(32):08x}",
            category_id=dice.choice(categories),
            state=dice.choice(STATES),
            visibility=dice.choice(["public", "public", "public", *Visibility.values]),
            point=dice.choice([_somewhere(dice), _somewhere(dice), None]),
            created_at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=dice.randrange(3000)),
        )
        for _ in range(dice.randrange(20, 50))
    )


def _somewhere(dice: random.Random) -> Point:
    # A few spots lie exactly on edges of tiles.
    edge = around(IN_WEST, 14).box_in_degrees()
    lon = dice.choice([edge[0], 10 + 0.1 * dice.random(), 10 + 0.1 * dice.random()])
    lat = dice.choice([edge[1], 50 + 0.06 * dice.random(), 50 + 0.06 * dice.random()])
    return Point(lon, lat, srid=4326)


def update(dice: random.Random, city: TinyCity) -> None:
    some = Appeal.objects.filter(pk__in=some_keys(dice))
    which = dice.randrange(5)
    if which == 0:
        some.update(state=dice.choice(STATES))
    elif which == 1:
        some.update(visibility=dice.choice(Visibility.values))
    elif which == 2:
        some.update(category=city.categories[dice.choice(["lamp", "tree"])])
    elif which == 3:
        some.update(point=dice.choice([_somewhere(dice), None]))
    else:
        some.update(created_at=dt.datetime(2025, dice.randrange(1, 12), 1, tzinfo=dt.UTC), text="x")


def delete(dice: random.Random, city: TinyCity) -> None:
    Appeal.objects.filter(pk__in=some_keys(dice)[:5]).delete()


def merge(dice: random.Random, city: TinyCity) -> None:
    upkeep.merge(dice.randrange(1, 60))


def undone(dice: random.Random, city: TinyCity) -> None:
    with transaction.atomic():
        insert(dice, city)
        merge(dice, city)
        update(dice, city)
        transaction.set_rollback(True)


def some_keys(dice: random.Random) -> list[int]:
    keys = sorted(Appeal.objects.values_list("pk", flat=True))
    return dice.sample(keys, min(len(keys), dice.randrange(1, 30)))
