"""Words for what the loader counts and writes down in English codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from works.codelists import Stage

STAGES: Final[Mapping[str, str | Promise]] = {one.value: one.label for one in Stage}
THINGS: Final[Mapping[str, str | Promise]] = {
    "project": _("projects"),
    "contract": _("contracts"),
    "contractchange": _("changes of contracts"),
    "repair": _("repairs"),
    "streetcondition": _("marks of streets"),
    "money": _("rows of the ledger"),
}
#: One of each.
THING: Final[Mapping[str, str | Promise]] = {
    "project": _("project"),
    "contract": _("contract"),
    "contractchange": _("change of a contract"),
    "repair": _("repair"),
    "streetcondition": _("marks of a street"),
    "money": _("row of the ledger"),
}
WEIGHTS: Final[Mapping[str, str | Promise]] = {
    "refused": _("refused"),
    "left out": _("left out"),
    "put right": _("put right"),
    "noted": _("noted"),
}
#: Fields of all kinds of things, as the difference names them.
FIELDS: Final[Mapping[str, str | Promise]] = {
    "title": _("title"),
    "description": _("description"),
    "status": _("status"),
    "type": _("type"),
    "sectors": _("sectors"),
    "category": _("category"),
    "kind": _("kind"),
    "promised_start": _("promised start"),
    "promised_end": _("promised end"),
    "promised_amount": _("promised amount"),
    "promised_currency": _("currency of the promise"),
    "planned_start": _("planned start"),
    "planned_end": _("planned end"),
    "actual_start": _("actual start"),
    "actual_end": _("actual end"),
    "started_on": _("started on"),
    "finished_on": _("finished on"),
    "finished_at": _("finished at"),
    "warranty_until": _("warranty until"),
    "delay_reason": _("reason for the delay"),
    "parties": _("parties"),
    "places": _("places"),
    "documents": _("documents"),
    "geometry": _("place"),
    "address": _("address"),
    "street": _("street"),
    "asset": _("object"),
    "cost": _("cost"),
    "currency": _("currency"),
    "contractor": _("contractor"),
    "supplier": _("supplier"),
    "contract": _("contract"),
    "project": _("project"),
    "number": _("number"),
    "value": _("value"),
    "method": _("method"),
    "tenderers": _("tenderers"),
    "signed_on": _("signed on"),
    "start": _("start"),
    "end": _("end"),
    "stage": _("stage"),
    "amount": _("amount"),
    "on": _("day"),
    "starts": _("starts"),
    "ends": _("ends"),
    "fiscal_year": _("fiscal year"),
    "fund": _("fund"),
    "payer": _("payer"),
    "payee": _("payee"),
}


def things_in_words(counts: Mapping[str, int] | Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """How many of which things, without those there are none of."""
    pairs = dict(counts)
    return [(str(words), pairs[name]) for name, words in THINGS.items() if pairs.get(name)]
