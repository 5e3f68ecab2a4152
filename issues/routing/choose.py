"""Which district service gets an appeal, and why. Pure: facts in, decision out.

The most specific of what fits wins, in this order:

1. a rule for the category in a boundary that covers the pin,
2. a rule for the boundary, whatever the category,
3. a rule for the category, wherever the pin,
4. the category's own service,
5. the city's fallback service.

Of two rules of the same kind the one with the higher priority wins, then the one whose code comes first. A pin in a gap
between districts counts as inside the nearest one (the facts say how near); a pin far from every district goes to nobody:
a dispatcher looks at it, because any service we chose would be a guess. On a common border the district whose code comes
first is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from issues.routing.facts import BoundaryFact, DepartmentFact, Facts, RuleFact

Confidence = Literal["sure", "border", "gap", "open"]
RUNNERS_UP: Final = 3


@dataclass(frozen=True, slots=True)
class Decision:
    """``reason`` is kept as JSON with names by language; `issues.routing.words` puts it into words.

    ``confidence``: "border" when another district is close, "gap" when the nearest one was taken, "open" when a dispatcher
    has to decide.
    """

    department_id: int | None
    rule_id: int | None
    boundary_id: int | None
    district_id: int | None
    reason: dict[str, Any]
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class _Option:
    how: Literal["rule", "category", "fallback"]
    department: DepartmentFact
    rule: RuleFact | None = None
    boundary: BoundaryFact | None = None


def choose(facts: Facts) -> Decision:
    """Choose the service; total: every set of facts has a decision."""
    district = _district(facts)
    lost = facts.has_place and facts.has_districts and district is None
    options = [] if lost else list(_options(facts))
    best = options[0] if options else None
    return Decision(
        department_id=best.department.id if best else None,
        rule_id=best.rule.id if best and best.rule else None,
        boundary_id=best.boundary.id if best and best.boundary else None,
        district_id=district.id if district else None,
        reason=_reason(facts, district, options, lost=lost),
        confidence=_confidence(best, district),
    )


def _district(facts: Facts) -> BoundaryFact | None:
    return min((one for one in facts.boundaries if one.is_district), key=lambda one: (one.gap_m or 0, one.code), default=None)


def _options(facts: Facts) -> Iterator[_Option]:
    """Everything that fits, the most specific first."""
    at_the_pin = {(one.set_id, one.code): one for one in facts.boundaries}
    fitting = [(rule, at_the_pin.get((rule.set_id or 0, rule.boundary_code))) for rule in facts.rules]
    fitting = [(rule, boundary) for rule, boundary in fitting if rule.set_id is None or boundary]
    fitting.sort(key=lambda pair: (_rank(pair[0]), -pair[0].priority, pair[0].code))
    for rule, boundary in fitting:
        yield _Option("rule", rule.department, rule, boundary)
    if facts.category_department:
        yield _Option("category", facts.category_department)
    if facts.fallback:
        yield _Option("fallback", facts.fallback)


def _rank(rule: RuleFact) -> int:
    if rule.set_id is not None:
        return 0 if rule.of_category else 1
    return 2 if rule.of_category else 3  # a rule for everything everywhere is a fallback with a name


def _confidence(best: _Option | None, district: BoundaryFact | None) -> Confidence:
    if best is None:
        return "open"
    if district is not None and district.gap_m is not None:
        return "gap"
    near = (best.boundary and best.boundary.next_m is not None) or (district and district.next_m is not None)
    return "border" if near else "sure"


def _reason(facts: Facts, district: BoundaryFact | None, options: list[_Option], *, lost: bool) -> dict[str, Any]:
    best = options[0] if options else None
    reason: dict[str, Any] = {
        "how": best.how if best else "nobody",
        "day": facts.day.isoformat(),
        "category": {"code": facts.category_code, "names": dict(facts.category_names)},
        "department": _named(best.department) if best else None,
    }
    if best and best.rule:
        reason["rule"] = best.rule.code
        reason["of_category"] = best.rule.of_category
    if best and best.boundary:
        reason["boundary"] = _boundary(best.boundary)
    if district:
        reason["district"] = _boundary(district)
    if lost:
        reason["lost"] = True
    if not facts.has_place:
        reason["no_place"] = True
    if others := _runners_up(options):
        reason["runners_up"] = others
    return reason


def _runners_up(options: list[_Option]) -> list[dict[str, Any]]:
    """The next services that would have got it, each once."""
    found: dict[str, dict[str, Any]] = {}
    for option in options[1:]:
        code = option.department.code
        if code != options[0].department.code and code not in found:
            found[code] = {"how": option.how, "department": _named(option.department)}
            if option.rule:
                found[code]["rule"] = option.rule.code
    return list(found.values())[:RUNNERS_UP]


def _named(fact: DepartmentFact) -> dict[str, Any]:
    return {"code": fact.code, "names": dict(fact.names)}


def _boundary(fact: BoundaryFact) -> dict[str, Any]:
    row: dict[str, Any] = {
        "set": fact.set_code,
        "set_names": dict(fact.set_names),
        "code": fact.code,
        "names": dict(fact.names),
        "version": fact.version,
    }
    if fact.gap_m is not None:
        row["gap_m"] = round(fact.gap_m)
    if fact.next_m is not None:
        row["next"] = {"code": fact.next_code, "names": dict(fact.next_names or {}), "m": round(fact.next_m)}
    return row
