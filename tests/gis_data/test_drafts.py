"""A draft of boundaries: kept as it came, read by the chosen columns, checked, published from a day on or thrown away."""

from __future__ import annotations

import datetime as dt
from typing import Final

import pytest
import shapely
from django.contrib.gis.geos import Point, Polygon
from shapely import MultiPolygon

from gis_data import city_time, draft_checks
from gis_data.draft_checks import check_draft, difference_of, problems
from gis_data.drafts import DraftProblem, choose_columns, draft_areas, new_draft, publish_draft, read_draft, throw_away
from gis_data.models import Boundary, BoundaryDraft, BoundarySet, City, DraftArea
from gis_data.upload import Upload, UploadedArea
from gis_data.versions import Area, put_versions, shapes_on

pytestmark = pytest.mark.django_db
D2020: Final = dt.date(2020, 1, 1)


@pytest.fixture
def group() -> BoundarySet:
    """Two districts, side by side, in a small city."""
    City.objects.create(
        pack="t", names={"en": "T"}, languages=["en", "ru"], time_zone="UTC", currency="EUR",
        bounds=Polygon.from_bbox((10, 50, 10.1, 50.05)), centre=Point(10.05, 50.02, srid=4326),
    )  # fmt: skip
    found = BoundarySet.objects.create(code="districts", names={"en": "Districts"}, gap_m=100)
    names = {"west": {"en": "West", "ru": "Запад"}, "east": {"en": "East", "ru": "Восток"}}
    shapes = {"west": shape(0, 4), "east": shape(4, 9)}
    put_versions(found, {code: Area(code, names[code], shapes[code]) for code in names}, D2020)
    return found


def shape(west: float, east: float) -> MultiPolygon:
    return MultiPolygon([shapely.box(10 + west / 100, 50.0, 10 + east / 100, 50.05)])


def an_upload(*rows: tuple[dict[str, str], MultiPolygon]) -> Upload:
    areas = tuple(UploadedArea(number, dict(texts), area, "") for number, (texts, area) in enumerate(rows, 1))
    columns = tuple(dict.fromkeys(name for texts, _area in rows for name in texts))
    return Upload(areas, columns, 4326, ())


def a_draft(group: BoundarySet, *rows: tuple[str, str, float, float]) -> BoundaryDraft:
    return new_draft(group, "Draft", an_upload(*(({"code": c, "name": n}, shape(w, e)) for c, n, w, e in rows)))


def moved(group: BoundarySet) -> BoundaryDraft:
    """The border between the two moved by a hundredth of a degree."""
    return a_draft(group, ("west", "West", 0, 5), ("east", "East", 5, 9))


def test_a_file_is_kept_as_it_came_and_its_columns_are_guessed(group: BoundarySet) -> None:
    rows = [
        ({"fid": "1", "kind": "d", "district_code": "west", "name_ru": "Запад", "NAME": "West"}, shape(0, 4)),
        ({"fid": "2", "kind": "d", "district_code": "east", "name_ru": "Восток", "NAME": "East"}, shape(4, 9)),
    ]
    draft = new_draft(group, "Of the year", an_upload(*rows))
    assert (draft.code_column, draft.name_columns) == ("district_code", {"en": "NAME", "ru": "name_ru"})
    assert list(DraftArea.objects.order_by("row").values_list("row", "properties", "repaired")) == [
        (1, rows[0][0], ""),
        (2, rows[1][0], ""),
    ]
    areas = draft_areas(draft)
    assert areas["west"] == Area("west", {"en": "West", "ru": "Запад"}, shape(0, 4))


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"objectid": ("1", "2"), "Neighborhood_ID": ("15", "4")}, "Neighborhood_ID"),
        ({"length": ("3", "3"), "area": ("7", "8"), "код": ("а", "б")}, "код"),
        ({"code": ("x", ""), "gid": ("1", "2")}, "gid"),
        ({"code": ("x", "x"), "kind": ("d", "d")}, ""),
        ({"id": ("1", "2"), "old": ("east", "west")}, "old"),  # repeats the codes that the set has
        ({}, ""),
    ],
)
def test_the_code_column_tells_rows_apart(group: BoundarySet, columns: dict[str, tuple[str, str]], expected: str) -> None:
    rows = [({name: values[number] for name, values in columns.items()}, shape(number, number + 1)) for number in (0, 1)]
    assert new_draft(group, "x", an_upload(*rows)).code_column == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"name": "район Восточный", "name_lat": "rajon Vostochnyj"}, {"ru": "name", "en": "name_lat"}),
        ({"Name": "Roslindale"}, {"en": "Name"}),
        ({"name:en": "A", "name:ru": "Б", "name": "Б"}, {"en": "name:en", "ru": "name"}),
        ({"NAMEDIST": "A"}, {"en": "NAMEDIST"}),
        ({"area": "7"}, {}),
    ],
)
def test_the_name_columns_go_to_their_language(group: BoundarySet, columns: dict[str, str], expected: dict[str, str]) -> None:
    draft = new_draft(group, "x", an_upload((columns, shape(0, 1))))
    assert draft.name_columns == expected


