"""Funded projects: what, where, when, by whom (OC4IDS 0.9.5, Project)."""

from typing import Final

import pgtrigger
from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _

from gis_data.models import Boundary
from gis_data.names import in_language
from layers.names import EveryName
from works.codelists import PartyRole, PlaceKind, ProjectStatus, ProjectType
from works.models.base import Sourced, amount, currency, in_order, in_web_mercator, no_point, priced, tracked
from works.models.organisations import Organisation

#: What the map shows of a project: all its places at once. Those that are known beat those that were only named, areas beat lines
#: and points. Written by triggers of `ProjectPlace` alone.
_GATHER: Final = """
UPDATE works_project AS p SET geometry = found.shape, place_kind = found.kind
FROM (
    SELECT moved.project_id, ST_CollectionHomogenize(ST_CollectionExtract(ST_Collect(one.geometry))) AS shape,
           coalesce(max(one.kind), '') AS kind
    FROM ({moved}) AS moved
    LEFT JOIN works_projectplace AS one ON one.project_id = moved.project_id AND one.geometry IS NOT NULL
        AND (one.kind <> 'named' OR NOT EXISTS (
            SELECT FROM works_projectplace AS known WHERE known.project_id = one.project_id AND known.kind <> 'named'))
    GROUP BY moved.project_id
) AS found WHERE p.id = found.project_id;
RETURN NULL;
"""


def _gathered(name: str, operation: pgtrigger.Operation, *, old: str | None = None, new: str | None = None) -> pgtrigger.Trigger:
    """One statement for all places that a statement wrote: for the projects they belonged to, and those they belong to now."""
    moved = " UNION ".join(f"SELECT DISTINCT project_id FROM {rows}" for rows in (old, new) if rows)  # noqa: S608  # names of our own
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(old=old, new=new),
        func=_GATHER.replace("{moved}", moved),
    )


@tracked
class Project(Sourced):
    """A funded project. ``public_id`` is its address: the data set's code and the number in the source.

    Dates are three pairs: ``promised_*`` as first stated and never changed by later loads, ``planned_*`` as stated last, ``actual_*`` as
    it was. The same holds for money: ``promised_amount`` is the budget stated at first, all other money is in the ledger (`Money`).
    None and '' are unknown. ``geometry`` (SRID 4326) and ``place_kind`` are those of its places together, for the map.
    """

    public_id = models.CharField(max_length=240, unique=True)
    title = models.JSONField()
    description = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=20, choices=ProjectStatus.choices, blank=True, db_default="")
    type = models.CharField(max_length=20, choices=ProjectType.choices, blank=True, db_default="")
    sectors = ArrayField(models.CharField(max_length=60), default=list, blank=True, db_default=[])
    category = models.CharField(max_length=200, blank=True, db_default="")
    promised_start = models.DateField(null=True, blank=True)
    promised_end = models.DateField(null=True, blank=True)
    planned_start = models.DateField(null=True, blank=True)
    planned_end = models.DateField(null=True, blank=True)
    actual_start = models.DateField(null=True, blank=True)
    actual_end = models.DateField(null=True, blank=True)
    warranty_until = models.DateField(null=True, blank=True)
    promised_amount = amount()
    promised_currency = currency()
    delay_reason = models.CharField(max_length=300, blank=True, db_default="")
    geometry = models.GeometryField(srid=4326, null=True, blank=True, editable=False, spatial_index=False)
    geometry_3857 = in_web_mercator()
    place_kind = models.CharField(max_length=8, choices=PlaceKind.choices, blank=True, db_default="", editable=False)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("funded project")
        verbose_name_plural = _("funded projects")
        indexes = [
            models.Index(fields=["status", "id"], name="project_status"),
            models.Index(fields=["created_at", "public_id"], name="project_newest"),
            models.Index(fields=["updated_at", "public_id"], name="project_changed"),
            GistIndex(fields=["geometry"], name="project_geometry"),
            GistIndex(fields=["geometry_3857"], name="project_geometry_3857"),
            GinIndex(OpClass(Upper(EveryName("title")), name="gin_trgm_ops"), name="project_title_trigrams"),
            GinIndex(OpClass(Upper("public_id"), name="gin_trgm_ops"), name="project_number_trigrams"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["data_set", "local_id"], name="one_project_per_number_in_the_source"),
            models.CheckConstraint(condition=models.Q(status__in=["", *ProjectStatus.values]), name="project_status_is_known"),
            models.CheckConstraint(condition=models.Q(type__in=["", *ProjectType.values]), name="project_type_is_known"),
            in_order("project_promised_in_order", "promised_start", "promised_end"),
            in_order("project_planned_in_order", "planned_start", "planned_end"),
            in_order("project_actual_in_order", "actual_start", "actual_end"),
            in_order("project_warranty_after_end", "actual_end", "warranty_until"),
            priced("project_promise_has_currency", "promised_amount", "promised_currency"),
        ]

    def __str__(self) -> str:
        return in_language(self.title) or self.public_id

    def get_absolute_url(self) -> str:
        """The public page of the project."""
        return f"/projects/{self.public_id}"


@tracked
class ProjectParty(models.Model):
    """What an organisation has to do with a project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="parties")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="project_roles")
    role = models.CharField(max_length=30, choices=PartyRole.choices)

    class Meta:
        verbose_name = _("party of a project")
        verbose_name_plural = _("parties of projects")
        constraints = [models.UniqueConstraint(fields=["project", "organisation", "role"], name="each_role_once_in_a_project")]

    def __str__(self) -> str:
        return f"{self.project_id} {self.role} {self.organisation_id}"


@tracked
class ProjectPlace(models.Model):
    """One place of a project (any geometry, SRID 4326). A project has as many as its source names, or none.

    ``kind`` ``named``: the source names only a district. Then the geometry is that of the whole ``boundary``, to about ten metres, or
    None where it names no single one ("citywide"); it is never a point (a constraint). ``name`` is what the source calls the place.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="places")
    number = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=8, choices=PlaceKind.choices)
    name = models.CharField(max_length=300, blank=True, db_default="")
    boundary = models.ForeignKey(Boundary, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    geometry = models.GeometryField(srid=4326, null=True, blank=True, spatial_index=False)
    geometry_3857 = in_web_mercator()

    class Meta:
        verbose_name = _("place of a project")
        verbose_name_plural = _("places of projects")
        indexes = [
            GistIndex(fields=["geometry"], name="project_place_geometry"),
            GistIndex(fields=["geometry_3857"], name="project_place_geometry_3857"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="places_of_a_project_are_numbered"),
            no_point("a_named_place_is_no_point", models.Q(kind="named")),
            models.CheckConstraint(
                condition=models.Q(kind="named") | models.Q(geometry__isnull=False), name="a_place_that_is_known_has_a_geometry"
            ),
        ]
        triggers = [
            _gathered("gather_new", pgtrigger.Insert, new="rows"),
            _gathered("gather_changed", pgtrigger.Update, old="old_rows", new="rows"),
            _gathered("gather_rest", pgtrigger.Delete, old="rows"),
        ]

    def __str__(self) -> str:
        return f"{self.project_id}/{self.number}"
