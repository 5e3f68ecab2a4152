"""Light or dark by the reader's choice, kept in a cookie so that the first paint is already right."""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

COOKIE: Final = "theme"
THEMES: Final = ("light", "dark")
_YEAR: Final = 365 * 24 * 3600


def chosen_theme(request: HttpRequest) -> str:
    """Return "light", "dark", or "" when the system decides."""
    value = request.COOKIES.get(COOKIE, "")
    return value if value in THEMES else ""


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember the choice and go back to the page it was made on. An unknown value forgets the choice."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        # Not HttpOnly: the switch works at once where script runs, and the theme is no secret.
        response.set_cookie(COOKIE, theme, max_age=_YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    else:
        response.delete_cookie(COOKIE)
    return response
