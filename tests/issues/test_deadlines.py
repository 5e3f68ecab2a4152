"""By when an appeal is due, and whether it is late: the same for one appeal and for many rows."""

from __future__ import annotations

import datetime as dt

import pytest

from issues import deadlines, states
from issues.models import Appeal
from issues.templatetags.issue_words import is_late
from tests.factories import TinyCity, an_appeal

NOW = dt.datetime(2026, 5, 14, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def test_due_is_the_promised_time_after_the_report_and_nothing_without_a_promise() -> None:
    assert deadlines.due_at(NOW, dt.timedelta(days=2)) == dt.datetime(2026, 5, 16, 12, tzinfo=dt.UTC)
    assert deadlines.due_at(NOW, None) is None


def test_late_begins_after_the_due_moment_and_ends_with_the_work() -> None:
    assert {state for state in states.STATES if deadlines.is_late(state, NOW - SECOND, NOW)} == states.OPEN
    assert not deadlines.is_late("new", NOW, NOW)
    assert not deadlines.is_late("new", NOW + SECOND, NOW)
    assert not deadlines.is_late("new", None, NOW)


@pytest.mark.django_db
def test_a_list_and_a_single_appeal_agree_on_what_is_late(a_city: TinyCity) -> None:
    for state in states.STATES:
        for due in (NOW - SECOND, NOW, NOW + SECOND, None):
            an_appeal(a_city, state=state, due_at=due, closed_at=None if state in states.OPEN else NOW)
    late = set(Appeal.objects.overdue(NOW))
    assert len(late) == len(states.OPEN)
    assert late == {appeal for appeal in Appeal.objects.all() if is_late(appeal, NOW)}
