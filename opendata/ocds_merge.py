"""Merging of OCDS releases, and its reverse: what a new release must say so that all of them merged say what holds now. Pure.

OCDS 1.1.5, Merging: later values replace earlier ones, null removes, objects of a list are merged by their ``id``; lists of plain
values and lists that the schema marks ``wholeListMerge`` are replaced as a whole. An object that leaves a list stays in what was merged: the
standard has no word for taking it out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from opendata.standard_shapes import Shape

#: Lists that are replaced as a whole though they hold objects: of the Location extension, and of an Organization.
_WHOLE: Final = frozenset(
    {"deliveryLocations", "deliveryAddresses", "additionalIdentifiers", "additionalClassifications", "locations"}
)
#: A release's own, which are not merged.
_OWN: Final = frozenset({"id", "date", "tag"})
#: Cannot be taken back: schemas do not let them be null.
_LASTING: Final = frozenset({"id", "ocid", "awardID", "initiationType"})


def compiled(releases: Iterable[Shape]) -> Shape:
    """The compiled release of a process, from its releases in the order of their dates."""
    whole: Shape = {}
    for one in releases:
        whole = merge(whole, {name: told for name, told in one.items() if name not in _OWN})
        whole["id"], whole["date"], whole["tag"] = f"{one['ocid']}-{one['date']}", one["date"], ["compiled"]
    return whole


def merge(old: Any, new: Any, name: str = "") -> Any:
    """What stands after ``new`` came upon ``old``; ``name`` is the field's. Neither of them is changed."""
    if isinstance(new, dict):
        both = dict(old) if isinstance(old, dict) else {}
        for field, told in new.items():
            if told is None:
                both.pop(field, None)
            else:
                both[field] = merge(both.get(field), told, field)
        return both
    if _by_id(new, name):
        known = {one["id"]: one for one in old} if _by_id(old, name) else {}
        for one in new:
            known[one["id"]] = merge(known.get(one["id"]), one)
        return list(known.values())
    return new


def news(whole: Shape, now: Shape) -> Shape:
    """What a release must say upon the compiled release ``whole`` ({} before the first) to come to ``now``; {} for nothing."""
    return difference({name: told for name, told in whole.items() if name not in _OWN}, now)


def difference(old: Shape, new: Shape) -> Shape:
    """What must be merged upon one object to come to another."""
    said: Shape = {}
    for name, told in new.items():
        before = old.get(name)
        if before == told:
            continue
        change = _change(before, told, name)
        if change not in ({}, []):
            said[name] = change
    for name in old.keys() - new.keys() - _LASTING:
        gone = _gone(old[name])
        if gone != {}:
            said[name] = gone
    return said


def _change(before: Any, told: Any, name: str) -> Any:
    if isinstance(told, dict) and isinstance(before, dict) and "amount" not in told:  # no amount without its currency
        return difference(before, told)
    if _by_id(told, name) and _by_id(before, name):
        known = {one["id"]: one for one in before}
        return [one for row in told if (one := _row(known.get(row["id"]), row))]
    return told


def _row(before: Shape | None, told: Shape) -> Shape:
    """An object of a list: what is different of it, with what tells which one it is."""
    if before is None:
        return told
    change = difference(before, told)
    return {name: told[name] for name in ("id", "awardID") if name in told} | change if change else {}


def _gone(before: Any) -> Any:
    """What takes a field back: null for a value, and null for each value inside an object. Lists of objects cannot be taken back."""
    if isinstance(before, dict):
        inside = {name: _gone(told) for name, told in before.items() if name not in _LASTING}
        return {name: told for name, told in inside.items() if told != {}}
    return {} if isinstance(before, list) and any(isinstance(one, dict) for one in before) else None


def _by_id(told: Any, name: str) -> bool:
    return (
        isinstance(told, list)
        and name not in _WHOLE
        and bool(told)
        and all(isinstance(one, dict) and "id" in one for one in told)
    )
