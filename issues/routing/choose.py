"""Which district service gets an appeal, and why. Pure: facts and rules in, decision out.

1. Of the rules of which all that they state is so, the most specific (``issues/routing/conditions.py``, top to bottom).
2. Else the category's own service, else the fallback service of a boundary set that holds the pin, else the city's.

The rule that should have decided may be broken: it names a closed service, or cannot be read. Then nobody guesses: the
appeal goes to the fallbacks and says so. A pin in a gap counts as inside the nearest area of its set (the facts say how
near); a pin far from every district goes to nobody: a dispatcher looks at it, because any service we chose would be a
guess. Close to a border beyond which another service is responsible, the side the resident named is believed; where nobody
was asked, the pin is, and the decision is marked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from gis_data.ground import BoundaryFact
from issues.routing import reason as reasons
from issues.routing.conditions import OF_THE_MOMENT, stated
from issues.routing.fact_key import FactKey, key_of
from issues.routing.facts import DepartmentFact, Facts
from issues.routing.rules import RuleFact, Rules

Confidence = Literal["sure", "border", "gap", "open", "broken"]
How = Literal["rule", "category", "set", "fallback"]
RUNNERS_UP: Final = 3


@dataclass(frozen=True, slots=True)
class Option:
    """A service that would get it, and by what. ``set_code`` is the set whose fallback it is."""

    how: How
    department: DepartmentFact
    rule: RuleFact | None = None
    set_code: str = ""


@dataclass(frozen=True, slots=True)
class Border:
    """``here`` is where the pin is, ``there`` the other side, which belongs to ``department`` (None: to a dispatcher)."""

    here: BoundaryFact
    there: BoundaryFact
    department: DepartmentFact | None


@dataclass(frozen=True, slots=True)
class Decision:
    """``reason`` is kept as JSON with names by language; `issues.routing.words` puts it into words.

    ``confidence``: "border" when another service begins close by and nobody said on which side it is, "gap" when the nearest
    area was taken, "broken" when the rule that should have decided could not, "open" when a dispatcher has to decide.
    """

    department: DepartmentFact | None
    rule: RuleFact | None
    boundary: BoundaryFact | None
    district: BoundaryFact | None
    reason: dict[str, Any]
    runners_up: tuple[Option, ...]
    confidence: Confidence
    border: Border | None
    facts: Facts

    @property
    def department_id(self) -> int | None:
        return self.department.id if self.department else None

    @property
    def fact_key(self) -> FactKey:
        """The facts it was decided on, the side that the resident named included."""
        facts = self.facts
        return key_of(facts.category.code, facts.boundaries, facts.street, facts.asset, facts.warranty, has_place=facts.has_place)

    @property
    def due(self) -> dt.timedelta | None:
        """The due time that the rule sets in place of the category's."""
        return self.rule.due if self.rule else None

    @property
    def marks(self) -> list[str]:
        """What staff should know at a glance (``issues/flags.py``)."""
        unsure = [] if self.confidence == "sure" else [self.confidence]
        return [*unsure, *(["urgent"] if self.urgent else [])]

    @property
    def urgent(self) -> bool:
        return self.rule is not None and self.rule.urgent


def choose(facts: Facts, rules: Rules) -> Decision:
    """Choose the service; total: every set of facts has a decision."""
    facts, said = _on_the_side_said(facts)
    broken, options = _options(facts, rules)
    border = None if said else _other_service_close_by(facts, rules, options)
    best = options[0] if options else None
    district = next((one for one in facts.boundaries if one.is_district), None)
    rule = best.rule if best else None
    decision = Decision(
        department=best.department if best else None,
        rule=rule,
        boundary=_boundary(rule, facts) if rule else None,
        district=district,
        reason={},
        runners_up=_runners_up(options),
        confidence=_confidence(facts, best, broken, border),
        border=border,
        facts=facts,
    )
    decision.reason.update(reasons.of(decision, best, broken, rules.number, said=said, lost=_lost(facts)))
    return decision


def department_of(facts: Facts, rules: Rules) -> DepartmentFact | None:
    """The service alone, as `choose` finds it, without its reasons: for very many appeals at once."""
    _broken, option = _first(facts, rules)
    return option.department if option else None


