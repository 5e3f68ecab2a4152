"""What the roof keeps itself: the releases that were published, and what the last look at the quality of the data found."""

from __future__ import annotations

from typing import Final

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from works.models.never_emptied import never_emptied

_TAGS: Final = 4


class Release(models.Model):
    """One release of a contracting process (OCDS 1.1.5), as it was published. Append-only: database triggers refuse all else.

    ``number`` counts the releases of a process from 1; each ``date`` is later than the one before. ``body`` is the whole release:
    the first says everything, later ones what is new or different, by the rules of merging. ``digest`` is the SHA-256 of the body
    with its keys in order.
    """

    ocid = models.CharField(max_length=240)
    number = models.PositiveIntegerField()
    date = models.DateTimeField()
    tag = ArrayField(models.CharField(max_length=30), size=_TAGS)
    body = models.JSONField()
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        constraints = [models.UniqueConstraint(fields=["ocid", "number"], name="releases_of_a_process_are_numbered")]
        indexes = [models.Index(fields=["id"], condition=models.Q(number=1), name="release_first_of_process")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete), never_emptied()]

    def __str__(self) -> str:
        return self.body_id

    @property
    def body_id(self) -> str:
        """The id of the release in its body."""
        return f"{self.ocid}-{self.number}"


class Verdict(models.Model):
    """What was found in one publication or one data set of works when it was looked at last. Replaced by the next look.

    ``checks`` is ``{check: {"looked_at", "found", "examples"}}``, ``coverage`` is ``{field: {"of", "have"}}``. ``error``: it could
    not be looked at.
    """

    subject = models.CharField(max_length=80, unique=True)
    checks = models.JSONField(default=dict)
    coverage = models.JSONField(default=dict)
    error = models.CharField(max_length=300, blank=True, db_default="")
    checked_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("verdict on the quality of data")
        verbose_name_plural = _("verdicts on the quality of data")

    def __str__(self) -> str:
        return self.subject
