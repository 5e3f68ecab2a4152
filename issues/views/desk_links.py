"""The desk's links between reports and works: what is proposed, with a small map, and what staff say of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import StaffRequest, staff_required
from issues import links, links_closing, states
from issues.errors import status_of
from issues.models import Link, LinkState
from issues.views.desk import DOERS, READERS
from issues.views.desk_link_rows import row_of, title_of
from works.models import ProjectPlace

PAGE: Final = 20
_AFTER: Final = re.compile(r"([0-9]{1,3})_([0-9]{1,18})")
_VERDICTS: Final = {"confirm": LinkState.CONFIRMED, "refuse": LinkState.REFUSED}
#: A finished repair with open reports is offered on top of the list; more than these nobody reads.
_OFFERED: Final = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for; ``after`` is (score, id) of the last row shown."""

    state: str
    after: tuple[int, int] | None

    def address(self, after: Link | None = None) -> str:
        pairs = {"state": self.state, "after": f"{after.score}_{after.pk}" if after else ""}
        return "?" + urlencode({name: value for name, value in pairs.items() if value})


@require_GET
@staff_required(*READERS)
def links_page(request: StaffRequest) -> HttpResponse:
    """Proposed, confirmed or refused links of the reports this person may see, the likeliest first."""
    return _page(request)


@require_POST
@staff_required(*DOERS)
def link_decide(request: StaffRequest, link: int, verdict: str) -> HttpResponse:
    """Confirm or refuse a link; back to the page it was asked on. A click that came too late is a sentence there."""
    found = links.of_staff(request.user).select_related("appeal").filter(pk=link).first()
    if found is None or verdict not in _VERDICTS:
        raise Http404
    try:
        links.decide(found, request.user, _VERDICTS[verdict])
    except states.NotAllowed as refused:
        return _page(request, str(refused), status=status_of(refused))
    done = {"confirm": _("Confirmed: the link is public now."), "refuse": _("Refused: the link is not shown.")}
    messages.success(request, done[verdict])
    if request.POST.get("to") == "report":
        return redirect("desk-appeal", found.appeal.public_id)
    return redirect("desk-links")


def _page(request: StaffRequest, error: str = "", status: int = 200) -> HttpResponse:
    wanted = _wanted(request)
    if wanted is None:
        errors = {"after": _("There is no such page of the list.")}
        return render(request, "issues/desk_refused.html", {"errors": errors}, status=400)
    found = list(_rows(links.of_staff(request.user), wanted))
    rows = found[:PAGE]
    context = {
        "rows": [row_of(link, with_sketch=True) for link in rows],
        "wanted": wanted,
        "tabs": [
            {"title": state.label, "href": Wanted(state, None).address(), "current": state == wanted.state} for state in LinkState
        ],
        "next_address": wanted.address(rows[-1]) if len(found) > PAGE else "",
        "first_address": wanted.address() if wanted.after else "",
        "offers": [{"id": one.pk, "title": title_of(one)} for one in links_closing.waiting(request.user)[:_OFFERED]],
        "can_act": request.staff.has(*DOERS),
        "error_list": [{"text": error, "href": ""}] if error else [],
    }
    return render(request, "issues/desk_links.html", context, status=status)


def _wanted(request: StaffRequest) -> Wanted | None:
    state, after = request.GET.get("state", LinkState.PROPOSED.value), request.GET.get("after", "")
    key = _AFTER.fullmatch(after)
    if state not in LinkState.values or (after and key is None):
        return None
    return Wanted(state, (int(key[1]), int(key[2])) if key else None)


def _rows(mine: QuerySet[Link], wanted: Wanted) -> QuerySet[Link]:
    places = Prefetch("project__places", ProjectPlace.objects.exclude(kind="named"))
    chosen = mine.filter(state=wanted.state).select_related("appeal__category", "repair", "project").prefetch_related(places)
    chosen = chosen.defer("project__geometry", "project__geometry_3857", "repair__geometry_3857")  # places are drawn
    if wanted.after:
        score, number = wanted.after
        chosen = chosen.filter(Q(score__lt=score) | Q(score=score, id__lt=number))
    return chosen.order_by("-score", "-id")[: PAGE + 1]
