"""Which appeals another cut of the ground would put into another area of its set; streets and assets stay as they were read.

A changed district concerns the appeals in the changed area alone, and those the index finds. Where much of the city changes,
every appeal is looked up in a cell table, which is quicker than asking for each what covers it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gis_data.cells import CellTable, postgis_exact
from gis_data.difference import changed_area, difference
from gis_data.metres import box, metres_per_degree
from gis_data.models import BoundarySet
from gis_data.plane import edges
from issues.routing import replay_sql
from issues.routing.fact_key import FactKey, from_json

#: When the areas that change are more than this share of the city, all appeals are fetched rather than looked for.
BULK_SHARE: Final = 0.5
NOWHERE: Final = ""
#: Cells along a side of the table: making it must not take longer than asking it.
_MANY_CELLS: Final = 1024
_FEW_CELLS: Final = 32
#: The weekday (ISO) of 1970-01-01.
_THURSDAY: Final = 4

Case = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Cases:
    """``counted``: (key before, key after, slot, answers) → how many appeals and open ones; keys by their number in ``keys``, which
    is theirs here alone. ``rows`` are the appeals themselves, ``numbers`` the place of each one's case in ``order``."""

    keys: dict[int, FactKey]
    counted: dict[Case, tuple[int, int]]
    order: Sequence[Case]
    rows: NDArray[Any]
    numbers: NDArray[np.intp]

    @property
    def looked_at(self) -> int:
        return len(self.rows)

    def newest_of(self, cases: Collection[Case], limit: int) -> list[int]:
        """Ids of the newest appeals of these cases."""
        found = self._of(cases)["id"].astype(np.int64)
        return [int(one) for one in np.sort(found)[::-1][:limit]]

    def cases_of(self, appeals: Collection[int]) -> dict[int, Case]:
        """The case of each of these appeals."""
        places = np.flatnonzero(np.isin(self.rows["id"], list(appeals)))
        return {int(self.rows["id"][place]): self.order[self.numbers[place]] for place in places}

    def open_of(self, cases: Collection[Case]) -> list[int]:
        """Ids of the open appeals of these cases, oldest first."""
        found = self._of(cases)
        return [int(one) for one in np.sort(found["id"][found["open"] == 1].astype(np.int64))]

    def _of(self, cases: Collection[Case]) -> NDArray[Any]:
        wanted = set(cases)
        chosen = np.array([case in wanted for case in self.order], dtype=bool)
        found: NDArray[Any] = self.rows[chosen[self.numbers]] if len(self.order) else self.rows[:0]
        return found


def cases_between(
    group: BoundarySet, old: Mapping[str, BaseGeometry], new: Mapping[str, BaseGeometry], params: dict[str, Any]
) -> Cases:
    """The appeals of the changed area, by what they had in common with the ``old`` areas (by code, SRID 4326) and would with the ``new``."""
    codes = sorted(new)
    areas = [new[code] for code in codes]
    if _share_touched(old, new) > BULK_SHARE:
        rows = replay_sql.fetch(params)
        located = _located(areas, rows, cells=_MANY_CELLS)
    else:
        others = {code for code in old.keys() | new.keys() if not _is_same(old.get(code), new.get(code))}
        changed = changed_area(difference(*({code: one[code] for code in others & one.keys()} for one in (old, new))))
        rows = replay_sql.fetch(params, _concerned(changed, areas, group.gap_m))
        located = _located(areas, rows, cells=_FEW_CELLS)
    if group.gap_m:
        located = _nearest_in_gaps(areas, rows, located, float(group.gap_m))
    return _counted(group.code, [*codes, NOWHERE], rows, located, _slots(rows, params["times"]))


def _share_touched(old: Mapping[str, BaseGeometry], new: Mapping[str, BaseGeometry]) -> float:
    """The part of all ground that belongs to areas which do not look the same in both."""
    sizes = {
        code: max(shape.area for shape in (old.get(code), new.get(code)) if shape is not None) for code in old.keys() | new.keys()
    }
    whole = sum(sizes.values())
    return sum(size for code, size in sizes.items() if not _is_same(old.get(code), new.get(code))) / whole if whole else 0.0


def _is_same(one: BaseGeometry | None, other: BaseGeometry | None) -> bool:
    return one is not None and other is not None and bool(shapely.equals_identical(one, other))


