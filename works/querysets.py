"""Readings of works and money in the trade's words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import QuerySet, Sum

if TYPE_CHECKING:
    from works.models.money import Money  # noqa: F401  # named in texts below


class MoneyQuerySet(QuerySet["Money"]):
    def standing(self) -> MoneyQuerySet:
        """Rows that no later row replaces: what holds now."""
        return self.filter(replaced_by__isnull=True)

    def totals(self) -> dict[tuple[str, str], Decimal]:
        """Sum what holds now by (stage, currency). Currencies are never added, nor are stages. One query."""
        rows = self.standing().values_list("stage", "currency").order_by("stage", "currency").annotate(total=Sum("amount"))
        return {(stage, currency): total for stage, currency, total in rows}
