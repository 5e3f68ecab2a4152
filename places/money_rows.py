"""The rows behind a sum: each part of an amount with what it was for, where, when and to whom. Newest first, by key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse

from gis_data.names import in_language
from places import money_words
from places.models import MoneyShare, Source
from places.money_filters import MoneyFilters
from places.money_sums import shares
from places.money_words import Named
from works.models import Money, Project, Repair

ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One part of an amount. ``whole`` is all of it, None where the part is the whole; ``amount`` None is unknown."""

    key: int
    stage: str
    amount: Decimal | None
    whole: Decimal | None
    currency: str
    on: dt.date | None
    year: str
    title: str
    href: str
    contract: str
    district: Named
    street: Named | None
    contractor: Named | None


@dataclass(frozen=True, slots=True)
class Lines:
    """A page of them; ``older`` is the key to go on from, 0 at the end."""

    lines: Sequence[Line]
    older: int


def lines(filters: MoneyFilters, before: int = 0, most: int = ROWS) -> Lines:
    """Read one page. Six queries at most, however long it is."""
    found = shares(filters)
    if before:
        found = found.filter(pk__lt=before)
    read = list(found.order_by("-pk")[: most + 1])
    more, read = len(read) > most, read[:most]
    ledger = _by_key(
        Money.objects.filter(pk__in=[one.line for one in read if one.source == Source.MONEY]).values(
            "pk", "on", "title", "amount", "contract__number", "fund"
        )
    )
    projects = _by_key(Project.objects.filter(pk__in={one.project for one in read} - {0}).values("pk", "title", "public_id"))
    repairs = _by_key(
        Repair.objects.filter(pk__in={one.repair for one in read} - {0}).values(
            "pk", "title", "kind", "public_id", "finished_on", "cost", "contract__number"
        )
    )
    words = {name: money_words.named(name, (getattr(one, name) for one in read)) for name in ("district", "street", "contractor")}
    built = [
        _line(one, ledger.get(one.line, {}), projects.get(one.project, {}), repairs.get(one.repair, {}), words) for one in read
    ]
    return Lines(built, read[-1].pk if more else 0)


def _by_key(rows: Iterable[Any]) -> dict[int, Mapping[str, Any]]:
    return {row["pk"]: row for row in rows}


def _line(
    share: MoneyShare,
    money: Mapping[str, Any],
    project: Mapping[str, Any],
    repair: Mapping[str, Any],
    words: Mapping[str, Mapping[Any, Named]],
) -> Line:
    if share.source != Source.MONEY:
        money = {}
    whole = money.get("amount") if money else repair.get("cost")
    title, href = _what(share, money, project, repair)
    return Line(
        key=share.pk,
        stage=share.stage,
        amount=share.amount if share.currency else None,
        whole=whole if share.currency and whole != share.amount else None,
        currency=share.currency,
        on=money.get("on") or (None if money else repair.get("finished_on")),
        year=str(share.year or ""),
        title=title,
        href=href,
        contract=money.get("contract__number") or repair.get("contract__number") or "",
        district=words["district"][share.district],
        street=words["street"][share.street] if share.street else None,
        contractor=words["contractor"][share.contractor] if share.contractor else None,
    )


def _what(share: MoneyShare, money: Mapping[str, Any], project: Mapping[str, Any], repair: Mapping[str, Any]) -> tuple[str, str]:
    """What the money was for, and the page of it: the repair where it is one, else the project."""
    if repair:
        return in_language(repair["title"]) or money_words.kind_name(f"r:{repair['kind']}"), reverse(
            "repair", args=[repair["public_id"]]
        )
    if project:
        return in_language(project["title"]) or project["public_id"], reverse("project", args=[project["public_id"]])
    return money.get("title") or money.get("fund") or money_words.kind_name(share.kind), ""
