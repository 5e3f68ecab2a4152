"""Small files and packs, written where a test wants them."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import osmium
import pyogrio
import shapely
from shapely.geometry.base import BaseGeometry

Nodes = dict[int, tuple[float, float, dict[str, str]]]

CITY: Final = """
[city]
code = "tinytown"
names = { en = "Tinytown", ru = "Городок" }
languages = ["en", "ru"]
time_zone = "Europe/Helsinki"
currency = "EUR"
bounds = [10.0, 50.0, 10.1, 50.06]
centre = [10.05, 50.03]
"""

LOCAL_CRS: Final = (
    'LOCAL_CS["Tinytown grid",LOCAL_DATUM["Tinytown",0],UNIT["metre",1],AXIS["Easting",EAST],AXIS["Northing",NORTH]]'
)

DISTRICTS: Final = """
[[boundary_set]]
code = "districts"
names = { en = "Districts" }
district = true
file = "districts.geojson"
format = "geojson"
code_field = "code"
name_fields = { en = "name" }
valid_from = 2024-01-01
"""

STREETS: Final = """
[[streets]]
file = "streets.geojson"
format = "geojson"
name_fields = { en = "name" }
class_field = "class"
"""

ADDRESSES: Final = """
[[addresses]]
file = "addresses.csv"
format = "csv"
lon = "lon"
lat = "lat"
id_field = "id"
text_fields = ["street", "number"]
postcode_field = "zip"
"""


def box(west: float, south: float, east: float, north: float) -> list[list[list[float]]]:
    """Coordinates of a Polygon."""
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def feature(geometry: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": geometry, "coordinates": coordinates}}


def collection(*features: Any, **members: Any) -> str:
    return json.dumps({"type": "FeatureCollection", **members, "features": list(features)})


def district(code: str, west: float, east: float, name: str = "") -> dict[str, Any]:
    return feature("Polygon", box(west, 50.0, east, 50.05), code=code, name=name or code.title())


def street(name: str, *points: tuple[float, float], road_class: str = "residential") -> dict[str, Any]:
    return feature("LineString", [list(point) for point in points], name=name, **{"class": road_class})


def write_pack(folder: Path, *sections: str, **files: str) -> Path:
    """Write pack.toml and files (``districts="…"`` → districts.geojson, ``addresses`` → addresses.csv)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pack.toml").write_text("\n".join((CITY, *sections)), encoding="utf-8")
    for name, text in files.items():
        (folder / f"{name}.{'csv' if name == 'addresses' else 'geojson'}").write_text(text, encoding="utf-8")
    return folder


def a_pack(folder: Path) -> Path:
    """Two districts, two streets, three addresses."""
    return write_pack(
        folder,
        DISTRICTS,
        STREETS,
        ADDRESSES,
        districts=collection(district("west", 10.0, 10.04), district("east", 10.04, 10.09)),
        streets=collection(
            street("Long Street", (10.01, 50.01), (10.02, 50.01)), street("Short Street", (10.05, 50.02), (10.051, 50.02))
        ),
        addresses="id,street,number,zip,lon,lat\n1,Long Street,1,00100,10.01,50.0101\n2,Long Street,12,00100,10.015,50.0101\n"
        "3,Short Street,3,00200,10.0505,50.0201\n",
    )


def gz(path: Path) -> Path:
    """Pack a file beside itself."""
    packed = path.with_name(path.name + ".gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    return packed


def write_vector(path: Path, shapes: Sequence[BaseGeometry], names: Sequence[str], epsg: int | None = 4326) -> None:
    """Write a shapefile or a GeoPackage with one text field."""
    pyogrio.raw.write(
        path,
        geometry=np.array([shapely.to_wkb(shape) for shape in shapes], dtype=object),
        field_data=[np.array(names, dtype=object)],
        fields=["name"],
        # without a number: as many cities' tools write it, in words alone
        crs=f"EPSG:{epsg}" if epsg else LOCAL_CRS,
        geometry_type=shapes[0].geom_type,
        driver="GPKG" if path.suffix == ".gpkg" else "ESRI Shapefile",
    )


def shapefile_zip(folder: Path, shapes: Sequence[BaseGeometry], names: Sequence[str], epsg: int | None = 4326) -> Path:
    """Write a zip with one shapefile in it."""
    inside = folder / "inside"
    inside.mkdir(parents=True)
    write_vector(inside / "things.shp", shapes, names, epsg)
    path = folder / "things.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(inside.iterdir()):
            archive.write(part, part.name)
    return path


def write_pbf(
    path: Path,
    nodes: Nodes,
    ways: Mapping[int, tuple[Sequence[int], Mapping[str, str]]],
) -> Path:
    """Write an OpenStreetMap extract: node id → (lon, lat, tags), way id → (node ids, tags)."""
    writer = osmium.SimpleWriter(str(path))
    for number, (lon, lat, tags) in nodes.items():
        writer.add_node(osmium.osm.mutable.Node(id=number, location=(lon, lat), tags=dict(tags), version=1))
    for number, (refs, way_tags) in ways.items():
        writer.add_way(osmium.osm.mutable.Way(id=number, nodes=list(refs), tags=dict(way_tags), version=1))
    writer.close()
    return path
