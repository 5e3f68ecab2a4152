"""Rows in plain words, as the difference of an upload shows them: {pk: {field: text}}."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any, Final

from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Model

from works.models import Contract, ContractParty, Document, Project, ProjectParty, ProjectPlace, Repair

Said = dict[str, str]
#: What says nothing of the thing itself, or only repeats its places.
_HIDDEN: Final = frozenset(
    {"id", "data_set", "local_id", "public_id", "digest", "created_at", "updated_at", "geometry_3857", "place_kind"}
)
#: Where the words for a related row stand.
_WORDS: Final[Mapping[str, str]] = {
    "supplier": "supplier__legal_name",
    "contractor": "contractor__legal_name",
    "project": "project__local_id",
    "contract": "contract__local_id",
    "street": "street__source_id",
    "asset": "asset__source_id",
}
_PARTS: Final[Mapping[type[Model], tuple[tuple[str, type[Model], str, tuple[str, ...]], ...]]] = {
    Project: (
        ("parties", ProjectParty, "project", ("role", "organisation__legal_name")),
        ("places", ProjectPlace, "project", ("kind", "name", "boundary__code", "geometry")),
        ("documents", Document, "project", ("kind", "url")),
    ),
    Contract: (
        ("parties", ContractParty, "contract", ("role", "organisation__legal_name")),
        ("documents", Document, "contract", ("kind", "url")),
    ),
    Repair: (("documents", Document, "repair", ("kind", "url")),),
}
_LONGEST: Final = 200


def described(model: type[Model], keys: Collection[int]) -> dict[int, Said]:
    """What the rows say, without empty fields. One query, and one for each kind of part."""
    fields = [one for one in model._meta.concrete_fields if one.name not in _HIDDEN and _counts(model, one.name)]
    names = [one.name for one in fields]
    paths = [_WORDS.get(name, name) for name in names]
    found: dict[int, Said] = {}
    for pk, *values in model._default_manager.filter(pk__in=keys).order_by("pk").values_list("pk", *paths):
        found[pk] = {name: text for name, value in zip(names, values, strict=True) if (text := text_of(value))}
    for name, part, owner, columns in _PARTS.get(model, ()):
        lines = defaultdict[int, list[str]](list)
        rows = part._default_manager.filter(**{f"{owner}__in": keys}).values_list(owner, *columns)
        for pk, *values in rows:
            lines[pk].append(" ".join(filter(None, map(text_of, values))))
        for pk, texts in lines.items():
            found[pk][name] = cut("; ".join(sorted(texts)))
    return found


def _counts(model: type[Model], name: str) -> bool:
    return not (model is Project and name == "geometry")  # its places say it


def text_of(value: Any) -> str:
    """One value as a line of text; '' for what is empty."""
    text = "" if value is None else str(value)
    if isinstance(value, dict):
        text = "; ".join(f"{key}: {one}" for key, one in sorted(value.items()))
    elif isinstance(value, list):
        text = ", ".join(map(str, value))
    elif isinstance(value, dt.datetime):
        text = value.isoformat(timespec="minutes")
    elif isinstance(value, GEOSGeometry):
        text = _shape(value)
    return cut(text)


def cut(text: str) -> str:
    """A long text is cut, and its hash tells it from another one with the same beginning."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({sha256(text.encode()).hexdigest()[:8]})"


def _shape(shape: GEOSGeometry) -> str:
    text = shape.wkt
    if len(text) <= 80:
        return text
    centre = shape.centroid
    return f"{shape.geom_type}, {shape.num_coords} points around {centre.x:.5f} {centre.y:.5f} ({sha256(text.encode()).hexdigest()[:8]})"
