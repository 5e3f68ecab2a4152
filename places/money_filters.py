"""Which money is asked for: the filters of all money pages, parsed at the door and written back in one canonical form."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import Any, Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from layers import once
from layers.problems import BadRequest
from places.models import Series

#: What money can be summed by, in the order of the columns of GROUPING in the database.
DIMENSIONS: Final = ("year", "district", "kind", "contractor", "street")
#: How an address says that something is not known: a year, contractor or street is 0, a district or kind is this.
NOT_KNOWN: Final = "-"
_KIND: Final = re.compile(r"[rs]:[\w.-]{0,60}", re.ASCII)
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_KEY: Final = re.compile(r"\d{1,18}", re.ASCII)
_YEAR: Final = re.compile(r"\d{1,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class MoneyFilters:
    """None is "any"; of a dimension 0 or '' is "not known". ``currency`` '' is the one that most amounts are in."""

    year: int | None = None
    district: str | None = None
    kind: str | None = None
    contractor: int | None = None
    street: int | None = None
    stage: str = ""
    currency: str = ""

    @property
    def dimensions(self) -> dict[str, Any]:
        """The dimensions that are narrowed, with their values."""
        values = {name: getattr(self, name) for name in DIMENSIONS}
        return {name: value for name, value in values.items() if value is not None}

    def having(self, **values: Any) -> MoneyFilters:
        """The same filters with some of them changed."""
        return replace(self, **values)

    def query(self) -> str:
        """The filters as an address writes them; '' for none."""
        said = {name: getattr(self, name) for name in _NAMES}
        return urlencode({name: NOT_KNOWN if value == "" else value for name, value in said.items() if _is_said(name, value)})


_NAMES: Final = tuple(one.name for one in fields(MoneyFilters))


def _is_said(name: str, value: Any) -> bool:
    return bool(value) if name in {"stage", "currency"} else value is not None


#: How each filter is written in an address.
_FORMS: Final[dict[str, re.Pattern[str]]] = {
    "year": _YEAR,
    "contractor": _KEY,
    "street": _KEY,
    "kind": _KIND,
    "currency": _CURRENCY,
    "stage": re.compile("|".join(Series.values)),
}


def parse(query: QueryDict, also: tuple[str, ...] = ()) -> MoneyFilters:
    """Read the filters of an address. An empty value is no filter. Raises `BadRequest` for what makes no sense.

    ``also`` names parameters of the page that are not filters.
    """
    values: dict[str, Any] = {}
    for name in query:
        if name in also:
            continue
        if name not in _NAMES:
            raise BadRequest(_("There is no filter called “%(name)s”.") % {"name": _shown(name)})
        given = once.single(query, name)
        if given:
            values[name] = _value(name, given)
    return MoneyFilters(**values)


def _value(name: str, text: str) -> int | str:
    if name in {"district", "kind"} and text == NOT_KNOWN:
        return ""
    form = _FORMS.get(name)
    if (form and not form.fullmatch(text)) or len(text) > 80 or not text.isprintable():
        raise BadRequest(_("“%(value)s” is no value of the filter “%(name)s”.") % {"value": _shown(text), "name": name})
    return int(text) if name in {"year", "contractor", "street"} else text


def _shown(text: str) -> str:
    """What an address said, without what would turn the letters around it or hide some of them."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:80])
