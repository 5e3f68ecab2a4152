"""Money of the city's works, summed in advance by where, what, when and who. Written by triggers of the database alone.

The rows of the ledger, the projects, contracts and repairs are the truth (room ``works``). A statement that changes one of them
leaves a note; before its transaction is committed, what the notes name is reckoned anew (``places/migrations/0002…``). So no
transaction ends with sums that are not those of its rows, whoever wrote them. Why it is so stands in docs/decisions/0008.

0 and '' in ``year``, ``district``, ``street`` and ``contractor`` say that it is not known; numbers are keys of the rows they mean,
without a constraint, for sums must not stop anybody from deleting.
"""

from __future__ import annotations

from typing import Final

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from works.codelists import Stage

#: What lies outside of every district; '' is a place that is not known.
OUTSIDE: Final = "~"


class Series(models.TextChoices):
    """The series of amounts. Amounts of two of them are never added together."""

    PLANNED = Stage.PLANNED.value, _("planned")
    APPROVED = Stage.APPROVED.value, _("approved")
    COMMITTED = Stage.COMMITTED.value, _("contracted")
    PAID = Stage.PAID.value, _("paid")
    COST = "cost", _("cost of repairs")
    UNKNOWN = "unknown", _("amount not known")


class Source(models.TextChoices):
    """What a line of `MoneyShare` comes from."""

    MONEY = "m", _("row of the ledger")
    REPAIR = "r", _("repair")
    PROJECT = "p", _("funded project")


class WorkPart(models.Model):
    """A part of a repair or project that lies in one district. ``weight`` is its length, area or number of points in small units.

    Of shapes of several dimensions those of the highest count: ``dimension`` 2, 1, 0, or -1 where no place is known.
    """

    what = models.CharField(max_length=1, choices=Source.choices)
    work = models.BigIntegerField()
    district = models.CharField(max_length=80)
    street = models.BigIntegerField(default=0)
    kind = models.CharField(max_length=64)
    dimension = models.SmallIntegerField()
    weight = models.BigIntegerField()

    class Meta:
        verbose_name = _("part of a work")
        verbose_name_plural = _("parts of works")
        indexes = [
            models.Index(fields=["what", "work"], name="work_part"),
            models.Index(fields=["district", "what", "work"], name="work_part_district"),
        ]

    def __str__(self) -> str:
        return f"{self.what}{self.work} {self.district}"


class MoneyShare(models.Model):
    """The part of one amount that belongs to one district and street; parts of an amount sum to it to the cent.

    ``line`` is the key of a row of the ledger, of a repair (its stated cost, or that none is known) or of a project (none is known).
    ``project`` and ``repair`` name the works it belongs to, 0 for none.
    """

    source = models.CharField(max_length=1, choices=Source.choices)
    line = models.BigIntegerField()
    stage = models.CharField(max_length=10, choices=Series.choices)
    currency = models.CharField(max_length=3)
    year = models.SmallIntegerField()
    district = models.CharField(max_length=80)
    street = models.BigIntegerField()
    kind = models.CharField(max_length=64)
    contractor = models.BigIntegerField()
    project = models.BigIntegerField()
    repair = models.BigIntegerField()
    amount = models.DecimalField(max_digits=18, decimal_places=2)

    class Meta:
        verbose_name = _("part of an amount")
        verbose_name_plural = _("parts of amounts")
        indexes = [
            models.Index(fields=["source", "line"], name="money_share_line"),
            models.Index(fields=["year", "id"], name="money_share_year"),
            models.Index(fields=["district", "year", "id"], name="money_share_district"),
            models.Index(fields=["kind", "year", "id"], name="money_share_kind"),
            models.Index(fields=["district", "id"], name="money_share_in_district"),  # lists go by id, sums by year
            models.Index(fields=["kind", "id"], name="money_share_of_kind"),
            models.Index(fields=["contractor", "id"], name="money_share_contractor"),
            models.Index(fields=["street", "id"], name="money_share_street"),
            models.Index(fields=["stage", "id"], name="money_share_stage"),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.amount} {self.currency} {self.district}"


class MoneyTotal(models.Model):
    """The sum of all `MoneyShare` of one series, currency and, at its ``level``, the same year, district, kind, contractor, street.

    ``level`` is Postgres's GROUPING(year, district, kind, contractor, street): a bit is set for what was summed over.
    """

    level = models.SmallIntegerField()
    stage = models.CharField(max_length=10, choices=Series.choices)
    currency = models.CharField(max_length=3)
    year = models.SmallIntegerField()
    district = models.CharField(max_length=80)
    kind = models.CharField(max_length=64)
    contractor = models.BigIntegerField()
    street = models.BigIntegerField()
    amount = models.DecimalField(max_digits=24, decimal_places=2)
    rows = models.BigIntegerField()

    class Meta:
        verbose_name = _("sum of money")
        verbose_name_plural = _("sums of money")
        constraints = [
            models.UniqueConstraint(
                fields=["level", "contractor", "street", "district", "kind", "year", "stage", "currency"], name="one_sum_each"
            ),
        ]
        indexes = [
            models.Index(fields=["level", "district"], name="money_total_district"),
            models.Index(fields=["level", "kind"], name="money_total_kind"),
            models.Index(fields=["level", "year"], name="money_total_year"),
            models.Index(fields=["level", "street"], name="money_total_street"),
            models.Index(fields=["id"], condition=models.Q(rows=0), name="money_total_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.amount} {self.currency}"


class MoneyNote(models.Model):
    """What has changed in the transaction that is still running and has to be reckoned anew: ``a`` is everything."""

    what = models.CharField(max_length=1)
    thing = models.BigIntegerField()

    class Meta:
        verbose_name = _("note of a change of money")
        verbose_name_plural = _("notes of changes of money")

    def __str__(self) -> str:
        return f"{self.what}{self.thing}"


class MoneyKnock(models.Model):
    """One row a transaction, whose deferred trigger reckons before the commit; gone when it has."""

    transaction = models.BigIntegerField(primary_key=True)

    class Meta:
        verbose_name = _("transaction that changes money")
        verbose_name_plural = _("transactions that change money")

    def __str__(self) -> str:
        return str(self.transaction)
