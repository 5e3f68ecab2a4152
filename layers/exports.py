"""The door of downloads: a layer's rows as CSV, GeoJSON, GeoPackage or FlatGeobuf, and what its columns mean (CSVW)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from django.db.backends.utils import CursorWrapper
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext as _

from layers import exports_sql
from layers.declaration import MapLayer
from layers.doors import read_only
from layers.exports_dictionary import dictionary, words_inside
from layers.exports_files import ready
from layers.exports_ranges import send
from layers.exports_sql import State
from layers.exports_stream import BUILDING_LOCKS, BUILDING_PLACES, Frame, Stream, flow, snapshot, stops_said
from layers.filters import Selection, parse
from layers.finding import find_layer, spoken
from layers.one_answer import one_answer
from layers.problems import BadRequest, Problem

#: Changes when the same rows would be written differently.
_WRITING: Final = 1
#: A file of GDAL's is built while its client waits.
MOST_IN_A_FILE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of download. ``frame`` is of a stream; a file has none."""

    suffix: str
    media_type: str
    frame: Frame | None = None


FORMATS: Final = (
    Format("csv", "text/csv; charset=utf-8; header=present", Frame(b"", b"\r\n", b"\r\n")),
    Format(
        "geojson", "application/geo+json", Frame(b'{"type":"FeatureCollection","features":[\n', b",\n", b"\n]}\n")
    ),
    Format("gpkg", "application/geopackage+sqlite3"),
    Format("fgb", "application/flatgeobuf"),
)  # fmt: skip


class NoSuchFormat(Problem):
    """A download of this kind does not exist."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(_("There is no download of this kind. There are: %(kinds)s.") % {"kinds": ", ".join(SUFFIXES)})


SUFFIXES: Final = tuple(one.suffix for one in FORMATS)


def offered(layers: Sequence[MapLayer]) -> tuple[MapLayer, ...]:
    """Return the layers that can be downloaded: those whose things are told apart by a key."""
    return tuple(layer for layer in layers if layer.key)


@read_only
@one_answer()
def download(request: HttpRequest, layers: Sequence[MapLayer], name: str, suffix: str) -> HttpResponseBase:
    """All rows that the filters leave: 304 when the asker has them, 206 for a part of a file, 503 when too many ask at once."""
    layer = find_layer(offered(layers), name, request)
    wanted = next((one for one in FORMATS if one.suffix == suffix), None)
    if wanted is None:
        raise NoSuchFormat
    selection = parse(layer, request.GET)
    with stops_said(), ExitStack() as held:
        cursor = held.enter_context(snapshot() if wanted.frame else snapshot(BUILDING_PLACES, BUILDING_LOCKS))
        now = exports_sql.state(cursor, layer, selection)
        if wanted.frame:
            response = _streamed(request, _Asked(layer, selection, wanted, now), cursor, held)
        else:
            response = _filed(request, _Asked(layer, selection, wanted, now), cursor)
    _describe(response, layer, selection)
    if response.status_code < HTTPStatus.MULTIPLE_CHOICES:
        response["Content-Disposition"] = f'attachment; filename="{layer.name}-{timezone.localdate()}.{suffix}"'
    if now.changed:
        response["Last-Modified"] = http_date(now.changed.timestamp())
    return response


@read_only
@one_answer()
def columns(request: HttpRequest, layers: Sequence[MapLayer], name: str) -> HttpResponse:
    """What the columns of the layer's CSV mean (CSV on the Web), in the language asked for by ``?lang=``."""
    layer = find_layer(offered(layers), name, request)
    selection = parse(layer, request.GET)
    with translation.override(language := spoken(selection.language)):
        data = dictionary(layer, selection, request.build_absolute_uri("/"))
    etag = f'"{hashlib.blake2b(data, digest_size=12).hexdigest()}"'
    whole = HttpResponse(data, content_type="application/csvm+json")
    response = get_conditional_response(request, etag=etag, response=whole) or whole
    response["ETag"] = etag
    response["Content-Language"] = language
    _open(response, layer)
    return response


@dataclass(frozen=True, slots=True)
class _Asked:
    layer: MapLayer
    selection: Selection
    format: Format
    state: State

    @property
    def mark(self) -> str:
        """What tells these rows in this format from others; the same on every machine."""
        told = repr((_WRITING, self.layer.name, self.layer.fields, self.format.suffix, self.selection.query(), self.state.mark))
        return hashlib.blake2b(told.encode(), digest_size=12).hexdigest()


def _streamed(request: HttpRequest, asked: _Asked, cursor: CursorWrapper, held: ExitStack) -> HttpResponseBase:
    """A body written while it is read from the database. It has no ranges: where it breaks off, it is asked for anew."""
    etag = f'W/"{asked.mark}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        response = _body(request, asked, cursor, held)
        response["Accept-Ranges"] = "none"
    response["ETag"] = etag
    return response


def _body(request: HttpRequest, asked: _Asked, cursor: CursorWrapper, held: ExitStack) -> HttpResponseBase:
    if request.method == "HEAD":
        return StreamingHttpResponse((), content_type=asked.format.media_type)
    assert asked.format.frame is not None
    write = exports_sql.csv if asked.format.suffix == "csv" else exports_sql.geojson
    body = flow(cursor, write(asked.layer, asked.selection), asked.format.frame, held)
    if isinstance(body, Stream):
        return StreamingHttpResponse(body, content_type=asked.format.media_type)
    return HttpResponse(body, content_type=asked.format.media_type)


def _filed(request: HttpRequest, asked: _Asked, cursor: CursorWrapper) -> HttpResponseBase:
    """A finished file: with its length, a strong ETag, and ranges by which a broken download goes on."""
    if asked.state.rows > MOST_IN_A_FILE:
        raise BadRequest(
            _(
                "Such a file holds %(most)s rows at most, and these are %(rows)s. Choose fewer by the filters, or take CSV or GeoJSON."
            )
            % {"most": MOST_IN_A_FILE, "rows": asked.state.rows}
        )
    words = words_inside(asked.layer, asked.selection)
    file = ready(cursor, asked.layer, asked.selection, asked.mark, asked.format.suffix, words)
    etag = f'"{file.digest}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        response = send(request, file.file, file.size, etag, asked.format.media_type)
    else:
        file.file.close()
    response["ETag"] = etag
    return response


def _describe(response: HttpResponseBase, layer: MapLayer, selection: Selection) -> None:
    query = selection.query()
    dictionary_address = reverse("data-columns", kwargs={"name": layer.name}) + (f"?{query}" if query else "")
    response["Link"] = f'<{dictionary_address}>; rel="describedby"; type="application/csvm+json"'
    _open(response, layer)


def _open(response: HttpResponseBase, layer: MapLayer) -> None:
    """Who may keep the answer, and who may read it: of an open layer everybody, from any site."""
    if layer.permission:
        response["Cache-Control"] = "private, no-cache"
        return
    response["Cache-Control"] = f"public, max-age={layer.fresh_seconds}, must-revalidate"
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "Content-Disposition, Content-Range, ETag, Link"
