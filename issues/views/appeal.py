"""The public page of an appeal, and the secret page of the one who reported it."""

from __future__ import annotations

import re
from typing import Any, Final

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from issues import answers, public_id
from issues import tracking as secret
from issues.links import confirmed_of
from issues.models import Appeal, Photo, Reporter, RoutingDecision, Visibility
from issues.routing import picture
from issues.views import photos, pin_works
from issues.views.appeal_story import facts, masked, timeline, words_rule

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22}")


@require_safe
def appeal(request: HttpRequest, reference: str) -> HttpResponse:
    """What everybody may know of one appeal. Forgives how a reference is typed; wrong, private and held ones are the same 404."""
    found = public_id.parse(reference)
    if found is None:
        raise Http404
    if found != reference:
        return redirect("appeal", found, permanent=True)
    row = with_relations(Appeal.objects.public().with_words()).filter(public_id=found).first()
    if row is None:
        raise Http404
    pictures = [_picture(photo, photos.public) for photo in Photo.objects.filter(appeal=row.pk, public=True).order_by("id")]
    context = {
        **facts(row, timezone.now()),
        **_works(row),
        "words": row.public_text,
        "photos": pictures,
        "sketch": picture.of_point(row.reason, row.point),
        "entries": timeline(row.pk),
        "canonical": settings.PUBLIC_URL + reverse("appeal", args=[row.public_id]),
        "preview": settings.PUBLIC_URL + (pictures[0]["src"] if pictures else f"{reverse('preview')}?id={row.public_id}"),
    }
    return render(request, "issues/appeal.html", context)


@require_safe
def tracking(request: HttpRequest, token: str) -> HttpResponse:
    """The reporter's own page, found by the hash of its secret; ``?sent=1`` is the confirmation right after sending.

    Any wrong token is the same 404. The page is neither stored nor indexed, and its address reaches no other site.
    """
    reporter = Reporter.objects.filter(tracking_hash=secret.hash_of(token)).first() if _TOKEN.fullmatch(token) else None
    if reporter is None:
        raise Http404
    row = with_relations(Appeal.objects.filter(pk=reporter.appeal_id)).get()
    sent = "sent" in request.GET
    context = {
        **facts(row, timezone.now()),
        "words": row.text,
        "answers": answers.in_words(row.category.questions, row.answers),
        "photos": [] if sent else _own_pictures(row),
        "sketch": None if sent else picture.of_point(row.reason, row.point),
        **({} if sent else _works(row)),
        "entries": [] if sent else timeline(row.pk),
        "words_rule": words_rule(row),
        "held": row.visibility == Visibility.HELD,
        "is_public": row.visibility == Visibility.PUBLIC,
        "contact": masked(reporter),
        "will_write": bool(reporter.email),
        "link": settings.PUBLIC_URL + reverse("tracking", args=[token]),
    }
    response = render(request, "issues/report_sent.html" if sent else "issues/tracking.html", context)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "private, no-store"
    return response


def with_relations(appeals: QuerySet[Appeal]) -> Any:
    """One statement for everything a page says of an appeal but its changes and photos; of district and service the names alone.

    Parent and joined reports are named only where they are public themselves.
    """
    reason = RoutingDecision.objects.filter(appeal=OuterRef("pk")).order_by("-id").values("reason")[:1]
    parent = Appeal.objects.public().filter(pk=OuterRef("parent")).values("public_id")
    merged = Appeal.objects.public().filter(parent=OuterRef("pk")).order_by("created_at").values("public_id")
    return appeals.select_related("category").annotate(
        department_names=F("department__names"),
        district_names=F("district__names"),  # a joined district would bring its shape
        reason=Subquery(reason),
        parent_public=Subquery(parent),
        merged_public=ArraySubquery(merged),
    )


def _works(row: Any) -> dict[str, Any]:
    """What the city's works say about the place of an appeal, and those that staff linked with it. At most three queries."""
    return {
        "works": pin_works.of_appeal(row),
        "linked": pin_works.linked_in_words(confirmed_of(row.pk)),
    }


def _own_pictures(row: Appeal) -> list[dict[str, Any]]:
    """All photos, also those not public (yet), with addresses that work for an hour."""
    return [
        _picture(photo, lambda name, size="": photos.signed(name, photos.REPORTER, size))
        for photo in Photo.objects.filter(appeal=row.pk).order_by("id")
    ]


def _picture(photo: Photo, address: Any) -> dict[str, Any]:
    return {
        "src": address(photo.name),
        "thumb": address(photo.name, "thumb"),
        "width": photo.width,
        "height": photo.height,
        "after": photo.kind == "after",
    }
