"""Files of boundaries sent to the workshop: hostile ones, strange ones, real cities."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Final

import pytest
import shapely
from django.contrib.gis.geos import Polygon
from django.test import Client
from django.utils.html import escape

from gis_data import city_time
from gis_data.models import Boundary, BoundaryDraft, BoundarySet, City
from tests.factories import TinyCity
from tests.issues.boundary_files import MOVED, SET, a_draft, geojson, send, strip, words


def a_zip(**entries: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return packed.getvalue()


HOSTILE: Final = {
    "nothing": b"",
    "a web page": b"<html><script>alert(1)</script></html>",
    "no geojson": b'{"type": "Topology"}',
    "cut off": MOVED[:100],
    "not a number": MOVED.replace(b"10.09", b"NaN"),
    "a link as coordinate system": geojson(
        strip("a", 10, 10.1), crs={"type": "link", "properties": {"href": "http://203.0.113.1/crs", "type": "proj4"}}
    ),
    "metres": geojson(strip("a", 500_000, 500_100)),
    "points": geojson({"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [10, 50]}}),
    "nested": b'{"type":"FeatureCollection","features":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "a zip bomb": a_zip(a_dot_shp=b"\0" * 230_000_000),
    "a zip that leads out": a_zip(**{"..__..__a_dot_shp": b"x", "a_dot_shx": b"x", "a_dot_dbf": b"x"}),
    "a database": b"SQLite format 3\x00" + b"\0" * 4096,
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_a_sentence_on_the_page_and_the_rest_is_kept(
    dispatcher: Client, a_city: TinyCity, content: bytes
) -> None:
    answer = send(dispatcher, content, name="../../<b>x</b>.zip", title="Of the <year>", srid="")
    assert answer.status_code == 422
    (sentence,) = answer.context["errors"].values()
    assert escape(sentence) in words(answer)
    assert 'value="Of the &lt;year&gt;"' in words(answer)
    assert not BoundaryDraft.objects.exists()


@pytest.mark.parametrize("srid", ["x", "-1", "0", "1e3", "4326; DROP TABLE", "99999999999", "998999"])
def test_a_senseless_coordinate_system_is_refused(dispatcher: Client, a_city: TinyCity, srid: str) -> None:
    answer = send(dispatcher, MOVED, srid=srid)
    assert answer.status_code == 422
    assert f'value="{escape(srid)}"' in words(answer)


def test_a_file_in_metres_is_taken_with_its_number(dispatcher: Client, a_city: TinyCity) -> None:
    ring = [[500_000, 5_538_630], [501_000, 5_538_630], [501_000, 5_539_630], [500_000, 5_538_630]]
    area = {"type": "Feature", "properties": {"code": "a", "name": "A"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    answer = send(dispatcher, geojson(area), srid="EPSG:32632")
    draft = BoundaryDraft.objects.get(pk=int(answer["Location"].rsplit("/", 1)[1]))
    assert draft.srid == 32632
    assert draft.areas.get().geometry.extent == pytest.approx((9.0, 50.0, 9.014, 50.009), abs=0.01)


def test_what_a_file_says_is_shown_as_text(dispatcher: Client, a_city: TinyCity) -> None:
    evil = "<script>alert(1)</script>"
    content = geojson(strip("west", 10.0, 10.04, name=evil, **{"<img src=x>": evil}), strip("east", 10.04, 10.09))
    draft = a_draft(dispatcher, content)
    page = dispatcher.get(f"/desk/routing/drafts/{draft.pk}").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert escape(evil) in page


def test_without_a_file_the_page_says_so(dispatcher: Client, a_city: TinyCity) -> None:
    answer = dispatcher.post(f"{SET}/upload", {"title": "x"})
    assert answer.status_code == 422
    assert "Choose a file." in words(answer)


def test_nothing_there_is_a_page_that_is_not_there(dispatcher: Client, a_city: TinyCity) -> None:
    for address in ("/desk/routing/sets/nothing", "/desk/routing/drafts/999999"):
        assert dispatcher.get(address).status_code == 404
    assert dispatcher.post(f"{SET}/explode").status_code == 404
    assert dispatcher.post("/desk/routing/drafts/999999/drop").status_code == 404


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_pages_stand_in_both_languages(dispatcher: Client, a_city: TinyCity, language: str) -> None:
    draft = a_draft(dispatcher, geojson(strip("west", 10.0, 10.045), strip("new", 10.04, 10.09), strip("far", 20, 21)))
    dispatcher.post(f"{SET}/check")
    for address in (SET, "/desk/routing/sets/new", f"/desk/routing/drafts/{draft.pk}"):
        page = dispatcher.get(address, headers={"accept-language": language})
        assert page.status_code == 200
        assert f'<html lang="{language}"' in words(page)
    assert ("Запад" if language == "ru" else "West") in words(dispatcher.get(SET, headers={"accept-language": language}))


@pytest.mark.parametrize(
    ("file", "bounds", "count"),
    [
        ("boston/neighborhoods.geojson.gz", (-71.2, 42.2, -70.9, 42.4), 26),
        ("russia/moscow_districts.geojson.gz", (37.3, 55.5, 38.0, 56.0), 125),
    ],
)
def test_a_real_city_goes_in_and_a_moved_border_is_the_only_difference(
    dispatcher: Client, a_city: TinyCity, real_data: Path, file: str, bounds: tuple[float, float, float, float], count: int
) -> None:
    City.objects.update(bounds=Polygon.from_bbox(bounds))
    BoundarySet.objects.create(code="real", names={"en": "Real"}, gap_m=100)
    packed = (real_data / file).read_bytes()
    answer = send(dispatcher, packed, name="x.geojson.gz", address="/desk/routing/sets/real")
    today = city_time.today()
    dispatcher.post(f"{answer['Location']}/publish", {"day": today.isoformat()})
    assert Boundary.objects.on(today).filter(boundary_set__code="real").count() == count

    collection = json.loads(gzip.decompress(packed))
    shapes = [shapely.geometry.shape(one["geometry"]).buffer(0) for one in collection["features"]]
    middle = max(range(count), key=lambda number: sum(shapes[number].intersects(other) for other in shapes))
    grown, shape = collection["features"][middle], shapes[middle].buffer(0.002)
    grown["geometry"] = shapely.geometry.mapping(shape)
    answer = send(dispatcher, json.dumps(collection).encode(), address="/desk/routing/sets/real")
    page = dispatcher.get(answer["Location"])
    assert len(page.context["changes"].rows) == 1
    assert len(page.context["changes"].same) == count - 1
    assert page.context["changes"].rows[0].lost == ""
    assert any("two areas claim" in problem.sentence for problem in page.context["checks"].problems)
