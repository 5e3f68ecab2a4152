"""The reason of a routing decision in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from gis_data.names import in_language

Reason = Mapping[str, Any]


def reason_in_words(reason: Reason, language: str | None = None) -> str:
    """Say in ``language`` (the active one by default) why an appeal went where it went; makes no query.

    ``reason["how"]`` is ``rule``, ``category``, ``fallback``, ``nobody``, ``staff`` or ``imported``. An import writes
    ``{"how": "imported", "source": …, "department": {"code": …, "names": {…}}}`` (department may be None). Anything else,
    such as a reason written by a later version, gives ''.
    """
    with override(language or get_language()):
        return " ".join(sentence for sentence in _sentences(reason) if sentence)


def _sentences(reason: Reason) -> Iterator[str]:
    say = _HOW.get(str(reason.get("how", "")))
    if say is None:
        return
    yield say(reason)
    if reason.get("how") in {"rule", "category", "fallback"}:
        yield _place(reason)
        yield _others(reason)


def _name(part: Any) -> str:
    return in_language(part.get("names")) or str(part.get("code", "")) if isinstance(part, Mapping) else ""


def _by_rule(reason: Reason) -> str:
    words = {
        "department": _name(reason.get("department")),
        "rule": reason.get("rule", ""),
        "category": _name(reason.get("category")),
    }
    boundary = reason.get("boundary")
    if not isinstance(boundary, Mapping):
        return _("“%(category)s” goes to %(department)s everywhere in the city (rule %(rule)s).") % words
    words |= {"boundary": _name(boundary), "set": in_language(boundary.get("set_names")), "version": boundary.get("version", "")}
    if reason.get("of_category"):
        return _("“%(category)s” in “%(boundary)s” (%(set)s, as of %(version)s) goes to %(department)s (rule %(rule)s).") % words
    return _("Everything in “%(boundary)s” (%(set)s, as of %(version)s) goes to %(department)s (rule %(rule)s).") % words


def _by_category(reason: Reason) -> str:
    return _("“%(category)s” is the work of %(department)s; no rule says otherwise for this place.") % {
        "category": _name(reason.get("category")),
        "department": _name(reason.get("department")),
    }


def _by_fallback(reason: Reason) -> str:
    return _("No rule fits “%(category)s” here, so it went to %(department)s, which takes what has no service of its own.") % {
        "category": _name(reason.get("category")),
        "department": _name(reason.get("department")),
    }


def _by_nobody(reason: Reason) -> str:
    if reason.get("lost"):
        return _("This place is in no district and far from all of them, so a dispatcher decides who gets it.")
    return _("No rule fits and the city names no service for this, so a dispatcher decides who gets it.")


def _by_staff(reason: Reason) -> str:
    return _("Sent to %(department)s by the staff of %(from)s.") % {
        "department": _name(reason.get("department")),
        "from": _name(reason.get("from")) or _("the city"),
    }


def _by_import(reason: Reason) -> str:
    if department := _name(reason.get("department")):
        return _("Taken over from the city's earlier records, where %(department)s had it.") % {"department": department}
    return _("Taken over from the city's earlier records.")


_HOW: Final[Mapping[str, Callable[[Reason], str]]] = {
    "rule": _by_rule,
    "category": _by_category,
    "fallback": _by_fallback,
    "nobody": _by_nobody,
    "staff": _by_staff,
    "imported": _by_import,
}


def _place(reason: Reason) -> str:
    """What was uncertain about the place."""
    if reason.get("no_place"):
        return _("The report names no place.")
    district = reason.get("district")
    if isinstance(district, Mapping) and "gap_m" in district:
        return _("The pin lies between districts; “%(district)s” is the nearest, %(metres)d m away.") % {
            "district": _name(district),
            "metres": district["gap_m"],
        }
    for part in (reason.get("boundary"), district):
        beside = part.get("next") if isinstance(part, Mapping) else None
        if isinstance(beside, Mapping):
            return _("The border of “%(neighbour)s” is %(metres)d m away.") % {
                "neighbour": _name(beside),
                "metres": beside.get("m", 0),
            }
    return ""


def _others(reason: Reason) -> str:
    names = [_name(other.get("department")) for other in reason.get("runners_up", []) if isinstance(other, Mapping)]
    return _("Next in line: %(services)s.") % {"services": ", ".join(names)} if names else ""
