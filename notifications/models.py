"""The outbox: what has to be told, written in the same transaction as the change it announces."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class OutboxMessage(models.Model):
    """One effect to carry out: at least once, found again after any crash through its lease.

    ``key`` is unique: writing the same intent twice is one message. ``payload`` holds ids, never personal data.
    """

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120, unique=True)
    payload = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())
    available_at = models.DateTimeField(db_default=Now())
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(db_default=0)
    crashes = models.PositiveSmallIntegerField(db_default=0)  # tries whose worker died without a verdict
    done_at = models.DateTimeField(null=True, blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, db_default="")

    class Meta:
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox messages")
        indexes = [
            models.Index(
                fields=["kind", "available_at", "id"],
                condition=models.Q(done_at__isnull=True, dead_at__isnull=True),
                name="outbox_waiting",
            ),
            models.Index(fields=["dead_at"], condition=models.Q(dead_at__isnull=False), name="outbox_dead"),
            models.Index(fields=["done_at"], condition=models.Q(done_at__isnull=False), name="outbox_done"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class DemoLetter(models.Model):
    """What demo mode would have sent by e-mail, shown on the demo inbox page. Never written outside demo mode."""

    message_id = models.CharField(max_length=200, unique=True)
    recipient = models.EmailField(db_index=True)
    subject = models.CharField(max_length=300)
    body = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("demo letter")
        verbose_name_plural = _("demo letters")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.subject
