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
from issues.routing import replay_sql
from issues.routing.fact_key import FactKey, from_json

#: When the areas that change are more than this share of the city, all appeals are fetched rather than looked for.
BULK_SHARE: Final = 0.5
NOWHERE: Final = ""

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
        located = _located_in_bulk(areas, rows)
    else:
        changed = changed_area(difference(old, new))
        rows = replay_sql.fetch(params, _concerned(changed, areas, group.gap_m))
        located = postgis_exact(areas)(*_coordinates(rows))
    if group.gap_m:
        located = _nearest_in_gaps(areas, rows, located, float(group.gap_m))
    return _counted(group.code, [*codes, NOWHERE], rows, located)


def _share_touched(old: Mapping[str, BaseGeometry], new: Mapping[str, BaseGeometry]) -> float:
    """The part of all ground that belongs to areas which do not look the same in both."""
    sizes = {
        code: max(shape.area for shape in (old.get(code), new.get(code)) if shape is not None) for code in old.keys() | new.keys()
    }
    same = {code for code in old.keys() & new.keys() if shapely.equals_identical(old[code], new[code])}
    whole = sum(sizes.values())
    return sum(size for code, size in sizes.items() if code not in same) / whole if whole else 0.0


def _coordinates(rows: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return rows["lon"].astype(np.float64), rows["lat"].astype(np.float64)


def _located_in_bulk(areas: Sequence[BaseGeometry], rows: NDArray[Any]) -> NDArray[np.int32]:
    return CellTable.build(areas).locate(*_coordinates(rows), postgis_exact(areas))


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
    plane = [shapely.transform(area, lambda xy: xy * (east, north)) for area in areas]
    tree = shapely.STRtree(plane)
    points, near = tree.query(shapely.points(lon * east, lat * north), predicate="dwithin", distance=gap_m)
    metres = shapely.distance(shapely.points(lon[points] * east, lat[points] * north), tree.geometries[near])
    for place in np.lexsort((near, metres))[::-1]:  # the nearest is written last
        found[lost[points[place]]] = near[place]
    return found


def _counted(set_code: str, codes: Sequence[str], rows: NDArray[Any], located: NDArray[np.int32]) -> Cases:
    """Group the appeals by case; of one case there may be thousands."""
    key_numbers, key_places = np.unique(rows["key"].astype(np.int64), return_inverse=True)
    slots, slot_places = np.unique(rows["slot"].astype(np.int64), return_inverse=True)
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
