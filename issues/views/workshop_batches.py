"""A batch of reports that moved together, and the way back."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.models import Department, Role
from accounts.permissions import StaffRequest, staff_required
from issues import moves
from issues.errors import Refused, status_of
from issues.models import Appeal, RerouteBatch
from issues.states import NotAllowed
from issues.views.workshop_parts import title_of

MOST_LISTED: Final = 200


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Role.DISPATCHER)
def batch(request: StaffRequest, batch: int) -> HttpResponse:
    """What moved, from whom to whom and because of what; a POST sends it back."""
    found = (
        RerouteBatch.objects.select_related("rule_set", "boundary_draft__boundary_set", "actor", "undone_by")
        .filter(pk=batch)
        .first()
    )
    if found is None:
        raise Http404
    if request.method != "POST":
        return _page(request, found)
    try:
        undone = moves.undo(found, request.user)
    except (Refused, NotAllowed) as refused:
        found.refresh_from_db()
        return _page(request, found, str(refused), status=status_of(refused))
    messages.success(request, _sentence(undone))
    return redirect("batch", found.pk)


def _sentence(undone: moves.Undone) -> str:
    sentence = ngettext("%(count)d report went back.", "%(count)d reports went back.", undone.moved_back)
    words = sentence % {"count": undone.moved_back}
    if undone.left:
        left = ngettext(
            "%(count)d stays where it is, because people have worked on it since.",
            "%(count)d stay where they are, because people have worked on them since.",
            undone.left,
        )
        words = f"{words} {left % {'count': undone.left}}"
    return words


def _page(request: StaffRequest, found: RerouteBatch, refused: str = "", status: int = 200) -> HttpResponse:
    counted = (
        found.moves.order_by().values("before", "after").annotate(count=Count("pk"), back=Count("undone")).order_by("-count")
    )
    rows = list(counted)
    names = {one.pk: str(one) for one in Department.objects.all()}
    shown = found.moves.filter(appeal__in=Appeal.objects.visible_to(request.user))
    total = sum(row["count"] for row in rows)
    listed = list(shown.select_related("appeal__category", "before", "after").order_by("pk")[:MOST_LISTED])
    context: dict[str, Any] = {
        "batch": found,
        "because": title_of(found.rule_set) if found.rule_set else str(found.boundary_draft or ""),
        "pairs": [row | {"from": names.get(row["before"], ""), "to": names.get(row["after"], "")} for row in rows],
        "total": total,
        "back": sum(row["back"] for row in rows),
        "listed": listed,
        "more": total - len(listed),
        "error_list": [{"text": refused}] if refused else [],
    }
    return render(request, "issues/workshop_batch.html", context, status=status)
