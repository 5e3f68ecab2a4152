"""Who is responsible for a place: the question as typed, the answer as a value. Nothing is kept of who asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from issues.errors import OutsideCity, SwappedCoordinates
from issues.routing import facts_sql
from issues.routing.choose import Decision, choose
from issues.routing.facts_sql import Place, Question
from issues.routing.reason import named
from issues.views.report_place import number
from layers.problems import BadRequest, Problem

NAMES: Final = ("lat", "lon", "category")
_LONGEST: Final = 80
_DEGREES: Final = 180.0


class NoSuchCategory(Problem):
    """No category of this code in force today."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self, code: str) -> None:
        super().__init__(_("There is no category “%(code)s”.") % {"code": code[:_LONGEST]})


class NotOurs(Problem):
    """A place outside the city; ``swapped`` when it would be inside with its two numbers exchanged."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, asked: Asked, *, swapped: bool) -> None:
        self.swapped = swapped
        super().__init__(str(SwappedCoordinates(lon=asked.lat, lat=asked.lon) if swapped else OutsideCity()))


@dataclass(frozen=True, slots=True)
class Asked:
    """A place (degrees, SRID 4326; ``lat`` may lie beyond ±90, so that exchanged numbers are recognised) and a category's code."""

    lat: float
    lon: float
    category: str

    def address(self, page: str) -> str:
        """The address of ``page`` that asks this."""
        return f"{reverse(page)}?{urlencode({'lat': f'{self.lat:.6f}', 'lon': f'{self.lon:.6f}', 'category': self.category})}"

    def exchanged(self) -> Asked:
        return Asked(lat=self.lon, lon=self.lat, category=self.category)


@dataclass(frozen=True, slots=True)
class Answer:
    """Who would get a report of this category here and now, and everything it was decided on."""

    asked: Asked
    category: Mapping[str, Any]
    decision: Decision
    place: Place

    @property
    def reason(self) -> dict[str, Any]:
        """The reason as everybody may know it: crews are the service's own business."""
        return {name: value for name, value in self.decision.reason.items() if name != "crew"}

    @property
    def may_change_with(self) -> list[str]:
        """What rules of this place and category look at that was not asked here: ``answers``, ``time``."""
        rules = list(self.place.rules.candidates(self.decision.facts))
        timed = any(rule.weekdays or rule.minutes for rule in rules)
        return ["answers"] * any(rule.answers for rule in rules) + ["time"] * timed

    def as_json(self) -> dict[str, Any]:
        department = self.decision.department
        return {
            "place": {"lat": self.asked.lat, "lon": self.asked.lon},
            "category": self.asked.category,
            "department": named(department) if department else None,
            "confidence": self.decision.confidence,
            "may_change_with": self.may_change_with,
            "emergency": self.category["emergency"] or None,
            "reason": self.reason,
            "runners_up": self.reason.get("runners_up", []),
        }


def parse(query: QueryDict) -> Asked:
    """Read ``lat``, ``lon`` and ``category``, each once and nothing else; raises `BadRequest`."""
    if unknown := sorted(set(query) - {*NAMES}):
        raise BadRequest(_("“%(name)s” is no parameter here. Ask with lat, lon and category.") % {"name": unknown[0][:_LONGEST]})
    if any(len(query.getlist(name)) > 1 for name in NAMES):
        raise BadRequest(_("Each parameter may be given once."))
    given = {name: str(query.get(name, "")).strip() for name in NAMES}
    if missing := next((name for name in NAMES if not given[name]), ""):
        raise BadRequest(_("“%(name)s” is missing. Ask with lat, lon and category.") % {"name": missing})
    lat, lon = degrees(given["lat"]), degrees(given["lon"])
    if lat is None or lon is None:
        raise BadRequest(_("lat and lon are numbers in degrees, for example lat=60.1699&lon=24.9384."))
    return Asked(lat, lon, given["category"])


def degrees(text: str) -> float | None:
    """A number of degrees as people type it, else None."""
    value = number(text.strip())
    return value if value is not None and abs(value) <= _DEGREES else None


def answer(asked: Asked) -> Answer:
    """Say who is responsible; raises `NoSuchCategory` and `NotOurs`. One query."""
    if not 0 < len(asked.category) <= _LONGEST or "\x00" in asked.category:
        raise NoSuchCategory(asked.category)
    place = facts_sql.read(Question(asked.lon, asked.lat, asked.category))
    if place.category is None or place.facts is None:
        raise NoSuchCategory(asked.category)
    if not place.inside or abs(asked.lat) > 90:
        raise NotOurs(asked, swapped=place.swapped_inside)
    return Answer(asked, place.category, choose(place.facts, place.rules), place)
