"""Who may be logged in at all."""

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser


class AccountBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    """Log-in by e-mail. Demo accounts, whose password everybody knows, exist for nobody outside demo mode."""

    def user_can_authenticate(self, user: AbstractBaseUser) -> bool:
        """Asked at log-in and at every request of a session."""
        allowed: bool = super().user_can_authenticate(user)
        return allowed and (settings.DEMO_MODE or not getattr(user, "demo", False))
