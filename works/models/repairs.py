"""Repairs: work done on one thing of the city, with its warranty; the state of streets; documents and photos."""

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db.models import Q
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _

from gis_data.models import Asset, Street
from gis_data.names import in_language
from layers.names import EveryName
from works.codelists import DocumentKind, RepairKind, RepairStatus
from works.models.base import Sourced, amount, currency, in_order, in_web_mercator, priced, tracked
from works.models.contracts import Contract
from works.models.organisations import Organisation
from works.models.projects import Project


@tracked
class Repair(Sourced):
    """One repair (any geometry, SRID 4326; None where the source names no place).

    ``cost`` None is unknown, which is not free of charge. What was paid for it is in the ledger (`Money`); the cost here is what the
    source says of this repair alone. ``warranty_until`` is the last day on which the contractor puts it right for nothing.
    """

    public_id = models.CharField(max_length=240, unique=True)
    kind = models.CharField(max_length=16, choices=RepairKind.choices, default=RepairKind.OTHER)
    status = models.CharField(max_length=12, choices=RepairStatus.choices, default=RepairStatus.FINISHED)
    title = models.JSONField(default=dict, blank=True)
    address = models.CharField(max_length=300, blank=True, db_default="")
    geometry = models.GeometryField(srid=4326, null=True, blank=True, spatial_index=False)
    geometry_3857 = in_web_mercator()
    street = models.ForeignKey(Street, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    asset = models.ForeignKey(Asset, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    started_on = models.DateField(null=True, blank=True)
    finished_on = models.DateField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cost = amount()
    currency = currency()
    contractor = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="repairs")
    contract = models.ForeignKey(Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="repairs")
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.PROTECT, related_name="repairs")
    warranty_until = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("repair")
        verbose_name_plural = _("repairs")
        indexes = [
            # Asked for by place and kind at once for every report that is sent (works/at_place_sql.py).
            GistIndex("geometry", OpClass("kind", name="gist_text_ops"), name="repair_here"),
            GistIndex(fields=["geometry_3857"], name="repair_geometry_3857"),
            GinIndex(OpClass(Upper(EveryName("title")), name="gin_trgm_ops"), name="repair_title_trigrams"),
            GinIndex(OpClass(Upper("address"), name="gin_trgm_ops"), name="repair_address_trigrams"),
            GinIndex(OpClass(Upper("public_id"), name="gin_trgm_ops"), name="repair_number_trigrams"),
            models.Index(fields=["kind", "finished_on", "id"], name="repair_kind_day"),
            models.Index(fields=["finished_on", "id"], name="repair_day"),
            models.Index(fields=["created_at", "public_id"], name="repair_newest"),
            models.Index(fields=["updated_at", "public_id"], name="repair_changed"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["data_set", "local_id"], name="one_repair_per_number_in_the_source"),
            models.CheckConstraint(condition=Q(kind__in=RepairKind.values), name="repair_kind_is_known"),
            models.CheckConstraint(condition=Q(status__in=RepairStatus.values), name="repair_status_is_known"),
            in_order("repair_days_in_order", "started_on", "finished_on"),
            in_order("repair_warranty_after_finish", "finished_on", "warranty_until"),
            priced("repair_cost_has_currency", "cost", "currency"),
        ]

    def __str__(self) -> str:
        return in_language(self.title) or self.public_id

    def get_absolute_url(self) -> str:
        """The public page of the repair."""
        return f"/repairs/{self.public_id}"


class StreetCondition(Sourced):
    """How good a street was found in one year: marks of the source's own scale (``best`` is its best), None where not rated."""

    street = models.ForeignKey(Street, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    block = models.CharField(max_length=120, blank=True, db_default="")
    year = models.PositiveSmallIntegerField()
    overall = models.PositiveSmallIntegerField(null=True, blank=True)
    crack = models.PositiveSmallIntegerField(null=True, blank=True)
    patch = models.PositiveSmallIntegerField(null=True, blank=True)
    best = models.PositiveSmallIntegerField(default=10)
    rated_on = models.DateField(null=True, blank=True)
    resurfaced_in = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("condition of a street")
        verbose_name_plural = _("conditions of streets")
        indexes = [models.Index(fields=["street", "year"], name="street_condition_year")]
        constraints = [
            models.UniqueConstraint(fields=["data_set", "local_id"], name="one_condition_per_number_in_the_source"),
            models.CheckConstraint(
                condition=Q(overall__isnull=True) | Q(overall__range=(1, models.F("best"))), name="a_mark_is_on_its_scale"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.street_id} {self.year}: {self.overall}"


class Document(models.Model):
    """A document or a photo that is kept elsewhere, by its web address. It belongs to one project, contract or repair."""

    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.CASCADE, related_name="documents")
    contract = models.ForeignKey(Contract, null=True, blank=True, on_delete=models.CASCADE, related_name="documents")
    repair = models.ForeignKey(Repair, null=True, blank=True, on_delete=models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=60, choices=DocumentKind.choices, default=DocumentKind.OTHER)
    title = models.CharField(max_length=300, blank=True, db_default="")
    url = models.CharField(max_length=1000)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.CheckConstraint(condition=Q(url__regex=r"^https?://[^\s<>\"]+$"), name="a_document_has_a_web_address"),
            models.CheckConstraint(
                condition=Q(project__isnull=False, contract__isnull=True, repair__isnull=True)
                | Q(project__isnull=True, contract__isnull=False, repair__isnull=True)
                | Q(project__isnull=True, contract__isnull=True, repair__isnull=False),
                name="a_document_belongs_to_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.url
