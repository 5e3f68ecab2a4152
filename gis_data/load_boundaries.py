"""Boundary sets and their dated versions (MultiPolygon, SRID 4326).

A manifest tells how a set looks from ``valid_from`` on. An area that looks different now gets a new version and the old one
ends that day; the past stays as it was. A correction under the same day replaces the version of that day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db.backends.postgresql.psycopg_any import DateRange
from shapely.geometry.base import BaseGeometry

from gis_data import staging
from gis_data.load_places import names_of
from gis_data.load_report import FileTally, LoadReport, Progress
from gis_data.models import Boundary, BoundarySet
from gis_data.pack import find_file
from gis_data.pack_types import Pack, PackBoundarySet
from gis_data.readers import Broken, Feature, read
from gis_data.whole_file import whole_file

_LONGEST_CODE = 80


@dataclass(frozen=True, slots=True)
class _Area:
    """One area of a file, ready to be stored; ``repair`` says what was wrong with its polygon."""

    code: str
    names: dict[str, str]
    geometry: BaseGeometry
    repair: str


def load_boundary_sets(pack: Pack, data_dir: Path | None, report: LoadReport, progress: Progress) -> None:
    """Load every set of the pack, each file whole or not at all."""
    # Two sets must not be the districts even for a moment, when a new pack chooses another one.
    districts = [one.code for one in pack.boundary_sets if one.district]
    BoundarySet.objects.filter(is_district=True).exclude(code__in=districts).update(is_district=False)
    for section in pack.boundary_sets:
        name = f"{section.code}: {section.source.file}"
        tally = report.file(name)
        with whole_file(tally):
            path = find_file(pack, data_dir, section.source.file)
            if path is None:
                raise Broken(section.source.file, 0, "there is no such file in the pack or its data folder")
            areas = _read_areas(section, path, tally)
            _write(section, _write_set(section), areas, tally)
            progress(name, tally.read, tally.read)


def _read_areas(section: PackBoundarySet, path: Path, tally: FileTally) -> dict[str, _Area]:
    areas: dict[str, _Area] = {}
    for feature in staging.in_degrees(read(section.source, path, frozenset({"area"})), path.name):
        tally.read += 1
        area = _area(section, feature, path.name)
        if area.code in areas:
            raise Broken(path.name, feature.row, f"the code {area.code!r} stands there twice")
        areas[area.code] = area
        if area.repair:
            tally.repaired(f"invalid polygon {area.code}: {area.repair}")
    if not areas:
        raise Broken(path.name, 0, "holds no areas")
    return areas


def _area(section: PackBoundarySet, feature: Feature, file: str) -> _Area:
    code = feature.text(section.code_field)
    names = names_of(feature, section.name_fields)
    if not code or len(code) > _LONGEST_CODE or "/" in code:
        raise Broken(file, feature.row, f"{section.code_field} is {code[:100]!r}, no code")
    if not names:
        raise Broken(file, feature.row, "has no name")
    if feature.geometry is None:
        raise Broken(file, feature.row, f"has no geometry: {feature.lack}")
    geometry, repair = repaired(feature.geometry)
    if geometry.is_empty:
        raise Broken(file, feature.row, f"no area is left of the polygon: {repair}")
    return _Area(code, names, geometry, repair)


def repaired(geometry: BaseGeometry) -> tuple[BaseGeometry, str]:
    """Return the (multi)polygon as a valid MultiPolygon, and what was wrong with it ("" = nothing)."""
    reason = ""
    if not geometry.is_valid:
        reason = shapely.is_valid_reason(geometry).split("[")[0].strip()[:200]
        geometry = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and not part.is_empty]
    return shapely.MultiPolygon(parts), reason


def _write_set(section: PackBoundarySet) -> BoundarySet:
    values = {
        "names": dict(section.names),
        "is_district": section.district,
        "credit": section.source.credit,
        "border_m": section.border_m,
        "gap_m": section.gap_m,
        "fallback_department": section.fallback_department,
    }
    found, _new = BoundarySet.objects.update_or_create(code=section.code, defaults=values)
    return found


def _write(section: PackBoundarySet, group: BoundarySet, areas: dict[str, _Area], tally: FileTally) -> None:
    versions: dict[str, list[Boundary]] = {}
    for version in Boundary.objects.filter(boundary_set=group).order_by("code", "valid"):
        versions.setdefault(version.code, []).append(version)
    for area in areas.values():
        if _write_area(section, group, area, versions.get(area.code, [])):
            tally.loaded += 1
        else:
            tally.unchanged += 1
    for code, known in versions.items():
        if code not in areas:
            _end(section, known, tally)


def _write_area(section: PackBoundarySet, group: BoundarySet, area: _Area, known: list[Boundary]) -> bool:
    """Bring the version in force on ``valid_from`` up to date; return whether anything changed."""
    current = next((version for version in known if _holds(version, section.valid_from)), None)
    later = [version.valid.lower for version in known if version.valid.lower > section.valid_from]
    end = section.valid_to or (current.valid.upper if current else min(later, default=None))
    span = DateRange(section.valid_from, end)
    geometry = GEOSGeometry(memoryview(shapely.to_wkb(area.geometry)), srid=4326)
    values: dict[str, Any] = {"names": area.names, "geometry": geometry, "repaired": area.repair}
    if current is None:
        Boundary.objects.create(boundary_set=group, code=area.code, valid=span, **values)
        return True
    same = current.names == area.names and shapely.equals_identical(_shape(current), area.geometry)
    if same and current.valid.upper == end:
        return False
    if same or current.valid.lower == section.valid_from:
        values["valid"] = DateRange(current.valid.lower, end)
        Boundary.objects.filter(pk=current.pk).update(**values)
        return True
    Boundary.objects.filter(pk=current.pk).update(valid=DateRange(current.valid.lower, section.valid_from))
    Boundary.objects.create(boundary_set=group, code=area.code, valid=span, **values)
    return True


def _end(section: PackBoundarySet, known: list[Boundary], tally: FileTally) -> None:
    """An area the file no longer holds ends on the day of the new version; one that began that day is left alone."""
    for version in known:
        if not _holds(version, section.valid_from):
            continue
        if version.valid.lower < section.valid_from:
            Boundary.objects.filter(pk=version.pk).update(valid=DateRange(version.valid.lower, section.valid_from))
            tally.noted("areas no longer in the file, ended")
        else:
            tally.noted("areas no longer in the file, kept: give the set a new valid_from to end them")


def _holds(version: Boundary, day: dt.date) -> bool:
    return bool(version.valid.lower <= day and (version.valid.upper is None or day < version.valid.upper))


def _shape(version: Boundary) -> BaseGeometry:
    return shapely.from_wkb(bytes(version.geometry.wkb))
