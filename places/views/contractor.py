"""The public page of a contractor: its works, its money, what grew beyond what was agreed, and what came back under warranty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from gis_data.names import in_language
from issues.models import Appeal, Link
from issues.models.links import LinkMeaning
from places import money_tables, repairs_here, reports_here
from places.money_filters import MoneyFilters
from places.views.money import in_one_currency
from works.models import Contract, ContractChange, Money, Organisation, OrganisationName, Repair

#: Contracts that the page lists, the newest first.
CONTRACTS: Final = 50
_HOPS: Final = 20


@dataclass(frozen=True, slots=True)
class ContractRow:
    """``now`` is the value after all changes. ``over`` is how much more was agreed or paid than signed, in per cent."""

    number: str
    title: str
    project: str
    project_href: str
    value: Decimal | None
    now: Decimal | None
    paid: Decimal | None
    currency: str
    over: Decimal | None


@require_safe
def contractor(request: HttpRequest, key: int) -> HttpResponse:
    """One firm under all its names; the address of a name that turned out to be another firm's leads to that one."""
    found = Organisation.objects.filter(pk=key).first() if key < 2**63 else None
    if found is None:
        raise Http404
    if found.merged_into_id:
        return redirect("contractor", _top(found).pk)
    same = _all_of(found.pk)
    filters, others = in_one_currency(MoneyFilters(contractor=found.pk))
    contracts = _contracts(same)
    context = {
        "firm": found,
        "spellings": list(
            OrganisationName.objects.filter(organisation__in=same)
            .exclude(spelling=found.legal_name)
            .values_list("spelling", flat=True)
            .distinct()[:20]
        ),
        "filters": filters,
        "other_currencies": [(code, money_tables.money_address(filters.having(currency=code))) for code in others],
        "summary": money_tables.summary(filters),
        "tables": [money_tables.table(filters, by) for by in ("year", "district", "kind", "street")],
        "rows_csv": f"{reverse('money-rows-csv')}?{filters.query()}",
        "contracts": contracts,
        "grown": sum(1 for one in contracts if one.over),
        "repairs": repairs_here.listed(_repairs(same)),
        "returns": reports_here.listed(returns_of(same)),
    }
    return render(request, "places/contractor.html", context)


def returns_of(firms: Sequence[int]) -> Any:
    """Public reports of what came back while a repair of these firms was under warranty, as far as staff confirmed them."""
    mine = Q(repair__contractor__in=firms) | Q(repair__contractor=None, repair__contract__supplier__in=firms)
    links = Link.objects.confirmed().filter(mine, meaning=LinkMeaning.RETURNS)
    return Appeal.objects.public().filter(pk__in=links.values("appeal"))


def _repairs(firms: Sequence[int]) -> QuerySet[Repair]:
    return Repair.objects.filter(Q(contractor__in=firms) | Q(contractor=None, contract__supplier__in=firms))


def _top(found: Organisation) -> Organisation:
    """Who it is after all merges; a ring of them ends after some hops. A query a hop."""
    for _hop in range(_HOPS):
        if found.merged_into is None:
            break
        found = found.merged_into
    if found.merged_into_id:
        raise Http404
    return found


def _all_of(key: int) -> list[int]:
    """The firm and all that were merged into it. A query a level of merges, which is one as a rule."""
    found, last = [key], [key]
    for _hop in range(_HOPS):
        last = list(Organisation.objects.filter(merged_into__in=last).exclude(pk__in=found).values_list("pk", flat=True))
        if not last:
            break
        found += last
    return found


def _contracts(firms: Sequence[int]) -> list[ContractRow]:
    """The newest contracts with their value now and what was paid in their own currency. One query."""
    last = (
        ContractChange.objects.filter(contract=OuterRef("pk"), new_value__isnull=False)
        .order_by(F("on").desc(nulls_last=True), "-pk")
        .values("new_value")[:1]
    )
    ledger = Money.objects.standing().filter(contract=OuterRef("pk"), stage="paid", currency=OuterRef("currency"))
    paid = ledger.order_by().values("contract").annotate(sum=Sum("amount")).values("sum")
    rows = (
        Contract.objects.filter(supplier__in=firms)
        .select_related("project")
        .defer("project__geometry", "project__geometry_3857")
        .annotate(last=Subquery(last), paid=Subquery(paid))
        .order_by(F("signed_on").desc(nulls_last=True), "-pk")[:CONTRACTS]
    )
    return [_row(one) for one in rows]


def _row(one: Any) -> ContractRow:
    now = one.last if one.last is not None else one.value
    reached = max((amount for amount in (now, one.paid) if amount is not None), default=None)
    over = (reached / one.value - 1) * 100 if one.value and reached is not None and reached > one.value else None
    return ContractRow(
        number=one.number or one.local_id,
        title=in_language(one.title),
        project=str(one.project) if one.project else "",
        project_href=reverse("project", args=[one.project.public_id]) if one.project else "",
        value=one.value,
        now=now,
        paid=one.paid,
        currency=one.currency,
        over=over,
    )
