"""A canary in every door: what residents say of themselves, and what nobody may see, comes out nowhere; not in the log either."""

from __future__ import annotations

import io
import logging
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyogrio
import pytest
from django.conf import LazySettings
from django.db import IntegrityError
from django.test import Client
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks

from citymap.layers import LAYERS
from citymap.log_secrets import MaskSecrets
from issues.models import Appeal, Photo
from layers.pyramid import LEVELS
from notifications import outbox, tasks
from opendata import ocds_publish
from tests.factories import IN_EAST, IN_WEST, TinyCity
from tests.guards import doors
from tests.guards.planted import EMAIL, HELD, NAME, NOBODY_SEES, PRIVATE, WAITING, Planted, plant
from tests.layers.reading import address, around, features
from tests.notifications.smtp_sink import Mood, SmtpSink
from tests.places.makers import a_contract, a_project

pytestmark = pytest.mark.django_db
ZOOMS: Final = range(LEVELS.start, 17)
FILES: Final = ("csv", "geojson", "gpkg", "fgb")
#: What is another one in each answer: tokens of forms, sums of the bytes, and when a cookie ends.
_CHANGING: Final = re.compile(rb"\b[A-Za-z0-9]{24,64}\b|expires=[^;]+;")


@pytest.fixture
def planted(a_city: TinyCity, settings: LazySettings, tmp_path: Path) -> Planted:
    settings.VAR = tmp_path / "var"
    settings.TILE_DIR = tmp_path / "tiles"
    settings.VAR.mkdir()
    settings.TILE_DIR.mkdir()
    a_contract(project=a_project(title={"en": "Works"}))
    ocds_publish.publish()
    return plant(a_city, settings)


def walk(planted: Planted) -> Iterator[doors.Answer]:
    references = {"own": planted.appeals["open"].public_id, "other": planted.appeals["joined"].public_id}
    for answer in doors.walk(**references):
        assert answer.status < 500, answer.address
        yield answer


def test_no_door_betrays_a_person_or_a_secret_report(planted: Planted) -> None:
    answers = list(walk(planted))
    leaks = {answer.address: found for answer in answers if (found := planted.found_in(answer.sent))}
    assert leaks == {}
    given = [answer.address for answer in answers if answer.status == 200]
    of_a_process = {f"data/ocds/{kind}/<path:ocid>.json" for kind in ("releases", "records")}
    assert {*doors.public_routes(), *of_a_process, "photos/<str:name>"} <= {doors.route(address) for address in given}
    assert len(given) > 10 * len(LAYERS)


@pytest.mark.parametrize(
    ("kind", "change", "what"),
    [
        ("waiting", {"text_public": True}, "words that wait"),
        ("private", {"visibility": "public"}, "the reference of the private report"),
        ("held", {"visibility": "public"}, "a hidden longitude"),
        ("hidden", {"visibility": "public"}, "the reference of the hidden report as people read it"),
        ("open", {"address": NAME}, "the family name"),
    ],
)
def test_the_canary_sings_when_something_gets_out(planted: Planted, kind: str, change: dict[str, Any], what: str) -> None:
    Appeal.objects.filter(pk=planted.appeals[kind].pk).update(**change)
    if kind == "waiting":
        planted.appeals["open"] = planted.appeals["waiting"]
    assert any(what in planted.found_in(answer.sent) for answer in walk(planted))


def test_no_tile_of_any_zoom_shows_them(planted: Planted) -> None:
    places = {appeal: around((appeal.point.x, appeal.point.y), 16) for appeal in planted.public()}
    for zoom in ZOOMS:
        for layer in LAYERS:
            for place in (NOBODY_SEES, IN_WEST, IN_EAST):
                answer = doors.get(address(layer.name, around(place, zoom)))
                assert answer.status in {200, 204, 400}
                assert planted.found_in(answer.sent) == set()
        tile = around(NOBODY_SEES, zoom)
        here = [place for place in places.values() if (place.x >> (16 - zoom), place.y >> (16 - zoom)) == (tile.x, tile.y)]
        for query in ("", "from=2020-01-01", "state=new,in_progress,fixed,declined"):
            shown = features("appeals", tile, query)
            assert sum(feature["properties"].get("count", 1) for feature in shown) == len(here), (zoom, query)
        assert features("appeals", tile, "category=noise") == []


def test_stored_tiles_and_what_exports_leave_behind_hold_none_of_it(planted: Planted, settings: LazySettings) -> None:
    for zoom in LEVELS:
        for place in (NOBODY_SEES, IN_WEST, IN_EAST):
            doors.get(address("appeals", around(place, zoom)))
    for suffix in FILES:
        doors.get(f"/data/appeals.{suffix}")
    kept = [path for folder in (settings.TILE_DIR, settings.VAR) for path in folder.rglob("*") if path.is_file()]
    assert len(kept) > len(LEVELS)
    for path in kept:
        assert planted.found_in(path.read_bytes()) == set(), path
        if path.suffix == ".mvt":
            x, y = (int(part) for part in path.with_suffix("").parts[-2:])
            tile = around(NOBODY_SEES, int(path.parts[-3]))
            assert (x, y) != (tile.x, tile.y) or features("appeals", tile)


