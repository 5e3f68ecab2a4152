"""Who gets an appeal and why: dated sets of rules, the decisions they led to, and trying and applying other ones."""

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Crew, Department
from gis_data.models import Boundary, BoundaryDraft, BoundarySet
from issues.models.appeals import Appeal, Event
from issues.models.categories import Category
from works.models.never_emptied import never_emptied


class RuleSetState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")


@pghistory.track()
class RuleSet(models.Model):
    """All rules that are in force together, on the days of ``valid``. A draft has no days; a published one never changes
    again once its first day has come.

    ``source`` is ``pack`` for one that came with the city pack. ``moves_open``: on its first day open appeals move as well;
    ``moved_at`` says when they did.
    """

    title = models.CharField(max_length=120, blank=True)
    source = models.CharField(max_length=8, default="staff")
    state = models.CharField(max_length=10, choices=RuleSetState.choices, default=RuleSetState.DRAFT)
    valid = DateRangeField(null=True, blank=True)
    based_on = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    moves_open = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    moved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("rule set")
        verbose_name_plural = _("rule sets")
        constraints = [
            ExclusionConstraint(
                name="one_rule_set_at_a_time",
                expressions=[("valid", RangeOperators.OVERLAPS)],
                condition=Q(state="published"),
            ),
            models.CheckConstraint(condition=Q(state="draft") | Q(valid__isnull=False), name="a_published_rule_set_has_days"),
        ]

    def __str__(self) -> str:
        return self.title or str(self.pk)


_PUBLISHED_STAYS = """
IF (SELECT state FROM issues_ruleset WHERE id = {row}.rule_set_id) = 'published' THEN
    RAISE EXCEPTION 'rules of a published set cannot be changed; publish another set';
END IF;
RETURN {row};
"""


