"""Tiles as a map reads them: asked for by their address, decoded, back in degrees."""

import math
from typing import Any

import mapbox_vector_tile
from django.http import HttpResponse
from django.test import Client

from layers.grid import EXTENT, Tile, tile_at


def address(layer: str, tile: Tile, query: str = "") -> str:
    return f"/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}.mvt" + (f"?{query}" if query else "")


def ask(layer: str, tile: Tile, query: str = "", **headers: str) -> HttpResponse:
    response: Any = Client().get(address(layer, tile, query), headers=headers)
    assert isinstance(response, HttpResponse)
    return response


def features(layer: str, tile: Tile, query: str = "") -> list[dict[str, Any]]:
    """The features of a tile; [] for an empty one. Anything but 200 and 204 fails."""
    response = ask(layer, tile, query)
    if response.status_code == 204:
        assert response.content == b""
        return []
    assert response.status_code == 200, response.content
    decoded = mapbox_vector_tile.decode(response.content, default_options={"y_coord_down": True})
    assert list(decoded) == [layer]
    assert decoded[layer]["extent"] == EXTENT
    assert decoded[layer]["version"] == 2
    found: list[dict[str, Any]] = decoded[layer]["features"]
    return found


def around(place: tuple[float, float], zoom: int) -> Tile:
    return tile_at(*place, zoom)


def place_of(tile: Tile, feature: dict[str, Any]) -> tuple[float, float]:
    """The point of a feature in degrees (longitude, latitude)."""
    x, y = feature["geometry"]["coordinates"]
    size = 1 << tile.z
    longitude = (tile.x + x / EXTENT) / size * 360 - 180
    latitude = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (tile.y + y / EXTENT) / size))))
    return longitude, latitude


def values(found: list[dict[str, Any]], name: str) -> list[Any]:
    return [feature["properties"][name] for feature in found]
