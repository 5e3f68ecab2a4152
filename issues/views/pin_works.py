"""The city's works at a pin as pages and programs read them: planned ones, a warranty, repeats, and links that staff confirmed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.encoding import escape_uri_path
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gis_data import city_time, metres
from gis_data.names import in_language
from issues.routing.warranty_words import kind_word
from issues.routing.words import metres as metres_in_words
from works.at_place import at_place
from works.at_place_facts import AtPlace, PlannedWorks, Recurring, WarrantyFact
from works.codelists import ProjectStatus, RepairStatus
from works.map_layers import PROJECTS, REPAIRS
from works.models import Project, Repair

#: A feed of works tells of this much around a pin: those at it, and what may come beside them.
FEED_M: Final = 100.0


def of_appeal(appeal: Any) -> dict[str, Any] | None:
    """The same as `shown` for the pin of an appeal (with its category). One query, none without a pin or kinds."""
    lon, lat = (appeal.point.x, appeal.point.y) if appeal.point else (None, None)
    return shown(lon, lat, appeal.category.repair_kinds)


def shown(lon: float | None, lat: float | None, kinds: Sequence[str]) -> dict[str, Any] | None:
    """Context of ``issues/pin_works.html`` for a pin (degrees, SRID 4326) and the kinds of repairs that concern it; None: nothing to
    say. One query, none without kinds."""
    if lon is None or lat is None:
        return None
    found = at_place(lon, lat, kinds)
    return in_words(found, city_time.today(), lon, lat) if found else None


def in_words(found: AtPlace, today: dt.date, lon: float, lat: float) -> dict[str, Any]:
    """The same for what is known already of that pin."""
    return {
        "planned": [_planned(one, today) for one in found.planned],
        "feeds": _feeds(found.planned, lon, lat),
        "warranty": _warranty(found.warranty) if found.warranty else None,
        "recurring": _recurring(found.recurring, today) if found.recurring else None,
    }


def as_json(found: AtPlace, today: dt.date) -> dict[str, Any]:
    """For programs: days are ISO 8601, amounts texts with the ISO 4217 code of their currency, distances whole metres."""
    again, warranty = found.recurring, found.warranty
    return {
        "planned": [_planned_json(one) for one in found.planned],
        "warranty": warranty
        and {
            "repair": warranty.ref,
            "kind": warranty.kind,
            "contract": warranty.contract,
            "contractor": warranty.contractor,
            "until": warranty.until.isoformat(),
            "metres": round(warranty.m),
            "href": settings.PUBLIC_URL + address("repair", warranty.ref),
        },
        "recurring": again
        and {
            "times": again.times,
            "months": again.months(today),
            "first": again.first.isoformat(),
            "last": again.last.isoformat(),
            "costs": {currency: str(amount) for currency, amount in again.costs.items()},
            "cost_unknown": again.unknown,
        },
    }


def address(what: str, ref: str) -> str:
    """The public page of a ``repair`` or a ``project``."""
    works = Repair(public_id=ref) if what == "repair" else Project(public_id=ref)
    return escape_uri_path(works.get_absolute_url())


def amount_in_words(amount: Decimal | None, currency: str) -> str:
    """An amount with the code of its currency; unknown is said, since it is not zero."""
    return f"{number_format(amount, 2, force_grouping=True)} {currency}" if amount is not None else _("cost unknown")


def span_in_words(starts: dt.date | None, ends: dt.date | None) -> str:
    """From when to when, as far as that is known."""
    first, last = (date_format(day, "DATE_FORMAT") if day else "" for day in (starts, ends))
    if first and last:
        return _("%(first)s to %(last)s") % {"first": first, "last": last}
    if first:
        return _("from %(day)s") % {"day": first}
    return _("until %(day)s") % {"day": last} if last else _("days not known yet")


def days_of(works: Repair | Project) -> tuple[dt.date | None, dt.date | None]:
    """When works began and ended, as far as that is known; else as it is planned."""
    if isinstance(works, Repair):
        return works.started_on, works.finished_on
    return works.actual_start or works.planned_start, works.actual_end or works.planned_end


def _planned(one: PlannedWorks, today: dt.date) -> dict[str, Any]:
    late = one.ends is not None and one.ends < today
    return {
        "title": in_language(one.title) or kind_word(one.kind),
        "href": address(one.what, one.ref),
        "running": one.running,
        "state": _state(one),
        "where": _away(one.m),
        "when": _("was to end on %(day)s") % {"day": date_format(one.ends, "DATE_FORMAT")}
        if late and one.ends
        else span_in_words(one.starts, one.ends),
        "by": one.by,
        "cost": amount_in_words(one.amount, one.currency),
    }


def _feeds(planned: Iterable[PlannedWorks], lon: float, lat: float) -> list[dict[str, Any]]:
    """Where changes of such works around the pin are told: the feed of their layer, cut to a box."""
    east, north = metres.box(FEED_M, lat)
    west, right = ((edge + 180) % 360 - 180 for edge in (lon - east, lon + east))  # a box across the antimeridian is one as well
    box = ",".join(f"{edge:.5f}" for edge in (west, max(lat - north, -90), right, min(lat + north, 90)))
    kinds = {one.what for one in planned}
    layers = [layer for what, layer in (("project", PROJECTS), ("repair", REPAIRS)) if what in kinds]
    return [{"title": layer.title, "href": f"{reverse('feed', args=[layer.name])}?bbox={box}"} for layer in layers]


def _state(one: PlannedWorks) -> str:
    known = RepairStatus if one.what == "repair" else ProjectStatus
    return str(known(one.status).label) if one.status in known.values else _("planned")


def _away(m: float) -> str:
    return _("at your pin") if m < 5 else _("%(metres)s away") % {"metres": metres_in_words(m)}


def _warranty(one: WarrantyFact) -> dict[str, Any]:
    return {
        "kind": kind_word(one.kind),
        "href": address("repair", one.ref),
        "until": one.until,
        "finished_on": one.finished_on,
        "contract": one.contract,
        "contractor": one.contractor,
        "where": _away(one.m),
    }


def _recurring(again: Recurring, today: dt.date) -> dict[str, str]:
    months = again.months(today)
    costs = [amount_in_words(amount, currency) for currency, amount in sorted(again.costs.items())]
    return {
        "times": _("Repaired %(times)s in %(months)s")
        % {
            "times": ngettext("%(count)d time", "%(count)d times", again.times) % {"count": again.times},
            "months": ngettext("%(count)d month", "%(count)d months", months) % {"count": months},
        },
        "cost": " + ".join(costs) if costs else "",
        "unknown": ngettext("the cost of %(count)d repair is unknown", "the cost of %(count)d repairs is unknown", again.unknown)
        % {"count": again.unknown}
        if again.unknown
        else "",
    }


def _planned_json(one: PlannedWorks) -> Mapping[str, Any]:
    return {
        "what": one.what,
        "ref": one.ref,
        "title": dict(one.title),
        "kind": one.kind,
        "status": one.status,
        "starts": one.starts and one.starts.isoformat(),
        "ends": one.ends and one.ends.isoformat(),
        "by": one.by,
        "amount": None if one.amount is None else str(one.amount),
        "currency": one.currency,
        "metres": round(one.m),
        "href": settings.PUBLIC_URL + address(one.what, one.ref),
    }


def linked_in_words(links: Iterable[Any]) -> list[dict[str, Any]]:
    """Confirmed links of one appeal (with their works) for the same template."""
    return [_linked(link.repair or link.project, link.meaning) for link in links]


def _linked(works: Repair | Project, meaning: str) -> dict[str, Any]:
    is_repair = isinstance(works, Repair)
    return {
        "title": in_language(works.title) or (kind_word(works.kind) if isinstance(works, Repair) else works.public_id),
        "href": address("repair" if is_repair else "project", works.public_id),
        "state": works.get_status_display(),
        "when": span_in_words(*days_of(works)),
        "returns": meaning == "returns",
    }
