"""The desk of a district service: its queue, one appeal, and what a clerk does to it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Crew, Department, Role
from accounts.permissions import StaffRequest, staff_required
from gis_data.models import Boundary
from issues import answers, duplicates, public_id, states
from issues.errors import Invalid, status_of
from issues.models import Appeal, Category
from issues.views import desk_queue, desk_routing, pin_works
from issues.views.appeal_story import with_turns
from issues.views.desk_actions import ACTIONS
from issues.views.desk_link_rows import of_report
from issues.views.staff_parts import error_list, map_features, staff_map

READERS = (Role.CLERK, Role.DISPATCHER, Role.HEAD, Role.ADMIN)
DOERS = (Role.CLERK, Role.DISPATCHER, Role.ADMIN)


@require_GET
@staff_required(*READERS)
def desk(request: StaffRequest) -> HttpResponse:
    """The queue as a list beside a map of the same rows."""
    try:
        wanted = desk_queue.parse(request.GET.dict())
    except Invalid as refused:
        return render(request, "issues/desk_refused.html", {"errors": refused.errors}, status=400)
    now = timezone.now()
    mine = Appeal.objects.visible_to(request.user)
    found = list(desk_queue.rows(mine, wanted, now))
    shown = found[: desk_queue.PAGE]
    following = ""
    if len(found) > desk_queue.PAGE:
        following = wanted.address(after=(shown[-1].sort_at, shown[-1].id))  # type: ignore[attr-defined]  # annotated by rows()
    context = {
        "wanted": wanted,
        "tabs": _tabs(mine, wanted, now),
        "appeals": shown,
        "next_address": following,
        "first_address": wanted.address(after=None) if wanted.after else "",
        "now": now,
        "map": staff_map(map_features(shown, now)),
        "categories": Category.objects.only("code", "names"),
        "departments": Department.objects.filter(active=True).order_by("code"),
        "districts": Boundary.objects.on(timezone.localdate())
        .filter(boundary_set__is_district=True)
        .only("code", "names")
        .order_by("code"),
    }
    return render(request, "issues/desk.html", context)


@require_GET
@staff_required(*READERS)
def desk_appeal(request: StaffRequest, reference: str) -> HttpResponse:
    """One appeal with everything its service may know, and the moves that are allowed now."""
    return _page(request, _visible(request, reference))


@require_POST
@staff_required(*DOERS)
def desk_action(request: StaffRequest, reference: str, action: str) -> HttpResponse:
    """Do one thing to an appeal; a refusal comes back as a sentence on the same page, nothing typed is lost."""
    appeal = _visible(request, reference)
    act = ACTIONS.get(action)
    if act is None:
        raise Http404
    try:
        sentence = act(appeal, request.user, request.POST.dict())
    except states.NotAllowed as refused:
        return _page(request, _visible(request, reference), {"action": str(refused)}, status=status_of(refused))
    except Invalid as refused:
        return _page(request, appeal, refused.errors, tried=action, status=status_of(refused))
    messages.success(request, sentence)
    if Appeal.objects.visible_to(request.user).filter(pk=appeal.pk).exists():
        return redirect("desk-appeal", appeal.public_id)
    return redirect("desk")


def _visible(request: StaffRequest, reference: str) -> Appeal:
    """The appeal, if this user may see it; the same 404 for "not there" and "not yours"."""
    found = public_id.parse(reference)
    appeal = (
        Appeal.objects.visible_to(request.user)
        .select_related("category", "department", "district", "parent", "reporter")
        .defer("district__geometry")
        .filter(public_id=found or "")
        .first()
    )
    if appeal is None:
        raise Http404
    return appeal


def _page(
    request: StaffRequest,
    appeal: Appeal,
    errors: dict[str, Any] | None = None,
    tried: str = "",
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    verbs = {move.verb for move in states.allowed(appeal.state)}
    can_act = request.staff.has(*DOERS)
    may_refuse = can_act and appeal.department is not None and "refuse" in verbs
    context = {
        **desk_routing.shown(appeal, request.user, may_refuse=may_refuse),
        "appeal": appeal,
        "reporter": getattr(appeal, "reporter", None),
        "events": with_turns(appeal.events.select_related("actor")).order_by("at", "id"),
        "photos": appeal.photos.order_by("id"),
        "tasks": appeal.tasks.select_related("crew").order_by("-id"),
        "verbs": verbs,
        "crews": Crew.objects.filter(department=appeal.department_id, active=True).order_by("code"),
        "departments": Department.objects.filter(active=True).order_by("code"),
        "nearby": _nearby(appeal),
        "works": pin_works.of_appeal(appeal),
        "links": of_report(appeal.pk),
        "map": staff_map(map_features([appeal], now)),
        "answers": answers.in_words(appeal.category.questions, appeal.answers),
        "can_act": can_act,
        "may_refuse": may_refuse,
        "may_release": request.staff.has(Role.DISPATCHER),
        "errors": errors or {},
        "error_list": error_list(errors or {}, tried),
        "tried": tried,
        "typed": request.POST,
        "today": timezone.localdate(),
        "now": now,
    }
    return render(request, "issues/desk_appeal.html", context, status=status)


def _nearby(appeal: Appeal) -> list[duplicates.NearbyAppeal]:
    if appeal.point is None:
        return []
    found = duplicates.near(appeal.point.x, appeal.point.y, appeal.category.code)
    return [other for other in found if other.public_id != appeal.public_id]


def _tabs(mine: Any, wanted: desk_queue.QueueFilter, now: Any) -> list[dict[str, Any]]:
    counts = desk_queue.tab_counts(mine, wanted, now)
    return [
        {
            "code": tab,
            "title": title,
            "count": counts.get(tab, ""),
            "address": wanted.address(tab=tab, after=None, reference=""),
            "current": tab == wanted.tab,
        }
        for tab, title in desk_queue.TABS.items()
    ]
