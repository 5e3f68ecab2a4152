"""All states of an appeal and all moves between them: one table, without queries and without imports of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

State: TypeAlias = Literal["new", "accepted", "planned", "started", "done", "rejected", "closed"]
PublicState: TypeAlias = Literal["new", "in_progress", "fixed", "declined"]

STATES: Final[tuple[State, ...]] = ("new", "accepted", "planned", "started", "done", "rejected", "closed")
#: Somebody still has to do something.
OPEN: Final[frozenset[str]] = frozenset({"new", "accepted", "planned", "started"})

LABELS: Final[dict[State, StrPromise]] = {
    "new": gettext_lazy("New"),
    "accepted": gettext_lazy("Accepted"),
    "planned": gettext_lazy("Planned"),
    "started": gettext_lazy("Work has started"),
    "done": gettext_lazy("Fixed"),
    "rejected": gettext_lazy("Declined"),
    "closed": gettext_lazy("Closed without works"),
}

#: What everybody sees: four words, each with its own colour and shape.
PUBLIC_STATES: Final[dict[PublicState, StrPromise]] = {
    "new": gettext_lazy("New"),
    "in_progress": gettext_lazy("In progress"),
    "fixed": gettext_lazy("Fixed"),
    "declined": gettext_lazy("Closed without works"),
}

#: Public state → the states behind it (for filters).
BEHIND: Final[dict[PublicState, tuple[State, ...]]] = {
    "new": ("new",),
    "in_progress": ("accepted", "planned", "started"),
    "fixed": ("done",),
    "declined": ("rejected", "closed"),
}
_PUBLIC: Final[dict[State, PublicState]] = {state: public for public, states in BEHIND.items() for state in states}


class NotAllowed(Exception):  # reads as the answer it is
    """This move is not possible from the state the appeal is in now (usually because somebody was quicker)."""

    def __init__(self, state: str, verb: str, sentence: str = "") -> None:
        self.state, self.verb = state, verb
        super().__init__(sentence)

    def __str__(self) -> str:
        if self.args[0]:
            return str(self.args[0])
        return _("This is no longer possible: the report is “%(state)s” now. Look at its latest changes.") % {
            "state": LABELS.get(cast("State", self.state), self.state)
        }


@dataclass(frozen=True, slots=True)
class Move:
    """``verb`` takes an appeal from ``source`` to ``target``; ``why`` explains a move that would surprise."""

    verb: str
    source: State
    target: State
    why: str = ""


def _moves(verb: str, sources: tuple[State, ...], target: State | None, why: str = "") -> tuple[Move, ...]:
    return tuple(Move(verb, source, target or source, why) for source in sources)


MOVES: Final[tuple[Move, ...]] = (
    *_moves("accept", ("new",), "accepted"),
    *_moves("assign", ("accepted",), "planned"),
    *_moves("assign", ("planned",), "planned", "another crew or another day; the earlier visit is withdrawn"),
    *_moves("start", ("planned",), "started"),
    *_moves("done", ("started",), "done"),
    *_moves("done", ("planned",), "done", "a crew without signal, or one that forgot to press start, has still fixed it"),
    *_moves(
        "fix",
        ("new", "accepted", "planned"),
        "done",
        "a service without crews, or one that needed no visit; a started visit ends by its crew",
    ),
    *_moves("could_not", ("planned", "started"), "accepted", "the desk plans it again, with the crew's reason"),
    *_moves("reply", STATES, None, "an answer changes nothing but what the resident knows"),
    *_moves("reject", ("new", "accepted", "planned"), "rejected"),
    *_moves("close", ("new", "accepted", "planned"), "closed"),
    *_moves("merge", ("new", "accepted", "planned"), "closed", "the other report carries on; this one points to it"),
    *_moves("reroute", ("new",), "new"),
    *_moves("reroute", ("accepted", "planned"), "new", "the next service has not looked at it yet"),
    *_moves("refuse", ("new",), "new", "nobody has worked on it; only whose it is changes"),
    *_moves("refuse", ("accepted", "planned"), "new", "the next service has not looked at it yet"),
    *_moves("reopen", ("done", "rejected", "closed"), "accepted", "staff looked at it when they opened it again"),
)
_BY_STATE: Final[dict[str, tuple[Move, ...]]] = {s: tuple(m for m in MOVES if m.source == s) for s in STATES}


def allowed(state: str) -> tuple[Move, ...]:
    """Return the moves that are possible from ``state``."""
    return _BY_STATE.get(state, ())


def move(state: str, verb: str) -> State:
    """Return the state that ``verb`` leads to; raises `NotAllowed`."""
    for one in allowed(state):
        if one.verb == verb:
            return one.target
    raise NotAllowed(state, verb)


def public_state(state: str) -> PublicState:
    """Return which of the four public states ``state`` is shown as; an unknown state raises `KeyError`."""
    return _PUBLIC[cast("State", state)]


def word(state: str) -> StrPromise:
    """Return the exact state in words, for staff."""
    return LABELS[cast("State", state)]


def public_word(state: str) -> StrPromise:
    """Return the public word for ``state`` (one of the seven)."""
    return PUBLIC_STATES[public_state(state)]
