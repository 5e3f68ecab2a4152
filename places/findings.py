"""The findings: public lists, each the answer to one question that is asked of all works, money and reports at once.

Each says what it counts, from what thresholds on, what it does not say, how many things it is drawn from and how far they reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from places.findings_dig import DIG_ONCE
from places.findings_need import NEED
from places.findings_repeat import REPEATS
from places.findings_returns import RETURNS
from places.findings_slipped import SLIPPED
from places.findings_types import Finding
from places.findings_unseen import UNSEEN

FINDINGS: Final[Mapping[str, Finding]] = {one.name: one for one in (REPEATS, RETURNS, NEED, SLIPPED, DIG_ONCE, UNSEEN)}
