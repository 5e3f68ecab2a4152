"""Readings of works and money in the trade's words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import F, QuerySet, Sum

if TYPE_CHECKING:
    from works.models.contracts import ContractChange  # noqa: F401  # named in texts below
    from works.models.money import Money  # noqa: F401


class ChangeQuerySet(QuerySet["ContractChange"]):
    def newest_first(self) -> ChangeQuerySet:
        """By the day of the change, those without a day last; of one day the one that was recorded last stands first."""
        return self.order_by(F("on").desc(nulls_last=True), "-pk")

    def valued(self) -> ChangeQuerySet:
        """Changes that may give a contract its value of now: in the currency that it was signed in."""
        return self.filter(new_value__isnull=False, contract__currency=F("currency")).exclude(currency="")


class MoneyQuerySet(QuerySet["Money"]):
    def standing(self) -> MoneyQuerySet:
        """Rows that no later row replaces: what holds now."""
        return self.filter(replaced_by__isnull=True)

    def totals(self) -> dict[tuple[str, str], Decimal]:
        """Sum what holds now by (stage, currency). Currencies are never added, nor are stages. One query."""
        rows = self.standing().values_list("stage", "currency").order_by("stage", "currency").annotate(total=Sum("amount"))
        return {(stage, currency): total for stage, currency, total in rows}
