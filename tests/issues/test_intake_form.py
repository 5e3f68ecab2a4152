"""What was typed becomes a `Submission` or sentences by field; nothing typed can make the server fall over."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from issues import intake
from issues.address_block import address_block
from issues.errors import Invalid, Refused
from issues.intake import Submission, parse
from tests.factories import TinyCity

GOOD = {"key": str(uuid.UUID(int=1)), "category": "lamp", "lon": "10.01", "lat": "50.04"}


def read(source: str = "web", **changes: str) -> Submission:
    return parse({**GOOD, **changes}, address_block="", language="en", source=source)


def faults(**changes: str) -> list[str]:
    with pytest.raises(Invalid) as refused:
        read(**changes)
    assert all(refused.value.errors.values())
    return list(refused.value.errors)


def test_the_least_that_makes_a_report() -> None:
    assert read() == Submission(key=uuid.UUID(int=1), category="lamp", lon=10.01, lat=50.04)


@pytest.mark.parametrize(
    "value", ["nan", "inf", "-inf", "1e9", "1000000000", "1_0", "0x10", "ten", "١٠", "10.01;", "10 01", "181", "--1"]
)
@pytest.mark.parametrize("name", ["lon", "lat"])
def test_numbers_that_are_no_degrees_are_refused(name: str, value: str) -> None:
    assert faults(**{name: value}) == ["place"]


@pytest.mark.parametrize("place", [{"lon": "", "lat": ""}, {"lon": "10"}, {"lat": "50"}])
def test_no_place_or_half_a_place_is_refused(place: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        parse({"key": GOOD["key"], "category": "lamp", **place}, address_block="", language="en")
    assert list(refused.value.errors) == ["place"]


def test_who_called_may_not_know_the_place() -> None:
    assert read("phone", lon="", lat="").lon is None


def test_a_comma_is_a_decimal_point() -> None:
    assert read(lon="10,01", lat="-50,5").lat == -50.5


@pytest.mark.parametrize("key", ["", "1", "x" * 5000, "\x00"])
def test_a_broken_key_is_refused(key: str) -> None:
    assert faults(key=key) == ["key"]


@pytest.mark.parametrize("email", ["a", "a@", "a b@c.de", "a@c.de\nbcc: x@y.de", "x" * 300 + "@c.de"])
def test_what_is_no_mail_address_is_refused(email: str) -> None:
    assert faults(email=email) == ["email"]


@pytest.mark.parametrize("phone", ["call me", "1", "<script>", "1" * 41])
def test_what_is_no_phone_number_is_refused(phone: str) -> None:
    assert faults(phone=phone) == ["phone"]


def test_everything_wrong_is_said_at_once() -> None:
    assert set(faults(lon="x", email="x", phone="x", name="x" * 151, text="x" * 4001, category="")) == {
        "place", "email", "phone", "name", "text", "category",
    }  # fmt: skip


def test_what_cannot_be_seen_is_taken_out() -> None:
    assert read(text=" a\x00b\u202ec\r\nd\x1b\ud800 ").text == "abc\nd"
    assert read(name=" Robin\n\t Example ").name == "Robin Example"


def test_photos_are_names_of_photos_each_once_and_three_at_most() -> None:
    names = [f"{number:032x}" for number in range(5)]
    form = QueryDict(mutable=True)
    form.update(GOOD)
    form.setlist("photo", [names[0], names[0], "../../etc/passwd", "", *names])

    assert parse(form, address_block="", language="en").photos == tuple(names[:3])


def test_several_answers_to_one_question_are_kept() -> None:
    form = QueryDict(mutable=True)
    form.update(GOOD)
    form.setlist("q-depth", ["flat", "deep"])
    form.setlist("q-wet", [" yes "])
    form.setlist("q-none", ["", " "])

    assert parse(form, address_block="", language="en").answers == {"depth": ["flat", "deep"], "wet": "yes"}


def test_a_language_we_do_not_speak_becomes_ours() -> None:
    assert parse(GOOD, address_block="", language="tlh").language == "en"
    assert parse(GOOD, address_block="", language="ru").language == "ru"


anything = st.text(max_size=60)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([*GOOD, "text", "name", "email", "phone", "photo", "address", "q-depth", "q-"]), anything))
def test_no_form_at_all_raises_anything_but_sentences(data: dict[str, str]) -> None:
    assert all(said(data))


def said(data: dict[str, str]) -> list[str]:
    try:
        return [parse(data, address_block="", language="en").category]
    except Invalid as refused:
        return list(refused.errors.values())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [{"text": "\x00\ud83d"}, {"text": "'; DROP TABLE issues_appeal; --"}, {"address": "$1 %s {} \\"}, {"name": "x" * 150},
     {"category": "$2'"}, {"q-where": "\x00\x01"}, {"lat": "90"}, {"lat": "-90", "lon": "180"}, {"lat": "179"}, {"text": "𓀀" * 4000}],
)  # fmt: skip
def test_hostile_input_reaches_the_database_as_plain_data(a_city: TinyCity, changes: dict[str, str]) -> None:
    form: dict[str, Any] = {**GOOD, "key": str(uuid.uuid4()), **changes}
    assert outcome(form)


def outcome(form: dict[str, Any]) -> str:
    try:
        return intake.submit(parse(form, address_block="", language="en")).public_id
    except Refused as refused:
        return str(refused)


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxies", "block"),
    [
        ("203.0.113.77", "", 0, "203.0.113.0/24"),
        ("203.0.113.77", "198.51.100.1", 0, "203.0.113.0/24"),
        ("10.0.0.1", "198.51.100.1", 1, "198.51.100.0/24"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", 1, "198.51.100.0/24"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", 2, "198.51.100.0/24"),
        ("203.0.113.77", "", 1, "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "", 0, "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.77", "", 0, "203.0.113.0/24"),
        ("", "", 0, ""),
        ("unix:", "nonsense", 1, ""),
        ("10.0.0.1", "<script>", 1, ""),
    ],
)
def test_the_address_block_believes_only_our_own_proxies(remote: str, forwarded: str, proxies: int, block: str) -> None:
    assert address_block(remote, forwarded, proxies) == block
