"""OGC API – Features, Part 1: what each resource says, in which format, and how caches may keep it."""

from itertools import pairwise
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from citymap.layers import LAYERS
from gis_data.models import Asset, Street
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal
from tests.layers.asking import EVERY_GET, ask, follow, href, ids, items, shape, told

COLLECTIONS = [layer.name for layer in LAYERS]


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
        assert link["href"].startswith(
            ("http://testserver/ogc/", "http://testserver/districts/")
        )  # this door, or a thing's own page
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
    assert [feature["properties"]["name"] for feature in items("districts")] == ["East", "West"]
    page = told("collections/districts/items", lang="ru", limit=1)
    assert page["features"][0]["properties"]["name"] == "Восток"
    assert follow(href(page, "next"))["features"][0]["properties"]["name"] == "Запад"
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


# cost


@pytest.mark.django_db
def test_no_resource_asks_once_per_row_or_layer(a_city: TinyCity) -> None:
    for _number in range(30):
        an_appeal(a_city)
    expected = {
        "": 0,
        "conformance": 0,
        "api": 1,  # the city's box
        "collections": 2,  # extents, and the city for boxes, credits and licences
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
