"""REST: single things and small pages as GeoJSON, under the names and filters of every door; the story of a report."""

import dataclasses
import datetime as dt
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.gis.geos import LineString, MultiLineString, Point
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from citymap.layers import LAYERS
from gis_data.models import Asset, Street
from issues.models import Appeal, Event, Photo
from layers.features_problems import NoSuchFeature
from opendata import links
from opendata.rest_appeals import STORIES
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal
from tests.layers.asking import told as ogc
from tests.opendata.asking import SITE, ask, ids, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def full(a_city: TinyCity) -> TinyCity:
    """Testville with seven reports, a street whose number holds slashes, and an object."""
    for number in range(7):
        an_appeal(a_city, "lamp" if number % 2 else "tree", None if number == 3 else (IN_WEST, IN_EAST)[number % 2])
    Street.objects.create(source_id="way/1", names={"en": "Long Street", "ru": "Длинная"}, road_class="residential",
                          geometry=MultiLineString(LineString((10.01, 50.01), (10.02, 50.02)), srid=4326))  # fmt: skip
    Asset.objects.create(source_id="b 1/ü?", kind="bench", names={"en": "Bench"}, geometry=Point(*IN_WEST, srid=4326))
    return a_city


def counted(path: str, **query: Any) -> int:
    """How many statements an answer takes."""
    ask(path, **query)
    with CaptureQueriesContext(connection) as queries:
        told(path, **query)
    return len(queries)


def test_the_beginning_names_every_open_layer_and_where_all_is_described(full: TinyCity) -> None:
    root = told()
    assert [one["name"] for one in root["layers"]] == [one.name for one in LAYERS if one.key and not one.permission]
    for one in root["layers"]:
        assert Client().get(one["href"].removeprefix(SITE)).status_code == 200
    for link in root["links"]:
        assert Client().get(link["href"].removeprefix(SITE)).status_code == 200
    assert "Районы" in [one["title"] for one in told(lang="ru")["layers"]]


def test_a_page_holds_the_same_as_every_other_door(full: TinyCity) -> None:
    for name in ("appeals", "districts", "streets", "assets"):
        here, there = told(f"{name}/"), ogc(f"collections/{name}/items")
        assert here["type"] == "FeatureCollection"
        assert here["next"] is None
        assert here["features"] == there["features"]
        assert here["features"]


def test_filters_and_language_are_those_of_every_door(full: TinyCity) -> None:
    for query in (
        {"category": "lamp"},
        {"state": "new,fixed"},
        {"bbox": "10,50,10.04,50.05"},
        {"from": "2020-01-01"},
        {"to": "2020-01-01"},
    ):
        theirs = [one["id"] for one in ogc("collections/appeals/items", **query)["features"]]
        if "bbox" in query:  # as the standard wants, what has no place is in every box there
            theirs = [one for one in theirs if told(f"appeals/{one}/")["geometry"]]
        assert ids(**query) == theirs, query
    assert told("streets/", lang="ru")["features"][0]["properties"]["name"] == "Длинная"
    assert told("streets/way/1/", lang="ru")["properties"]["name"] == "Длинная"


def test_pages_follow_one_another_by_key_while_rows_come_in(full: TinyCity) -> None:
    everything = ids()
    assert len(everything) == 7
    for limit in (1, 2, 3, 6, 7):
        assert ids(limit=limit) == everything
    first = told("appeals/", limit=3)
    newer = an_appeal(full).public_id
    second = json.loads(Client().get(first["next"].removeprefix(SITE)).content)
    assert [one["id"] for one in second["features"]] == everything[3:6]
    assert ids()[0] == newer


def test_where_a_page_begins_is_told_by_what_is_public_alone(full: TinyCity) -> None:
    page = told("appeals/", limit=3)
    last = Appeal.objects.get(public_id=page["features"][-1]["id"])
    moment = last.created_at.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    after = QueryDict(urlsplit(page["next"]).query)["after"]
    assert after == f"{moment},{last.public_id}"
    rest = ids()[3:]
    Appeal.objects.filter(pk=last.pk).update(visibility="hidden")
    assert ids(after=after) == rest, "also when that thing has gone"


