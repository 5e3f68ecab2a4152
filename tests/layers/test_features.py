"""OGC API – Features, Part 1: what each resource says, in which format, and how caches may keep it."""

import gzip
import json
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from citymap.layers import LAYERS
from gis_data.models import Address, Asset, Street
from layers import features
from layers.declaration import Field, MapLayer, listed
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal
from tests.layers.asking import ask, follow, href, ids, items, shape, told

COLLECTIONS = [layer.name for layer in LAYERS]
EVERY_GET = [
    "",
    "conformance",
    "api",
    "collections",
    "collections/districts",
    "collections/districts/schema",
    "collections/districts/queryables",
    "collections/districts/items",
    "collections/districts/items/west",
]
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.django_db
def test_the_landing_page_leads_everywhere(a_city: TinyCity) -> None:
    landing = told("")
    types = {(link["rel"], link["type"]) for link in landing["links"]}
    assert {
        ("self", "application/json"),
        ("alternate", "text/html"),
        ("service-desc", "application/vnd.oai.openapi+json;version=3.0"),
        ("service-doc", "text/html"),
        ("conformance", "application/json"),
        ("data", "application/json"),
    } <= types
    for link in landing["links"]:
        response = Client().get(link["href"].removeprefix("http://testserver"))  # without an Accept header of its own
        assert response.status_code == 200
        assert response["Content-Type"].split("; charset")[0] == link["type"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", EVERY_GET)
def test_each_link_yields_the_type_it_says(path: str, a_city: TinyCity) -> None:
    document = told(path)
    for link in document.get("links", []):
        assert link["href"].startswith("http://testserver/ogc/")
        response = Client().get(link["href"].removeprefix("http://testserver"))
        assert response.status_code == 200
        assert response["Content-Type"].split("; charset")[0] == link["type"]
        assert link["title"]


@pytest.mark.django_db
def test_all_layers_with_a_key_are_collections_and_are_described_alike_everywhere(a_city: TinyCity) -> None:
    an_appeal(a_city)
    listed_ones = told("collections")["collections"]
    assert [one["id"] for one in listed_ones] == COLLECTIONS
    for one in listed_ones:
        assert told(f"collections/{one['id']}") == one
        assert one["itemType"] == "feature"
        assert one["crs"][0] == one["storageCrs"] == "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
        assert href(one, "items", "application/geo+json").endswith(f"/collections/{one['id']}/items")
        assert href(one, "items", "text/html")


@pytest.mark.django_db
def test_the_extent_holds_every_feature_and_no_more(a_city: TinyCity) -> None:
    for place in ((10.0123456789, 50.01), (10.08, 50.0498765432), (10.05, 50.003), IN_EAST):
        an_appeal(a_city, at=place)
    an_appeal(a_city, at=(9.0, 49.0), visibility="held")
    an_appeal(a_city, at=None)
    extent = told("collections/appeals")["extent"]
    (box,) = extent["spatial"]["bbox"]
    assert box == pytest.approx([10.0123456789, 50.003, 10.08, 50.0498765432], abs=1e-6)
    assert box[0] <= 10.0123456789
    assert box[3] >= 50.0498765432
    assert len(items(bbox=",".join(map(str, box)))) == 5
    since, until = extent["temporal"]["interval"][0]
    assert len(items(datetime=f"{since}/{until}")) == 5
    assert told("collections/districts")["extent"]["spatial"]["bbox"] == [[10.0, 50.0, 10.09, 50.05]]


@pytest.mark.django_db
def test_a_collection_without_things_says_the_citys_box(a_city: TinyCity) -> None:
    assert told("collections/assets")["extent"]["spatial"]["bbox"] == [[10.0, 50.0, 10.1, 50.06]]
    assert told("collections/assets/items")["numberMatched"] == 0


@pytest.mark.django_db
def test_before_a_city_is_loaded_everything_answers() -> None:
    for path in ("", "conformance", "api", "collections", *(f"collections/{name}/items" for name in COLLECTIONS)):
        assert ask(path).status_code == ask(path, f="html").status_code == 200


@pytest.mark.django_db
def test_a_page_of_items_is_valid_geojson_of_the_public_fields(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, "lamp", state="planned")
    an_appeal(a_city, at=None)
    page = told("collections/appeals/items")
    assert page["type"] == "FeatureCollection"
    assert (page["numberMatched"], page["numberReturned"]) == (2, 2)
    assert page["timeStamp"].endswith("Z")
    nowhere, feature = page["features"]
    assert nowhere["geometry"] is None
    assert feature["type"] == "Feature"
    assert feature["id"] == feature["properties"]["id"] == appeal.public_id
    assert feature["geometry"] == {"type": "Point", "coordinates": list(IN_WEST)}
    assert set(feature["properties"]) == {"id", "category", "state", "created"}
    assert feature["properties"]["state"] == "in_progress"
    assert href(page, "next") == ""


@pytest.mark.django_db
def test_rings_turn_as_the_format_wants_whatever_is_stored(a_city: TinyCity) -> None:
    west = a_city.boundaries["west"]
    outside, hole = "10 50, 10 50.05, 10.04 50.05, 10.04 50, 10 50", "10.01 50.01, 10.02 50.01, 10.02 50.02, 10.01 50.01"
    west.geometry = shape(f"SRID=4326;MULTIPOLYGON((({outside}), ({hole})))")
    west.save()
    (rings,) = told("collections/districts/items/west")["geometry"]["coordinates"]
    assert [_turn(ring) > 0 for ring in rings] == [True, False]
    assert all(ring[0] == ring[-1] and len(ring) >= 4 for ring in rings)


def _turn(ring: list[list[float]]) -> float:
    """Twice the area by the surveyor's formula: above zero when the ring runs against the clock."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))


@pytest.mark.django_db
def test_one_feature_is_the_one_of_the_list_with_links(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    (listed_one,) = items()
    feature = told(f"collections/appeals/items/{appeal.public_id}")
    assert {name: feature[name] for name in listed_one} == listed_one
    assert follow(href(feature, "collection"))["id"] == "appeals"
    assert href(feature, "related") == f"http://testserver/a/{appeal.public_id}"
    page = ask(f"collections/appeals/items/{appeal.public_id}", f="html").content.decode()
    assert appeal.public_id in page


@pytest.mark.django_db
def test_a_key_may_hold_any_sign(a_city: TinyCity) -> None:
    for key in ("way/17", "50% ?&#é ü", "'; DROP TABLE x; --", "a+b", "."):
        Street.objects.create(
            source_id=key,
            names={"en": "Main"},
            geometry=shape("SRID=4326;MULTILINESTRING((10 50, 10.01 50.01))"),
            road_class="primary",
        )
        feature = next(one for one in items("streets") if one["id"] == key)
        page = ask("collections/streets/items", f="html").content.decode()
        assert feature["id"] == key
        if key != ".":  # a browser itself would take it for a folder
            assert told(f"collections/streets/items/{quote(key)}")["id"] == key
            assert f"/items/{quote(key)}?f=html" in page


@pytest.mark.django_db
def test_names_come_in_the_language_asked_for(a_city: TinyCity) -> None:
    assert [feature["properties"]["name"] for feature in items("districts")] == ["West", "East"]
    page = told("collections/districts/items", lang="ru", limit=1)
    assert page["features"][0]["properties"]["name"] == "Запад"
    assert follow(href(page, "next"))["features"][0]["properties"]["name"] == "Восток"
    assert ids("districts", name="Запад", lang="ru") == ["west"]
    client = Client(headers={"Accept-Language": "ru"})
    assert client.get("/ogc/collections?f=json").json() == told("collections")  # an address says the same to everybody
    assert client.get("/ogc/collections/districts/items?f=html").content.decode().count("Запад") >= 1


@pytest.mark.django_db
def test_types_of_properties_stay_the_same(a_city: TinyCity) -> None:
    Asset.objects.create(source_id="1", kind="bench", names={}, geometry=shape("SRID=4326;POINT(10.01 50.01)"))
    Asset.objects.create(
        source_id="2", kind="pond", names={"en": "17"}, geometry=shape("SRID=4326;POLYGON((10 50, 10.01 50, 10.01 50.01, 10 50))")
    )
    for feature in items("assets"):
        assert {type(value) for value in feature["properties"].values()} <= {str, type(None)}


# formats


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accept", "asked", "expected"),
    [
        ("", "", "json"),
        ("*/*", "", "json"),
        (BROWSER, "", "html"),
        ("text/html", "", "html"),
        ("text/*", "", "html"),
        ("application/json", "", "json"),
        ("application/*", "", "json"),
        ("application/json, text/html;q=0.9", "", "json"),
        ("application/json;q=0.5, text/html;q=0.6", "", "html"),
        ("text/html;q=0, */*", "", "json"),
        ("TEXT/HTML", "", "html"),
        (BROWSER, "json", "json"),
        ("application/json", "html", "html"),
        ("image/png", "html", "html"),
        ("image/png", "", "406"),
        ("application/json;q=0, text/html;q=0", "", "406"),
        ("text/html;q=nan", "", "406"),
        (";;;,,,q=", "", "406"),
    ],
)
def test_the_format_is_what_was_asked_for(accept: str, asked: str, expected: str, a_city: TinyCity) -> None:
    for path in EVERY_GET:
        response = ask(path, accept, **({"f": asked} if asked else {}))
        assert {"Accept", "Accept-Language"} <= {one.strip() for one in response["Vary"].split(",")}
        if expected == "406":
            assert response.status_code == 406
            assert response.json()["code"] == "NotAcceptable"
        elif expected == "html":
            assert response["Content-Type"] == "text/html; charset=utf-8"
            assert b"<!doctype html>" in response.content
        else:
            assert "json" in response["Content-Type"]
            assert json.loads(response.content)


@pytest.mark.django_db
def test_the_document_types_of_clients_are_met(a_city: TinyCity) -> None:
    geojson = "application/geo+json, application/json"
    assert ask("collections/districts/items", geojson)["Content-Type"] == "application/geo+json"
    openapi = "application/vnd.oai.openapi+json;version=3.0"
    assert ask("api", openapi)["Content-Type"] == openapi
    assert ask("collections/districts/schema", "application/schema+json")["Content-Type"] == "application/schema+json"


# caches


@pytest.mark.django_db
@pytest.mark.parametrize("path", EVERY_GET)
@pytest.mark.parametrize("form", ["json", "html"])
def test_who_has_it_is_told_so(path: str, form: str, a_city: TinyCity) -> None:
    client = Client()
    client.get(f"/ogc/{path}?f={form}")  # the first visit may bring a cookie, which changes a page
    first = client.get(f"/ogc/{path}?f={form}")
    again = client.get(f"/ogc/{path}?f={form}", headers={"If-None-Match": f'"other", {first["ETag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("ETag", "Cache-Control"):
        assert again[name] == first[name]
    assert set(again["Vary"].split(", ")) == set(first["Vary"].split(", "))
    assert first["Cache-Control"].startswith("public" if form == "json" else "private")
    assert (
        first.get("Access-Control-Allow-Origin") == again.get("Access-Control-Allow-Origin") == ("*" if form == "json" else None)
    )
    assert client.get(f"/ogc/{path}?f={form}", headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.django_db
def test_a_change_is_another_version_and_the_time_of_the_answer_is_not(a_city: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    an_appeal(a_city)
    before = ask("collections/appeals/items")
    later = timezone.now().replace(year=2040)
    with monkeypatch.context() as clock:
        clock.setattr(timezone, "now", lambda: later)
        after = ask("collections/appeals/items")
    assert after.json()["timeStamp"] != before.json()["timeStamp"]
    assert after["ETag"] == before["ETag"]
    an_appeal(a_city)
    assert ask("collections/appeals/items")["ETag"] != before["ETag"]
    assert ask("collections/appeals/items")["Cache-Control"] == "public, max-age=1, must-revalidate"


@pytest.mark.django_db
def test_a_long_answer_travels_small(a_city: TinyCity) -> None:
    plain = ask("api").content
    response = Client().get("/ogc/api", headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.content) == plain
    assert len(response.content) < len(plain) / 5


@pytest.mark.django_db
@pytest.mark.parametrize("path", EVERY_GET)
def test_head_says_what_get_says(path: str, a_city: TinyCity) -> None:
    get, head = ask(path), Client().head(f"/ogc/{path}")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("ETag", "Content-Type", "Content-Length", "Vary", "Cache-Control"):
        assert head[name] == get[name] or name == "ETag"


@pytest.mark.django_db
@pytest.mark.parametrize("path", [*EVERY_GET, "nothing"])
def test_pages_of_other_sites_may_ask(path: str) -> None:
    response = Client().options(f"/ogc/{path}", headers={"Origin": "https://example.org", "Access-Control-Request-Method": "GET"})
    assert response.status_code == 204
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Allow"] == response["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"


# cost


@pytest.mark.django_db
def test_no_resource_asks_once_per_row_or_layer(a_city: TinyCity) -> None:
    for _number in range(30):
        an_appeal(a_city)
    expected = {
        "": 0,
        "conformance": 0,
        "api": 1,  # the city's box
        "collections": 3 + len(LAYERS),  # extents, box, credits, and the licence of each
        "collections/appeals/items": 1,
        "collections/appeals/items?limit=5": 2,  # the page, and the number of all
        "collections/appeals/items?limit=5&bbox=9,49,11,51&category=lamp,pothole&state=new&from=2020-01-01": 2,
        f"collections/appeals/items/{ids()[0]}": 1,
    }
    client = Client()
    client.get("/ogc/")  # the city's time zone is remembered from here on
    for path, number in expected.items():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/ogc/{path}").status_code == 200
        asked = [one["sql"] for one in queries if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        assert len(asked) == number, (path, asked)


# layers for some, and new ones

GUARDED = MapLayer(
    name="guarded",
    title="Guarded addresses",
    geometry="point",
    queryset=Address.objects.all,
    fields=(Field("number", "Number", "pk"), Field("text", "Address", "text")),
    geometry_column="point",
    permission="gis_data.view_address",
    key="number",
)
TILES_ONLY = MapLayer(
    name="tiles_only", title="Tiles", geometry="point", queryset=Address.objects.all, fields=(), geometry_column="point"
)
MORE = listed(*LAYERS, GUARDED, TILES_ONLY)


def asked_by(user: User | AnonymousUser, view: Any, query: str = "", **kwargs: str) -> Any:
    request = RequestFactory().get(f"/?{query}")
    request.user = user
    return view(request, layers=MORE, **kwargs)


@pytest.mark.django_db
def test_a_layer_for_some_does_not_exist_for_others(a_city: TinyCity) -> None:
    place = Address.objects.create(
        source_id="1", text="1 West Street", point=shape(f"SRID=4326;POINT({IN_WEST[0]} {IN_WEST[1]})")
    )
    person = User.objects.create_user("somebody@testville.invalid", "testville")
    for user in (AnonymousUser(), person):
        views: list[Any] = [features.collections, features.api]
        for view in (features.collection, features.columns, features.queryables, features.items):
            assert asked_by(user, view, name="guarded").status_code == 404
        assert asked_by(user, features.item, name="guarded", feature=str(place.pk)).status_code == 404
        for view in views:
            assert b"uarded" not in asked_by(user, view).content
    person.user_permissions.add(Permission.objects.get(codename="view_address"))
    allowed = User.objects.get(pk=person.pk)
    answer = asked_by(allowed, features.items, name="guarded")
    assert json.loads(answer.content)["features"][0]["id"] == str(place.pk)
    assert answer["Cache-Control"] == "private, no-cache"
    assert "Access-Control-Allow-Origin" not in answer
    assert asked_by(allowed, features.collections)["Cache-Control"] == "private, no-cache"
    assert b"uarded" in asked_by(allowed, features.api).content


@pytest.mark.django_db
def test_a_number_that_is_declared_as_text_is_text(a_city: TinyCity) -> None:
    place = Address.objects.create(
        source_id="1", text="1 West Street", point=shape(f"SRID=4326;POINT({IN_WEST[0]} {IN_WEST[1]})")
    )
    admin = User.objects.create_superuser("root@testville.invalid", "testville")
    answer = asked_by(admin, features.items, f"number={place.pk}", name="guarded")
    assert json.loads(answer.content)["features"][0]["properties"]["number"] == str(place.pk)
    assert json.loads(asked_by(admin, features.items, "number=x", name="guarded").content)["features"] == []


@pytest.mark.django_db
def test_a_layer_without_a_key_has_tiles_alone() -> None:
    assert asked_by(AnonymousUser(), features.items, name="tiles_only").status_code == 404


@pytest.mark.django_db
def test_a_layer_without_any_row_is_an_empty_collection() -> None:
    none = MapLayer(name="none", title="None", geometry="point", queryset=Address.objects.none, geometry_column="point", key="text",
                    fields=(Field("text", "Address", "text"),))  # fmt: skip
    request = RequestFactory().get("/?limit=1")
    assert json.loads(features.items(request, layers=[none], name="none").content)["numberMatched"] == 0
    request = RequestFactory().get("/")
    assert features.item(request, layers=[none], name="none", feature="x").status_code == 404
    assert json.loads(features.collection(request, layers=[none], name="none").content)["extent"] == {}


# pages for people


@pytest.mark.django_db
def test_a_page_shows_the_list_in_words_and_leads_on(a_city: TinyCity) -> None:
    for _number in range(3):
        an_appeal(a_city, "lamp", state="planned")
    page = ask("collections/appeals/items", f="html", limit=2).content.decode()
    assert "3 in all" in page
    assert page.count("<tr>") == 3
    assert "In progress" in page or "in progress" in page
    assert 'rel="next"' in page
    assert "style=" not in page
    assert "<script" not in page.split("</head>")[1]
    wrong = ask("collections/appeals/items", BROWSER, limit=0)
    assert wrong.status_code == 400
    assert "<h1>" in wrong.content.decode()


@pytest.mark.django_db
def test_what_stands_in_an_address_is_text_on_a_page() -> None:
    for path in ("collections/appeals/items/%3Cscript%3Ealert(1)", "collections/appeals/items?%3Cscript%3E=1", "%3Cscript%3E"):
        response = Client().get(f"/ogc/{path}", headers={"Accept": BROWSER})
        assert response.status_code in {400, 404}
        assert "<script>alert" not in response.content.decode().split("</head>")[1]
        assert "<script>=" not in response.content.decode()