def _coordinates(rows: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return rows["lon"].astype(np.float64), rows["lat"].astype(np.float64)


def _located(areas: Sequence[BaseGeometry], rows: NDArray[Any], cells: int) -> NDArray[np.int32]:
    """The number of the area that covers each appeal, -1 for none; only areas where there are appeals are looked at."""
    lon, lat = _coordinates(rows)
    found = np.full(len(rows), -1, np.int32)
    if not len(rows):
        return found
    around = shapely.box(lon.min(), lat.min(), lon.max(), lat.max())
    near = np.flatnonzero([area.intersects(around) for area in areas])
    some = [areas[int(number)] for number in near]
    located = CellTable.build(some, cells).locate(lon, lat, postgis_exact(some))
    found[located >= 0] = near[located[located >= 0]]
    return found


def _concerned(changed: BaseGeometry, areas: Sequence[BaseGeometry], gap_m: int | None) -> bytes:
    """The changed area (EWKB), and the ground in no area so close to it that another one may now be the nearest."""
    if gap_m and not changed.is_empty:
        reach = max(box(float(gap_m), changed.centroid.y))
        close = shapely.buffer(changed, reach, quad_segs=4)
        around = [area for area in areas if area.intersects(close)]
        changed = shapely.union(changed, shapely.difference(close, shapely.union_all(around)))
    return bytes(shapely.to_wkb(shapely.set_srid(changed, 4326), include_srid=True))


def _nearest_in_gaps(
    areas: Sequence[BaseGeometry], rows: NDArray[Any], located: NDArray[np.int32], gap_m: float
) -> NDArray[np.int32]:
    """Points in no area get the nearest within ``gap_m`` metres; of two equally near ones the first."""
    lost = np.flatnonzero(located < 0)
    if not len(lost) or not areas:
        return located
    found = located.copy()
    lon, lat = (part[lost] for part in _coordinates(rows))
    east, north = metres_per_degree(float(lat.mean()))
    outline, owner = edges(np.array(areas, dtype=object))
    tree = shapely.STRtree(shapely.linestrings(outline * (east, north)))
    points, near = tree.query_nearest(shapely.points(lon * east, lat * north), max_distance=gap_m)
    for place in np.argsort(owner[near])[::-1]:  # of equally near areas the first is written last
        found[lost[points[place]]] = owner[near[place]]
    return found


def _slots(rows: NDArray[Any], times: Sequence[str] | None) -> NDArray[np.int64]:
    """The slot of each appeal, as ``replay_sql`` counts them: weekday (ISO) × 100 + the number of the span of the day."""
    if times is None:
        return np.zeros(len(rows), np.int64)
    starts = [int(one[:2]) * 60 + int(one[3:]) for one in times]
    days, minute = np.divmod(np.floor_divide(rows["local"].astype(np.float64), 60).astype(np.int64), 24 * 60)
    weekday = (days + _THURSDAY - 1) % 7 + 1
    return weekday * 100 + np.searchsorted(starts, minute, side="right")


def _counted(
    set_code: str, codes: Sequence[str], rows: NDArray[Any], located: NDArray[np.int32], moments: NDArray[np.int64]
) -> Cases:
    """Group the appeals by case; of one case there may be thousands."""
    key_numbers, key_places = np.unique(rows["key"].astype(np.int64), return_inverse=True)
    slots, slot_places = np.unique(moments, return_inverse=True)
    hashes, hash_places = np.unique(rows["answers"].astype(np.int64), return_inverse=True)
    extra_places, extras = slot_places.astype(np.int64) * len(hashes) + hash_places, max(1, len(slots) * len(hashes))
    at = np.where(located < 0, len(codes) - 1, located).astype(np.int64)
    combined = (key_places.astype(np.int64) * len(codes) + at) * extras + extra_places
    found, numbers = np.unique(combined, return_inverse=True)
    counts = np.bincount(numbers, minlength=len(found))
    waiting = np.bincount(numbers, weights=rows["open"].astype(np.float64), minlength=len(found)).astype(np.int64)
    read = replay_sql.keys_of([int(one) for one in key_numbers])
    keys = _Numbered(from_json(read[int(one)]) for one in key_numbers)
    counted: dict[Case, tuple[int, int]] = {}
    order: list[Case] = []
    for one, count, still_open in zip(found.tolist(), counts.tolist(), waiting.tolist(), strict=True):
        rest, extra_place = divmod(one, extras)
        before, code_place = divmod(rest, len(codes))
        after = keys.number(_moved_to(keys.all[before], set_code, codes[code_place]))
        case = (before, after, int(slots[extra_place // len(hashes)]), int(hashes[extra_place % len(hashes)]))
        counted[case] = (count, still_open)
        order.append(case)
    return Cases(dict(enumerate(keys.all)), counted, order, rows, numbers)


class _Numbered:
    """Keys with a small number each; an equal key has the same one."""

    def __init__(self, keys: Iterable[FactKey]) -> None:
        self.all = list(keys)
        self._numbers = {key: number for number, key in enumerate(self.all)}

    def number(self, key: FactKey) -> int:
        known = self._numbers.setdefault(key, len(self.all))
        if known == len(self.all):
            self.all.append(key)
        return known


def _moved_to(key: FactKey, set_code: str, code: str) -> FactKey:
    here = (set_code, code)
    if here in key.at:
        return key
    rest = [pair for pair in key.at if pair[0] != set_code]
    return replace(key, at=tuple(sorted([*rest, here] if code else rest)))
