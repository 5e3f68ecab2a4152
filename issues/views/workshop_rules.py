"""One set of rules as a table, and what is done to a whole set: titled, thrown away, copied, tried, withdrawn."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Role
from accounts.permissions import StaffRequest, staff_required
from issues.errors import Invalid
from issues.intake_form import clean
from issues.models import Replay, RoutingRule, RuleSet, RuleSetState
from issues.routing.check import Problem
from issues.routing.publish import copy_to_draft, in_force, withdraw_rules
from issues.routing.rule_words import Stated, conditions_in_words, span_in_words
from issues.views.workshop_parts import Reading, TooLate, counted, locked_draft, reading, the_set, title_of, too_late
from notifications import outbox

LONGEST_TITLE: Final = 120
#: How far back a draft is tried: months, or everything.
SPANS: Final = {"1": 1, "3": 3, "6": 6, "12": 12, "all": None}
SPAN_WORDS: Final = {
    "1": gettext_lazy("the last month"),
    "3": gettext_lazy("the last 3 months"),
    "6": gettext_lazy("the last 6 months"),
    "12": gettext_lazy("the last 12 months"),
    "all": gettext_lazy("all reports"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the table; ``place`` is its number in the order in which rules are asked."""

    place: int
    rule: RoutingRule
    conditions: list[Stated]
    due: str
    last_day: dt.date | None
    problems: list[Problem]

    @property
    def text(self) -> str:
        """Everything that can be looked for in it."""
        said = [words for _title, words in self.conditions]
        return " ".join([self.rule.code, str(self.rule.department), str(self.rule.crew or ""), *said]).casefold()


@require_GET
@staff_required(Role.DISPATCHER)
def workshop_rules(request: StaffRequest, rule_set: int) -> HttpResponse:
    """The rules in the order in which they are asked, each with what is wrong with it."""
    return rules_page(request, the_set(rule_set))


