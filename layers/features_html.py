"""What the pages of OGC API – Features show beside the document itself: the same things, put in rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from layers import features_links as links
from layers.declaration import AnyField, MapLayer
from layers.features_door import Ask
from layers.features_formats import HTML


@dataclass(frozen=True, slots=True)
class Row:
    """A feature in a table: where its own page is, its values in words, its place in words."""

    address: str
    id: str
    cells: tuple[tuple[str, str], ...]
    place: str


def table(ask: Ask, layer: MapLayer, features: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the columns (all but the key) and the rows of a page of features."""
    fields = [field for field in layer.fields if field.name != layer.key]
    rows = [_row(ask, layer, fields, feature) for feature in features]
    return {"key": layer.field(layer.key), "columns": [field.title for field in fields], "rows": rows}


def _row(ask: Ask, layer: MapLayer, fields: list[AnyField], feature: Mapping[str, Any]) -> Row:
    return Row(
        address=links.address(ask, f"collections/{layer.name}/items/{feature['id']}", f=HTML),
        id=feature["id"],
        cells=tuple((str(field.title), _words(field, feature["properties"][field.name])) for field in fields),
        place=_place(feature["geometry"]),
    )


def _words(field: AnyField, value: Any) -> str:
    if value is None:
        return ""
    if field.values and value in field.values:
        return str(field.values[value])
    if field.kind == "date" and (day := parse_date(str(value)[:10])):
        return date_format(day)
    if field.kind == "boolean":
        return _("yes") if value else _("no")
    return str(value)


def _place(geometry: Mapping[str, Any] | None) -> str:
    if geometry is None:
        return ""
    if geometry["type"] == "Point":
        return ", ".join(str(number) for number in geometry["coordinates"])
    return {"Line": _("line"), "Poly": _("area")}.get(geometry["type"].removeprefix("Multi")[:4], _("shape"))


def properties(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that a JSON schema describes, each with what it may hold."""
    rows = [
        {
            "name": name,
            "title": one["title"],
            "kind": one.get("format") or one.get("type", ""),
            "values": ", ".join(one.get("enum", ())),
        }
        for name, one in schema["properties"].items()
    ]
    return {"properties": rows}


def operations(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an OpenAPI document says can be asked, address by address."""
    rows = []
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            asked = [{**parameter, "kind": _kind(parameter["schema"])} for parameter in one["parameters"]]
            rows.append({"path": path, "method": method.upper(), "summary": one["summary"], "parameters": asked})
    return {"operations": rows}


def _kind(schema: Mapping[str, Any]) -> str:
    values = schema.get("enum") or schema.get("items", {}).get("enum")
    return ", ".join(str(value) for value in values) if values else str(schema.get("format") or schema["type"])