def test_the_link_to_the_next_page_keeps_what_was_asked(full: TinyCity) -> None:
    following = told("appeals/", limit=1, category="lamp,tree", lang="ru")["next"]
    for part in ("limit=1", "category=lamp%2Ctree", "lang=ru", "after="):
        assert part in following
    assert ids(limit=1, category="lamp", lang="en") == ids(category="lamp")


def test_one_thing_has_links_to_its_page_and_to_itself_in_other_doors(full: TinyCity) -> None:
    for name in ("appeals", "districts", "streets", "assets"):
        for feature in told(f"{name}/")["features"]:
            self_link = ""
            for link in (one := _thing(name, feature["id"]))["links"]:
                assert Client().get(link["href"].removeprefix(SITE)).status_code == 200, link
                self_link = link["href"] if link["rel"] == "self" else self_link
            assert {part: one[part] for part in feature} == feature
            assert json.loads(Client().get(self_link.removeprefix(SITE)).content) == one


def _thing(name: str, key: str) -> dict[str, Any]:
    from django.urls import reverse

    return told(reverse("api-thing", kwargs={"name": name, "key": key}).removeprefix("/api/"))


def test_a_list_costs_one_statement_however_long_it_is(full: TinyCity) -> None:
    for name in ("appeals", "districts", "streets", "assets"):
        assert counted(f"{name}/") == 1
    for _ in range(30):
        an_appeal(full)
    assert counted("appeals/", limit=100, category="lamp,tree", bbox="10,50,10.1,50.1") == 1
    assert counted("") == counted("schema/", format="json") == 0


def test_a_report_costs_four_statements_and_another_thing_one(full: TinyCity) -> None:
    assert counted(f"appeals/{ids()[0]}/") == 4
    assert counted("districts/west/") == 1


def test_the_story_of_a_report_is_what_its_page_tells(full: TinyCity) -> None:
    parent, row = an_appeal(full), an_appeal(full, "lamp", IN_WEST, text="The lamp at the gate")
    Appeal.objects.filter(pk=row.pk).update(state="closed", parent=parent.pk, address="1 West Street", text_public=True,
                                            due_at=timezone.now() - dt.timedelta(days=1))  # fmt: skip
    Event.objects.create(appeal=row, kind="replied", state="new", words="We are on it.")
    Event.objects.create(appeal=row, kind="hidden", state="new", words="Office only", note="Secret note")
    Photo.objects.create(appeal=row, name="a" * 32, width=40, height=30, size=9, public=True)
    Photo.objects.create(appeal=row, name="b" * 32, width=40, height=30, size=9, public=False)
    story = told(f"appeals/{row.public_id}/")["story"]
    assert story["category"] == {"code": "lamp", "names": {"en": "Broken lamp", "ru": "Не горит фонарь"}}
    assert story["state"]["code"] == "declined"
    assert set(story["state"]["names"]) == {"en", "ru"}
    assert story["address"] == "1 West Street"
    assert story["words"] == "The lamp at the gate"
    assert story["due"].endswith("Z")
    assert [one["words"] for one in story["events"] if one["words"]] == ["We are on it."]
    assert [one["href"] for one in story["photos"]] == [f"{SITE}/photos/{'a' * 32}"]
    assert story["part_of"]["id"] == parent.public_id
    assert told(f"appeals/{parent.public_id}/")["story"]["joined"] == [
        {"id": row.public_id, "href": f"{SITE}/api/appeals/{row.public_id}/"}
    ]
    page = Client().get(f"/a/{row.public_id}").content.decode()
    for words in (story["words"], story["address"], "We are on it."):
        assert words in page


