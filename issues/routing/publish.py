"""Putting a set of rules into force from a day on, and taking it back before that day. The past keeps what it was decided by."""

from __future__ import annotations

import datetime as dt

from django.db import models, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone
from django.utils.translation import gettext as _

from gis_data import city_time
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
        for other in _lock_published().exclude(valid__isempty=True):
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


def withdraw_rules(rule_set: RuleSet) -> None:
    """Take a published set back before its first day: it is a draft again, and the set before it keeps deciding on its days.

    Raises `Invalid` for one that is not published, was replaced or has begun.
    """
    with transaction.atomic():
        published = {one.pk: one for one in _lock_published()}
        row = published.pop(rule_set.pk, None)
        if row is None or row.valid is None:
            raise Invalid({"withdraw": _("These rules are not published: there is nothing to withdraw.")})
        days = row.valid
        _check_to_come(days)
        row.state, row.valid, row.moves_open = RuleSetState.DRAFT, None, True
        row.published_at = row.moved_at = None
        row.save(update_fields=["state", "valid", "moves_open", "published_at", "moved_at"])
        for other in published.values():
            if other.valid is not None and other.valid.upper == days.lower:
                other.valid = DateRange(other.valid.lower, days.upper)
                other.save(update_fields=["valid"])


def _check_to_come(days: DateRange) -> None:
    if days.isempty:
        raise Invalid({"withdraw": _("These rules were replaced and never decide: there is nothing to withdraw.")})
    if days.lower is None or days.lower <= city_time.today():
        raise Invalid({"withdraw": _("These rules have begun to decide and can no longer be withdrawn. Publish others instead.")})


def _lock_published() -> models.QuerySet[RuleSet]:
    """All published sets, kept from others; always in the same order, so that nobody waits for each other."""
    return RuleSet.objects.select_for_update().filter(state=RuleSetState.PUBLISHED).order_by("pk")


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
