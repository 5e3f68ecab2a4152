"""What drf-spectacular is told of each resource below ``/api/``: words, parameters, shapes, statuses."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from layers.declaration import MapLayer
from layers.features_api_schemas import of_feature
from layers.positions import LONGEST
from opendata.rest_door import Door
from opendata.rest_parameters import Parameter, filters_of, in_path, language, query
from opendata.rest_rows import DEFAULT_LIMIT, MOST
from opendata.rest_shapes import OF_PROBLEM, ROOT

_PROBLEM_TYPE: Final = "application/problem+json"
_KEPT: Final = 304


class DoorSchema(AutoSchema):
    """The description of one view; ``view.layer`` says of which layer it is one."""

    def get_operation_id(self) -> str:
        layer, kind = self._layer, self._kind
        return f"{layer.name}_{kind}" if layer else kind

    def get_tags(self) -> list[str]:
        return [self._layer.name if self._layer else "service"]

    def get_summary(self) -> str:
        words = {"root": _("Where everything else begins"), "schema": _("This description"), "item": _("One of them")}
        return words.get(self._kind) or str(self._layer.title if self._layer else "")

    def get_description(self) -> str:  # type: ignore[override]  # DRF's own, below it, takes path and method
        return str(self._layer.description) if self._layer else ""

    def get_override_parameters(self) -> list[OpenApiParameter]:  # type: ignore[override]  # its list may hold serializers too
        return [_spectacular(one) for one in self._parameters()]

    def get_request_serializer(self) -> None:
        return None

    def get_response_serializers(self) -> dict[Any, Any]:  # type: ignore[override]  # its type leaves out the form by status
        told = self.get_summary()
        types = [one.media_type for one in self.view.renderer_classes]
        return {
            (200, *types): OpenApiResponse(self._shape(), told),
            _KEPT: OpenApiResponse(None, _("Nothing has changed since the answer that If-None-Match names.")),
            **{(status, _PROBLEM_TYPE): OpenApiResponse(OF_PROBLEM, words) for status, words in refusals(self._kind).items()},
        }

    @property
    def _layer(self) -> MapLayer | None:
        return self.view.layer if isinstance(self.view, Door) else None

    @property
    def _kind(self) -> str:
        return {"Root": "root", "Things": "items", "Thing": "item"}.get(type(self.view).__name__, "schema")

    def _parameters(self) -> list[Parameter]:
        layer = self._layer
        if layer is None:
            choice = query("format", _("It wins over the header Accept."), {"type": "string", "enum": ["json", "yaml"]})
            return [*([choice] if self._kind == "schema" else []), language()]
        if self._kind == "item":
            return [in_path("key", str(layer.field(layer.key).title), {"type": "string"}), language()]
        limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT}
        place = _("Where a page begins. Taken from “next” of the page before, and good as long as the layer is there.")
        return [
            query("limit", _("How many at once."), limit, example=DEFAULT_LIMIT),
            query("after", place, {"type": "string", "maxLength": LONGEST}),
            *filters_of(layer),
        ]

    def _shape(self) -> Any:
        if self._layer is None:
            return ROOT if self._kind == "root" else {"type": "object"}
        feature: Any = getattr(self.view, "feature", None)
        return feature(many=True, context={"next": None}) if self._kind == "items" else feature


def refusals(kind: str) -> dict[int, str]:
    """Return the statuses of what cannot be answered, each with its reason."""
    told = {
        400: _("A parameter that is not known, or a value that makes no sense."),
        404: _("There is nothing at this address."),
        405: _("This address can only be read."),
        406: _("The header Accept asks for none of what there is."),
        503: _("The answer took too long. Ask for a smaller area, or for fewer at once."),
    }
    return told if kind in {"items", "item"} else {status: told[status] for status in (400, 405, 406)}


def _spectacular(one: Parameter) -> OpenApiParameter:
    return OpenApiParameter(
        name=one["name"],
        type=one["schema"],
        location=one["in"],
        required=one["required"],
        description=one["description"],
        style=one.get("style"),
        explode=one.get("explode"),
        examples=[OpenApiExample("example", value=one["example"])] if "example" in one else [],
    )


class _Feature(OpenApiSerializerExtension):
    """A feature has the shape that OGC API – Features describes, and its story where there is one."""

    target_class = "opendata.rest_serializers.LayerFeature"
    match_subclasses = True
    priority = 1

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        shape = of_feature(self.target.layer)
        if self.target.story:
            shape["properties"]["story"] = dict(self.target.story.shape)
        return shape


class _Page(OpenApiSerializerExtension):
    """A page of features."""

    target_class = "opendata.rest_serializers.LayerPage"
    priority = 1

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        feature = auto_schema.resolve_serializer(self.target.child, direction)
        return {
            "type": "object",
            "required": ["type", "next", "features"],
            "properties": {
                "type": {"type": "string", "enum": ["FeatureCollection"]},
                "next": {"type": "string", "format": "uri", "nullable": True},
                "features": {"type": "array", "items": feature.ref},
            },
        }
