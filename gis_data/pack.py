"""Read a city pack: ``pack.toml`` → typed values. Strict: what is unknown, missing or of the wrong type is refused by name."""

from __future__ import annotations

import tomllib
import zoneinfo
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gis_data.pack_categories import read_categories, read_categories_from_requests, read_rules
from gis_data.pack_licences import read_licences
from gis_data.pack_population import read_residents
from gis_data.pack_requests import read_request_files
from gis_data.pack_table import Table
from gis_data.pack_types import (
    Pack,
    PackAddresses,
    PackAssets,
    PackBasemap,
    PackBoundarySet,
    PackCity,
    PackCrew,
    PackDepartment,
    PackError,
    PackPerson,
    PackSource,
    PackStreets,
)

__all__ = ["MANIFEST", "Pack", "PackError", "find_file", "read"]

MANIFEST: Final = "pack.toml"
#: A pin between districts belongs to the nearest one within so many metres, where the pack names no other limit.
DISTRICT_GAP_M: Final = 300
FORMATS: Final = ("geojson", "shapefile-zip", "geopackage", "csv", "osm-pbf")
ROLES: Final = ("resident", "clerk", "dispatcher", "crew", "head", "admin")


def read(folder: Path) -> Pack:
    """Read the pack in ``folder``. Raises `PackError` naming file, section and key."""
    file = folder / MANIFEST
    top = Table(_toml(file), file, "")
    pack = Pack(
        folder=folder,
        city=_city(top.table("city") or top.fail("city", "this section is missing")),
        boundary_sets=tuple(_boundary_set(table) for table in top.tables("boundary_set")),
        streets=tuple(_streets(table) for table in top.tables("streets")),
        addresses=tuple(_addresses(table) for table in top.tables("addresses")),
        assets=tuple(_assets(table) for table in top.tables("assets")),
        basemap=_basemap(top.table("basemap")),
        departments=tuple(_department(table) for table in top.tables("department")),
        crews=tuple(_crew(table) for table in top.tables("crew")),
        people=tuple(_person(table) for table in top.tables("person")),
        categories=read_categories(top),
        categories_from_requests=read_categories_from_requests(top.table("categories_from_requests")),
        rules=read_rules(top),
        request_files=read_request_files(top),
    )
    top.finish()
    _check(pack, file)
    return pack


def find_file(pack: Pack, data_dir: Path | None, name: str) -> Path | None:
    """Return where the pack's file ``name`` lies: in the pack itself, else in its data folder; None when in neither."""
    for folder in (pack.folder, data_dir):
        if folder is not None and (folder / name).is_file():
            return folder / name
    return None


