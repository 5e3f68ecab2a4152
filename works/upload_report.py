"""What a check found, as the page shows it: plain values for ``WorksUpload.result``."""

from __future__ import annotations

from typing import Any, Final

from works.cells import storable
from works.difference import Difference
from works.load_set import SetReport, Totals

#: Odd rows on the page; all of them are in the report to download. Kinds of them, the most frequent first.
MOST_NAMED: Final = 50
MOST_KINDS: Final = 100
_WEIGHTS: Final = ("refused", "left out", "put right", "noted")


def result_of(report: SetReport, difference: Difference) -> dict[str, Any]:
    """Counts, sums, and the first of the odd rows, those first that stand in the way."""
    tally, remarks = report.tally, report.remarks
    named = sorted(remarks.named, key=lambda one: _WEIGHTS.index(one.weight))[:MOST_NAMED]
    return {
        "fingerprint": difference.fingerprint,
        "read": tally.read,
        "written": tally.loaded,
        "unchanged": tally.unchanged,
        "left_out": tally.skips.total(),
        "refusal": storable(tally.refusal),
        "counts": [{"what": what, "kind": kind, "count": count} for (what, kind), count in sorted(difference.counts.items())],
        "totals": _totals(report.before, report.after),
        "skips": [list(one) for one in tally.skips.most_common(MOST_KINDS)],
        "quirks": [
            {"file": file, "weight": weight, "why": why, "count": count}
            for (file, weight, why), count in sorted(
                remarks.counts.most_common(MOST_KINDS), key=lambda one: (_WEIGHTS.index(one[0][1]), -one[1])
            )
        ],
        "kinds": len(remarks.counts),
        "odd": remarks.counts.total(),
        "named": [
            {"file": one.file, "row": one.row, "column": one.column, "weight": one.weight, "why": one.why, "value": one.value}
            for one in named
        ],
    }


def _totals(before: Totals, after: Totals) -> list[dict[str, str]]:
    return [
        {
            "stage": stage,
            "currency": currency,
            "before": str(before.get((stage, currency), 0)),
            "after": str(after.get((stage, currency), 0)),
        }
        for stage, currency in sorted(before.keys() | after.keys())
    ]
