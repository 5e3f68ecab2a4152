"""Photos of works before and after, kept here; those that other sites keep are links (`Document`)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from works.models.base import tracked
from works.models.projects import Project
from works.models.repairs import Repair


class PhotoTime(models.TextChoices):
    BEFORE = "before", _("before the works")
    AFTER = "after", _("after the works")


@tracked
class WorksPhoto(models.Model):
    """A re-encoded photo of one repair or project, stored in ``MEDIA_ROOT/works-photos`` (``works/photos.py``). Public at once.

    ``note`` is a sentence by staff. ``invented``: a drawing of the demonstration, which every page says. A removed photo leaves the
    row's last state in the history, and no file.
    """

    repair = models.ForeignKey(Repair, null=True, blank=True, on_delete=models.CASCADE, related_name="photos")
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.CASCADE, related_name="photos")
    time = models.CharField(max_length=6, choices=PhotoTime.choices)
    name = models.CharField(max_length=32, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    taken_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True, db_default="")
    invented = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("photo of works")
        verbose_name_plural = _("photos of works")
        constraints = [
            models.CheckConstraint(
                condition=Q(repair__isnull=False, project__isnull=True) | Q(repair__isnull=True, project__isnull=False),
                name="a_photo_shows_one_kind_of_works",
            ),
            models.CheckConstraint(condition=Q(time__in=PhotoTime.values), name="photo_is_of_before_or_after"),
        ]

    def __str__(self) -> str:
        return self.name
