"""What the pages of the routing workshop share: a set of rules as it is read, and the answer to those who come too late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from issues.models import RoutingRule, RuleSet, RuleSetState
from issues.routing.check import Problem, problems
from issues.routing.rule_row import RuleRow, row_of
from issues.routing.world import World, read_world


class TooLate(Exception):
    """Somebody else was quicker; ``str()`` is the sentence that says so. Answered with 409."""


@dataclass(slots=True)
class Reading:
    """A set of rules with the world they speak of, and what is wrong with them."""

    rule_set: RuleSet
    world: World
    rules: list[RoutingRule]
    rows: dict[int, RuleRow] = field(default_factory=dict)

    @property
    def problems(self) -> list[Problem]:
        return problems(list(self.rows.values()), self.world)


def reading(rule_set: RuleSet) -> Reading:
    """Read all rules of a set, the one that goes first first; as many queries for a thousand rules as for one."""
    rules = list(rules_of(rule_set))
    rows = {rule.pk: row_of(rule) for rule in rules}
    rules.sort(key=lambda rule: rows[rule.pk].rank)
    return Reading(rule_set, read_world(timezone.localdate()), rules, rows)


def rules_of(rule_set: RuleSet) -> models.QuerySet[RoutingRule]:
    """The rules of a set with what they name."""
    return rule_set.rules.select_related("category", "boundary_set", "department", "crew")


def the_set(number: int) -> RuleSet:
    """The set of this number, or a page that is not there."""
    found = RuleSet.objects.filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def locked_draft(number: int) -> RuleSet:
    """The draft, kept from others until the transaction ends; raises `TooLate` for one that is published by now."""
    found = RuleSet.objects.select_for_update().filter(pk=number).first()
    if found is None:
        raise Http404
    if found.state != RuleSetState.DRAFT:
        raise TooLate(_("These rules were published meanwhile and no longer change. Make a draft of them to go on."))
    return found


def too_late(request: HttpRequest, late: TooLate, address: str) -> HttpResponse:
    """The page that says so, with a way on."""
    return render(request, "issues/workshop_refused.html", {"sentence": str(late), "address": address}, status=409)


def counted(found: Sequence[Problem]) -> dict[str, int]:
    """How many errors and how many warnings."""
    errors = sum(problem.is_error for problem in found)
    return {"errors": errors, "warnings": len(found) - errors}


def title_of(rule_set: RuleSet) -> str:
    """What the set is called: by people, or by where it came from."""
    if rule_set.title:
        return rule_set.title
    return _("Rules of the city pack") if rule_set.source == "pack" else _("Rules without a title")


def address_of(name: str, *args: Any) -> str:
    """The address of a page that may not exist ('' then)."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
