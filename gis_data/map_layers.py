"""The ground as map layers: districts, streets, assets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gis_data.models import Asset, Boundary, City, Street
from gis_data.names import in_language
from gis_data.pack_licences import DEFAULT
from layers.declaration import BoundingBox, ChoiceMany, Field, Licence, MapLayer, NameField
from layers.grid import Box


def city_bounds() -> Box | None:
    """Return the city's box (degrees, SRID 4326); None before a city is loaded. One query."""
    bounds = City.objects.values_list("bounds", flat=True).first()
    return bounds.extent if bounds else None


def city_credits(language: str) -> Sequence[str]:
    """Return the credits of the city's data, each a sentence or a sentence by language. One query."""
    sentences = City.objects.values_list("credits", flat=True).first() or ()
    return [in_language(one, language) if isinstance(one, dict) else str(one) for one in sentences]


def city_licence(data_set: str) -> Callable[[str], Licence | None]:
    """Return what tells the licence of a data set as the city's pack states it; None where it states none. One query a call."""

    def licence(language: str) -> Licence | None:
        stated = City.objects.values_list("licences", flat=True).first() or {}
        found = stated.get(data_set) or stated.get(DEFAULT)
        return Licence(found["title"], found["url"]) if found else None

    return licence


def _districts() -> QuerySet[Boundary]:
    return Boundary.objects.on(timezone.localdate()).filter(boundary_set__is_district=True)


DISTRICTS: Final = MapLayer(
    name="districts",
    title=_("Districts"),
    description=_("The districts of the city as they are in force today."),
    geometry="polygon",
    queryset=_districts,
    fields=(Field("code", _("Code"), "code"), NameField("name", _("Name"))),
    filters=(BoundingBox(_("Area")),),
    key="code",
    search=("code", "name"),
    min_zoom=5,
    max_zoom=16,
    attribution=city_credits,
    licence=city_licence("districts"),
    bounds=city_bounds,
)

STREETS: Final = MapLayer(
    name="streets",
    title=_("Streets"),
    description=_("Named streets, piece by piece."),
    geometry="line",
    queryset=Street.objects.all,
    fields=(
        Field("id", _("Number in the source"), "source_id"),
        NameField("name", _("Name")),
        Field("road_class", _("Class of road"), "road_class"),
        Field("owner", _("Owner"), "owner"),
    ),
    filters=(ChoiceMany("road_class", _("Class of road"), "road_class"), BoundingBox(_("Area"))),
    key="id",
    search=("name",),
    min_zoom=12,
    max_zoom=16,
    attribution=city_credits,
    licence=city_licence("streets"),
    bounds=city_bounds,
)

ASSETS: Final = MapLayer(
    name="assets",
    title=_("Objects"),
    description=_("What the city owns and looks after: lamps, benches, hydrants."),
    geometry="mixed",
    queryset=Asset.objects.all,
    fields=(
        Field("id", _("Number in the source"), "source_id"),
        Field("kind", _("Kind"), "kind"),
        NameField("name", _("Name")),
        Field("owner", _("Owner"), "owner"),
    ),
    filters=(ChoiceMany("kind", _("Kind"), "kind"), BoundingBox(_("Area"))),
    key="id",
    search=("id", "name"),
    min_zoom=14,
    max_zoom=17,
    attribution=city_credits,
    licence=city_licence("assets"),
    bounds=city_bounds,
)
