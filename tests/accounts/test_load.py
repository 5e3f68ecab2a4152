"""District services, crews and demo people of a city pack."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings

from accounts.demo import DEMO_PASSWORD
from accounts.load import load
from accounts.models import Crew, Department, Membership, User
from gis_data.load_report import LoadReport
from gis_data.pack import read
from tests.factories import TinyCity

PACK = """
[city]
code = "testville"
names = { en = "Testville" }
languages = ["en"]
time_zone = "Europe/Helsinki"
currency = "EUR"
bounds = [10.0, 50.0, 10.1, 50.06]
centre = [10.045, 50.025]

[[boundary_set]]
code = "districts"
names = { en = "Districts" }
file = "none.geojson"
format = "geojson"
code_field = "code"
name_fields = { en = "name" }
valid_from = 2020-01-01

[[department]]
code = "roads"
names = { en = "Road service", ru = "Дорожная служба" }
email = "roads@testville.invalid"

[[department]]
code = "water"
names = { en = "Water service" }
phone = "112"

[[crew]]
code = "water-west"
department = "water"
names = { en = "Water crew" }
area = "districts/west"

[[person]]
email = "boss@demo.invalid"
name = "Demo boss"
role = "head"
department = "water"

[[person]]
email = "wet@demo.invalid"
name = "Demo crew"
role = "crew"
crew = "water-west"

[[person]]
email = "somebody@demo.invalid"
name = "Demo resident"
role = "resident"
"""

pytestmark = pytest.mark.usefixtures("a_city")


def load_pack(folder: Path, text: str = PACK) -> LoadReport:
    (folder / "pack.toml").write_text(text, encoding="utf-8")
    report = LoadReport()
    load(read(folder), None, report)
    return report


def counts(report: LoadReport) -> dict[str, tuple[int, int, int]]:
    """Tally name → read, loaded, unchanged."""
    return {tally.name: (tally.read, tally.loaded, tally.unchanged) for tally in report.files.values()}


def test_services_crews_and_people_are_made_once(tmp_path: Path, settings: LazySettings, a_city: TinyCity) -> None:
    settings.DEMO_MODE = True
    assert counts(load_pack(tmp_path)) == {"district services": (2, 1, 1), "crews": (1, 1, 0), "people": (3, 3, 0)}
    water = Department.objects.get(code="water")
    assert (water.names, water.phone, water.email) == ({"en": "Water service"}, "112", "")
    crew = Crew.objects.get(code="water-west")
    assert (crew.department, crew.area) == (water, a_city.boundaries["west"])
    boss = User.objects.get(email="boss@demo.invalid")
    assert boss.check_password(DEMO_PASSWORD)
    assert boss.demo
    assert Membership.objects.get(user=boss).department == water
    assert not Membership.objects.filter(user__email="somebody@demo.invalid").exists()

    before = list(User.objects.order_by("pk").values()), list(Membership.objects.order_by("pk").values())
    assert counts(load_pack(tmp_path)) == {"district services": (2, 0, 2), "crews": (1, 0, 1), "people": (3, 0, 3)}
    assert (list(User.objects.order_by("pk").values()), list(Membership.objects.order_by("pk").values())) == before


def test_elsewhere_than_in_a_demo_nobody_gets_a_known_password(tmp_path: Path, settings: LazySettings) -> None:
    settings.DEMO_MODE = False
    report = load_pack(tmp_path)
    assert report.file("people").skips == {"demo people exist in demo mode only": 3}
    assert not User.objects.filter(email__endswith="@demo.invalid").exists()
    assert Department.objects.filter(code="water").exists()


def test_what_the_pack_says_wins_and_is_counted(tmp_path: Path, settings: LazySettings) -> None:
    settings.DEMO_MODE = False
    load_pack(tmp_path)
    report = load_pack(
        tmp_path, PACK.replace('phone = "112"', 'phone = "113"').replace('area = "districts/west"', 'area = "districts/east"')
    )
    assert Department.objects.get(code="water").phone == "113"
    area = Crew.objects.get(code="water-west").area
    assert area is not None
    assert area.code == "east"
    assert report.file("crews").notes["changed to what the pack says"] == 1
    assert report.file("district services").loaded == 1


def test_a_crew_in_no_boundary_refuses_the_crews_alone(tmp_path: Path, settings: LazySettings) -> None:
    settings.DEMO_MODE = True
    report = load_pack(tmp_path, PACK.replace("districts/west", "districts/moon"))
    assert report.file("crews").refusal == (
        "pack.toml: the crew 'water-west' works in 'districts/moon', which is no boundary in force"
    )
    assert not Crew.objects.filter(code="water-west").exists()
    assert Department.objects.filter(code="water").exists()
    assert report.file("people").refusal.startswith("pack.toml: people:"), "one of them is in that crew"
    assert not User.objects.filter(email="boss@demo.invalid").exists()


def test_a_crew_member_without_a_crew_refuses_the_people(tmp_path: Path, settings: LazySettings) -> None:
    settings.DEMO_MODE = True
    report = load_pack(tmp_path, PACK.replace('crew = "water-west"\n', ""))
    assert report.file("people").refusal == "pack.toml: people: The role crew needs a crew."


def test_an_account_that_is_no_demo_account_is_not_taken_over(tmp_path: Path, settings: LazySettings) -> None:
    settings.DEMO_MODE = True
    real = User.objects.create_user("boss@demo.invalid", "of their own")
    report = load_pack(tmp_path)
    assert "is no demo account" in report.file("people").refusal
    real.refresh_from_db()
    assert real.check_password("of their own")
    assert not real.memberships.exists()
