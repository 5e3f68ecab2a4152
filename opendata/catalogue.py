"""The pages of the open data: all data sets of the city, and a page for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from layers.declaration import BoundingBox, ChoiceMany, DateRange, Filter, MapLayer, NameField
from layers.exports_columns import Column, chosen, field_columns, place_columns
from layers.filters import Selection
from layers.finding import data_sets
from layers.one_answer import one_answer
from opendata import links
from opendata.datasets import data_set
from opendata.preview import preview
from opendata.publications import PUBLICATIONS, licence

_KINDS: Final = {
    "text": gettext_lazy("text"),
    "integer": gettext_lazy("whole number"),
    "number": gettext_lazy("number"),
    "boolean": gettext_lazy("yes or no"),
    "date": gettext_lazy("day"),
    "moment": gettext_lazy("day and time"),
}


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """A column of the files in words; ``values`` are the codes that can occur with theirs."""

    name: str
    title: str
    kind: str
    values: tuple[tuple[str, str], ...] = ()
    key: bool = False


@dataclass(frozen=True, slots=True)
class FilterWords:
    """A filter in words, and how one writes it."""

    title: str
    example: str
    note: str


@require_safe
@one_answer()
def catalogue(request: HttpRequest, layers: Sequence[MapLayer]) -> HttpResponse:
    """All data sets that this person may see."""
    language = _language()
    sets = [
        {"set": data_set(layer, language), "downloads": links.downloads(layer, _query(layer))}
        for layer in data_sets(layers, request)
    ]
    return render(
        request,
        "opendata/catalogue.html",
        {"sets": sets, "publications": PUBLICATIONS, "licence": licence()},
    )


@require_safe
@one_answer()
def dataset(request: HttpRequest, layers: Sequence[MapLayer], name: str) -> HttpResponse:
    """One data set: what it holds, its columns, filters and files, a drawing and some rows. 404 also for a closed layer."""
    layer = next((one for one in data_sets(layers, request) if one.name == name), None)
    if layer is None:
        raise Http404
    query = _query(layer)
    return render(
        request,
        "opendata/dataset.html",
        {
            "set": data_set(layer, _language()),
            "preview": preview(layer, _language()),
            "columns": _columns(layer),
            "filters": [_filter(one) for one in layer.filters],
            "downloads": links.downloads(layer, query),
            "doors": links.doors(layer, query),
        },
    )


def _language() -> str:
    return (get_language() or "en").split("-")[0]


def _query(layer: MapLayer) -> str:
    """Names by language are given in that of the page, where it is not the doors' own."""
    spoken = _language()
    return f"lang={spoken}" if spoken != "en" and any(isinstance(field, NameField) for field in layer.fields) else ""


def _columns(layer: MapLayer) -> list[ColumnWords]:
    found = (*field_columns(layer, chosen(layer, Selection())), *place_columns(layer))
    return [_column(column, key=column.name == layer.key) for column in found]


def _column(column: Column, *, key: bool) -> ColumnWords:
    values = tuple((code, str(words)) for code, words in (column.values or {}).items())
    return ColumnWords(column.name, str(column.title), str(_KINDS[column.kind]), values, key)


def _filter(one: Filter) -> FilterWords:
    match one:
        case ChoiceMany():
            choices = ", ".join(one.choices or ())
            return FilterWords(str(one.title), f"{one.name}=a,b", choices or _("codes as in the column, separated by commas"))
        case DateRange():
            return FilterWords(str(one.title), f"{one.since}=2025-01-01&{one.until}=2025-01-31", _("both days included"))
        case BoundingBox():
            return FilterWords(str(one.title), f"{one.name}=10.0,50.0,10.1,50.1", _("west, south, east, north in degrees"))
