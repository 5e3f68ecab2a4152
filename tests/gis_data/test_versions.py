"""A look of a set is written from a day on; what was decided before and what is planned for later stay as they were."""

from __future__ import annotations

import datetime as dt
from typing import Final

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon

from gis_data.models import Boundary, BoundaryEdge, BoundarySet
from gis_data.versions import Area, Written, next_change, put_versions, shape_of

pytestmark = pytest.mark.django_db

D2020: Final = dt.date(2020, 1, 1)
D2024: Final = dt.date(2024, 1, 1)
D2025: Final = dt.date(2025, 1, 1)
D2026: Final = dt.date(2026, 1, 1)


@pytest.fixture
def group() -> BoundarySet:
    return BoundarySet.objects.create(code="districts", names={"en": "Districts"})


def strip(west: int, east: int) -> MultiPolygon:
    """A strip of hundredths of a degree."""
    return MultiPolygon([shapely.box(10 + west / 100, 50.0, 10 + east / 100, 50.05)])


def look(**strips: tuple[int, int]) -> dict[str, Area]:
    return {code: Area(code, {"en": code.title()}, strip(*edges)) for code, edges in strips.items()}


def seen(group: BoundarySet, day: dt.date) -> dict[str, tuple[int, int]]:
    """The look of the set on a day, as `look` takes it."""
    found = {}
    for one in Boundary.objects.on(day).filter(boundary_set=group):
        west, _south, east, _north = shape_of(one).bounds
        found[one.code] = (round((west - 10) * 100), round((east - 10) * 100))
    return found


def test_the_first_look_is_new_and_the_same_again_changes_nothing(group: BoundarySet) -> None:
    assert put_versions(group, look(a=(0, 3), b=(3, 9)), D2020) == Written(new=("a", "b"))
    rows = list(Boundary.objects.order_by("pk").values())
    assert put_versions(group, look(a=(0, 3), b=(3, 9)), D2020) == Written(unchanged=("a", "b"))
    assert put_versions(group, look(a=(0, 3), b=(3, 9)), D2025) == Written(unchanged=("a", "b"))
    assert list(Boundary.objects.order_by("pk").values()) == rows


def test_a_later_look_ends_changes_and_adds_and_the_past_stays(group: BoundarySet) -> None:
    put_versions(group, look(a=(0, 3), b=(3, 6), c=(6, 9)), D2020)
    written = put_versions(group, look(a=(0, 4), c=(6, 9), d=(4, 6)), D2025)
    assert written == Written(new=("d",), changed=("a",), ended=("b",), unchanged=("c",))
    assert seen(group, D2024) == {"a": (0, 3), "b": (3, 6), "c": (6, 9)}
    assert seen(group, D2025) == {"a": (0, 4), "c": (6, 9), "d": (4, 6)}


def test_what_is_planned_for_later_comes_exactly_as_planned(group: BoundarySet) -> None:
    put_versions(group, look(a=(0, 3), b=(3, 9)), D2020)
    put_versions(group, look(a=(0, 3), b=(3, 6), c=(6, 9)), D2026)
    assert next_change(group, D2024) == D2026
    put_versions(group, look(a=(0, 5), b=(5, 8), d=(8, 9)), D2025)
    assert seen(group, D2024) == {"a": (0, 3), "b": (3, 9)}
    assert seen(group, D2025) == {"a": (0, 5), "b": (5, 8), "d": (8, 9)}
    assert seen(group, D2026) == {"a": (0, 3), "b": (3, 6), "c": (6, 9)}
    assert next_change(group, D2026) is None


def test_an_area_that_is_missing_now_comes_back_on_the_day_it_is_planned_for(group: BoundarySet) -> None:
    put_versions(group, look(a=(0, 3), b=(3, 9)), D2020)
    put_versions(group, look(a=(0, 4), b=(3, 9)), D2026)
    assert put_versions(group, look(a=(0, 9)), D2025).ended == ("b",)
    assert seen(group, D2025) == {"a": (0, 9)}
    assert seen(group, D2026) == {"a": (0, 4), "b": (3, 9)}


def test_the_same_look_written_before_a_planned_one_changes_nothing(group: BoundarySet) -> None:
    put_versions(group, look(a=(0, 3), b=(3, 9)), D2020)
    put_versions(group, look(a=(0, 5), b=(5, 9)), D2026)
    rows = list(Boundary.objects.order_by("pk").values())
    assert put_versions(group, look(a=(0, 3), b=(3, 9)), D2020).unchanged == ("a", "b")
    assert list(Boundary.objects.order_by("pk").values()) == rows


