"""A layer's rows as GeoJSON: a serializer made of the declaration. Rows come ready from `opendata.rest_rows`; nothing is decided here."""

from __future__ import annotations

import math
from typing import Any, Final, cast

from rest_framework import serializers
from rest_framework_gis.fields import GeometryField
from rest_framework_gis.serializers import GeoFeatureModelListSerializer, GeoFeatureModelSerializer

from layers.declaration import AnyField, FieldKind, MapLayer
from opendata.rest_story import Story

#: No field of a layer can be called so.
_ID, _SHAPE = "@id", "@shape"


class _Number(serializers.FloatField):
    """JSON knows neither infinity nor what is no number."""

    def to_representation(self, value: Any) -> float | None:  # type: ignore[override]  # a float field promises a number, never none
        number = float(value)
        return number if math.isfinite(number) else None


_KINDS: Final[dict[FieldKind, type[serializers.Field[Any, Any, Any, Any]]]] = {
    "text": serializers.CharField,
    "integer": serializers.IntegerField,
    "number": _Number,
    "boolean": serializers.BooleanField,
    "date": serializers.DateField,
}


class LayerPage(GeoFeatureModelListSerializer):
    """A page: the features, and in ``next`` where it goes on (null at the end)."""

    def to_representation(self, data: Any) -> dict[str, Any]:
        written = super().to_representation(data)
        return {"type": written["type"], "next": self.context["next"], "features": written["features"]}


class LayerFeature(GeoFeatureModelSerializer):
    """A feature, with the members that ``context`` adds to it."""

    layer: MapLayer
    story: Story | None

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return {**super().to_representation(instance), **self.context.get("members", {})}


def feature_of(layer: MapLayer, story: Story | None = None) -> type[LayerFeature]:
    """Return the serializer of the layer's features, or of a single one that has a story."""
    names = [field.name for field in layer.fields]
    meta = type(
        "Meta",
        (),
        {
            "model": layer.queryset().model,
            "fields": [_ID, _SHAPE, *names],
            "id_field": _ID,
            "geo_field": _SHAPE,
            "list_serializer_class": LayerPage,
        },
    )
    members: dict[str, Any] = {
        "Meta": meta,
        _ID: serializers.CharField(source="row_id", read_only=True),
        _SHAPE: GeometryField(source="row_shape", read_only=True),
        **{field.name: _field(field) for field in layer.fields},
    }
    made = cast("type[LayerFeature]", type(f"{layer.name}{'Story' if story else 'Feature'}", (LayerFeature,), members))
    made.layer, made.story = layer, story  # not among the members, where a field might be called so
    return made


def _field(field: AnyField) -> serializers.Field[Any, Any, Any, Any]:
    return _KINDS[field.kind](source=f"field_{field.name}", read_only=True, allow_null=True, label=str(field.title))
