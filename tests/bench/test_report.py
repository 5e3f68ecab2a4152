"""The line of a bench says what it promises."""

import io
import json

import pytest

from tests.bench.report import line, percentile


def printed(out: io.StringIO) -> dict[str, object]:
    found: dict[str, object] = json.loads(out.getvalue())
    return found


def test_a_goal_is_for_the_ratio_where_there_is_something_to_compare_with() -> None:
    out = io.StringIO()
    assert not line("intake", 10, "requests/s", against="pgbench", against_value=100, goal=0.15, out=out)
    assert printed(out)["ratio"] == 0.1
    assert printed(out)["ok"] is False


def test_without_a_comparison_the_goal_is_for_the_value_itself() -> None:
    out = io.StringIO()
    assert line("p95", 9, "ms", goal=10, lower_is_better=True, out=out)
    assert printed(out)["ratio"] is None


@pytest.mark.parametrize(("share", "expected"), [(0, 1), (0.5, 50), (0.95, 95), (1, 100)])
def test_a_percentile_is_one_of_the_values(share: float, expected: float) -> None:
    assert percentile([float(one) for one in range(100, 0, -1)], share) == expected


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)
