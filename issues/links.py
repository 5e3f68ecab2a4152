"""Links between reports and works: proposed by the clock, confirmed or refused by staff, shown once they are confirmed.

Works know no report; what joins them is a row of its own (`issues.models.Link`) with every decision that was made on it.
"""

from __future__ import annotations

from typing import Any, Final

from celery import shared_task
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from issues import links_sweep, states
from issues.models import Appeal, Link, LinkDecision, LinkState
from issues.models.links import LinkQuerySet

#: Of each minute; what is not looked at by then stays noted.
_SECONDS: Final = 20.0


@shared_task(acks_late=False, ignore_result=True, expires=60.0)
def propose_links() -> int:
    """Look at what changed since the last time and propose what fits, for some seconds at most; return how many pairs are new."""
    return links_sweep.sweep(_SECONDS).found


def decide(link: Link, actor: User, verdict: LinkState) -> None:
    """Confirm or refuse; whoever changes their mind decides again. Raises `NotAllowed` for what is so already, or was withdrawn."""
    with transaction.atomic():
        row = Link.objects.select_for_update(of=("self",)).filter(pk=link.pk).first()
        if row is None:
            raise states.NotAllowed(link.state, verdict, _("This proposal was withdrawn: the works or the report changed."))
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


def of_staff(user: Any) -> LinkQuerySet:
    """Links of the appeals that this member of staff may see."""
    return Link.objects.filter(appeal__in=Appeal.objects.visible_to(user))


#: For the beat schedule, like ``issues.housekeeping.BEAT``.
BEAT: Final[dict[str, dict[str, Any]]] = {"links-propose": {"task": "issues.links.propose_links", "schedule": 60.0}}
