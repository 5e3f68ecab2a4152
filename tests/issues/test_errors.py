"""Refusals and the status of their answers."""

from __future__ import annotations

import pytest

from issues.errors import Invalid, KeyConflict, OutsideCity, PhotoRefused, Refused, SwappedCoordinates, status_of
from issues.states import NotAllowed


@pytest.mark.parametrize(
    "refused",
    [Invalid({"text": "Too long."}), OutsideCity(), SwappedCoordinates(10, 50), KeyConflict(), PhotoRefused("No photo.")],
)
def test_what_was_sent_wrongly_is_422(refused: Refused) -> None:
    assert status_of(refused) == 422
    assert str(refused)


def test_a_move_that_came_too_late_is_409() -> None:
    assert status_of(NotAllowed("closed", "accept")) == 409
