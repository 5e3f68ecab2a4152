"""Who may enter a staff page. What they see inside is narrowed by the querysets, never by this."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from accounts.models import Membership, Role, User

P = ParamSpec("P")
_KEPT = "_citymap_staff"


@dataclass(frozen=True, slots=True)
class Staff:
    """A user with their memberships; nobody's are empty."""

    user: User | None
    memberships: tuple[Membership, ...]

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(membership.role for membership in self.memberships)

    def has(self, *roles: str) -> bool:
        """Say whether this person has one of the roles; an administrator has them all."""
        return bool(self.roles & {*roles, Role.ADMIN})


class StaffRequest(HttpRequest):
    """A request whose user is known to be an active member of staff with one of the roles asked for."""

    user: User
    staff: Staff


NOBODY = Staff(None, ())
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
StaffView = Callable[Concatenate[StaffRequest, P], HttpResponseBase]


def staff_of(request: HttpRequest) -> Staff:
    """Return who is asking as staff. One query in a request, none for a visitor who is not logged in."""
    kept: Staff | None = getattr(request, _KEPT, None)
    if kept is None:
        kept = _read(request)
        setattr(request, _KEPT, kept)
    return kept


def _read(request: HttpRequest) -> Staff:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return NOBODY
    found = Membership.objects.filter(user_id=user.pk).order_by("id")
    return Staff(cast(User, user), tuple(found))


def staff_required(*roles: str) -> Callable[[StaffView[P]], View[P]]:
    """Guard a view: visitors go to the log-in page and come back, others without one of ``roles`` get 403.

    Without roles any membership will do. An administrator may enter everywhere.
    """

    def guard(view: StaffView[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            staff = staff_of(request)
            if staff.user is None:
                # Coming back by GET to what was a POST would end in an error page.
                safe = request.method in {"GET", "HEAD"}
                return redirect_to_login(request.get_full_path() if safe else reverse("home"))
            if not (staff.has(*roles) if roles else staff.memberships):
                raise PermissionDenied(_("This page is for staff of the city."))
            for_staff = cast(StaffRequest, request)
            for_staff.staff = staff
            response = view(for_staff, *args, **kwargs)
            add_never_cache_headers(response)  # a shared machine's Back button must not show it
            return response

        return guarded

    return guard
