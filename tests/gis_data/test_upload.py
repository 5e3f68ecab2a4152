"""Uploaded files of areas: all three kinds, real cities, other coordinate systems, repairs, and what the child may and may not."""

from __future__ import annotations

import gzip
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from gis_data import upload_child
from gis_data.upload import Upload, UploadRefused, read_upload
from tests.gis_data.makers import box, collection, district, feature, shapefile_zip, write_vector

BOW_TIE = [[[10.0, 50.0], [10.1, 50.1], [10.1, 50.0], [10.0, 50.1], [10.0, 50.0]]]
SPIKE = [[[10, 50], [12, 52], [11, 51], [10, 50]]]


def upload_of(content: str | bytes, srid: int | None = None) -> Upload:
    return read_upload(io.BytesIO(content.encode() if isinstance(content, str) else content), srid)


def geopackage(folder: Path, shapes: list[BaseGeometry], names: list[str], epsg: int = 4326) -> bytes:
    path = folder / f"things{epsg}.gpkg"
    write_vector(path, shapes, names, epsg)
    return path.read_bytes()


def turned(shapes: list[BaseGeometry], srid: int) -> list[BaseGeometry]:
    """From degrees to another SRID, by PostGIS."""
    with connection.cursor() as cursor:
        sql = "SELECT ST_AsBinary(ST_Transform(ST_GeomFromWKB(w, 4326), %s)) FROM unnest(%s::bytea[]) WITH ORDINALITY AS t(w, n) ORDER BY n"
        cursor.execute(sql, [srid, [shapely.to_wkb(shape) for shape in shapes]])
        return [shapely.from_wkb(bytes(wkb)) for (wkb,) in cursor.fetchall()]


def test_geojson_is_read_with_its_texts_and_its_rows() -> None:
    text = collection(
        {**district("west", 10.0, 10.04), "id": 7},
        {"type": "Feature", "properties": {"code": "nowhere"}, "geometry": None},
        feature("Polygon", box(10.04, 50.0, 10.09, 50.05), code=12, open=True, tags=["a", "б"], share=0.5, none=None),
    )
    found = upload_of("\ufeff \n" + text)
    assert (found.srid, found.columns) == (4326, ("@id", "code", "name", "open", "tags", "share", "none"))
    assert [area.row for area in found.areas] == [1, 3]
    assert found.areas[0].properties == {
        "@id": "7", "code": "west", "name": "West", "open": "", "tags": "", "share": "", "none": ""
    }  # fmt: skip
    assert list(found.areas[1].properties.values()) == ["", "12", "", "true", '["a", "б"]', "0.5", ""]
    assert found.areas[1].geometry == MultiPolygon([Polygon(box(10.04, 50.0, 10.09, 50.05)[0])])
    assert found.areas[1].repaired == ""
    assert found.skipped == ("Row 2 has no shape and is left out.",)


@pytest.mark.parametrize("name", ["areas.geojson", "areas.zip", "/vsicurl/http://127.0.0.1/x.gpkg", "../../areas.vrt", "a"])
def test_a_file_is_known_by_what_it_is_and_never_by_its_name(tmp_path: Path, name: str) -> None:
    areas = [Polygon(box(10.0, 50.0, 10.04, 50.05)[0])]
    file = SimpleUploadedFile("x", geopackage(tmp_path, areas, ["Пресня"]), content_type="text/html")
    file.name = name
    assert read_upload(file).areas[0].properties == {"name": "Пресня"}


