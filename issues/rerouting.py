"""Whose turn it is when a service says that an appeal is not theirs, and when passing it on has to end.

Services may pass an appeal on twice. The third time a dispatcher decides, whoever was meant to get it: an appeal that goes
round in circles is nobody's. What a dispatcher or an administrator decides starts the count anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from accounts.models import Department, Role, User
from issues import flags
from issues.models import Appeal

#: The third time without a dispatcher in between goes to a dispatcher.
MOST_HOPS: Final = 3
Decided = list[tuple[Mapping[str, Any], str | None]]

#: Decisions that people made; rules do not overrule them.
BY_HAND: Final = frozenset({"staff", "refused", "undone"})


@dataclass(frozen=True, slots=True)
class Turn:
    """Who gets it (None: a dispatcher decides), how often it was passed on by then (0: a dispatcher's doing), who is left in line."""

    department: Department | None
    hops: int
    left: tuple[Mapping[str, Any], ...] = ()

    @property
    def too_often(self) -> bool:
        """Passed on so often that a dispatcher has to decide."""
        return self.hops >= MOST_HOPS


def may_decide(actor: User) -> bool:
    """Whether this person sends appeals where they want: dispatchers and administrators. One query."""
    return actor.is_superuser or actor.memberships.filter(role__in=[Role.DISPATCHER, Role.ADMIN]).exists()


def to_the_chosen(appeal: Appeal, actor: User, chosen: Department) -> Turn:
    """The turn when ``actor`` sends the appeal to ``chosen``. Two queries."""
    hops = _hops(decided(appeal), actor)
    # From a dispatcher's own list nothing goes back to the dispatcher.
    return Turn(None if hops >= MOST_HOPS and appeal.department_id else chosen, hops)


def to_the_next(appeal: Appeal, actor: User) -> Turn:
    """The turn when the appeal's service says "not ours": the next in line of the last automatic decision. Three queries.

    Nobody gets it twice, nor does a closed service.
    """
    past = decided(appeal)
    hops = _hops(past, actor)
    had = {code for _reason, code in past}
    line = {code: one for one in _in_line(automatic(past)) if (code := one["department"].get("code")) not in had}
    active = {one.code: one for one in Department.objects.filter(code__in=line, active=True)}
    waiting = [code for code in line if code in active]
    if hops >= MOST_HOPS or not waiting:
        return Turn(None, hops, tuple(line[code] for code in waiting))
    return Turn(active[waiting[0]], hops, tuple(line[code] for code in waiting[1:]))


def marks(appeal: Appeal, turn: Turn) -> list[str]:
    """The flags of the appeal after ``turn``: a dispatcher's decision settles them, an open end asks for one."""
    kept = list(appeal.flags) if turn.hops else [one for one in appeal.flags if one not in flags.TO_CHECK]
    asks = "" if turn.department else "hops" if turn.too_often else "open"
    return kept if not asks or asks in kept else [*kept, asks]


def decided(appeal: Appeal) -> Decided:
    """Reason and service of each decision about the appeal, the latest first. One query."""
    return list(appeal.decisions.order_by("-id").values_list("reason", "department__code"))


def automatic(past: Decided) -> Mapping[str, Any]:
    """The reason of the last decision that people did not make; {} if there is none."""
    return next((reason for reason, _code in past if reason.get("how") not in BY_HAND), {})


def _hops(past: Decided, actor: User) -> int:
    """Which time this is that services pass it on among themselves; 0 for a dispatcher, who may."""
    if may_decide(actor):
        return 0
    return (past[0][0].get("passed", 0) if past else 0) + 1


def _in_line(reason: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Who comes next, as a decision of the rules knew: first the service across a border close by, then its runners-up."""
    for one in (reason.get("border"), *(reason.get("runners_up") or ())):
        if isinstance(one, Mapping) and isinstance(one.get("department"), Mapping):
            yield {"how": one.get("how", "border"), "department": one["department"]}


def named(department: Department | None) -> dict[str, Any] | None:
    """A service as a reason keeps it."""
    return {"code": department.code, "names": department.names} if department else None
