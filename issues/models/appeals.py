"""Appeals: what people report, what happened to it, the visits and the photos.

Geometry: ``Appeal.point`` is a Point in SRID 4326 (longitude, latitude); ``point_3857`` is generated from it for tiles.
The reporter lives in a table of its own, so that no public reading can reach personal data by accident.
"""

from typing import Any, NoReturn

import pgtrigger
from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import Transform
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex, OpClass
from django.db.models import Func, Q, Value
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Crew, Department
from gis_data.models import Boundary
from issues.counted import COUNTED
from issues.errors import NotPublic
from issues.flags import TO_CHECK
from issues.models.categories import Category
from issues.querysets import NEVER, PUBLIC_COLUMNS, AppealQuerySet
from layers.pyramid_triggers import counted_by
from works.models.never_emptied import never_emptied


class Visibility(models.TextChoices):
    PUBLIC = "public", _("public")
    HELD = "held", _("held for review")
    PRIVATE = "private", _("private category")
    HIDDEN = "hidden", _("hidden by staff")


_WAITS = Q(state__in=["new", "accepted", "planned", "started"])  # `issues.states.OPEN`, in an order that stays


class Appeal(models.Model):
    """A resident's report of a problem at a place."""

    public_id = models.CharField(max_length=8, unique=True, editable=False)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="appeals", db_index=False)
    state = models.CharField(max_length=12, db_default="new")
    visibility = models.CharField(max_length=8, choices=Visibility.choices, db_default="public")
    point = models.PointField(srid=4326, null=True, blank=True, spatial_index=False)
    point_3857 = models.GeneratedField(
        expression=Transform("point", 3857),
        output_field=models.PointField(srid=3857, null=True, spatial_index=False),
        db_persist=True,
    )
    address = models.CharField(max_length=240, blank=True, db_default="")
    text = models.TextField(blank=True, db_default="")
    text_public = models.BooleanField(db_default=False)
    answers = models.JSONField(db_default={})
    district = models.ForeignKey(Boundary, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    flags = ArrayField(models.CharField(max_length=40), db_default=[])
    source = models.CharField(max_length=40, db_default="web")
    source_ref = models.CharField(max_length=80, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(db_default=Now())

    objects = AppealQuerySet.as_manager()

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        indexes = [
            GistIndex("point", OpClass("category", "gist_int8_ops"), name="appeal_here"),
            # A tile of points is one stretch of this index, and so is what is new in a neighbourhood; neither reads a row.
            models.Index(
                Func("point_3857", function="layers_square", output_field=models.IntegerField()),
                "created_at",
                "id",
                name="appeal_square",
                include=["category", "state", "visibility", "public_id", "point", "point_3857"],
            ),
            # ``issues.newest_sql`` walks these two without reading a row.
            models.Index("category", "created_at", "id", name="appeal_category_newest", include=["state", "visibility", "point"]),
            models.Index("created_at", "id", name="appeal_newest", include=["category", "state", "visibility", "point"]),
            # Few have no place; features and lists that ask for those look for nothing else.
            models.Index(fields=["id"], name="appeal_nowhere", condition=Q(point__isnull=True)),
            models.Index("updated_at", "public_id", name="appeal_changed"),  # feeds, in the order of `layers.positions`
            # ``queue()``: of the whole city, and of one service. What the tabs count comes along, so that counting reads no row.
            models.Index(
                Coalesce("due_at", Value(NEVER)),
                "id",
                name="appeal_city_queue",
                include=["state", "visibility", "department", "due_at"],
                condition=_WAITS,
            ),
            models.Index(
                "department",
                Coalesce("due_at", Value(NEVER)),
                "id",
                name="appeal_service_queue",
                include=["state", "visibility", "due_at"],
                condition=_WAITS,
            ),
            models.Index("department", "created_at", "id", name="appeal_service_time"),
            # Few are held, so their list must not cost a walk through all that waits.
            models.Index(fields=["id"], name="appeal_held", condition=Q(visibility="held")),
            # As few as these: ``queue().to_check()``, with what its count asks for.
            models.Index(
                Coalesce("due_at", Value(NEVER)),
                "id",
                name="appeal_to_check",
                include=["visibility", "department"],
                condition=_WAITS & Q(flags__overlap=list(TO_CHECK)),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["new", "accepted", "planned", "started", "done", "rejected", "closed"]),
                name="appeal_state_is_known",
            ),
            models.UniqueConstraint(
                fields=["source", "source_ref"], condition=~models.Q(source_ref=""), name="one_appeal_per_source_case"
            ),
        ]
        triggers = counted_by(COUNTED)

    def __str__(self) -> str:
        return self.public_id


class PublicAppeal(Appeal):
    """An appeal as ``Appeal.objects.public()`` gives it: what is not public cannot be read from it, nor can it be written."""

    public_text: str  # after ``with_words()``

    class Meta:
        proxy = True

    @property
    def reporter(self) -> NoReturn:  # type: ignore[override]  # that it cannot be read is the point
        raise NotPublic("the reporter of a public appeal")

    @property
    def events(self) -> NoReturn:  # type: ignore[override]
        raise NotPublic("changes of a public appeal: read kind, at, state and words of Event")

    def refresh_from_db(self, using: Any = None, fields: Any = None, from_queryset: Any = None) -> None:
        if not fields or not set(fields) <= set(PUBLIC_COLUMNS):
            raise NotPublic(f"columns of a public appeal: {fields or 'all'}")
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotPublic("a public appeal is for reading")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotPublic("a public appeal is for reading")


class Reporter(models.Model):
    """Who sent an appeal. Personal data: read only by staff pages and by the mail handler, never by a public page."""

    appeal = models.OneToOneField(Appeal, on_delete=models.PROTECT, related_name="reporter")
    name = models.CharField(max_length=150, blank=True, db_default="")
    email = models.EmailField(blank=True, db_default="")
    phone = models.CharField(max_length=40, blank=True, db_default="")
    language = models.CharField(max_length=8, db_default="en")
    tracking_hash = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("reporter")
        verbose_name_plural = _("reporters")
        indexes = [models.Index(fields=["email"], condition=~models.Q(email=""), name="reporter_email")]

    def __str__(self) -> str:
        return str(self.appeal_id)


class IntakeKey(models.Model):
    """The idempotency key of a sent form: the same key is the same appeal and the same answer."""

    key = models.UUIDField(primary_key=True)
    body_hash = models.BinaryField(max_length=32)
    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="+")
    address_block = models.BinaryField(max_length=16, null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("intake key")
        verbose_name_plural = _("intake keys")
        indexes = [models.Index(fields=["address_block", "created_at"], name="intake_block_time")]

    def __str__(self) -> str:
        return str(self.key)


class EventKind(models.TextChoices):
    OPENED = "opened", _("reported")
    ROUTED = "routed", _("sent to another service")
    ACCEPTED = "accepted", _("accepted")
    PLANNED = "planned", _("crew assigned")
    STARTED = "started", _("work started")
    DONE = "done", _("fixed")
    COULD_NOT = "could_not", _("crew could not do it")
    REPLIED = "replied", _("answer from the service")
    REJECTED = "rejected", _("declined")
    CLOSED = "closed", _("closed")
    REOPENED = "reopened", _("opened again")
    MERGED = "merged", _("joined with another report")
    RELEASED = "released", _("released after review")
    CHECKED = "checked", _("place checked")
    SHOWN = "shown", _("words or photos made public")
    HIDDEN = "hidden", _("words or photos hidden")
    ERASED = "erased", _("personal data erased")


class Event(models.Model):
    """One change of an appeal. Append-only: a database trigger refuses updates, deletes and truncating.

    ``words`` are public, ``note`` is for staff only; neither may hold a resident's personal data.
    """

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="events", db_index=False)
    kind = models.CharField(max_length=12, choices=EventKind.choices)
    at = models.DateTimeField(db_default=Now())
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12)
    words = models.TextField(blank=True, db_default="")
    note = models.TextField(blank=True, db_default="")
    data = models.JSONField(db_default={})

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        indexes = [models.Index(fields=["appeal", "at", "id"], name="event_story")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete), never_emptied()]

    def __str__(self) -> str:
        return f"{self.appeal_id} {self.kind}"


class TaskState(models.TextChoices):
    PLANNED = "planned", _("planned")
    STARTED = "started", _("started")
    DONE = "done", _("done")
    COULD_NOT = "could_not", _("could not")


class Task(models.Model):
    """One visit of a crew for one appeal on one day."""

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="tasks")
    crew = models.ForeignKey(Crew, on_delete=models.PROTECT, related_name="tasks", db_index=False)
    day = models.DateField()
    position = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=TaskState.choices, default=TaskState.PLANNED)
    note = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        indexes = [models.Index(fields=["crew", "day", "position", "id"], name="task_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["appeal"],
                condition=models.Q(state__in=["planned", "started"]),
                name="one_open_task_per_appeal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.crew_id} {self.day}"
