"""What the tables of this room have in common: who tracks them, and the rules the database itself keeps."""

from __future__ import annotations

from typing import Any, Final, TypeVar, cast

import pghistory
from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import Transform
from django.db.models import F, Func, IntegerField, Q, Value
from django.db.models.lookups import Exact

from works.models.never_emptied import never_emptied

#: Numeric(18,2): amounts to the cent, up to 16 digits before the point.
DIGITS: Final = 18
PLACES: Final = 2

_Model = TypeVar("_Model", bound=type[models.Model])


def tracked(model: _Model) -> _Model:
    """Keep what a load or a person changes or deletes as it was before. First versions need no copy: they are the row itself."""
    stored = [field.name for field in model._meta.local_fields if isinstance(field, models.GeneratedField) or not field.editable]
    events = (pghistory.UpdateEvent(row=pghistory.Old), pghistory.DeleteEvent(row=pghistory.Old))
    tracking: _Model = pghistory.track(*events, exclude=stored, meta={"triggers": [never_emptied()]})(model)
    return tracking


def amount(*, null: bool = True) -> models.DecimalField[Any, Any]:
    """A column for an amount of money; None is unknown, which zero is not."""
    return models.DecimalField(max_digits=DIGITS, decimal_places=PLACES, null=null, blank=null)


def currency() -> models.CharField[Any, Any]:
    """A column for an ISO 4217 code; '' where the amount beside it is unknown."""
    return models.CharField(max_length=3, blank=True, db_default="")


def in_web_mercator() -> models.GeneratedField:
    """A stored copy of ``geometry`` in SRID 3857 for tiles."""
    return models.GeneratedField(
        expression=Transform("geometry", 3857),
        output_field=models.GeometryField(srid=3857, null=True, spatial_index=False),
        db_persist=True,
    )


def priced(name: str, value: str, code: str) -> models.CheckConstraint:
    """An amount has the code of its currency, and no amount has none."""
    known = Q((f"{value}__isnull", False), (f"{code}__regex", "^[A-Z]{3}$"))
    return models.CheckConstraint(condition=known | Q((f"{value}__isnull", True), (code, "")), name=name)


def in_order(name: str, first: str, last: str) -> models.CheckConstraint:
    """The last day is not before the first, where both are known."""
    unknown = Q((f"{first}__isnull", True)) | Q((f"{last}__isnull", True))
    return models.CheckConstraint(condition=unknown | Q((f"{last}__gte", F(first))), name=name)


def no_point(name: str, condition: Q) -> models.CheckConstraint:
    """Where ``condition`` holds, the geometry is an area or unknown: what was only named never looks like an exact place."""
    area = Exact(Func(F("geometry"), function="ST_Dimension", output_field=IntegerField()), Value(2))
    rule = cast("Q", ~condition | Q(geometry__isnull=True) | area)
    return models.CheckConstraint(condition=rule, name=name)


class Sourced(models.Model):
    """A row that came from a data set, known there by ``local_id``. ``digest`` is a hash of what the source said last."""

    data_set = models.ForeignKey("works.DataSet", on_delete=models.PROTECT, related_name="+")
    local_id = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, blank=True, db_default="")

    class Meta:
        abstract = True