@pghistory.track()
class RoutingRule(models.Model):
    """When all that it states is so, ``department`` gets the appeal; what is left empty says nothing.

    ``answers`` is ``{question code: [answer, …]}``; ``weekdays`` are 1 (Monday) to 7; ``time_from`` to ``time_to`` (exclusive, in
    the city's time) may pass midnight. How rules are ordered stands in ``issues/routing/conditions.py``.
    """

    rule_set = models.ForeignKey(RuleSet, on_delete=models.CASCADE, related_name="rules")
    code = models.SlugField(max_length=120)
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    group = models.SlugField(max_length=80, blank=True, db_default="")
    boundary_set = models.ForeignKey(BoundarySet, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    boundary_code = models.CharField(max_length=80, blank=True, db_default="")
    road_classes = ArrayField(models.CharField(max_length=40), default=list, blank=True, db_default=[])
    street_owners = ArrayField(models.CharField(max_length=80), default=list, blank=True, db_default=[])
    warranty_kinds = ArrayField(models.CharField(max_length=16), default=list, blank=True, db_default=[])
    warranty_supervisors = ArrayField(models.CharField(max_length=160), default=list, blank=True, db_default=[])
    asset_kinds = ArrayField(models.CharField(max_length=80), default=list, blank=True, db_default=[])
    asset_owners = ArrayField(models.CharField(max_length=80), default=list, blank=True, db_default=[])
    answers = models.JSONField(default=dict, blank=True, db_default={})
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, db_default=[])
    time_from = models.TimeField(null=True, blank=True)
    time_to = models.TimeField(null=True, blank=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+")
    crew = models.ForeignKey(Crew, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    urgent = models.BooleanField(default=False, db_default=False)
    due = models.DurationField(null=True, blank=True)
    priority = models.IntegerField(default=0)
    valid = DateRangeField()

    class Meta:
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        constraints = [
            models.UniqueConstraint(fields=["rule_set", "code"], name="one_rule_of_a_code_in_a_set"),
            models.CheckConstraint(
                condition=Q(boundary_set__isnull=True, boundary_code="") | (Q(boundary_set__isnull=False) & ~Q(boundary_code="")),
                name="a_rule_names_set_and_boundary_together",
            ),
            models.CheckConstraint(
                condition=Q(time_from__isnull=True, time_to__isnull=True) | Q(time_from__isnull=False, time_to__isnull=False),
                name="a_rule_names_both_times_or_none",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="published_set_is_closed",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=_PUBLISHED_STAYS.format(row="NEW"),
            ),
            pgtrigger.Trigger(
                name="published_set_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=_PUBLISHED_STAYS.format(row="OLD"),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class FactKey(models.Model):
    """One combination of facts on which rules decide, by itself: what thousands of appeals have in common.

    ``id`` is a hash of ``key`` (see ``issues/routing/fact_key.py``), so that it is known without asking.
    """

    id = models.BigIntegerField(primary_key=True)
    key = models.JSONField()

    class Meta:
        verbose_name = _("combination of facts")
        verbose_name_plural = _("combinations of facts")

    def __str__(self) -> str:
        return str(self.key)


class AppealFacts(models.Model):
    """What the ground said at an appeal's pin on ``day``; streets and assets by their number in the source.

    A changed boundary is looked at again in the open appeals alone; the others keep what they were decided on. A set that comes
    later is learned by all.
    """

    appeal = models.OneToOneField(Appeal, on_delete=models.PROTECT, primary_key=True, related_name="facts")
    key = models.ForeignKey(FactKey, on_delete=models.PROTECT, related_name="+", db_index=False)
    street_ref = models.CharField(max_length=80, blank=True, db_default="")
    asset_ref = models.CharField(max_length=120, blank=True, db_default="")
    day = models.DateField()

    class Meta:
        verbose_name = _("facts of an appeal")
        verbose_name_plural = _("facts of appeals")
        indexes = [models.Index(fields=["key"], include=["appeal"], name="appeal_facts_key")]

    def __str__(self) -> str:
        return str(self.appeal_id)


class RoutingDecision(models.Model):
    """Where an appeal was sent and why. Append-only; ``reason`` holds names by language, so words need no query.

    ``rule_set`` and ``boundary`` are the versions that decided, ``facts`` what they decided on (None: staff, or an import).
    """

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="decisions", db_index=False)
    at = models.DateTimeField(db_default=Now())
    department = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    rule_set = models.ForeignKey(RuleSet, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    rule = models.ForeignKey(RoutingRule, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    boundary = models.ForeignKey(Boundary, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    facts = models.ForeignKey(FactKey, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.JSONField()

    class Meta:
        verbose_name = _("routing decision")
        verbose_name_plural = _("routing decisions")
        indexes = [models.Index(fields=["appeal", "id"], name="decision_story")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete), never_emptied()]

    def __str__(self) -> str:
        return f"{self.appeal_id} → {self.department_id}"


class ReplayState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class Replay(models.Model):
    """A draft tried on the past: appeals reported since ``since`` (None: all of them), and where the draft would send them.

    Exactly one of ``rule_set`` and ``boundary_draft`` is tried; ``result`` is what ``issues/routing/replay.py`` returned.
    """

    rule_set = models.ForeignKey(RuleSet, null=True, blank=True, on_delete=models.CASCADE, related_name="replays")
    boundary_draft = models.ForeignKey(BoundaryDraft, null=True, blank=True, on_delete=models.CASCADE, related_name="replays")
    since = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=ReplayState.choices, default=ReplayState.WAITING)
    result = models.JSONField(default=dict)
    error = models.CharField(max_length=240, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("replay")
        verbose_name_plural = _("replays")
        constraints = [
            models.CheckConstraint(
                condition=Q(rule_set__isnull=True, boundary_draft__isnull=False)
                | Q(rule_set__isnull=False, boundary_draft__isnull=True),
                name="a_replay_tries_one_draft",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class RerouteBatch(models.Model):
    """Open appeals moved together because rules or boundaries changed; ``undone_at`` when they were moved back."""

    rule_set = models.ForeignKey(RuleSet, null=True, blank=True, on_delete=models.PROTECT, related_name="batches")
    boundary_draft = models.ForeignKey(BoundaryDraft, null=True, blank=True, on_delete=models.PROTECT, related_name="batches")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("batch of moved reports")
        verbose_name_plural = _("batches of moved reports")

    def __str__(self) -> str:
        return str(self.pk)


class RerouteMove(models.Model):
    """One appeal of a batch: from whom to whom, by which event; ``undone`` is the event that moved it back."""

    batch = models.ForeignKey(RerouteBatch, on_delete=models.PROTECT, related_name="moves")
    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="+")
    before = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    after = models.ForeignKey(Department, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    undone = models.ForeignKey(Event, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("moved report")
        verbose_name_plural = _("moved reports")
        constraints = [models.UniqueConstraint(fields=["batch", "appeal"], name="an_appeal_moves_once_in_a_batch")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.appeal_id}"
