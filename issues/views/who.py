"""Who is responsible for this place, and why: a page for people and the same as JSON for programs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.contrib.gis.geos import Point
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gis_data.models import Address
from gis_data.names import in_language
from gis_data.querysets import can_be_found
from issues.routing import picture
from issues.routing.words import metres, reason_in_words
from issues.views import pin_works, report_kind, report_place, who_answer
from issues.views.report_draft import Draft
from issues.views.who_answer import Answer, Asked, NoSuchCategory, NotOurs
from layers.doors import read_only
from works.at_place import at_place
from works.at_place_facts import AtPlace

#: Rules and boundaries change by the day, some rules by the hour.
_FRESH_SECONDS: Final = 60
_LONGEST: Final = 240


@read_only
def who_json(request: HttpRequest) -> HttpResponse:
    """``?lat=&lon=&category=`` (degrees, SRID 4326): service, confidence, reason as data and in words; for programs of any site.

    Mistakes are problem details (RFC 9457): 400 for parameters, 404 for a category, 422 for a place outside the city.
    """
    found = who_answer.answer(who_answer.parse(request.GET))
    words = {code: reason_in_words(found.decision.reason, code) for code, _name in settings.LANGUAGES}
    works = pin_works.as_json(_works(found), found.decision.facts.day)
    response = JsonResponse({**found.as_json(), "works": works, "words": words}, json_dumps_params={"ensure_ascii": False})
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = f"public, max-age={_FRESH_SECONDS}"
    return response


@require_safe
def who(request: HttpRequest) -> HttpResponse:
    """The answer in plain words with a small map, or the form that asks; a mistake is a sentence on the same page."""
    typed = {name: _clean(request.GET, name) for name in ("q", *who_answer.NAMES)}
    errors: dict[str, str] = {}
    context: dict[str, Any] = {}
    if typed["q"]:
        context = _addresses(typed, errors)
    elif "category" in request.GET:
        context = _answered(typed, errors)
    context = {
        "typed": typed,
        "errors": errors,
        "summary": [{"href": f"#id_{field}", "text": sentence} for field, sentence in errors.items()],
        "groups": report_kind.show_category(Draft.fresh(category=typed["category"]))["groups"],
        **({} if "department" in context else report_place.show(Draft.fresh())),
        **context,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "issues/who.html", context, status=status)


def _clean(query: QueryDict, name: str) -> str:
    return query.get(name, "").replace("\x00", "").strip()[:_LONGEST]


def _addresses(typed: dict[str, str], errors: dict[str, str]) -> dict[str, Any]:
    """The addresses that are meant, each as a link that asks further."""
    if not can_be_found(typed["q"]):
        errors["q"] = _("Write more letters: one word needs at least three.")
        return {}
    found = list(Address.objects.matching(typed["q"])[: report_place.MATCHES])
    if not found:
        errors["q"] = _("No such address is known here. Try the street name alone.")
    return {"matches": [{"text": one.text, "href": _link(one.point, typed["category"])} for one in found]}


def _link(point: Point, category: str) -> str:
    """With a category the answer; without one the form, which then knows the place."""
    href = Asked(point.y, point.x, category).address("who")
    return href if category else href.removesuffix("&category=")


def _answered(typed: dict[str, str], errors: dict[str, str]) -> dict[str, Any]:
    lat, lon = who_answer.degrees(typed["lat"]), who_answer.degrees(typed["lon"])
    if not typed["lat"] and not typed["lon"]:
        errors["q"] = _("Put the pin on the map or write an address.")
    else:
        if lat is None:
            errors["lat"] = _("Write the latitude as a number, for example 60.1699.")
        if lon is None:
            errors["lon"] = _("Write the longitude as a number, for example 24.9384.")
    if not typed["category"]:
        errors["category"] = _("Choose what the problem is.")
    if errors or lat is None or lon is None:
        return {}
    asked = Asked(lat, lon, typed["category"])
    try:
        return _shown(who_answer.answer(asked))
    except NoSuchCategory as problem:
        errors["category"] = str(problem)
    except NotOurs as problem:
        errors["place"] = str(problem)
        return {"exchanged": asked.exchanged().address("who") if problem.swapped else ""}
    return {}


def _shown(found: Answer) -> dict[str, Any]:
    asked, decision = found.asked, found.decision
    emergency = found.category["emergency"] or {}
    return {
        "place": _place_words(asked),
        "category_name": in_language(found.category["names"]),
        "department": in_language(decision.department.names) if decision.department else "",
        "why": reason_in_words(decision.reason),
        "border": _border(found),
        "may_change_with": found.may_change_with,
        "sketch": picture.of_decision(decision, asked.lon, asked.lat),
        "works": pin_works.in_words(works, decision.facts.day, asked.lon, asked.lat) if (works := _works(found)) else None,
        "emergency_words": in_language(emergency.get("words")),
        "emergency_phone": emergency.get("phone", ""),
        "report_href": "" if emergency else asked.address("report"),
        "json_href": asked.address("who-json"),
    }


def _works(found: Answer) -> AtPlace:
    """What the city's works say about the place. One query at most."""
    return at_place(found.asked.lon, found.asked.lat, found.category["repair_kinds"], found.decision.facts.day)


def _border(found: Answer) -> dict[str, str] | None:
    """How close the border is beyond which another service is responsible, and which."""
    border = found.decision.border
    if border is None:
        return None
    return {
        "metres": metres(border.here.next_m),
        "there": in_language(border.there.names),
        "department": in_language(border.department.names) if border.department else "",
    }


def _place_words(asked: Asked) -> str:
    found = Address.objects.nearest(Point(asked.lon, asked.lat, srid=4326))
    near = found is not None and found.metres <= report_place.NEAREST_M  # type: ignore[attr-defined]  # annotated by nearest()
    return found.text if found and near else f"{asked.lat:.5f}, {asked.lon:.5f}"
