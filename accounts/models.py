"""Who acts: users, district services (departments), crews, and who may do what where."""

from typing import Any, ClassVar

import pghistory
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from gis_data.models import Boundary
from gis_data.names import in_language


class UserManager(BaseUserManager["User"]):
    """Users are known by their e-mail address."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person with an account. Residents need none; staff have at least one `Membership`."""

    username = None  # type: ignore[assignment]  # log-in is by e-mail; Django documents removing the field this way
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    demo = models.BooleanField(default=False, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()  # type: ignore[assignment,misc]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.name or self.email


def audited() -> Any:
    """Keep every version of a row, its end included: who lost a right matters as much as who got one."""
    return pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())


@audited()
class Department(models.Model):
    """A district service that acts on appeals."""

    code = models.SlugField(max_length=80, unique=True)
    names = models.JSONField()
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("district service")
        verbose_name_plural = _("district services")

    def __str__(self) -> str:
        return in_language(self.names) or self.code


@audited()
class Crew(models.Model):
    """People of a department who go out; ``area`` (SRID 4326, optional) is where they work."""

    code = models.SlugField(max_length=80, unique=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="crews")
    names = models.JSONField()
    area = models.ForeignKey(Boundary, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("crew")
        verbose_name_plural = _("crews")

    def __str__(self) -> str:
        return in_language(self.names) or self.code


class Role(models.TextChoices):
    CLERK = "clerk", _("clerk")
    DISPATCHER = "dispatcher", _("dispatcher")
    CREW = "crew", _("crew member")
    HEAD = "head", _("head of service")
    ADMIN = "admin", _("administrator")


@audited()
class Membership(models.Model):
    """Role × department × area: what a user may do, for which service, inside which boundary (none = everywhere)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships")
    crew = models.ForeignKey(Crew, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships")
    area = models.ForeignKey(Boundary, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(role__in=["clerk", "head"]) | models.Q(department__isnull=False),
                name="clerks_and_heads_have_a_department",
            ),
            models.CheckConstraint(
                condition=~models.Q(role="crew") | models.Q(crew__isnull=False),
                name="crew_members_have_a_crew",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "department", "crew", "area"],
                nulls_distinct=False,
                name="one_membership_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"
