"""OGC API – Features: layers for some, layers without a key or rows, and the pages for people."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.test import Client, RequestFactory

from accounts.models import User
from citymap.layers import LAYERS
from gis_data.models import Address
from layers import features
from layers.declaration import Field, MapLayer, listed
from tests.factories import IN_WEST, TinyCity, an_appeal
from tests.layers.asking import ask, shape

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
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
