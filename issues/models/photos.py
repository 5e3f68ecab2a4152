"""Photos of appeals and of works."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from issues.models.appeals import Appeal, Task


class PhotoKind(models.TextChoices):
    REPORT = "report", _("sent with the report")
    AFTER = "after", _("after the work")


class PhotoManager(models.Manager["Photo"]):
    """Photos as pages read them: from where one came is no part of it (as of a reporter, nothing is shown by accident)."""

    def get_queryset(self) -> "models.QuerySet[Photo]":
        return super().get_queryset().defer("address_block")


class Photo(models.Model):
    """A re-encoded photo, stored as ``MEDIA_ROOT/photos/<name[:2]>/<name>.jpg``; without appeal until the form is sent."""

    name = models.CharField(max_length=32, unique=True)
    appeal = models.ForeignKey(Appeal, null=True, blank=True, on_delete=models.PROTECT, related_name="photos")
    task = models.ForeignKey(Task, null=True, blank=True, on_delete=models.PROTECT, related_name="photos")
    kind = models.CharField(max_length=8, choices=PhotoKind.choices, default=PhotoKind.REPORT)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    public = models.BooleanField(db_default=False)
    address_block = models.BinaryField(max_length=16, null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = PhotoManager()

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        indexes = [
            models.Index(fields=["created_at"], condition=models.Q(appeal__isnull=True), name="photo_unattached"),
            models.Index(
                fields=["address_block", "created_at"],
                condition=models.Q(address_block__isnull=False),
                name="photo_block_time",
            ),
        ]

    def __str__(self) -> str:
        return self.name
