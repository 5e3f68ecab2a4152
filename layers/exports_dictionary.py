"""What the columns of a download mean: metadata of CSV on the Web (W3C, Metadata Vocabulary for Tabular Data)."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import urljoin

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from layers.declaration import MapLayer
from layers.exports_columns import Column, chosen, field_columns, place_columns
from layers.filters import Selection
from layers.finding import spoken

_DATATYPES: Final[dict[str, Any]] = {
    "text": "string",
    "integer": "integer",
    "number": "double",
    "boolean": {"base": "boolean", "format": "true|false"},
    "date": {"base": "date", "format": "yyyy-MM-dd"},
    "moment": {"base": "datetime", "format": "yyyy-MM-ddTHH:mm:ss.SSSSSSX"},
}


def words_inside(layer: MapLayer, selection: Selection) -> tuple[str, str]:
    """Return the title and the description that a file carries inside: what it is, whose it is, under what terms."""
    with translation.override(spoken(selection.language)):
        licence = layer.licence(selection.language)
        terms = f"{licence.title} {licence.url}".strip() if licence else ""
        sentences = [str(layer.description), *layer.attribution(selection.language), terms]
        return str(layer.title), "\n".join(sentence for sentence in sentences if sentence)


def dictionary(layer: MapLayer, selection: Selection, site: str) -> bytes:
    """Return the metadata as JSON in the active language; ``site`` is the address that those inside begin with."""
    query = selection.query()
    address = urljoin(site, reverse("data-download", kwargs={"name": layer.name, "suffix": "csv"}))
    all_columns = (*field_columns(layer, chosen(layer, selection)), *place_columns(layer))
    told: dict[str, Any] = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": spoken(selection.language)}],
        "url": f"{address}?{query}" if query else address,
        "dc:title": str(layer.title),
        "dc:description": str(layer.description),
        "dc:source": list(layer.attribution(selection.language)),
        **_licence(layer, selection),
        "dialect": {"encoding": "utf-8", "delimiter": ",", "quoteChar": '"', "doubleQuote": True, "header": True,
                    "lineTerminators": ["\r\n"]},
        "notes": [
            _("A text that a spreadsheet could run as a formula has an apostrophe before it, and so has a text that begins with an "
              "apostrophe. Take one leading apostrophe away to get the text back.")
        ],
        "tableSchema": {"columns": [_column(column) for column in all_columns], "primaryKey": layer.key},
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _licence(layer: MapLayer, selection: Selection) -> dict[str, Any]:
    licence = layer.licence(selection.language)
    if licence is None:
        return {}
    return {"dc:license": {"@id": licence.url}, "dc:rights": licence.title} if licence.url else {"dc:rights": licence.title}


def _column(column: Column) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": column.name,
        "titles": list(dict.fromkeys((column.name, str(column.title)))),
        "datatype": _DATATYPES[column.kind],
    }
    if column.values:
        told["dc:description"] = "; ".join(f"{code} = {words}" for code, words in column.values.items())
    return told
