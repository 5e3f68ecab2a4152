"""Answers to a category's own questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from gis_data.names import in_language
from issues.errors import Invalid

Answer = str | list[str]
FIELD: Final = "q-"
LONGEST: Final = 500


def checked(questions: Sequence[Mapping[str, Any]], answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """Return the answers that the questions ask for, in their order; raises `Invalid` naming ``q-<code>``.

    A question is ``{"code", "type": "choice" | "text" | "yesno", "labels", "choices": [{"code", "labels"}], "required",
    "many"}``. Answers to questions that are not asked (any more) are left out.
    """
    found: dict[str, Answer] = {}
    faults: dict[str, str] = {}
    for question in questions:
        code = question["code"]
        answer = answers.get(code, "")
        if not answer:
            if question.get("required"):
                faults[FIELD + code] = _("Answer this question.")
        elif fault := _fault(question, answer):
            faults[FIELD + code] = fault
        else:
            found[code] = answer
    if faults:
        raise Invalid(faults)
    return found


def in_words(questions: Sequence[Mapping[str, Any]], answers: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return ``{"label", "said"}`` in the reader's language; answers to questions that are gone are left out."""
    given = [(question, answers.get(question["code"])) for question in questions]
    return [
        {"label": in_language(question.get("labels")), "said": ", ".join(_said(question, str(one)) for one in _many(answer))}
        for question, answer in given
        if answer
    ]


def _many(answer: Answer) -> list[str]:
    return answer if isinstance(answer, list) else [answer]


def _said(question: Mapping[str, Any], value: str) -> str:
    if question.get("type") == "yesno":
        return _("Yes") if value == "yes" else _("No")
    labels = {choice["code"]: in_language(choice.get("labels")) for choice in question.get("choices", [])}
    return labels.get(value) or value


def _fault(question: Mapping[str, Any], answer: Answer) -> str:
    if isinstance(answer, list) and not question.get("many"):
        return _("Choose one of the answers.")
    given = _many(answer)
    if question.get("type", "text") == "text":
        too_long = any(len(one) > LONGEST for one in given)
        return _("This answer is too long: 500 characters at most.") if too_long else ""
    yes_no = [{"code": "yes"}, {"code": "no"}]
    offered = {choice["code"] for choice in (yes_no if question.get("type") == "yesno" else question.get("choices", []))}
    return "" if offered.issuperset(given) else _("Choose one of the answers.")
