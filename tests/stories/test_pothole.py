"""The whole chain by public doors only: a pin, its service, its crew, and the resident who is told."""

import io
import re

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from notifications import outbox
from tests.factories import IN_WEST, TinyCity
from tests.stories.person import Person

RESIDENT = "resident.of.testville@example.org"


def a_photo(name: str) -> SimpleUploadedFile:
    held = io.BytesIO()
    Image.new("RGB", (320, 240), "teal").save(held, "JPEG")
    return SimpleUploadedFile(name, held.getvalue(), "image/jpeg")


def the_report_is_sent(resident: Person) -> str:
    """Walk the form to its end; return the reference."""
    lon, lat = IN_WEST
    resident.goes_to(f"/report?lat={lat}&lon={lon}")
    resident.sends("/report")
    assert "Pothole" in resident.reads()
    resident.sends("/report", category="pothole")
    assert "How deep?" in resident.reads()
    resident.sends("/report", **{"q-depth": "deep"})
    resident.sends("/report", file=a_photo("hole.jpg"))
    while "step=details" not in resident.reads() and 'value="details"' not in resident.reads():
        resident.sends("/report")
    resident.sends("/report", text="A hole as deep as a bucket.")
    resident.sends("/report", email=RESIDENT, name="A resident")
    page = resident.reads()
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", page)
    assert found, page[:2000]
    assert "Road service" in page
    return found[0]


@pytest.mark.django_db(transaction=True)
def test_a_pothole_goes_from_the_pin_to_the_crew_and_the_resident_is_told(a_city: TinyCity, settings: LazySettings) -> None:
    resident = Person()
    reference = the_report_is_sent(resident)
    tracking = resident.address.split("?")[0]

    passer_by = Person().goes_to("/")
    assert reference.replace("-", "") in passer_by.reads()
    passer_by.goes_to(f"/a/{reference}")
    assert RESIDENT not in passer_by.reads()
    assert "Road service" in passer_by.reads()

    clerk = Person().logs_in(a_city.clerk.email, "testville").goes_to("/desk")
    assert reference in clerk.reads()
    clerk.goes_to(f"/desk/{reference}")
    assert RESIDENT in clerk.reads()
    clerk.sends("/accept")
    assert "Crew roads-west" in clerk.reads()

    crew = Person().logs_in(a_city.crew_member.email, "testville").goes_to("/crew")
    assert reference in crew.reads()
    visit = re.search(r"/crew/\d+", crew.reads())
    assert visit
    crew.goes_to(visit[0])
    assert RESIDENT not in crew.reads()
    crew.sends("/start")
    crew.sends("/done", note="Filled and rolled.", photo=a_photo("after.jpg"))

    outbox.work_off()
    told = [letter for letter in mail.outbox if letter.to == [RESIDENT]]
    assert len(told) >= 2, [letter.subject for letter in mail.outbox]
    assert tracking in told[-1].body
    assert "Fixed" in f"{told[-1].subject} {told[-1].body}"

    resident.goes_to(tracking)
    assert "Fixed" in resident.reads()
    assert "Filled and rolled." in resident.reads()
    passer_by.goes_to(f"/a/{reference}")
    assert "Filled and rolled." in passer_by.reads()
    assert RESIDENT not in passer_by.reads()
