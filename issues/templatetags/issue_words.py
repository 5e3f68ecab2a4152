"""States and references of appeals in a template's words."""

import datetime as dt
from collections.abc import Iterable

from django import template

from issues import deadlines, flags, public_id, states
from issues.models import Appeal

register = template.Library()


@register.filter
def reference(value: str) -> str:
    """``K7QH2M9X`` → ``K7QH-2M9X``, as people read it aloud."""
    return public_id.dashed(value)


@register.filter
def public_state(state: str) -> str:
    """One of the four public states."""
    return states.public_state(state)


@register.filter
def state_word(state: str) -> str:
    """The exact state in words, for staff."""
    return str(states.word(state))


@register.filter
def is_late(appeal: Appeal, now: dt.datetime) -> bool:
    """Still open after its due time."""
    return deadlines.is_late(appeal.state, appeal.due_at, now)


@register.filter
def flag_words(given: Iterable[str]) -> list[str]:
    """What an appeal is marked with, in words for staff."""
    return flags.in_words(given)