@pytest.mark.parametrize("suffix", FILES)
def test_a_file_read_back_holds_the_public_rows_and_columns_alone(planted: Planted, suffix: str, tmp_path: Path) -> None:
    response: Any = Client().get(f"/data/appeals.{suffix}")
    path = tmp_path / f"appeals.{suffix}"
    path.write_bytes(b"".join(response.streaming_content) if response.streaming else response.content)
    info = pyogrio.raw.read(path)
    columns = set(info[0]["fields"]) - {"longitude", "latitude", "lon", "lat"}
    assert columns == {"id", "category", "state", "created"}
    references = set(info[3][list(info[0]["fields"]).index("id")])
    assert references == {appeal.public_id for appeal in planted.public()}
    if suffix == "gpkg":
        with sqlite3.connect(path) as inside:
            assert planted.found_in("\n".join(inside.iterdump()).encode()) == set()


def test_a_public_photo_tells_nothing_but_its_picture_and_others_are_not_given(planted: Planted) -> None:
    assert Photo.objects.count() == len(planted.appeals) + 1
    for photo in Photo.objects.all():
        for size in ("", "?size=thumb"):
            answer = doors.get(f"/photos/{photo.name}{size}")
            assert answer.status == (200 if photo.public else 404)
            assert planted.found_in(answer.sent.replace(photo.name.encode(), b"")) == set()
            if photo.public:
                picture = Image.open(io.BytesIO(answer.sent))
                assert not picture.getexif()
                assert not {"comment", "exif", "xmp", "photoshop"} & set(picture.info)


@pytest.mark.parametrize("asked", ["Zanzibella", WAITING, PRIVATE, HELD, "secret reference", "canary-mail"])
def test_who_searches_for_them_is_told_what_is_told_of_nothing(planted: Planted, asked: str) -> None:
    asked = planted.appeals["hidden"].public_id if asked == "secret reference" else asked
    searches = [row for rows in doors.public_routes().values() for row in rows if re.search(r"[?&]q=", row)]
    assert searches
    for row in searches:
        told = []
        for words in (asked, asked[::-1]):
            answer = doors.get(re.sub(r"(?<=[?&]q=)[^&]*", words, row))
            told.append(_CHANGING.sub(b"", answer.sent.replace(words.encode(), b"").replace(words.lower().encode(), b"")))
        assert told[0] == told[1], row


# the log


class _Log(logging.Handler):
    """Everything that any part says, as the log of a server shows it (citymap.settings.base.LOGGING)."""

    def __init__(self, settings: Any) -> None:
        super().__init__(logging.DEBUG)
        form = settings.LOGGING["formatters"]["line"]
        self.setFormatter(logging.Formatter(form["format"], style=form["style"]))
        self.addFilter(MaskSecrets())
        self.addFilter(lambda record: record.name != "mail.log")  # the mail server of the tests: the far side of the wire
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(self.format(record))


@pytest.fixture
def log(settings: Any) -> Iterator[_Log]:
    """All loggers at their most talkative, but for those that the settings keep short."""
    handler = _Log(settings)
    short = {name for name, one in settings.LOGGING["loggers"].items() if "level" in one}
    known = [
        one for name, one in logging.root.manager.loggerDict.items() if isinstance(one, logging.Logger) and name not in short
    ]
    before = [(one, one.level, one.propagate, one.disabled) for one in (logging.getLogger(), *known)]
    for one, *_ in before:
        one.setLevel(logging.DEBUG)
        one.propagate, one.disabled = True, False
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)
    for one, level, propagate, disabled in before:
        one.setLevel(level)
        one.propagate, one.disabled = propagate, disabled


def betraying(planted: Planted, said: list[str]) -> dict[str, set[str]]:
    """Lines that name somebody. A reference is no secret to those who read the log: it opens nothing."""
    found = {line: {what for what in planted.found_in(line.encode()) if "reference" not in what} for line in said}
    return {line: what for line, what in found.items() if what}


def test_the_log_names_nobody_whatever_is_done(
    log: _Log, planted: Planted, mailoutbox: list[Any], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        tasks.relay.apply()
    assert [letter for letter in mailoutbox if EMAIL in letter.to]
    for token in planted.tokens:
        for place in (f"/t/{token}", f"/t/{token}x", f"/t/{token}/x"):
            doors.get(place)
    doors.get(f"/photos/{Photo.objects.filter(public=False)[0].name}")
    assert len(list(walk(planted))) > 10
    said = [line for line in log.said if "/photos/" not in line]
    assert len(said) > 10
    assert betraying(planted, said) == {}


@pytest.mark.parametrize("mood", [Mood.REFUSE_ADDRESS, Mood.GREYLIST, Mood.REFUSE_LETTER])
def test_a_mail_server_that_quotes_the_address_does_not_bring_it_into_the_log(
    log: _Log, planted: Planted, settings: LazySettings, mood: Mood
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with SmtpSink() as sink:
        sink.mood, settings.EMAIL_HOST, settings.EMAIL_PORT = mood, "127.0.0.1", sink.port
        assert outbox.work_off().done == 0
    assert any("notifications.outbox" in line for line in log.said) or mood is Mood.GREYLIST
    assert betraying(planted, log.said) == {}


@pytest.mark.django_db(transaction=True)
def test_a_row_that_the_database_refuses_is_not_quoted_in_the_log(
    log: _Log, a_city: TinyCity, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database answers with the whole row, and a fault is logged with what the database said."""
    monkeypatch.setattr("issues.tracking.hash_of", lambda _token: None)
    with pytest.raises(IntegrityError, match=NAME):
        plant(a_city, settings)
    said = "\n".join(log.said)
    assert "IntegrityError" in said
    assert NAME not in said
    assert EMAIL not in said
