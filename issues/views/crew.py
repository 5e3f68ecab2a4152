"""What a crew does today: its visits in order, and start, done, could not for each."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Role
from accounts.permissions import StaffRequest, staff_required
from issues import answers, photos, states, tasks
from issues.errors import Invalid, status_of
from issues.models import Photo, Task
from issues.views.staff_parts import error_list, map_features, place_in_words, staff_map

#: A day of a crew is a list a person can work through; the rest is shown as a number.
SHOWN = 200
PHOTOS_A_VISIT = 3


@require_GET
@staff_required(Role.CREW)
def crew(request: StaffRequest) -> HttpResponse:
    """Open visits up to today in driving order, then what was finished today."""
    today = timezone.localdate()
    mine = tasks.of_member(request.user).select_related("appeal__category", "crew")
    waiting = mine.filter(state__in=["planned", "started"], day__lte=today)
    visits = list(waiting.order_by("day", "position", "id")[:SHOWN])
    finished = mine.filter(finished_at__date=today).order_by("-finished_at")[:SHOWN]
    later = mine.filter(state="planned", day__gt=today).order_by("day", "position", "id")[:SHOWN]
    context = {
        "today": today,
        "visits": visits,
        "finished": finished,
        "later": later,
        "map": staff_map(map_features([task.appeal for task in visits], timezone.now(), _task_addresses(visits))),
        "now": timezone.now(),
    }
    return render(request, "issues/crew.html", context)


@require_GET
@staff_required(Role.CREW)
def crew_task(request: StaffRequest, task: int) -> HttpResponse:
    """One visit: where, what, what the resident wrote, and the moves that are allowed now."""
    return _page(request, _mine(request, task))


@require_POST
@staff_required(Role.CREW)
def crew_action(request: StaffRequest, task: int, action: str) -> HttpResponse:
    """Start, done (with photos) or could not; refused input comes back on the same page with what was typed."""
    visit = _mine(request, task)
    try:
        sentence = _act(request, visit, action)
    except states.NotAllowed as refused:
        return _page(request, _mine(request, task), {"action": str(refused)}, status=status_of(refused))
    except photos.PhotoRefused as refused:
        return _page(request, visit, {"photo": str(refused)}, tried=action, status=status_of(refused))
    except Invalid as refused:
        return _page(request, visit, refused.errors, tried=action, status=status_of(refused))
    messages.success(request, sentence)
    return redirect("crew-task" if action == "start" else "crew", *([visit.pk] if action == "start" else []))


def _act(request: StaffRequest, visit: Task, action: str) -> str:
    note = request.POST.get("note", "")
    match action:
        case "start":
            tasks.start(visit, request.user)
            return _("Started. The resident sees that work is going on.")
        case "done":
            tasks.done(visit, request.user, note, _stored_photos(request))
            return _("Done. The resident is told.")
        case "could_not":
            tasks.could_not(visit, request.user, note)
            return _("Noted. The desk plans it again.")
    raise Http404


def _stored_photos(request: StaffRequest) -> list[Photo]:
    """Re-encode before any transaction begins: a bad photo must not undo the visit's report."""
    raw = request.FILES.getlist("photo")
    if len(raw) > PHOTOS_A_VISIT:
        raise Invalid({"photo": _("Send at most %(number)d photos.") % {"number": PHOTOS_A_VISIT}})
    return [photos.store_unattached(encoded) for encoded in [photos.reencode(one) for one in raw]]


def _mine(request: StaffRequest, number: int) -> Task:
    found: QuerySet[Task] = tasks.of_member(request.user).filter(pk=number)
    visit = found.select_related("appeal__category", "appeal__department", "crew").first()
    if visit is None:
        raise Http404
    return visit


def _page(
    request: StaffRequest, visit: Task, errors: dict[str, Any] | None = None, tried: str = "", status: int = 200
) -> HttpResponse:
    now = timezone.now()
    context = {
        "task": visit,
        "appeal": visit.appeal,
        "photos": visit.appeal.photos.order_by("id"),
        "map": staff_map(map_features([visit.appeal], now, _task_addresses([visit]))),
        "place": place_in_words(visit.appeal),
        "answers": answers.in_words(visit.appeal.category.questions, visit.appeal.answers),
        "errors": errors or {},
        "error_list": error_list(errors or {}, tried),
        "tried": tried,
        "typed": request.POST,
        "now": now,
    }
    return render(request, "issues/crew_task.html", context, status=status)


def _task_addresses(visits: list[Task]) -> dict[int, str]:
    return {visit.appeal_id: reverse("crew-task", args=[visit.pk]) for visit in visits}
