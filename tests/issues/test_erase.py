"""Taking a person out: everywhere, once, and the appeal stays."""

from __future__ import annotations

from io import BytesIO, StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from PIL import Image

from accounts.models import User
from issues import intake, photos, public_id
from issues.models import Appeal, IntakeKey, Photo, Reporter
from notifications import outbox
from notifications.models import DemoLetter
from tests.factories import TinyCity, a_submission

pytestmark = pytest.mark.django_db

ROBIN = {"name": "Robin Example", "email": "robin@testville.invalid", "phone": "+1 555 010 0123"}


def a_photo() -> Photo:
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG")
    return photos.store_unattached(photos.reencode(BytesIO(out.getvalue())))


def robins_report(**changes: Any) -> Appeal:
    said = "It is Robin Example, call 5550100123 or Robin@Testville.invalid. My aunt: aunt@testville.invalid"
    receipt = intake.submit(
        a_submission(**{**ROBIN, "text": said, "answers": {"depth": "deep", "where": "at Robin's"}, **changes})
    )
    return Appeal.objects.get(public_id=receipt.public_id)


def erase(who: str, *options: str) -> str:
    out = StringIO()
    call_command("erase_reporter", who, *options, stdout=out)
    return out.getvalue()


def everything() -> str:
    """All text of all tables."""
    return " ".join(
        str(row) for model in apps.get_models() if model._meta.managed for row in model._default_manager.values_list()
    ).casefold()


def test_by_email_the_person_is_gone_from_every_table(
    a_city: TinyCity, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.DEMO_MODE = True
    photo = a_photo()
    appeals = [robins_report(photos=(photo.name,)), robins_report()]
    User.objects.create_user(ROBIN["email"], "x", name=ROBIN["name"])
    outbox.work_off()
    assert DemoLetter.objects.filter(recipient=ROBIN["email"]).count() == 2

    with django_capture_on_commit_callbacks(execute=True):
        printed = erase("ROBIN@testville.invalid")

    left = everything()
    for part in ("robin", "example,", "aunt@", "5550100123", "555 010"):
        assert part not in left, left[max(0, left.find(part) - 200) : left.find(part) + 80]
    assert Reporter.objects.count() == IntakeKey.objects.count() == 0
    assert not photos.path(photo.name).exists()
    for appeal in appeals:
        appeal.refresh_from_db()
        assert appeal.text.startswith("It is […], call […]")
        assert appeal.point is not None
        assert [event.kind for event in appeal.events.order_by("id")] == ["opened", "erased"]
    for line in ("appeals: 2", "reporters: 2", "keys: 2", "photos: 1", "letters: 2", "accounts: 1"):
        assert line in printed


def test_twice_is_harmless(a_city: TinyCity) -> None:
    appeal = robins_report()
    reference = public_id.dashed(appeal.public_id)
    erase(reference)

    printed = erase(reference)

    assert all(line.endswith(": 0") for line in printed.splitlines())
    assert appeal.events.filter(kind="erased").count() == 1
    assert "appeals: 0" in erase(ROBIN["email"])


def test_by_reference_other_reports_of_the_person_stay(a_city: TinyCity) -> None:
    one, two = robins_report(), robins_report()

    erase(one.public_id)

    assert [person.appeal for person in Reporter.objects.all()] == [two]


def test_photos_can_be_kept_after_a_human_look(a_city: TinyCity) -> None:
    photo = a_photo()
    appeal = robins_report(photos=(photo.name,))

    erase(appeal.public_id, "--keep-photos")

    assert photos.path(photo.name).exists()
    assert appeal.photos.count() == 1


def test_letters_that_wait_are_not_sent_to_the_erased(a_city: TinyCity, mailoutbox: list[Any]) -> None:
    robins_report()
    erase(ROBIN["email"])

    outbox.work_off()

    assert [letter.to for letter in mailoutbox] == [["roads@testville.invalid"]]


def test_staff_keep_their_account(a_city: TinyCity) -> None:
    assert "accounts: 0" in erase(a_city.clerk.email)
    assert User.objects.filter(pk=a_city.clerk.pk).exists()


@pytest.mark.parametrize("who", ["AAAA-AAAA", "nonsense", "0000-0000"])
def test_an_unknown_reference_is_one_clear_line(a_city: TinyCity, who: str) -> None:
    with pytest.raises(CommandError, match="no report"):
        erase(who)