@pytest.mark.parametrize("kind", ["geojson", "gzip", "geopackage", "shapefile"])
def test_every_kind_gives_the_same_areas(tmp_path: Path, kind: str) -> None:
    shapes = [Polygon(box(10.0, 50.0, 10.04, 50.05)[0]), Polygon(box(10.04, 50.0, 10.09, 50.05)[0])]
    text = collection(*(feature("Polygon", box(*shape.bounds), name=name) for shape, name in zip(shapes, "ab", strict=True)))
    contents = {
        "geojson": text.encode,
        "gzip": lambda: gzip.compress(text.encode()),
        "geopackage": lambda: geopackage(tmp_path, shapes, ["a", "b"]),
        "shapefile": lambda: shapefile_zip(tmp_path, shapes, ["a", "b"]).read_bytes(),
    }
    found = upload_of(contents[kind]())
    assert found.columns == ("name",)
    assert [area.properties["name"] for area in found.areas] == ["a", "b"]
    for area, shape in zip(found.areas, shapes, strict=True):
        assert area.geometry.geom_type == "MultiPolygon"
        assert area.geometry.equals(shape)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "name", "count"),
    [
        ("boston/neighborhoods.geojson.gz", "Name", 26),
        ("cambridge/ELECTIONS_WardsPrecincts.geojson.gz", "WardPrecinct", 33),
        ("russia/moscow_districts.geojson.gz", "name", 125),
    ],
)
def test_real_districts_come_back_equal_from_every_kind_of_file(
    real_data: Path, tmp_path: Path, path: str, name: str, count: int
) -> None:
    first = upload_of((real_data / path).read_bytes())
    assert len(first.areas) == count
    shapes, names = [area.geometry for area in first.areas], [area.properties[name] for area in first.areas]
    assert all(shape.is_valid and shape.geom_type == "MultiPolygon" for shape in shapes)
    assert len(set(names)) == count
    metres = 32637 if "russia" in path else 32619
    in_metres = turned(shapes, metres)
    files = {
        "geopackage": (4326, geopackage(tmp_path, shapes, names)),
        "shapefile": (4326, shapefile_zip(tmp_path / "degrees", shapes, names).read_bytes()),
        "geopackage in metres": (metres, geopackage(tmp_path, in_metres, names, metres)),
        "shapefile in metres": (metres, shapefile_zip(tmp_path / "metres", in_metres, names, metres).read_bytes()),
    }
    for kind, (srid, content) in files.items():
        again = upload_of(content)
        assert again.srid == srid, kind
        assert [area.properties["name"] for area in again.areas] == names, kind
        differ = shapely.symmetric_difference([area.geometry for area in again.areas], shapes)
        assert max(shapely.area(differ)) < 1e-10, kind  # a square metre


@pytest.mark.django_db
def test_metres_are_turned_when_the_number_of_their_system_is_told() -> None:
    west, south, east, north = (math.radians(1) * 6378137 * value for value in (10.0, 0.0, 10.1, 0.0))
    text = collection(feature("Polygon", box(west, south, east, north + 11131.9)))
    with pytest.raises(UploadRefused) as refused:
        upload_of(text)
    assert str(refused.value).startswith(
        "Row 1: The coordinates are not longitude and latitude in degrees. If they are in metres,"
    )
    found = upload_of(text, srid=3857)
    assert found.srid == 3857
    assert found.areas[0].geometry.bounds == pytest.approx((10.0, 0.0, 10.1, 0.1), abs=1e-5)


@pytest.mark.django_db
def test_a_shapefile_in_words_alone_asks_for_a_number_and_takes_it(tmp_path: Path) -> None:
    shape = turned([Polygon(box(37.5, 55.7, 37.6, 55.8)[0])], 32637)
    content = shapefile_zip(tmp_path, shape, ["a"], epsg=None).read_bytes()
    with pytest.raises(UploadRefused, match=r"does not say its coordinate system\. Give its EPSG number"):
        upload_of(content)
    assert upload_of(content, srid=32637).areas[0].geometry.bounds == pytest.approx((37.5, 55.7, 37.6, 55.8), abs=1e-6)


