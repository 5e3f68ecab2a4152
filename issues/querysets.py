"""Readings of appeals in the trade's words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, Final, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce
from django.db.models.query import ModelIterable

from issues.errors import NotPublic
from issues.flags import TO_CHECK
from issues.states import OPEN

if TYPE_CHECKING:
    from accounts.models import Membership, User
    from issues.models import Appeal

    _Rows = ModelIterable[Appeal]
else:
    _Rows = ModelIterable  # cannot be subscripted at run time

#: Everything of an appeal that anybody may read. The words come by ``with_words()``.
PUBLIC_COLUMNS: Final[tuple[str, ...]] = (
    "id", "public_id", "category", "state", "point", "point_3857", "address", "district", "department", "parent",
    "source", "created_at", "due_at", "closed_at", "updated_at",
)  # fmt: skip
#: Where an appeal without a due time stands in the queue: a value, because a page that goes on by key cannot go on from NULL.
NEVER: Final = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
#: What a public reading may follow from an appeal to other tables. Not the reporter, the events or the photos.
_READABLE: Final = frozenset({*PUBLIC_COLUMNS, "category_id", "district_id", "department_id", "parent_id", "pk"})


class _PublicRows(_Rows):
    """Rows of ``public()``: instances that refuse to read anything beyond the allow-list (see `PublicAppeal`)."""

    def __iter__(self) -> Iterator[Appeal]:
        from issues.models import PublicAppeal  # noqa: PLC0415  # the model needs this file

        for row in super().__iter__():
            row.__class__ = PublicAppeal
            yield row


class AppealQuerySet(models.QuerySet["Appeal"]):
    """``public()`` is the one door of public pages, ``visible_to()`` the one door of staff pages."""

    _public: bool = False

    def public(self) -> Self:
        """What everybody may see, with only the columns that everybody may see.

        Held, private and hidden appeals are left out. Rows are `PublicAppeal`; reading another column, or following to
        the reporter, raises `NotPublic`, and so does asking for it by ``values()``, ``only()`` or ``order_by()``.
        """
        chosen = self.filter(visibility="public").only(*PUBLIC_COLUMNS)
        return chosen._guarded()  # noqa: SLF001  # our own kind

    def with_words(self) -> Self:
        """Add ``public_text``: the resident's words where they may be shown, else ''."""
        words = Case(When(text_public=True, then=F("text")), default=Value(""), output_field=models.TextField())
        return self.annotate(public_text=words)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What this person may see as staff, by role × service × area; nothing for anybody else. One query for the roles."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self.all()
        allowed = Q(pk__in=())
        for membership in user.memberships.all():
            allowed |= _allowed_by(membership)
        return self.filter(allowed)

    def overdue(self, now: dt.datetime) -> Self:
        """Still open after their due time."""
        return self.filter(state__in=OPEN, due_at__lt=now)

    def queue(self) -> Self:
        """What waits for somebody, the latest first, each with ``sort_at``: by due time, those without one at the end.

        The indexes ``appeal_city_queue`` and ``appeal_service_queue`` hold exactly these rows in this order.
        """
        return self.filter(state__in=OPEN).annotate(sort_at=Coalesce("due_at", Value(NEVER))).order_by("sort_at", "id")

    def to_check(self) -> Self:
        """Marked for somebody to look at where they went (``issues/flags.py``); held ones are looked at anyway.

        Those that wait stand in the index ``appeal_to_check``, in the order of ``queue()``.
        """
        return self.filter(~Q(visibility="held"), flags__overlap=list(TO_CHECK))

    def only(self, *fields: Any) -> Self:
        self._refuse(fields)
        return super().only(*fields)

    def defer(self, *fields: Any) -> Self:
        if self._public:
            raise NotPublic("public() has chosen its columns; use values() to read fewer")
        return super().defer(*fields)

    def order_by(self, *fields: Any) -> Self:
        self._refuse(fields)
        return super().order_by(*fields)

    def select_related(self, *fields: Any) -> Self:
        self._refuse(fields or ("reporter",))
        return super().select_related(*fields)

    def prefetch_related(self, *lookups: Any) -> Self:
        self._refuse(lookups)
        return super().prefetch_related(*lookups)

    def _values(self, *fields: Any, **expressions: Any) -> Self:
        if self._public and not fields and not expressions:
            fields = (*PUBLIC_COLUMNS, *self.query.annotations)
        self._refuse([*(name for name in fields if name not in expressions), *_names_in(expressions.values())])
        return super()._values(*fields, **expressions)  # type: ignore[misc, no-any-return]

    def _guarded(self) -> Self:
        self._iterable_class = _PublicRows
        self._public = True
        return self

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone._public = self._public
        return clone

    def _refuse(self, fields: Collection[Any]) -> None:
        if not self._public:
            return
        names = [*(one for one in fields if isinstance(one, str)), *_names_in(one for one in fields if not isinstance(one, str))]
        for name in names:
            root = name.lstrip("-+").split("__")[0]
            if root not in _READABLE and root not in self.query.annotations and root != "?":
                raise NotPublic(f"“{name}” is not public")


def _names_in(expressions: Any) -> Iterator[str]:
    """Names of the columns that expressions read."""
    for expression in expressions:
        for part in expression.flatten() if hasattr(expression, "flatten") else [expression]:
            if isinstance(part, F):
                yield str(part.name)  # type: ignore[attr-defined]  # the stubs forget it


def _allowed_by(membership: Membership) -> Q:
    """What one membership opens. Held appeals are for dispatchers and administrators alone."""
    from accounts.models import Role  # noqa: PLC0415  # querysets load before models
    from issues.models import Task  # noqa: PLC0415

    match membership.role:
        case Role.ADMIN:
            return Q(pk__isnull=False)  # an empty Q would vanish in the "or"
        case Role.DISPATCHER:
            allowed = Q(pk__isnull=False)
        case Role.CLERK | Role.HEAD:
            allowed = Q(department=membership.department_id) & ~Q(visibility="held")
        case Role.CREW:
            allowed = Q(Exists(Task.objects.filter(appeal=OuterRef("pk"), crew_id=membership.crew_id or 0))) & ~Q(
                visibility="held"
            )
        case _:
            return Q(pk__in=())
    return allowed & _inside(membership) if membership.area_id else allowed


def _inside(membership: Membership) -> Q:
    """The pin lies in the membership's area or on its border; an appeal without a place lies nowhere."""
    from gis_data.models import Boundary  # noqa: PLC0415

    return Q(Exists(Boundary.objects.filter(pk=membership.area_id or 0, geometry__covers=OuterRef("point"))))
