"""Data sets that staff send by hand: looked at first, then published or thrown away."""

from __future__ import annotations

import pghistory
from django.conf import settings
from django.contrib.gis.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from gis_data.names import in_language
from works.models.never_emptied import never_emptied


class UploadState(models.TextChoices):
    WAITING = "waiting", _("waits to be checked")
    CHECKING = "checking", _("is being checked")
    READY = "ready", _("checked, not published")
    REFUSED = "refused", _("refused")
    APPROVED = "approved", _("waits to be published")
    PUBLISHING = "publishing", _("is being published")
    PUBLISHED = "published", _("published")
    FAILED = "failed", _("could not be checked")
    DISCARDED = "discarded", _("thrown away")


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    exclude=["result", "touched_at"],
    meta={"triggers": [never_emptied()]},
)
class WorksUpload(models.Model):
    """One data set sent by hand. Its files lie in ``MEDIA_ROOT/works/<folder>`` until it is published or thrown away.

    ``code`` and ``names`` are the data set's; ``mapping`` is its TOML; ``files`` is ``{name: bytes}``. ``result`` is what the last check found
    (``works/upload_report.py``). ``attempts`` counts how often a worker has begun; ``moved``: since the check something had changed
    in the database, so that publishing became another check. A row stays for ever, and so does each of its states (an event).
    """

    code = models.SlugField(max_length=60)
    names = models.JSONField()
    mapping = models.TextField()
    files = models.JSONField(default=dict)
    folder = models.CharField(max_length=32, unique=True)
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.WAITING)
    moved = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    result = models.JSONField(default=dict, blank=True)
    error = models.CharField(max_length=400, blank=True, db_default="")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    touched_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("upload of works")
        verbose_name_plural = _("uploads of works")
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(state__in=["waiting", "checking", "approved", "publishing"]),
                name="works_upload_to_do",
            )
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=UploadState.values), name="works_upload_state_is_known"),
        ]

    def __str__(self) -> str:
        return in_language(self.names) or self.code

    @property
    def busy(self) -> bool:
        """Whether a worker has it, or will soon."""
        return self.state in {UploadState.WAITING, UploadState.CHECKING, UploadState.APPROVED, UploadState.PUBLISHING}