@pytest.mark.django_db
def test_a_shape_that_is_wrong_in_metres_is_repaired_in_degrees() -> None:
    metres = [[[point[0] * 1e5, point[1] * 1e5] for point in ring] for ring in BOW_TIE]
    (area,) = upload_of(collection(feature("Polygon", metres)), srid=3857).areas
    assert area.geometry.is_valid
    assert len(area.geometry.geoms) == 2
    assert area.repaired == "Self-intersection"


@pytest.mark.parametrize(
    ("coordinates", "reason", "parts", "square_degrees"),
    [
        (BOW_TIE, "Self-intersection", 2, 0.005),
        ([[[0, 0], [4, 0], [4, 4], [2, 4], [2, -2], [1, -2], [1, 4], [0, 4], [0, 0]]], "Self-intersection", None, None),
        ([box(0, 0, 4, 4)[0], box(5, 5, 6, 6)[0]], "Hole lies outside shell", 2, 17),
        ([[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0], [2, 2], [0, 0]]], "Ring Self-intersection", 1, 16),
    ],
)
def test_a_wrong_polygon_is_repaired_and_says_what_was_wrong(
    coordinates: Any, reason: str, parts: int | None, square_degrees: float | None
) -> None:
    (area,) = upload_of(collection(feature("Polygon", coordinates))).areas
    assert area.repaired == reason
    assert area.geometry.is_valid
    if parts:
        assert len(area.geometry.geoms) == parts
        assert area.geometry.area == pytest.approx(square_degrees)


def test_a_shape_of_which_repair_leaves_nothing_is_refused_with_its_row() -> None:
    text = collection(district("west", 10.0, 10.04), feature("Polygon", SPIKE))
    with pytest.raises(UploadRefused) as refused:
        upload_of(text)
    assert refused.value.row == 2
    assert str(refused.value).startswith("Row 2: Nothing is left of the shape")


def test_long_texts_and_many_columns_are_cut() -> None:
    many = {f"column {number}": number for number in range(60)}
    text = collection(feature("Polygon", box(10, 50, 11, 51), **{"long": "я" * 10_000_000, **many, "n" * 5000: 1}))
    found = upload_of(text)
    assert len(found.columns) == upload_child.MOST_COLUMNS == len(found.areas[0].properties)
    assert found.areas[0].properties["long"] == "я" * 200


def test_signs_that_no_database_stores_are_left_out() -> None:
    text = collection(
        feature("Polygon", box(10, 50, 11, 51), name="a\x00b\ud800c\x1b[0m\nd", **{"na\x00me": 1, "a": {"b": "\x00"}})
    )
    found = upload_of(text)
    assert found.columns == ("name", "a")
    assert found.areas[0].properties["name"] == "abc[0m d"
    json.dumps([found.columns, found.areas[0].properties], ensure_ascii=False).encode()


def test_dates_numbers_and_blobs_of_a_geopackage_are_texts(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    columns = {"code": np.array([7.0]), "day": np.array(["2024-05-01"], dtype="datetime64[D]"), "share": np.array([np.nan])}
    pyogrio.raw.write(
        path,
        geometry=np.array([shapely.to_wkb(Polygon(box(10, 50, 11, 51)[0]))], dtype=object),
        field_data=list(columns.values()),
        fields=list(columns),
        crs="EPSG:4326",
        geometry_type="Polygon",
        driver="GPKG",
    )
    assert upload_of(path.read_bytes()).areas[0].properties == {"code": "7", "day": "2024-05-01", "share": ""}


def test_a_zip_as_macos_and_other_programs_make_it_is_read(tmp_path: Path) -> None:
    import zipfile

    good = shapefile_zip(tmp_path, [Polygon(box(10, 50, 11, 51)[0])], ["a"])
    with zipfile.ZipFile(good, "a") as archive:
        for name in archive.namelist():
            archive.writestr(f"__MACOSX/._{name}", b"\x00\x05\x16\x07")
        archive.writestr(".DS_Store", b"x")
        archive.writestr("things.qmd", b"<qgis/>")
    assert len(upload_of(good.read_bytes()).areas) == 1
