"""A repair is finished: its confirmed reports are offered for closing, and their reporters are told what was done.

Finishing and closing are two steps, because a person has to say that the repair mended what each of them reported.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from gis_data import city_time
from issues import links, public_id, states, triage
from issues.errors import Invalid
from issues.models import Appeal, LinkMeaning
from issues.states import OPEN
from works.models import Repair


@dataclass(frozen=True, slots=True)
class Closed:
    """How many reports were closed, and the references of those that had moved on or that a crew has begun."""

    count: int
    left: tuple[str, ...]


def waiting(user: Any) -> QuerySet[Repair]:
    """Finished repairs with confirmed reports that are still open, of those this member of staff may see; the latest first."""
    answered = links.of_staff(user).confirmed().filter(meaning=LinkMeaning.ANSWERS, appeal__state__in=OPEN)
    return (
        Repair.objects.filter(Exists(answered.filter(repair=OuterRef("pk"))), status="finished")
        .only("id", "public_id", "title", "kind", "status", "finished_on")
        .order_by("-finished_on", "-id")
    )


def appeals_for_staff(user: Any, repair: Repair) -> QuerySet[Appeal]:
    """Reports that the repair answers, of those this member of staff may see, oldest first."""
    answered = links.of_staff(user).confirmed().filter(meaning=LinkMeaning.ANSWERS, repair=repair)
    return Appeal.objects.filter(pk__in=answered.values("appeal")).select_related("category", "department").order_by("id")


def finish(repair: Repair, day: dt.date, began: dt.date | None = None) -> None:
    """Note that a planned or running repair was finished on ``day``, and on which day it ``began``. A later load that says otherwise is believed.

    Everybody sees these days. Whoever may act on one report with a confirmed link to the repair may set them, for the whole repair:
    works belong to no service, and those who answer for a report near it are the ones who hear that it is done.

    A day for which it was planned binds nobody: done earlier, it began on a day that is not known unless it is given. Raises `NotAllowed`
    for a repair that is finished or cancelled already, `Invalid` for days that cannot be.
    """
    with transaction.atomic():
        row = Repair.objects.select_for_update(of=("self",), no_key=True).get(pk=repair.pk)
        if row.status not in {"planned", "running"}:
            raise states.NotAllowed(row.status, "finish", _("This repair is finished or cancelled already."))
        began = began or _known_start(row, day)
        _check_days(row, day, began)
        row.status, row.started_on, row.finished_on = "finished", began, day
        row.updated_at = Now()
        row.save(update_fields=["status", "started_on", "finished_on", "updated_at"])


def _known_start(row: Repair, day: dt.date) -> dt.date | None:
    """The first day as it was noted; a planned one only where it may have been kept."""
    kept = row.status == "running" or (row.started_on is not None and row.started_on <= day)
    return row.started_on if kept else None


def _check_days(row: Repair, day: dt.date, began: dt.date | None) -> None:
    if day > city_time.today():
        raise Invalid({"day": _("This day is still to come. Choose today or an earlier day.")})
    if began and day < began:
        sentence = _("Works cannot end before they began, and these began on %(day)s. Put one of the two days right.")
        raise Invalid({"day": sentence % {"day": date_format(began, "DATE_FORMAT")}})
    if row.warranty_until and day > row.warranty_until:
        raise Invalid({"day": _("The warranty ends before this day. Choose an earlier one.")})


def close(user: User, repair: Repair, chosen: Collection[int], text: str) -> Closed:
    """Close the chosen reports of a finished repair as fixed, with public words, in one transaction with their letters.

    Raises `NotAllowed` while the repair is not finished, `Invalid` for words that are missing or name a resident: then none is closed.
    """
    closed, left = 0, []
    with transaction.atomic():
        row = Repair.objects.select_for_update(of=("self",), no_key=True).get(pk=repair.pk)
        if row.status != "finished":
            raise states.NotAllowed(row.status, "close", _("This repair is not finished yet."))
        reports = list(appeals_for_staff(user, row).filter(pk__in=chosen, state__in=OPEN))
        if not reports:
            raise Invalid({"reports": _("Choose at least one report that is still open.")})
        for report in reports:
            try:
                triage.fix(report, user, text, repair=row.public_id)
            except states.NotAllowed:
                left.append(public_id.dashed(report.public_id))
            else:
                closed += 1
    return Closed(closed, tuple(left))
