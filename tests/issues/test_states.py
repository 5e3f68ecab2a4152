"""The table of states and moves, and the reference people read over the phone."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues import public_id, states
from issues.models import Appeal


def test_the_table_and_the_database_know_the_same_states() -> None:
    check = next(one for one in Appeal._meta.constraints if one.name == "appeal_state_is_known")

    assert str(sorted(states.STATES)) == str(sorted(check.condition.children[0][1]))  # type: ignore[attr-defined]


def test_every_state_can_be_reached_and_left() -> None:
    reached = {"new"}
    for _step in states.STATES:
        reached |= {move.target for move in states.MOVES if move.source in reached}
    assert reached == set(states.STATES)
    assert all(any(move.target != state for move in states.allowed(state)) for state in states.STATES)


def test_each_verb_leads_to_one_state() -> None:
    pairs = [(move.source, move.verb) for move in states.MOVES]

    assert len(pairs) == len(set(pairs))


def test_odd_moves_say_why() -> None:
    for move in states.MOVES:
        if move.target == move.source and move.verb != "reroute":
            assert move.why, move


@pytest.mark.parametrize(("state", "verb"), [("done", "accept"), ("new", "done"), ("rejected", "reject"), ("nonsense", "accept")])
def test_other_moves_are_refused_with_a_sentence(state: str, verb: str) -> None:
    with pytest.raises(states.NotAllowed) as refused:
        states.move(state, verb)
    assert "no longer possible" in str(refused.value)


def test_every_state_has_one_public_state_and_a_word() -> None:
    assert {states.public_state(state) for state in states.STATES} == set(states.PUBLIC_STATES)
    assert all(str(states.word(state)) and str(states.public_word(state)) for state in states.STATES)


def test_a_reference_survives_how_people_write_it() -> None:
    for _ in range(200):
        reference = public_id.new()
        spoken = public_id.dashed(reference).lower().replace("0", "o").replace("1", "l")
        assert public_id.parse(f" {spoken} ") == reference


def test_one_wrong_or_two_exchanged_characters_are_noticed() -> None:
    reference = public_id.new()
    for place, other in itertools.product(range(8), public_id.ALPHABET):
        if other != reference[place]:
            assert public_id.parse(reference[:place] + other + reference[place + 1 :]) is None
    for one, two in itertools.combinations(range(8), 2):
        chars = list(reference)
        chars[one], chars[two] = chars[two], chars[one]
        if chars != list(reference):
            assert public_id.parse("".join(chars)) is None


@given(st.text(max_size=60))
def test_no_text_makes_the_parser_fall_over(text: str) -> None:
    found = public_id.parse(text)
    assert found is None or public_id.parse(found) == found
