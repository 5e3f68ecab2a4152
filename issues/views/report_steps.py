"""The steps of the report form in their order: what each shows, what it accepts, and which one follows.

A step writes nothing but re-encoded photos. `issues.intake` validates everything again at the end, since hidden fields can be anything;
the checks here exist so that a resident hears of a mistake where it was made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gis_data.names import in_language
from issues.answers import FIELD
from issues.intake_form import LONGEST_TEXT
from issues.models import WordsRule
from issues.routing import picture
from issues.routing.words import reason_in_words
from issues.views import pin_works, report_kind, report_photos, report_place, report_side
from issues.views.report_draft import Draft, Outcome

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the form. ``show`` gives its context, or None when it has nothing to ask; ``shown`` are the fields it asks itself."""

    name: str
    part: str
    show: Callable[[Draft], dict[str, Any] | None]
    check: Callable[[HttpRequest, Draft], Outcome]
    shown: frozenset[str] = frozenset()

    @property
    def template(self) -> str:
        return f"issues/report_{self.name}.html"


#: What the line above the form names; nearby reports and questions belong to the problem.
PARTS: Final[dict[str, StrPromise]] = {
    "place": gettext_lazy("Place"),
    "problem": gettext_lazy("Problem"),
    "photo": gettext_lazy("Photo"),
    "details": gettext_lazy("Details"),
    "contact": gettext_lazy("Contact"),
}


def _show_nearby(draft: Draft) -> dict[str, Any] | None:
    """What is reported here already, and what the city's works have to say about it."""
    near, category = report_kind.near(draft), report_kind.find(draft.category)
    lon, lat = report_place.number(draft.lon), report_place.number(draft.lat)
    works = pin_works.shown(lon, lat, category.repair_kinds) if category else None
    return {"near": near, "works": works} if near or works else None


def _show_questions(draft: Draft) -> dict[str, Any] | None:
    questions = report_kind.questions_of(report_kind.find(draft.category), draft)
    return {"questions": questions} if questions else None


def _show_details(draft: Draft) -> dict[str, Any]:
    category = report_kind.find(draft.category)
    return {"words": category.words if category else WordsRule.AFTER_LOOK, "longest": LONGEST_TEXT}


def _check_details(_request: HttpRequest, draft: Draft) -> Outcome:
    if len(draft.text) > LONGEST_TEXT:
        sentence = _("The text is too long: %(length)d characters, %(most)d at most.")
        return Outcome(draft, {"text": sentence % {"length": len(draft.text), "most": LONGEST_TEXT}})
    return Outcome(draft)


def _show_contact(draft: Draft) -> dict[str, Any]:
    """The last look at everything before it is sent."""
    category = report_kind.find(draft.category)
    return {
        "place_words": report_place.place_words(draft),
        "category_name": in_language(category.names) if category else "",
        "answered": [question for question in report_kind.questions_of(category, draft) if question.said],
        "photos": report_photos.show(draft)["photos"],
        "who": _who(draft),
    }


def _who(draft: Draft) -> dict[str, Any]:
    """Which service would get this now and why; nothing where the form is not complete or the place not ours."""
    decision = report_side.decision(draft)
    if decision is None:
        return {}
    department = in_language(decision.department.names) if decision.department else ""
    lon, lat = report_place.number(draft.lon), report_place.number(draft.lat)
    assert lon is not None  # without a place nothing is decided here
    assert lat is not None
    return {
        "department": department,
        "why": reason_in_words(decision.reason),
        "sketch": picture.of_decision(decision, lon, lat),
    }


def _goes_on(_request: HttpRequest, draft: Draft) -> Outcome:
    return Outcome(draft)


STEPS: Final[dict[str, Step]] = {
    step.name: step
    for step in (
        Step("place", "place", report_place.show, report_place.check, report_place.FIELDS - {"seal"}),
        Step("category", "problem", report_kind.show_category, report_kind.check_category, frozenset({"category"})),
        Step("nearby", "problem", _show_nearby, _goes_on),
        Step("questions", "problem", _show_questions, report_kind.check_questions, frozenset({FIELD})),
        Step("side", "problem", report_side.show, report_side.check, frozenset({"side"})),
        Step("photo", "photo", report_photos.show, report_photos.check),
        Step("details", "details", _show_details, _check_details, frozenset({"text"})),
        Step("contact", "contact", _show_contact, _goes_on, frozenset({"name", "email", "phone"})),
    )
}
_ORDER: Final = list(STEPS)


def after(name: str, draft: Draft) -> tuple[Step, dict[str, Any]]:
    """The next step that has something to ask, with its context; a gap left before it comes first."""
    if name != "place" and report_place.number(draft.lon) is None:
        return _shown("place", draft)
    if name not in ("place", "category") and not draft.category:
        return _shown("category", draft)
    return _first(_ORDER[_ORDER.index(name) + 1 :], draft)


def before(name: str, draft: Draft) -> tuple[Step, dict[str, Any]]:
    """The step before; nearby reports, once seen, are not shown again on the way back."""
    earlier = [step for step in _ORDER[: _ORDER.index(name)] if step != "nearby"]
    return _first([*reversed(earlier), "place"], draft)


def at(name: str, draft: Draft) -> tuple[Step, dict[str, Any]]:
    """This step, or the next one where it has nothing to ask."""
    return _first(_ORDER[_ORDER.index(name) :], draft)


def where(field: str) -> str:
    """The step that asks for ``field`` of the sent form."""
    if field.startswith(FIELD):
        return "questions"
    owners = {
        "place": "place",
        "lon": "place",
        "lat": "place",
        "address": "place",
        "category": "category",
        "side": "side",
        "photo": "photo",
        "text": "details",
    }
    return owners.get(field, "contact")


def earliest(errors: dict[str, str]) -> str:
    """The first step in order that one of ``errors`` belongs to."""
    return min((where(name) for name in errors), key=_ORDER.index, default="contact")


def _shown(name: str, draft: Draft) -> tuple[Step, dict[str, Any]]:
    return STEPS[name], STEPS[name].show(draft) or {}


def _first(names: list[str], draft: Draft) -> tuple[Step, dict[str, Any]]:
    for name in names:
        context = STEPS[name].show(draft)
        if context is not None:
            return STEPS[name], context
    return _shown("contact", draft)
