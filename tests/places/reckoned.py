"""The reckoning now instead of at the commit, and judges of the sums: reckoned again in Python from the rows."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum

from places.models import MoneyKnock, MoneyNote, MoneyShare, MoneyTotal
from places.reckoning_sql import knock
from works.models import Money, Repair

_BITS = {"year": 16, "district": 8, "kind": 4, "contractor": 2, "street": 1}


def reckon() -> None:
    """Bring the sums up to date inside a transaction that goes on."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS places_settle IMMEDIATE")
        cursor.execute("SET CONSTRAINTS places_settle DEFERRED")


def all_shares() -> set[Any]:
    return set(
        MoneyShare.objects.values_list(
            "source",
            "line",
            "stage",
            "currency",
            "year",
            "district",
            "street",
            "kind",
            "contractor",
            "project",
            "repair",
            "amount",
        )
    )


def nothing_changes_when_all_is_reckoned() -> None:
    before, number = all_shares(), MoneyShare.objects.count()
    MoneyNote.objects.create(what="a", thing=0)
    knock()
    reckon()
    assert all_shares() == before
    assert MoneyShare.objects.count() == number
    assert not MoneyNote.objects.exists()
    assert not MoneyKnock.objects.exists()


def totals_are_those_of_the_shares() -> None:
    for level in MoneyTotal.objects.values_list("level", flat=True).distinct():
        dims = [name for name, bit in _BITS.items() if not level & bit]
        kept: Counter[Any] = Counter()
        for row in MoneyTotal.objects.filter(level=level).values_list("stage", "currency", *dims, "amount", "rows"):
            kept[row[:-2]] = row[-2:]
        rows: dict[Any, list[Any]] = {}
        for row in MoneyShare.objects.values_list("stage", "currency", *dims, "amount"):
            one = rows.setdefault(row[:-1], [Decimal(0), 0])
            one[0] += row[-1]
            one[1] += 1
        assert dict(kept) == {key: tuple(value) for key, value in rows.items()}, dims


def shares_are_those_of_the_ledger() -> None:
    raw = {(stage, code): total for (stage, code), total in Money.objects.totals().items()}
    kept = MoneyShare.objects.filter(source="m").values_list("stage", "currency").annotate(Sum("amount"))
    assert {(stage, code): total for stage, code, total in kept} == raw
    costs = Repair.objects.exclude(status="cancelled").exclude(cost=None).values_list("currency").annotate(Sum("cost"))
    assert dict(MoneyShare.objects.filter(stage="cost").values_list("currency").annotate(Sum("amount"))) == dict(costs)
    for line, total in MoneyShare.objects.filter(source="m").values_list("line").annotate(Sum("amount")):
        assert total == Money.objects.get(pk=line).amount
