"""The reason of a routing decision in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

from gis_data.names import in_language
from gis_data.road_classes import road_class_word
from issues.routing.warranty_words import because_warranty
from issues.routing.weekdays import weekday_word

Reason = Mapping[str, Any]


def reason_in_words(reason: Reason, language: str | None = None, *, for_staff: bool = False) -> str:
    """Say in ``language`` (the active one by default) why an appeal went where it went; makes no query.

    What the resident answered is named to staff alone; for others it is only said which question decided. So is whom a service
    wanted to have it, or who was next in line, when a dispatcher has to decide.

    ``reason["how"]`` is ``rule``, ``category``, ``set``, ``fallback``, ``nobody`` (see `issues.routing.reason`), ``staff``,
    ``refused``, ``undone`` or ``imported``. An import writes ``{"how": "imported", "source": …, "department": {"code": …,
    "names": {…}}}`` (department may be None). Anything else, such as a reason written by a later version, gives ''.
    """
    with override(language or get_language()):
        return " ".join(sentence for sentence in _sentences(reason if for_staff else _discreet(reason)) if sentence)


def _discreet(reason: Reason) -> Reason:
    """The same without what was answered, and without who might have got it instead of a dispatcher."""
    if reason.get("how") == "refused":
        return {name: part for name, part in reason.items() if name not in {"wanted", "runners_up"}}
    parts = [
        {**part, "answers": [{**one, "said": []} for one in _parts(part.get("answers"))]} if "answers" in part else part
        for part in _parts(reason.get("because"))
    ]
    return {**reason, "because": parts} if "because" in reason else reason


def _sentences(reason: Reason) -> Iterator[str]:
    say = _HOW.get(str(reason.get("how", "")))
    if say is None:
        return
    yield say(reason)
    if reason.get("how") in {"rule", "category", "set", "fallback", "nobody"}:
        yield _broken(reason)
        yield _place(reason)
        yield _others(reason)
    if reason.get("how") == "refused" and not _name(reason.get("department")):
        yield _wanted(reason) or _others(reason)


def _name(part: Any) -> str:
    return in_language(part.get("names")) or str(part.get("code", "")) if isinstance(part, Mapping) else ""


def _parts(value: Any) -> Sequence[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _by_rule(reason: Reason) -> str:
    words = {
        "department": _name(reason.get("department")),
        "rule": reason.get("rule", ""),
        "category": _name(reason.get("category")),
    }
    because = [found for part in _parts(reason.get("because")) if (found := _BECAUSE.get(str(part.get("what")), _nothing)(part))]
    # Reasons kept before rules could state more than a category and a boundary.
    if "because" not in reason and isinstance(reason.get("boundary"), Mapping):
        because = [_because_boundary(reason["boundary"])]
    if not because:
        return _("“%(category)s” goes to %(department)s everywhere in the city (rule %(rule)s).") % words
    words["because"] = _joined(because)
    return _("“%(category)s” goes to %(department)s here, because %(because)s (rule %(rule)s).") % words


def _joined(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return _("%(first)s and %(last)s") % {"first": ", ".join(parts[:-1]), "last": parts[-1]}


def _nothing(_part: Mapping[str, Any]) -> str:
    return ""


def _because_street(part: Mapping[str, Any]) -> str:
    words = {
        "street": _name(part),
        "metres": metres(part.get("m")),
        "class": road_class_word(str(part.get("road_class", ""))),
        "owner": _name(part.get("owner")),
    }
    if part.get("owner") and part.get("road_class"):
        return _("the nearest street, %(street)s, %(metres)s away, is a %(class)s looked after by %(owner)s") % words
    if part.get("owner"):
        return _("the nearest street, %(street)s, %(metres)s away, is looked after by %(owner)s") % words
    return _("the nearest street, %(street)s, %(metres)s away, is a %(class)s") % words


def _because_asset(part: Mapping[str, Any]) -> str:
    words = {"asset": _name(part), "metres": metres(part.get("m")), "owner": _name(part.get("owner"))}
    if part.get("owner"):
        return _("the nearest object, “%(asset)s”, %(metres)s away, belongs to %(owner)s") % words
    return _("the nearest object, “%(asset)s”, is %(metres)s away") % words


def _because_boundary(part: Mapping[str, Any]) -> str:
    words = {"boundary": _name(part), "set": in_language(part.get("set_names")), "version": part.get("version", "")}
    if not words["version"]:
        return _("the pin is in “%(boundary)s” (%(set)s)") % words
    return _("the pin is in “%(boundary)s” (%(set)s, as of %(version)s)") % words


def _because_answers(part: Mapping[str, Any]) -> str:
    return _joined([_because_answer(_name(one.get("question")), _parts(one.get("said"))) for one in _parts(part.get("answers"))])


def _because_answer(question: str, said: Sequence[Mapping[str, Any]]) -> str:
    if not said:
        return _("the answer to “%(question)s” calls for it") % {"question": question}
    return _("the answer to “%(question)s” is “%(answer)s”") % {
        "question": question,
        "answer": ", ".join(_answer(each) for each in said),
    }


def _answer(part: Mapping[str, Any]) -> str:
    plain = {"yes": _("Yes"), "no": _("No")}
    return in_language(part.get("names")) or plain.get(str(part.get("code")), str(part.get("code", "")))


def _because_time(part: Mapping[str, Any]) -> str:
    return _("it was reported on a %(weekday)s at %(time)s") % {
        "weekday": weekday_word(part.get("weekday", 1), within_sentence=True),
        "time": part.get("time", ""),
    }


_BECAUSE: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "warranty": lambda part: because_warranty(part, metres(part.get("m"))),
    "street": _because_street,
    "asset": _because_asset,
    "boundary": _because_boundary,
    "answers": _because_answers,
    "time": _because_time,
}


def _by_category(reason: Reason) -> str:
    return _("“%(category)s” is the work of %(department)s; no rule says otherwise for this place.") % {
        "category": _name(reason.get("category")),
        "department": _name(reason.get("department")),
    }


def _by_set(reason: Reason) -> str:
    return _("No rule fits “%(category)s” here, so it went to %(department)s, which takes the rest in “%(set)s”.") % {
        "category": _name(reason.get("category")),
        "department": _name(reason.get("department")),
        "set": _name(reason.get("set")),
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


def _by_refusal(reason: Reason) -> str:
    words = {"from": _name(reason.get("from")), "department": _name(reason.get("department"))}
    if words["department"]:
        return _("%(from)s said that it is not theirs, so it went to the next service in line, %(department)s.") % words
    if reason.get("hops"):
        return _("%(from)s said that it is not theirs either, so a dispatcher decides who gets it.") % words
    return _("%(from)s said that it is not theirs and there is no next service, so a dispatcher decides who gets it.") % words


def _by_undoing(reason: Reason) -> str:
    return _("Sent back to %(department)s, because the change that had moved it was taken back.") % {
        "department": _name(reason.get("department")) or _("the city"),
    }


def _by_import(reason: Reason) -> str:
    if department := _name(reason.get("department")):
        return _("Taken over from the city's earlier records, where %(department)s had it.") % {"department": department}
    return _("Taken over from the city's earlier records.")


_HOW: Final[Mapping[str, Callable[[Reason], str]]] = {
    "rule": _by_rule,
    "category": _by_category,
    "set": _by_set,
    "fallback": _by_fallback,
    "nobody": _by_nobody,
    "staff": _by_staff,
    "refused": _by_refusal,
    "undone": _by_undoing,
    "imported": _by_import,
}


def _broken(reason: Reason) -> str:
    """That the rule which should have decided could not: for everybody without blame, and exact enough for the dispatcher."""
    broken = reason.get("broken")
    if not isinstance(broken, Mapping):
        return ""
    if broken.get("why") == "closed":
        return _("The rule %(rule)s should have decided, but the service it names is closed.") % {"rule": broken.get("rule", "")}
    return _("The rule %(rule)s should have decided, but it cannot be read.") % {"rule": broken.get("rule", "")}


def _place(reason: Reason) -> str:
    """What was uncertain about the place, or how far the border is that could have made a difference."""
    if reason.get("no_place"):
        return _("The report names no place.")
    gap = reason.get("gap") or (reason.get("district") if "gap_m" in (reason.get("district") or {}) else None)
    if isinstance(gap, Mapping):
        return _("The pin lies between areas; “%(district)s” is the nearest, %(metres)s away.") % {
            "district": _name(gap),
            "metres": metres(gap.get("gap_m")),
        }
    if isinstance(reason.get("said"), Mapping):
        return _("The border is close by; the person who reported it said that the problem is on the side of “%(side)s”.") % {
            "side": _name(reason["said"])
        }
    if isinstance(reason.get("border"), Mapping):
        return _close_by(reason["border"])
    return _border_away(reason)


def _close_by(border: Mapping[str, Any]) -> str:
    words = {
        "there": _name(border.get("there")),
        "metres": metres(border.get("m")),
        "department": _name(border.get("department")),
    }
    if not words["department"]:
        return _("The border of “%(there)s” is only %(metres)s away, so the service checks the place first.") % words
    return (
        _("The border of “%(there)s”, where %(department)s is responsible, is only %(metres)s away: the place is checked first.")
        % words
    )


def _border_away(reason: Reason) -> str:
    decided = [part for part in _parts(reason.get("because")) if part.get("what") == "boundary"]
    for part in (*decided, reason.get("boundary"), reason.get("district")):
        if not isinstance(part, Mapping):
            continue
        beside = part.get("next")
        if isinstance(beside, Mapping):
            return _("The border of “%(neighbour)s” is %(metres)s away.") % {
                "neighbour": _name(beside),
                "metres": metres(beside.get("m")),
            }
        if "border_m" in part and part["border_m"] is None:
            return _("The border of “%(boundary)s” is more than 500 m away.") % {"boundary": _name(part)}
    return ""


def _wanted(reason: Reason) -> str:
    words = {"from": _name(reason.get("from")), "department": _name(reason.get("wanted"))}
    return _("%(from)s wanted to send it to %(department)s.") % words if words["department"] else ""


def _others(reason: Reason) -> str:
    names = [_name(other.get("department")) for other in _parts(reason.get("runners_up"))]
    return _("Next in line: %(services)s.") % {"services": ", ".join(names)} if names else ""


def metres(value: Any) -> str:
    """A distance in words: whole metres."""
    count = round(value) if isinstance(value, int | float) else 0
    return ngettext("%(count)d m", "%(count)d m", count) % {"count": count}
