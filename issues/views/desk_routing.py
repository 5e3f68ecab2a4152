"""What the desk tells about where an appeal went: why, with which shapes, what is to be checked, and who comes next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from gis_data.names import in_language
from issues import flags, rerouting
from issues.models import Appeal
from issues.routing import picture
from issues.routing.words import reason_in_words

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

#: Flag → what somebody should look at.
_CHECKS: Final[dict[str, StrPromise]] = {
    "border": _("Another service begins close by. Look on which side of the border the problem is."),
    "gap": _("The pin lies between areas. Look whether the nearest one is the right one."),
    "broken": _("The rule “%(rule)s” should have decided and could not, so a fallback did. A rule like this has to be mended."),
    "open": _("Nobody is in line for this report. Choose the service that gets it."),
    "hops": _("Services passed this report on too often. Choose the service that gets it."),
}


def shown(appeal: Appeal, user: User, *, may_refuse: bool) -> dict[str, Any]:
    """Context of the desk's page. Two queries, three more where the service may refuse."""
    decided = rerouting.decided(appeal)
    latest = decided[0][0] if decided else {}
    automatic = rerouting.automatic(decided)
    by_hand = automatic is not latest
    return {
        "reason": reason_in_words(latest, for_staff=True),
        "first_reason": reason_in_words(automatic, for_staff=True) if by_hand else "",
        "sketch": picture.of_point(automatic, appeal.point),
        "checks": _checks(appeal, automatic),
        "may_check": any(flag in flags.ABOUT_THE_PLACE for flag in appeal.flags),
        "next_service": _next(appeal, user) if may_refuse else "",
    }


def _checks(appeal: Appeal, automatic: Mapping[str, Any]) -> list[str]:
    broken = automatic.get("broken")
    rule = broken.get("rule", "") if isinstance(broken, Mapping) else ""
    return [str(_CHECKS[flag]) % {"rule": rule} for flag in flags.TO_CHECK if flag in appeal.flags]


def _next(appeal: Appeal, user: User) -> str:
    """The service that gets it after a refusal; '' when a dispatcher would decide."""
    turn = rerouting.to_the_next(appeal, user)
    return in_language(turn.department.names) if turn.department else ""
