"""Pictures for link previews, the frame for other sites, and the page that offers them."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image, ImageChops

from issues.models import Appeal, Category
from layers import preview_draw, scene
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal
from tests.layers.sharing import Reader, a_street

pytestmark = pytest.mark.django_db
PICTURE = "/preview.png"
NEW, FIXED, AREA = (10, 95, 184), (22, 107, 65), (255, 255, 255)


def ask(query: str = "", **headers: str) -> Any:
    return Client().get(PICTURE + (f"?{query}" if query else ""), headers=headers)


def see(query: str = "") -> Image.Image:
    response = ask(query)
    assert response.status_code == 200, response.content
    image = Image.open(io.BytesIO(response.content))
    assert (image.format, image.size) == ("PNG", (1200, 630))
    return image.convert("RGB")


def colours(image: Image.Image) -> dict[Any, int]:
    return {colour: number for number, colour in image.getcolors(1 << 24) or ()}


def test_the_picture_shows_the_ground_and_each_state_in_its_colour(a_city: TinyCity) -> None:
    a_street(50.045)
    an_appeal(a_city, "lamp", at=IN_WEST, state="done")
    an_appeal(a_city, at=IN_EAST)
    seen = colours(see())
    assert seen[AREA] > 50_000
    assert seen[NEW] > 3  # what is left of a ring when it is made smaller
    assert seen[FIXED] > 20
    assert NEW not in colours(see("state=fixed"))
    assert FIXED not in colours(see("bbox=10.05,50,10.09,50.05"))


def test_streets_are_drawn(a_city: TinyCity) -> None:
    an_appeal(a_city)
    before = see()
    a_street(50.045)
    changed = ImageChops.difference(before, see()).convert("L").point(lambda value: 255 if value > 8 else 0)
    west, top, east, bottom = changed.getbbox() or (0, 0, 0, 0)
    assert east - west > 800  # it begins within the picture
    assert bottom - top <= 4


def test_a_thing_has_a_picture_of_its_own_with_a_pin_in_the_middle(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    an_appeal(a_city, at=IN_EAST)
    image = see(f"id={appeal.public_id}")
    assert image.getpixel((600, 300)) == (23, 64, 139)  # the drop stands on the place
    assert NEW not in colours(image)
    assert ask(f"id={appeal.public_id}").content != ask(f"id={an_appeal(a_city, 'lamp').public_id}").content


@pytest.mark.parametrize("visibility", ["held", "private", "hidden"])
def test_what_is_not_public_has_no_picture(visibility: str, a_city: TinyCity) -> None:
    before = ask().content
    hidden = an_appeal(a_city, visibility=visibility)
    assert ask(f"id={hidden.public_id}").status_code == 404
    assert ask().content == before


def test_nothing_a_resident_wrote_changes_the_picture(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    before = [ask(query).content for query in ("", f"id={appeal.public_id}")]
    Appeal.objects.filter(pk=appeal.pk).update(text="canary", address="canary", answers={"where": "canary"}, text_public=True)
    assert [ask(query).content for query in ("", f"id={appeal.public_id}")] == before


@pytest.mark.parametrize("query", ["id=", "id=nothing", "id=%00", "id=%27%20OR%201=1--", "id=" + "A" * 5000])
def test_a_thing_that_is_not_there_is_404(query: str, a_city: TinyCity) -> None:
    an_appeal(a_city)
    response = ask(query)
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("query", ["visibility=held", "bbox=1,2", "state=x", "lang=1", "id=A&id=B", "before=1"])
def test_an_address_that_makes_no_sense_is_400(query: str, a_city: TinyCity) -> None:
    assert ask(query).status_code == 400


def test_who_has_it_is_told_304_without_drawing(a_city: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    an_appeal(a_city)
    first = ask()
    assert first["Cache-Control"] == "public, max-age=300"
    assert first["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert Client().head(PICTURE).status_code == 200
    monkeypatch.setattr("layers.preview.draw", None)
    again = ask(**{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "words", ["<script>", "\u202eabc\x07\n", "Не горит фонарь · Ўзбек Ğğ Žluťoučký", "漢字" * 90, "W" * 4000, ""]
)
def test_any_words_can_be_drawn(words: str, a_city: TinyCity) -> None:
    Category.objects.filter(code="lamp").update(names={"en": words})
    appeal = an_appeal(a_city, "lamp")
    see(f"id={appeal.public_id}")
    see("category=lamp")


def test_long_words_end_within_the_picture() -> None:
    text = preview_draw._fitted("W" * 4000, 46, 700, 500)
    assert text.endswith("…")
    assert preview_draw._length(text, 46, 700) <= 500
    assert preview_draw._fitted("Яма", 46, 700, 500) == "Яма"
    assert [script for script, _part in preview_draw._runs("Map Яма ok")] == ["latin", "cyrillic", "latin"]


def test_a_crowd_is_the_newest_with_a_word_about_it(a_city: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "MOST_THINGS", 2)
    for _ in range(3):
        an_appeal(a_city)
    cut = ask().content
    monkeypatch.setattr(scene, "MOST_THINGS", 3)
    assert ask().content != cut


def test_the_work_does_not_grow_with_the_things(a_city: TinyCity) -> None:
    an_appeal(a_city)
    ask()  # the city's own row is kept from now on
    with CaptureQueriesContext(connection) as few:
        ask()
    for _ in range(20):
        an_appeal(a_city, "lamp")
    with CaptureQueriesContext(connection) as many:
        ask()
    assert len(few) == len(many) <= 4


def test_an_empty_city_has_a_picture(db: None) -> None:
    see()


def test_the_home_page_names_picture_and_feed_of_its_own_filters(a_city: TinyCity) -> None:
    an_appeal(a_city, "lamp")
    text = Client().get("/?state=new&category=lamp&bbox=10.0,50.0,10.09,50.05&color=red").content.decode()
    head = Reader(text)
    (feed,) = [str(one["href"]) for tag, one in head.tags if tag == "link" and one.get("type") == "application/atom+xml"]
    assert feed.startswith("/feeds/appeals.atom?"), "a page names nothing by a host, see test_page_look"
    for part in ("state=new", "category=lamp", "bbox=10.00000,50.00000,10.09000,50.05000", "lang=en"):
        assert part in feed
    assert Client().get(feed).status_code == 200
    assert head.meta("twitter:card") == "summary_large_image"
    assert head.meta("og:title") == "Map and list of reports · Testville"
    assert Client().get(head.meta("og:image").removeprefix("http://testserver"))["Content-Type"] == "image/png"
    assert "Follow by feed" in text
    (share,) = [str(one["href"]) for tag, one in head.tags if tag == "a" and str(one.get("href")).startswith("/share")]
    assert Client().get(share).status_code == 200


def test_the_page_of_a_report_names_a_picture_of_its_place(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    head = Reader(Client().get(f"/a/{appeal.public_id}").content.decode())
    assert head.meta("og:image") == f"http://testserver/preview.png?id={appeal.public_id}"
    assert head.meta("twitter:card") == "summary_large_image"
    assert Client().get(head.meta("og:image").removeprefix("http://testserver")).status_code == 200


def test_the_share_page_offers_every_way(a_city: TinyCity) -> None:
    an_appeal(a_city, "lamp")
    response = Client().get("/share?state=new&category=lamp")
    head = Reader(response.content.decode())
    for name in ("feeds/appeals.atom", "map.html", "embed", "preview.png"):
        (address,) = {str(one["href"]) for tag, one in head.tags if tag == "a" and str(one.get("href")).startswith(f"/{name}?")}
        assert address == f"/{name}?category=lamp&state=new&lang=en"
        assert Client().get(address).status_code == 200
    text = response.content.decode()
    assert "&lt;iframe src=&quot;http://testserver/embed?category=lamp&amp;amp;state=new&amp;amp;lang=en&quot;" in text
    assert "Reports · Broken lamp · New" in text


def test_a_hostile_name_does_not_leave_its_place_in_the_snippet(a_city: TinyCity) -> None:
    Category.objects.filter(code="lamp").update(names={"en": '"></iframe><script>alert(1)</script></textarea>'})
    for address in ("/share?category=lamp", "/embed?category=lamp"):
        text = Client().get(address).content.decode()
        assert "alert(1)" in text
        assert "<script>alert" not in text
        assert "</iframe><script" not in text


@pytest.mark.parametrize("query", ["color=red", "state=nothing", "bbox=1,2,3", "from=yesterday"])
def test_the_share_page_says_what_it_did_not_understand(query: str, a_city: TinyCity) -> None:
    response = Client().get(f"/share?{query}")
    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()
    assert Client().get(f"/embed?{query}").status_code == 400


def test_the_frame_may_stand_anywhere_and_no_other_page_may(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    client = Client()
    frame = client.get("/embed?state=new")
    assert "frame-ancestors *;" in frame["Content-Security-Policy"] + ";"
    assert "X-Frame-Options" not in frame
    assert not frame.cookies
    assert not client.cookies
    assert "<form" not in frame.content.decode()
    for address in ("/", "/share", f"/a/{appeal.public_id}", "/report", "/embed?color=red", "/map.html", PICTURE):
        other = client.get(address)
        policy = other["Content-Security-Policy"]
        assert "frame-ancestors *" not in policy
        assert other["X-Frame-Options"] == "DENY"
    assert "unsafe" not in frame["Content-Security-Policy"]


def test_the_frame_holds_nothing_a_resident_wrote_and_speaks_the_language_of_its_address(a_city: TinyCity) -> None:
    an_appeal(a_city, text="canary", address="canary", email="canary@example.org", name="canary", text_public=True)
    client = Client(headers={"Accept-Language": "ru"})
    text = client.get("/embed").content.decode()
    assert "canary" not in text
    assert "Noise" not in text  # a private category
    assert '<html lang="en">' in text
    assert '<html lang="ru">' in client.get("/embed?lang=ru").content.decode()
