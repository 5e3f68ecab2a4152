"""Which works have to do with which report: pairs that were found by distance, kind and time, and what staff said of them."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from issues.models.appeals import Appeal
from works.models import Project, Repair
from works.models.never_emptied import never_emptied


class LinkMeaning(models.TextChoices):
    ANSWERS = "answers", _("the works mend what was reported")
    RETURNS = "returns", _("reported again while the repair is under warranty")


class LinkState(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    CONFIRMED = "confirmed", _("confirmed")
    REFUSED = "refused", _("refused")


class LinkQuerySet(models.QuerySet["Link"]):
    def confirmed(self) -> LinkQuerySet:
        """What staff confirmed: the only links that public pages may show, and of public appeals alone."""
        return self.filter(state=LinkState.CONFIRMED)


class Link(models.Model):
    """An appeal and one repair or project. ``score`` (0 to 100) is how well distance and time fit; ``distance_m`` is metres on the spheroid.

    A pair is proposed once; ``state`` is what the last `LinkDecision` says.
    """

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="links", db_index=False)
    repair = models.ForeignKey(Repair, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    meaning = models.CharField(max_length=8, choices=LinkMeaning.choices)
    state = models.CharField(max_length=10, choices=LinkState.choices, default=LinkState.PROPOSED, db_default="proposed")
    score = models.PositiveSmallIntegerField()
    distance_m = models.FloatField()
    proposed_at = models.DateTimeField(db_default=Now())

    objects = LinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("link to works")
        verbose_name_plural = _("links to works")
        indexes = [models.Index(fields=["state", "score", "id"], name="link_queue")]
        constraints = [
            models.UniqueConstraint(fields=["appeal", "repair"], name="a_report_and_a_repair_are_paired_once"),
            models.UniqueConstraint(fields=["appeal", "project"], name="a_report_and_a_project_are_paired_once"),
            models.CheckConstraint(
                condition=Q(repair__isnull=False, project__isnull=True) | Q(repair__isnull=True, project__isnull=False),
                name="a_link_names_one_kind_of_works",
            ),
            models.CheckConstraint(condition=Q(state__in=LinkState.values), name="link_state_is_known"),
            models.CheckConstraint(condition=Q(meaning__in=LinkMeaning.values), name="link_meaning_is_known"),
            models.CheckConstraint(condition=Q(score__lte=100, distance_m__gte=0), name="link_score_is_of_a_hundred"),
        ]

    def __str__(self) -> str:
        return f"{self.appeal_id} {self.repair_id or self.project_id} {self.state}"


class LinkDecision(models.Model):
    """What a member of staff said of a link, and when. Append-only; whoever changes their mind adds another."""

    link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=10, choices=LinkState.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("decision on a link")
        verbose_name_plural = _("decisions on links")
        constraints = [
            models.CheckConstraint(condition=Q(verdict__in=["confirmed", "refused"]), name="a_link_is_confirmed_or_refused")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete), never_emptied()]

    def __str__(self) -> str:
        return f"{self.link_id} {self.verdict}"


class LinkNote(models.Model):
    """Something changed that may make or end pairs: the things numbered ``low`` to ``high`` are to be looked at. Written by triggers.

    A note is written in the transaction of the change (migration 0016), so that it is seen when the change is, however late that is, and
    deleted in the transaction that writes the pairs. Looking at things between ``low`` and ``high`` that did not change is harmless.
    ``after``: one work with so many reports around it that it is looked at in steps; those up to this number are done. Of a report it is 0:
    looking at it took too long, and it waits until nothing else is noted.
    """

    class What(models.TextChoices):
        APPEAL = "a", _("appeal")
        REPAIR = "r", _("repair")
        PROJECT = "p", _("funded project")

    what = models.CharField(max_length=1, choices=What.choices)
    low = models.BigIntegerField()
    high = models.BigIntegerField()
    after = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("change to look at for links")
        verbose_name_plural = _("changes to look at for links")

    def __str__(self) -> str:
        return f"{self.what} {self.low}-{self.high}"