def depends_on_moment(facts: Facts, rules: Rules) -> bool:
    """Whether the hour or the answers can make a difference to `department_of`: a rule that looks at them comes first or could."""
    if _lost(facts):
        return False
    for rule in rules.candidates(facts):
        said = stated(rule)
        if all(condition.fits(rule, facts) for condition in said if condition.name not in OF_THE_MOMENT):
            return any(condition.name in OF_THE_MOMENT for condition in said)
    return False


def _lost(facts: Facts) -> bool:
    """A place in no district, though there are districts."""
    return facts.has_place and facts.has_districts and not any(one.is_district for one in facts.boundaries)


def _first(facts: Facts, rules: Rules) -> tuple[RuleFact | None, Option | None]:
    if _lost(facts):
        return None, None
    for rule in rules.fitting(facts):
        if rule.broken or rule.department is None:
            return rule, next(_fallbacks(facts), None)
        return None, Option("rule", rule.department, rule)
    return None, next(_fallbacks(facts), None)


def _options(facts: Facts, rules: Rules) -> tuple[RuleFact | None, list[Option]]:
    """The broken rule that should have decided, if so, and everything that fits, best first."""
    if _lost(facts):
        return None, []
    fallbacks = list(_fallbacks(facts))
    fitting = list(rules.fitting(facts))
    if fitting and (fitting[0].broken or fitting[0].department is None):
        return fitting[0], fallbacks
    sound = [Option("rule", rule.department, rule) for rule in fitting if rule.department and not rule.broken]
    return None, [*sound, *fallbacks]


def _fallbacks(facts: Facts) -> Iterator[Option]:
    own = facts.category.department
    if own and own.active:
        yield Option("category", own)
    for one in facts.boundaries:
        department = facts.fallbacks.get(one.set_code)
        if department and department.active:
            yield Option("set", department, set_code=one.set_code)
    if facts.fallback and facts.fallback.active:
        yield Option("fallback", facts.fallback)


def _on_the_side_said(facts: Facts) -> tuple[Facts, BoundaryFact | None]:
    """The facts as if the pin lay on the side that the resident named, and that side; a side that is not close is not believed."""
    for one in facts.boundaries:
        if not facts.side or one.next_m is None or one.next_m > one.ask_m:
            continue
        if facts.side == f"{one.set_code}/{one.code}":
            return facts, one
        if facts.side == f"{one.set_code}/{one.next_code}":
            there = across(one)
            return replace(facts, boundaries=tuple(there if other is one else other for other in facts.boundaries)), there
    return facts, None


def across(one: BoundaryFact) -> BoundaryFact:
    """The boundary on the other side of the nearest border, as if the pin lay there."""
    return replace(
        one,
        id=one.next_id or one.id,
        code=one.next_code,
        names=one.next_names or {},
        version=one.next_version,
        gap_m=None,
        border_m=one.next_m,
        next_id=one.id,
        next_code=one.code,
        next_names=one.names,
        next_version=one.version,
        next_m=one.border_m,
    )


def _other_service_close_by(facts: Facts, rules: Rules, options: list[Option]) -> Border | None:
    """The nearest border within its set's limit beyond which another service would get this."""
    here = options[0].department.id if options else None
    found: list[Border] = []
    for one in facts.boundaries:
        if one.next_m is None or one.next_m > one.ask_m:
            continue
        there = across(one)
        other = department_of(
            replace(facts, boundaries=tuple(there if each is one else each for each in facts.boundaries)), rules
        )
        if (other.id if other else None) != here:
            found.append(Border(one, there, other))
    return min(found, key=lambda border: border.here.next_m or 0.0, default=None)


def _boundary(rule: RuleFact, facts: Facts) -> BoundaryFact | None:
    return next((one for one in facts.boundaries if (one.set_code, one.code) == (rule.set_code, rule.boundary_code)), None)


def _runners_up(options: list[Option]) -> tuple[Option, ...]:
    """The next services that would have got it, each once."""
    found: dict[str, Option] = {}
    for option in options[1:]:
        code = option.department.code
        if code != options[0].department.code:
            found.setdefault(code, option)
    return tuple(found.values())[:RUNNERS_UP]


def _confidence(facts: Facts, best: Option | None, broken: RuleFact | None, border: Border | None) -> Confidence:
    if best is None:
        return "open"
    if broken:
        return "broken"
    if any(one.gap_m is not None for one in facts.boundaries):
        return "gap"
    return "border" if border else "sure"
