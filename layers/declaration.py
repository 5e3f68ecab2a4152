"""A layer, declared once: what it shows, what may be asked of it, at which zooms, and who may see it.

An app declares its layers in ``<app>/map_layers.py``; ``citymap/layers.py`` lists them, and ``citymap/urls.py`` hands the list to the
doors. A declaration that cannot work stops the start with one line (`BadDeclaration`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from django.db.models import F, Func, TextField
from django.db.models.expressions import BaseExpression, Combinable

from layers.declaration_checks import check, require_no_doubles
from layers.grid import Box
from layers.pyramid import Pyramid

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet
    from django.db.models.sql.compiler import SQLCompiler
    from django_stubs_ext import StrPromise

Words: TypeAlias = "str | StrPromise"
Geometry = Literal["point", "line", "polygon", "mixed"]
FieldKind = Literal["text", "integer", "number", "boolean", "date"]


@dataclass(frozen=True, slots=True)
class Field:
    """An attribute that every door gives under the same ``name``.

    ``source`` is a path of the model (``category__code``) or an expression. ``values`` are the codes that can occur, with
    their words, where they are few and fixed.
    """

    name: str
    title: Words
    source: str | BaseExpression
    _: KW_ONLY
    kind: FieldKind = "text"
    values: Mapping[str, Words] | None = None

    def expression(self, language: str) -> Combinable | BaseExpression:
        """Return what to select."""
        return F(self.source) if isinstance(self.source, str) else self.source


@dataclass(frozen=True, slots=True)
class NameField:
    """A name that the model keeps by language (``{"en": "West", "ru": "Запад"}``); ``?lang=`` chooses which is given."""

    name: str
    title: Words
    source: str = "names"
    kind: Literal["text"] = "text"
    values: None = None

    def expression(self, language: str) -> Combinable | BaseExpression:
        """Return the name in ``language`` ('' is none in particular), else in English, else the first there is."""
        return _NameIn(F(self.source), language or "en")


class _NameIn(Func):
    """The text of a JSON object of names by language: in the language asked for, else in English, else the first."""

    output_field = TextField()

    def __init__(self, names: F, language: str) -> None:
        super().__init__(names)
        self.language = language

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> tuple[str, tuple[Any, ...]]:  # type: ignore[override]  # Django's has more optional arguments
        column, params = compiler.compile(self.source_expressions[0])
        asked, english = f"nullif({column} ->> %s, '')", f"nullif({column} ->> 'en', '')"
        first = f"""jsonb_path_query_first({column}, '$.* ? (@ != "")') #>> '{{}}'"""
        sql = f"coalesce({asked}, {english}, {first})"
        return sql, (*params, self.language, *params, *params)


@dataclass(frozen=True, slots=True)
class ChoiceMany:
    """``?name=a,b`` (or ``?name=a&name=b``): the column at ``path`` holds one of them.

    ``choices`` maps each code that may be asked for to the stored values behind it. Without it any code may be asked for,
    and an unknown one matches nothing: which codes exist is data.
    """

    name: str
    title: Words
    path: str
    choices: Mapping[str, tuple[str, ...]] | None = None

    @property
    def parameters(self) -> tuple[str, ...]:
        return (self.name,)


@dataclass(frozen=True, slots=True)
class DateRange:
    """``?from=2025-01-01&to=2025-01-31``: the moment at ``path`` is on one of these days, both included, in local time.

    ``days``: the column holds days, which are nobody's midnight.
    """

    title: Words
    path: str
    since: str = "from"
    until: str = "to"
    days: bool = False

    @property
    def parameters(self) -> tuple[str, ...]:
        return (self.since, self.until)


@dataclass(frozen=True, slots=True)
class BoundingBox:
    """``?bbox=west,south,east,north`` in degrees (SRID 4326, OGC CRS84): what touches the box. West > east crosses 180°."""

    title: Words
    name: str = "bbox"

    @property
    def parameters(self) -> tuple[str, ...]:
        return (self.name,)


