"""What a page tells the map modules of the front end: the ground every map stands on, and the layers drawn on it.

Bounds are (west, south, east, north) in degrees, SRID 4326. The addresses are templates with {z}, {x}, {y} (XYZ scheme).
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

from django.urls import reverse
from django.utils.translation import gettext as _

BASEMAP: Final = "/basemap/city.pmtiles"
Bounds = tuple[float, float, float, float]


class Drawn(Protocol):
    """What this module needs to know of a declared layer."""

    @property
    def name(self) -> str: ...
    @property
    def min_zoom(self) -> int: ...
    @property
    def max_zoom(self) -> int: ...


def map_base(*, bounds: Bounds, credits: Sequence[str], language: str) -> dict[str, Any]:
    """Return what all maps of the city share; base.html puts it on every page that draws a map."""
    return {
        "basemap": BASEMAP,
        "bounds": list(bounds),
        "language": language,
        "tiles": {},
        "words": {**_words(), "attribution": " · ".join(credits)},
    }


def tile_sources(layers: Iterable[Drawn], names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return tile addresses and zooms of the layers called ``names``, in the form the map modules read."""
    by_name = {layer.name: layer for layer in layers}
    return {
        name: {"url": tile_template(name), "minzoom": by_name[name].min_zoom, "maxzoom": by_name[name].max_zoom}
        for name in names
        if name in by_name
    }


def tile_template(name: str) -> str:
    """Return the address template of a layer's tiles."""
    return reverse("tile", kwargs={"name": name, "z": "0", "x": "0", "y": "0"}).replace("0/0/0.mvt", "{z}/{x}/{y}.mvt")


def _words() -> dict[str, str]:
    return {
        "zoomIn": _("Zoom in"),
        "zoomOut": _("Zoom out"),
        "locate": _("My location"),
        "noLocation": _("Your location is not available"),
        "credits": _("Sources of the map"),
        "close": _("Close"),
        "open": _("Open the report"),
        "late": _("late"),
        "pin": _("Move the map until the pin stands on the problem"),
        "outside": _("Your location is outside the city."),
        "searching": _("Searching…"),
        "moreLetters": _("Write more letters: one word needs at least three."),
        "nothingFound": _("No such address in the city. Try fewer letters, or move the pin on the map."),
        "onMap": _("Pinned on the map, away from known addresses"),
        "near": _("Near %(address)s"),
        "failed": _("The answer did not come. Please try again."),
    }
