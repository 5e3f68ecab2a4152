"""Which layer an address means, which of its things, and in which language it is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import translation

from layers.declaration import MapLayer
from layers.problems import NoSuchLayer

_LARGEST: Final = 2**63 - 1
#: Of a longer number Python would refuse to read more than 4,300.
_DIGITS: Final = 19


def may_see(layer: MapLayer, request: HttpRequest) -> bool:
    """Whether the layer is open to the person who asks. The one place where doors ask this."""
    # The person is asked for only where it matters: that reads the session, and makes the answer theirs alone.
    return not layer.permission or request.user.has_perm(layer.permission)


def data_sets(layers: Sequence[MapLayer], request: HttpRequest) -> list[MapLayer]:
    """Return the layers whose things are told apart by a key and that this person may see."""
    return [layer for layer in layers if layer.key and may_see(layer, request)]


def find_layer(layers: Sequence[MapLayer], name: str, request: HttpRequest) -> MapLayer:
    """Return the layer called ``name``; raises `NoSuchLayer`, also for one that this person may not see."""
    for layer in layers:
        if layer.name == name and may_see(layer, request):
            return layer
    raise NoSuchLayer(name)


def spoken(language: str) -> str:
    """Return the language of the site that is nearest to ``language`` ('' is the site's own).

    By the address alone, never by a cookie: the answer may be kept by caches between us and many people.
    """
    try:
        return translation.get_supported_language_variant(language or settings.LANGUAGE_CODE)
    except LookupError:
        return settings.LANGUAGE_CODE


def key_value(layer: MapLayer, key: str) -> str | int:
    """Return a key as the layer's field holds it; raises ValueError for what cannot be a key of the layer."""
    if "\0" in key:
        raise ValueError("a key with a NUL")
    if layer.field(layer.key).kind != "integer":
        return key
    if not (key.isascii() and key.isdigit() and len(key) <= _DIGITS and int(key) <= _LARGEST):
        raise ValueError("not a whole number")
    return int(key)


def things_called(layer: MapLayer, key: str) -> QuerySet[Any]:
    """Return the reading of the one thing with this key, or of none; raises ValueError for what cannot be a key of the layer."""
    value = key_value(layer, key)
    found: QuerySet[Any] = layer.queryset().alias(named=layer.field(layer.key).expression("")).filter(named=value)
    return found.order_by()
