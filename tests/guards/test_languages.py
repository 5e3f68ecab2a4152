"""Russian is whole: every message translated, none forgotten in the sources, no English left on the pages and in the letters."""

import datetime as dt
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import pytest
from django.conf import LazySettings
from django.contrib.gis.geos import Point
from django.template.loader import render_to_string
from django.test import Client
from django.utils.translation import get_language, override, trans_real

from accounts.models import Crew
from gis_data.models import Address
from issues.models import Appeal, Task
from issues.notices import NOTICES
from tests.factories import IN_WEST, TinyCity, an_appeal
from tests.guards import catalogue
from tests.issues.forms import form

RUSSIAN: Final = catalogue.ROOT / "locale/ru/LC_MESSAGES/django.po"
FORMS: Final = 4  # one, few, many, other
PLACEHOLDER: Final = re.compile(r"%\(\w+\)[\d.]*[a-z]|<[^>]+>|https?://\S+")

#: Latin words that stand on a Russian page as they are.
ALLOWED: Final = {
    "CityMap", "JavaScript", "WebGL", "OpenStreetMap", "ODbL", "JPEG", "PNG", "WebP", "EN", "RU", "English", "cookie", "Enter", "Escape", "J", "K",
}  # fmt: skip
ALLOWED_PATTERNS: Final = re.compile(r"\S+@\S+|https?://\S+|\b[0-9A-Z]{4}-[0-9A-Z]{4}\b|\broads-\w+")
LATIN: Final = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")
READ_ALOUD: Final = ("title", "aria-label", "placeholder", "alt", "data-label")


def entries() -> dict[tuple[str, str], catalogue.Entry]:
    return catalogue.read(RUSSIAN)


def faults(entry: catalogue.Entry) -> Iterator[str]:
    if "fuzzy" in entry.flags:
        yield "guessed by a tool: read it and take the mark away"
    if len(entry.translations) != (FORMS if "msgid_plural" in entry.texts else 1):
        yield f"a message with a plural needs {FORMS} forms"
    for text in entry.translations:
        if not re.search(r"[а-яё]", text, re.IGNORECASE):
            yield f"no Russian in “{text}”"
        if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(entry.texts["msgid"])):
            yield f"other placeholders in “{text}”"


def test_every_message_has_a_russian_translation_with_the_same_placeholders() -> None:
    found = {entry.key: wrong for entry in entries().values() if (wrong := list(faults(entry)))}
    assert len(entries()) > 100
    assert found == {}


