"""The ledger: all money of the city's works as dated rows that are only ever added (OC4IDS Budget breakdown, OCDS Transaction)."""

import pgtrigger
from django.contrib.gis.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from works.codelists import Stage
from works.models.base import amount, in_order
from works.models.contracts import Contract
from works.models.never_emptied import never_emptied
from works.models.organisations import DataSet, Organisation
from works.models.projects import Project
from works.models.repairs import Repair
from works.querysets import MoneyQuerySet


class Money(models.Model):
    """One amount at one stage: planned, approved, committed (contracted) or paid. Amounts of two stages are never added.

    A row is never edited: a correction is another row whose ``replaces`` names the one it corrects, and ``Money.objects.standing()``
    leaves out what was replaced. Negative amounts are money that came back. A day is ``on``; a span is ``starts`` to ``ends``; a
    row of one fiscal year names it (``fiscal_year``, by the number the city calls it) with its span. All of them empty: the source
    gives no time. ``fund`` is where the money comes from as the source calls it. ``source_file`` and ``source_row`` (from 1, after the header) say
    where it was read; ``local_id`` is the row's number in the data set, shared by all corrections of it.
    """

    data_set = models.ForeignKey(DataSet, on_delete=models.PROTECT, related_name="+")
    local_id = models.CharField(max_length=260)
    stage = models.CharField(max_length=10, choices=Stage.choices)
    amount = amount(null=False)
    currency = models.CharField(max_length=3)
    on = models.DateField(null=True, blank=True)
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)
    fiscal_year = models.PositiveSmallIntegerField(null=True, blank=True)
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.PROTECT, related_name="money")
    contract = models.ForeignKey(Contract, null=True, blank=True, on_delete=models.PROTECT, related_name="money")
    repair = models.ForeignKey(Repair, null=True, blank=True, on_delete=models.PROTECT, related_name="money")
    payer = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    payee = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="received")
    fund = models.CharField(max_length=120, blank=True, db_default="")
    title = models.CharField(max_length=240, blank=True, db_default="")
    source_file = models.CharField(max_length=120, blank=True, db_default="")
    source_row = models.PositiveIntegerField(null=True, blank=True)
    replaces = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")
    reason = models.CharField(max_length=240, blank=True, db_default="")
    recorded_at = models.DateTimeField(db_default=Now())

    objects = MoneyQuerySet.as_manager()

    class Meta:
        verbose_name = _("row of the ledger")
        verbose_name_plural = _("rows of the ledger")
        indexes = [
            models.Index(fields=["stage", "fiscal_year"], name="money_stage_year"),
            models.Index(fields=["data_set", "local_id"], name="money_in_the_source"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["data_set", "local_id"], condition=Q(replaces__isnull=True), name="one_first_row_per_number_in_the_source"
            ),
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="money_has_a_currency"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="money_stage_is_known"),
            models.CheckConstraint(
                condition=Q(project__isnull=False) | Q(contract__isnull=False) | Q(repair__isnull=False),
                name="money_belongs_to_something",
            ),
            models.CheckConstraint(condition=Q(replaces__isnull=True) | ~Q(reason=""), name="a_correction_says_why"),
            models.CheckConstraint(condition=Q(replaces__isnull=True) | ~Q(replaces=F("id")), name="nothing_replaces_itself"),
            in_order("money_span_in_order", "starts", "ends"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete), never_emptied()]

    def __str__(self) -> str:
        return f"{self.stage} {self.amount} {self.currency}"
