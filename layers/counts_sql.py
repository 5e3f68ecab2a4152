"""The statements behind numbers of things: counts kept in advance with what is not yet merged into them, or the rows themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from django.contrib.gis.geos import Polygon
from django.core.exceptions import EmptyResultSet
from django.db.models import Count, ExpressionWrapper, F, Q, QuerySet, TextField
from django.db.models.expressions import Combinable
from django.db.models.functions import ExtractMonth, ExtractYear, TruncMonth

from layers.counts_ahead import Ahead
from layers.counts_cover import Cover, Square
from layers.counts_table import Code, Counted, Table, code_of, counted_by, names_of
from layers.declaration import DateRange, MapLayer
from layers.features_points_sql import InBox
from layers.filters import Area
from layers.grid import Box
from layers.pyramid import MOST_VALUES, UNTOLD, Pyramid, Range
from layers.pyramid_sql import units
from layers.rows_sql import fetch, fetch_rows

#: A number that comes later helps nobody, and many ask at once.
LONGEST_MS: Final = 3_000
_VALUES: Final = ", ".join(f"({value}, n{value})" for value in range(1, MOST_VALUES + 1))
#: Unbroken ranges of numbers, both ends included: parameters.
_RANGES: Final = "unnest(%s::bigint[], %s::bigint[]) AS range (first, last)"


def kept(known: Ahead, squares: Sequence[Square]) -> tuple[Table, Table]:
    """Return the numbers of all time by kind and value, and those of all kinds by month and value, in these squares. One statement.

    Counts are read with the notes that wait to be merged into them.
    """
    pyramid, kinds = known.pyramid, known.kinds
    named, params = (
        kinds.query.sql_with_params() if kinds is not None else ("SELECT NULL::int AS kind_key, NULL::text AS kind_code", ())
    )
    places, parts, months = (
        _ends(ranges)
        for ranges in (
            [one.places(pyramid) for one in squares],
            [one.cells(pyramid, by_month=False) for one in squares],
            [one.cells(pyramid, by_month=True) for one in squares],
        )
    )
    rows = fetch(
        f"""WITH noted AS MATERIALIZED (
            SELECT kind, value, month, sum(n) AS n FROM {_RANGES} JOIN layers_pyramiddelta ON place BETWEEN first AND last
            GROUP BY kind, value, month),
        parts AS (
            SELECT kind, value, sum(n) AS n
            FROM (SELECT kind, value, n FROM {_RANGES} JOIN layers_pyramidpart ON cell BETWEEN first AND last
                  UNION ALL SELECT kind, value, n FROM noted) AS every GROUP BY kind, value),
        months AS (
            SELECT month, value, sum(n) AS n
            FROM (SELECT month, v.value, v.n FROM {_RANGES} JOIN layers_pyramidtotal ON cell BETWEEN first AND last
                      CROSS JOIN LATERAL (VALUES {_VALUES}) AS v (value, n)
                  UNION ALL SELECT month, value, n FROM noted) AS every GROUP BY month, value)
        SELECT NULL::int AS month, kind_code AS code, value, n::bigint AS n
        FROM parts LEFT JOIN ({named}) AS kinds ON kind_key = kind WHERE n <> 0
        UNION ALL SELECT month, NULL, value, n::bigint FROM months WHERE n <> 0""",
        (*places, *parts, *months, *params),
        LONGEST_MS,
    )
    by_kind = [((row["code"], _value(pyramid, row)), row["n"]) for row in rows if row["month"] is None]
    by_month = [((row["month"], _value(pyramid, row)), row["n"]) for row in rows if row["month"] is not None]
    return Table(_columns(known.kind, known.value), by_kind), Table(_columns(known.month, known.value), by_month)


def kinds_by_month(known: Ahead, kinds: Sequence[str], months: Range | None) -> Table | None:
    """Return the numbers of the whole world by kind, month and value, of these kinds (codes) or months. One statement.

    None while kinds were not counted by month from the beginning, as in a database that is older than this way to count.
    """
    if known.kinds is None:
        return None
    named, params = known.kinds.query.sql_with_params()
    first, last = known.pyramid.kinds_by_month
    since, until = months or (1, 0)
    rows = fetch(
        f"""WITH every AS (
            SELECT cell - {first} AS kind, month, v.value, v.n FROM layers_pyramidtotal CROSS JOIN LATERAL (VALUES {_VALUES}) AS v (value, n)
            WHERE cell BETWEEN {first} AND {last}
            UNION ALL SELECT kind, month, value, n FROM layers_pyramiddelta WHERE place BETWEEN %s AND %s)
        SELECT CASE kind WHEN {UNTOLD} THEN -1 ELSE month END AS month, kind_code AS code, value, sum(n)::bigint AS n
        FROM every LEFT JOIN ({named}) AS kinds ON kind_key = kind
        WHERE kind_code = ANY(%s::text[]) OR month BETWEEN %s AND %s OR kind = {UNTOLD} GROUP BY 1, 2, 3 HAVING sum(n) <> 0""",
        (*known.pyramid.places, *params, list(kinds), since, until),
        LONGEST_MS,
    )
    if any(row["month"] < 0 for row in rows):
        return None
    told = [((row["code"], row["month"], _value(known.pyramid, row)), row["n"]) for row in rows]
    return Table(_columns(known.kind, known.month, known.value), told)


def _columns(*filters: Counted | None) -> tuple[str, ...]:
    """Names of columns; one without a filter has a name that no filter can have."""
    return tuple(one.parameters[0] if one else "" for one in filters)


def _value(pyramid: Pyramid, row: dict[str, Any]) -> str:
    number: int = row["value"]
    return pyramid.codes[number - 1]


def _ends(ranges: Sequence[Range]) -> tuple[list[int], list[int]]:
    """The parameters of `_RANGES`."""
    return [first for first, _last in ranges], [last for _first, last in ranges]


def without_place(layer: MapLayer) -> Table:
    """Return the numbers of things that have no place, which no pyramid counts. One statement; few rows by an index of places."""
    return _table(layer, layer.queryset().filter((f"{layer.geometry_column}__isnull", True)))


def of_rim(layer: MapLayer, pyramid: Pyramid, area: Area, inner: Cover) -> Table:
    """Return the numbers of things in the area that lie in none of its squares. One statement."""
    near = Q()
    for box in inner.rim:
        if box[0] < box[2] and box[1] < box[3]:
            near |= Q((f"{pyramid.place}__bboverlaps", _polygon(box)))
    u, v = units("row_place")
    rows = layer.queryset().filter(near, Q(InBox(F(layer.geometry_column), area.box))).order_by()
    filters = tuple(counted_by(layer))
    sql, params = rows.values(row_place=as_text(pyramid.place), **_keys(filters)).query.sql_with_params()
    keys = ", ".join(f"by_{place}" for place in range(len(filters)))
    found = fetch(
        f"""SELECT count(*) AS n, {keys} FROM (SELECT {u} AS u, {v} AS v, {keys} FROM ({sql}) AS chosen OFFSET 0) AS placed
        WHERE NOT (u BETWEEN {inner.west} AND {inner.east} AND v BETWEEN {inner.north} AND {inner.south}) GROUP BY {keys}""",
        params,
        LONGEST_MS,
    )
    return _coded(filters, found)


def _polygon(box: Box) -> Polygon:
    polygon = Polygon.from_bbox(box)
    polygon.srid = 3857
    return polygon


def _table(layer: MapLayer, rows: QuerySet[Any]) -> Table:
    """Rows by all filters of the layer at once."""
    filters = tuple(counted_by(layer))
    return _coded(filters, fetch_rows(rows.order_by().values(**_keys(filters)).annotate(n=Count("pk")), LONGEST_MS))


def _coded(filters: Sequence[Counted], found: Sequence[dict[str, Any]]) -> Table:
    coded = [(tuple(code_of(one, row[f"by_{place}"]) for place, one in enumerate(filters)), row["n"]) for row in found]
    return Table(names_of(filters), coded)


def of_rows(layer: MapLayer, condition: Q, filters: Sequence[Counted]) -> list[Counter[Code]]:
    """Count the rows that satisfy the condition by each of the filters, or all together where there is none. One statement."""
    keyed = {
        f"by_{place}": TruncMonth(one.path) if isinstance(one, DateRange) else F(one.path) for place, one in enumerate(filters)
    }
    chosen = layer.queryset().filter(condition).order_by().values(row_key=F("pk"), **keyed)
    keys = [f"by_{place}" for place in range(len(filters))]
    sums: list[Counter[Code]] = [Counter() for _ in range(max(1, len(filters)))]
    try:
        sql, params = chosen.query.sql_with_params()
    except EmptyResultSet:
        return sums
    sets = ", ".join(f"({key})" for key in keys) or "()"
    which = f"grouping({', '.join(keys)})" if keys else "0"
    told = "".join(f", {_numbered(one, key)} AS {key}" for one, key in zip(filters, keys, strict=True))
    for row in fetch(
        f"SELECT {which} AS which, count(*) AS n{told} FROM ({sql}) AS chosen GROUP BY GROUPING SETS ({sets})", params, LONGEST_MS
    ):
        place = _grouped(row["which"], len(keys))
        sums[place][code_of(filters[place], row[keys[place]]) if keys else None] += row["n"]
    return sums


def _numbered(one: Counted, key: str) -> str:
    """A month as its number: once a group, for it takes longer than all else when done for each row."""
    return f"(extract(year FROM {key}) - 1900) * 12 + extract(month FROM {key}) - 1" if isinstance(one, DateRange) else key


def _grouped(which: int, of: int) -> int:
    """Which key a row was grouped by: ``grouping()`` has a bit for each key, the first highest, that is 0 for this one alone."""
    return next((place for place in range(of) if not which >> of - 1 - place & 1), 0)


def _keys(filters: Sequence[Counted]) -> dict[str, Combinable]:
    return {f"by_{place}": month_of(one) if isinstance(one, DateRange) else F(one.path) for place, one in enumerate(filters)}


def month_of(one: DateRange) -> Combinable:
    """Return months since January 1900, in the time zone that is active."""
    return (ExtractYear(one.path) - 1900) * 12 + ExtractMonth(one.path) - 1


def as_text(column: str) -> ExpressionWrapper[Any]:
    """Return a geometry as it is stored; named as text, for GeoDjango would otherwise have it sent as bytes."""
    return ExpressionWrapper(F(column), output_field=TextField())