def test_an_area_keeps_its_name_in_a_language_that_the_file_does_not_speak(group: BoundarySet) -> None:
    draft = new_draft(
        group, "x", an_upload(({"code": "west", "name": "Far West"}, shape(0, 4)), ({"code": "new", "name": "New"}, shape(4, 9)))
    )
    areas = draft_areas(draft)
    assert areas["west"].names == {"en": "Far West", "ru": "Запад"}
    assert areas["new"].names == {"en": "New"}


def test_every_row_without_a_code_or_name_of_its_own_is_named(group: BoundarySet) -> None:
    long, twice = "x" * 81, "east"
    codes = ["", "  ", long, "a/b", twice, twice, "fresh", "good"]
    rows = [({"code": code, "name": "" if code == "fresh" else "N"}, shape(n, n + 1)) for n, code in enumerate(codes)]
    draft = new_draft(group, "x", an_upload(*rows))
    assert draft.code_column == ""
    assert read_draft(draft).errors == ("Choose the column that holds the codes of the areas.",)
    choose_columns(draft, "code", {"en": "name"})
    draft.refresh_from_db()
    reading = read_draft(draft)
    assert reading.errors == (
        "There is no code in these rows: 1, 2.",
        "A code has at most 80 signs and no “/”. Look at these rows: 3, 4.",
        "A code stands for one area only. These stand there more than once: east.",
        "These areas have no name: fresh. Choose a column that holds the names.",
    )
    assert set(reading.areas) == {"east", "fresh", "good"}
    with pytest.raises(DraftProblem, match="no code in these rows") as caught:
        draft_areas(draft)
    assert len(caught.value.sentences) == 4


def test_a_hundred_bad_rows_are_one_sentence(group: BoundarySet) -> None:
    draft = new_draft(group, "x", an_upload(*(({"code": "", "name": "N"}, shape(n, n + 1)) for n in range(100))))
    choose_columns(draft, "code", {})
    draft.refresh_from_db()
    assert read_draft(draft).errors == (
        "There is no code in these rows: 1, 2, 3, 4, 5, 6, 7, 8 and 92 more.",
        "No area is left. Choose another column for the codes.",
    )


def test_a_column_that_is_not_in_the_file_is_refused(group: BoundarySet) -> None:
    draft = moved(group)
    for code, names in (("secret", {}), ("code", {"en": "secret"}), ("", {})):
        with pytest.raises(DraftProblem, match="one of the columns of the file"):
            choose_columns(draft, code, names)
    draft.refresh_from_db()
    assert draft.code_column == "code"


def test_what_is_doubtful_is_said_and_what_is_wrong_stops(group: BoundarySet) -> None:
    draft = a_draft(group, ("west", "West", 0, 4.2), ("mid", "Mid", 4, 6), ("far", "Far", 300, 301))
    checks = check_draft(draft, city_time.today(), {"east": ["crew East"], "mid": ["nobody in force"], "gone": ["a rule"]})
    assert not checks.stopped
    assert [problem.sentence for problem in checks.problems] == [
        "These areas lie outside the city: Far.",
        "There is 1 place that two areas claim.",
        "“east” disappears, but it is named by: crew East.",
    ]
    (overlap,) = checks.flaws
    assert (overlap.kind, overlap.codes) == ("overlap", ("mid", "west"))
    choose_columns(draft, "name", {})
    draft.refresh_from_db()
    assert check_draft(draft, city_time.today()).stopped
    assert problems(draft, city_time.today())[0].startswith("These areas have no name")


