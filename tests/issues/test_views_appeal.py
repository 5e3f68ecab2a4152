"""The public page of an appeal and the reporter's secret page."""

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from issues import intake, triage
from issues.models import Appeal, Photo
from issues.public_id import dashed
from tests.factories import TinyCity, a_submission, an_appeal

pytestmark = pytest.mark.django_db


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_public_page_tells_state_category_place_service_reason_and_due_time(client: Client, a_city: TinyCity) -> None:
    receipt = intake.submit(a_submission())
    text = text_of(client.get(f"/a/{receipt.public_id}"))
    for part in (
        "Pothole",
        "New",
        "1 West Street",
        "West",
        "Road service",
        "is the work of Road service",
        "Due",
        dashed(receipt.public_id),
    ):
        assert part in text
    assert "tag late" not in text


def test_the_public_page_knows_nothing_personal_and_no_words_before_a_clerk_looked(client: Client, a_city: TinyCity) -> None:
    receipt = intake.submit(
        a_submission(text="My secret hole", name="Maria Canary", email="canary@testville.invalid", phone="+1 555 0100")
    )
    text = text_of(client.get(f"/a/{receipt.public_id}"))
    for part in ("secret hole", "Canary", "canary@", "555 0100"):
        assert part not in text


def test_words_and_photos_are_on_the_public_page_once_they_are_public(client: Client, a_city: TinyCity) -> None:
    appeal = an_appeal(a_city, text="A hole by the gate", text_public=True)
    Photo.objects.create(name="a" * 32, appeal=appeal, width=4, height=3, size=1, public=True)
    Photo.objects.create(name="b" * 32, appeal=appeal, width=4, height=3, size=1, public=False)
    text = text_of(client.get(f"/a/{appeal.public_id}"))
    assert "A hole by the gate" in text
    assert f"/photos/{'a' * 32}" in text
    assert "b" * 32 not in text
    assert f'property="og:image" content="http://testserver/photos/{"a" * 32}"' in text


