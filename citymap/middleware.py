"""What happens to every request before a view sees it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from pghistory.middleware import HistoryMiddleware
from whitenoise.middleware import WhiteNoiseMiddleware

from citymap.city import city_zone

View = Callable[[HttpRequest], HttpResponseBase]
LARGEST_BODY = 64 * 1024 * 1024
BASEMAP = "/basemap/city.pmtiles"
_CHARSET: Final = re.compile(r"""\bcharset\s*(?:\*[0-9]*\*?)?\s*=\s*["']?([^"';,\s]*)""", re.IGNORECASE)


class BodyLimit:
    """Refuse a request whose announced body no form of ours can need, before a byte of it is read."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > LARGEST_BODY:
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


class AuditContext(HistoryMiddleware):
    """Who changed what staff configure. Only where somebody is logged in: a resident's report pays nothing for it."""

    def __call__(self, request: HttpRequest) -> Any:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[no-untyped-call]


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
