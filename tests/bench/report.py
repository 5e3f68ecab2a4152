"""The line format of all benches: one JSON object a line, figure against figure taken in the same run."""

import json
import math
import sys
from collections.abc import Sequence
from typing import TextIO


def line(
    case: str,
    value: float,
    unit: str,
    *,
    against: str | None = None,
    against_value: float | None = None,
    goal: float | None = None,
    lower_is_better: bool = False,
    out: TextIO | None = None,
) -> bool:
    """Print one case; ``goal`` is for the ratio where there is something to compare with, else for the value."""
    ratio = value / against_value if against_value else None
    measured = value if ratio is None else ratio
    ok = goal is None or (measured <= goal if lower_is_better else measured >= goal)
    row = {
        "case": case,
        "value": round(value, 4),
        "unit": unit,
        "against": against,
        "against_value": None if against_value is None else round(against_value, 4),
        "ratio": None if ratio is None else round(ratio, 4),
        "goal": goal,
        "ok": ok,
    }
    print(json.dumps(row), file=out or sys.stdout, flush=True)
    return ok


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` (0 to 1) of ``values`` lie, by the nearest rank."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
