"""Money of the city's works, summed in advance by where, what, when and who. Written by triggers of the database alone.

The rows of the ledger, the projects, contracts and repairs are the truth (room ``works``). A statement that changes one of them
leaves a note; before its transaction is committed, what the notes name is reckoned anew (``places/sql/places_settle…``). So no
transaction ends with sums that are not those of its rows, whoever wrote them. Why it is so stands in docs/decisions/0008.

0 and '' in ``year``, ``district``, ``street`` and ``contractor`` say that it is not known; numbers are keys of the rows they mean,
without a constraint, for sums must not stop anybody from deleting.
"""

from __future__ import annotations

from typing import Final

from django.contrib.gis.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from works.codelists import Stage

#: What lies outside of every district; '' is a place that is not known.
OUTSIDE: Final = "~"
#: What a sum of parts reads of each.
SUMMED: Final = ("stage", "currency", "amount")


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
            models.Index(fields=["district", "id"], name="money_share_in_district"),
            models.Index(fields=["kind", "id"], name="money_share_of_kind"),
            models.Index(fields=["street", "id"], name="money_share_street"),
            models.Index(fields=["stage", "id"], name="money_share_stage"),
            # For sums that no level has: read from the index alone, for a district may have a hundred thousand rows.
            models.Index(
                fields=["district", "year", "id"],
                include=["kind", "contractor", "street", *SUMMED],
                name="money_share_sum_district",
            ),
            models.Index(
                fields=["kind", "year", "id"], include=["district", "contractor", "street", *SUMMED], name="money_share_sum_kind"
            ),
            models.Index(
                fields=["contractor", "id"],
                include=["year", "district", "kind", "street", *SUMMED],
                name="money_share_contractor",
            ),
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
            models.Index("level", "stage", "currency", F("amount").desc(), name="money_total_largest"),
            models.Index(fields=["id"], condition=models.Q(rows=0), name="money_total_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.amount} {self.currency}"


class MoneyDay(models.Model):
    """The day, in the city, whose districts money is counted by (a single row, written by the reckoning).

    Borders that are in force on another day change nothing yet; when the day turns, what lies where they differ is reckoned anew.
    """

    singleton = models.BooleanField(default=True, unique=True, editable=False)
    day = models.DateField()

    class Meta:
        verbose_name = _("day of the districts of money")
        verbose_name_plural = _("days of the districts of money")

    def __str__(self) -> str:
        return str(self.day)


class MoneyNote(models.Model):
    """What has changed in the transaction that is still running and has to be reckoned anew (the letters: ``places/sql/places_note…``).

    ``shape`` is the area of a district that was or is (any polygon, SRID 4326); ``names`` a digest of a street's names.
    """

    what = models.CharField(max_length=1)
    thing = models.BigIntegerField()
    shape = models.GeometryField(srid=4326, null=True, spatial_index=False)
    names = models.CharField(max_length=32, db_default="")

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
