"""Repairs as lists of a page show them: what, when, for how much, by whom, and whether the warranty still holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone

from gis_data.names import in_language
from places.money_words import Named, kind_name
from places.warranty import Warranty, covered, warranty, with_warranty
from works.codelists import RepairStatus
from works.models import Repair

MOST: Final = 20
_COLUMNS: Final = (
    "public_id", "title", "kind", "status", "address", "started_on", "finished_on", "cost", "currency", "until",
    "contractor", "contractor__legal_name", "contract__supplier", "contract__supplier__legal_name", "contract__number",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RepairRow:
    """``cost`` None is unknown."""

    title: str
    href: str
    status: str
    place: str
    on: dt.date | None
    cost: Decimal | None
    currency: str
    contractor: Named | None
    contract: str
    warranty: Warranty


@dataclass(frozen=True, slots=True)
class Repairs:
    """The newest of them, how many there are in all, and how many of these are under warranty today."""

    rows: Sequence[RepairRow]
    number: int
    covered: int

    @property
    def more(self) -> bool:
        """Whether there are more than are listed."""
        return self.number > len(self.rows)


def listed(repairs: QuerySet[Repair], most: int = MOST) -> Repairs:
    """Return those under warranty first, then the newest. Three queries."""
    today = timezone.localdate()
    rows = with_warranty(repairs).order_by(F("until").desc(nulls_last=True), F("finished_on").desc(nulls_last=True), "-pk")
    found = rows.values(*_COLUMNS)[:most]
    return Repairs([_row(one, today) for one in found], repairs.count(), covered(repairs, today).count())


def firm(key: int | None, name: str | None) -> Named | None:
    """Return a contractor with its page; None where none is known."""
    return Named(name or str(key), reverse("contractor", args=[key])) if key else None


def _row(one: dict[str, Any], today: dt.date) -> RepairRow:
    return RepairRow(
        title=in_language(one["title"]) or kind_name(f"r:{one['kind']}"),
        href=reverse("repair", args=[one["public_id"]]),
        status=str(RepairStatus(one["status"]).label),
        place=one["address"],
        on=one["finished_on"] or one["started_on"],
        cost=one["cost"],
        currency=one["currency"],
        contractor=firm(one["contractor"], one["contractor__legal_name"])
        or firm(one["contract__supplier"], one["contract__supplier__legal_name"]),
        contract=one["contract__number"] or "",
        warranty=warranty(one["until"], today),
    )
