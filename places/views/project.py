"""The public page of a funded project: what was promised and what came of it, in time, money and scope."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import F, Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gis_data.names import in_language
from places import appeals_here, on_map, photos_here, repairs_here
from places.documents import documents_of
from places.money_sums import AMOUNTS
from places.money_words import SERIES, kind_name
from places.repairs_here import firm
from places.scope import scope_of
from places.views.refusals import in_time, named
from works.codelists import ChangeKind, PartyRole
from works.contract_now import value_now
from works.models import Contract, ContractChange, Money, Project, ProjectParty, ProjectPlace, Repair
from works.progress import of_project

#: Rows of the ledger that the page shows; the file has all.
LEDGER: Final = 60


@dataclass(frozen=True, slots=True)
class Span:
    """A date as it was promised, as it was planned last and as it was; ``late`` is days against the promise (negative: early)."""

    name: str
    promised: dt.date | None
    planned: dt.date | None
    actual: dt.date | None

    @property
    def late(self) -> int | None:
        """Days between the promise and what is known last; None where one of them is not known."""
        last = self.actual or self.planned
        return (last - self.promised).days if last and self.promised else None


@dataclass(frozen=True, slots=True)
class Change:
    """A modification of a contract in words; ``grown`` is how much more it costs."""

    on: dt.date | None
    kind: str
    rationale: str
    grown: Decimal | None
    currency: str
    new_end: dt.date | None


@require_safe
@in_time
def project(request: HttpRequest, public_id: str) -> HttpResponse:
    """Everything known of one project. The number of queries does not depend on how much there is."""
    found = (
        Project.objects.filter(public_id=named(public_id)).select_related("data_set").defer("geometry", "geometry_3857").first()
    )
    if found is None:
        raise Http404
    contracts = _contracts(found)
    context = {
        "project": found,
        "title": str(found),
        "description": in_language(found.description),
        "status": capfirst(found.get_status_display()) if found.status else "",
        "progress": of_project(found.status),
        "kinds": [kind_name(f"s:{sector}") for sector in found.sectors] or ([found.category] if found.category else []),
        "source": in_language(found.data_set.names) or found.data_set.code,
        "spans": _spans(found),
        **_money(found, contracts),
        **_where(found, contracts),
        "contracts": [_contract(one) for one in contracts],
        "parties": _parties(found),
        "repairs": repairs_here.listed(Repair.objects.filter(project=found)),
        "photos": photos_here.of_project(found.pk),
        "documents": documents_of(project=found.pk),
        "appeals": appeals_here.listed(appeals_here.that_led_to(project=found.pk)),
        "returns": appeals_here.listed(appeals_here.that_came_back(project=found.pk)),
    }
    return render(request, "places/project.html", context)


def _money(found: Project, contracts: Sequence[Contract]) -> dict[str, Any]:
    ledger = _ledger(found, [one.pk for one in contracts])
    totals, standing = ledger.totals(), ledger.standing()
    newest = standing.order_by(F("fiscal_year").desc(nulls_last=True), F("on").desc(nulls_last=True), "-pk")
    return {
        "totals": [
            (str(SERIES[stage]), code, total) for stage in AMOUNTS for (one, code), total in totals.items() if one == stage
        ],
        "overrun": overrun(found, totals),
        "ledger": [_line(one) for one in newest[:LEDGER]],
        "ledger_number": standing.count(),
    }


def overrun(found: Project, totals: dict[tuple[str, str], Decimal]) -> Decimal | None:
    """How much more was contracted or paid than promised, in per cent of the promise; None where that cannot be told."""
    if not found.promised_amount:
        return None
    sums = [totals.get((stage, found.promised_currency)) for stage in ("paid", "committed")]
    largest = max((one for one in sums if one is not None), default=None)
    if largest is None or largest <= found.promised_amount:
        return None
    more: Decimal = (largest / found.promised_amount - 1) * 100
    return more


def _spans(found: Project) -> list[Span]:
    return [
        Span(_("Start"), found.promised_start, found.planned_start, found.actual_start),
        Span(_("End"), found.promised_end, found.planned_end, found.actual_end),
    ]


def _contracts(found: Project) -> Sequence[Contract]:
    changes = Prefetch("changes", ContractChange.objects.order_by("on", "pk"))
    return list(
        Contract.objects.filter(project=found).select_related("supplier").prefetch_related(changes).order_by("signed_on", "pk")
    )


def _ledger(found: Project, contracts: Sequence[int]) -> Any:
    """All rows of the ledger that have to do with the project, its contracts or its repairs."""
    repairs = Repair.objects.filter(Q(project=found) | Q(project=None, contract__in=contracts)).values("pk")
    return Money.objects.filter(Q(project=found) | Q(contract__in=contracts) | Q(repair__in=repairs))


def _line(one: Money) -> dict[str, Any]:
    return {
        "on": one.on,
        "year": one.fiscal_year or (one.starts.year if one.starts else ""),
        "title": one.title or one.fund,
        "stage": str(SERIES[one.stage]),
        "amount": one.amount,
        "currency": one.currency,
    }


def _contract(one: Contract) -> dict[str, Any]:
    changes = [_change(change) for change in one.changes.all()]
    now = value_now(one, one.changes.all())
    return {
        "number": one.number or one.local_id,
        "title": in_language(one.title),
        "method": one.get_method_display(),
        "tenderers": one.tenderers,
        "status": one.get_status_display(),
        "supplier": firm(one.supplier.pk, one.supplier.legal_name) if one.supplier else None,
        "value": one.value,
        "now": now if now != one.value else None,
        "currency": one.currency,
        "signed_on": one.signed_on,
        "start": one.start,
        "end": one.end,
        "warranty_until": one.warranty_until,
        "changes": changes,
    }


def _change(one: ContractChange) -> Change:
    grown = one.new_value - one.old_value if one.new_value is not None and one.old_value is not None else None
    return Change(one.on, str(ChangeKind(one.kind).label), one.rationale, grown, one.currency, one.new_end)


def _parties(found: Project) -> list[tuple[str, Any]]:
    rows = ProjectParty.objects.filter(project=found).select_related("organisation").order_by("role", "organisation__legal_name")
    roles = dict(PartyRole.choices)
    return [(str(capfirst(str(roles.get(one.role, one.role)))), one.organisation) for one in rows]


def _where(found: Project, contracts: Sequence[Contract]) -> dict[str, Any]:
    """Places and scope. A place of which only the district was named is drawn as that district, and said to be no exact place."""
    places = ProjectPlace.objects.filter(project=found)
    names = list(places.filter(kind="named").order_by("number").values_list("name", flat=True))
    progress = of_project(found.status)
    exact, whole = on_map.places(places.exclude(kind="named"), progress), on_map.places(places.filter(kind="named"), progress)
    drawn = exact or whole  # a whole district beside exact places would hide what is known
    return {
        "named": names,
        "picture": on_map.picture(drawn, _("Where the project is"), on_map.where_words([] if exact else names), close=True),
        "scope": scope_of(found, [one.shape for one in exact], len(exact) + len(names), len(names), contracts),
    }
