"""How far the rules of today agree with whoever sent imported appeals on their way at the time.

The other side is the service in the latest imported decision of an appeal. Rules decide once for what thousands have in
common (``issues/routing/known.py``); only where a rule looks at the hour or the answers, appeal by appeal.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from gis_data import city_time
from issues.routing import agreement_sql as sql
from issues.routing import replay_sql
from issues.routing.choose import department_of, depends_on_moment
from issues.routing.fact_key import FactKey, from_json
from issues.routing.facts import Facts
from issues.routing.known import Known, facts_of, read_known, read_rules
from issues.routing.publish import in_force
from issues.routing.rules import Rules

#: Stands for the service where a dispatcher has to decide.
NOBODY: Final = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """``pairs``: (category, imported service, chosen service or `NOBODY`) → how many appeals; all of them were compared.

    ``placed`` and ``unplaced`` are (compared, agreed) of appeals with and without a place. ``no_department`` came without a
    service and ``no_facts`` were never looked at on the ground: neither is compared. ``rules`` is how many are in force.
    """

    pairs: Mapping[tuple[str, str, str], int]
    placed: tuple[int, int]
    unplaced: tuple[int, int]
    no_department: int
    no_facts: int
    rules: int

    @property
    def compared(self) -> int:
        return self.placed[0] + self.unplaced[0]

    @property
    def agreed(self) -> int:
        return self.placed[1] + self.unplaced[1]

    def departments(self) -> list[tuple[str, int, int, int]]:
        """(service, imported, of these chosen as well, chosen in all), the busiest first."""
        imported, agreed, chosen = Counter[str](), Counter[str](), Counter[str]()
        for (_category, told, found), count in self.pairs.items():
            imported[told] += count
            chosen[found] += count
            agreed[told] += count if told == found else 0
        return sorted(
            ((code, imported[code], agreed[code], chosen[code]) for code in imported | chosen), key=lambda row: (-row[1], row[0])
        )

    def disagreements(self, limit: int) -> list[tuple[str, str, str, int]]:
        """(category, imported, chosen, count) where the two differ, the largest first."""
        found = [(*pair, count) for pair, count in self.pairs.items() if pair[1] != pair[2]]
        return sorted(found, key=lambda row: (-row[3], row))[:limit]


def compare(sources: Iterable[str] = (), day: dt.date | None = None) -> Agreement:
    """Compare all imported appeals (of these sources, '' for none left out) with what the rules in force on ``day`` (today) say."""
    day = day or city_time.today()
    current = in_force(day)
    known, rules = read_known(day), read_rules(current.pk if current else None, day)
    params: dict[str, Any] = {"sources": list(sources), "zone": city_time.zone().key}
    rows = _all(sql.COUNTED, params)
    keys = _keys(number for number, _told, _count in rows if number is not None)
    pairs: Counter[tuple[str, str, str]] = Counter()
    places = {True: [0, 0], False: [0, 0]}
    for key, told, found, count in _decided(rows, keys, known, rules, params):
        pairs[key.category, told, found] += count
        places[key.has_place][0] += count
        places[key.has_place][1] += count if told == found else 0
    return Agreement(
        pairs=pairs,
        placed=(places[True][0], places[True][1]),
        unplaced=(places[False][0], places[False][1]),
        no_department=sum(count for _number, told, count in rows if told is None),
        no_facts=sum(count for number, told, count in rows if told is not None and number is None),
        rules=len(rules),
    )


def _decided(
    rows: Iterable[tuple[int | None, str | None, int]],
    keys: Mapping[int, FactKey],
    known: Known,
    rules: Rules,
    params: dict[str, Any],
) -> Iterator[tuple[FactKey, str, str, int]]:
    """Key, imported service, chosen service, and how many."""
    chosen: dict[int, str] = {}
    of_the_moment: list[int] = []
    for number, key in keys.items():
        facts = facts_of(key, known)
        if depends_on_moment(facts, rules):
            of_the_moment.append(number)
        else:
            chosen[number] = _choose(facts, rules)
    for counted, told, count in rows:
        if told is not None and counted in chosen:
            yield keys[counted], told, chosen[counted], count
    if of_the_moment:
        for number, told, at, answers in _all(sql.ONE_BY_ONE, params | {"keys": of_the_moment}):
            facts = facts_of(keys[number], known, at.isoweekday(), at.hour * 60 + at.minute, json.loads(answers))
            yield keys[number], told, _choose(facts, rules), 1


def _choose(facts: Facts, rules: Rules) -> str:
    found = department_of(facts, rules)
    return found.code if found else NOBODY


def _keys(numbers: Iterable[int]) -> dict[int, FactKey]:
    return {number: from_json(key) for number, key in replay_sql.keys_of(sorted(set(numbers))).items()}


def _all(query: str, params: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return list(cursor.fetchall())
