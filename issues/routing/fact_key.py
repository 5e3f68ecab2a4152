"""The facts on which rules decide, without what differs from pin to pin: equal keys, equal decisions.

Hours and answers are left out: they stand in the appeal itself, and only rules that look at them need them
(``issues/routing/replay.py`` adds them where a rule does).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gis_data.ground import AssetFact, BoundaryFact, StreetFact
from works.at_place_facts import WarrantyFact


@dataclass(frozen=True, slots=True)
class FactKey:
    """``at`` is set code → boundary code; ``street`` (class, owner), ``asset`` (kind, owner) and ``warranty`` (kind, supervisor) are
    None where none is near."""

    category: str
    at: tuple[tuple[str, str], ...] = ()
    street: tuple[str, str] | None = None
    asset: tuple[str, str] | None = None
    has_place: bool = True
    warranty: tuple[str, str] | None = None

    @property
    def json(self) -> dict[str, Any]:
        """As kept in the database. Where nothing is under warranty the key says nothing of it, so keys kept before there was this fact stay the same."""
        row: dict[str, Any] = {
            "category": self.category,
            "at": dict(self.at),
            "street": list(self.street) if self.street else None,
            "asset": list(self.asset) if self.asset else None,
            "place": self.has_place,
        }
        return row | ({"warranty": list(self.warranty)} if self.warranty else {})

    @property
    def id(self) -> int:
        """64 bits of a hash, as a signed number: the primary key, known without asking the database."""
        return int.from_bytes(hashlib.blake2b(self.text.encode(), digest_size=8).digest(), "big", signed=True)

    @property
    def text(self) -> str:
        """The one way in which equal keys are written."""
        return json.dumps(self.json, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def key_of(
    category: str,
    boundaries: tuple[BoundaryFact, ...],
    street: StreetFact | None,
    asset: AssetFact | None,
    warranty: WarrantyFact | None,
    *,
    has_place: bool,
) -> FactKey:
    """The key of what is known about a pin."""
    return FactKey(
        category,
        tuple(sorted((one.set_code, one.code) for one in boundaries)),
        (street.road_class, street.owner) if street else None,
        (asset.kind, asset.owner) if asset else None,
        has_place,
        (warranty.kind, warranty.supervisor) if warranty else None,
    )


def from_json(row: Mapping[str, Any]) -> FactKey:
    """Read what `FactKey.json` wrote."""
    return FactKey(
        row["category"],
        tuple(sorted(row["at"].items())),
        (row["street"][0], row["street"][1]) if row["street"] else None,
        (row["asset"][0], row["asset"][1]) if row["asset"] else None,
        row["place"],
        (row["warranty"][0], row["warranty"][1]) if row.get("warranty") else None,
    )
