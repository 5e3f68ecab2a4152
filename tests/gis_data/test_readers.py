"""Every format becomes the same features."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely
from shapely.geometry import LineString, Point, Polygon

from gis_data.pack_types import Format, PackSource
from gis_data.readers import Broken, Feature, read
from tests.gis_data.makers import Nodes, box, collection, feature, gz, shapefile_zip, write_pbf, write_vector


def source(format_: Format, **more: object) -> PackSource:
    return PackSource(file="things", format=format_, **more)  # type: ignore[arg-type]


def features(wanted: PackSource, path: Path, *shapes: str) -> list[Feature]:
    return list(read(wanted, path, frozenset(shapes or ("point", "line", "area"))))  # type: ignore[arg-type]


def test_geojson_gives_properties_and_geometry_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    path.write_text(collection(feature("Point", [10, 50], name="a"), feature("LineString", [[1, 2], [3, 4]], name="b")))
    first, second = features(source("geojson"), path)
    assert (first.row, first.text("name"), first.geometry, first.srid) == (1, "a", Point(10, 50), 4326)
    assert (second.row, second.geometry) == (2, LineString([(1, 2), (3, 4)]))


def test_a_packed_file_is_unpacked_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    path.write_text(collection(feature("Point", [10, 50])))
    assert len(features(source("geojson"), gz(path))) == 1
    renamed = gz(path).rename(tmp_path / "plain-name.geojson")
    assert len(features(source("geojson"), renamed)) == 1


def test_heights_are_dropped_and_a_feature_without_place_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    nowhere = {"type": "Feature", "properties": {"name": "n"}, "geometry": None}
    path.write_text(collection(feature("Point", [10, 50, 7]), nowhere))
    first, second = features(source("geojson"), path)
    assert first.geometry is not None
    assert not first.geometry.has_z
    assert (second.geometry, second.lack) == (None, "no place")


def test_the_numbers_of_a_file_may_be_metres_where_the_pack_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    path.write_text(collection(feature("Point", [385000, 6671000])))
    (only,) = features(source("geojson", srid=3067), path)
    assert only.srid == 3067
    with pytest.raises(Broken, match="not longitude, latitude"):
        features(source("geojson"), path)


def test_csv_reads_longitude_latitude_and_keeps_the_other_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('﻿name,x,y\n"Ivan\'s, ""corner""",10.5,50.25\nnowhere,,\n', encoding="utf-8")
    first, second = features(source("csv", lon="x", lat="y"), path)
    assert (first.text("name"), first.geometry) == ('Ivan\'s, "corner"', Point(10.5, 50.25))
    assert (second.geometry, second.lack) == (None, "no place")


def test_csv_reads_wkt(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('name,shape\na,"POLYGON ((10 50, 11 50, 11 51, 10 50))"\n')
    (only,) = features(source("csv", wkt="shape"), path)
    assert only.geometry == Polygon([(10, 50), (11, 50), (11, 51), (10, 50)])


def test_csv_reads_ewkb_in_hex_with_its_own_srid(tmp_path: Path) -> None:
    blob = shapely.to_wkb(shapely.set_srid(Point(385000, 6671000), 3067), hex=True, include_srid=True)
    path = tmp_path / "x.csv"
    path.write_text(f"name,shape\na,{blob}\n")
    (only,) = features(source("csv", ewkb="shape"), path)
    assert (only.geometry, only.srid) == (Point(385000, 6671000), 3067)


def test_a_shapefile_in_a_zip_is_read_with_the_number_of_its_projection(tmp_path: Path) -> None:
    path = shapefile_zip(tmp_path, [Point(10, 50), Point(11, 51)], ["a", "b"])
    first, second = features(source("shapefile-zip"), path)
    assert (first.text("name"), first.geometry, first.srid) == ("a", Point(10, 50), 4326)
    assert (second.row, second.geometry) == (2, Point(11, 51))


def test_a_geopackage_is_read_and_its_layer_found(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    write_vector(path, [Polygon([(10, 50), (11, 50), (11, 51)])], ["район"])
    (only,) = features(source("geopackage"), path)
    assert only.text("name") == "район"
    assert only.geometry is not None
    assert only.geometry.equals(Polygon([(10, 50), (11, 50), (11, 51)]))
    assert len(features(source("geopackage", layer="x"), gz(path))) == 1


def test_an_extract_gives_nodes_ways_and_areas_by_tags(tmp_path: Path) -> None:
    corners: Nodes = {n: (10 + (n in (2, 3)) * 0.1, 50 + (n in (3, 4)) * 0.1, {}) for n in (1, 2, 3, 4)}
    path = write_pbf(
        tmp_path / "x.osm.pbf",
        {**corners, 9: (10.05, 50.05, {"amenity": "bench", "backrest": "yes"}), 10: (10.06, 50.05, {"amenity": "bar"})},
        {1: ([1, 2], {"highway": "primary", "name": "Улица"}), 2: ([1, 2, 3, 4, 1], {"amenity": "bench", "leisure": "park"})},
    )
    point, area = features(source("osm-pbf", tags={"amenity": ("bench", "table")}), path, "point", "area")
    assert (point.text("@id"), point.geometry, point.text("backrest")) == ("node/9", Point(10.05, 50.05), "yes")
    assert (area.text("@id"), area.geometry and area.geometry.geom_type) == ("way/2", "MultiPolygon")
    (road,) = features(source("osm-pbf", tags={"highway": ("*",), "name": ("*",)}), path, "line")
    assert (road.text("@id"), road.text("name")) == ("way/1", "Улица")


def test_a_way_cut_off_at_the_edge_of_the_extract_comes_without_geometry(tmp_path: Path) -> None:
    path = write_pbf(tmp_path / "x.osm.pbf", {1: (10, 50, {})}, {1: ([1, 2, 3], {"highway": "primary"})})
    (only,) = features(source("osm-pbf", tags={"highway": ("*",)}), path, "line")
    assert only.geometry is None
    assert "edge of the extract" in only.lack


def test_a_feature_of_the_wrong_shape_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    path.write_text(collection(feature("Polygon", box(10, 50, 11, 51))))
    with pytest.raises(Broken, match=r"row 1: a Polygon where line is expected"):
        features(source("geojson"), path, "line")


def test_real_files_of_other_cities_are_read(real_data: Path) -> None:
    counts = {
        "cambridge/INFRA_StreetLights.geojson.gz": 6117,
        "cambridge/TRANS_Centerlines.geojson.gz": 2643,
        "russia/moscow_districts.geojson.gz": 125,
        "russia/russia_subjects.geojson.gz": 83,
        "boston/zipcodes.geojson.gz": 32,
    }
    for name, count in counts.items():
        assert len(features(source("geojson"), real_data / name)) == count, name
    assert len(features(source("shapefile-zip", srid=2261), real_data / "syracuse/streets_shp.zip")) == 6825
