"""What the readers of OCDS and OC4IDS share: values, periods, parties and documents of these standards → typed values. Pure.

Where a publication says something that cannot be kept it is written down, and the rest is read: these files come from other
systems, and one strange field of theirs must not cost the whole contract.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from gis_data.readers import ANY_SHAPE, Broken
from gis_data.readers.feature import WGS84, checked
from gis_data.repair import repaired
from works import amounts
from works.cells import BadCell, limited
from works.codelists import PartyRole
from works.days import EARLIEST, LATEST
from works.firms import Firm, key_of
from works.records import Doc, Party
from works.remarks import Remarks

_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]{3,990}")
_SHAPES: Final = frozenset({"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"})
Value = tuple[Decimal | None, str]


def part(thing: Any, *path: str) -> Any:
    """What stands at a path of inner objects; None where any of them is missing or no object."""
    for name in path:
        thing = thing.get(name) if isinstance(thing, dict) else None
    return thing


def many(thing: Any, *path: str) -> list[dict[str, Any]]:
    """The objects of a list at a path; [] where there is none."""
    found = part(thing, *path)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


class Reading:
    """One thing of a publication (a project, a contracting process) being read."""

    def __init__(self, file: str, row: int, remarks: Remarks) -> None:
        self.file, self.row, self._remarks = file, row, remarks

    def noted(self, column: str, sentence: str, value: Any = "") -> None:
        """Write down what could not be kept."""
        self._remarks.add(self.file, self.row, column, "noted", sentence, value)

    def text(self, thing: Any, *path: str, longest: int = 300) -> str:
        """A text, shortened where it is too long to be kept."""
        value = part(thing, *path)
        try:
            return limited(value, 1_000_000)[:longest]
        except BadCell as bad:
            self.noted(".".join(path), f"{bad}: left out", value)
            return ""

    def code(self, allowed: Iterable[str], thing: Any, *path: str) -> str:
        """A code of a closed list; '' for any other, which is written down."""
        found = self.text(thing, *path)
        if found and found not in set(allowed):
            self.noted(".".join(path), "is no code of its list: left out", found)
            return ""
        return found

    def value(self, thing: Any, *path: str) -> Value:
        """A Value (OCDS): amount and currency; (None, '') where it is unknown or cannot be kept."""
        found = part(thing, *path)
        if not isinstance(found, dict) or found.get("amount") is None:
            return None, ""
        currency = str(found.get("currency") or "")
        if not _CURRENCY.fullmatch(currency):
            self.noted(".".join(path), "an amount without its currency: left out", found.get("amount"))
            return None, ""
        try:
            return amounts.read(found["amount"], amounts.Writing(currency)), currency
        except BadCell as bad:
            self.noted(".".join(path), f"{bad}: left out", found["amount"])
            return None, ""

    def day(self, thing: Any, *path: str) -> dt.date | None:
        """The day of a date-time (RFC 3339), as it is written there."""
        text = self.text(thing, *path)
        found = _DAY.fullmatch(text)
        try:
            day = dt.date(int(found[1]), int(found[2]), int(found[3])) if found else None
        except ValueError:
            day = None
        if text and (day is None or not EARLIEST <= day < LATEST):
            self.noted(".".join(path), "is no date: left out", text)
            return None
        return day

    def period(self, thing: Any, *path: str) -> tuple[dt.date | None, dt.date | None]:
        """First and last day; a last day before the first is left out."""
        return self.ordered(self.day(thing, *path, "startDate"), self.day(thing, *path, "endDate"), path[-1])

    def ordered(self, first: dt.date | None, last: dt.date | None, name: str) -> tuple[dt.date | None, dt.date | None]:
        """The same two days; a last one before the first is left out."""
        if first and last and last < first:
            self.noted(name, "ends before it starts: its end is left out", f"{first} … {last}")
            return first, None
        return first, last

    def documents(self, things: Iterable[dict[str, Any]]) -> list[Doc]:
        """Documents that have a web address, each once."""
        found: dict[str, Doc] = {}
        for one in things:
            url = str(one.get("url") or "")
            if _ADDRESS.fullmatch(url):
                found.setdefault(url, Doc(self.text(one, "documentType", longest=60) or "other", self.text(one, "title"), url))
            else:
                self.noted("documents.url", "a document without a web address: left out", self.text(one, "title"))
        return list(found.values())

    def shape(self, geometry: Any) -> BaseGeometry | None:
        """A GeoJSON geometry (SRID 4326, longitude first), valid; None where it is none."""
        if geometry is None:
            return None
        if not isinstance(geometry, dict) or str(geometry.get("type")) not in _SHAPES:
            self.noted("geometry", "is no geometry that is accepted: left out")
            return None
        try:
            plain = {"type": geometry["type"], "coordinates": geometry.get("coordinates")}
            shape = checked(shapely.from_geojson(json.dumps(plain)), WGS84, ANY_SHAPE, self.file, self.row)
        except (Broken, ShapelyError, ValueError, RecursionError) as error:
            self.noted("geometry", f"cannot be read: left out ({' '.join(str(error).split())[:80]})")
            return None
        return repaired(shape)[0] if shape.geom_type.endswith("Polygon") else shape


class Parties:
    """Organisations of one publication by their id there, with the numbers of their registers."""

    def __init__(self, reading: Reading, things: Iterable[dict[str, Any]]) -> None:
        self._reading, self._known, self.all = reading, dict[str, Firm](), list[Party]()
        for one in things:
            firm = self._firm(one)
            if firm is not None:
                self._known[str(one.get("id"))] = firm
                roles = one.get("roles") if isinstance(one.get("roles"), list) else []
                self.all += [Party(firm, role) for role in roles or [] if role in PartyRole.values]

    def of(self, reference: Any) -> Firm | None:
        """The organisation that a reference (id, name) means: as it stands in ``parties``, else by its name."""
        if not isinstance(reference, dict):
            return None
        return self._known.get(str(reference.get("id"))) or self._firm(reference)

    def each(self, references: Iterable[dict[str, Any]], role: str) -> list[Party]:
        """All that are referred to, in one role."""
        firms = [self.of(one) for one in references]
        return [Party(firm, role) for firm in firms if firm is not None]

    def _firm(self, one: Mapping[str, Any]) -> Firm | None:
        name = self._reading.text(one, "name") or self._reading.text(one, "identifier", "legalName")
        scheme, number = (
            self._reading.text(one, "identifier", "scheme", longest=40),
            self._reading.text(one, "identifier", "id", longest=120),
        )
        known = bool(scheme and number)
        return Firm(name, scheme if known else "", number if known else "") if name and key_of(name) else None


def merged(parties: Iterable[Party]) -> list[Party]:
    """Each organisation once in each role."""
    return list(dict.fromkeys(parties))
