"""A new layer needs one declaration and one entry in the list: the doors do the rest."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.contrib.gis.geos import Point
from django.test import RequestFactory

from accounts.models import User
from citymap.layers import LAYERS
from gis_data.models import Address
from layers import tiles
from layers.declaration import BoundingBox, ChoiceMany, Field, MapLayer, listed
from tests.factories import IN_WEST, TinyCity
from tests.layers.reading import around

HOUSES = MapLayer(
    name="houses",
    title="Houses",
    geometry="point",
    queryset=Address.objects.all,
    fields=(Field("text", "Address", "text"), Field("postcode", "Postcode", "postcode")),
    filters=(ChoiceMany("postcode", "Postcode", "postcode"), BoundingBox("Area")),
    grid_below=12,
    geometry_column="point",  # there is no column in metres: the tile's box is brought to the column instead
)
GUARDED = MapLayer(
    name="guarded",
    title="Guarded addresses",
    geometry="point",
    queryset=Address.objects.all,
    fields=(Field("text", "Address", "text"),),
    geometry_column="point",
    permission="gis_data.view_address",
)
MORE = listed(*LAYERS, HOUSES, GUARDED)


@pytest.fixture
def address(a_city: TinyCity) -> Address:
    return Address.objects.create(source_id="1", text="1 West Street", postcode="50001", point=Point(*IN_WEST, srid=4326))


def ask(name: str, zoom: int, query: str = "", user: User | AnonymousUser | None = None) -> Any:
    tile = around(IN_WEST, zoom)
    request = RequestFactory().get(f"/?{query}")
    request.user = user or AnonymousUser()
    return tiles.tile(request, layers=MORE, name=name, z=str(zoom), x=str(tile.x), y=str(tile.y))


@pytest.mark.django_db
def test_its_tiles_are_there_with_its_fields_and_filters(address: Address) -> None:
    for query, status in (("", 200), ("postcode=50001", 200), ("postcode=9", 204), ("bbox=0,0,1,1", 204), ("color=red", 400)):
        assert ask("houses", 16, query).status_code == status
    assert b"1 West Street" in ask("houses", 16).content


@pytest.mark.django_db
def test_its_cells_are_counted_without_a_column_in_metres(address: Address) -> None:
    content = ask("houses", 11).content
    assert b"count" in content
    assert b"West Street" not in content


@pytest.mark.django_db
def test_its_description_is_there(address: Address) -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    told = json.loads(tiles.tilejson(request, layers=MORE, name="houses").content)
    assert set(told["vector_layers"][0]["fields"]) == {"text", "postcode", "count"}
    assert "zoom 12" in told["vector_layers"][0]["fields"]["count"]


@pytest.mark.django_db
def test_a_layer_for_some_does_not_exist_for_others(address: Address) -> None:
    person = User.objects.create_user("somebody@testville.invalid", "testville")
    assert ask("guarded", 16).status_code == 404
    assert ask("guarded", 16, user=person).status_code == 404
    person.user_permissions.add(Permission.objects.get(codename="view_address"))
    answer = ask("guarded", 16, user=User.objects.get(pk=person.pk))
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-cache"
    assert "Access-Control-Allow-Origin" not in answer
