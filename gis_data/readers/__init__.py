"""Files of places → features, whatever the format. Local files only: never an address, never a path from inside a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gis_data.pack_types import PackSource
from gis_data.readers import csv_table, geojson, osm, vector
from gis_data.readers.broken import Broken
from gis_data.readers.feature import ANY_SHAPE, Feature, Shape

__all__ = ["ANY_SHAPE", "Broken", "Feature", "Shape", "read"]


def read(source: PackSource, path: Path, shapes: frozenset[Shape] = ANY_SHAPE) -> Iterator[Feature]:
    """Yield the features of a file, in its order; ``.gz`` is unpacked on the way.

    Geometry comes two-dimensional in the SRID that the feature names (an integer). A feature without a place comes with
    ``geometry`` None and the reason in ``lack``. Raises `Broken` as soon as something is wrong; what came before must
    then be thrown away (`gis_data.whole_file`).
    """
    if source.format == "geojson":
        return geojson.read(source, path, shapes)
    if source.format == "csv":
        return csv_table.read(source, path, shapes)
    if source.format == "osm-pbf":
        return osm.read(source, path, shapes)
    return vector.read(source, path, shapes)