@pytest.mark.parametrize("visibility", ["held", "private", "hidden"])
def test_what_is_not_public_is_nowhere(visibility: str, full: TinyCity) -> None:
    row, child = an_appeal(full, "lamp", IN_WEST, text="Nobody may read this"), an_appeal(full)
    Appeal.objects.filter(pk=child.pk).update(parent=row.pk)
    assert row.public_id in ids()
    Appeal.objects.filter(pk=row.pk).update(visibility=visibility)
    assert row.public_id not in ids(limit=2)
    response = ask(f"appeals/{row.public_id}/")
    assert response.status_code == 404
    assert b"Nobody" not in response.content
    assert told(f"appeals/{child.public_id}/")["story"]["part_of"] is None
    with pytest.raises(NoSuchFeature):  # hidden between the two statements of an answer
        STORIES["appeals"].tell(row.public_id, str)


def test_words_and_photos_are_told_only_where_they_are_public(full: TinyCity) -> None:
    row = an_appeal(full, text="For the service alone", name="Testville resident", email="who@testville.invalid")
    Photo.objects.create(appeal=row, name="c" * 32, width=40, height=30, size=9, public=False)
    answer = ask(f"appeals/{row.public_id}/")
    assert json.loads(answer.content)["story"]["words"] == ""
    for secret in (b"For the service", b"resident", b"who@", b"cccc"):
        assert secret not in answer.content


def test_a_copy_is_asked_for_again_only_when_something_has_changed(full: TinyCity) -> None:
    for path in ("", "appeals/", "districts/west/", "schema/"):
        first = ask(path)
        again = ask(path, headers={"If-None-Match": first["ETag"]})
        assert again.status_code == 304
        assert first["Access-Control-Allow-Origin"] == again["Access-Control-Allow-Origin"] == "*"
    first = ask("appeals/")
    an_appeal(full)
    assert ask("appeals/", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_no_answer_sets_a_cookie_or_looks_at_one(full: TinyCity) -> None:
    client = Client()
    client.force_login(full.clerk)
    client.cookies["django_language"] = "ru"
    for path in ("", "appeals/", "streets/way/1/", "schema/"):
        response = client.get(f"/api/{path}")
        assert not response.cookies
        assert response.content == ask(path).content
        assert "Cookie" not in response.get("Vary", "")
    assert client.get("/api/nothing/").json()["detail"]


def test_plain_json_is_given_to_who_asks_for_it(full: TinyCity) -> None:
    assert ask("appeals/")["Content-Type"] == "application/geo+json"
    assert ask("appeals/", headers={"Accept": "application/json"})["Content-Type"] == "application/json"
    assert ask("schema/", format="yaml").content.startswith(b"openapi: 3.0.3")
    assert ask("schema/", headers={"Accept": "application/vnd.oai.openapi"}).content.startswith(b"openapi: 3.0.3")
    assert ask("schema/")["Content-Type"] == "application/json"


def test_the_description_is_also_a_page(full: TinyCity) -> None:
    text = Client().get("/api/docs/").content.decode()
    for part in ("/api/appeals/", "/api/streets/{key}/", "<code>bbox</code>"):
        assert part in text
    assert "<script" not in text.partition("<main")[2]


def test_the_page_of_a_data_set_leads_here_unless_the_layer_is_closed(full: TinyCity) -> None:
    for language, query in (("en", ""), ("ru", "?lang=ru")):
        text = Client(headers={"Accept-Language": language}).get("/data/streets").content.decode()
        assert f'href="/api/streets/{query}"' in text
        assert 'href="/api/docs/"' in text
    closed = dataclasses.replace(LAYERS[0], permission="issues.view_appeal", pyramid=None)
    assert links.rest(closed) == ""


def test_no_layer_is_called_as_one_of_the_doors_own_addresses() -> None:
    assert not {one.name for one in LAYERS} & {"schema", "docs"}
