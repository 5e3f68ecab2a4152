"""Features of the basemap, from an OpenStreetMap extract or from the pack's own streets and districts (SRID 4326)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from gis_data import basemap_sea, staging
from gis_data.basemap_layers import KEYS, NAME_LANGUAGES, Drawn, area, line, names, place, road
from gis_data.load_places import names_of
from gis_data.pack import find_file
from gis_data.pack_types import Pack, PackSource
from gis_data.readers import ANY_SHAPE, Broken, Feature, osm, read
from gis_data.repair import repaired


@dataclass(frozen=True, slots=True)
class MapFeature:
    """One thing to draw: where, how, and what it is called (tile attributes)."""

    drawn: Drawn
    geometry: BaseGeometry
    names: dict[str, str] = field(default_factory=dict)


def from_extract(path: Path, bounds: tuple[float, float, float, float]) -> Iterator[MapFeature]:
    """Yield what an extract shows inside ``bounds``. Raises `Broken`."""
    box = shapely.box(*bounds)
    yield MapFeature(Drawn("land", "land"), box)
    shores: list[list[basemap_sea.Position]] = []
    for thing, tags in osm.objects(path, list(KEYS), ANY_SHAPE):
        kind = thing.type_str()
        if kind == "w":
            shores += _shores(thing, tags)
            yield from _lake(thing, tags, box)
        drawn = {"n": place, "w": line, "a": _area_or_place}[kind](tags)
        geometry = osm.shape_of(thing) if drawn else None
        if drawn is None or geometry is None:
            continue
        yield MapFeature(drawn, geometry.representative_point() if drawn.layer == "places" else geometry, names(tags))
    for water in basemap_sea.sea(shores, box):
        yield MapFeature(Drawn("water", "ocean"), water)


def _area_or_place(tags: dict[str, str]) -> Drawn | None:
    return area(tags) or place(tags)


def _positions(thing: Any) -> list[basemap_sea.Position | None]:
    return [(node.lon, node.lat) if node.location.valid() else None for node in thing.nodes]


def _shores(thing: Any, tags: dict[str, str]) -> list[list[basemap_sea.Position]]:
    return basemap_sea.runs(_positions(thing)) if tags.get("natural") == "coastline" else []


def _lake(thing: Any, tags: dict[str, str], box: BaseGeometry) -> Iterator[MapFeature]:
    """A lake that the extract cut is no closed area any more; what is left of its shore still tells where it is."""
    drawn = area(tags)
    if drawn is None or drawn.layer != "water":
        return
    nodes = _positions(thing)
    if None not in nodes:
        return
    for run in basemap_sea.runs(basemap_sea.joined_at_start(nodes)):
        lake = basemap_sea.cut_lake(run, box)
        if lake is not None:
            yield MapFeature(drawn, lake, names(tags))


def from_pack(pack: Pack, data_dir: Path | None) -> Iterator[MapFeature]:
    """Yield roads from the pack's streets, land and place names from its districts. Raises `Broken`."""
    for section in pack.boundary_sets:
        if not section.district:
            continue
        for feature in _features(pack, data_dir, section.source):
            if feature.geometry is None or feature.geometry.geom_type not in {"Polygon", "MultiPolygon"}:
                continue
            shape, _reason = repaired(feature.geometry)
            called = _tile_names(names_of(feature, section.name_fields))
            yield MapFeature(Drawn("land", "district"), shape)
            if called:
                largest = max(shape.geoms, key=lambda part: part.area)
                yield MapFeature(Drawn("places", "neighbourhood", "district", 11), largest.representative_point(), called)
    for streets in pack.streets:
        for feature in _features(pack, data_dir, streets.source):
            drawn = road(feature.text(streets.class_field)) if streets.class_field else None
            if feature.geometry is not None:
                called = _tile_names(names_of(feature, streets.name_fields))
                yield MapFeature(drawn or Drawn("roads", "minor_road", from_zoom=12), feature.geometry, called)


def _features(pack: Pack, data_dir: Path | None, source: PackSource) -> Iterable[Feature]:
    path = find_file(pack, data_dir, source.file)
    if path is None:
        raise Broken(source.file, 0, "there is no such file")
    shapes = frozenset({"area"}) if source in [one.source for one in pack.boundary_sets] else frozenset({"line"})
    return staging.in_degrees(read(source, path, shapes), source.file)  # type: ignore[arg-type]


def _tile_names(found: dict[str, str]) -> dict[str, str]:
    if not found:
        return {}
    local = found.get("en") or next(iter(found.values()))
    return {"name": local, **{f"name:{language}": found[language] for language in NAME_LANGUAGES if language in found}}
