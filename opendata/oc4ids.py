"""``/data/oc4ids.json``: all projects of the city as one OC4IDS 0.9.5 package."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from layers.doors import read_only
from layers.one_answer import one_answer
from layers.problems import BadRequest
from opendata import oc4ids_package, published_files
from opendata.published_sql import one_moment

NAME: Final = "oc4ids"
_JSON: Final = "application/json"


@read_only
@one_answer()
def oc4ids(request: HttpRequest) -> HttpResponseBase:
    """The package as it is now: 304 for who has it, 206 for a part, 400 for filters, which it has none of."""
    if request.GET:
        raise BadRequest(_("This file has no filters: it holds everything."))
    known = oc4ids_package.state_lately()
    return published_files.given(request, NAME, "json", _JSON, lambda: known, oc4ids_package.package)


def prepare() -> None:
    """Write the file of today's state before somebody waits for it."""
    with one_moment():
        now = oc4ids_package.state()
        published_files.ready(NAME, "json", now, oc4ids_package.package)
    oc4ids_package.keep(now)  # else an older state would be asked for, and its file written again
