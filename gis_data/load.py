"""Load the ground of a city pack: the city itself, its boundaries, streets, addresses and assets.

Each file goes in whole or not at all (`gis_data.whole_file`); the same pack again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.contrib.gis.geos import Point, Polygon
from django.db import transaction

from gis_data.load_boundaries import load_boundary_sets
from gis_data.load_places import load_addresses, load_assets, load_streets
from gis_data.load_report import LoadReport, Progress
from gis_data.models import City
from gis_data.pack import find_file
from gis_data.pack_types import Pack, PackCity


class OtherCity(Exception):
    """The database serves another city; the text is a sentence for people."""


class MissingFiles(Exception):
    """Files the pack names are not there; the text is a sentence for people."""


def load(pack: Pack, data_dir: Path | None, report: LoadReport, progress: Progress) -> None:
    """Load the ground. Raises `OtherCity`; a broken file is written into the report and the others go on."""
    with transaction.atomic():
        load_city(pack.city, report)
        load_boundary_sets(pack, data_dir, report, progress)
        load_streets(pack, data_dir, report, progress)
        load_addresses(pack, data_dir, report, progress)
        load_assets(pack, data_dir, report, progress)


def load_city(city: PackCity, report: LoadReport) -> City:
    """Write the one city of this database. Raises `OtherCity` when it holds a different one."""
    tally = report.file("city: pack.toml")
    tally.read = 1
    there = City.objects.select_for_update().first()
    if there is not None and there.pack != city.code:
        raise OtherCity(
            f"This database holds the city '{there.pack}'. One database serves one city: "
            f"load '{city.code}' into an empty database."
        )
    wanted = _columns(city)
    if there is None:
        tally.loaded = 1
        return City.objects.create(**wanted)
    changed = [name for name, value in wanted.items() if getattr(there, name) != value]
    for name in changed:
        setattr(there, name, wanted[name])
    if changed:
        there.save(update_fields=changed)
    tally.loaded, tally.unchanged = (1, 0) if changed else (0, 1)
    return there


def _columns(city: PackCity) -> dict[str, object]:
    bounds = Polygon.from_bbox(city.bounds)
    bounds.srid = 4326
    return {
        "pack": city.code,
        "names": dict(city.names),
        "languages": list(city.languages),
        "time_zone": city.time_zone,
        "currency": city.currency,
        "bounds": bounds,
        "centre": Point(*city.centre, srid=4326),
        "invented": city.invented,
        "credits": [credit if isinstance(credit, str) else dict(credit) for credit in city.credits],
        "licences": {name: licence.as_json() for name, licence in city.licences.items()},
        "fallback_department": city.fallback_department,
    }


def require_files(pack: Pack, data_dir: Path | None) -> None:
    """Raises `MissingFiles` before anything is loaded, naming every file that is nowhere."""
    missing = sorted({name for name in named_files(pack) if find_file(pack, data_dir, name) is None})
    if missing:
        searched = f"{pack.folder} and {data_dir}" if data_dir else f"{pack.folder} alone; name a data folder with --data"
        raise MissingFiles(f"The pack needs {', '.join(missing)}, which was not found (looked in {searched}).")


def named_files(pack: Pack) -> Iterator[str]:
    """Yield the name of every file the manifest speaks of."""
    sections = (pack.boundary_sets, pack.streets, pack.addresses, pack.assets)
    yield from (section.source.file for group in sections for section in group)
    if pack.basemap and pack.basemap.source:
        yield pack.basemap.source.file
    for request_file in pack.request_files:
        yield request_file.file
