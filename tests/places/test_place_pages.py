"""What the pages of works show beside money: pictures and maps, what came before and after, projects along a street, shares."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from html import unescape
from typing import Any

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from gis_data import photo_files
from gis_data.models import Boundary
from gis_data.population import Population
from issues import photos as appeal_photos
from issues.models import Appeal, Link, Photo
from places import patience_sql
from tests.factories import an_appeal
from tests.places.conftest import Town
from tests.places.makers import a_line, a_point, a_project, a_repair, a_street, reckon, some_money
from tests.places.test_money_pages import text_of
from works import photos
from works.models import ContractChange, ProjectPlace, Repair

pytestmark = pytest.mark.django_db


def a_picture(colour: str = "teal") -> photo_files.Encoded:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "JPEG")
    return photo_files.Encoded(out.getvalue(), out.getvalue(), 640, 480)


def confirmed(appeal: Appeal, meaning: str = "answers", state: str = "confirmed", **works: Any) -> Link:
    return Link.objects.create(appeal=appeal, meaning=meaning, state=state, score=90, distance_m=1, **works)


def map_of(page: str) -> dict[str, Any]:
    """What a page tells its map of works."""
    found = re.search(r'data-works-map data-base="[^"]*" data-config="([^"]*)"', page)
    assert found, "no map on the page"
    config: dict[str, Any] = json.loads(unescape(found[1]))
    return config


def raw(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_each_page_with_a_place_has_a_drawing_and_a_map_of_the_same_works(client: Client, town: Town) -> None:
    for address, number in (
        (f"/repairs/{town.held.public_id}", 1), (f"/projects/{town.project.public_id}", 1), (f"/contractors/{town.firm.pk}", 2),
        (f"/streets/{town.main.source_id}", 3), ("/districts/west", 3),
    ):  # fmt: skip
        page = raw(client, address)
        assert 'class="sketch-map"' in page, address
        features = map_of(page)["works"]["features"]
        assert len(features) == number, address
        assert {one["properties"]["progress"] for one in features} <= {"planned", "running", "finished"}
        assert re.search(r'src="[^"]*/works-[^"]+\.js"', page) or "src/works.ts" in page


def test_features_of_the_map_lead_to_their_pages_and_tell_how_far_they_are(client: Client, town: Town) -> None:
    Repair.objects.filter(pk=town.held.pk).update(status="planned", title={"en": 'Hole "1" <b>'})
    features = map_of(raw(client, f"/streets/{town.main.source_id}"))["works"]["features"]
    one = next(one["properties"] for one in features if one["properties"]["href"] == f"/repairs/{town.held.public_id}")
    assert one == {"progress": "planned", "about": "planned", "title": 'Hole "1" <b>', "href": f"/repairs/{town.held.public_id}"}
    page = raw(client, f"/streets/{town.main.source_id}")
    assert "works-icon is-planned" in page
    assert "works-icon is-finished" in page


def test_what_lies_nowhere_has_neither_drawing_nor_map(client: Client) -> None:
    page = raw(client, f"/repairs/{a_repair(None).public_id}")
    assert "data-works-map" not in page
    assert "names no place on the map" in page


def test_a_project_with_a_dozen_places_shows_them_all(client: Client, town: Town) -> None:
    places = [a_line((10.01 + i / 1000, 50.02), (10.01 + i / 1000, 50.021)) for i in range(12)]
    project = a_project(*places)
    page = text_of(client, f"/projects/{project.public_id}")
    assert "12 places" in page
    assert "1.33 km of lines" in page
    assert len(map_of(raw(client, f"/projects/{project.public_id}"))["works"]["features"]) == 12


def test_a_project_of_which_only_the_district_was_named_is_drawn_as_the_district(client: Client, town: Town) -> None:
    project = a_project(status="")
    west = Boundary.objects.get(code="west")
    ProjectPlace.objects.create(project=project, kind="named", name="West side", boundary=west, geometry=west.geometry)
    page = text_of(client, f"/projects/{project.public_id}")
    assert "names no exact place, only: West side" in page
    assert "Only the district was named" in page
    features = map_of(raw(client, f"/projects/{project.public_id}"))["works"]["features"]
    assert {(one["geometry"]["type"], one["properties"]["progress"]) for one in features} == {("Polygon", "unknown")}
    assert project.public_id not in raw(client, "/districts/west").split("data-works-map")[1].split("</div>")[0]


def test_scope_tells_what_was_changed_and_what_is_done(client: Client, town: Town) -> None:
    ContractChange.objects.create(contract=town.contract, local_id="s", kind="scope", rationale="Without the last block")
    a_repair(a_point(10.04, 50.04), project=town.project)
    a_repair(a_point(10.045, 50.04), project=town.project, status="running")
    page = text_of(client, f"/projects/{town.project.public_id}")
    assert "Without the last block" in page
    assert "1 of 2 repairs are finished" in page
    assert "1.79 km of lines" in page


def test_photos_before_and_after_are_pictures_of_this_site(client: Client, town: Town) -> None:
    photos.attach(town.held, a_picture(), "after", dt.date(2024, 5, 7), "New asphalt")
    photos.attach(town.held, a_picture(), "before", dt.date(2024, 5, 1))
    page = raw(client, f"/repairs/{town.held.public_id}")
    sources = re.findall(r'<img src="(/works-photos/[0-9a-f]{32}\?size=thumb)"', page)
    assert len(sources) == 2
    assert page.index("<strong>Before</strong>") < page.index("<strong>After</strong>")
    assert "7 May 2024" in page
    assert "New asphalt" in page
    answer = client.get(sources[0])
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_photos_of_reports_that_a_repair_answered_show_before_and_after(client: Client, town: Town) -> None:
    shown, hidden, held = an_appeal(town.city), an_appeal(town.city), an_appeal(town.city, visibility="held")
    names = {}
    for appeal, kind, public in (
        (shown, "report", True),
        (shown, "after", True),
        (hidden, "report", False),
        (held, "report", True),
    ):
        photo = appeal_photos.store_unattached(a_picture())
        Photo.objects.filter(pk=photo.pk).update(appeal=appeal, kind=kind, public=public)
        names[appeal.public_id, kind] = photo.name
    for appeal in (shown, hidden, held):
        confirmed(appeal, repair=town.held)
    page = raw(client, f"/repairs/{town.held.public_id}")
    for kind in ("report", "after"):
        assert names[shown.public_id, kind] in page
        assert client.get(f"/photos/{names[shown.public_id, kind]}?size=thumb").status_code == 200
    assert names[hidden.public_id, "report"] not in page
    assert names[held.public_id, "report"] not in page


def test_a_report_that_led_to_works_is_told_from_one_that_came_back(client: Client, town: Town) -> None:
    led, back = an_appeal(town.city), an_appeal(town.city)
    confirmed(led, repair=town.held)
    confirmed(back, "returns", repair=town.held)
    Repair.objects.filter(pk=town.held.pk).update(project=town.project)
    for address in (f"/repairs/{town.held.public_id}", f"/projects/{town.project.public_id}"):
        page = text_of(client, address)
        before, after = page.split('id="returns"')
        assert led.public_id in before
        assert led.public_id not in after
        assert back.public_id in after
    page = text_of(client, f"/contractors/{town.firm.pk}")
    assert "1 of 1 finished repair (" in page
    assert "1 report" in page
    assert led.public_id not in page


def test_growth_is_told_of_all_contracts(client: Client, town: Town) -> None:
    page = text_of(client, f"/contractors/{town.firm.pk}").replace("\xa0", " ")
    assert "1 of 1 contract went beyond the value it was signed for: +" in page
    assert "200 EUR" in page  # 1,600 paid, 1,400 signed


def test_projects_along_a_street_stand_on_its_page_and_those_across_do_not(client: Client, town: Town) -> None:
    along = a_project(a_line((10.012, 50.04001), (10.018, 50.04001)), title={"en": "Along"})
    across = a_project(a_line((10.015, 50.03), (10.015, 50.05)), title={"en": "Across"})
    square = a_project(Polygon.from_bbox((10.011, 50.0399, 10.013, 50.0401)), title={"en": "Square"})
    spot = a_project(a_point(10.016, 50.04005), title={"en": "Spot"})
    named = a_project(title={"en": "Somewhere"})
    ProjectPlace.objects.create(project=named, kind="named", geometry=MultiPolygon(Polygon.from_bbox((10.0, 50.0, 10.05, 50.08))))
    page = text_of(client, f"/streets/{town.main.source_id}")
    listed = page[page.index("Funded projects along the street") : page.index("Their money is not part")]
    for project in (along, square, spot):
        assert project.public_id in listed
    for project in (across, named, town.project):
        assert project.public_id not in listed


def test_a_street_without_money_says_so_and_is_drawn(client: Client, town: Town) -> None:
    quiet = a_street("Quiet Lane", (10.06, 50.06), (10.062, 50.06))
    page = text_of(client, f"/streets/{quiet.source_id}")
    assert "No money is known to have been spent here" in page
    assert "No repairs are known here" in page
    assert "Download" not in page
    assert map_of(raw(client, f"/streets/{quiet.source_id}"))["works"]["features"] == []


def test_a_district_tells_its_shares_with_what_they_are_divided_by(client: Client, town: Town) -> None:
    page = text_of(client, "/districts/west")
    assert "How many people live here is unknown" in page
    assert "The named streets and paths here are" in page
    west = Boundary.objects.get(code="west")
    first = west.valid.lower or dt.date(2020, 1, 1)
    count: dict[str, Any] = {"boundary_set": west.boundary_set, "code": "west", "source": {"en": "the test"}}
    Population.objects.create(residents=999, counted_on=first - dt.timedelta(days=1), **count)
    assert "How many people live here is unknown" in text_of(client, "/districts/west"), "the area looked different then"
    Population.objects.create(residents=1000, counted_on=first + dt.timedelta(days=30), **count)
    page = text_of(client, "/districts/west").replace("\xa0", " ")
    assert "1,000 residents on" in page
    assert "(the test)" in page
    assert "0.64 EUR" in page  # 640 of 1,600 lie here


def test_nobody_in_an_area_is_no_share(client: Client, town: Town) -> None:
    west = Boundary.objects.get(code="west")
    day = timezone.localdate()
    Population.objects.create(boundary_set=west.boundary_set, code="west", residents=0, counted_on=day, source={"en": "x"})
    page = text_of(client, "/districts/west")
    assert "0 residents" in page
    assert "For each resident" not in page


PAGES = {
    "street": lambda town: f"/streets/{town.main.source_id}",
    "district": lambda town: "/districts/west",
    "contractor": lambda town: f"/contractors/{town.firm.pk}",
    "project": lambda town: f"/projects/{town.project.public_id}",
    "repair": lambda town: f"/repairs/{town.held.public_id}",
}
MONEY = {"money": lambda town: "/money", "rows of money": lambda town: "/money/rows"}


@pytest.mark.parametrize("which", [*PAGES, *MONEY])
def test_a_page_that_takes_too_long_says_so(which: str, client: Client, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience_sql, "_LIMITS", patience_sql._LIMITS + "; SET LOCAL statement_timeout = 1; SELECT pg_sleep(5)")
    answer = client.get((PAGES | MONEY)[which](town))
    assert answer.status_code == 503
    assert answer["Retry-After"] == "10"
    assert b"takes too long" in answer.content


def test_a_limit_inside_a_limit_gives_the_outer_one_back(town: Town) -> None:
    from django.db import connection

    def now() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            return str(cursor.fetchone()[0])

    before = now()
    with patience_sql.limited(3000):
        assert now() == "3s"
        with patience_sql.limited(1000):
            assert now() == "1s"
        assert now() == "3s"
        with pytest.raises(patience_sql.TooLongPage), patience_sql.limited(10), connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")
        assert now() == "3s"
    assert now() == before


#: Also what the limits of time and the drawing ask for.
QUERIES = {"street": 32, "district": 36, "contractor": 32, "project": 30, "repair": 16}


@pytest.mark.parametrize("which", PAGES)
def test_a_page_needs_a_fixed_number_of_queries(
    which: str, client: Client, town: Town, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    address = PAGES[which](town)
    a_project(a_line((10.012, 50.04), (10.018, 50.04)))  # where nothing lies along the street, nothing is asked
    client.get(address)
    with django_assert_max_num_queries(QUERIES[which]) as asked:
        client.get(address)
    for number in range(12):
        repair = a_repair(a_point(10.012, 50.04), street=town.main, project=town.project, contractor=town.firm, cost=number)
        some_money("1", repair=repair, fiscal_year=2000 + number)
        a_project(a_line((10.012, 50.04), (10.018, 50.04)))
        ProjectPlace.objects.create(project=town.project, number=10 + number, kind="exact", geometry=a_point(10.04, 50.04))
        photos.attach(repair, a_picture(), "after")
        confirmed(an_appeal(town.city), repair=repair)
        confirmed(an_appeal(town.city), "returns", repair=town.held)
    reckon()
    with django_assert_max_num_queries(len(asked)):
        client.get(address)
