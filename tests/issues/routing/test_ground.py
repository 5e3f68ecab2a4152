"""What the ground says at a pin: by one statement, right to the metre, and the same for one pin as for many."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.gis.geos import LineString, MultiLineString, Point
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gis_data import city_time
from gis_data.models import Asset, Boundary, BoundaryEdge, Street
from issues.models import AppealFacts, Category, FactKey, RoutingRule, RuleSet
from issues.routing import derive, facts_sql
from issues.routing.choose import choose
from issues.routing.fact_key import from_json, key_of
from issues.routing.facts import Facts
from issues.routing.facts_sql import Question
from tests import factories
from tests.factories import TinyCity, an_appeal, box, names
from tests.issues.works_here import a_contract, a_firm, a_repair


def at(lon: float, lat: float, category: str = "pothole", **said: Any) -> Facts:
    found = facts_sql.read(Question(lon, lat, category, **said)).facts
    assert found is not None
    return found


def a_street(ref: str, lat: float, road_class: str = "primary", owner: str = "region") -> Street:
    line = MultiLineString(LineString((10.0, lat), (10.09, lat)), srid=4326)
    return Street.objects.create(source_id=ref, names=names(ref, ref), road_class=road_class, owner=owner, geometry=line)


def test_everything_comes_by_one_statement(a_city: TinyCity) -> None:
    a_street("way/1", 50.0401)
    with CaptureQueriesContext(connection) as queries:
        at(*factories.IN_WEST)
    assert len(queries) == 1


def test_the_boundary_of_every_set_is_known_with_its_version(a_city: TinyCity) -> None:
    found = at(*factories.IN_RING_WEST).boundaries

    assert [(one.set_code, one.code, one.version, one.gap_m) for one in found] == [
        ("districts", "west", "2020-01-01", None),
        ("zones", "ring", "2020-01-01", None),
    ]


@pytest.mark.parametrize("east", [10.0395, 10.039, 10.0365])
def test_the_distance_to_a_border_is_that_on_the_spheroid(a_city: TinyCity, east: float) -> None:
    Boundary.objects.filter(code="west").update(geometry=box(10.0, 50.0, 10.04, 50.05))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_Distance(ST_Boundary(geometry)::geography, ST_SetSRID(ST_MakePoint(%s, 50.03), 4326)::geography) FROM gis_data_boundary WHERE code = 'west'",
            [east],
        )
        (metres,) = cursor.fetchone()

    (west, *_ring) = at(east, 50.03).boundaries

    assert west.border_m == pytest.approx(metres, rel=0.001)


def test_who_is_across_the_border_is_named_with_the_distance_to_them(a_city: TinyCity) -> None:
    (west,) = at(10.0395, 50.04).boundaries

    assert (west.code, west.next_code) == ("west", "east")
    assert west.border_m == pytest.approx(35.8, abs=0.3)
    assert west.next_m == pytest.approx(393.8, abs=1)  # 0.0055° of longitude at 50.04°


def test_a_border_further_than_500_m_is_not_looked_for(a_city: TinyCity) -> None:
    (west,) = at(10.02, 50.04).boundaries

    assert (west.border_m, west.next_code, west.next_m) == (None, "", None)


def test_edges_follow_the_shape_and_go_with_it(a_city: TinyCity) -> None:
    west = a_city.boundaries["west"]
    before = BoundaryEdge.objects.filter(boundary=west).count()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE gis_data_boundary SET geometry = ST_Multi(ST_Segmentize(geometry, 0.0005)) WHERE id = %s", [west.pk]
        )
        assert BoundaryEdge.objects.filter(boundary=west).count() > before
        cursor.execute("SELECT max(ST_NPoints(line)) FROM gis_data_boundaryedge")
        assert cursor.fetchone()[0] <= 16
        cursor.execute("UPDATE accounts_crew SET area_id = NULL; UPDATE accounts_membership SET area_id = NULL")
        cursor.execute("DELETE FROM gis_data_boundary WHERE id = %s", [west.pk])
    assert not BoundaryEdge.objects.filter(boundary_id=west.pk).exists()


def test_a_pin_in_a_gap_belongs_to_the_nearest_and_is_marked(a_city: TinyCity) -> None:
    (west,) = at(*factories.IN_GAP).boundaries

    assert west.code == "west"
    assert west.gap_m == pytest.approx(107.4, abs=0.3)
    assert west.next_code == "east"


def test_a_set_that_need_not_cover_the_city_has_no_gaps(a_city: TinyCity) -> None:
    assert [one.set_code for one in at(10.0605, 50.02).boundaries] == ["districts"]


@pytest.mark.parametrize("gap_m", [100, None])
def test_beyond_the_limit_of_its_set_a_pin_is_in_no_area(a_city: TinyCity, gap_m: int | None) -> None:
    a_city.sets["districts"].gap_m = gap_m
    a_city.sets["districts"].save()

    found = facts_sql.read(Question(*factories.IN_GAP, "pothole"))

    assert found.facts is not None
    assert found.facts.boundaries == ()
    assert choose(found.facts, found.rules).reason["lost"]


def test_on_a_common_border_the_area_whose_code_comes_first_is_taken(a_city: TinyCity) -> None:
    Boundary.objects.filter(code="east").update(geometry=box(10.04, 50.0, 10.09, 50.05))

    assert [one.code for one in at(10.04, 50.045).boundaries] == ["east"]


def test_the_version_of_the_day_counts(a_city: TinyCity) -> None:
    today = city_time.today()
    Boundary.objects.filter(code="west").update(valid=(factories.FROM, today))
    Boundary.objects.create(
        boundary_set=a_city.sets["districts"],
        code="west",
        names=names("New West", "Новый Запад"),
        geometry=box(10.0, 50.0, 10.02, 50.05),
        valid=(today, None),
    )

    found = at(*factories.IN_WEST).boundaries

    assert [(one.code, one.version) for one in found] == [("west", today.isoformat())]
    assert at(10.03, 50.045).boundaries == ()


def test_the_nearest_street_comes_with_class_owner_and_distance(a_city: TinyCity) -> None:
    a_street("way/2", 50.0405, "residential", "city")
    a_street("way/1", 50.0402)

    street = at(*factories.IN_WEST).street

    assert street is not None
    assert (street.ref, street.road_class, street.owner) == ("way/1", "primary", "region")
    assert street.m == pytest.approx(22.2, abs=0.1)


def test_a_street_too_far_away_does_not_name_the_place(a_city: TinyCity) -> None:
    a_street("way/1", 50.0415)

    assert at(*factories.IN_WEST).street is None


def test_of_two_equally_near_streets_the_first_number_is_taken(a_city: TinyCity) -> None:
    a_street("way/9", 50.0402)
    a_street("way/1", 50.0402, "secondary")

    street = at(*factories.IN_WEST).street
    assert street is not None
    assert street.ref == "way/1"


def test_the_nearest_object_of_the_categorys_kind_is_found(a_city: TinyCity) -> None:
    a_city.categories["lamp"].asset_kind = "lamp"
    a_city.categories["lamp"].save()
    for ref, kind, lon in (("lamp:far", "lamp", 10.0104), ("lamp:near", "lamp", 10.01005), ("tree:nearer", "tree", 10.01001)):
        Asset.objects.create(
            source_id=ref, kind=kind, names=names(kind, kind), owner="grid", geometry=Point(lon, 50.04, srid=4326)
        )

    lamp = at(*factories.IN_WEST, category="lamp").asset

    assert lamp is not None
    assert (lamp.ref, lamp.owner) == ("lamp:near", "grid")
    assert lamp.m == pytest.approx(3.6, abs=0.1)
    assert at(*factories.IN_WEST, category="pothole").asset is None


@pytest.mark.parametrize(("lon", "lat"), [(0.0, 90.0), (0.0, -90.0), (180.0, 0.0), (50.04, 150.0), (-180.0, -90.0)])
def test_the_ends_of_the_earth_are_no_error(a_city: TinyCity, lon: float, lat: float) -> None:
    found = facts_sql.read(Question(lon, lat, "pothole"))

    assert not found.inside
    assert found.facts is not None
    assert found.facts.boundaries == ()


def test_rules_for_other_places_and_kinds_are_not_even_read(a_city: TinyCity) -> None:
    read = {rule.code for rule in facts_sql.read(Question(*factories.IN_WEST, "lamp")).rules.ordered}

    assert read == {"all-lamps"}


def test_a_rule_that_names_a_closed_service_is_read_as_broken_not_left_out(a_city: TinyCity) -> None:
    a_city.departments["roads"].active = False
    a_city.departments["roads"].save()

    place = facts_sql.read(Question(*factories.IN_WEST, "lamp"))
    assert place.facts is not None
    decision = choose(place.facts, place.rules)

    assert decision.confidence == "broken"
    assert decision.department is not None
    assert decision.department.code == "town-hall"
    assert decision.reason["broken"] == {"rule": "all-lamps", "why": "closed"}


def test_a_rule_that_cannot_be_read_sends_to_the_fallback(a_city: TinyCity) -> None:
    draft = RuleSet.objects.create()
    RoutingRule.objects.create(
        rule_set=draft, code="odd", answers={"depth": "deep"}, department=a_city.departments["parks"], valid=(None, None)
    )
    RuleSet.objects.filter(pk=a_city.rule_set.pk).update(valid="empty")
    RuleSet.objects.filter(pk=draft.pk).update(state="published", valid=(None, None))

    place = facts_sql.read(Question(*factories.IN_WEST, "pothole", {"depth": "deep"}))
    assert place.facts is not None
    rule = place.rules.ordered[0]

    assert (rule.code, rule.broken) == ("odd", "unreadable")


def test_many_at_once_have_the_same_facts_as_each_alone(a_city: TinyCity) -> None:
    a_street("way/1", 50.0401)
    a_street("way/2", 50.0205, "residential", "city")
    places = [
        factories.IN_WEST,
        factories.IN_EAST,
        factories.IN_RING_WEST,
        factories.IN_GAP,
        factories.NOWHERE,
        None,
        (10.04, 50.02),
        (10.01, 50.0395),
    ]
    Category.objects.filter(code="pothole").update(repair_kinds=["pothole"])
    a_repair(factories.IN_WEST, contract=a_contract("12/34", a_firm("Roads Office")))
    a_repair(factories.IN_EAST)
    appeals = [an_appeal(a_city, category, place) for place in places for category in ("pothole", "lamp")]

    assert derive.derive_missing() == len(appeals)

    for row in AppealFacts.objects.select_related("appeal__category", "key"):
        point = row.appeal.point
        alone = facts_sql.read(Question(point.x if point else None, point.y if point else None, row.appeal.category.code)).facts
        assert alone is not None
        key = key_of(alone.category.code, alone.boundaries, alone.street, alone.asset, alone.warranty, has_place=alone.has_place)
        assert from_json(row.key.key) == key
        assert row.key_id == key.id
        assert row.street_ref == (alone.street.ref if alone.street else "")
    under_warranty = AppealFacts.objects.filter(key__key__has_key="warranty").values_list("key__key__warranty", flat=True)
    assert sorted(under_warranty) == [["pothole", ""], ["pothole", "roads office"]]
    assert derive.missing() == []


def test_facts_read_again_follow_the_ground_and_known_keys_are_used_again(a_city: TinyCity) -> None:
    appeal = an_appeal(a_city)
    derive.derive_missing()
    before = FactKey.objects.count()
    Boundary.objects.filter(code="east").update(geometry=box(10.005, 50.0, 10.09, 50.05))
    Boundary.objects.filter(code="west").update(geometry=box(10.0, 50.0, 10.005, 50.05))

    derive.derive([appeal.pk])
    derive.derive([appeal.pk])

    assert AppealFacts.objects.get(appeal=appeal).key.key["at"] == {"districts": "east"}
    assert FactKey.objects.count() == before + 1