AnyField: TypeAlias = Field | NameField
Filter: TypeAlias = ChoiceMany | DateRange | BoundingBox


@dataclass(frozen=True, slots=True)
class Licence:
    """Under what terms the rows may be used: its name in the language asked for, and the address of its text ('' for none)."""

    title: str
    url: str = ""


def _nobody(language: str) -> Sequence[str]:
    return ()


def _unsaid(language: str) -> Licence | None:
    return None


def _everywhere() -> Box | None:
    return None


@dataclass(frozen=True, slots=True)
class Forms:
    """How the map tells the things of a layer apart: by the value of ``field``, each by colour and form.

    ``of`` gives the form for each value, ``words`` what each form is called, in the order of the legend. Forms are those that the front
    end can draw (``frontend/src/map/progress.ts``); a value without one is drawn as ``unknown``.
    """

    field: str
    of: Mapping[str, str]
    words: Mapping[str, Words]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapLayer:
    """What all doors need to know of a layer.

    ``queryset`` gives the rows that may be shown, and is called for each request. ``geometry_column`` is of SRID 4326;
    ``tile_column``, where there is one, holds the same in SRID 3857 with an index of its own; with ``squares`` that index is one over
    ``layers_square(tile_column)``, the tile of zoom 15 in which a point lies, and should hold what tiles show of it. Below zoom
    ``grid_below`` a tile holds counts per cell instead of points, each with the most frequent value of the field ``grid_value``. ``pyramid`` says how
    these are counted in advance; without one they are counted anew for each tile. ``forms``: things are drawn by the value of a field.
    ``fresh_seconds`` says how long a copy may be used. ``permission`` ('' is everybody) is one of Django's permissions.
    ``bounds`` (degrees, SRID 4326), ``attribution`` (plain sentences in a language) and ``licence`` are asked for when a door
    describes the layer.

    ``key`` names the field whose value tells one thing from all others in every door (features, feeds, files); a layer without
    one has tiles alone. ``page`` is the address of a thing's own page with ``{key}`` in it. ``search`` names the fields in
    which words are looked for; ``key_in_words`` says that people know a part of the key, so that it is looked for anywhere in it;
    ``pieces`` says that things of one name are pieces of one. ``created`` and ``updated`` are paths
    of the moments (with time zone) when a thing came to be and when it last changed; feeds and the search by time need them.
    """

    name: str
    title: Words
    description: Words = ""
    geometry: Geometry
    queryset: Callable[[], QuerySet[Any]]
    fields: tuple[AnyField, ...]
    filters: tuple[Filter, ...] = ()
    min_zoom: int = 0
    max_zoom: int = 16
    grid_below: int | None = None
    grid_value: str = ""
    forms: Forms | None = None
    pyramid: Pyramid | None = None
    geometry_column: str = "geometry"
    tile_column: str | None = None
    squares: bool = False
    attribution: Callable[[str], Sequence[str]] = _nobody
    bounds: Callable[[], Box | None] = _everywhere
    licence: Callable[[str], Licence | None] = _unsaid
    fresh_seconds: int = 300
    permission: str = ""
    key: str = ""
    page: str = ""
    search: tuple[str, ...] = ()
    key_in_words: bool = False
    pieces: bool = False
    created: str = ""
    updated: str = ""

    def __post_init__(self) -> None:
        check(self)

    @property
    def zooms(self) -> range:
        """The zooms at which there are tiles."""
        return range(self.min_zoom, self.max_zoom + 1)

    def counted_at(self, zoom: int) -> bool:
        """Whether a tile of this zoom holds counts per cell instead of the things themselves."""
        return self.grid_below is not None and zoom < self.grid_below

    def field(self, name: str) -> AnyField:
        """Return the field called ``name``; raises `KeyError`."""
        return {field.name: field for field in self.fields}[name]


def listed(*layers: MapLayer) -> tuple[MapLayer, ...]:
    """Return the layers as the doors take them; two of one name, or of one number, raise `BadDeclaration`."""
    require_no_doubles(layers)
    return layers
