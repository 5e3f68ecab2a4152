"""Amounts as people write them, to the cent; what is not clear is refused rather than guessed."""

import contextlib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from works.amounts import Writing, read
from works.cells import BadCell, Formula

US, DE, THOUSANDS = Writing("USD"), Writing("EUR", ","), Writing("USD", factor=Decimal(1000))


@pytest.mark.parametrize(
    ("text", "writing", "amount"),
    [
        ("$6,354.00", US, "6354.00"),
        ("6354", US, "6354.00"),
        ("USD 1,200,000.5", US, "1200000.50"),
        ("1 234,50", DE, "1234.50"),
        ("1.234,50 €", DE, "1234.50"),
        ("1\u00a0234\u202f567,5", DE, "1234567.50"),
        ("1'234.50", US, "1234.50"),
        ("-5", US, "-5.00"),
        ("−5,20", DE, "-5.20"),
        ("($1,234.00)", US, "-1234.00"),
        ("+7", US, "7.00"),
        ("0", US, "0.00"),
        ("0,00", DE, "0.00"),
        ("1650", THOUSANDS, "1650000.00"),
        ("1.5", THOUSANDS, "1500.00"),
        (12.5, US, "12.50"),
        (7, US, "7.00"),
        ("12 500 руб.", Writing("RUB", ","), "12500.00"),
        ("3 000 ₸", Writing("KZT", ","), "3000.00"),
        ("9999999999999999.99", US, "9999999999999999.99"),
    ],
)
def test_amounts_are_read_as_they_are_meant(text: Any, writing: Writing, amount: str) -> None:
    assert read(text, writing) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "  ", None, float("nan")])
def test_nothing_is_unknown_and_not_zero(text: Any) -> None:
    assert read(text, US) is None
    assert read("n/a", Writing("USD", unknown=("n/a",))) is None
    assert read("0", US) == 0


@pytest.mark.parametrize(
    ("text", "writing", "why"),
    [
        ("1,5", US, "not clear"),
        ("12,34", US, "not clear"),
        ("1.234", DE, None),
        ("1234.5", DE, "not clear"),
        ("€5", US, "another currency"),
        ("5 EUR", US, "another currency"),
        ("5 тыс.", Writing("RUB", ","), "thousands"),
        ("1.2 million", US, "thousands"),
        ("5k", US, "thousands"),
        ("1.005", US, "finer than a cent"),
        ("12 34", US, "not clear"),
        ("abc", US, "is no amount"),
        ("1e5", US, "is no amount"),
        ("NaN", US, "another currency|no amount"),
        ("Infinity", US, "is no amount"),
        ("--5", US, "is no amount"),
        ("5-", US, "is no amount"),
        ("١٢", US, "is no amount"),
        ("10000000000000000", US, "larger"),
        ("=1+1", US, "formula"),
        (Formula("5"), US, "formula"),
        (["5"], US, "a list"),
        ("5\x00", US, "cannot be stored"),
        ("$5 $5", US, "not clear"),
    ],
)
def test_what_is_no_amount_or_not_clear_is_refused(text: Any, writing: Writing, why: str | None) -> None:
    if why is None:
        assert read(text, writing) == Decimal(1234)
        return
    with pytest.raises(BadCell, match=why):
        read(text, writing)


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=2, allow_nan=False, allow_infinity=False))
def test_every_amount_comes_back_from_both_writings(amount: Decimal) -> None:
    assert read(f"{amount:,.2f}", US) == amount
    european = f"{amount:,.2f}".replace(",", " ").replace(".", ",")
    assert read(european, DE) == amount


@given(st.text(max_size=40))
def test_any_text_is_an_amount_to_the_cent_unknown_or_one_sentence(text: str) -> None:
    with contextlib.suppress(BadCell):
        found = read(text, US)
        assert found is None or found == found.quantize(Decimal("0.01"))
