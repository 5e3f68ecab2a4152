"""Testville full of names, and how it is searched."""

import json
from typing import Any

from django.contrib.gis.geos import LineString, MultiLineString, Point
from django.test import Client

from gis_data.models import Address, Asset, Street
from tests.factories import IN_EAST, IN_GAP, IN_WEST, TinyCity, an_appeal


def ask(q: str, **query: str) -> dict[str, Any]:
    """The answer; anything but 200 fails."""
    response = Client().get("/search.json", {"q": q, **query})
    assert response.status_code == 200, response.content
    told: dict[str, Any] = json.loads(response.content)
    assert told["q"] == " ".join(q.split())
    return told


def titles(q: str, layer: str = "", **query: str) -> list[str]:
    groups = ask(q, **query)["groups"]
    return [one["title"] for group in groups for one in group["found"] if layer in ("", group["layer"])]


def fill(city: TinyCity) -> TinyCity:
    """Testville with streets in pieces, addresses, lamps and reports."""
    for number, (english, russian, lon) in enumerate(
        [("West Street", "Западная улица", 10.01), ("West Street", "Западная улица", 10.012), ("Westend Lane", "Переулок", 10.02),
         ("Old West Street", "Старая Западная улица", 10.03), ("Northwest Passage", "Проход", 10.07)]
    ):  # fmt: skip
        line = MultiLineString(LineString((lon, 50.04), (lon + 0.001, 50.041)), srid=4326)
        Street.objects.create(source_id=f"way/{number}", names={"en": english, "ru": russian}, geometry=line)
    for number, (text, at) in enumerate(
        [("1 West Street", IN_WEST), ("12 West Street", IN_WEST), ("112 West Street", IN_GAP), ("1 West Street", IN_EAST),
         ("5 Ленина улица", IN_EAST), ("100% Square", IN_EAST), ("7 O'Connell_Street", IN_EAST)]
    ):  # fmt: skip
        Address.objects.create(source_id=f"node/{number}", text=text, postcode="50001", point=Point(*at, srid=4326))
    Asset.objects.create(
        source_id="node/lamp-77", kind="lamp", names={"en": "Lamp of the west"}, geometry=Point(*IN_WEST, srid=4326)
    )
    Asset.objects.create(source_id="node/lamp-78", kind="lamp", names={}, geometry=Point(*IN_EAST, srid=4326))
    an_appeal(city, "lamp", public_id="ABCD0142", state="planned")
    an_appeal(city, "noise", public_id="ABCDPR1V", visibility="private")
    an_appeal(city, "lamp", public_id="ABCDHE1D", visibility="held")
    return city
