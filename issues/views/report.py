"""The report form: one address, server-rendered steps, complete without JavaScript."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import activate, check_for_language, get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from issues import intake
from issues.address_block import block_of
from issues.errors import Invalid, KeyConflict, OutsideCity, SwappedCoordinates, status_of
from issues.views import report_place, report_steps
from issues.views.report_draft import Draft, Outcome, trusted_address
from issues.views.report_steps import PARTS, STEPS, Step

_SENDING: Final = ("", "send")


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Show the first step, or take a step's answers and show what follows; the last step sends the report."""
    if request.method != "POST":
        return _start(request)
    name, go = request.POST.get("step", "place"), request.POST.get("go", "")
    if name == "contact" and go in _SENDING:
        return _send(request)
    draft = Draft.read(request.POST)
    name = name if name in STEPS else "place"
    if go.startswith("lang-"):
        return _in_language(request, draft, name, go.removeprefix("lang-"))
    if go == "back":
        return _page(request, draft, *report_steps.before(name, draft))
    if go.startswith("to-") and go[3:] in STEPS:
        return _page(request, draft, *report_steps.at(go[3:], draft))
    return _answer(request, name, STEPS[name].check(request, draft))


def _start(request: HttpRequest) -> HttpResponse:
    """The place step, with the pin where the address of the page says."""
    lon, lat = (report_place.number(request.GET.get(name, "")) for name in ("lon", "lat"))
    here = {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}"} if lon is not None and lat is not None else {}
    draft = Draft.fresh(category=request.GET.get("category", "")[:80], **here)
    if request.user.is_authenticated:
        draft = replace(draft, email=request.user.email, name=request.user.name)
    return _page(request, draft, *report_steps.at("place", Draft.fresh()))


def _send(request: HttpRequest) -> HttpResponse:
    """The hot path: parse, two statements, redirect. No session, no template, no other query unless something is wrong."""
    post = request.POST
    try:
        submission = intake.parse(post, address_block=block_of(request.META), language=get_language() or "en")
        receipt = intake.submit(replace(submission, address=trusted_address(post)))
    except Invalid as refused:
        return _refused(request, Draft.read(post), refused.errors)
    except (OutsideCity, SwappedCoordinates) as refused:
        return _answer(request, "place", report_place.outside(Draft.read(post), refused))
    except KeyConflict as refused:
        return _conflict(request, refused)
    response = HttpResponseRedirect(reverse("tracking", args=[receipt.token]) + "?sent=1", status=HTTPStatus.SEE_OTHER)
    response["Cache-Control"] = "no-store"
    return response


def _in_language(request: HttpRequest, draft: Draft, name: str, language: str) -> HttpResponse:
    """The same step in another language: the header's switch sends this form, so nothing typed is lost."""
    if check_for_language(language) and language in dict(settings.LANGUAGES):
        activate(language)
    response = _page(request, draft, *report_steps.at(name, draft))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        get_language() or settings.LANGUAGE_CODE,
        samesite="Lax",
        secure=settings.LANGUAGE_COOKIE_SECURE,
    )
    return response


def _answer(request: HttpRequest, name: str, outcome: Outcome) -> HttpResponse:
    """The same step with its sentences, or the next one."""
    if outcome.errors or outcome.stay:
        step = STEPS[name]
        context = {**(step.show(outcome.draft) or {}), **outcome.extra}
        return _page(request, outcome.draft, step, context, outcome.errors)
    return _page(request, outcome.draft, *report_steps.after(name, outcome.draft))


def _refused(request: HttpRequest, draft: Draft, errors: dict[str, str]) -> HttpResponse:
    """Back to the first step where something is wrong; everything typed comes along."""
    name = report_steps.earliest(errors)
    mine = {field: sentence for field, sentence in errors.items() if report_steps.where(field) == name}
    return _page(request, draft, STEPS[name], STEPS[name].show(draft) or {}, mine)


def _conflict(request: HttpRequest, refused: KeyConflict) -> HttpResponse:
    """The key was used for other contents: say so, and offer to send this as a report of its own."""
    draft = replace(Draft.read(request.POST), key=Draft.fresh().key)
    context = {"sentence": str(refused), "hidden": list(draft.hidden(frozenset()))}
    return render(request, "issues/report_conflict.html", context, status=status_of(refused))


def _page(
    request: HttpRequest, draft: Draft, step: Step, context: dict[str, Any], errors: dict[str, str] | None = None
) -> HttpResponse:
    errors = errors or {}
    asked = {question.field: f"{question.label} " for question in context.get("questions", ())}
    whole = {
        "keep_form": "report-form",
        "draft": draft,
        "step": step,
        "parts": PARTS,
        "hidden": list(draft.hidden(step.shown)),
        "errors": errors,
        "summary": [{"href": f"#id_{field}", "text": asked.get(field, "") + sentence} for field, sentence in errors.items()],
        "error_title": _("Error:") if errors else "",
        **context,
    }
    status = status_of(Invalid(errors)) if errors else HTTPStatus.OK
    response = render(request, context.get("template", step.template), whole, status=status)
    response["Cache-Control"] = "private, no-cache"
    return response
