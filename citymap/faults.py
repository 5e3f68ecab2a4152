"""What is answered when a view failed: 503 and a time to come back while the database is away, else the page for our own faults."""

import sys
from collections.abc import Callable
from typing import Final

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.defaults import server_error

#: Gone, starting, full or stopped in the middle: all of them pass. Django gives these classes to the driver's and its pool's errors.
_PASSES: Final = (OperationalError, InterfaceError)
_COME_BACK_S: Final = 10


class DatabaseAway:
    """For what reaches no ``handler500``: reading the addresses asks the database for its version, so a server that was started
    before its database has no handlers yet.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self.get_response(request)
        except _PASSES:
            return failed(request)


@never_cache
def failed(request: HttpRequest) -> HttpResponse:
    """Django's ``handler500``, which runs while the error is being handled, wherever between middleware and template it arose."""
    if not isinstance(sys.exc_info()[1], _PASSES):
        return server_error(request)
    # Without the request: what a page says of the city and of the person are queries.
    response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = str(_COME_BACK_S)
    return response
