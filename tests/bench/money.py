"""``script/bench money``: every page of money over HTTP at a million payments, 200,000 repairs and 50,000 projects.

``--rows N`` is the number of payments; repairs and projects keep their share of it. Sums must be those of the raw rows to the cent. The
other side reads the same sums from the rows of the ledger.
"""

from __future__ import annotations

import argparse
import http.client
import random
import statistics
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from django.db import connection

from places import money_sums
from places.models import MoneyTotal
from places.money_filters import MoneyFilters
from tests.bench import _money, _pin, report
from tests.bench._city import database
from tests.bench._web import server
from works.models import Money, Organisation, Project, Repair

GOAL_MS: Final = 100.0
GOAL_RATIO: Final = 30.0
_YEAR: Final = 'extract(year FROM m."on")'
#: The same sums from the ledger itself. Money of a district is split when it is asked for, by parts that are known.
_RAW: Final = {
    "year": f"SELECT {_YEAR}, m.stage, sum(m.amount) FROM works_money AS m WHERE m.currency = 'USD' GROUP BY 1, 2",
    "contractor": """SELECT coalesce(m.payee_id, c.supplier_id, r.contractor_id), m.stage, sum(m.amount) FROM works_money AS m
        LEFT JOIN works_contract AS c ON c.id = m.contract_id LEFT JOIN works_repair AS r ON r.id = m.repair_id
        WHERE m.currency = 'USD' GROUP BY 1, 2 ORDER BY 3 DESC""",
    "district": """SELECT p.district, m.stage, sum(m.amount * p.weight / p.whole) FROM works_money AS m
        LEFT JOIN works_contract AS c ON c.id = m.contract_id
        JOIN (SELECT *, sum(weight) OVER (PARTITION BY what, work) AS whole FROM places_workpart) AS p
          ON p.what = CASE WHEN m.repair_id IS NULL THEN 'p' ELSE 'r' END AND p.work = coalesce(m.repair_id, m.project_id, c.project_id)
        WHERE m.currency = 'USD' GROUP BY 1, 2""",
    "street": """SELECT r.street_id, m.stage, sum(m.amount) FROM works_money AS m JOIN works_repair AS r ON r.id = m.repair_id
        WHERE m.currency = 'USD' GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 12""",
}


