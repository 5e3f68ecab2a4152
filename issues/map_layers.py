"""Appeals as a map layer: pin, category, state and day, which are public at once. Nothing else of an appeal is here."""

from __future__ import annotations

from typing import Final

from django.db.models import Case, CharField, Value, When
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from gis_data.map_layers import city_bounds, city_credits, city_licence
from issues.counted import COUNTED
from issues.models import Appeal
from issues.states import BEHIND, PUBLIC_STATES
from layers.declaration import BoundingBox, ChoiceMany, DateRange, Field, MapLayer

_PUBLIC_STATE: Final = Case(
    *(When(state__in=states, then=Value(public)) for public, states in BEHIND.items()), output_field=CharField()
)

APPEALS: Final = MapLayer(
    name="appeals",
    title=_("Reports"),
    description=_(
        "What people reported: where, what kind, how far it has come. Few together are shown one by one, many as counts."
    ),
    geometry="point",
    queryset=Appeal.objects.public,
    fields=(
        Field("id", _("Reference"), "public_id"),
        Field("category", _("Category"), "category__code"),
        Field("state", _("State"), _PUBLIC_STATE, values=dict(PUBLIC_STATES.items())),
        Field("created", _("Day of the report"), TruncDate("created_at"), kind="date"),
    ),
    key="id",
    page="/a/{key}",
    search=("id",),
    created="created_at",
    updated="updated_at",
    filters=(
        ChoiceMany("category", _("Category"), "category__code"),
        ChoiceMany("state", _("State"), "state", choices=dict(BEHIND.items())),
        DateRange(_("Day of the report"), "created_at"),
        BoundingBox(_("Area")),
    ),
    min_zoom=6,
    max_zoom=16,
    grid_below=15,
    grid_value="state",
    pyramid=COUNTED,
    geometry_column="point",
    tile_column="point_3857",
    squares=True,
    attribution=city_credits,
    licence=city_licence("appeals"),
    bounds=city_bounds,
    fresh_seconds=1,
)
