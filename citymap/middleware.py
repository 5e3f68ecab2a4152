"""What happens to every request before a view sees it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from pghistory.middleware import HistoryMiddleware
from whitenoise.middleware import WhiteNoiseMiddleware

from citymap.city import city_zone

View = Callable[[HttpRequest], HttpResponseBase]
_MB: Final = 1024 * 1024
LARGEST_BODY = 64 * _MB
#: The one form that takes more, from those alone who may send it: the view reads no byte of anybody else's.
WORKS: Final = "/desk/works"
BASEMAP = "/basemap/city.pmtiles"
#: Behind a log-in, or what leads to one.
ROOMS: Final = ("/desk", "/crew", "/accounts/")
# Possessive throughout: a header of blanks would be tried anew for every way to share them out.
_CHARSET: Final = re.compile(r"""\bcharset\s*+(?:\*[0-9]*+\*?+)?+\s*+=\s*+["']?+([^"';,\s]*+)""", re.IGNORECASE)


class BodyLimit:
    """Refuse a request whose announced body no form of ours can need, before a byte of it is read."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        # The form around the files counts as well.
        largest = (settings.WORKS_UPLOAD_MB + 2) * _MB if request.path_info == WORKS else LARGEST_BODY
        if not length.isdigit() or int(length) > largest:
            return HttpResponse(_("What you sent is too large."), status=413, content_type="text/plain; charset=utf-8")
        return self.get_response(request)


class Utf8Only:
    """Refuse a request that says it is written in anything but UTF-8, since it would be read wrongly and stored so."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        said = _CHARSET.search(request.META.get("CONTENT_TYPE") or "")
        if said and said[1].lower() not in ("utf-8", "utf8"):
            return HttpResponse(_("Send this as UTF-8 text."), status=415, content_type="text/plain; charset=utf-8")
        return self.get_response(request)


class ReadableCookies:
    """Leave out cookies that nobody of us has set: a quoted one may hold a NUL, which the database refuses."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        for name in [name for name, value in request.COOKIES.items() if "\0" in value]:
            del request.COOKIES[name]
        return self.get_response(request)


class Files(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise ships no types
    """Built files and the basemap, with byte ranges. A basemap built while the server runs is served at once."""

    def __init__(self, get_response: View) -> None:
        super().__init__(get_response)
        self.basemap = Path(settings.BASEMAP_DIR) / "city.pmtiles"
        self.basemap_stamp: tuple[int, int] | None = None

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info == BASEMAP:
            return self._basemap(request)
        response: HttpResponseBase = super().__call__(request)
        return response

    def _basemap(self, request: HttpRequest) -> HttpResponseBase:
        try:
            stat = self.basemap.stat()
        except FileNotFoundError:
            return HttpResponse(status=404)
        stamp = (stat.st_mtime_ns, stat.st_ino)
        if stamp != self.basemap_stamp:
            self.basemap_file = self.get_static_file(str(self.basemap), BASEMAP)
            self.basemap_stamp = stamp
        response: HttpResponseBase = self.serve(self.basemap_file, request)
        return response


class Kept:
    """Who may keep an answer: what says nothing of it is for the one who asked, and of the rooms behind a log-in nothing is kept.

    That holds for refusals too: on a shared machine the Back button shows neither a page of the desk nor that there is none.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path_info.startswith(ROOMS):
            add_never_cache_headers(response)
        elif not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private"
        return response


class Language(LocaleMiddleware):
    """Pages speak the reader's language. What caches keep for everybody speaks that of its address, and says itself which."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if "public" in response.get("Cache-Control", ""):
            return response
        return super().process_response(request, response)


class AuditContext(HistoryMiddleware):
    """Who changed what staff configure. Only where somebody is logged in: a resident's report pays nothing for it."""

    def __call__(self, request: HttpRequest) -> Any:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[no-untyped-call]  # it has no types


class CityTime:
    """Dates on pages are the city's local time."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info != "/healthz":
            timezone.activate(city_zone())
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()
