"""Values as OC4IDS 0.9.5 and OCDS 1.1.5 write them: days, periods, amounts, web addresses. What is not known is left out. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final, TypeAlias

from django.utils.encoding import iri_to_uri

from opendata.currencies import CURRENCIES

Shape: TypeAlias = dict[str, Any]
_ADDRESS: Final = re.compile(r"(https?://[^\s/?#\[\]@]+)((?:[/?][^\s#]*)?)(?:#(\S*))?", re.IGNORECASE)
_BLANK: Final = re.compile(r"\s")
_LOOSE_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


def present(**fields: Any) -> Shape:
    """The fields that say something: no None, no empty list, object or text."""
    return {name: value for name, value in fields.items() if not _empty(value)}


def _empty(value: Any) -> bool:
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def first_moment(day: dt.date | None) -> str | None:
    """A day as the date-time (RFC 3339) that standards ask for; a start, or something that happened on this day."""
    return f"{day.isoformat()}T00:00:00Z" if day else None


def last_moment(day: dt.date | None) -> str | None:
    """A day on which something ends, to its last second."""
    return f"{day.isoformat()}T23:59:59Z" if day else None


def moment(at: dt.datetime) -> str:
    """A moment in UTC, to the microsecond."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def period(start: dt.date | None, end: dt.date | None) -> Shape:
    """A Period; an end before its start is left out."""
    if start and end and end < start:
        end = None
    return present(startDate=first_moment(start), endDate=last_moment(end))


def value(amount: Decimal | None, currency: str) -> Shape:
    """A Value; {} where the amount is unknown or its currency is none of ISO 4217."""
    return {"amount": number(amount), "currency": currency} if amount is not None and currency in CURRENCIES else {}


def number(amount: Decimal) -> int | float:
    """A number of JSON. Sixteen digits come through whole, which is more money than there is."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def total(amounts: Iterable[tuple[Decimal, str]]) -> Shape:
    """The sum of (amount, currency); {} for none, or for several currencies, which are never added."""
    found = list(amounts)
    currencies = {currency for _amount, currency in found}
    return value(sum((amount for amount, _currency in found), Decimal()), currencies.pop()) if len(currencies) == 1 else {}


def web_address(text: str) -> str:
    """The address as a URI (RFC 3986), other signs written as percents; '' where it is none."""
    found = None if _BLANK.search(text) else _ADDRESS.fullmatch(iri_to_uri(text) or "")
    if not found:
        return ""
    path, fragment = (_quoted(part or "") for part in found.groups()[1:])
    return found[1] + path + (f"#{fragment}" if found[3] else "")


def _quoted(text: str) -> str:
    return _LOOSE_PERCENT.sub("%25", text).replace("[", "%5B").replace("]", "%5D").replace("#", "%23")
