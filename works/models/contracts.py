"""Contracts and their modifications (OCDS 1.1.5, Contract and Award; OC4IDS 0.9.5, contractingProcesses)."""

import pgtrigger
from django.contrib.gis.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from gis_data.names import in_language
from works.codelists import ChangeKind, ContractStatus, Method, PartyRole
from works.models.base import Sourced, amount, currency, in_order, priced, tracked
from works.models.never_emptied import never_emptied
from works.models.organisations import Organisation
from works.models.projects import Project
from works.querysets import ChangeQuerySet


@tracked
class Contract(Sourced):
    """Who was to do what, by when, for how much. ``value`` is as signed; later changes are `ContractChange` rows.

    ``tenderers`` is how many took part, where only the number is known; those known by name are `ContractParty` rows.
    """

    ocid = models.CharField(max_length=200, blank=True, db_default="")
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.PROTECT, related_name="contracts")
    title = models.JSONField(default=dict, blank=True)
    number = models.CharField(max_length=120, blank=True, db_default="")
    status = models.CharField(max_length=12, choices=ContractStatus.choices, blank=True, db_default="")
    method = models.CharField(max_length=12, choices=Method.choices, blank=True, db_default="")
    tenderers = models.PositiveIntegerField(null=True, blank=True)
    supplier = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="contracts")
    value = amount()
    currency = currency()
    signed_on = models.DateField(null=True, blank=True)
    start = models.DateField(null=True, blank=True)
    end = models.DateField(null=True, blank=True)
    warranty_until = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        constraints = [
            models.UniqueConstraint(fields=["data_set", "local_id"], name="one_contract_per_number_in_the_source"),
            models.CheckConstraint(condition=models.Q(status__in=["", *ContractStatus.values]), name="contract_status_is_known"),
            models.CheckConstraint(condition=models.Q(method__in=["", *Method.values]), name="contract_method_is_known"),
            in_order("contract_period_in_order", "start", "end"),
            in_order("contract_warranty_after_end", "end", "warranty_until"),
            priced("contract_value_has_currency", "value", "currency"),
        ]

    def __str__(self) -> str:
        return self.number or in_language(self.title) or self.local_id


@tracked
class ContractParty(models.Model):
    """What an organisation has to do with a contract: one of several suppliers, a bidder, the buyer."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="parties")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="contract_roles")
    role = models.CharField(max_length=30, choices=PartyRole.choices)

    class Meta:
        verbose_name = _("party of a contract")
        verbose_name_plural = _("parties of contracts")
        constraints = [models.UniqueConstraint(fields=["contract", "organisation", "role"], name="each_role_once_in_a_contract")]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.role} {self.organisation_id}"


class ContractChange(models.Model):
    """A modification of a contract (OC4IDS, Modification). Append-only: a database trigger refuses updates and deletes."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="changes")
    local_id = models.CharField(max_length=200)
    on = models.DateField(null=True, blank=True)
    kind = models.CharField(max_length=10, choices=ChangeKind.choices)
    rationale = models.TextField(blank=True, db_default="")
    old_value = amount()
    new_value = amount()
    currency = models.CharField(max_length=3, blank=True, db_default="")
    old_end = models.DateField(null=True, blank=True)
    new_end = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(db_default=Now())

    objects = ChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("modification of a contract")
        verbose_name_plural = _("modifications of contracts")
        constraints = [models.UniqueConstraint(fields=["contract", "local_id"], name="each_modification_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete), never_emptied()]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.kind}"
