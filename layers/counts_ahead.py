"""What of a layer's numbers the counts kept in advance can tell (see `layers.pyramid`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from layers.counts_table import Counted, counted_by, names_of
from layers.declaration import ChoiceMany, DateRange, MapLayer
from layers.pyramid import Pyramid


@dataclass(frozen=True, slots=True)
class Ahead:
    """The filters of a layer that its pyramid counts by, each None where the layer declares none of the kind.

    ``kinds`` reads the keys (``kind_key``) and codes (``kind_code``) of kinds.
    """

    pyramid: Pyramid
    kind: ChoiceMany | None
    value: ChoiceMany | None
    month: DateRange | None
    kinds: QuerySet[Any] | None

    @property
    def tables(self) -> tuple[frozenset[str], frozenset[str]]:
        """The filters by which there are numbers of any square: all time by kind, and all kinds by month."""
        return frozenset(_names(self.kind, self.value)), frozenset(_names(self.month, self.value))

    @property
    def everywhere(self) -> frozenset[str]:
        """The filters by which there are numbers of the whole world: kinds by month."""
        return frozenset(_names(self.kind, self.month, self.value)) if self.kind and self.month else frozenset()


def ahead(layer: MapLayer) -> Ahead | None:
    """Return what the layer's pyramid counts by; None for a layer without one."""
    pyramid = layer.pyramid
    if pyramid is None:
        return None
    kind = value = month = kinds = None
    for one in counted_by(layer):
        match one:
            case DateRange() if one.path == pyramid.month:
                month = one
            case ChoiceMany() if one.path == pyramid.value and dict(one.choices or {}) == dict(pyramid.values):
                value = one
            case ChoiceMany() if (found := _kinds(layer, pyramid, one)) is not None:
                kind, kinds = one, found
            case _:
                pass
    return Ahead(pyramid, kind, value, month, kinds)


def _kinds(layer: MapLayer, pyramid: Pyramid, one: ChoiceMany) -> QuerySet[Any] | None:
    """The kinds behind a filter that chooses by a column of the table to which kinds point."""
    name, _, column = one.path.partition("__")
    field: Any = layer.queryset().model._meta.get_field(name)
    if not column or "__" in column or field.column != pyramid.kind or one.choices is not None:
        return None
    rows: QuerySet[Any] = field.related_model._base_manager.order_by()
    return rows.values(kind_key=F("pk"), kind_code=F(column))


def _names(*filters: Counted | None) -> tuple[str, ...]:
    return names_of([one for one in filters if one is not None])
