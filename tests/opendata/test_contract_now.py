"""What a contract is worth now, and when it ends: one rule, whoever reads it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client

from opendata import ocds_publish
from opendata.models import Release
from places.overruns import contracts_of
from tests.factories import TinyCity
from tests.places.makers import a_contract, a_firm, a_project
from tests.places.test_findings_works import answer
from works.contract_now import end_now, value_now
from works.models import Contract, ContractChange

pytestmark = pytest.mark.django_db

MARCH, MAY = dt.date(2024, 3, 1), dt.date(2024, 5, 1)
EARLIER_RECORDED_LATER = [(MAY, 1300, "EUR"), (MARCH, 1200, "EUR")]
UNDATED_RECORDED_LATER = [(MARCH, 1300, "EUR"), (None, 1999, "EUR")]
OTHER_CURRENCY = [(MARCH, 1300, "EUR"), (MAY, 5, "USD"), (MAY, 6, "")]
ONE_DAY = [(MARCH, 1200, "EUR"), (MARCH, 1300, "EUR")]
NO_DAYS = [(None, 1200, "EUR"), (None, 1300, "EUR")]
WITHOUT_A_VALUE = [(MARCH, 1300, "EUR"), (MAY, None, "EUR")]


def changed(*changes: tuple[dt.date | None, int | None, str]) -> Contract:
    project = a_project(promised_amount=1, promised_currency="EUR")
    made = a_contract(project=project, supplier=a_firm(), value=1000, currency="EUR", end=dt.date(2024, 1, 1))
    for number, (on, amount, currency) in enumerate(changes):
        ContractChange.objects.create(
            contract=made, local_id=str(number), kind="value", on=on, new_value=amount, currency=currency
        )
    return made


@pytest.mark.parametrize(
    ("changes", "now"),
    [
        ([], 1000), (EARLIER_RECORDED_LATER, 1300), (UNDATED_RECORDED_LATER, 1300), (OTHER_CURRENCY, 1300), (ONE_DAY, 1300),
        (NO_DAYS, 1300), (WITHOUT_A_VALUE, 1300),
    ],
)  # fmt: skip
def test_pages_findings_and_publications_tell_one_value(
    changes: list[tuple[dt.date | None, int | None, str]], now: int, client: Client, a_city: TinyCity
) -> None:
    one = changed(*changes)
    assert value_now(one, one.changes.all()) == now
    assert one.supplier
    assert one.project
    assert contracts_of([one.supplier.pk]).rows[0].now == now
    (line,) = answer(client, "slipped-projects")
    assert Decimal(line["contracted"]) == now
    (shown,) = client.get(f"/projects/{one.project.public_id}").context["contracts"]
    assert (shown["now"] or shown["value"]) == now
    ocds_publish.publish()
    assert Release.objects.get().body["contracts"][0]["value"] == {"amount": now, "currency": "EUR"}


def test_the_end_is_that_agreed_last_and_not_that_recorded_last(a_city: TinyCity) -> None:
    one = changed()
    for number, (on, end) in enumerate(((MAY, dt.date(2025, 1, 1)), (MARCH, dt.date(2024, 9, 1)), (None, dt.date(2031, 1, 1)))):
        ContractChange.objects.create(contract=one, local_id=f"e{number}", kind="duration", on=on, new_end=end)
    assert end_now(one, one.changes.all()) == dt.date(2025, 1, 1)
    ocds_publish.publish()
    assert Release.objects.get().body["contracts"][0]["period"]["endDate"] == "2025-01-01T23:59:59Z"


def test_a_contract_without_a_value_has_none_now(a_city: TinyCity) -> None:
    one = changed((MARCH, 1300, ""), (MAY, 1400, "EUR"))
    Contract.objects.filter(pk=one.pk).update(value=None, currency="")
    one.refresh_from_db()
    assert value_now(one, one.changes.all()) is None
    assert one.supplier
    assert contracts_of([one.supplier.pk]).rows[0].now is None