def test_a_gap_counts_where_the_set_is_meant_to_cover_the_city(group: BoundarySet) -> None:
    draft = a_draft(group, ("west", "West", 0, 4), ("east", "East", 4.05, 9))
    assert problems(draft, city_time.today()) == ["There is 1 gap between the areas."]
    BoundarySet.objects.update(gap_m=None)
    draft = BoundaryDraft.objects.get()
    assert problems(draft, city_time.today()) == []


def test_a_draft_with_very_many_points_is_not_compared_while_somebody_waits(
    group: BoundarySet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draft_checks, "MOST_COMPARED", 9)
    checks = check_draft(a_draft(group, ("west", "West", 0, 5), ("east", "East", 4, 9)), city_time.today())
    assert not checks.compared
    assert not checks.stopped
    assert [problem.sentence for problem in checks.problems] == [
        "There are so many points that gaps and overlaps are looked for at night, once it is published."
    ]


def test_the_difference_is_against_the_day_that_is_asked_for(group: BoundarySet) -> None:
    day = city_time.today()
    changes = {change.code: change for change in difference_of(moved(group), day)}
    assert changes["west"].gained_m2 == pytest.approx(changes["east"].lost_m2, rel=1e-6)
    assert 3.9e6 < changes["west"].gained_m2 < 4.1e6  # 716 m × 5,560 m
    publish_draft(moved(group), day + dt.timedelta(days=9), moves_open=False)
    later = difference_of(moved(group), day + dt.timedelta(days=9))
    assert {change.kind for change in later} == {"same"}


def test_a_draft_comes_into_force_on_its_day_and_the_days_before_stay(group: BoundarySet) -> None:
    today = city_time.today()
    day = today + dt.timedelta(days=3)
    draft = moved(group)
    written = publish_draft(draft, day, moves_open=True)
    assert set(written.changed) == {"west", "east"}
    assert shapes_on(group, day - dt.timedelta(days=1)) == {"west": shape(0, 4), "east": shape(4, 9)}
    assert shapes_on(group, day) == {"west": shape(0, 5), "east": shape(5, 9)}
    draft.refresh_from_db()
    assert (draft.state, draft.valid_from, draft.moves_open, draft.moved_at) == ("published", day, True, None)


def test_a_draft_that_moves_nothing_counts_as_moved(group: BoundarySet) -> None:
    draft = moved(group)
    publish_draft(draft, city_time.today(), moves_open=False)
    draft.refresh_from_db()
    assert draft.moved_at is not None


def test_a_published_draft_stays_as_it_is(group: BoundarySet) -> None:
    draft = moved(group)
    today = city_time.today()
    publish_draft(draft, today, moves_open=True)
    rows = list(Boundary.objects.order_by("pk").values())
    for again in (
        lambda: publish_draft(draft, today, moves_open=True),
        lambda: choose_columns(draft, "name", {}),
        lambda: throw_away(draft),
    ):
        with pytest.raises(DraftProblem, match="published already"):
            again()
    assert list(Boundary.objects.order_by("pk").values()) == rows


def test_the_past_and_a_broken_draft_are_refused_and_nothing_changes(group: BoundarySet) -> None:
    rows = list(Boundary.objects.order_by("pk").values())
    with pytest.raises(DraftProblem, match="today or a later day"):
        publish_draft(moved(group), city_time.today() - dt.timedelta(days=1), moves_open=True)
    broken = a_draft(group, ("west", "West", 0, 4), ("west", "West", 4, 9))
    choose_columns(broken, "code", {"en": "name"})
    with pytest.raises(DraftProblem, match="more than once"):
        publish_draft(broken, city_time.today(), moves_open=True)
    assert list(Boundary.objects.order_by("pk").values()) == rows
    assert set(BoundaryDraft.objects.values_list("state", flat=True)) == {"draft"}


def test_a_draft_thrown_away_takes_its_areas_along(group: BoundarySet) -> None:
    throw_away(moved(group))
    assert not BoundaryDraft.objects.exists()
    assert not DraftArea.objects.exists()
    assert Boundary.objects.count() == 2


def test_two_drafts_for_one_day_leave_the_second_in_force(group: BoundarySet) -> None:
    day = city_time.today() + dt.timedelta(days=1)
    publish_draft(a_draft(group, ("west", "West", 0, 3), ("mid", "Mid", 3, 9)), day, moves_open=True)
    publish_draft(moved(group), day, moves_open=True)
    assert shapes_on(group, day) == {"west": shape(0, 5), "east": shape(5, 9)}
