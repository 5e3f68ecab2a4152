"""The report form against everything a form can be sent: nothing is a 500, nothing typed is lost, nothing runs."""

import datetime as dt
import io
import uuid
import zlib
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from issues.models import Appeal, Photo
from tests.factories import IN_WEST, OUTSIDE, TinyCity
from tests.issues.forms import Form, form
from tests.issues.test_views_report import at_contact, step_of

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"


@pytest.fixture
def resident(client: Client, a_city: TinyCity) -> Client:
    return client


def good(**changes: Any) -> dict[str, Any]:
    """The last step as a script would send it."""
    whole = {
        "step": "contact", "go": "send", "key": str(uuid.uuid4()), "lon": IN_WEST[0], "lat": IN_WEST[1],
        "category": "pothole", "q-depth": "deep", "text": "A hole.",
    }  # fmt: skip
    return {name: value for name, value in {**whole, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"lon": None}, "place"),
        ({"lat": None, "lon": None}, "place"),
        ({"lat": "NaN"}, "place"),
        ({"lat": "inf", "lon": "-inf"}, "place"),
        ({"lat": "1e400"}, "place"),
        ({"lat": "9" * 5000}, "place"),
        ({"lon": OUTSIDE[0], "lat": OUTSIDE[1]}, "place"),
        ({"category": None}, "category"),
        ({"category": "no-such-thing"}, "category"),
        ({"category": "x" * 5000}, "category"),
        ({"q-depth": None}, "questions"),
        ({"q-depth": "bottomless"}, "questions"),
        ({"q-where": "x" * 1001}, "questions"),
        ({"text": "x" * 1_000_000}, "details"),
        ({"email": "not an address"}, "contact"),
        ({"name": "x" * 5000}, "contact"),
        ({"phone": SCRIPT}, "contact"),
        ({"key": "not a key"}, "contact"),
        ({"key": None}, "contact"),
    ],
)
def test_a_wrong_field_leads_back_to_its_own_step_with_everything_typed(
    resident: Client, changes: dict[str, Any], step: str
) -> None:
    answer = resident.post("/report", good(**changes))
    assert answer.status_code == 422
    assert step_of(answer) == step
    whole = form(answer)
    assert 'role="alert"' in answer.content.decode()
    if "text" not in changes:
        assert whole.value("text") == "A hole."
    assert uuid.UUID(whole.value("key")).version == 4
    assert not Appeal.objects.exists()


def test_a_million_letters_come_back_for_shortening(resident: Client) -> None:
    answer = resident.post("/report", good(text="x" * 1_000_000))
    assert len(form(answer).value("text")) == 1_000_000


def test_nul_characters_are_dropped_and_the_rest_is_kept(resident: Client) -> None:
    answer = resident.post("/report", good(text="a\x00b", name="c\x00d", **{"q-where": "e\x00f"}))
    assert answer.status_code == 303
    assert Appeal.objects.get().text == "ab"
    assert step_of(resident.post("/report", {"step": "details", "go": "next", "text": "\x00", "lon": "\x00"})) == "place"


@pytest.mark.parametrize(
    "step", ["place", "category", "nearby", "questions", "photo", "details", "contact", "", "../..", "x" * 9000]
)
@pytest.mark.parametrize("go", ["next", "back", "to-place", "to-nowhere", "find", "filter", "add", "send", "\x00"])
def test_any_step_with_nothing_in_it_is_answered_with_a_step(resident: Client, step: str, go: str) -> None:
    answer = resident.post("/report", {"step": step, "go": go})
    assert answer.status_code in {200, 422}
    assert step_of(answer)


