"""Making staff. Only administrators do: by the command ``create_staff``."""

from dataclasses import dataclass

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.models import Crew, Department, Membership, Role, User
from gis_data.models import Boundary


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody is to be: a role, and where it needs one a department, a crew, an area (None = everywhere)."""

    role: Role
    department: Department | None = None
    crew: Crew | None = None
    area: Boundary | None = None


class NotAPost(ValueError):
    """A role without the department or crew it needs; the text is a sentence for people."""


def appoint(user: User, post: Post) -> Membership:
    """Give ``user`` a post; the same one again changes nothing. Raises `NotAPost`."""
    department = post.department or (post.crew.department if post.crew else None)
    if post.role in {Role.CLERK, Role.HEAD} and department is None:
        raise NotAPost(f"The role {post.role} needs a department.")
    if post.role == Role.CREW and post.crew is None:
        raise NotAPost("The role crew needs a crew.")
    if post.crew is not None and department != post.crew.department:
        raise NotAPost(f"The crew {post.crew.code} belongs to another department.")
    membership, _ = Membership.objects.get_or_create(
        user=user, role=post.role, department=department, crew=post.crew, area=post.area
    )
    return membership


@transaction.atomic
def make_staff(email: str, name: str, post: Post) -> User:
    """Find or make the user with this address and give them the post. Raises `NotAPost`.

    Somebody may have signed up with the address of a future clerk without owning it. Unless its owner has confirmed
    it, the password they chose is taken away, and all sessions with it.
    """
    email = User.objects.normalize_email(email).lower()
    user = User.objects.select_for_update().filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, None, name=name)
    elif not EmailAddress.objects.filter(user=user, email__iexact=email, verified=True).exists():
        user.set_unusable_password()
        user.save(update_fields=["password"])
    confirm_address(user)
    appoint(user, post)
    return user


def confirm_address(user: User) -> None:
    """Record that the user owns their address: an administrator vouches for it."""
    EmailAddress.objects.filter(email__iexact=user.email).exclude(user=user).update(verified=False, primary=False)
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def password_link(user: User) -> str:
    """Return a link with which the user sets a password, once and within ``PASSWORD_RESET_TIMEOUT``."""
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return settings.PUBLIC_URL + reverse("account_reset_password_from_key", kwargs=key)
