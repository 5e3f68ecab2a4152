"""What is wrong: the category, what is reported near already, and the questions of the category."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from gis_data.names import in_language
from issues import answers, duplicates, states
from issues.answers import FIELD
from issues.errors import Invalid
from issues.models import Category
from issues.views.report_draft import Draft, Outcome
from issues.views.report_place import number

#: With more categories than this there is a search box; with still more the groups are folded.
SEARCH_ABOVE: Final = 12
FOLD_ABOVE: Final = 30


@dataclass(frozen=True, slots=True)
class Group:
    """Categories under one heading; ``open`` when the chosen one is inside or the list is short."""

    name: str
    categories: list[dict[str, Any]]
    open: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a category in the reader's language, with what was answered."""

    code: str
    kind: str
    label: str
    required: bool
    choices: list[tuple[str, str]]
    many: bool = False
    answers: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        return FIELD + self.code

    @property
    def said(self) -> str:
        """The answer as people read it."""
        labels = dict(self.choices)
        return ", ".join(labels.get(answer, answer) for answer in self.answers)


def of_today() -> list[Category]:
    """Every category in force today, in the order of the pack."""
    return list(Category.objects.filter(valid__contains=timezone.localdate()))


def find(code: str) -> Category | None:
    """The category of this code if it is in force today."""
    return Category.objects.filter(code=code, valid__contains=timezone.localdate()).first() if code else None


def show_category(draft: Draft, wanted: str = "") -> dict[str, Any]:
    """Groups of categories, narrowed to names that hold ``wanted``."""
    rows = of_today()
    needle = wanted.casefold()
    found = [
        row for row in rows if needle in in_language(row.names).casefold() or needle in in_language(row.group_names).casefold()
    ]
    shown = found or rows
    folded = len(shown) > FOLD_ABOVE
    groups: dict[str, list[Category]] = {}
    for row in sorted(shown, key=lambda row: not row.group):  # those without a group come last
        groups.setdefault(row.group, []).append(row)
    return {
        "groups": [_group(rows, draft.category, folded=folded, alone=len(groups) == 1) for rows in groups.values()],
        "wanted": wanted,
        "nothing_found": bool(wanted) and not found,
        "many": len(rows) > SEARCH_ABOVE,
    }


def _group(rows: list[Category], chosen: str, *, folded: bool, alone: bool) -> Group:
    return Group(
        name=in_language(rows[0].group_names) or ("" if alone else _("Other")),
        categories=[{"code": row.code, "name": in_language(row.names), "chosen": row.code == chosen} for row in rows],
        open=not folded or any(row.code == chosen for row in rows),
    )


def check_category(request: HttpRequest, draft: Draft) -> Outcome:
    """A category of today; an emergency stops the form and names whom to call."""
    wanted = request.POST.get("wanted", "").strip()[:80]
    if request.POST.get("go") == "filter" and (wanted or not draft.category):
        return Outcome(draft, stay=True, extra=show_category(draft, wanted))
    category = find(draft.category)
    if category is None:
        return Outcome(draft, {"category": _("Choose what the problem is.")})
    if category.emergency:
        return Outcome(draft, stay=True, extra=_stop(category))
    known = {question.code for question in questions_of(category, draft)}
    return Outcome(replace(draft, answers={code: said for code, said in draft.answers.items() if code in known}))


def _stop(category: Category) -> dict[str, Any]:
    """Context of the page that stops the form: whom to call instead."""
    return {
        "template": "issues/report_stop.html",
        "stop": in_language(category.names),
        "emergency_words": in_language(category.emergency.get("words")),
        "emergency_phone": category.emergency.get("phone", ""),
    }


def near(draft: Draft) -> list[dict[str, Any]]:
    """Rows for the reports of the same kind near the pin; none without a place."""
    lon, lat = number(draft.lon), number(draft.lat)
    if lon is None or lat is None or not draft.category:
        return []
    return [
        {
            "category": in_language(found.category_names),
            "state": states.public_state(found.state),
            "address": found.address,
            "created_at": found.created_at,
            "distance_m": found.distance_m,
            "href": reverse("appeal", args=[found.public_id]),
        }
        for found in duplicates.near(lon, lat, draft.category)
    ]


def questions_of(category: Category | None, draft: Draft) -> list[Question]:
    """The category's questions with the answers of ``draft``."""
    return [
        Question(
            code=row["code"],
            kind=row.get("type", "text"),
            label=in_language(row.get("labels")),
            required=bool(row.get("required")),
            choices=_choices(row),
            many=bool(row.get("many")),
            answers=draft.answers.get(row["code"], ()),
        )
        for row in (category.questions if category else [])
    ]


def _choices(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    if row.get("type") == "yesno":
        return [("yes", _("Yes")), ("no", _("No"))]
    return [(choice["code"], in_language(choice.get("labels"))) for choice in row.get("choices", [])]


def check_questions(_request: HttpRequest, draft: Draft) -> Outcome:
    """Every required question answered, every choice one of those offered; what is not asked is dropped."""
    category = find(draft.category)
    questions = category.questions if category else []
    known = {question["code"] for question in questions}
    kept = replace(draft, answers={code: said for code, said in draft.answers.items() if code in known})
    try:
        answers.checked(questions, kept.answered())
    except Invalid as refused:
        return Outcome(kept, refused.errors)
    return Outcome(kept)
