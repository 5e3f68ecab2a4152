"""A draft of boundaries: what came, what is wrong with it, what it would change; then try, publish, withdraw it or throw it away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Role
from accounts.permissions import StaffRequest, staff_required
from gis_data.draft_checks import check_draft, mistake_in_words
from gis_data.draft_columns import languages
from gis_data.drafts import DraftClosed, DraftProblem, WithdrawalRefused, choose_columns, throw_away, withdraw_draft
from gis_data.models import BoundaryDraft, DraftState
from gis_data.versions import next_change
from issues.errors import Invalid
from issues.jobs import publish_boundaries
from issues.models import Replay
from issues.views.boundary_changes import changes_of
from issues.views.boundary_parts import MOST_LISTED, flaw_rows, named_by
from issues.views.workshop_rules import SPAN_WORDS, SPANS, months_before
from notifications import outbox

PREVIEW_ROWS: Final = 5
MOST_REPAIRED: Final = 50


@require_GET
@staff_required(Role.DISPATCHER)
def boundary_draft(request: StaffRequest, draft: int) -> HttpResponse:
    """The draft with everything worth knowing before it is published."""
    return _page(request, _the_draft(draft))


@require_POST
@staff_required(Role.DISPATCHER)
def boundary_draft_do(request: StaffRequest, draft: int, action: str) -> HttpResponse:
    """Do one thing to a draft; a refusal is said on the same page."""
    act = _ACTIONS.get(action)
    if act is None:
        raise Http404
    found = _the_draft(draft)
    try:
        return act(request, found)
    except (DraftClosed, WithdrawalRefused) as late:
        return _page(request, _the_draft(draft), {"action": str(late)}, status=409)
    except DraftProblem as problem:
        return _page(request, found, {"action": str(problem)}, status=422)
    except Invalid as refused:
        return _page(request, found, refused.errors, status=422)


def _columns(request: StaffRequest, draft: BoundaryDraft) -> HttpResponse:
    chosen = {language: request.POST.get(f"name_{language}", "") for language in languages()}
    choose_columns(draft, request.POST.get("code_column", ""), {language: one for language, one in chosen.items() if one})
    messages.success(request, _("Saved."))
    return redirect("boundary-draft", draft.pk)


def _try(request: StaffRequest, draft: BoundaryDraft) -> HttpResponse:
    chosen = request.POST.get("span", "")
    if chosen not in SPANS:
        raise Invalid({"span": _("Choose how far back to look.")})
    if draft.state != DraftState.DRAFT:
        raise DraftClosed
    months = SPANS[chosen]
    since = None if months is None else months_before(timezone.localdate(), months)
    with transaction.atomic():
        replay = Replay.objects.create(boundary_draft=draft, since=since, created_by=request.user)
        outbox.put("routing-replay", f"routing-replay:{replay.pk}", {"replay": replay.pk})
    return redirect("replay", replay.pk)


def _publish(request: StaffRequest, draft: BoundaryDraft) -> HttpResponse:
    try:
        day = dt.date.fromisoformat(request.POST.get("day", ""))
    except ValueError:
        raise Invalid({"day": _("Choose a day, for example 2026-05-14.")}) from None
    publish_boundaries(draft, day, moves_open=request.POST.get("moves_open") == "yes")
    messages.success(request, _("Published: these boundaries are in force from %(day)s.") % {"day": date_format(day)})
    return redirect("boundary-draft", draft.pk)


def _withdraw(request: StaffRequest, draft: BoundaryDraft) -> HttpResponse:
    withdraw_draft(draft)
    messages.success(request, _("Withdrawn: these boundaries are a draft again."))
    return redirect("boundary-draft", draft.pk)


def _drop(request: StaffRequest, draft: BoundaryDraft) -> HttpResponse:
    throw_away(draft)
    messages.success(request, _("The draft “%(title)s” was thrown away.") % {"title": draft.title})
    return redirect("boundary-set", draft.boundary_set.code)


_ACTIONS: Final[dict[str, Callable[[StaffRequest, BoundaryDraft], HttpResponse]]] = {
    "columns": _columns,
    "try": _try,
    "publish": _publish,
    "withdraw": _withdraw,
    "drop": _drop,
}


def _the_draft(number: int) -> BoundaryDraft:
    return get_object_or_404(BoundaryDraft.objects.select_related("boundary_set"), pk=number)


def _page(request: StaffRequest, draft: BoundaryDraft, errors: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    today = timezone.localdate()
    published = draft.state == DraftState.PUBLISHED
    # What a published draft changed is what was in force before its day.
    day = draft.valid_from - dt.timedelta(days=1) if published and draft.valid_from else today
    checks = check_draft(draft, day, {} if published else named_by(draft.boundary_set))
    names = {code: area.names for code, area in checks.areas.items()}
    shapes = {code: area.geometry for code, area in checks.areas.items()}
    repaired = [(area, mistake_in_words(area.repaired)) for area in checks.areas.values() if area.repaired]
    typed = request.POST if errors else {}
    context = {
        "draft": draft,
        "group": draft.boundary_set,
        "published": published,
        "to_come": published and draft.valid_from is not None and draft.valid_from > today,
        "day": day,
        "checks": checks,
        "flaws": flaw_rows(checks.flaws, shapes, names),
        "more_flaws": len(checks.flaws) > MOST_LISTED,
        "changes": None if checks.stopped or not checks.compared else changes_of(draft.boundary_set, checks.areas, day),
        "repaired": repaired[:MOST_REPAIRED],
        "number_repaired": len(repaired),
        "columns": _column_choices(draft),
        "preview": _preview(draft),
        "spans": SPAN_WORDS.items(),
        "replay": draft.replays.order_by("-pk").first(),
        "next_change": next_change(draft.boundary_set, today),
        "tomorrow": today + dt.timedelta(days=1),
        "today": today,
        "typed": typed,
        "errors": errors or {},
        "error_list": [_error(name, text) for name, text in (errors or {}).items()],
    }
    return render(request, "issues/boundary_draft.html", context, status=status)


def _error(field: str, text: str) -> dict[str, str]:
    return {"href": "" if field == "action" else f"#id_{field}", "text": text}


def _column_choices(draft: BoundaryDraft) -> list[dict[str, Any]]:
    """The selects: one for the codes, one for the names in each language of the city."""
    code = {"name": "code_column", "language": "", "chosen": draft.code_column}
    names = [
        {"name": f"name_{language}", "language": language, "chosen": draft.name_columns.get(language, "")}
        for language in languages()
    ]
    return [code, *names]


def _preview(draft: BoundaryDraft) -> list[tuple[int, list[str]]]:
    """The first rows as the file has them, in the order of its columns."""
    rows = draft.areas.order_by("row").values_list("row", "properties")[:PREVIEW_ROWS]
    return [(row, [properties.get(column, "") for column in draft.columns]) for row, properties in rows]
