"""The words for what is looked at in published data."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from layers.declaration import Words

#: In the order in which they are shown.
CHECKS: Final[Mapping[str, Words]] = {
    "unique-ids": _("Each has a number of its own"),
    "prefix": _("Numbers begin as the standard says"),
    "registered": _("The prefix was given to this publisher by the keepers of the standard"),
    "inner-ids": _("Numbers inside each list differ"),
    "references": _("Whoever pays, gets or does something is among the parties"),
    "codes": _("Codes are of the closed lists"),
    "currency": _("Amounts have a currency of ISO 4217"),
    "periods": _("Nothing ends before it starts"),
    "rings": _("Areas are closed"),
    "range": _("Coordinates are degrees on the globe"),
    "swapped": _("Longitude and latitude are not swapped"),
    "outside": _("Places lie in the city’s box, at least in part"),
    "unchanged": _("Releases are as they were when they were published"),
    "numbered": _("Releases are counted without gaps"),
    "dates": _("Each release is later than the one before"),
    "crossed": _("Money under a contract belongs to the contract’s project"),
}
COVERAGE: Final[Mapping[str, Words]] = {
    "budget": _("budget"),
    "place": _("place as a shape"),
    "district": _("place at least by name"),
    "dates": _("planned dates"),
    "end": _("end as it was"),
    "state": _("state"),
    "authority": _("authority"),
    "contract": _("contract"),
    "contractor": _("contractor"),
    "contract-value": _("value of the contract"),
    "payments": _("payments"),
    "warranty": _("warranty"),
    "documents": _("documents"),
    "paid-payee": _("who got it"),
    "paid-day": _("day of payment"),
    "paid-project": _("project it was paid for"),
    "repair-place": _("place"),
    "repair-day": _("day"),
    "repair-cost": _("cost"),
    "repair-contractor": _("contractor"),
    "repair-contract": _("contract"),
    "repair-warranty": _("warranty"),
    "repair-photos": _("photos"),
}
#: What a publication is called where only its verdict is shown.
SUBJECTS: Final[Mapping[str, Words]] = {
    "oc4ids": _("Projects (OC4IDS)"),
    "ocds": _("Contracts (OCDS)"),
    "ledger": _("Ledger"),
    "repairs": _("Repairs"),
}
