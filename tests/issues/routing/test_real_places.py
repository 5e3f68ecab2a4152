"""Routing over real ground: Moscow and St Petersburg, Cambridge’s lights. Needs ``CITYMAP_DATA``."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import shapely
import shapely.geometry

from gis_data.coverage import find_flaws
from gis_data.metres import metres_per_degree
from gis_data.models import Asset, Boundary, Street
from gis_data.pack_types import Pack
from issues import intake
from issues.models import Appeal, AppealFacts, Category
from issues.routing import facts_sql
from issues.routing.choose import Decision
from issues.routing.facts_sql import Question
from issues.routing.words import reason_in_words
from tests.factories import a_submission
from tests.issues.routing import real_packs
from tests.issues.routing.deciding import areas_of, decide, folder_of


@pytest.fixture
def russia(real_data: Path) -> Path:
    return folder_of(real_data, "russia")


@pytest.fixture
def cambridge(real_data: Path, tmp_path: Path) -> Pack:
    return real_packs.load_text(real_packs.CAMBRIDGE, tmp_path, folder_of(real_data, "cambridge"))


# ---- Russian districts --------------------------------------------------------------------------------------------------

CITIES = {
    "Moscow": (real_packs.MOSCOW, 125, (37.618, 55.752), "Тверской район"),
    "St Petersburg": (real_packs.PETERSBURG, 107, (30.315, 59.939), "Дворцовый округ"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("city", CITIES)
def test_a_russian_pin_is_routed_by_its_district_and_says_so_in_russian(city: str, russia: Path, tmp_path: Path) -> None:
    text, count, pin, district = CITIES[city]
    real_packs.load_text(text, tmp_path, russia)
    assert Boundary.objects.count() == count

    decision = decide(*pin, "yard")

    assert decision.district is not None
    assert (decision.district.names["ru"], decision.department and decision.department.code) == (district, "district-service")
    words = reason_in_words(decision.reason, "ru")
    assert district in words
    assert "Служба района" in words


@pytest.mark.django_db
@pytest.mark.parametrize("city", CITIES)
def test_every_russian_district_is_found_at_a_place_of_its_own(city: str, russia: Path, tmp_path: Path) -> None:
    text, count, _pin, _district = CITIES[city]
    real_packs.load_text(text, tmp_path, russia)
    areas = areas_of("districts")

    found = {}
    for code, shape in areas.items():
        inside = shape.representative_point()
        facts = facts_sql.read(Question(inside.x, inside.y, "yard")).facts
        assert facts is not None
        found[code] = [(one.code, one.gap_m) for one in facts.boundaries]

    assert len(found) == count
    assert found == {code: [(code, None)] for code in areas}


@pytest.mark.django_db
def test_the_hole_in_st_petersburg_is_found_and_a_pin_in_it_waits_for_a_dispatcher(russia: Path, tmp_path: Path) -> None:
    real_packs.load_text(real_packs.PETERSBURG, tmp_path, russia)

    largest = find_flaws(areas_of("districts"))[0]
    inside = largest.geometry.representative_point()
    decision = decide(inside.x, inside.y, "yard")

    assert (largest.kind, largest.area_m2 > 10e6) == ("gap", True)
    assert (decision.department, decision.district, decision.confidence) == (None, None, "open")


@pytest.mark.django_db
def test_moscows_districts_cover_it_but_for_two_slivers(russia: Path, tmp_path: Path) -> None:
    real_packs.load_text(real_packs.MOSCOW, tmp_path, russia)

    flaws = find_flaws(areas_of("districts"))

    assert [flaw.kind for flaw in flaws] == ["sliver", "sliver"]
    assert sum(flaw.area_m2 for flaw in flaws) < 1_000


# ---- Cambridge: the light that is out -----------------------------------------------------------------------------------


def pins_near_lights(count: int) -> list[tuple[float, float]]:
    """Pins up to 30 m from a light, anywhere in the city; degrees."""
    draw = random.Random(11)
    lights = list(Asset.objects.order_by("source_id"))
    pins = []
    for light in draw.sample(lights, count):
        east, north = metres_per_degree(light.geometry.y)
        angle, metres = draw.uniform(0, 2 * np.pi), draw.uniform(0, 29.9)
        pins.append((light.geometry.x + metres * np.cos(angle) / east, light.geometry.y + metres * np.sin(angle) / north))
    return pins


@pytest.mark.django_db
def test_a_light_that_is_out_is_the_nearest_of_all(cambridge: Pack) -> None:
    lights = list(Asset.objects.filter(kind="street-light").order_by("source_id"))
    degrees = np.array([(one.geometry.x, one.geometry.y) for one in lights])

    for lon, lat in pins_near_lights(200):
        facts = facts_sql.read(Question(lon, lat, "street-light-out")).facts
        metres = shapely.distance(
            shapely.points(degrees * metres_per_degree(lat)), shapely.Point(np.array([lon, lat]) * metres_per_degree(lat))
        )
        assert facts is not None
        assert facts.asset is not None
        assert facts.asset.m == pytest.approx(metres.min(), abs=0.01)
        assert facts.asset.ref in {lights[number].source_id for number in np.flatnonzero(metres <= metres.min() + 1e-6)}


def beside_a_light_of(owner: str) -> tuple[Asset, Decision]:
    """The first light of an owner that has no other nearer to a pin 2 m north of it, and what is decided there."""
    for light in Asset.objects.filter(owner=owner).order_by("source_id"):
        _east, north = metres_per_degree(light.geometry.y)
        decision = decide(light.geometry.x, light.geometry.y + 2.0 / north, "street-light-out")
        if decision.facts.asset and decision.facts.asset.ref == light.source_id:
            return light, decision
    raise AssertionError(f"no light of {owner!r}")


@pytest.mark.django_db
@pytest.mark.parametrize(("owner", "service"), [("City", "electrical"), ("Private", "inspection"), ("", "city-hall")])
def test_the_owner_of_the_light_decides_and_the_reason_names_it_with_its_distance(
    cambridge: Pack, owner: str, service: str
) -> None:
    light, decision = beside_a_light_of(owner)

    assert decision.department is not None
    assert decision.department.code == service
    assert decision.reason["shapes"]["asset"] == light.source_id
    if owner:
        assert f"“Street light”, 2 m away, belongs to {owner}" in reason_in_words(decision.reason, "en")
        assert "«Фонарь»" in reason_in_words(decision.reason, "ru")
    else:
        assert decision.reason["how"] == "category", "no rule speaks of a light whose owner the city does not know"


@pytest.mark.django_db
def test_a_report_taken_in_keeps_the_light_it_is_about(cambridge: Pack) -> None:
    light = Asset.objects.filter(owner="City").order_by("source_id")[100]
    receipt = intake.submit(
        a_submission(category="street-light-out", lon=light.geometry.x, lat=light.geometry.y, answers={}, address="")
    )

    appeal = Appeal.objects.get(public_id=receipt.public_id)

    assert receipt.department == {"en": "Electrical department", "ru": "Электрики"}
    assert AppealFacts.objects.get(appeal=appeal).asset_ref == light.source_id
    assert appeal.district is not None
    assert appeal.district.boundary_set.code == "wards"


@pytest.mark.django_db
def test_far_from_any_light_there_is_none_and_the_category_decides(cambridge: Pack) -> None:
    assert (Asset.objects.count(), Street.objects.count() > 2_000, Category.objects.count()) == (6_117, True, 1)

    decision = decide(-71.1480, 42.3870, "street-light-out")  # on Fresh Pond

    assert decision.facts.asset is None
    assert (decision.department and decision.department.code, decision.reason["how"]) == ("city-hall", "category")
