"""``filter``: what a tree of CQL2 means for a layer. Only its fields and its geometry may be named; values are of the field's kind.

A comparison with what is missing is neither true nor false, as in SQL: NOT does not choose such a row either. NOT is therefore
brought down to the single comparisons, where Django would otherwise add conditions of its own.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any, Final

from django.db.models import BooleanField, Func, Q
from django.db.models import Value as Given
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, In, IsNull, LessThan, LessThanOrEqual
from django.utils.translation import gettext as _

from layers import features_cql as cql
from layers.declaration import AnyField, MapLayer
from layers.features_area import parse_bbox, touching
from layers.features_crs import Crs
from layers.features_fields import Value, parse_value, selected
from layers.problems import BadRequest

LANGUAGE: Final = "cql2-text"
#: GDAL sends its conditions under the name that the language had in a draft; what it sends is the same in both,
#: but for days, which it writes with a T behind.
LANGUAGES: Final = (LANGUAGE, "cql-text")
GEOMETRY: Final = "geometry"

_SIGNS: Final[dict[str, Callable[..., Any]]] = {
    "=": Exact,
    "<": LessThan,
    "<=": LessThanOrEqual,
    ">": GreaterThan,
    ">=": GreaterThanOrEqual,
}
_KINDS: Final = {"text": {"text"}, "integer": {"number"}, "number": {"number"}, "boolean": {"boolean"}, "date": {"date", "text"}}


def parse_filter(layer: MapLayer, text: str, crs: Crs, language: str) -> Q:
    """Return what rows must satisfy; raises `BadRequest`."""
    return _Meaning(layer, crs, language).of(cql.parse_cql(text), truth=True)


class _Meaning:
    """What each node means for one layer; ``truth`` False asks for the rows for which it is false."""

    def __init__(self, layer: MapLayer, crs: Crs, language: str) -> None:
        self.layer, self.crs, self.language = layer, crs, language

    def of(self, tree: cql.Tree, *, truth: bool) -> Q:
        match tree:
            case cql.Not():
                return self.of(tree.part, truth=not truth)
            case cql.Joined():
                parts = (self.of(part, truth=truth) for part in tree.parts)
                return _joined(parts, all_of=(tree.word == "AND") is truth)
            case cql.Constant():
                # An empty condition would vanish in an OR.
                return Q(pk__isnull=False) if tree.value is truth else Q(pk__in=())
            case cql.Intersects():
                return self.intersects(tree, truth=truth)
            case _:
                condition = self.compared(tree)
                return condition if truth else ~condition

    def compared(self, tree: cql.Compare | cql.Like | cql.Between | cql.OneOf | cql.Missing) -> Q:
        field, side = self.side(tree.name)
        match tree:
            case cql.Compare(sign="<>"):
                return ~Q(Exact(side, self.value(field, tree.value)))
            case cql.Compare():
                return Q(_SIGNS[tree.sign](side, self.value(field, tree.value)))
            case cql.Between():
                low, high = self.value(field, tree.low), self.value(field, tree.high)
                return Q(GreaterThanOrEqual(side, low), LessThanOrEqual(side, high))
            case cql.OneOf():
                return Q(In(side, [self.value(field, one) for one in tree.values]))
            case cql.Missing():
                return Q(IsNull(side, True))
            case cql.Like():
                return Q(self.like(field, side, tree.pattern))

    def side(self, name: str) -> tuple[AnyField, Any]:
        """The field called so, and what it is in SQL."""
        for field in self.layer.fields:
            if field.name == name:
                return field, selected(self.layer, field, self.language)
        known = ", ".join([*(field.name for field in self.layer.fields), GEOMETRY])
        raise BadRequest(
            _("“filter” names “%(name)s”, which is not known here. Known are: %(known)s.") % {"name": name[:40], "known": known}
        )

    def value(self, field: AnyField, literal: cql.Literal) -> Value:
        if literal.kind in _KINDS[field.kind]:
            try:
                return parse_value(field, literal.text.removesuffix("T") if field.kind == "date" else literal.text)
            except ValueError:
                pass
        raise BadRequest(_("“%(value)s” is not a value of “%(name)s”.") % {"value": literal.text[:40], "name": field.name})

    def like(self, field: AnyField, side: Any, pattern: str) -> Func:
        """LIKE with its signs as they are: in CQL2 they mean what they mean in SQL."""
        alone = len(pattern) - len(pattern.rstrip("\\"))
        if field.kind != "text" or alone % 2:
            raise BadRequest(_("“%(value)s” is not a value of “%(name)s”.") % {"value": pattern[:40], "name": field.name})
        return Func(side, Given(pattern), template="(%(expressions)s)", arg_joiner=" LIKE ", output_field=BooleanField())

    def intersects(self, tree: cql.Intersects, *, truth: bool) -> Q:
        if tree.name != GEOMETRY:
            self.side(tree.name)  # what is not known is said to be so
            raise BadRequest(_("“%(name)s” is not a place.") % {"name": tree.name[:40]})
        numbers = tree.numbers * 2 if tree.shape == "POINT" and len(tree.numbers) == 2 else tree.numbers
        if tree.shape == "POINT" and len(tree.numbers) != 2:
            raise BadRequest(_("POINT takes two numbers."))
        try:
            box = parse_bbox(",".join(numbers), self.crs)
        except BadRequest:  # which speaks of the parameter “bbox”
            raise BadRequest(
                _("The place in “filter” makes no sense: the lower corner comes first, all within the coordinate system.")
            ) from None
        condition = touching(self.layer, box, self.crs)
        return condition if truth else ~condition & Q((f"{self.layer.geometry_column}__isnull", False))


def _joined(parts: Iterable[Q], *, all_of: bool) -> Q:
    return reduce(operator.and_ if all_of else operator.or_, parts)
