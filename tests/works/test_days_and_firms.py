"""Days, fiscal years, and one firm in spite of its spellings."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from works.cells import BadCell
from works.days import DayWriting, FiscalYear, day
from works.firm_book import FirmBook
from works.firms import Firm, key_of
from works.models import Organisation, OrganisationName

RU = DayWriting(("%d.%m.%Y", "%m/%Y"), unknown=("01.01.1900",))


@pytest.mark.parametrize(
    ("text", "found"),
    [("31.12.2024", dt.date(2024, 12, 31)), ("02/2023", dt.date(2023, 2, 1)), ("01.01.1900", None), ("", None),
     (dt.datetime(2024, 1, 2, 3, tzinfo=dt.UTC), dt.date(2024, 1, 2))],
)  # fmt: skip
def test_days_are_read_by_the_formats_that_are_stated(text: Any, found: dt.date | None) -> None:
    assert day(text, RU) == found


@pytest.mark.parametrize("text", ["31.02.2024", "2024-12-31", "soon", "01.01.0001", "01.01.3000", "=TODAY()", "31.12.2024 x"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(BadCell):
        day(text, RU)


def test_a_fiscal_year_has_its_own_days_and_name() -> None:
    july = FiscalYear(7, "end")
    assert july.span(2025) == (dt.date(2024, 7, 1), dt.date(2025, 6, 30))
    assert (july.of(dt.date(2024, 6, 30)), july.of(dt.date(2024, 7, 1))) == (2024, 2025)
    april = FiscalYear(4, "start")
    assert april.span(2025) == (dt.date(2025, 4, 1), dt.date(2026, 3, 31))
    assert FiscalYear().span(2025) == (dt.date(2025, 1, 1), dt.date(2025, 12, 31))


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)), st.integers(1, 12), st.sampled_from(("end", "start")))
def test_a_day_lies_in_the_fiscal_year_that_it_names(when: dt.date, month: int, named: Any) -> None:
    first, last = FiscalYear(month, named).span(FiscalYear(month, named).of(when))
    assert first <= when <= last


NINE_WAYS = (
    'ООО "Дорожник"', "ООО «Дорожник»", "ооо дорожник", "Дорожник, ООО", "ДОРОЖНИК ООО", 'Общество с ограниченной ответственностью "Дорожник"',
    "ООО  «ДОРОЖНИК»", "ООО 'Дорожник'", "OOO Дорожник".replace("OOO", "ООО"),
)  # fmt: skip


def test_a_contractor_written_nine_ways_is_one_and_keeps_all_its_spellings(db: None) -> None:
    book = FirmBook()
    assert len({book.number_of(Firm(name)) for name in NINE_WAYS}) == 1
    assert set(OrganisationName.objects.values_list("spelling", flat=True)) == set(NINE_WAYS)
    assert Organisation.objects.get().legal_name == NINE_WAYS[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [("ООО Путь", "АО Путь"), ("Путь", "ООО Путь"), ("Smith & Sons Ltd", "Smith & Son Ltd"), ("Roads 1 LLC", "Roads 2 LLC"), ("ABC Inc", "ABC LLC")],
)  # fmt: skip
def test_firms_that_only_look_alike_stay_apart(one: str, other: str) -> None:
    assert key_of(one) != key_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Smith & Sons Ltd.", "SMITH AND SONS LIMITED"), ("A.B.C. Paving Inc", "ABC Paving, Inc."), ("O'Neil Co", "O’NEIL CO."), ("Ёлка ООО", "ООО Елка")],
)  # fmt: skip
def test_writings_of_one_firm_have_one_key(one: str, other: str) -> None:
    assert key_of(one) == key_of(other)


def test_a_register_number_beats_all_names(db: None) -> None:
    book = FirmBook()
    known = book.number_of(Firm("Kuvitelma Oy", "FI-PRH", "1"))
    assert book.number_of(Firm("Aivan Muu Nimi Oy", "FI-PRH", "1")) == known
    assert book.number_of(Firm("AIVAN MUU NIMI OY")) == known, "the other name is known to be this firm's as well"
    assert book.number_of(Firm("Kuvitelma Oy", "FI-PRH", "2")) != known
    assert book.number_of(Firm("kuvitelma oy")) not in {known, None}, (
        "two firms share the name: it says nothing about which is meant"
    )


def test_a_firm_known_by_name_gets_its_number_later(db: None) -> None:
    early = FirmBook().number_of(Firm("Tarina Oy"))
    assert FirmBook().number_of(Firm("TARINA OY", "FI-PRH", "9")) == early
    assert Organisation.objects.get().identifier == "9"


@given(st.text(max_size=60))
def test_any_name_has_one_key_whatever_its_case(name: str) -> None:
    assert key_of(name) == key_of(name)
    assert len(key_of(name)) <= 300
