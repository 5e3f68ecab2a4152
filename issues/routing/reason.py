"""The reason of a decision as data: what is kept with an appeal for ever, with names by language and numbers in metres.

``how`` is ``rule``, ``category``, ``set``, ``fallback`` or ``nobody``. ``because`` lists what the rule stated and found so, in the
order of ``issues/routing/conditions.py``; ``shapes`` names what a map of the decision shows, by number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gis_data.ground import BoundaryFact
from issues.routing.conditions import stated
from issues.routing.facts import CrewFact, DepartmentFact, Facts

if TYPE_CHECKING:
    from issues.routing.choose import Decision, Option
    from issues.routing.rules import RuleFact


def of(
    decision: Decision, best: Option | None, broken: RuleFact | None, number: int | None, *, said: BoundaryFact | None, lost: bool
) -> dict[str, Any]:
    """The reason of ``decision``. ``number`` is the rule set's, ``said`` the side the resident named, ``broken`` a rule that could not."""
    facts, rule = decision.facts, decision.rule
    row: dict[str, Any] = {
        "how": best.how if best else "nobody",
        "day": facts.day.isoformat(),
        "rule_set": number,
        "category": {"code": facts.category.code, "names": facts.category.names},
        "department": named(best.department) if best else None,
    }
    if rule:
        row |= _of_rule(rule, facts)
    if best and best.how == "set":
        row["set"] = _set(best.set_code, facts)
    if decision.district:
        row["district"] = boundary(decision.district)
    if broken:
        row["broken"] = {"rule": broken.code, "why": broken.broken}
    if decision.runners_up:
        row["runners_up"] = [runner_up(option) for option in decision.runners_up]
    if drawn := shapes(decision):
        row["shapes"] = drawn
    return row | _about_the_place(decision, said, lost=lost)


def _of_rule(rule: RuleFact, facts: Facts) -> dict[str, Any]:
    row: dict[str, Any] = {"rule": rule.code, "because": because(rule, facts)}
    if rule.crew:
        row["crew"] = named(rule.crew)
    if rule.urgent:
        row["urgent"] = True
    return row


def _about_the_place(decision: Decision, said: BoundaryFact | None, *, lost: bool) -> dict[str, Any]:
    """What was uncertain about it."""
    row: dict[str, Any] = {}
    gap = next((one for one in decision.facts.boundaries if one.gap_m is not None), None)
    if gap:
        row["gap"] = boundary(gap)
    if decision.border:
        row["border"] = _border(decision)
    if said:
        row["said"] = boundary(said)
    if lost:
        row["lost"] = True
    if not decision.facts.has_place:
        row["no_place"] = True
    return row


def because(rule: RuleFact, facts: Facts) -> list[dict[str, Any]]:
    """What the rule stated, each with what was found at the pin."""
    return [{"what": condition.name, **_FOUND[condition.name](rule, facts)} for condition in stated(rule)]


def _found_warranty(_rule: RuleFact, facts: Facts) -> dict[str, Any]:
    found = facts.warranty
    assert found is not None  # the condition would not have fitted
    return {
        "kind": found.kind,
        "repair": found.ref,
        "contract": found.contract,
        "contractor": found.contractor,
        "until": found.until.isoformat(),
        "m": round(found.m),
    }


def _found_asset(rule: RuleFact, facts: Facts) -> dict[str, Any]:
    asset = facts.asset
    assert asset is not None  # the condition would not have fitted
    kind = {"kind": asset.kind, "names": dict(asset.names), "m": round(asset.m), "ref": asset.ref}
    return kind | (_owner(asset.owner, rule) if rule.asset_owners else {})


def _found_street(rule: RuleFact, facts: Facts) -> dict[str, Any]:
    street = facts.street
    assert street is not None
    row: dict[str, Any] = {"names": dict(street.names), "m": round(street.m), "ref": street.ref}
    if rule.road_classes:
        row["road_class"] = street.road_class
    if rule.street_owners:
        row |= _owner(street.owner, rule)
    return row