def rules_page(request: StaffRequest, rule_set: RuleSet, errors: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    read = reading(rule_set)
    found = read.problems
    rows = _rows(read, found)
    wanted = {name: clean(request.GET.get(name, ""))[:200] for name in ("category", "department", "text", "problems")}
    context = {
        "rule_set": rule_set,
        "title": title_of(rule_set),
        "is_draft": rule_set.state == RuleSetState.DRAFT,
        "withdrawal": _withdrawal(rule_set),
        "rows": [row for row in rows if _wanted(row, wanted)],
        "number_of_rules": len(rows),
        "problems": [{"problem": one, "rule": _pk(rows, one.rule_code)} for one in found],
        "counted": counted(found),
        "wanted": wanted,
        "narrowed": any(wanted.values()),
        "categories": read.world.kinds.values(),
        "departments": read.world.departments.values(),
        "spans": SPAN_WORDS.items(),
        "replay": rule_set.replays.order_by("-pk").first(),
        "errors": errors or {},
        "error_list": [{"href": f"#id_{name}", "text": text} for name, text in (errors or {}).items()],
        "typed": request.POST,
    }
    return render(request, "issues/workshop_rules.html", context, status=status)


def _withdrawal(rule_set: RuleSet) -> dict[str, str] | None:
    """For a set that is to come: what the rules are called that would keep deciding ('' = none); None for others."""
    first = rule_set.valid.lower if rule_set.valid else None
    if rule_set.state != RuleSetState.PUBLISHED or first is None or first <= timezone.localdate():
        return None
    before = in_force(first - dt.timedelta(days=1))
    return {"before": title_of(before) if before else ""}


def _rows(read: Reading, found: Iterable[Problem]) -> list[Shown]:
    wrong: dict[str, list[Problem]] = {}
    for problem in found:
        wrong.setdefault(problem.rule_code, []).append(problem)
    return [
        Shown(
            place,
            rule,
            conditions_in_words(read.rows[rule.pk].fact, read.world),
            span_in_words(rule.due),
            rule.valid.upper - dt.timedelta(days=1) if rule.valid and rule.valid.upper else None,
            wrong.get(rule.code, []),
        )
        for place, rule in enumerate(read.rules, start=1)
    ]


def _pk(rows: Iterable[Shown], code: str) -> int:
    return next(row.rule.pk for row in rows if row.rule.code == code)


def _wanted(row: Shown, wanted: dict[str, str]) -> bool:
    rule = row.rule
    if wanted["category"] and (rule.category is None or rule.category.code != wanted["category"]):
        return False
    if wanted["department"] and rule.department.code != wanted["department"]:
        return False
    return wanted["text"].casefold() in row.text and (not wanted["problems"] or bool(row.problems))


@require_POST
@staff_required(Role.DISPATCHER)
def workshop_new_draft(request: StaffRequest) -> HttpResponse:
    """A draft of the rules in force; an empty one where there are none."""
    draft = copy_to_draft(in_force(timezone.localdate()), _draft_title())
    return redirect("workshop-rules", draft.pk)


@require_POST
@staff_required(Role.DISPATCHER)
def workshop_rules_do(request: StaffRequest, rule_set: int, action: str) -> HttpResponse:
    """Do one thing to a whole set."""
    act = _ACTIONS.get(action)
    if act is None:
        raise Http404
    try:
        return act(request, the_set(rule_set))
    except TooLate as late:
        return too_late(request, late, reverse("workshop-rules", args=[rule_set]))
    except Invalid as refused:
        return rules_page(request, the_set(rule_set), refused.errors, status=422)


def _copy(request: StaffRequest, rule_set: RuleSet) -> HttpResponse:
    draft = copy_to_draft(rule_set, _draft_title())
    messages.success(request, _("This is a draft. Nothing changes for residents until it is published."))
    return redirect("workshop-rules", draft.pk)


def _draft_title() -> str:
    return _("Draft of %(day)s") % {"day": timezone.localdate().isoformat()}


def _title(request: StaffRequest, rule_set: RuleSet) -> HttpResponse:
    title = " ".join(clean(request.POST.get("title", "")).split())
    if not title or len(title) > LONGEST_TITLE:
        raise Invalid({"title": _("Give it a title of %(limit)d characters at most.") % {"limit": LONGEST_TITLE}})
    with transaction.atomic():
        draft = locked_draft(rule_set.pk)
        draft.title = title
        draft.save(update_fields=["title"])
    messages.success(request, _("Saved."))
    return redirect("workshop-rules", rule_set.pk)


def _drop(request: StaffRequest, rule_set: RuleSet) -> HttpResponse:
    with transaction.atomic():
        draft = locked_draft(rule_set.pk)
        title = title_of(draft)
        draft.delete()
    messages.success(request, _("The draft “%(title)s” was thrown away.") % {"title": title})
    return redirect("workshop")


def _try(request: StaffRequest, rule_set: RuleSet) -> HttpResponse:
    chosen = request.POST.get("span", "")
    if chosen not in SPANS:
        raise Invalid({"span": _("Choose how far back to look.")})
    months = SPANS[chosen]
    since = None if months is None else months_before(timezone.localdate(), months)
    with transaction.atomic():
        draft = locked_draft(rule_set.pk)
        replay = Replay.objects.create(rule_set=draft, since=since, created_by=request.user)
        outbox.put("routing-replay", f"routing-replay:{replay.pk}", {"replay": replay.pk})
    return redirect("replay", replay.pk)


def _withdraw(request: StaffRequest, rule_set: RuleSet) -> HttpResponse:
    try:
        withdraw_rules(rule_set)
    except Invalid as refused:
        raise TooLate(str(refused)) from None
    messages.success(request, _("Withdrawn: these rules are a draft again."))
    return redirect("workshop-rules", rule_set.pk)


_ACTIONS: Final[dict[str, Callable[[StaffRequest, RuleSet], HttpResponse]]] = {
    "copy": _copy,
    "title": _title,
    "drop": _drop,
    "try": _try,
    "withdraw": _withdraw,
}


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day of an earlier month, or its last day where that month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