def main(argv: list[str]) -> int:
    """Print JSON lines; 1 when a goal is missed."""
    options = _options(argv)
    with database(options.rows) as url:
        took = _money.fill(options.rows, options.rows // 5, options.rows // 20)
        if took is not None:
            report.line("money_reckoned_at_the_commit", took, "s")
        good = [_equal(), *(_against_raw(by, options.rounds) for by in _RAW), _one_payment(options.rounds)]
        with server(url) as web:
            good += [_page(web, name, addresses, options.rounds) for name, addresses in _pages().items()]
    good += _pin.answer(options.rows)
    return 0 if all(good) else 1


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench money")
    parser.add_argument("--rows", type=int, default=1_000_000, help="payments")
    parser.add_argument("--rounds", type=int, default=40, help="how often each page is asked for")
    return parser.parse_args(argv)


def _equal() -> bool:
    """How many cents the sums kept in advance are away from those of the rows, at each level."""
    raw = dict(Money.objects.totals().items())
    away = Decimal(0)
    for level in money_sums.LEVELS:
        kept = dict.fromkeys(raw, Decimal(0))
        rows = MoneyTotal.objects.filter(level=money_sums.level_of(level)).values_list("stage", "currency", "amount")
        for stage, currency, amount in rows.exclude(stage__in=["cost", "unknown"]):
            kept[stage, currency] += amount
        away += sum(abs(kept[key] - raw[key]) for key in raw)
    return report.line("money_sums_away_from_the_rows", float(away * 100), "cents", goal=0.0, lower_is_better=True)


def _against_raw(by: str, rounds: int) -> bool:
    filters = MoneyFilters(currency="USD")
    ours, theirs = [], []
    for _ in range(max(3, rounds // 8)):
        ours.append(_timed(lambda: money_sums.breakdown(filters, by, 12)))
        theirs.append(_timed(lambda: _raw(_RAW[by])))
    value, other = statistics.median(ours), statistics.median(theirs)
    return report.line(f"money_by_{by}", 1000 / value, "sums/s", against="raw rows", against_value=1000 / other, goal=GOAL_RATIO)


def _raw(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        cursor.fetchall()


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _one_payment(rounds: int) -> bool:
    """What the commit of one payment costs with its sums; nothing was asked of it, it is only told."""
    contract = Money.objects.exclude(contract=None).values_list("contract", "data_set").first()
    assert contract is not None
    times = []
    for number in range(rounds):
        row = Money(
            data_set_id=contract[1], local_id=f"bench-{time.time_ns()}-{number}", stage="paid", amount=Decimal("0.01"), currency="USD",
            fiscal_year=2024, contract_id=contract[0],
        )  # fmt: skip
        times.append(_timed(row.save))
    return report.line("money_one_payment_p50", statistics.median(times), "ms")


def _page(web: http.client.HTTPConnection, name: str, addresses: Iterator[str], rounds: int) -> bool:
    times = []
    for number in range(rounds + 3):
        address = next(addresses)
        took = _timed(lambda where=address: _get(web, where))  # type: ignore[misc]  # mypy does not infer a lambda with a default
        if number >= 3:
            times.append(took)
    return report.line(f"money_{name}_p95", report.percentile(times, 0.95), "ms", goal=GOAL_MS, lower_is_better=True)


def _get(web: http.client.HTTPConnection, address: str) -> None:
    web.request("GET", address)
    answer = web.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{answer.status} for {address}: {body[:300]!r}")


def _pages() -> dict[str, Iterator[str]]:
    """Endless addresses of each kind of page."""
    chance = random.Random(5)
    firms = list(Organisation.objects.values_list("pk", flat=True)[:1500])
    streets = list(Repair.objects.order_by("pk").values_list("street", "street__source_id")[:2000])
    projects = list(Project.objects.values_list("public_id", flat=True)[:2000])
    values: dict[str, Callable[[], str]] = {
        "year": lambda: f"year={chance.randrange(2015, 2025)}",
        "district": lambda: f"district=d{chance.randrange(6)}-{chance.randrange(4)}",
        "kind": lambda: f"kind={chance.choice(['s:transport.road', 's:energy', 'r:pothole', 'r:sign'])}",
        "contractor": lambda: f"contractor={chance.choice(firms)}",
        "street": lambda: f"street={chance.choice(streets)[0]}",
    }
    made: dict[str, Callable[[], str]] = {"overview": lambda: "/money"}
    for one, value in values.items():
        made[f"overview_{one}"] = lambda value=value: f"/money?{value()}"  # type: ignore[misc]  # mypy does not infer a lambda with a default
        made[f"rows_{one}"] = lambda value=value: f"/money/rows?{value()}"  # type: ignore[misc]  # mypy does not infer a lambda with a default
    pairs = [("year", "district"), ("year", "kind"), ("district", "kind"), ("year", "contractor"), ("district", "contractor"),
             ("kind", "street")]  # fmt: skip
    for one, other in pairs:
        made[f"overview_{one}_{other}"] = lambda a=values[one], b=values[other]: f"/money?{a()}&{b()}"  # type: ignore[misc]  # mypy does not infer a lambda with a default
    made |= {
        "rows": lambda: "/money/rows",
        "rows_deep": lambda: f"/money/rows?stage=paid&before={chance.randrange(1000, 900_000)}",
        "rows_three": lambda: f"/money/rows?{values['year']()}&{values['district']()}&{values['kind']()}&stage=paid",
        "file_by_contractor": lambda: "/money/by/contractor.csv",
        "contractor": lambda: f"/contractors/{chance.choice(firms)}",
        "street": lambda: f"/streets/{chance.choice(streets)[1]}",
        "district": lambda: f"/districts/d{chance.randrange(6)}-{chance.randrange(4)}",
        "project": lambda: f"/projects/{chance.choice(projects)}",
        "repair": lambda: f"/repairs/bench-r{chance.randrange(1, Repair.objects.count())}",
    }
    return {name: iter(make, None) for name, make in made.items()}
