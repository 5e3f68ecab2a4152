"""The clerk's queue: which appeals, in which order, one page at a time by keyset."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from issues import public_id
from issues.errors import Invalid
from issues.models import Visibility
from issues.querysets import AppealQuerySet

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

PAGE: Final = 50
#: Above this a tab shows "999+": an exact count of a long queue helps nobody and costs a scan.
COUNT_UP_TO: Final = 999

OPEN_STATES: Final = ("new", "accepted", "planned", "started")

#: Tab → title. The first one is what a clerk comes for.
TABS: Final[dict[str, StrPromise]] = {
    "new": pgettext_lazy("list of reports", "New"),
    "work": _("In progress"),
    "late": _("Late"),
    "held": _("Held for review"),
    "closed": _("Closed"),
    "all": _("All"),
}
COUNTED: Final = ("new", "work", "late", "held")
NEWEST_FIRST: Final = frozenset({"closed", "all"})
#: Appeals without a due time sort last; a keyset needs a value for them.
NEVER: Final = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What the address of ``/desk`` asks for; ``after`` is the keyset (sort value, id) of the last row shown."""

    tab: str = "new"
    category: str = ""
    department: str = ""
    district: str = ""
    reference: str = ""
    after: tuple[dt.datetime, int] | None = None

    def address(self, **changes: object) -> str:
        """The query string of this filter with some fields changed."""
        wanted = replace(self, **changes)  # type: ignore[arg-type]  # names are checked by dataclasses.replace
        pairs = {
            "tab": "" if wanted.tab == "new" else wanted.tab,
            "category": wanted.category,
            "department": wanted.department,
            "district": wanted.district,
            "reference": wanted.reference,
            "after": f"{wanted.after[0].isoformat()}_{wanted.after[1]}" if wanted.after else "",
        }
        return "?" + urlencode({k: v for k, v in pairs.items() if v})


def parse(query: Mapping[str, str]) -> QueueFilter:
    """Read the query string of ``/desk``; raises `Invalid` naming the field that makes no sense."""
    tab = query.get("tab", "new")
    if tab not in TABS:
        raise Invalid({"tab": _("There is no such list.")})
    reference = query.get("reference", "").strip()[:20]
    return QueueFilter(
        tab=tab,
        category=_clean(query, "category"),
        department=_clean(query, "department"),
        district=_clean(query, "district"),
        reference=reference,
        after=_keyset(query.get("after", "")),
    )


def rows(appeals: AppealQuerySet, wanted: QueueFilter, now: dt.datetime) -> AppealQuerySet:
    """One page (and one row more, to know whether there is another) of ``appeals`` the user may see."""
    chosen = _narrow(appeals, wanted, now).select_related("category", "department", "district")
    if wanted.tab in NEWEST_FIRST:
        chosen = chosen.annotate(sort_at=F("created_at")).order_by("-created_at", "-id")
        if wanted.after:
            at, row_id = wanted.after
            chosen = chosen.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=row_id))
    else:
        chosen = chosen.annotate(sort_at=Coalesce("due_at", Value(NEVER))).order_by("sort_at", "id")
        if wanted.after:
            at, row_id = wanted.after
            chosen = chosen.filter(Q(sort_at__gt=at) | Q(sort_at=at, id__gt=row_id))
    return chosen[: PAGE + 1]


def tab_counts(appeals: AppealQuerySet, wanted: QueueFilter, now: dt.datetime) -> dict[str, str]:
    """How many wait in each open tab, as text ("999+" above the limit)."""
    counts = {}
    for tab in COUNTED:
        found = _narrow(appeals, replace(wanted, tab=tab), now)[: COUNT_UP_TO + 1].count()
        counts[tab] = f"{COUNT_UP_TO}+" if found > COUNT_UP_TO else str(found)
    return counts


def _narrow(appeals: AppealQuerySet, wanted: QueueFilter, now: dt.datetime) -> AppealQuerySet:
    if wanted.reference:
        found = public_id.parse(wanted.reference)
        return appeals.filter(public_id=found) if found else appeals.none()
    chosen = appeals.filter(_condition(wanted.tab, now))
    if wanted.category:
        chosen = chosen.filter(category__code=wanted.category)
    if wanted.department:
        chosen = chosen.filter(department__code=wanted.department)
    if wanted.district == "-":
        chosen = chosen.filter(district__isnull=True)
    elif wanted.district:
        chosen = chosen.filter(district__code=wanted.district)
    return chosen


def _condition(tab: str, now: dt.datetime) -> Q:
    match tab:
        case "new":
            return Q(state="new") & ~Q(visibility=Visibility.HELD)
        case "work":
            return Q(state__in=["accepted", "planned", "started"])
        case "late":
            return Q(state__in=OPEN_STATES, due_at__lt=now)
        case "held":
            return Q(state__in=OPEN_STATES, visibility=Visibility.HELD)
        case "closed":
            return Q(state__in=["done", "rejected", "closed"])
        case _:
            return Q()


def _clean(query: Mapping[str, str], name: str) -> str:
    value = query.get(name, "").strip()
    if "\x00" in value or len(value) > 80:
        raise Invalid({name: _("This filter cannot be read.")})
    return value


def _keyset(value: str) -> tuple[dt.datetime, int] | None:
    if not value:
        return None
    at, _sep, row_id = value.rpartition("_")
    try:
        moment = dt.datetime.fromisoformat(at)
        number = int(row_id)
    except ValueError:
        raise Invalid({"after": _("This page address is damaged. Start from the first page.")}) from None
    if moment.tzinfo is None or not 0 < number < 2**63:
        raise Invalid({"after": _("This page address is damaged. Start from the first page.")})
    return moment, number

