"""OpenStreetMap extracts (.osm.pbf) by tags: nodes as points, ways as lines, closed ways and multipolygons as areas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import osmium
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from gis_data.pack_types import PackSource
from gis_data.readers.broken import Broken
from gis_data.readers.feature import WGS84, Feature, Shape, checked

Tags = Mapping[str, tuple[str, ...]]
_KINDS: Mapping[str, Shape] = {"n": "point", "w": "line", "a": "area"}


def read(source: PackSource, path: Path, shapes: frozenset[Shape]) -> Iterator[Feature]:
    """Yield objects that have all of ``source.tags``; the tags are the properties, ``@id`` is "node/1", "way/2", "relation/3".

    An object that an extract cut off comes without geometry. Raises `Broken` when the file is damaged.
    """
    for row, (thing, tags) in enumerate(objects(path, list(source.tags), shapes), start=1):
        if fits(tags, source.tags):
            yield _feature(row, thing, tags, shapes, path.name)


def objects(path: Path, keys: list[str], shapes: frozenset[Shape]) -> Iterator[tuple[Any, dict[str, str]]]:
    """Yield objects of the wanted shapes that carry any of ``keys``, with their tags. Valid only until the next one."""
    kinds = {letter for letter, shape in _KINDS.items() if shape in shapes}
    _check_is_pbf(path)
    try:
        # The format is named: the library would otherwise guess it from the file name, and also knows addresses.
        processor = osmium.FileProcessor(osmium.io.File(str(path.resolve()), "pbf")).with_locations()
        if "a" in kinds:
            processor = processor.with_areas(osmium.filter.KeyFilter(*keys))
        for thing in processor.with_filter(osmium.filter.KeyFilter(*keys)):
            if thing.type_str() in kinds:
                yield thing, {tag.k: tag.v for tag in thing.tags}
    except (RuntimeError, OSError, ValueError, MemoryError) as error:
        raise Broken(path.name, 0, f"the extract is damaged: {' '.join(str(error).split())[:160]}") from None


def _check_is_pbf(path: Path) -> None:
    """The first block of an extract is named OSMHeader; asked here, because a file of noise makes the library wait."""
    try:
        with path.open("rb") as file:
            start = file.read(32)
    except OSError as error:
        raise Broken(path.name, 0, f"cannot be read: {error.strerror}") from None
    if b"OSMHeader" not in start:
        raise Broken(path.name, 0, "is no OpenStreetMap extract (.osm.pbf)")


def fits(tags: Mapping[str, str], wanted: Tags) -> bool:
    """Say whether every wanted tag is there with one of its values ("*" = any)."""
    return all(key in tags and ("*" in values or tags[key] in values) for key, values in wanted.items())


def shape_of(thing: Any) -> BaseGeometry | None:
    """Build the geometry of an object of the extract; None where nodes of it are missing."""
    factory = osmium.geom.WKBFactory()
    kind = thing.type_str()
    try:
        if kind == "n":
            return shapely.from_wkb(factory.create_point(thing))
        if kind == "w":
            return shapely.from_wkb(factory.create_linestring(thing))
        return shapely.from_wkb(factory.create_multipolygon(thing))
    except (RuntimeError, osmium.InvalidLocationError, ShapelyError):
        return None


def object_id(thing: Any) -> str:
    """node/1, way/2 or relation/3, as the map's own site writes it."""
    kind = thing.type_str()
    if kind == "a":
        return f"{'way' if thing.from_way() else 'relation'}/{thing.orig_id()}"
    return f"{'node' if kind == 'n' else 'way'}/{thing.id}"


def _feature(row: int, thing: Any, tags: dict[str, str], shapes: frozenset[Shape], file: str) -> Feature:
    properties = {"@id": object_id(thing), **tags}
    geometry = shape_of(thing)
    if geometry is None:
        return Feature(row, properties, None, WGS84, "cut off at the edge of the extract")
    return Feature(row, properties, checked(geometry, WGS84, shapes, file, row), WGS84)
