"""The ground as map layers: districts, streets, assets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gis_data.models import Address, Asset, Boundary, City, Street
from gis_data.names import in_language
from gis_data.pack_licences import DEFAULT
from layers.declaration import BoundingBox, ChoiceMany, Field, Licence, MapLayer, NameField
from layers.grid import Box
from layers.one_answer import once_an_answer


@once_an_answer
def the_city() -> City | None:
    """Return the city as it is now; None before one is loaded. One query an answer, for all of its layers."""
    return City.objects.first()


def city_bounds() -> Box | None:
    """Return the city's box (degrees, SRID 4326); None before a city is loaded."""
    city = the_city()
    return city.bounds.extent if city else None


def city_credits(language: str) -> Sequence[str]:
    """Return the credits of the city's data, each a sentence or a sentence by language."""
    city = the_city()
    return [in_language(one, language) if isinstance(one, dict) else str(one) for one in (city.credits if city else ())]


def city_licence(data_set: str) -> Callable[[str], Licence | None]:
    """Return what tells the licence of a data set as the city's pack states it; None where it states none."""

    def licence(language: str) -> Licence | None:
        city = the_city()
        stated = city.licences if city else {}
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
    page="/districts/{key}",
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
    page="/streets/{key}",
    pieces=True,
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

ADDRESSES: Final = MapLayer(
    name="addresses",
    title=_("Addresses"),
    description=_("Postal addresses, each with its point."),
    geometry="point",
    queryset=Address.objects.all,
    fields=(
        Field("id", _("Number in the source"), "source_id"),
        Field("text", _("Address"), "text"),
        Field("postcode", _("Postcode"), "postcode"),
    ),
    filters=(ChoiceMany("postcode", _("Postcode"), "postcode"), BoundingBox(_("Area"))),
    geometry_column="point",
    key="id",
    search=("text",),
    min_zoom=15,
    max_zoom=17,
    attribution=city_credits,
    licence=city_licence("addresses"),
    bounds=city_bounds,
)
