"""The desk's page of a repair with linked reports: note that it is finished, and close what it answered."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import StaffRequest, staff_required
from gis_data import city_time
from issues import links, links_closing, states
from issues.errors import Invalid, status_of
from issues.views.desk import DOERS, READERS
from issues.views.desk_link_rows import title_of
from issues.views.pin_works import address
from issues.views.staff_parts import error_list
from works.models import Repair


@require_GET
@staff_required(*READERS)
def desk_repair(request: StaffRequest, repair: int) -> HttpResponse:
    """The repair, its confirmed reports, and what can be done; 404 where none of this person's reports is linked with it."""
    return _page(request, _linked(request, repair))


@require_POST
@staff_required(*DOERS)
def desk_repair_do(request: StaffRequest, repair: int, action: str) -> HttpResponse:
    """``finish`` (with ``day``, and ``began`` where it is known) or ``close`` (``report`` many, ``text``); a refusal is a sentence on the same page."""
    row = _linked(request, repair)
    try:
        sentence = _act(request, row, action)
    except states.NotAllowed as refused:
        return _page(request, _linked(request, repair), {"action": str(refused)}, status=status_of(refused))
    except Invalid as refused:
        return _page(request, row, refused.errors, tried=action, status=status_of(refused))
    messages.success(request, sentence)
    return redirect("desk-repair", row.pk)


def _act(request: StaffRequest, row: Repair, action: str) -> str:
    if action == "finish":
        links_closing.finish(row, _day(request, "day"), _day(request, "began") if request.POST.get("began") else None)
        return _("Saved as finished. Look now which reports it answered.")
    if action != "close":
        raise Http404
    chosen = [int(one) for one in request.POST.getlist("report")[:1000] if one.isascii() and one.isdigit() and len(one) < 19]
    closed = links_closing.close(request.user, row, chosen, request.POST.get("text", ""))
    count = ngettext(
        "%(count)d report closed; whoever sent it is told.",
        "%(count)d reports closed; those who sent them are told.",
        closed.count,
    )
    sentence = count % {"count": closed.count}
    if closed.left:
        left = _("Left open, because a crew has begun or somebody was quicker: %(references)s.")
        sentence += " " + left % {"references": ", ".join(closed.left)}
    return sentence


def _day(request: StaffRequest, name: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(request.POST.get(name, ""))
    except ValueError:
        raise Invalid({name: _("Choose a day, for example 2026-05-14.")}) from None
    if day.year < 1900:
        raise Invalid({name: _("Choose a day, for example 2026-05-14.")})
    return day


def _linked(request: StaffRequest, repair: int) -> Repair:
    mine = links.of_staff(request.user).confirmed().filter(repair=repair)
    row = Repair.objects.select_related("contract", "contractor").filter(pk__in=mine.values("repair")).first()
    if row is None:
        raise Http404
    return row


def _page(
    request: StaffRequest, row: Repair, errors: dict[str, str] | None = None, tried: str = "", status: int = 200
) -> HttpResponse:
    reports = list(links_closing.appeals_for_staff(request.user, row))
    context: dict[str, Any] = {
        "repair": row,
        "title": title_of(row),
        "href": address("repair", row.public_id),
        "reports": reports,
        "still_open": any(one.state in states.OPEN for one in reports),
        "text": request.POST.get("text", "") if tried == "close" else _words(row),
        "day": request.POST.get("day", "") if tried == "finish" else city_time.today().isoformat(),
        "began": request.POST.get("began", "") if tried == "finish" else _known_start(row),
        "today": city_time.today(),
        "open_states": states.OPEN,
        "can_act": request.staff.has(*DOERS),
        "errors": errors or {},
        "error_list": error_list(errors or {}, tried),
        "tried": tried,
    }
    return render(request, "issues/desk_repair.html", context, status=status)


def _known_start(row: Repair) -> str:
    """The day on which works under way began; a planned one is only a plan."""
    return row.started_on.isoformat() if row.started_on and row.status == "running" else ""


def _words(row: Repair) -> str:
    """A first draft of the public words."""
    if row.finished_on is None:
        return _("Repaired: %(repair)s.") % {"repair": title_of(row)}
    day = date_format(row.finished_on, "DATE_FORMAT")
    return _("Repaired: %(repair)s, finished on %(day)s.") % {"repair": title_of(row), "day": day}