def test_the_timeline_tells_what_the_service_did_and_said_but_no_note(client: Client, a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    triage.accept(appeal, a_city.clerk)
    triage.reply(appeal, a_city.clerk, "We come on Monday.")
    text = text_of(client.get(f"/a/{appeal.public_id}"))
    assert "Accepted by the service" in text
    assert "We come on Monday." in text
    assert "In progress" in text
    assert a_city.clerk.email not in text


def test_a_late_report_is_marked_late_and_a_closed_one_is_not(client: Client, a_city: TinyCity) -> None:
    yesterday = timezone.now() - dt.timedelta(days=1)
    late = an_appeal(a_city, due_at=yesterday)
    closed = an_appeal(a_city, due_at=yesterday, state="done", closed_at=timezone.now())
    assert "tag late" in text_of(client.get(f"/a/{late.public_id}"))
    assert "tag late" not in text_of(client.get(f"/a/{closed.public_id}"))


def test_joined_reports_name_each_other_but_only_public_ones(client: Client, a_city: TinyCity) -> None:
    main = an_appeal(a_city)
    other, hidden = an_appeal(a_city, parent=main), an_appeal(a_city, parent=main, visibility="hidden")
    text = text_of(client.get(f"/a/{main.public_id}"))
    assert f"/a/{other.public_id}" in text
    assert hidden.public_id not in text
    assert f"/a/{main.public_id}" in text_of(client.get(f"/a/{other.public_id}"))
    Appeal.objects.filter(pk=main.pk).update(visibility="held")
    assert main.public_id not in text_of(client.get(f"/a/{other.public_id}"))


def test_a_reference_is_forgiven_its_writing_and_sent_to_its_one_address(client: Client, a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    for typed in (dashed(appeal.public_id), appeal.public_id.lower(), f"{appeal.public_id[:4]} {appeal.public_id[4:]}"):
        answer = client.get(f"/a/{typed}")
        assert (answer.status_code, answer["Location"]) == (301, f"/a/{appeal.public_id}")


def test_wrong_private_held_and_hidden_are_the_same_not_found(client: Client, a_city: TinyCity) -> None:
    there = [an_appeal(a_city, visibility=kind) for kind in ("private", "held", "hidden")]
    references = [*(appeal.public_id for appeal in there), "00000000", "ZZZZZZZZ", "%00", "x" * 500, "<script>"]
    answers = [client.get(f"/a/{reference}") for reference in references]
    assert {answer.status_code for answer in answers} == {404}
    bare = [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text_of(answer)) for answer in answers[:3]]
    assert len({page.replace(reference, "") for page, reference in zip(bare, references, strict=False)}) == 1


def test_the_public_page_costs_at_most_five_queries_with_the_map_of_what_decided(client: Client, a_city: TinyCity) -> None:
    appeal = Appeal.objects.get(public_id=intake.submit(a_submission()).public_id)
    for _number in range(3):
        an_appeal(a_city, parent=appeal)
    triage.accept(appeal, a_city.clerk)
    client.get(f"/a/{appeal.public_id}")
    with CaptureQueriesContext(connection) as asked:
        text = text_of(client.get(f"/a/{appeal.public_id}"))
    assert "sketch-area" in text
    assert len(asked) <= 5


def test_both_pages_draw_what_decided_and_the_confirmation_does_not(client: Client, a_city: TinyCity) -> None:
    receipt = intake.submit(a_submission())
    for address in (f"/a/{receipt.public_id}", f"/t/{receipt.token}"):
        text = text_of(client.get(address))
        assert 'class="sketch-area"' in text
        assert 'class="sketch-pin"' in text
    assert "sketch" not in text_of(client.get(f"/t/{receipt.token}?sent=1"))


def test_a_report_sent_by_staff_or_without_a_place_has_no_map_of_what_decided(client: Client, a_city: TinyCity) -> None:
    by_hand = Appeal.objects.get(public_id=intake.submit(a_submission()).public_id)
    triage.reroute(by_hand, a_city.clerk, a_city.departments["parks"], "A park.")
    for appeal in (by_hand, an_appeal(a_city, at=None)):
        assert "sketch" not in text_of(client.get(f"/a/{appeal.public_id}"))


def test_the_page_leads_to_who_is_responsible_elsewhere(client: Client, a_city: TinyCity) -> None:
    assert 'href="/who">Who is responsible for another place?' in text_of(client.get(f"/a/{an_appeal(a_city).public_id}"))


def test_neither_page_reads_the_whole_shape_of_a_district(client: Client, a_city: TinyCity) -> None:
    receipt = intake.submit(a_submission())
    for address in (f"/a/{receipt.public_id}", f"/t/{receipt.token}", f"/t/{receipt.token}?sent=1"):
        with CaptureQueriesContext(connection) as asked:
            assert "Road service" in text_of(client.get(address))
        ground = [one["sql"] for one in asked if "gis_data_boundary" in one["sql"]]
        assert ground
        assert not [sql for sql in ground if '"gis_data_boundary"."geometry' in sql]


def test_an_appeal_without_a_place_has_a_page_without_a_map(client: Client, a_city: TinyCity) -> None:
    text = text_of(client.get(f"/a/{an_appeal(a_city, at=None).public_id}"))
    assert "no place given" in text
    assert "map-frame" not in text


def test_the_next_report_starts_at_the_same_place(client: Client, a_city: TinyCity) -> None:
    assert "/report?lat=50.040000&amp;lon=10.010000" in text_of(client.get(f"/a/{an_appeal(a_city).public_id}"))


# The secret page


def test_the_reporter_sees_their_own_words_answers_and_masked_contact(client: Client, a_city: TinyCity) -> None:
    receipt = intake.submit(
        a_submission(text="My own words", name="Maria", email="maria@testville.invalid", phone="+358 40 1234567")
    )
    text = text_of(client.get(f"/t/{receipt.token}"))
    assert "My own words" in text
    assert "Deep" in text
    assert "m…@testville.invalid" in text
    assert "maria@" not in text
    assert "123456" not in text


def test_the_secret_page_is_not_stored_indexed_or_told_to_others(client: Client, a_city: TinyCity) -> None:
    receipt = intake.submit(a_submission())
    for address in (f"/t/{receipt.token}", f"/t/{receipt.token}?sent=1"):
        answer = client.get(address)
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        assert "no-store" in answer["Cache-Control"]
        assert receipt.token not in answer.headers.get("Set-Cookie", "")


def test_wrong_tokens_are_not_found_and_cost_at_most_one_query(client: Client, a_city: TinyCity) -> None:
    intake.submit(a_submission())
    for token in ("A" * 22, "not-a-token", "%00", "x" * 3000, "é" * 22):
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(f"/t/{token}")
        assert answer.status_code == 404
        assert len([one for one in asked if "issues_" in one["sql"]]) <= 1


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nothing_can_be_done_to_either_page(client: Client, a_city: TinyCity, method: str) -> None:
    receipt = intake.submit(a_submission())
    assert getattr(client, method)(f"/a/{receipt.public_id}").status_code == 405
    assert getattr(client, method)(f"/t/{receipt.token}").status_code == 405


def test_a_held_or_private_report_has_a_secret_page_and_no_link_to_a_public_one(client: Client, a_city: TinyCity) -> None:
    private = intake.submit(a_submission(category="noise", answers={}))
    text = text_of(client.get(f"/t/{private.token}"))
    assert "Only the service sees" in text
    assert f'href="/a/{private.public_id}"' not in text
    held = intake.submit(a_submission())
    Appeal.objects.filter(public_id=held.public_id).update(visibility="held")
    assert "waits for a look" in text_of(client.get(f"/t/{held.token}"))


def test_the_confirmation_without_an_address_says_that_the_link_is_the_only_way_back(client: Client, a_city: TinyCity) -> None:
    receipt = intake.submit(a_submission(email=""))
    text = text_of(client.get(f"/t/{receipt.token}?sent=1"))
    assert "only way back" in text
    assert f"http://testserver/t/{receipt.token}" in text
    assert "Road service" in text


def test_both_pages_speak_russian(client: Client, a_city: TinyCity) -> None:
    receipt = intake.submit(a_submission())
    for address in (f"/a/{receipt.public_id}", f"/t/{receipt.token}"):
        assert "Дорожная служба" in text_of(client.get(address, headers={"accept-language": "ru"}))
