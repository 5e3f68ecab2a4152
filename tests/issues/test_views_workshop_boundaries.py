"""The workshop of boundaries by its pages: settings, checks, files that come in, drafts that are tried, published, thrown away."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any, Final

import pytest
import shapely
from django.contrib.gis.geos import Polygon
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import escape
from pghistory.models import Events

from gis_data import city_time
from gis_data.models import Boundary, BoundaryDraft, BoundaryFlaw, BoundarySet, City
from issues.models import Replay, RerouteBatch
from issues.routing.facts_sql import Question, read
from issues.views import workshop_boundaries
from notifications.models import OutboxMessage
from tests.factories import FROM, TinyCity, box

SET: Final = "/desk/routing/sets/districts"


@pytest.fixture
def dispatcher(client: Client, a_city: TinyCity) -> Client:
    client.force_login(a_city.people["dispatcher"])
    return client


def strip(code: str, west: float, east: float, **texts: str) -> dict[str, Any]:
    """A district of Testville as GeoJSON: from one longitude to another."""
    ring = [[west, 50.0], [east, 50.0], [east, 50.05], [west, 50.05], [west, 50.0]]
    properties = {"code": code, "name": code.title(), **texts}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def geojson(*features: dict[str, Any], **members: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", **members, "features": list(features)}).encode()


#: The east has won the gap and a third of the west.
MOVED: Final = geojson(strip("west", 10.0, 10.03), strip("east", 10.03, 10.09))


def send(client: Client, content: bytes, name: str = "areas.geojson", address: str = SET, **fields: str) -> Any:
    return client.post(f"{address}/upload", {"file": SimpleUploadedFile(name, content), **fields})


def a_draft(client: Client, content: bytes = MOVED) -> BoundaryDraft:
    answer = send(client, content)
    assert answer.status_code == 302, answer.content.decode()
    return BoundaryDraft.objects.get(pk=int(answer["Location"].rsplit("/", 1)[1]))


def words(answer: Any) -> str:
    """The page as people read it, without the marks of its language."""
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("who", ["clerk", "crew", "head", "resident"])
def test_boundaries_are_for_dispatchers_and_administrators(client: Client, a_city: TinyCity, who: str) -> None:
    group = a_city.sets["districts"]
    draft = BoundaryDraft.objects.create(boundary_set=group, title="Draft")
    client.force_login(a_city.people[who])
    for address in (SET, "/desk/routing/sets/new", f"/desk/routing/drafts/{draft.pk}"):
        assert client.get(address).status_code == 403
    for address in (f"{SET}/settings", f"{SET}/check", f"{SET}/upload", f"/desk/routing/drafts/{draft.pk}/drop"):
        assert client.post(address).status_code == 403
    assert BoundaryDraft.objects.count() == 1


def test_the_page_of_a_set_tells_its_areas_days_and_settings(dispatcher: Client, a_city: TinyCity) -> None:
    day = city_time.today() + dt.timedelta(days=5)
    Boundary.objects.filter(code="west").update(valid=(FROM, day))
    row = {"boundary_set": a_city.sets["districts"], "names": {"en": "West"}, "geometry": box(10, 50, 10.03, 50.05)}
    Boundary.objects.create(code="west", valid=(day, None), **row)
    page = dispatcher.get(SET)
    assert [(one.day, one.new, one.changed, one.gone, one.to_come) for one in page.context["days"]] == [
        (day, 0, 1, 0, True),
        (FROM, 2, 0, 0, False),
    ]
    assert page.context["areas"] == 2
    assert "No faults are known" in words(page)
    assert 'name="gap_m"' in words(page)
    assert {line for label in page.context["overview"].labels for line in label.lines} == {"West", "East"}


def test_settings_are_saved_and_their_history_kept(dispatcher: Client, a_city: TinyCity) -> None:
    answer = dispatcher.post(f"{SET}/settings", {"border_m": "25", "gap_m": "", "fallback_department": "parks"})
    assert answer.status_code == 302
    group = BoundarySet.objects.get(code="districts")
    assert (group.border_m, group.gap_m, group.fallback_department) == (25, None, "parks")
    assert Events.objects.tracks(group).filter(pgh_label="update").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("border_m", ""), ("border_m", "-1"), ("border_m", "501"), ("border_m", "15.5"), ("border_m", "²"), ("border_m", "1" * 500),
        ("gap_m", "x"), ("gap_m", "501"), ("fallback_department", "nobody"), ("fallback_department", "' OR 1=1"),
    ],
)  # fmt: skip
def test_senseless_settings_come_back_with_a_sentence_and_what_was_typed(
    dispatcher: Client, a_city: TinyCity, field: str, value: str
) -> None:
    answer = dispatcher.post(f"{SET}/settings", {"border_m": "15", "gap_m": "300", "fallback_department": "", field: value})
    assert answer.status_code == 422
    assert set(answer.context["errors"]) == {field}
    assert answer.context["settings"][field] == value
    group = BoundarySet.objects.get(code="districts")
    assert (group.border_m, group.gap_m, group.fallback_department) == (15, 300, "")


def test_check_now_finds_what_the_night_would(dispatcher: Client, a_city: TinyCity) -> None:
    row = {"boundary_set": a_city.sets["districts"], "names": {"en": "Third"}, "geometry": box(10.08, 50, 10.095, 50.05)}
    Boundary.objects.create(code="third", valid=(FROM, None), **row)
    assert dispatcher.post(f"{SET}/check").status_code == 302
    assert list(BoundaryFlaw.objects.values_list("kind", "codes")) == [("overlap", ["east", "third"])]
    page = dispatcher.get(SET)
    (flaw,) = page.context["flaws"]
    assert flaw.areas == "East · Third"
    assert flaw.sketch is not None
    assert "sketch-flaw" in words(page)
    assert "3.99 km²" in words(page)


def test_a_set_with_many_areas_is_left_to_the_night(
    dispatcher: Client, a_city: TinyCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workshop_boundaries, "MOST_AT_ONCE", 2)
    known = {"kind": "gap", "geometry": box(10, 50, 10.01, 50.01), "area_m2": 1, "width_m": 1, "found_on": FROM}
    BoundaryFlaw.objects.create(boundary_set=a_city.sets["districts"], **known)
    answer = dispatcher.post(f"{SET}/check", follow=True)
    assert "checked at night only" in words(answer)
    assert BoundaryFlaw.objects.count() == 1


def test_a_set_is_started_and_gets_its_first_areas_by_a_file(dispatcher: Client, a_city: TinyCity) -> None:
    answer = dispatcher.post("/desk/routing/sets/new", {"code": "Wards", "name_en": "Wards", "name_ru": "Участки"})
    assert answer["Location"] == "/desk/routing/sets/wards"
    draft_page = send(dispatcher, geojson(strip("a", 10, 10.05), strip("b", 10.05, 10.09)), address=answer["Location"])
    dispatcher.post(f"{draft_page['Location']}/publish", {"day": city_time.today().isoformat()})
    assert set(Boundary.objects.on(city_time.today()).filter(boundary_set__code="wards").values_list("code", flat=True)) == {
        "a",
        "b",
    }


@pytest.mark.parametrize("code", ["", "new", "two words", "районы", "a/b", "-a", "x" * 51, "districts"])
def test_a_set_with_a_senseless_or_taken_code_is_refused(dispatcher: Client, a_city: TinyCity, code: str) -> None:
    answer = dispatcher.post("/desk/routing/sets/new", {"code": code, "name_en": "Wards", "name_ru": ""})
    assert answer.status_code == 422
    assert set(answer.context["errors"]) == {"code", "name_ru"}
    assert 'value="Wards"' in words(answer)
    assert BoundarySet.objects.count() == 2


def test_a_moved_border_is_seen_area_by_area_and_on_the_map(dispatcher: Client, a_city: TinyCity) -> None:
    draft = a_draft(dispatcher)
    page = dispatcher.get(f"/desk/routing/drafts/{draft.pk}")
    rows = {row.code: row for row in page.context["changes"].rows}
    assert (rows["east"].word, rows["east"].gained, rows["east"].lost) == ("changed", "5.98\N{NO-BREAK SPACE}km²", "")
    assert (rows["west"].word, rows["west"].gained, rows["west"].lost) == ("changed", "", "3.99\N{NO-BREAK SPACE}km²")
    assert [row.code for row in page.context["changes"].rows] == ["east", "west"]
    assert all(row.sketch for row in rows.values())
    assert "sketch-gained" in words(page)
    assert not page.context["checks"].problems
    assert (draft.title, draft.code_column, draft.name_columns) == ("areas.geojson", "code", {"en": "name"})


def test_ground_that_two_areas_claimed_is_no_hole_when_one_lets_go(dispatcher: Client, a_city: TinyCity) -> None:
    Boundary.objects.filter(code="west").update(geometry=box(10.0, 50.0, 10.05, 50.05))
    draft = a_draft(dispatcher, geojson(strip("west", 10.0, 10.045), strip("east", 10.045, 10.08)))
    changes = dispatcher.get(f"/desk/routing/drafts/{draft.pk}").context["changes"]
    drawn = {entry.words: entry.count for entry in changes.sketch.legend}
    assert drawn == {"Goes to another area, or into one": 1, "In no area any more": 1, "Areas as they would be": 2}
    assert {row.code: row.gained for row in changes.rows} == {"west": "", "east": ""}


def test_what_disappears_although_somebody_needs_it_is_said(dispatcher: Client, a_city: TinyCity) -> None:
    draft = a_draft(dispatcher, geojson(strip("west", 10.0, 10.04), strip("new", 10.04, 10.09)))
    page = words(dispatcher.get(f"/desk/routing/drafts/{draft.pk}"))
    assert "“east” disappears, but it is named by: the crew “Crew parks-east”, the rule “tree-in-the-east”." in page
    assert "“west” disappears" not in page


def test_columns_are_chosen_on_the_page(dispatcher: Client, a_city: TinyCity) -> None:
    content = geojson(strip("x", 10.0, 10.04, key="west"), strip("x", 10.04, 10.09, key="east"))
    draft = a_draft(dispatcher, content)
    address = f"/desk/routing/drafts/{draft.pk}"
    dispatcher.post(f"{address}/columns", {"code_column": "code", "name_en": "name", "name_ru": ""})
    page = dispatcher.get(address)
    assert "These stand there more than once: x" in words(page)
    assert page.context["checks"].stopped
    assert f"{address}/publish" not in words(page)
    dispatcher.post(f"{address}/columns", {"code_column": "key", "name_en": "", "name_ru": "name"})
    draft.refresh_from_db()
    assert (draft.code_column, draft.name_columns) == ("key", {"ru": "name"})
    answer = dispatcher.post(f"{address}/columns", {"code_column": "password"})
    assert answer.status_code == 422
    assert "one of the columns of the file" in words(answer)


def test_a_repaired_shape_is_named_with_what_was_wrong(dispatcher: Client, a_city: TinyCity) -> None:
    tie = strip("west", 10.0, 10.04)
    tie["geometry"]["coordinates"] = [[[10.0, 50.0], [10.04, 50.05], [10.04, 50.0], [10.0, 50.05], [10.0, 50.0]]]
    draft = a_draft(dispatcher, geojson(tie, strip("east", 10.045, 10.09)))
    page = words(dispatcher.get(f"/desk/routing/drafts/{draft.pk}"))
    assert "<strong>West</strong>: its border crossed itself" in page


def test_a_trial_is_asked_for_once_and_leads_to_its_page(dispatcher: Client, a_city: TinyCity) -> None:
    draft = a_draft(dispatcher)
    answer = dispatcher.post(f"/desk/routing/drafts/{draft.pk}/try", {"span": "3"})
    replay = Replay.objects.get()
    assert answer["Location"] == f"/desk/routing/replays/{replay.pk}"
    assert (replay.boundary_draft_id, replay.created_by) == (draft.pk, a_city.people["dispatcher"])
    assert replay.since is not None
    assert OutboxMessage.objects.get(kind="routing-replay").payload == {"replay": replay.pk}
    assert dispatcher.post(f"/desk/routing/drafts/{draft.pk}/try", {"span": "9999"}).status_code == 422
    assert Replay.objects.count() == 1


def district_at(place: tuple[float, float], day: dt.date) -> str | None:
    found = Boundary.objects.on(day).filter(
        boundary_set__is_district=True, geometry__covers=f"SRID=4326;POINT({place[0]} {place[1]})"
    )
    return found.values_list("code", flat=True).first()


def test_what_is_published_for_tomorrow_leaves_todays_routing_alone(dispatcher: Client, a_city: TinyCity) -> None:
    place = (10.035, 50.04)  # in the west today
    today = city_time.today()
    tomorrow = today + dt.timedelta(days=1)
    draft = a_draft(dispatcher)
    answer = dispatcher.post(f"/desk/routing/drafts/{draft.pk}/publish", {"day": tomorrow.isoformat(), "moves_open": "yes"})
    assert answer.status_code == 302
    facts = read(Question(*place, "pothole")).facts
    assert facts is not None
    assert [fact.code for fact in facts.boundaries if fact.is_district] == ["west"]
    assert (district_at(place, today), district_at(place, tomorrow)) == ("west", "east")
    draft.refresh_from_db()
    assert (draft.state, draft.valid_from, draft.moves_open, draft.moved_at) == ("published", tomorrow, True, None)
    move = OutboxMessage.objects.get(kind="routing-move")
    assert move.available_at == city_time.morning(tomorrow)


def test_what_is_published_for_today_decides_at_once(dispatcher: Client, a_city: TinyCity) -> None:
    place = (10.035, 50.04)
    draft = a_draft(dispatcher)
    dispatcher.post(f"/desk/routing/drafts/{draft.pk}/publish", {"day": city_time.today().isoformat()})
    facts = read(Question(*place, "pothole")).facts
    assert facts is not None
    (district,) = [fact for fact in facts.boundaries if fact.is_district]
    assert (district.code, district.version) == ("east", city_time.today().isoformat())
    assert district_at(place, city_time.today() - dt.timedelta(days=1)) == "west"


def test_a_draft_is_published_once(dispatcher: Client, a_city: TinyCity) -> None:
    draft = a_draft(dispatcher)
    today = city_time.today()
    address = f"/desk/routing/drafts/{draft.pk}"
    assert dispatcher.post(f"{address}/publish", {"day": today.isoformat()}).status_code == 302
    rows = list(Boundary.objects.order_by("pk").values("pk", "valid"))
    for action, fields in (
        ("publish", {"day": today.isoformat()}),
        ("try", {"span": "3"}),
        ("columns", {"code_column": "name"}),
        ("drop", {}),
    ):
        answer = dispatcher.post(f"{address}/{action}", fields)
        assert answer.status_code == 409, action
        assert "published already" in words(answer)
    assert list(Boundary.objects.order_by("pk").values("pk", "valid")) == rows
    page = dispatcher.get(address)
    assert {row.code: row.word for row in page.context["changes"].rows} == {"east": "changed", "west": "changed"}
    assert f"{address}/publish" not in words(page)


@pytest.mark.parametrize("day", ["", "tomorrow", "2020-01-01", "0001-01-01", "2026-02-30"])
def test_a_senseless_or_past_day_is_refused_and_the_tick_is_kept(dispatcher: Client, a_city: TinyCity, day: str) -> None:
    draft = a_draft(dispatcher)
    answer = dispatcher.post(f"/desk/routing/drafts/{draft.pk}/publish", {"day": day, "moves_open": "yes"})
    assert answer.status_code == 422
    assert 'value="yes" checked' in words(answer)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_draft_is_thrown_away(dispatcher: Client, a_city: TinyCity) -> None:
    draft = a_draft(dispatcher)
    answer = dispatcher.post(f"/desk/routing/drafts/{draft.pk}/drop")
    assert answer["Location"] == SET
    assert dispatcher.get(f"/desk/routing/drafts/{draft.pk}").status_code == 404


def test_a_draft_by_which_reports_were_moved_stays(dispatcher: Client, a_city: TinyCity) -> None:
    draft = a_draft(dispatcher)
    RerouteBatch.objects.create(boundary_draft=draft)
    answer = dispatcher.post(f"/desk/routing/drafts/{draft.pk}/drop")
    assert answer.status_code == 422
    assert "Reports were moved by this draft" in words(answer)
    assert BoundaryDraft.objects.filter(pk=draft.pk).exists()


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
