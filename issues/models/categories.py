"""Kinds of problems."""

import pghistory
from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Department
from gis_data.names import in_language


class WordsRule(models.TextChoices):
    """When words and photos of an appeal become public."""

    AT_ONCE = "at_once", _("at once")
    AFTER_LOOK = "after_look", _("after a clerk's look")
    NEVER = "never", _("never")


@pghistory.track()
class Category(models.Model):
    """A kind of problem, with the questions it asks and the time in which it is due.

    ``repair_kinds`` are the repairs (codes of `works.codelists.RepairKind`) that mend such a problem; none: the city's works have
    nothing to say about it.
    """

    code = models.SlugField(max_length=80, unique=True)
    names = models.JSONField()
    group = models.SlugField(max_length=80, blank=True)
    group_names = models.JSONField(default=dict, blank=True)
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    due = models.DurationField(null=True, blank=True)
    questions = models.JSONField(default=list, blank=True)
    words = models.CharField(max_length=12, choices=WordsRule.choices, default=WordsRule.AFTER_LOOK)
    public = models.BooleanField(default=True)
    near_m = models.PositiveIntegerField(default=100)
    emergency = models.JSONField(default=dict, blank=True)
    asset_kind = models.SlugField(blank=True)
    repair_kinds = ArrayField(models.CharField(max_length=16), default=list, blank=True, db_default=[])
    valid = DateRangeField()
    position = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return in_language(self.names) or self.code
