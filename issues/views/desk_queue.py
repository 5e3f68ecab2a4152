"""The clerk's queue: which appeals, in which order, one page at a time by keyset."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from django.db.models import Count, F, Model, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Department
from issues import public_id
from issues.errors import Invalid
from issues.models import Category, Visibility
from issues.querysets import NEVER, AppealQuerySet
from issues.states import OPEN

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

PAGE: Final = 50
#: Above this a tab shows "999+": an exact count of a long queue helps nobody.
COUNT_UP_TO: Final = 999

#: Tab → title. The first one is what a clerk comes for.
TABS: Final[dict[str, StrPromise]] = {
    "new": pgettext_lazy("list of reports", "New"),
    "work": _("In progress"),
    "late": _("Late"),
    "check": _("To check"),
    "held": _("Held for review"),
    "closed": _("Closed"),
    "all": _("All"),
}
#: Counted in one pass; the rest of what waits has an index of its own.
COUNTED: Final = ("new", "work", "late", "held")
NEWEST_FIRST: Final = frozenset({"closed", "all"})


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
    chosen = _narrow(appeals, wanted).select_related("category", "department", "district").defer("district__geometry")
    if not wanted.reference:
        chosen = chosen.filter(_condition(wanted.tab, now))
        chosen = chosen.to_check() if wanted.tab == "check" else chosen
    newest_first = wanted.tab in NEWEST_FIRST or bool(wanted.reference)
    chosen = chosen.annotate(sort_at=F("created_at")).order_by("-created_at", "-id") if newest_first else chosen.queue()
    if wanted.after:
        chosen = _beyond(chosen, *wanted.after, newest_first=newest_first)
    return chosen[: PAGE + 1]


def _beyond(chosen: AppealQuerySet, at: dt.datetime, row_id: int, *, newest_first: bool) -> AppealQuerySet:
    """Rows after (at, row_id). The plain comparison lets the index start at the right place; an OR would not."""
    if newest_first:
        return chosen.filter(created_at__lte=at).exclude(created_at=at, id__gte=row_id)
    return chosen.filter(sort_at__gte=at).exclude(sort_at=at, id__lte=row_id)  # type: ignore[misc]  # annotated by queue()


def tab_counts(appeals: AppealQuerySet, wanted: QueueFilter, now: dt.datetime) -> dict[str, str]:
    """How many wait in each open tab, as text ("999+" above the limit). Two statements, over what waits alone."""
    waiting = _narrow(appeals, replace(wanted, reference="")).filter(state__in=OPEN)  # a tab leads away from a searched reference
    found = waiting.aggregate(**{tab: Count("pk", filter=_condition(tab, now)) for tab in COUNTED})
    found["check"] = waiting.to_check().count()
    return {tab: f"{COUNT_UP_TO}+" if count > COUNT_UP_TO else str(count) for tab, count in found.items()}


def _narrow(appeals: AppealQuerySet, wanted: QueueFilter) -> AppealQuerySet:
    if wanted.reference:
        found = public_id.parse(wanted.reference)
        return appeals.filter(public_id=found) if found else appeals.none()
    chosen = appeals
    if wanted.category:
        chosen = chosen.filter(category=_id_of(Category, wanted.category))
    if wanted.department:
        chosen = chosen.filter(department=_id_of(Department, wanted.department))
    if wanted.district == "-":
        chosen = chosen.filter(district__isnull=True)
    elif wanted.district:
        chosen = chosen.filter(district__code=wanted.district)
    return chosen


def _condition(tab: str, now: dt.datetime) -> Q:
    """What a tab asks beyond ``queue()``, which all but the last two stand on. For ``check`` that is ``to_check()``.

    A tab only takes states away: where one is named again, the planner takes the rows for rare and fetches them by the map's index.
    """
    match tab:
        case "new":
            return ~Q(state__in=OPEN - {"new"}) & ~Q(visibility=Visibility.HELD)
        case "work":
            return ~Q(state="new")
        case "late":
            return Q(due_at__lt=now)
        case "held":
            return Q(visibility=Visibility.HELD)
        case "closed":
            return Q(state__in=["done", "rejected", "closed"])
        case _:
            return Q()


def _id_of(model: type[Model], code: str) -> int:
    """Asked for beforehand: through a join the planner cannot see how rare the code is, and reads half the table."""
    found: int | None = model._default_manager.filter(code=code).values_list("pk", flat=True).first()
    return found or 0


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
    # The first and the last hours of the calendar cannot be turned into another time zone.
    if moment.tzinfo is None or moment.year < 2 or moment > NEVER or not 0 < number < 2**63:
        raise Invalid({"after": _("This page address is damaged. Start from the first page.")})
    return moment.astimezone(dt.UTC), number  # the database takes no offset beyond 16 hours
