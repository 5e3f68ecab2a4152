"""Two pages about what was sent: the demo inbox, and the outbox for administrators.

This app knows no user: who may enter the outbox page is decided where the addresses are listed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from notifications import outbox as box
from notifications.autolink import Piece, pieces
from notifications.models import DemoLetter, OutboxMessage

PAGE: Final = 30
LATE: Final = timedelta(minutes=1)
LARGEST_ID: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ShownLetter:
    """A letter as the demo inbox shows it."""

    recipient: str
    subject: str
    at: datetime
    body: list[Piece]


@require_safe
@never_cache
def demo_inbox(request: HttpRequest) -> HttpResponse:
    """What the demo would have sent, newest first; ``?to=`` one person's, ``?before=`` an id for the next page."""
    if not settings.DEMO_MODE:
        raise Http404
    to = request.GET.get("to", "").strip().lower()[:254].replace("\x00", "")
    letters = DemoLetter.objects.filter(id__lt=_before(request))
    if to:
        letters = letters.filter(recipient=to)
    rows = list(letters.order_by("-id")[: PAGE + 1])
    return render(
        request,
        "notifications/demo_inbox.html",
        {
            "to": to,
            "recipients": _recipients(to),
            "letters": [
                ShownLetter(row.recipient, row.subject, row.created_at, pieces(row.body, settings.PUBLIC_URL))
                for row in rows[:PAGE]
            ],
            "older": _older("demo-inbox", rows, {"to": to} if to else {}),
            "first": reverse("demo-inbox") if "before" in request.GET else "",
        },
    )


@require_safe
@never_cache
def outbox(request: HttpRequest) -> HttpResponse:
    """How far behind the outbox is, what is late, and what was given up."""
    waiting = OutboxMessage.objects.filter(done_at__isnull=True, dead_at__isnull=True)
    late = waiting.filter(available_at__lt=timezone.now() - LATE).order_by("available_at", "id")[:PAGE]
    tried = waiting.filter(available_at__gt=timezone.now(), attempts__gt=0).order_by("available_at", "id")[:PAGE]
    dead = list(OutboxMessage.objects.filter(dead_at__isnull=False, id__lt=_before(request)).order_by("-id")[: PAGE + 1])
    context = {
        "lag": box.lag(),
        "late": late,
        "tried": tried,
        "dead": dead[:PAGE],
        "older": _older("desk-outbox", dead, {}),
        "first": reverse("desk-outbox") if "before" in request.GET else "",
    }
    return render(request, "notifications/outbox.html", context)


@require_POST
@never_cache
def send_again(request: HttpRequest, message: int) -> HttpResponseRedirect:
    """Give a dead letter a fresh start."""
    if message <= LARGEST_ID and box.send_again(message):
        messages.success(request, _("It will be sent again."))
    else:
        messages.warning(request, _("There is no such dead letter any more."))
    return redirect("desk-outbox")


def _before(request: HttpRequest) -> int:
    text = request.GET.get("before", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else LARGEST_ID
    return min(number, LARGEST_ID)


def _older(name: str, rows: list[DemoLetter] | list[OutboxMessage], query: dict[str, str]) -> str:
    if len(rows) <= PAGE:
        return ""
    return f"{reverse(name)}?{urlencode({**query, 'before': rows[PAGE - 1].pk})}"


def _recipients(chosen: str) -> list[str]:
    """Return whom recent letters went to, the chosen one among them."""
    recent = DemoLetter.objects.order_by("-id").values_list("recipient", flat=True)[:500]
    return sorted({*recent, chosen} - {""})
