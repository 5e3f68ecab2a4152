"""What was asked of a collection, parsed at the door: the parameters of OGC API – Features and the layer's own, all joined by AND."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from layers import filters
from layers.declaration import AnyField, BoundingBox, ChoiceMany, DateRange, MapLayer
from layers.features_area import parse_bbox, touches
from layers.features_crs import CRS84, Crs, parse_crs
from layers.features_door import Ask
from layers.features_fields import compared, equal, parse_value
from layers.features_filter import LANGUAGE, LANGUAGES, parse_filter
from layers.features_paging import DEFAULT_LIMIT, behind, parse_limit
from layers.features_time import parse_datetime
from layers.once import single
from layers.problems import BadRequest

OWN: Final = ("limit", "after", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang", "filter-crs")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One page of a layer: what its rows must satisfy, behind which row it begins, and in which system places are given."""

    condition: Q
    limit: int
    behind: Q | None
    crs: Crs
    language: str


def parameters(layer: MapLayer) -> tuple[str, ...]:
    """Return the names of all parameters that the items of a layer know."""
    own_filters = [name for one in _own_filters(layer) for name in one.parameters]
    return (*OWN, *own_filters, *(field.name for field in compared(layer)))


def parse_items(ask: Ask, layer: MapLayer) -> Wanted:
    """Read what was asked; raises `BadRequest`."""
    ask.allow(parameters(layer))
    given = {name: single(ask.given, name) for name in OWN if name in ask.given}
    after = given.get("after")
    return Wanted(
        condition=_condition(ask, layer, given),
        limit=parse_limit(given["limit"]) if "limit" in given else DEFAULT_LIMIT,
        behind=behind(layer, after) if after else None,
        crs=parse_crs(layer, "crs", given["crs"]) if "crs" in given else CRS84,
        language=language_of(ask),
    )


def parse_item(ask: Ask, layer: MapLayer) -> Crs:
    """Read what was asked of one feature: the system in which its place is given."""
    ask.allow(("crs",))
    return parse_crs(layer, "crs", single(ask.given, "crs")) if "crs" in ask.given else CRS84


def language_of(ask: Ask) -> str:
    """The language of names: the one asked for, on a page the person's, else none in particular."""
    return ask.language or (ask.spoken if ask.is_page else "")


def _condition(ask: Ask, layer: MapLayer, given: dict[str, str]) -> Q:
    condition = _asked_by_filters(ask, layer)
    if "bbox" in given:
        crs = parse_crs(layer, "bbox-crs", given["bbox-crs"]) if "bbox-crs" in given else CRS84
        condition &= touches(layer, parse_bbox(given["bbox"], crs), crs)
    elif "bbox-crs" in given:
        parse_crs(layer, "bbox-crs", given["bbox-crs"])
    if "datetime" in given:
        condition &= parse_datetime(layer, given["datetime"])
    for field in compared(layer):
        if field.name in ask.given:
            condition &= _equal(ask, layer, field)
    return condition & _filtered(ask, layer, given)


def _filtered(ask: Ask, layer: MapLayer, given: dict[str, str]) -> Q:
    if given.get("filter-lang", LANGUAGE) not in LANGUAGES:
        raise BadRequest(_("“%(name)s” takes one of: %(choices)s.") % {"name": "filter-lang", "choices": ", ".join(LANGUAGES)})
    crs = parse_crs(layer, "filter-crs", given["filter-crs"]) if "filter-crs" in given else CRS84
    return parse_filter(layer, given["filter"], crs, language_of(ask)) if "filter" in given else Q()


def _asked_by_filters(ask: Ask, layer: MapLayer) -> Q:
    """What every door of the layer understands; ``bbox`` is read here instead, for it may have heights and a system."""
    ours = QueryDict(mutable=True)
    for one in _own_filters(layer):
        for name in one.parameters:
            if name in ask.given:
                ours.setlist(name, ask.given.getlist(name))
    return filters.parse(layer, ours).condition(layer)


def _own_filters(layer: MapLayer) -> list[ChoiceMany | DateRange]:
    return [one for one in layer.filters if not isinstance(one, BoundingBox)]


def _equal(ask: Ask, layer: MapLayer, field: AnyField) -> Q:
    text = single(ask.given, field.name)
    try:
        value = parse_value(field, text)
    except ValueError:
        raise BadRequest(_("“%(value)s” is not a value of “%(name)s”.") % {"value": text[:40], "name": field.name}) from None
    return equal(layer, field, value, language_of(ask))
