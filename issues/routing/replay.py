"""A draft tried on the past: who would get which appeals, if these rules or these boundaries had been in force.

An appeal is known by its key of facts (``issues/routing/fact_key.py``), so what thousands have in common is decided once and
counted. Other rules are a question about keys alone. Another cut of the ground is looked up for the appeals in the changed
area alone; where that is much of the city, for all of them at once by a cell table (``gis_data/cells.py``). What is compared is
what the rules in force would decide with what the draft would: where staff sent an appeal by hand is not the rules' doing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from shapely.geometry.base import BaseGeometry

from gis_data import city_time
from gis_data.drafts import draft_areas
from gis_data.models import BoundaryDraft, BoundarySet
from gis_data.versions import shapes_on
from issues.models import RuleSet
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

#: Key before, key after, slot (`replay_sql.ANY_MOMENT` where the key decides alone), answers.
Case = tuple[int, int, int, int]


@dataclass(slots=True)
class Outcome:
    """What came out: of each case how many appeals and how many open ones there are, and who has it before and after.

    ``newest`` are ids of appeals that move, newest first; ``cases`` says of the first of them which case each one is.
    """

    counted: dict[Case, tuple[int, int]] = field(default_factory=dict)
    before: dict[Case, DepartmentFact | None] = field(default_factory=dict)
    after: dict[Case, DepartmentFact | None] = field(default_factory=dict)
    keys: dict[int, FactKey] = field(default_factory=dict)
    newest: list[int] = field(default_factory=list)
    cases: dict[int, Case] = field(default_factory=dict)
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
            "times": [f"{minute // 60:02}:{minute % 60:02}" for minute in (0, *self.moments)] if timed else None,
            "questions": sorted({question for rule in rules for question in rule.answers}),
        }
        self.answers = replay_sql.answers_by_hash(self.params)

    def decide(self, key: FactKey, slot: int, answers: int, rules: Rules) -> DepartmentFact | None:
        """Whom ``rules`` send this combination to. Where hour and answers make no difference, a key is decided once."""
        settled = self._by_key_alone(key, rules)
        return settled if settled is not _DEPENDS else self._at_the_moment(key, slot, answers, rules)

    def depends(self, key: FactKey, *compared: Rules) -> bool:
        """Whether for any of the compared rules the key does not decide alone."""
        return any(self._by_key_alone(key, rules) is _DEPENDS for rules in compared)

    def _by_key_alone(self, key: FactKey, rules: Rules) -> DepartmentFact | None:
        known = self._settled.setdefault(rules, {})
        if key not in known:
            facts = facts_of(key, self.known)
            known[key] = _DEPENDS if depends_on_moment(facts, rules) else department_of(facts, rules)
        return known[key]

    def _at_the_moment(self, key: FactKey, slot: int, answers: int, rules: Rules) -> DepartmentFact | None:
        weekday, span = divmod(slot, 100) if slot else (1, 1)
        minute = [0, *self.moments][span - 1]
        return department_of(facts_of(key, self.known, weekday, minute, self.answers.get(answers)), rules)


def rules_outcome(draft: RuleSet, trial: Trial) -> Outcome:
    """Other rules on the same ground: keys are counted in the database and decided once each; hours and answers are told apart
    only where they make a difference."""
    rules = read_rules(draft.pk, trial.day)
    trial.look_at(trial.rules, rules)
    counts = {key: counted for key, *counted in replay_sql.by_key(trial.params)}
    keys = {number: from_json(key) for number, key in replay_sql.keys_of(list(counts)).items()}
    asked = [number for number, key in keys.items() if trial.depends(key, trial.rules, rules)]
    rows = [(number, replay_sql.ANY_MOMENT, 0, *counts[number]) for number in counts.keys() - set(asked)]
    out = Outcome(keys=keys, unknown=replay_sql.unknown(trial.params))
    for number, slot, answers, count, waiting in [*rows, *replay_sql.combinations(asked, trial.params)]:
        case = (number, number, slot, answers)
        out.counted[case] = (count, waiting)
        out.before[case] = trial.decide(keys[number], slot, answers, trial.rules)
        out.after[case] = trial.decide(keys[number], slot, answers, rules)
        out.looked_at += count
    if moved := out.moved:
        share = sum(out.counted[case][0] for case in moved) / out.looked_at
        combined = [(key, slot, answers) for key, _same, slot, answers in moved]
        out.newest = replay_sql.newest_of(combined, trial.params, POINTS, share)
        for appeal, (number, slot, answers) in replay_sql.combinations_of(out.newest[:LISTED], trial.params).items():
            told_apart = (number, number, slot, answers)
            out.cases[appeal] = told_apart if told_apart in out.counted else (number, number, replay_sql.ANY_MOMENT, 0)
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
    out.cases = found.cases_of(out.newest[:LISTED])
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
        **_shown(outcome),
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


def _shown(outcome: Outcome) -> dict[str, Any]:
    """Points for the map, and for the list references with from whom to whom."""
    rows = replay_sql.shown(outcome.newest)
    return {
        "points": [[round(lon, 6), round(lat, 6)] for _id, _reference, lon, lat in rows if lon is not None and lat is not None],
        "sample": [
            {"reference": reference, "from": _row(outcome.before[case]), "to": _row(outcome.after[case])}
            for appeal, reference, _lon, _lat in rows
            if (case := outcome.cases.get(appeal))
        ],
    }
