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


def finish(repair: Repair, day: dt.date) -> None:
    """Note that a planned or running repair was finished on ``day``. A later load that says otherwise is believed.

    Raises `NotAllowed` for a repair that is finished or cancelled already, `Invalid` for a day that cannot be.
    """
    with transaction.atomic():
        row = Repair.objects.select_for_update(of=("self",), no_key=True).get(pk=repair.pk)
        if row.status not in {"planned", "running"}:
            raise states.NotAllowed(row.status, "finish", _("This repair is finished or cancelled already."))
        if day > city_time.today():
            raise Invalid({"day": _("This day is still to come. Choose today or an earlier day.")})
        if row.started_on and day < row.started_on:
            raise Invalid({"day": _("The repair began after this day. Choose a later one.")})
        if row.warranty_until and day > row.warranty_until:
            raise Invalid({"day": _("The warranty ends before this day. Choose an earlier one.")})
        row.status, row.finished_on = "finished", day
        row.updated_at = Now()
        row.save(update_fields=["status", "finished_on", "updated_at"])


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
