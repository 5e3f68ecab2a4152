"""What the basemap shows of OpenStreetMap: tags → layer and kind. Pure. Names are near Protomaps' schema.

Layers: roads (kind highway, major_road, medium_road, minor_road, other, path, rail, tram), buildings, water, green, places, land.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Layer = Literal["roads", "buildings", "water", "green", "places", "land"]
LAYERS: Final[tuple[Layer, ...]] = ("land", "green", "water", "buildings", "roads", "places")
NAME_LANGUAGES: Final = ("ru", "en", "fi", "sv")
#: Keys by which objects are found.
KEYS: Final = ("highway", "railway", "building", "natural", "waterway", "landuse", "leisure", "place")

_ROADS: Final = {
    "motorway": "highway", "trunk": "highway", "primary": "major_road", "secondary": "major_road",
    "tertiary": "medium_road", "residential": "minor_road", "unclassified": "minor_road", "living_street": "minor_road",
    "road": "minor_road", "service": "other", "pedestrian": "other", "busway": "other",
    "footway": "path", "path": "path", "steps": "path", "cycleway": "path", "track": "path", "bridleway": "path",
}  # fmt: skip
_RAILS: Final = {"rail": "rail", "light_rail": "rail", "narrow_gauge": "rail", "tram": "tram"}
_GREEN: Final = {
    ("leisure", "park"): "park", ("leisure", "garden"): "park", ("leisure", "playground"): "playground",
    ("leisure", "pitch"): "pitch", ("leisure", "golf_course"): "park", ("leisure", "nature_reserve"): "forest",
    ("landuse", "grass"): "grass", ("landuse", "forest"): "forest", ("landuse", "meadow"): "grass",
    ("landuse", "recreation_ground"): "park", ("landuse", "village_green"): "park", ("landuse", "cemetery"): "cemetery",
    ("landuse", "allotments"): "park", ("natural", "wood"): "forest", ("natural", "scrub"): "scrub",
    ("natural", "grassland"): "grass", ("natural", "heath"): "scrub", ("natural", "wetland"): "scrub",
}  # fmt: skip
_WATER: Final = {
    ("natural", "water"): "water", ("natural", "bay"): "water", ("waterway", "riverbank"): "river",
    ("landuse", "basin"): "basin", ("landuse", "reservoir"): "lake",
}  # fmt: skip
_PLACES: Final = {
    "city": ("locality", 10), "town": ("locality", 10), "village": ("locality", 11), "suburb": ("neighbourhood", 12),
    "quarter": ("neighbourhood", 13), "neighbourhood": ("neighbourhood", 14), "square": ("square", 15),
}  # fmt: skip
_FROM_ZOOM: Final = {"minor_road": 12, "other": 13, "path": 14, "rail": 12, "tram": 13}


@dataclass(frozen=True, slots=True)
class Drawn:
    """Where and how an object is drawn; ``from_zoom`` is the first zoom that shows it (0 = all)."""

    layer: Layer
    kind: str
    detail: str = ""
    from_zoom: int = 0


def line(tags: Mapping[str, str]) -> Drawn | None:
    """How a way is drawn as a line; None = not at all."""
    if tags.get("area") == "yes":
        return None
    if "highway" in tags:
        return road(tags["highway"])
    kind = _RAILS.get(tags.get("railway", ""))
    if kind and tags.get("tunnel", "no") == "no":
        return Drawn("roads", kind, tags["railway"], _FROM_ZOOM[kind])
    return None


def road(road_class: str) -> Drawn | None:
    """How a class of road is drawn; None for what is no road (a platform, a building site)."""
    kind = _ROADS.get(road_class.removesuffix("_link"))
    return Drawn("roads", kind, road_class, _FROM_ZOOM.get(kind, 0)) if kind else None


def area(tags: Mapping[str, str]) -> Drawn | None:
    """How a closed way or multipolygon is filled; None = not at all."""
    if tags.get("building", "no") != "no":
        below = tags.get("location") == "underground" or tags.get("layer", "").startswith("-")
        return None if below else Drawn("buildings", "building", from_zoom=13)
    for key, value in tags.items():
        if found := _WATER.get((key, value)):
            return Drawn("water", found, value)
        if found := _GREEN.get((key, value)):
            return Drawn("green", found, value)
    return None


def place(tags: Mapping[str, str]) -> Drawn | None:
    """How a named place is labelled; None = not at all."""
    found = _PLACES.get(tags.get("place", ""))
    return Drawn("places", found[0], tags["place"], found[1]) if found and "name" in tags else None


def names(tags: Mapping[str, str]) -> dict[str, str]:
    """The names that go into the tiles: the local one and those in the languages of the pages."""
    wanted = ("name", *(f"name:{language}" for language in NAME_LANGUAGES))
    return {key: tags[key] for key in wanted if tags.get(key)}