def test_the_catalogue_holds_exactly_what_the_sources_say(
    tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("xgettext") is None:
        pytest.skip("NOT CHECKED whether the catalogue is up to date: xgettext is missing (package gettext)")
    wanted, held = catalogue.of_the_sources(tmp_path, settings, monkeypatch), entries()
    assert len(wanted) > 100
    advice = "run: script/manage makemessages -l ru --no-location --no-wrap -i node_modules -i var -i tests, then translate"
    assert sorted(set(wanted) - set(held)) == [], advice
    assert sorted(set(held) - set(wanted)) == [], advice


@pytest.fixture(autouse=True)
def language_put_back() -> Iterator[None]:
    """A request leaves its language behind in the thread; the next test must not find it."""
    with override(get_language()):
        yield


@pytest.fixture
def russian() -> None:
    """The compiled catalogue is as new as its source."""
    compiled = RUSSIAN.with_suffix(".mo")
    if compiled.exists() and compiled.stat().st_mtime >= RUSSIAN.stat().st_mtime:
        return
    if shutil.which("msgfmt") is None:
        pytest.skip("NOT CHECKED whether the pages are Russian: msgfmt is missing (package gettext)")
    subprocess.run(["msgfmt", "--check-format", "-o", compiled, RUSSIAN], check=True, timeout=60)
    trans_real._translations.clear()  # type: ignore[attr-defined]


class Heard(HTMLParser):
    """Everything that a person reads or hears on a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._silent = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"script", "style", "code"}
        said = dict(attrs)
        self.texts += [said[name] or "" for name in READ_ALOUD if name in said]
        if tag == "meta" and said.get("name") == "description":
            self.texts.append(said["content"] or "")
        for name in ("data-base", "data-config"):
            self.texts += _words(json.loads(said.get(name) or "{}"))

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style", "code"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.append(data)


def _words(config: dict[str, Any]) -> Iterator[str]:
    """What the map says, in the settings that a page hands to it."""
    for name in ("words", "states", "categories"):
        yield from (str(text) for text in config.get(name, {}).values())


def foreign(text: str) -> list[str]:
    """Latin words of ``text`` that have no reason to be there."""
    return [word for word in LATIN.findall(ALLOWED_PATTERNS.sub(" ", PLACEHOLDER.sub(" ", text))) if word not in ALLOWED]


def assert_russian(answer: Any, status: int = 200) -> None:
    assert answer.status_code == status
    page = answer.content.decode()
    assert '<html lang="ru"' in page
    heard = " \n".join(Heard(page).texts)
    assert len(re.findall(r"[а-яё]{3,}", heard)) > 10
    assert foreign(heard) == []


@pytest.fixture
def resident(russian: None, a_city: TinyCity) -> Client:
    Address.objects.create(source_id="1", text="Западная улица, 1", point=Point(*IN_WEST, srid=4326))
    return Client(headers={"accept-language": "ru"})


@pytest.fixture
def appeal(a_city: TinyCity) -> Appeal:
    return an_appeal(
        a_city, text="Яма.", text_public=True, address="Западная улица, 1", answers={"depth": "deep", "wet": "yes"}, name="Житель"
    )


PUBLIC: Final = (
    "/", "/?state=new&category=pothole&from=2025-01-01&to=2025-02-01", "/?state=fixed", "/?from=20-20", "/about/data", "/report",
    "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/confirm-email/",
    "/accounts/confirm-email/nothing/", "/accounts/inactive/",
)  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_page_in_russian_has_no_english(address: str, resident: Client, appeal: Appeal) -> None:
    assert_russian(resident.get(address))


def test_the_page_of_an_appeal_and_the_page_of_nothing_have_no_english(resident: Client, appeal: Appeal) -> None:
    assert_russian(resident.get(f"/a/{appeal.public_id}"))
    assert_russian(resident.get("/a/ZZZZZZZZ"), status=404)


def test_every_step_of_a_report_its_mistakes_and_its_tracking_page_have_no_english(resident: Client, appeal: Appeal) -> None:
    page = resident.get("/report")
    assert_russian(form(page).send(resident, lat="x", lon="y"), 422)
    assert_russian(form(page).send(resident, lat="1", lon="1"), 422)
    page = form(page).send(resident, lon=IN_WEST[0], lat=IN_WEST[1])
    assert_russian(form(page).send(resident), 422)
    said = {"nearby": {}, "category": {"category": "pothole"}, "questions": {"q_depth": "deep"}}
    seen = []
    while (step := form(page).value("step")) != "contact":
        seen.append(step)
        assert_russian(page)
        page = form(page).send(resident, **said.get(step, {}))
    assert seen == ["category", "nearby", "questions", "photo", "details"]
    assert_russian(page)
    assert_russian(form(page).send(resident, go="send", email="nonsense", phone="nonsense"), 422)
    sent = resident.get(form(page).send(resident, go="send")["Location"])
    assert_russian(sent)
    tracking = re.search(r"http://testserver(/t/[\w-]{22})", sent.content.decode())
    assert tracking is not None
    assert_russian(resident.get(tracking[1]))


@pytest.mark.parametrize("state", ["new", "accepted", "planned", "started", "done", "rejected", "closed"])
def test_the_pages_of_staff_have_no_english(state: str, resident: Client, a_city: TinyCity, appeal: Appeal) -> None:
    Appeal.objects.filter(pk=appeal.pk).update(state=state)
    resident.force_login(a_city.clerk)
    for address in ("/desk", "/desk?tab=all", "/desk?tab=nonsense", f"/desk/{appeal.public_id}"):
        assert_russian(resident.get(address), status=400 if "nonsense" in address else 200)
    crew = Crew.objects.get(code="roads-west")
    task = Task.objects.create(appeal=appeal, crew=crew, day=dt.datetime.now(tz=dt.UTC).date(), state="started")
    resident.force_login(a_city.crew_member)
    assert_russian(resident.get("/crew"))
    assert_russian(resident.get(f"/crew/{task.pk}"))
    resident.force_login(a_city.people["admin"])
    assert_russian(resident.get("/desk/outbox"))


@pytest.mark.parametrize("template", sorted({notice.template for notices in NOTICES.values() for notice in notices}))
def test_a_letter_in_russian_has_no_english(template: str, russian: None) -> None:
    context = {
        "reference": "ABCD-EFGH", "category": "Яма", "address": "Западная улица, 1", "department": "Дорожная служба", "reason": "Причина.",
        "due_at": dt.datetime(2026, 5, 14, 18, tzinfo=dt.UTC), "words": "Слова.", "crew": "Бригада", "day": dt.date(2026, 5, 14),
        "into": "HGFE-DCBA", "joined": True, "city": "Тестоград", "link": "https://testville.invalid/t/x",
    }  # fmt: skip
    with override("ru"):
        letter = render_to_string(f"mail/{template}.txt", context)
    assert "ABCD-EFGH" in letter
    assert len(re.findall(r"[а-яё]{3,}", letter)) > 10
    assert foreign(letter) == []
