"""The desk's address, damaged on purpose."""

import pytest

from issues.errors import Invalid
from issues.querysets import NEVER
from issues.views import desk_queue


@pytest.mark.parametrize("after", ["0001-01-01T00:00:00+23:59_1", "9999-12-31T23:59:59-23:59_1", "9999-06-01T00:00:00+00:00_1"])
def test_a_moment_at_the_end_of_the_calendar_is_a_damaged_address(after: str) -> None:
    with pytest.raises(Invalid):
        desk_queue.parse({"after": after})


def test_the_moment_of_those_without_a_due_time_still_leads_to_the_next_page() -> None:
    wanted = desk_queue.parse({"after": f"{NEVER.isoformat()}_7"})
    assert wanted.after == (NEVER, 7)
