"""Funded projects and repairs as map layers: everything that is public of them, and nothing else."""

from __future__ import annotations

from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from gis_data.map_layers import city_bounds, city_credits, city_licence
from layers.declaration import BoundingBox, ChoiceMany, DateRange, Field, Forms, MapLayer, NameField
from works.codelists import PlaceKind, ProjectStatus, RepairKind, RepairStatus
from works.models import Project, Repair
from works.progress import OF_PROJECT, OF_REPAIR, PROGRESS


def _projects() -> QuerySet[Project]:
    """Projects that lie somewhere; those of the whole city have no place on a map."""
    return Project.objects.filter(geometry__isnull=False)


def _repairs() -> QuerySet[Repair]:
    return Repair.objects.filter(geometry__isnull=False)


PROJECTS: Final = MapLayer(
    name="projects",
    title=_("Funded projects"),
    description=_(
        "Works that were given money: what, where, how far they have come. “Only the district was named” is no exact place."
    ),
    geometry="mixed",
    queryset=_projects,
    fields=(
        Field("id", _("Number"), "public_id"),
        NameField("title", _("Title"), "title"),
        Field("status", _("State"), "status", values=dict(ProjectStatus.choices)),
        Field("category", _("Kind of works"), "category"),
        Field("place", _("How well the place is known"), "place_kind", values=dict(PlaceKind.choices)),
        Field("planned_start", _("Planned start"), "planned_start", kind="date"),
        Field("planned_end", _("Planned end"), "planned_end", kind="date"),
        Field("actual_start", _("Start"), "actual_start", kind="date"),
        Field("actual_end", _("End"), "actual_end", kind="date"),
        Field("budget", _("Budget promised at first"), "promised_amount", kind="number"),
        Field("currency", _("Currency"), "promised_currency"),
    ),
    filters=(
        ChoiceMany("status", _("State"), "status", choices={code: (code,) for code in ProjectStatus.values}),
        DateRange(_("Planned end"), "planned_end", days=True),
        BoundingBox(_("Area")),
    ),
    key="id",
    page="/projects/{key}",
    search=("id", "title"),
    key_in_words=True,
    created="created_at",
    updated="updated_at",
    forms=Forms("status", OF_PROJECT, PROGRESS),
    min_zoom=8,
    max_zoom=17,
    tile_column="geometry_3857",
    attribution=city_credits,
    licence=city_licence("projects"),
    bounds=city_bounds,
)

REPAIRS: Final = MapLayer(
    name="repairs",
    title=_("Repairs"),
    description=_("What was repaired or will be: where, when, by whom, for how much, and until when it is under warranty."),
    geometry="mixed",
    queryset=_repairs,
    fields=(
        Field("id", _("Number"), "public_id"),
        NameField("title", _("Title"), "title"),
        Field("kind", _("Kind of repair"), "kind", values=dict(RepairKind.choices)),
        Field("status", _("State"), "status", values=dict(RepairStatus.choices)),
        Field("address", _("Address"), "address"),
        Field("started", _("Start"), "started_on", kind="date"),
        Field("finished", _("End"), "finished_on", kind="date"),
        Field("warranty_until", _("Under warranty until"), "warranty_until", kind="date"),
        Field("cost", _("Cost"), "cost", kind="number"),
        Field("currency", _("Currency"), "currency"),
        Field("contractor", _("Contractor"), "contractor__legal_name"),
    ),
    filters=(
        ChoiceMany("kind", _("Kind of repair"), "kind", choices={code: (code,) for code in RepairKind.values}),
        ChoiceMany("status", _("State"), "status", choices={code: (code,) for code in RepairStatus.values}),
        DateRange(_("End"), "finished_on", days=True),
        BoundingBox(_("Area")),
    ),
    key="id",
    page="/repairs/{key}",
    search=("id", "title", "address"),
    key_in_words=True,
    created="created_at",
    updated="updated_at",
    forms=Forms("status", OF_REPAIR, {code: word for code, word in PROGRESS.items() if code in OF_REPAIR.values()}),
    min_zoom=12,
    max_zoom=17,
    tile_column="geometry_3857",
    attribution=city_credits,
    licence=city_licence("repairs"),
    bounds=city_bounds,
)
