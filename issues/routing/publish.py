"""Putting a set of rules into force from a day on. The past keeps the set it was decided by."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone
from django.utils.translation import gettext as _

from issues.errors import Invalid
from issues.models import RoutingRule, RuleSet, RuleSetState


def in_force(day: dt.date) -> RuleSet | None:
    """The set whose rules decide on ``day``."""
    return RuleSet.objects.filter(state=RuleSetState.PUBLISHED, valid__contains=day).first()


def publish_rules(draft: RuleSet, day: dt.date | None, *, moves_open: bool) -> None:
    """Put ``draft`` into force from ``day`` (None: since ever, for the first set of a city); raises `Invalid`.

    The set in force until then ends that day; one that began the same day is replaced and never decides again.
    """
    with transaction.atomic():
        row = RuleSet.objects.select_for_update().get(pk=draft.pk)
        if row.state != RuleSetState.DRAFT:
            raise Invalid({"day": _("These rules are published already.")})
        for other in RuleSet.objects.select_for_update().filter(state=RuleSetState.PUBLISHED).exclude(valid__isempty=True):
            _end(other, day)
        row.state, row.valid, row.moves_open = RuleSetState.PUBLISHED, DateRange(day, None), moves_open
        row.published_at = timezone.now()
        row.moved_at = None if moves_open else row.published_at
        row.save(update_fields=["state", "valid", "moves_open", "published_at", "moved_at"])


def _end(other: RuleSet, day: dt.date | None) -> None:
    assert other.valid is not None  # a published set has days
    begins, ends = other.valid.lower, other.valid.upper
    if day is None or (begins is not None and begins > day):
        raise Invalid({"day": _("Other rules are published from a later day. Choose a day after theirs.")})
    if ends is not None and ends <= day:
        return
    other.valid = DateRange(empty=True) if begins == day else DateRange(begins, day)
    other.save(update_fields=["valid"])


def copy_to_draft(source: RuleSet | None, title: str) -> RuleSet:
    """A draft with the rules of ``source``, to be edited."""
    with transaction.atomic():
        draft = RuleSet.objects.create(title=title, based_on=source)
        rules = list(source.rules.all()) if source else []
        for rule in rules:
            rule.pk, rule.rule_set = None, draft
            rule._state.adding = True  # noqa: SLF001  # Django's documented way to copy a row
        RoutingRule.objects.bulk_create(rules)
    return draft
