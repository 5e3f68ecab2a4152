"""``/data/ocds/…``: release packages and record packages of OCDS 1.1.5, page by page or of one contracting process.

A page has at most `PAGE` releases or records, fewer where they are long; the header ``Link`` leads to the next one, for a package has no
field for it. Pages go by the key of the stored rows, so nothing is missed while more is published.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from itertools import accumulate
from typing import Any, Final

from django.db.models import BigIntegerField, Func, Sum, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _

from layers.doors import read_only, require_known
from layers.exports_stream import snapshot
from layers.one_answer import one_answer
from layers.problems import BadRequest, Problem
from opendata import ocds_merge
from opendata.models import Release
from opendata.oc4ids_package import about_publisher, address
from opendata.ocds_publish import stored
from opendata.ocds_release import EXTENSIONS
from opendata.published_files import opened
from opendata.published_sql import one_moment
from opendata.standard_shapes import Shape, moment
from places.patience_sql import limited

#: Releases or records of a page.
PAGE: Final = 200
#: Bodies of a page, in bytes: it ends before the one with which it would have more.
PAGE_BYTES: Final = 5_000_000
#: So many packages are put together at once in all processes; each holds its bodies in memory several times over.
PLACES: Final = 4
#: The class of their advisory locks; any number that nobody else uses.
LOCKS: Final = 0x0CD5A
#: Nobody takes so long: whoever holds a place for longer is gone.
_HELD_S: Final = 120
_BYTES: Final = Func(Cast("body", TextField()), function="octet_length", output_field=BigIntegerField())
_NUMBER: Final = re.compile(r"[0-9]{1,18}", re.ASCII)


class NoSuchProcess(Problem):
    """No release of this ocid was published."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(_("There is no contracting process with this number."))


@contextmanager
def _one_of_few() -> Iterator[None]:
    """One of the few places, one moment for all statements, and none of them long: a package is put together in memory."""
    with one_moment(), snapshot(PLACES, LOCKS, _HELD_S), limited():
        yield


@read_only
@one_answer()
@_one_of_few()
def releases(request: HttpRequest) -> HttpResponseBase:
    """All releases in the order in which they were published."""
    after = _after(request)
    sized = list(Release.objects.filter(pk__gt=after).order_by("pk").values_list("pk", _BYTES)[: PAGE + 1])
    keys = [key for key, _size in sized]
    fit = _fitting([size for _key, size in sized])
    page = list(Release.objects.filter(pk__in=keys[:fit]).order_by("pk"))
    package = _package("data-ocds-releases", page, after, releases=[one.body for one in page])
    return _given(request, package, _next("data-ocds-releases", keys, fit))


@read_only
@one_answer()
@_one_of_few()
def records(request: HttpRequest) -> HttpResponseBase:
    """All processes as records, in the order in which they first appeared."""
    after = _after(request)
    begun = dict(Release.objects.filter(number=1, pk__gt=after).order_by("pk").values_list("pk", "ocid")[: PAGE + 1])
    sizes = dict(Release.objects.filter(ocid__in=list(begun.values())).order_by().values_list("ocid").annotate(size=Sum(_BYTES)))
    fit = _fitting([sizes[ocid] for ocid in begun.values()])
    page = list(begun.values())[:fit]
    found = stored(set(page))
    own = [one for ocid in page for one in found[ocid]]
    package = _package("data-ocds-records", own, after, records=[_record(found[ocid]) for ocid in page])
    return _given(request, package, _next("data-ocds-records", list(begun), fit))


@read_only
@one_answer()
@_one_of_few()
def releases_of(request: HttpRequest, ocid: str) -> HttpResponseBase:
    """All releases of one process, oldest first."""
    rows = _of(request, ocid)
    return _given(request, _package("data-ocds-releases-of", rows, 0, ocid, releases=[one.body for one in rows]))


@read_only
@one_answer()
@_one_of_few()
def record_of(request: HttpRequest, ocid: str) -> HttpResponseBase:
    """One process: its releases, and what they say together."""
    rows = _of(request, ocid)
    return _given(request, _package("data-ocds-record-of", rows, 0, ocid, records=[_record(rows)]))


def _of(request: HttpRequest, ocid: str) -> Sequence[Release]:
    if request.GET:
        raise BadRequest(_("This file has no filters: it holds everything."))
    if "\x00" in ocid:
        raise NoSuchProcess
    rows = list(Release.objects.filter(ocid=ocid).order_by("number"))
    if not rows:
        raise NoSuchProcess
    return rows


def _record(rows: Sequence[Release]) -> Shape:
    bodies = [one.body for one in rows]
    return {"ocid": rows[0].ocid, "releases": bodies, "compiledRelease": ocds_merge.compiled(bodies)}


def _package(route: str, rows: Sequence[Release], after: int, *arguments: str, **things: Any) -> Shape:
    """A package; of a city that has published nothing yet it is one with an empty list."""
    dated = max((one.date for one in rows), default=timezone.now())
    return {
        "uri": address(route, *arguments) + (f"?after={after}" if after else ""),
        "version": "1.1",
        "extensions": list(EXTENSIONS),
        "publishedDate": moment(dated),
        **about_publisher(),
        **things,
    }


def _fitting(sizes: Sequence[int]) -> int:
    """How many of them, in bytes, make a page: one at least."""
    return max(1, sum(total <= PAGE_BYTES for total in accumulate(sizes[:PAGE])))


def _next(route: str, keys: Sequence[int], fit: int) -> str:
    """The address after the ``fit`` that the page has; '' where they are all."""
    return f"{address(route)}?after={keys[fit - 1]}" if len(keys) > fit else ""


def _after(request: HttpRequest) -> int:
    """The key after which the page begins. Anything else in the address is a misspelling."""
    require_known(request, "after")
    value = request.GET.get("after", "0")
    if not _NUMBER.fullmatch(value):
        raise BadRequest(_("“after” is the number that the link to the next page gives."))
    return int(value)


def _given(request: HttpRequest, package: Shape, following: str = "") -> HttpResponseBase:
    """The package, or 304 for who has it."""
    whole: HttpResponse = JsonResponse(package, json_dumps_params={"ensure_ascii": False})
    etag = f'"{hashlib.blake2b(whole.content, digest_size=12).hexdigest()}"'
    response = get_conditional_response(request, etag=etag, response=whole) or whole
    response["ETag"] = etag
    if following:
        response["Link"] = f'<{following}>; rel="next"'
    return opened(response)
