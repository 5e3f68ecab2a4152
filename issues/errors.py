"""Why something is refused: one family of errors, each with a sentence for people, and one table to HTTP answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _

from issues.states import NotAllowed


class Refused(Exception):  # the trade's word; every member is an answer, not a fault
    """What somebody sent cannot be taken as it is. ``str()`` is a sentence that says what to do."""


class Invalid(Refused):
    """Fields that make no sense: ``errors`` maps the name of a field to a sentence."""

    def __init__(self, errors: Mapping[str, object]) -> None:
        self.errors: dict[str, str] = {name: str(sentence) for name, sentence in errors.items()}
        super().__init__(" ".join(self.errors.values()))


class OutsideCity(Refused):
    """The pin is outside the city's bounds."""

    def __init__(self) -> None:
        super().__init__(_("This place is outside the city. Move the pin, or write to the town it lies in."))


class SwappedCoordinates(Refused):
    """The pin is outside the city, but would be inside with longitude and latitude exchanged."""

    def __init__(self, lon: float, lat: float) -> None:
        self.lon, self.lat = lon, lat
        super().__init__(
            _("This place is outside the city. Latitude and longitude look exchanged: did you mean %(lat).5f, %(lon).5f?")
            % {"lat": lat, "lon": lon}
        )


class KeyConflict(Refused):
    """The form's key was used for another report."""

    def __init__(self) -> None:
        super().__init__(_("This form was already sent with other contents. Start a new report to send another one."))


class PhotoRefused(Refused):
    """A file that is not a photo we can show."""


class NotPublic(Exception):  # reads as a statement about the data
    """A programming error: a public page asked for something that only staff may see."""


#: Error → status of the HTTP answer. `NotAllowed` stands in ``issues/states.py`` because that file imports nothing of ours.
_STATUS: Final[Mapping[type[Exception], int]] = {Refused: 422, NotAllowed: 409}


def status_of(error: Refused | NotAllowed) -> int:
    """Return the HTTP status of an answer that refuses: 422 for what was sent, 409 for a move that came too late."""
    return next(status for kind, status in _STATUS.items() if isinstance(error, kind))
