"""The last day of a repair's warranty, said once: its own day, else that of its contract."""

from __future__ import annotations

from typing import Final

from django.db.models.functions import Coalesce

#: In a statement where ``r`` is the repair and ``c`` its contract (LEFT JOIN).
SQL: Final = "coalesce(r.warranty_until, c.warranty_until)"
#: Where the contract is not joined, for few rows of many.
ALONE: Final = "coalesce(r.warranty_until, (SELECT c.warranty_until FROM works_contract AS c WHERE c.id = r.contract_id))"


def last_day() -> Coalesce:
    """The same for a reading of repairs."""
    return Coalesce("warranty_until", "contract__warranty_until")
