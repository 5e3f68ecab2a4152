"""What is asked of a finding, parsed at the door. Raises `BadRequest` with a sentence for what makes no sense."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from decimal import Decimal
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext as _

from layers.problems import BadRequest
from places.findings_types import Asked, Finding, Knob

_NUMBER: Final = re.compile(r"\d{1,6}", re.ASCII)
_YEAR: Final = re.compile(r"(?:1[89]|2[01])\d\d", re.ASCII)
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
#: A place in the list: what it is sorted by, and its key.
_AFTER: Final = re.compile(r"(-?\d{1,18}(?:\.\d{1,8})?)~([\w:~.-]{1,100})")


def parse(finding: Finding, query: QueryDict, districts: Collection[str], today: dt.date, also: tuple[str, ...] = ()) -> Asked:
    """Read the parameters of an address; an empty value is none. ``districts`` are the codes that there are.

    ``also`` names parameters that are not of every address of a finding.
    """
    given = _given(finding, query, also)
    since, until = _year(given.get("from", "")), _year(given.get("to", ""))
    if since and until and since > until:
        raise BadRequest(_("The years end before they begin."))
    district = given.get("district", "")
    if district and district not in districts:
        raise BadRequest(_("There is no district “%(code)s”.") % {"code": district[:80]})
    return Asked(
        today=today,
        numbers={knob.name: _number(knob, given.get(knob.name, "")) for knob in finding.knobs},
        picks={one.name: _word(one.name, given.get(one.name) or one.default, one.options) for one in finding.picks},
        district=district,
        since=since,
        until=until,
        currency=_currency(given.get("currency", "")),
        after=_after(given.get("after", "")),
    )


def place(row: dict[str, object]) -> str:
    """Return the place of a row in its list as an address writes it."""
    return f"{row['sort']}~{row['key']}"


def _given(finding: Finding, query: QueryDict, also: tuple[str, ...]) -> dict[str, str]:
    known = {*also, "from", "to", *(one.name for one in finding.knobs), *(one.name for one in finding.picks)}
    known |= {"district"} if finding.by_district else set()
    known |= {"currency"} if finding.by_currency else set()
    for name in query:
        if name not in known:
            raise BadRequest(_("There is no filter called “%(name)s”.") % {"name": name[:80]})
        if len(query.getlist(name)) > 1:
            raise BadRequest(_("Each filter may be given once."))
    return {name: query.get(name, "") for name in query}


def _number(knob: Knob, text: str) -> int:
    if not text:
        return knob.default
    if not _NUMBER.fullmatch(text) or not knob.low <= int(text) <= knob.high:
        said = {"title": knob.title, "low": knob.low, "high": knob.high}
        raise BadRequest(_("“%(title)s” is a whole number from %(low)d to %(high)d.") % said)
    return int(text)


def _word(name: str, text: str, options: Collection[str]) -> str:
    if text not in options:
        raise BadRequest(_("“%(value)s” is no value of the filter “%(name)s”.") % {"value": text[:80], "name": name})
    return text


def _year(text: str) -> int | None:
    if not text:
        return None
    if not _YEAR.fullmatch(text):
        raise BadRequest(_("A year has four digits and lies between 1800 and 2199."))
    return int(text)


def _currency(text: str) -> str:
    if text and not _CURRENCY.fullmatch(text):
        raise BadRequest(_("A currency is three capital letters."))
    return text


def _after(text: str) -> tuple[Decimal, str] | None:
    if not text:
        return None
    found = _AFTER.fullmatch(text)
    if found is None:
        raise BadRequest(_("This is no page of the list."))
    return Decimal(found[1]), found[2]
