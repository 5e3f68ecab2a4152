"""The routing workshop: which rules and boundaries decide, what is being prepared, and what moved because of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, F, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.areas import left_behind
from accounts.models import Role
from accounts.permissions import StaffRequest, staff_required
from gis_data.models import BoundarySet, DraftState
from issues.jobs import ask_for_facts
from issues.models import Appeal, AppealFacts, RerouteBatch, RuleSet, RuleSetState
from issues.views.workshop_parts import address_of
from notifications.models import OutboxMessage

LAST_BATCHES = 10


@require_GET
@staff_required(Role.DISPATCHER)
def workshop(request: StaffRequest) -> HttpResponse:
    """The home of the workshop."""
    today = timezone.localdate()
    rule_sets = RuleSet.objects.annotate(number_of_rules=Count("rules"))
    published = rule_sets.filter(state=RuleSetState.PUBLISHED)
    context = {
        "in_force": published.filter(valid__contains=today).first(),
        "scheduled": published.filter(valid__startswith__gt=today).order_by("valid"),
        "earlier": published.filter(valid__endswith__lte=today).order_by("-valid")[:LAST_BATCHES],
        "drafts": rule_sets.filter(state=RuleSetState.DRAFT).order_by("-pk"),
        "sets": _sets(),
        "left_behind": left_behind(today),
        "new_set": address_of("boundary-set-new"),
        "batches": RerouteBatch.objects.select_related("rule_set", "boundary_draft", "actor")
        .annotate(number_of_moves=Count("moves"))
        .order_by("-pk")[:LAST_BATCHES],
        "without_facts": Appeal.objects.count() - AppealFacts.objects.count(),
        "reading": _being_read(),
    }
    return render(request, "issues/workshop.html", context)


@require_POST
@staff_required(Role.DISPATCHER)
def workshop_facts(request: StaffRequest) -> HttpResponse:
    """Have the ground read at the pins of reports that were never decided here."""
    if _being_read():
        messages.warning(request, _("The ground is being read already."))
    else:
        ask_for_facts()
        messages.success(request, _("The ground is being read. This takes a few minutes for very many reports."))
    return redirect("workshop")


def _being_read() -> bool:
    return OutboxMessage.objects.filter(kind="routing-facts", done_at=None, dead_at=None).exists()


def _sets() -> list[dict[str, Any]]:
    """Boundary sets with the numbers that tell how they are. One query, and one for the days to come."""
    today = timezone.localdate()
    now = Q(boundaries__valid__contains=today)
    rows = BoundarySet.objects.annotate(
        areas=Count("boundaries", filter=now, distinct=True),
        number_of_flaws=Count("flaws", distinct=True),
        number_of_drafts=Count("drafts", filter=Q(drafts__state=DraftState.DRAFT), distinct=True),
    )
    to_come: dict[int, list[Any]] = {}
    days = BoundarySet.objects.filter(boundaries__valid__startswith__gt=today).annotate(day=F("boundaries__valid__startswith"))
    for pk, day in days.values_list("pk", "day").distinct().order_by("day"):
        to_come.setdefault(pk, []).append(day)
    return [
        {"row": row, "days": to_come.get(row.pk, []), "address": address_of("boundary-set", row.code)}
        for row in rows.order_by("-is_district", "code")
    ]
