"""What CityMap changes in allauth's ways."""

import logging
import smtplib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role
from accounts.permissions import staff_of
from gis_data.models import City
from gis_data.names import in_language

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Sign-up is open and gives no rights: staff are made by administrators (``create_staff``)."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Return the user, or None. An inactive one is returned so that allauth can say so; a demo one is not."""
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is not None and getattr(user, "demo", False) and not settings.DEMO_MODE:
            return None
        return user

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Staff arrive where they work, residents on the map."""
        staff = staff_of(request)
        if staff.has(Role.CLERK, Role.DISPATCHER, Role.HEAD):
            return reverse("desk")
        return reverse("crew" if staff.memberships else "home")

    def format_email_subject(self, subject: str) -> str:
        return subject

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a letter about an account at once: its secret link must not wait in a table.

        A mail server that is away must not break the page; what is said then is the same for known and unknown people.
        """
        about = {"request": self.request, "email": email, "current_site": _sender()}
        message = self.render_mail(template_prefix, email, {**about, **context})
        message.extra_headers.setdefault("Auto-Submitted", "auto-generated")
        try:
            message.send()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            logger.error("a letter about an account (%s) could not be sent: %s", template_prefix, type(error).__name__)
            messages.warning(self.request, _("The letter could not be sent just now. Please try again in a few minutes."))

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Links in letters lead to the public address, not to whatever host name the request claimed."""
        uidb36, _dash, token = key.partition("-")
        return _public("account_reset_password_from_key", uidb36=uidb36, key=token)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return _public("account_confirm_email", key=emailconfirmation.key)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes, as allauth's letters name it."""

    name: str
    domain: str


def _sender() -> Sender:
    names = City.objects.values_list("names", flat=True).first()
    host = urlsplit(settings.PUBLIC_URL).netloc
    return Sender(in_language(names) if names else host, host)


def _public(name: str, **kwargs: str) -> str:
    return settings.PUBLIC_URL + reverse(name, kwargs=kwargs)
