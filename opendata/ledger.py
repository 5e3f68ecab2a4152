"""``/data/ledger/…``: the ledger, projects, contracts, repairs and organisations as a tabular data package."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _

from gis_data.map_layers import the_city
from gis_data.names import in_language
from layers.doors import read_only
from layers.exports_stream import Frame, Stream, flow, snapshot, stops_said
from layers.one_answer import one_answer
from layers.problems import BadRequest, Problem
from opendata import ledger_sql
from opendata.ledger_tables import TABLES, Table
from opendata.oc4ids_package import about_publisher, address
from opendata.published_files import opened
from works.models import DataSet

_CSV: Final = "text/csv; charset=utf-8; header=present"
_DIALECT: Final = {"delimiter": ",", "quoteChar": '"', "doubleQuote": True, "lineTerminator": "\r\n", "header": True}
_NOTE: Final = (
    "A text that a spreadsheet could run as a formula has an apostrophe before it, and so has a text that begins with an apostrophe. "
    "Take one leading apostrophe away to get the text back. Numbers, dates and codes are as they are. Empty is unknown."
)


class NoSuchTable(Problem):
    """The package has no table of this name."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(_("There is no such table. There are: %(names)s.") % {"names": ", ".join(one.name for one in TABLES)})


@read_only
@one_answer()
def datapackage(request: HttpRequest) -> HttpResponseBase:
    """What the package holds, for programs (Data Package with Table Schemas). Paths are beside it."""
    if request.GET:
        raise BadRequest(_("This file has no filters: it holds everything."))
    data = json.dumps(descriptor(), ensure_ascii=False, indent=1).encode()
    etag = f'"{hashlib.blake2b(data, digest_size=12).hexdigest()}"'
    whole = HttpResponse(data, content_type="application/json")
    response = get_conditional_response(request, etag=etag, response=whole) or whole
    response["ETag"] = etag
    return opened(response)


@read_only
def table(request: HttpRequest, name: str) -> HttpResponseBase:
    """All rows of a table, streamed from one snapshot."""
    found = next((one for one in TABLES if one.name == name), None)
    if found is None:
        raise NoSuchTable
    if request.GET:
        raise BadRequest(_("This file has no filters: it holds everything."))
    if request.method == "HEAD":
        return opened(HttpResponse(content_type=_CSV))
    with stops_said(), ExitStack() as held:
        cursor = held.enter_context(snapshot())
        body = flow(cursor, ledger_sql.csv(found), Frame(b"", b"\r\n", b"\r\n"), held)
    response: HttpResponseBase
    if isinstance(body, Stream):
        response = StreamingHttpResponse(body, content_type=_CSV)
    else:
        response = HttpResponse(body, content_type=_CSV)
    response["Content-Disposition"] = f'attachment; filename="{found.name}.csv"'
    response["Link"] = f'<{address("data-ledger")}>; rel="describedby"; type="application/json"'
    return opened(response)


def descriptor() -> dict[str, Any]:
    """The package in the standard's words."""
    city = the_city()
    name = in_language(city.names, "en") if city else "CityMap"
    told: dict[str, Any] = {
        "profile": "tabular-data-package",
        "name": "ledger",
        "title": f"Ledger of works: {name}",
        "description": _NOTE,
        "homepage": address("data"),
        "sources": list(_sources()),
        "resources": [_resource(one) for one in TABLES],
    }
    licence = about_publisher().get("license")
    return told | ({"licenses": [{"path": licence}]} if licence else {})


def _sources() -> Iterator[dict[str, str]]:
    """The data sets of works, each by its name and what it is to be credited with."""
    for one in DataSet.objects.order_by("code"):
        invented = "; invented for a demonstration" if one.invented else ""
        yield {"title": f"{in_language(one.names, 'en') or one.code}{f' ({one.credit})' if one.credit else ''}{invented}"}


def _resource(one: Table) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": one.name,
        "path": f"{one.name}.csv",
        "title": one.title,
        "description": one.about,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": _DIALECT,
        "schema": one.schema(),
    }
