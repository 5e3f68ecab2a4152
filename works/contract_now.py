"""A contract as it stands after its modifications: one rule for pages, findings and publications.

In SQL the same rule is `ContractChange.objects.valued().newest_first()`, and the statement of ``places/findings_slipped_sql.py``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from works.models import Contract, ContractChange


def value_now(one: Contract, changes: Iterable[ContractChange]) -> Decimal | None:
    """Return the value, in the currency of the contract. A change in another currency says nothing of it."""
    told = (change for change in changes if change.new_value is not None and change.currency == one.currency != "")
    newest = max(told, key=_place, default=None)
    now: Decimal | None = newest.new_value if newest else one.value
    return now


def end_now(one: Contract, changes: Iterable[ContractChange]) -> dt.date | None:
    """Return the end that was agreed last."""
    newest = max((change for change in changes if change.new_end), key=_place, default=None)
    return newest.new_end if newest else one.end


def _place(change: ContractChange) -> tuple[dt.date, int]:
    """As `newest_first` has it: without a day before all others."""
    return change.on or dt.date.min, change.pk