def test_a_last_day_ends_the_look_and_moves_when_it_is_corrected(group: BoundarySet) -> None:
    put_versions(group, look(a=(0, 3), b=(3, 9)), D2020, D2025)
    assert seen(group, D2024) == {"a": (0, 3), "b": (3, 9)}
    assert seen(group, D2025) == {}
    put_versions(group, look(a=(0, 3), b=(3, 9)), D2020, D2026)
    assert seen(group, D2025) == {"a": (0, 3), "b": (3, 9)}
    assert Boundary.objects.count() == 2


def test_a_last_day_beyond_a_planned_look_yields_to_it(group: BoundarySet) -> None:
    put_versions(group, look(a=(0, 3)), D2025)
    put_versions(group, look(a=(0, 9)), D2020, D2026)
    assert (seen(group, D2024), seen(group, D2025), seen(group, D2026)) == ({"a": (0, 9)}, {"a": (0, 3)}, {"a": (0, 3)})


def test_a_correction_of_a_file_overwrites_its_day_and_keeps_what_it_forgot(group: BoundarySet) -> None:
    put_versions(group, look(a=(0, 3), b=(3, 9)), D2020)
    before = Boundary.objects.get(code="a").pk
    assert put_versions(group, look(a=(0, 4)), D2020) == Written(changed=("a",), kept=("b",))
    assert Boundary.objects.get(code="a").pk == before
    assert seen(group, D2024) == {"a": (0, 4), "b": (3, 9)}


def test_a_look_published_twice_for_one_day_withdraws_the_first_and_keeps_its_shapes(group: BoundarySet) -> None:
    put_versions(group, look(a=(0, 3), b=(3, 9)), D2020)
    put_versions(group, look(a=(0, 5), c=(5, 9)), D2025, correct=False)
    first = {one.code: one for one in Boundary.objects.on(D2025)}
    assert put_versions(group, look(a=(0, 4), b=(4, 9)), D2025, correct=False) == Written(
        new=("b",), changed=("a",), ended=("c",)
    )
    assert seen(group, D2024) == {"a": (0, 3), "b": (3, 9)}
    assert seen(group, D2025) == {"a": (0, 4), "b": (4, 9)}
    for code in ("a", "c"):
        withdrawn = Boundary.objects.get(pk=first[code].pk)
        assert withdrawn.valid.isempty
        assert shape_of(withdrawn).equals(shape_of(first[code]))


def test_another_set_with_the_same_codes_is_not_touched(group: BoundarySet) -> None:
    other = BoundarySet.objects.create(code="zones", names={"en": "Zones"})
    put_versions(other, look(a=(0, 9)), D2020)
    put_versions(group, look(a=(0, 3)), D2024)
    put_versions(group, look(b=(0, 3)), D2025)
    assert seen(other, D2026) == {"a": (0, 9)}


def test_a_name_alone_makes_a_version_and_its_border_is_cut_for_the_nearest_search(group: BoundarySet) -> None:
    put_versions(group, look(a=(0, 3)), D2020)
    put_versions(group, {"a": Area("a", {"en": "Alpha"}, strip(0, 3), "Self-intersection")}, D2025)
    newer = Boundary.objects.on(D2025).get()
    assert (newer.names, newer.repaired) == ({"en": "Alpha"}, "Self-intersection")
    assert BoundaryEdge.objects.filter(boundary=newer).exists()


STRIPS = st.tuples(st.integers(0, 8), st.integers(0, 8)).map(lambda pair: (min(pair), max(pair) + 1))
LOOKS = st.dictionaries(st.sampled_from("abcd"), STRIPS, max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 6), LOOKS), min_size=2, max_size=4))
def test_whatever_is_published_in_whatever_order_only_its_own_days_change(
    group: BoundarySet, steps: list[tuple[int, dict[str, tuple[int, int]]]]
) -> None:
    Boundary.objects.all().delete()
    days = [D2020 + dt.timedelta(days=number) for number in range(8)]
    looks: list[dict[str, tuple[int, int]]] = [{} for _day in days]
    for start, strips in steps:
        planned = next_change(group, days[start])
        stop = days.index(planned) if planned else len(days)
        assert all(looks[number] == looks[start] for number in range(start, stop))
        put_versions(group, look(**strips), days[start], correct=False)
        looks[start:stop] = [strips] * (stop - start)
        assert [seen(group, day) for day in days] == looks