@pytest.mark.parametrize(
    "odd",
    [
        {"pick": "nowhere"}, {"pick": "1 2 3"}, {"pick": "\x00"}, {"pick": "nan nan"}, {"swap": "1"}, {"remove": "../../etc/passwd"},
        {"photo": ["../secret", "0" * 32, "x" * 9999]}, {"wanted": "\x00%_\\"}, {"address": "%' OR 1=1 --\x00"},
        {"lon": "24,9", "lat": "60,1"}, {"lon": "٣", "lat": "٣"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("step", ["place", "category", "photo"])
@pytest.mark.parametrize("go", ["next", "find", "filter"])
def test_odd_values_of_odd_fields_are_never_an_error_of_ours(resident: Client, step: str, go: str, odd: dict[str, Any]) -> None:
    answer = resident.post("/report", {"step": step, "go": go, "category": "pothole", **odd})
    assert answer.status_code in {200, 422}


@pytest.mark.parametrize("query", ["lat=NaN&lon=1", "lat=1", "lat=%00&lon=%00", "lat=99999&lon=99999", "category=%3Cscript%3E"])
def test_odd_addresses_of_the_first_page_show_the_first_page(resident: Client, query: str) -> None:
    answer = resident.get(f"/report?{query}")
    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode().replace("<script type", "")


@pytest.mark.parametrize("step", ["category", "nearby", "questions", "photo", "details"])
def test_nul_characters_in_a_category_find_no_category(resident: Client, step: str) -> None:
    answer = resident.post(
        "/report", {"step": step, "go": "next", "lon": IN_WEST[0], "lat": IN_WEST[1], "category": "pot\x00\x00"}
    )
    assert answer.status_code in {200, 422}


def test_a_step_reached_past_a_gap_leads_back_to_the_gap(resident: Client) -> None:
    here = {"lon": IN_WEST[0], "lat": IN_WEST[1]}
    assert step_of(resident.post("/report", {"step": "details", "go": "next", **here})) == "category"
    assert step_of(resident.post("/report", {"step": "details", "go": "next", "category": "tree"})) == "place"
    assert step_of(resident.post("/report", {"step": "details", "go": "next", "category": "tree", **here})) == "contact"


def test_the_last_look_names_no_service_for_a_place_that_is_not_ours(resident: Client) -> None:
    here, there = IN_WEST, OUTSIDE
    looks = [
        resident.post(
            "/report", {"step": "details", "go": "to-contact", "category": "tree", "lon": lon, "lat": lat}
        ).content.decode()
        for lon, lat in (here, there)
    ]
    assert ["Who gets it" in look for look in looks] == [True, False]


def test_other_methods_are_refused(resident: Client) -> None:
    assert resident.delete("/report").status_code == 405


def test_exchanged_coordinates_are_offered_as_one_click_at_the_first_step(resident: Client) -> None:
    page = form(resident.get("/report")).send(resident, lon=IN_WEST[1], lat=IN_WEST[0])
    assert page.status_code == 422
    assert "exchanged" in page.content.decode()
    page = resident.post("/report", form(page).data(swap="1"))
    assert step_of(page) == "category"
    assert form(page).value("lon") == "10.010000"


def test_exchanged_coordinates_are_offered_at_the_end_as_well_and_nothing_is_lost(resident: Client) -> None:
    answer = resident.post("/report", good(lon=IN_WEST[1], lat=IN_WEST[0]))
    assert answer.status_code == 422
    assert ("swap", "1") in form(answer).buttons
    assert form(answer).value("text") == "A hole."


def test_a_place_outside_says_so_at_the_first_step(resident: Client) -> None:
    page = form(resident.get("/report")).send(resident, lon=OUTSIDE[0], lat=OUTSIDE[1])
    assert page.status_code == 422
    assert "outside the city" in page.content.decode()
    assert ("swap", "1") not in form(page).buttons


def test_html_in_every_field_is_shown_as_text_on_every_page(resident: Client) -> None:
    filled = {
        "text": SCRIPT,
        "name": SCRIPT,
        "address": SCRIPT,
        "email": SCRIPT,
        "q-where": SCRIPT,
        "category": SCRIPT,
        "wanted": SCRIPT,
    }
    for step in ("place", "category", "questions", "photo", "details", "contact"):
        for go in ("next", "back", f"to-{step}", "filter", "find"):
            answer = resident.post("/report", {"step": step, "go": go, "lon": IN_WEST[0], "lat": IN_WEST[1], **filled})
            assert "<script>alert" not in answer.content.decode()
            assert "<img src=x" not in answer.content.decode()
    sent = at_contact(resident).send(resident, go="send", text=SCRIPT, name=SCRIPT[:100], q_where=SCRIPT)
    for address in (sent["Location"], sent["Location"].split("?")[0]):
        assert "<script>alert" not in resident.get(address).content.decode()


# Photos


def picture(width: int = 64, height: int = 48, kind: str = "JPEG") -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(held, kind)
    return held.getvalue()


def upload(content: bytes, name: str = "hole.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


def a_bomb() -> bytes:
    """A PNG of a few kilobytes that says it is 30,000 × 30,000."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    size = (30_000).to_bytes(4, "big")
    head = chunk(b"IHDR", size + size + b"\x01\x00\x00\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\x00" * 3_000_000)) + chunk(b"IEND", b"")


def at_photo(client: Client) -> Form:
    page = form(client.get("/report")).send(client, lon=IN_WEST[0], lat=IN_WEST[1], text="Typed before")
    return form(form(page).send(client, category="tree"))


def test_photos_are_stored_shown_removed_and_sent(resident: Client) -> None:
    page = at_photo(resident).send(resident, go="add", file=[upload(picture()), upload(picture(kind="PNG"), "b.png")])
    assert page.status_code == 200
    assert step_of(page) == "photo"
    assert page.content.decode().count("<figure") == 2
    first = form(page).fields
    name = next(value for key, value in first if key == "photo")
    page = resident.post("/report", form(page).data(remove=name))
    assert page.content.decode().count("<figure") == 1
    page = form(page).send(resident)
    page = form(page).send(resident)
    assert step_of(page) == "contact"
    form(page).send(resident, go="send")
    assert [photo.name for photo in Appeal.objects.get().photos.all()] == [
        value for key, value in form(page).fields if key == "photo"
    ]


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"just words", "words.jpg"), (b"", "empty.jpg"), (a_bomb(), "bomb.png"), (picture()[:300], "half.jpg"),
     (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", SCRIPT + ".svg"), (b"\xff" * (10 * 1024 * 1024 + 1), "big.jpg")],
)  # fmt: skip
def test_a_file_that_is_no_photo_is_a_sentence_on_the_same_page_and_loses_nothing(
    resident: Client, content: bytes, name: str
) -> None:
    start = at_photo(resident)
    kept = start.send(resident, go="add", file=upload(picture()))
    answer = form(kept).send(resident, file=upload(content, name))
    assert answer.status_code == 422
    assert step_of(answer) == "photo"
    assert form(answer).value("text") == "Typed before"
    assert answer.content.decode().count("<figure") == 1
    assert "<script>alert" not in answer.content.decode()
    assert Photo.objects.count() == 1


def test_a_fourth_photo_is_left_out_with_a_sentence(resident: Client) -> None:
    answer = at_photo(resident).send(resident, file=[upload(picture()) for _number in range(4)])
    assert answer.status_code == 422
    assert "3 photos at most" in answer.content.decode()
    assert answer.content.decode().count("<figure") == 3


def test_photos_without_end_from_one_neighbourhood_are_refused_and_the_report_goes_without(
    resident: Client, settings: LazySettings
) -> None:
    settings.FLOOD_LIMIT = 1
    start = at_photo(resident)
    first = start.send(resident, go="add", file=[upload(picture()) for _number in range(3)])
    sent = form(form(first).send(resident)).send(resident)
    assert form(sent).send(resident, go="send").status_code == 303  # those of a report that was sent count too
    answer = start.send(resident, file=[upload(picture()), upload(picture())])
    assert (answer.status_code, step_of(answer)) == (422, "photo")
    assert answer.content.decode().count("Too many photos came from your network") == 2  # in the summary, and at the field
    assert form(answer).value("text") == "Typed before"
    assert step_of(form(answer).send(resident)) == "details"
    elsewhere = resident.post("/report", start.data(go="add", file=upload(picture())), REMOTE_ADDR="198.51.100.7")
    assert elsewhere.content.decode().count("<figure") == 1
    assert Photo.objects.count() == 4
    Photo.objects.update(created_at=timezone.now() - dt.timedelta(minutes=61))
    assert start.send(resident, go="add", file=upload(picture())).content.decode().count("<figure") == 1


def test_the_name_of_somebody_elses_photo_shows_and_takes_nothing(resident: Client) -> None:
    page = at_photo(resident).send(resident, go="add", file=upload(picture()))
    page = form(page).send(resident)
    page = form(page).send(resident)
    theirs = next(value for key, value in form(page).fields if key == "photo")
    form(page).send(resident, go="send")
    owner = Appeal.objects.get()
    answer = resident.post(
        "/report", {"step": "details", "go": "back", "lon": IN_WEST[0], "lat": IN_WEST[1], "category": "tree", "photo": theirs}
    )
    assert "<figure" not in answer.content.decode()
    resident.post("/report", good(photo=theirs))
    assert Photo.objects.get(name=theirs).appeal_id == owner.pk
