"""A draft tried on the past: who would get which appeals, if these rules or these boundaries had been in force.

An appeal is known by its key of facts (``issues/routing/fact_key.py``), so what thousands have in common is decided once and
counted. Other rules are a question about keys alone. Another cut of the ground is looked up for the appeals in the changed
area alone; where that is much of the city, for all of them at once by a cell table (``gis_data/cells.py``). What is compared is
what the rules in force would decide with what the draft would: where staff sent an appeal by hand is not the rules' doing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shapely.geometry.base import BaseGeometry

from gis_data import city_time
from gis_data.drafts import draft_areas
from gis_data.models import BoundaryDraft, BoundarySet
from gis_data.versions import shapes_on
from issues.models import Appeal, RuleSet
from issues.routing import replay_ground, replay_sql
from issues.routing.choose import department_of, depends_on_moment
from issues.routing.fact_key import FactKey, from_json
from issues.routing.facts import DepartmentFact
from issues.routing.known import Known, facts_of, read_known, read_rules
from issues.routing.publish import in_force
from issues.routing.rules import Rules

#: Stands for "not to be said without hour and answers".
_DEPENDS: Final = DepartmentFact(-1, "", {})
POINTS: Final = 2000
LISTED: Final = 200

#: Key before, key after, slot, answers.
Case = tuple[int, int, int, int]


@dataclass(slots=True)
class Outcome:
    """What came out: ``cases`` with how many appeals and how many open ones each, and what happens to each case."""

    counted: dict[Case, tuple[int, int]] = field(default_factory=dict)
    before: dict[Case, DepartmentFact | None] = field(default_factory=dict)
    after: dict[Case, DepartmentFact | None] = field(default_factory=dict)
    keys: dict[int, FactKey] = field(default_factory=dict)
    newest: list[int] = field(default_factory=list)
    looked_at: int = 0
    unknown: int = 0

    @property
    def moved(self) -> list[Case]:
        """Cases that would go to another service."""
        return [case for case in self.counted if _id(self.before[case]) != _id(self.after[case])]


class Trial:
    """One comparison: the rules in force on ``day`` against others, or the same rules on other ground."""

    def __init__(self, since: dt.date | None, day: dt.date | None = None, old_set: RuleSet | None = None) -> None:
        self.day = day or city_time.today()
        self.known: Known = read_known(self.day)
        self.old_set = old_set or in_force(self.day)
        self.rules = read_rules(self.old_set.pk if self.old_set else None, self.day)
        self.since = since
        self.params: dict[str, Any] = {}
        self.answers: Mapping[int, dict[str, Any]] = {}
        self.moments: list[int] = []
        self._settled: dict[Rules, dict[FactKey, DepartmentFact | None]] = {}

    def look_at(self, *compared: Rules) -> None:
        """Find out which hours and answers the compared rules look at; the others need not be told apart."""
        rules = [rule for one in compared for rule in one.ordered]
        timed = any(rule.minutes or rule.weekdays for rule in rules)
        self.moments = sorted({minute for rule in rules for minute in rule.minutes or ()} - {0}) if timed else []
        self.params = {
            "since": self.since,
            "zone": city_time.zone().key,
            "moments": [0, *self.moments] if timed else None,
            "questions": sorted({question for rule in rules for question in rule.answers}),
        }
        self.answers = replay_sql.answers_by_hash(self.params)

    def decide(self, key: FactKey, slot: int, answers: int, rules: Rules) -> DepartmentFact | None:
        """Whom ``rules`` send this combination to. Where hour and answers make no difference, a key is decided once."""
        known = self._settled.setdefault(rules, {})
        if key not in known:
            facts = facts_of(key, self.known)
            known[key] = _DEPENDS if depends_on_moment(facts, rules) else department_of(facts, rules)
        settled = known[key]
        return settled if settled is not _DEPENDS else self._at_the_moment(key, slot, answers, rules)

    def _at_the_moment(self, key: FactKey, slot: int, answers: int, rules: Rules) -> DepartmentFact | None:
        weekday, span = divmod(slot, 100) if slot else (1, 1)
        minute = [0, *self.moments][span - 1]
        return department_of(facts_of(key, self.known, weekday, minute, self.answers.get(answers)), rules)


def rules_outcome(draft: RuleSet, trial: Trial) -> Outcome:
    """Other rules on the same ground: keys are counted in the database and decided once each."""
    rules = read_rules(draft.pk, trial.day)
    trial.look_at(trial.rules, rules)
    rows = replay_sql.combinations(trial.params)
    keys = {number: from_json(key) for number, key in replay_sql.keys_of([row[0] for row in rows]).items()}
    out = Outcome(keys=keys, unknown=replay_sql.unknown(trial.params))
    for number, slot, answers, count, waiting in rows:
        case = (number, number, slot, answers)
        out.counted[case] = (count, waiting)
        out.before[case] = trial.decide(out.keys[number], slot, answers, trial.rules)
        out.after[case] = trial.decide(out.keys[number], slot, answers, rules)
        out.looked_at += count
    if moved := out.moved:
        out.newest = replay_sql.newest_of([(key, slot, answers) for key, _same, slot, answers in moved], trial.params, POINTS)
    return out


def ground_outcome(group: BoundarySet, areas: Mapping[str, BaseGeometry], trial: Trial) -> Outcome:
    """The same rules on other ground (areas by code, SRID 4326): only the appeals in the changed area are looked at."""
    trial.look_at(trial.rules)
    found = replay_ground.cases_between(group, shapes_on(group, trial.day), areas, trial.params)
    out = Outcome(keys=found.keys, counted=found.counted, looked_at=found.looked_at)
    for case in out.counted:
        before, after, slot, answers = case
        out.before[case] = trial.decide(out.keys[before], slot, answers, trial.rules)
        out.after[case] = trial.decide(out.keys[after], slot, answers, trial.rules)
    out.newest = found.newest_of(out.moved, POINTS)
    return out


def replay(trial: Trial, outcome: Outcome) -> dict[str, Any]:
    """The outcome as the pages read it; names by language, services None where a dispatcher decides."""
    pairs: Counter[tuple[int, int]] = Counter()
    waiting: Counter[tuple[int, int]] = Counter()
    kinds: Counter[tuple[str, int, int]] = Counter()
    named: dict[int, DepartmentFact | None] = {}
    load: dict[int, list[int]] = {}
    moved = set(outcome.moved)
    for case, (count, still_open) in outcome.counted.items():
        before, after = outcome.before[case], outcome.after[case]
        for place, one in enumerate((before, after)):
            named[_id(one)] = one
            load.setdefault(_id(one), [0, 0])[place] += count
        if case in moved:
            pairs[_id(before), _id(after)] += count
            waiting[_id(before), _id(after)] += still_open
            kinds[outcome.keys[case[0]].category, _id(before), _id(after)] += count
    return {
        "looked_at": outcome.looked_at,
        "moved": sum(pairs.values()),
        "open_moved": sum(waiting.values()),
        "unknown": outcome.unknown,
        "pairs": [
            {"from": _row(named[a]), "to": _row(named[b]), "count": count, "open": waiting[a, b]}
            for (a, b), count in pairs.most_common()
        ],
        "categories": [
            {"category": _category(code, trial.known), "from": _row(named[a]), "to": _row(named[b]), "count": count}
            for (code, a, b), count in kinds.most_common()
        ],
        "load": [
            {"department": _row(named[number]), "before": before, "after": after}
            for number, (before, after) in sorted(load.items(), key=lambda one: -max(one[1]))
            if before != after
        ],
        **_shown(outcome.newest),
    }


def try_rules(draft: RuleSet, since: dt.date | None) -> dict[str, Any]:
    """Replay other rules; see `replay` for the form of the answer."""
    trial = Trial(since)
    return replay(trial, rules_outcome(draft, trial))


def try_boundaries(draft: BoundaryDraft, since: dt.date | None) -> dict[str, Any]:
    """Replay another cut of the ground; see `replay` for the form of the answer. Raises `DraftProblem`."""
    trial = Trial(since)
    areas = {code: area.geometry for code, area in draft_areas(draft).items()}
    return replay(trial, ground_outcome(draft.boundary_set, areas, trial))


def _id(department: DepartmentFact | None) -> int:
    return department.id if department else 0


def _row(department: DepartmentFact | None) -> dict[str, Any] | None:
    return {"code": department.code, "names": dict(department.names)} if department else None


def _category(code: str, known: Known) -> dict[str, Any]:
    found = known.categories.get(code)
    return {"code": code, "names": dict(found.names) if found else {}}


def _shown(newest: Sequence[int]) -> dict[str, Any]:
    """Points for the map and references for the list."""
    rows = Appeal.objects.filter(pk__in=newest).order_by("-pk").values_list("public_id", "point")
    found: Iterable[tuple[str, Any]] = list(rows)
    return {
        "points": [[round(point.x, 6), round(point.y, 6)] for _reference, point in found if point is not None],
        "sample": [reference for reference, _point in found][:LISTED],
    }
