"""Classes of road (the values of OpenStreetMap's ``highway``) in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

ROAD_CLASSES: Final[dict[str, StrPromise]] = {
    "motorway": _("motorway"),
    "trunk": _("trunk road"),
    "primary": _("primary road"),
    "secondary": _("secondary road"),
    "tertiary": _("tertiary road"),
    "unclassified": _("minor road"),
    "residential": _("residential street"),
    "living_street": _("living street"),
    "service": _("service road"),
    "pedestrian": _("pedestrian street"),
    "cycleway": _("cycle path"),
    "footway": _("footpath"),
    "path": _("path"),
    "steps": _("flight of steps"),
}


def road_class_word(road_class: str) -> str:
    """The class in the active language; one that is not OpenStreetMap's (a city's own) as it stands."""
    return str(ROAD_CLASSES.get(road_class.removesuffix("_link"), road_class))
