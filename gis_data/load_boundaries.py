"""Boundary sets and their dated versions (MultiPolygon, SRID 4326).

A manifest tells how a set looks from ``valid_from`` on; ``gis_data/versions.py`` writes what is different now. A correction
under the same day replaces the version of that day.

How borders and gaps of a set are treated may be edited in the workshop. What the pack said last is remembered, and what it
says now counts only where the set still has that value.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from gis_data import staging
from gis_data.load_places import names_of
from gis_data.load_population import put_population, residents_of
from gis_data.load_report import FileTally, LoadReport, Progress
from gis_data.models import BoundarySet
from gis_data.pack import find_file
from gis_data.pack_types import Pack, PackBoundarySet
from gis_data.readers import Broken, Feature, read
from gis_data.repair import repaired
from gis_data.versions import Area, put_versions
from gis_data.whole_file import whole_file

_LONGEST_CODE = 80
#: Columns of a set that people edit here.
_EDITED_HERE: Final = ("border_m", "gap_m", "fallback_department")


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
            residents: dict[str, int] = {}
            areas = _read_areas(section, path, tally, residents)
            group = _write_set(section, tally)
            _write(section, group, areas, tally)
            tally.loaded += put_population(section.residents, group, residents)
            progress(name, tally.read, tally.read)


def _read_areas(section: PackBoundarySet, path: Path, tally: FileTally, residents: dict[str, int]) -> dict[str, Area]:
    """Areas by their code; ``residents`` is filled with the people of those that tell them."""
    areas: dict[str, Area] = {}
    for feature in staging.in_degrees(read(section.source, path, frozenset({"area"})), path.name):
        tally.read += 1
        area = _area(section, feature, path.name)
        if area.code in areas:
            raise Broken(path.name, feature.row, f"the code {area.code!r} stands there twice")
        areas[area.code] = area
        if (people := residents_of(section.residents, feature, path.name)) is not None:
            residents[area.code] = people
        if area.repaired:
            tally.repaired(f"invalid polygon {area.code}: {area.repaired}")
    if not areas:
        raise Broken(path.name, 0, "holds no areas")
    return areas


def _area(section: PackBoundarySet, feature: Feature, file: str) -> Area:
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
    return Area(code, names, geometry, repair)


def _write_set(section: PackBoundarySet, tally: FileTally) -> BoundarySet:
    values = {"names": dict(section.names), "is_district": section.district, "credit": section.source.credit}
    said = {name: getattr(section, name) for name in _EDITED_HERE}
    there = BoundarySet.objects.select_for_update().filter(code=section.code).first()
    if there is None:
        return BoundarySet.objects.create(code=section.code, pack_said=said, **values, **said)
    for name, value in {**values, **_not_edited(there, said, tally), "pack_said": said}.items():
        setattr(there, name, value)
    there.save()
    return there


def _not_edited(there: BoundarySet, said: dict[str, Any], tally: FileTally) -> dict[str, Any]:
    """What of ``said`` counts: not what differs from a value that people gave the set here. The report names these."""
    found: dict[str, Any] = {}
    for name, value in said.items():
        here = getattr(there, name)
        if name in there.pack_said and here == there.pack_said[name]:
            found[name] = value
        elif here != value:
            tally.noted(f"{name} is {here!r} here by now: {value!r} of the pack was left alone")
    return found


def _write(section: PackBoundarySet, group: BoundarySet, areas: dict[str, Area], tally: FileTally) -> None:
    written = put_versions(group, areas, section.valid_from, section.valid_to)
    tally.loaded += len(written.new) + len(written.changed)
    tally.unchanged += len(written.unchanged)
    if written.ended:
        tally.noted("areas no longer in the file, ended", len(written.ended))
    if written.kept:
        tally.noted("areas no longer in the file, kept: give the set a new valid_from to end them", len(written.kept))
