"""Putting a draft of rules into force from a day on: what is wrong with it, what trying it showed, and the decision."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Role
from accounts.permissions import StaffRequest, staff_required
from issues import jobs
from issues.errors import Invalid
from issues.models import ReplayState, RuleSet, RuleSetState
from issues.views.rule_form import LAST_YEAR
from issues.views.workshop_parts import TooLate, counted, locked_draft, reading, the_set, title_of, too_late
from issues.views.workshop_replays import result_of


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Role.DISPATCHER)
def workshop_publish(request: StaffRequest, rule_set: int) -> HttpResponse:
    """Ask from which day on, and publish."""
    try:
        if request.method != "POST":
            return _page(request, _still_a_draft(the_set(rule_set)))
        with transaction.atomic():
            day = _publish(locked_draft(rule_set), request)
    except TooLate as late:
        return too_late(request, late, reverse("workshop-rules", args=[rule_set]))
    except Invalid as refused:
        return _page(request, the_set(rule_set), refused.errors, status=422)
    words = {"day": date_format(day)}
    messages.success(request, _("Published: these rules decide from %(day)s on.") % words)
    return redirect("workshop-rules", rule_set)


def _still_a_draft(rule_set: RuleSet) -> RuleSet:
    if rule_set.state != RuleSetState.DRAFT:
        raise TooLate(_("These rules are published already."))
    return rule_set


def _publish(draft: RuleSet, request: StaffRequest) -> dt.date:
    """Publish the locked draft; raises `Invalid` for a bad day and for rules that are errors."""
    day = _day(request.POST.get("day", ""))
    if counted(reading(draft).problems)["errors"]:
        raise Invalid({"rules": _("Some of these rules can never do their work. Correct or delete them first.")})
    jobs.publish_rules(draft, day, moves_open=bool(request.POST.get("moves_open")))
    return day


def _day(text: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise Invalid({"day": _("Choose a day, for example 2026-05-14.")}) from None
    if not timezone.localdate() <= day or day.year > LAST_YEAR:
        raise Invalid({"day": _("Choose today or a later day: what was decided in the past stays.")})
    return day


def _page(request: StaffRequest, rule_set: RuleSet, errors: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    faults = errors or {}
    read = reading(rule_set)
    replay = rule_set.replays.order_by("-pk").first()
    today = timezone.localdate()
    sent = request.method == "POST"
    context = {
        "rule_set": rule_set,
        "title": title_of(rule_set),
        "number_of_rules": len(read.rules),
        "counted": counted(read.problems),
        "replay": replay,
        "headline": result_of(replay.result).headline if replay and replay.state == ReplayState.DONE else "",
        "today": today,
        "day": request.POST.get("day", "")[:20] if sent else (today + dt.timedelta(days=1)).isoformat(),
        "moves_open": bool(request.POST.get("moves_open")) if sent else rule_set.moves_open,
        "errors": faults,
        "error_list": [{"href": f"#id_{name}" if name == "day" else "", "text": text} for name, text in faults.items()],
    }
    return render(request, "issues/workshop_publish.html", context, status=status)
