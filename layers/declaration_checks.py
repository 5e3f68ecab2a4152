"""What a declaration must keep so that it can work, checked at the start."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from django.contrib.gis.db.models.fields import BaseSpatialField
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db.models import F, GeneratedField

from layers.grid import DEEPEST
from layers.pyramid import DEEP, LARGEST_NUMBER, LEVELS, MOST_VALUES

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from layers.declaration import MapLayer
    from layers.pyramid import Pyramid

#: Names go into addresses, tiles and SQL as they are, so they are plain words.
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
#: Beyond this zoom a tile's units no longer fit the integers in which cells are counted.
DEEPEST_CELLS: Final = 18


class BadDeclaration(Exception):  # said once, at the start, to the person who wrote it
    """A layer that cannot work: ``str()`` names the layer and what is wrong with it."""


def check(layer: MapLayer) -> None:
    """Raise `BadDeclaration` for a layer that cannot work."""
    try:
        _check_words(layer)
        _check_mentions(layer)
        _check_zooms(layer)
        _check_columns(layer)
        if layer.pyramid:
            _check_pyramid(layer, layer.pyramid)
    except BadDeclaration as wrong:
        raise BadDeclaration(f"layer “{layer.name}”: {wrong}") from None


def require_no_doubles(layers: Sequence[MapLayer]) -> None:
    """Raise `BadDeclaration` where two layers share a name, or two pyramids a number."""
    _require_unique("two layers are called", (layer.name for layer in layers))
    _require_unique("two pyramids have the number", (str(layer.pyramid.number) for layer in layers if layer.pyramid))


def _check_words(layer: MapLayer) -> None:
    parameters = [name for one in layer.filters for name in one.parameters]
    for name in (layer.name, *(field.name for field in layer.fields), *parameters):
        if not NAME.fullmatch(name):
            raise BadDeclaration(f"the name “{name}” is not a plain word (a-z, 0-9, _)")
    # "count" is what a cell of the grid carries, "lang" chooses names, "v" names an edition, "geom" is the shape itself.
    _require_unique("two of its fields are called", (*(field.name for field in layer.fields), "count", "geom"))
    _require_unique("two of its parameters are called", (*parameters, "lang", "v"))


def _check_mentions(layer: MapLayer) -> None:
    names = {field.name for field in layer.fields}
    if layer.key and layer.key not in names:
        raise BadDeclaration(f"key “{layer.key}” is not one of its fields")
    if wrong := [name for name in layer.search if name not in names]:
        raise BadDeclaration(f"search “{wrong[0]}” is not one of its fields")
    if layer.page and (not layer.key or "{key}" not in layer.page):
        raise BadDeclaration("page has no {key} in it, or there is no key")
    if layer.forms and layer.forms.field not in {field.name for field in layer.fields}:
        raise BadDeclaration(f"forms go by “{layer.forms.field}”, which is not one of its fields")


def _check_zooms(layer: MapLayer) -> None:
    if not 0 <= layer.min_zoom <= layer.max_zoom <= DEEPEST:
        raise BadDeclaration(f"zooms {layer.min_zoom} to {layer.max_zoom} are not in order within 0 to {DEEPEST}")
    if layer.grid_below is None:
        return
    if layer.geometry != "point":
        raise BadDeclaration("grid_below is for points")
    if layer.grid_below > DEEPEST_CELLS:
        raise BadDeclaration(f"grid_below is {DEEPEST_CELLS} at most")
    if layer.grid_value and layer.grid_value not in {field.name for field in layer.fields}:
        raise BadDeclaration(f"grid_value “{layer.grid_value}” is not one of its fields")


def _check_columns(layer: MapLayer) -> None:
    rows = layer.queryset()
    _require_geometry(rows, layer.geometry_column, 4326)
    if layer.tile_column is not None:
        _require_geometry(rows, layer.tile_column, 3857)
    if layer.squares and (layer.tile_column is None or layer.geometry != "point"):
        raise BadDeclaration("squares are of points, and of those in tile_column")
    try:
        rows.values(**{f"field_{field.name}": field.expression("en") for field in layer.fields})
        for one in layer.filters:
            if path := getattr(one, "path", ""):
                rows.values(**{f"filter_{one.parameters[0]}": F(path)})
        rows.values(**{f"moment_{number}": F(path) for number, path in enumerate((layer.created, layer.updated)) if path})
    except (FieldError, ValueError) as wrong:
        raise BadDeclaration(" ".join(str(wrong).split())) from None


def _require_geometry(rows: QuerySet[Any], column: str, srid: int) -> None:
    try:
        field: Any = rows.model._meta.get_field(column)
    except FieldDoesNotExist:
        raise BadDeclaration(f"{rows.model.__name__} has no column “{column}”") from None
    if isinstance(field, GeneratedField):
        field = field.output_field
    if not isinstance(field, BaseSpatialField) or field.srid != srid:
        raise BadDeclaration(f"the column “{column}” is not a geometry of SRID {srid}")


def _check_pyramid(layer: MapLayer, pyramid: Pyramid) -> None:
    if layer.grid_below is None or not LEVELS.start <= layer.min_zoom < layer.grid_below <= DEEP + 1:
        raise BadDeclaration(f"a pyramid is for cells from zoom {LEVELS.start} on, and grid_below is {DEEP + 1} at most")
    if not 1 <= pyramid.number <= LARGEST_NUMBER:
        raise BadDeclaration(f"the number of a pyramid is from 1 to {LARGEST_NUMBER}")
    if not 1 <= len(pyramid.values) <= MOST_VALUES:
        raise BadDeclaration(f"a pyramid tells {MOST_VALUES} values apart at most")
    for text in (*pyramid.values, *(stored for many in pyramid.values.values() for stored in many), *pyramid.shown.values()):
        if not NAME.fullmatch(text):
            raise BadDeclaration(f"“{text}”, which its pyramid counts, is not a plain word (a-z, 0-9, _)")
    if not layer.grid_value or set(layer.field(layer.grid_value).values or ()) != set(pyramid.values):
        raise BadDeclaration("a pyramid counts the values of grid_value, and the two name different ones")
    rows = layer.queryset()
    if rows.model._meta.db_table != pyramid.table or layer.tile_column != pyramid.place:
        raise BadDeclaration("a pyramid counts the rows of another table, or by another tile_column")
    # What is counted must be what may be shown, neither more nor less.
    if rows.query.where != rows.model._base_manager.filter(**pyramid.shown).query.where:
        raise BadDeclaration("a pyramid counts other rows than its queryset gives")


def _require_unique(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise BadDeclaration(f"{what} “{name}”")
        seen.add(name)