def _toml(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PackError(file, "", "", "there is no such file; a city pack is a folder with a pack.toml") from None
    except OSError as error:
        raise PackError(file, "", "", f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise PackError(file, "", "", "is not UTF-8 text") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PackError(file, "", "", f"is not TOML: {error}") from None


def read_source(table: Table) -> PackSource:
    """Read the keys that say where features come from; they stand beside the section's own."""
    source = PackSource(
        file=table.file_name(),
        format=table.one_of("format", FORMATS),
        layer=table.text("layer", ""),
        srid=table.whole("srid", 0, 0, 998_999),
        lon=table.text("lon", ""),
        lat=table.text("lat", ""),
        wkt=table.text("wkt", ""),
        ewkb=table.text("ewkb", ""),
        tags=table.tags(),
        credit=table.text("credit", ""),
    )
    places = [bool(source.lon and source.lat), bool(source.wkt), bool(source.ewkb)]
    if bool(source.lon) != bool(source.lat) or (source.format == "csv") != (sum(places) == 1):
        table.fail("format", "a csv (and only a csv) names the columns lon and lat, or wkt, or ewkb")
    if (source.format == "osm-pbf") < bool(source.tags):
        table.fail("tags", "only an osm-pbf is read by tags")
    if source.layer and source.format != "geopackage":
        table.fail("layer", "only a geopackage has layers")
    return source


def _city(table: Table) -> PackCity:
    west, south, east, north = table.numbers("bounds", 4)
    lon, lat = table.numbers("centre", 2)
    if not (-180 <= west < east <= 180 and -85 <= south < north <= 85):
        table.fail("bounds", "are west, south, east, north in degrees")
    if not (west <= lon <= east and south <= lat <= north):
        table.fail("centre", "is longitude, latitude inside the bounds")
    city = PackCity(
        code=table.code("code"),
        names=table.names(),
        languages=table.texts("languages", required=True),
        time_zone=table.text("time_zone"),
        currency=table.text("currency"),
        bounds=(west, south, east, north),
        centre=(lon, lat),
        invented=table.yes("invented", default=False),
        fallback_department=table.code("fallback_department", ""),
        credits=table.sentences("credits"),
        licences=read_licences(table.table("licences")),
    )
    if city.time_zone not in zoneinfo.available_timezones():
        table.fail("time_zone", f"'{city.time_zone}' is no time zone, for example Europe/Helsinki")
    if not (len(city.currency) == 3 and city.currency.isascii() and city.currency.isupper()):
        table.fail("currency", "is an ISO 4217 code of three letters, for example EUR")
    table.finish()
    return city


def _boundary_set(table: Table) -> PackBoundarySet:
    found = PackBoundarySet(
        code=table.code("code"),
        names=table.names(),
        source=read_source(table),
        code_field=table.text("code_field"),
        name_fields=table.names("name_fields"),
        valid_from=table.first_day(),
        valid_to=table.day("valid_to", required=False),
        district=table.yes("district", default=False),
        border_m=table.whole("border_m", 15, 0, 500),
        gap_m=_gap(table),
        fallback_department=table.code("fallback_department", ""),
        residents=read_residents(table.table("residents")),
    )
    if found.valid_to is not None and found.valid_to <= found.valid_from:
        table.fail("valid_to", "is not after valid_from")
    table.finish()
    return found


def _gap(table: Table) -> int | None:
    """How far a pin outside all areas may be from the nearest: districts are meant to cover the city, other sets are not."""
    if not table.has("gap_m"):
        return DISTRICT_GAP_M if table.yes("district", default=False) else None
    return table.whole("gap_m", None, 0, 500)


def _streets(table: Table) -> PackStreets:
    found = PackStreets(
        source=read_source(table),
        name_fields=table.names("name_fields"),
        id_field=table.text("id_field", ""),
        class_field=table.text("class_field", ""),
        owner=table.text("owner", ""),
        owner_field=table.text("owner_field", ""),
    )
    table.finish()
    return found


def _addresses(table: Table) -> PackAddresses:
    found = PackAddresses(
        source=read_source(table),
        text_fields=table.texts("text_fields", required=True),
        id_field=table.text("id_field", ""),
        postcode_field=table.text("postcode_field", ""),
    )
    table.finish()
    return found


def _assets(table: Table) -> PackAssets:
    found = PackAssets(
        kind=table.code("kind"),
        names=table.names(),
        source=read_source(table),
        id_field=table.text("id_field", ""),
        owner=table.text("owner", ""),
        owner_field=table.text("owner_field", ""),
    )
    table.finish()
    return found


def _basemap(table: Table | None) -> PackBasemap | None:
    if table is None:
        return None
    found = PackBasemap(
        source=read_source(table) if table.has("file") else None,
        attribution=table.text("attribution", ""),
        min_zoom=table.whole("min_zoom", 10, 0, 16),
        max_zoom=table.whole("max_zoom", 16, 10, 18),
    )
    if found.source and found.source.format != "osm-pbf":
        table.fail("format", "the map is drawn from an osm-pbf, or without a file from the pack's streets and districts")
    table.finish()
    return found


def _department(table: Table) -> PackDepartment:
    found = PackDepartment(
        code=table.code("code"),
        names=table.names(),
        email=table.text("email", ""),
        phone=table.text("phone", ""),
        source_codes=table.texts("source_codes"),
    )
    table.finish()
    return found


def _crew(table: Table) -> PackCrew:
    found = PackCrew(code=table.code("code"), department=table.code("department"), names=table.names(), area=table.area("area"))
    table.finish()
    return found


def _person(table: Table) -> PackPerson:
    found = PackPerson(
        email=table.text("email"),
        name=table.text("name"),
        role=table.one_of("role", ROLES),
        department=table.code("department", ""),
        crew=table.code("crew", ""),
        area=table.area("area"),
    )
    if not found.email.endswith((".invalid", ".example")):
        table.fail("email", "people of a pack are invented: their addresses end in .invalid")
    table.finish()
    return found


def _check(pack: Pack, file: Path) -> None:
    """Every code that is used is declared, and once only."""
    departments = _codes(file, "department", (one.code for one in pack.departments))
    crews = _codes(file, "crew", (one.code for one in pack.crews))
    categories = _codes(file, "category", (one.code for one in pack.categories))
    _codes(file, "rule", (one.code for one in pack.rules))
    sets = _codes(file, "boundary_set", (one.code for one in pack.boundary_sets))
    if sum(one.district for one in pack.boundary_sets) > 1:
        raise PackError(file, "boundary_set", "district", "only one boundary set can be the districts")
    used: list[tuple[str, str, str, set[str]]] = [("city", "fallback_department", pack.city.fallback_department, departments)]
    for crew in pack.crews:
        used.append((f"crew {crew.code}", "department", crew.department, departments))
    for category in pack.categories:
        used.append((f"category {category.code}", "department", category.department, departments))
    for rule in pack.rules:
        used.append((f"rule {rule.code}", "department", rule.department, departments))
        if pack.categories_from_requests is None:
            used.append((f"rule {rule.code}", "category", rule.category, categories))
    for person in pack.people:
        used.append((f"person {person.email}", "department", person.department, departments))
        used.append((f"person {person.email}", "crew", person.crew, crews))
    for section, area in [
        *((f"crew {one.code}", one.area) for one in pack.crews),
        *((f"rule {one.code}", one.area) for one in pack.rules),
        *((f"person {one.email}", one.area) for one in pack.people),
    ]:
        used.append((section, "area", area.boundary_set if area else "", sets))
    for section, key, code, known in used:
        if code and code not in known:
            raise PackError(file, section, key, f"'{code}' is not declared in this pack")


def _codes(file: Path, section: str, codes: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise PackError(file, section, "code", f"'{code}' is declared twice")
        seen.add(code)
    return seen