def _owner(owner: str, rule: RuleFact) -> dict[str, Any]:
    """The owner as the data name it; where that is the service itself, with the service's names."""
    names = rule.department.names if rule.department and rule.department.code == owner else {}
    return {"owner": {"code": owner, "names": dict(names)}}


def _found_boundary(rule: RuleFact, facts: Facts) -> dict[str, Any]:
    here = next(one for one in facts.boundaries if (one.set_code, one.code) == (rule.set_code, rule.boundary_code))
    return boundary(here)


def _found_category(rule: RuleFact, _facts: Facts) -> dict[str, Any]:
    return {"group": rule.group} if rule.group and not rule.category else {}


def _found_answers(rule: RuleFact, facts: Facts) -> dict[str, Any]:
    asked = {question.get("code"): question for question in facts.category.questions}
    return {
        "answers": [
            _answered(asked.get(code, {}), code, wanted, facts.answers.get(code, "")) for code, wanted in rule.answers.items()
        ]
    }


def _answered(question: Mapping[str, Any], code: str, wanted: tuple[str, ...], said: str | list[str]) -> dict[str, Any]:
    """Only answers that the rule names: what else a resident wrote has no place in a reason, which is kept for ever."""
    values = [one for one in ([said] if isinstance(said, str) else said) if one in wanted]
    labels = {choice["code"]: choice["labels"] for choice in question.get("choices", ())}
    return {
        "question": {"code": code, "names": question.get("labels", {})},
        "said": [{"code": value, "names": labels.get(value, {})} for value in values],
    }


def _found_time(_rule: RuleFact, facts: Facts) -> dict[str, Any]:
    return {"weekday": facts.weekday, "time": f"{facts.at:%H:%M}"}


_FOUND = {
    "warranty": _found_warranty,
    "asset": _found_asset,
    "street": _found_street,
    "boundary": _found_boundary,
    "category": _found_category,
    "answers": _found_answers,
    "time": _found_time,
}


def named(fact: DepartmentFact | CrewFact) -> dict[str, Any]:
    return {"code": fact.code, "names": fact.names}


def boundary(fact: BoundaryFact) -> dict[str, Any]:
    """A boundary at the pin: its version, how far its border is (None: more than 500 m), who is across it."""
    row: dict[str, Any] = {
        "set": fact.set_code,
        "set_names": dict(fact.set_names),
        "code": fact.code,
        "names": dict(fact.names),
        "version": fact.version,
        "border_m": None if fact.border_m is None else round(fact.border_m),
    }
    if fact.gap_m is not None:
        row["gap_m"] = round(fact.gap_m)
    if fact.next_m is not None:
        row["next"] = {"code": fact.next_code, "names": dict(fact.next_names or {}), "m": round(fact.next_m)}
    return row


def _border(decision: Decision) -> dict[str, Any]:
    border = decision.border
    assert border is not None
    return {
        "set": border.here.set_code,
        "here": {"code": border.here.code, "names": dict(border.here.names)},
        "there": {"code": border.there.code, "names": dict(border.there.names)},
        "m": round(border.here.next_m or 0.0),
        "department": named(border.department) if border.department else None,
    }


def _set(code: str, facts: Facts) -> dict[str, Any]:
    here = next(one for one in facts.boundaries if one.set_code == code)
    return {"code": code, "names": dict(here.set_names)}


def runner_up(option: Option) -> dict[str, Any]:
    row: dict[str, Any] = {"how": option.how, "department": named(option.department)}
    return row | ({"rule": option.rule.code} if option.rule else {})


def shapes(decision: Decision) -> dict[str, Any]:
    """What decided, by number: boundary versions here and across the border, the street piece and the asset."""
    facts, rule = decision.facts, decision.rule
    close_by = decision.border.here if decision.border else None
    deciding = [one for one in (close_by, decision.boundary, decision.district) if one]
    row = {
        "here": list(dict.fromkeys(one.id for one in deciding)),
        "across": list(dict.fromkeys(one.next_id for one in deciding if one.next_id)),
        "street": facts.street.ref if facts.street and rule and (rule.road_classes or rule.street_owners) else "",
        "asset": facts.asset.ref if facts.asset else "",
    }
    return {name: value for name, value in row.items() if value}
