"""First step: where. A pin on the map, an address from the list, or coordinates; all three end as longitude and latitude."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from django.contrib.gis.geos import Point
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from gis_data.models import Address, City
from gis_data.querysets import can_be_found, metres_to
from issues.errors import OutsideCity, SwappedCoordinates
from issues.views.report_draft import Draft, Outcome

FIELDS: Final = frozenset({"lon", "lat", "address", "seal"})
MATCHES: Final = 8
#: An address further away than this would name another place; the pin then stands for itself.
NEAREST_M: Final = 60.0
#: A pin this close to the typed address was moved on purpose.
SAME_PLACE_M: Final = 300.0
_NUMBER: Final = re.compile(r"-?[0-9]{1,4}(?:[.,][0-9]{1,30})?")


def show(_draft: Draft) -> dict[str, Any]:
    """Context of the step: what the map of the place picker adds to the city's own map base."""
    return {"map_config": {"addressUrl": reverse("address-search")}}


def check(request: HttpRequest, draft: Draft) -> Outcome:
    """Take the chosen address, the exchanged point or the coordinates; list addresses where one has to be chosen first."""
    post = request.POST
    if "swap" in post:
        return _settle(replace(draft, lon=draft.lat, lat=draft.lon))
    if pick := post.get("pick", ""):
        lon, _sep, lat = pick.partition(" ")
        return _settle(replace(draft, lon=lon, lat=lat))
    here = bool(draft.lon or draft.lat)
    typed = bool(draft.address) and not draft.trusted_address()
    if post.get("go") == "find" and (typed or not here):
        return _find(draft)
    if not here:
        return _find(draft)
    outcome = _settle(draft)
    if typed and not outcome.errors and outcome.draft.address != draft.address:
        return _which(draft, outcome)
    return outcome


def number(text: str) -> float | None:
    """Degrees as people type them (decimal comma too), else None; NaN, 1e9 and the like are none."""
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def _find(draft: Draft) -> Outcome:
    if not draft.address:
        return Outcome(draft, {"address": _("Put the pin on the map or write an address.")})
    if not can_be_found(draft.address):
        return Outcome(draft, {"address": _("Write more letters: one word needs at least three.")})
    matches = list(Address.objects.matching(draft.address)[:MATCHES])
    if not matches:
        return Outcome(draft, {"address": _("No such address is known here. Try the street name alone.")})
    return Outcome(draft, stay=True, extra={"matches": _choices(matches)})


def _which(typed: Draft, pinned: Outcome) -> Outcome:
    """A pin in one place and words for another far away: ask, rather than guess. Words that name no address do not stop the form."""
    pin = pinned.draft
    away = metres_to("point", Point(float(pin.lon), float(pin.lat), srid=4326))
    matches = list(Address.objects.matching(typed.address).annotate(metres=away)[:MATCHES])
    if not matches or matches[0].metres <= SAME_PLACE_M:  # type: ignore[attr-defined]  # annotated above
        return pinned
    keep = {"value": f"{pin.lon} {pin.lat}", "text": _("Where the pin is: %(place)s") % {"place": place_words(pin)}}
    return Outcome(typed, stay=True, extra={"matches": [keep, *_choices(matches)]})


def _choices(matches: list[Address]) -> list[dict[str, str]]:
    return [{"value": f"{row.point.x:.6f} {row.point.y:.6f}", "text": row.text} for row in matches]


def place_words(draft: Draft) -> str:
    """The place as people read it: the address, else the coordinates."""
    return draft.trusted_address() or f"{draft.lat}, {draft.lon}"


def _settle(draft: Draft) -> Outcome:
    """Judge the coordinates; a good place gets the name of the address it stands at."""
    lon, lat = number(draft.lon), number(draft.lat)
    errors = {}
    if lat is None:
        errors["lat"] = _("Write the latitude as a number, for example 60.1699.")
    if lon is None:
        errors["lon"] = _("Write the longitude as a number, for example 24.9384.")
    if errors or lon is None or lat is None:
        return Outcome(draft, errors)
    return _judge(draft, lon, lat)


def _judge(draft: Draft, lon: float, lat: float) -> Outcome:
    """Inside the city: the draft with address and seal. Outside: a sentence, and the swapped point if that would be inside."""
    city = City.objects.only("bounds").first()
    if city is None or _inside(city, lon, lat):
        placed = replace(draft, lon=f"{lon:.6f}", lat=f"{lat:.6f}", address=_address_at(lon, lat))
        return Outcome(placed.sealed())
    return outside(draft, SwappedCoordinates(lat, lon) if _inside(city, lat, lon) else OutsideCity())


def outside(draft: Draft, refused: OutsideCity | SwappedCoordinates) -> Outcome:
    """The sentence for a place that is not ours; exchanged coordinates are offered as one click."""
    return Outcome(draft, {"place": str(refused)}, extra={"swapped": isinstance(refused, SwappedCoordinates)})


def _inside(city: City, lon: float, lat: float) -> bool:
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return False
    return bool(city.bounds.covers(Point(lon, lat, srid=4326)))


def _address_at(lon: float, lat: float) -> str:
    found = Address.objects.nearest(Point(lon, lat, srid=4326))
    return found.text if found and found.metres <= NEAREST_M else ""  # type: ignore[attr-defined]  # annotated by nearest()
