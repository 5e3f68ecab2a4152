"""Links between reports and works: proposed by the clock, confirmed or refused by staff, shown once they are confirmed.

Works know no report; what joins them is a row of its own (`issues.models.Link`) with every decision that was made on it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from gis_data import city_time
from issues import links_sql, states
from issues.models import Appeal, Link, LinkDecision, LinkState, LinkSweep
from issues.models.links import LinkQuerySet

#: Numbers are given before their rows are seen: so many of the last reports are looked at again.
_AGAIN: Final = 500
#: A load writes its rows in one transaction; works are seen when it ends and carry the time at which it began.
_LONGEST_LOAD: Final = dt.timedelta(hours=6)
_STEP: Final = 20_000


@shared_task(acks_late=False, ignore_result=True, expires=60.0)
def propose_links() -> int:
    """Look at reports and works that came since the last time and propose what fits; return how many pairs are new.

    One transaction, held by one worker at a time; whoever comes second does nothing.
    """
    with transaction.atomic():
        LinkSweep.objects.get_or_create(only=1)
        sweep = LinkSweep.objects.select_for_update(skip_locked=True).filter(only=1).first()
        if sweep is None:
            return 0
        began = timezone.now()
        top = _last_report()
        found = _from_reports(max(0, sweep.appeal - _AGAIN), top)
        since = sweep.works_at - _LONGEST_LOAD if sweep.works_at else None
        found += _from_works(since) if since else 0  # the first time all reports are new, which covers all works
        sweep.appeal, sweep.works_at = top, began
        sweep.save()
    return found


def propose_all() -> int:
    """Look at every report and all works again: after categories have learned what mends them, or a large import."""
    with transaction.atomic():
        return _from_reports(0, _last_report())


def _last_report() -> int:
    return Appeal.objects.order_by("-id").values_list("id", flat=True).first() or 0


def _from_reports(low: int, top: int) -> int:
    found = 0
    for start in range(low, top, _STEP):
        params = {"zone": city_time.zone().key, "low": start, "high": min(start + _STEP, top)}
        found += links_sql.propose(links_sql.REPAIRS_OF_REPORTS, params)
        found += links_sql.propose(links_sql.PROJECTS_OF_REPORTS, params)
    return found


def _from_works(since: dt.datetime) -> int:
    params = {"zone": city_time.zone().key, "since": since}
    found = links_sql.propose(links_sql.REPORTS_OF_REPAIRS, params)
    return found + links_sql.propose(links_sql.REPORTS_OF_PROJECTS, params)


def decide(link: Link, actor: User, verdict: LinkState) -> None:
    """Confirm or refuse; whoever changes their mind decides again. Raises `NotAllowed` for what is so already."""
    with transaction.atomic():
        row = Link.objects.select_for_update(of=("self",)).get(pk=link.pk)
        if row.state == verdict:
            raise states.NotAllowed(row.state, verdict, _("This is so already."))
        LinkDecision.objects.create(link=row, verdict=verdict, actor=actor)
        row.state = verdict
        row.save(update_fields=["state"])


def confirmed_of(appeal: int) -> LinkQuerySet:
    """Confirmed links of one appeal with the names and days of their works; shapes stay where they are. One query."""
    links = Link.objects.confirmed().filter(appeal=appeal).select_related("repair", "project")
    return links.only(
        "meaning",
        *(f"repair__{name}" for name in ("public_id", "title", "kind", "status", "started_on", "finished_on")),
        *(f"project__{name}" for name in ("public_id", "title", "status", *_PROJECT_DAYS)),
    ).order_by("id")


_PROJECT_DAYS: Final = ("planned_start", "planned_end", "actual_start", "actual_end")


def public_appeals_of(**works: Any) -> Any:
    """Public appeals whose link to ``repair`` or ``project`` (an instance or its number) is confirmed, newest first; a project's repairs
    count as its own. For pages of works; private, held and hidden appeals are left out."""
    links = Link.objects.confirmed()
    if "project" in works:
        links = links.filter(project=works["project"]) | links.filter(repair__project=works["project"])
    else:
        links = links.filter(**works)
    return Appeal.objects.public().filter(pk__in=links.values("appeal")).order_by("-id")


def of_staff(user: Any) -> LinkQuerySet:
    """Links of the appeals that this member of staff may see."""
    return Link.objects.filter(appeal__in=Appeal.objects.visible_to(user))


#: For the beat schedule, like ``issues.housekeeping.BEAT``.
BEAT: Final[dict[str, dict[str, Any]]] = {"links-propose": {"task": "issues.links.propose_links", "schedule": 60.0}}
