"""The import of earlier records: what becomes of a row, in every layout."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gis_data.load_report import LoadReport
from issues import public_id
from issues.models import Appeal, Category, Event, Reporter, RoutingDecision, Task
from issues.routing.words import reason_in_words
from notifications.models import OutboxMessage
from tests.factories import TinyCity, an_appeal
from tests.issues.request_pack import FROM_REQUESTS, LAYOUTS, a_row, b_row, csv_a, csv_b, load_files

pytestmark = pytest.mark.usefixtures("a_city")


def load_a(folder: Path, *rows: str) -> LoadReport:
    """Load one file of layout "a"."""
    return load_files(folder, {"a.csv": ("a", csv_a(*rows))})


def the_appeal(ref: str = "A1") -> Appeal:
    return Appeal.objects.get(source="old", source_ref=ref)


def story(appeal: Appeal) -> list[tuple[str, str, str]]:
    """Kind, state and words of each event in order."""
    return list(appeal.events.order_by("at", "id").values_list("kind", "state", "words"))


def test_an_open_row_becomes_a_new_public_appeal_with_its_district(tmp_path: Path, a_city: TinyCity) -> None:
    report = load_a(tmp_path, a_row())
    appeal = the_appeal()
    assert (appeal.state, appeal.visibility, appeal.flags) == ("new", "public", [])
    assert appeal.point is not None
    assert appeal.point.coords == (10.01, 50.04)
    assert appeal.point.srid == 4326
    assert appeal.district == a_city.boundaries["west"]
    assert appeal.department == a_city.departments["roads"]
    assert appeal.address == "1 West St, Testville, TV"
    assert public_id.parse(appeal.public_id) == appeal.public_id
    assert (report.file("a.csv").read, report.file("a.csv").loaded) == (1, 1)


def test_times_are_local_times_of_the_city(tmp_path: Path) -> None:
    load_a(tmp_path, a_row(status="Closed", closed="06/04/2024 01:30:00 PM", closure="Case Closed Case Noted"))
    appeal = the_appeal()
    assert appeal.created_at == dt.datetime(2024, 6, 3, 7, 0, tzinfo=dt.UTC)
    assert appeal.due_at == dt.datetime(2024, 6, 6, 7, 0, tzinfo=dt.UTC)
    assert appeal.closed_at == dt.datetime(2024, 6, 4, 10, 30, tzinfo=dt.UTC)


def test_the_two_days_on_which_clocks_change_are_counted(tmp_path: Path) -> None:
    report = load_a(
        tmp_path,
        a_row("SKIPPED", opened="03/31/2024 03:30:00 AM"),
        a_row("TWICE", opened="10/27/2024 03:30:00 AM"),
        a_row("SAME-DAY", opened="10/27/2024 09:30:00 AM"),
    )
    assert the_appeal("SKIPPED").created_at == dt.datetime(2024, 3, 31, 1, 30, tzinfo=dt.UTC)
    assert the_appeal("TWICE").created_at == dt.datetime(2024, 10, 27, 0, 30, tzinfo=dt.UTC)
    assert the_appeal("SAME-DAY").created_at == dt.datetime(2024, 10, 27, 7, 30, tzinfo=dt.UTC)
    notes = report.file("a.csv").notes
    assert notes["a time in the hour that summer time skips: read as the hour after"] == 1
    assert notes["a time in the hour that comes twice: taken for its first coming"] == 1


def test_clocks_that_were_converted_twice_are_put_right(tmp_path: Path) -> None:
    """10:00 in Helsinki, taken for UTC and made local once more, stands at 13:00 in summer and 12:00 in winter."""
    rows = (b_row("SUMMER", opened="2024-06-03 13:00:00"), b_row("WINTER", opened="2024-01-03 12:00:00"))
    report = load_files(tmp_path, {"c.csv": ("c", csv_b(*rows))})
    assert the_appeal("SUMMER").created_at == dt.datetime(2024, 6, 3, 7, 0, tzinfo=dt.UTC)
    assert the_appeal("WINTER").created_at == dt.datetime(2024, 1, 3, 8, 0, tzinfo=dt.UTC)
    assert report.file("c.csv").repairs["times converted twice to local time: put right"] == 2


@pytest.mark.parametrize(
    ("closure", "state", "words", "flags"),
    [
        ("Case Closed Case Resolved  filled the hole ", "done", "filled the hole", []),
        ("Case Closed. Closed date : 2024-06-04 13:30:00.123 Case Resolved ok", "done", "ok", []),
        ("Case Closed Case Noted", "closed", "", []),
        ("Case Closed Case Invalid not here", "rejected", "not here", []),
        ("case closed", "closed", "case closed", []),
        ("Case Closed : ", "closed", "", []),
        ("", "closed", "", []),
        (
            "Case Closed Duplicate of Existing Case see 101001240734",
            "closed",
            "Duplicate of an existing case. see 101001240734",
            ["duplicate"],
        ),
        ("Case Closed Case Noted DUPLICATE OF EXISTING", "closed", "Case Noted DUPLICATE OF EXISTING", ["duplicate"]),
        ("Case Closed Something else", "closed", "Something else", []),
    ],
)
def test_status_and_closing_text_tell_the_state(tmp_path: Path, closure: str, state: str, words: str, flags: list[str]) -> None:
    load_a(tmp_path, a_row(status="Closed", closed="06/04/2024 01:30:00 PM", closure=closure))
    appeal = the_appeal()
    assert (appeal.state, appeal.flags) == (state, flags)
    assert story(appeal) == [("opened", "new", ""), (state, state, words)]


def test_personal_data_in_closing_texts_and_titles_never_reach_the_database(tmp_path: Path) -> None:
    report = load_a(
        tmp_path,
        a_row(
            status="Closed", closed="06/04/2024 01:30:00 PM", title="Call Mr. Smith (617) 635-4500",
            closure="Case Closed Case Resolved told jane.doe@mail.com, 6354500, six one seven six three five four",
        ),
    )  # fmt: skip
    appeal = the_appeal()
    assert appeal.text == "Call [name removed] [phone removed]"
    assert story(appeal)[1][2] == "told [e-mail removed], [number removed], [phone removed]"
    repairs = report.file("a.csv").repairs
    assert repairs["phone number taken out of a closing text"] == 1
    assert repairs["number of 7 or more digits taken out of a closing text"] == 1
    assert repairs["e-mail address taken out of a closing text"] == 1
    assert repairs["phone number taken out of a title or text"] == 1
    assert repairs["name taken out of a title or text"] == 1


def test_words_of_an_import_are_public_only_where_the_pack_says_so(tmp_path: Path) -> None:
    load_a(tmp_path, a_row(title="Deep hole"))
    assert (the_appeal().text, the_appeal().text_public) == ("Deep hole", False)
    rows = (b_row("B1"),)
    sections = FROM_REQUESTS + LAYOUTS.replace("double_blank_is_comma = true", "double_blank_is_comma = true\ntext_public = true")
    load_files(tmp_path, {"a.csv": ("a", csv_a(a_row("A2", title="Deep hole"))), "b.csv": ("b", csv_b(*rows))}, sections)
    assert the_appeal("A2").text_public
    assert not the_appeal("B1").text_public, "no words, nothing to show"


def test_a_title_that_only_repeats_the_type_is_no_text(tmp_path: Path) -> None:
    load_a(tmp_path, a_row(title="pot  hole"))
    assert the_appeal().text == ""


def test_the_mark_for_no_location_and_empty_coordinates_give_an_appeal_without_a_place(tmp_path: Path) -> None:
    report = load_a(tmp_path, a_row("MARK", lon="10.0200", lat="50.0200"), a_row("EMPTY", lon="", lat=""))
    for ref in ("MARK", "EMPTY"):
        appeal = the_appeal(ref)
        assert (appeal.point, appeal.district, appeal.flags) == (None, None, ["no_location"])
        assert appeal.department is not None, "it goes to the service of its category, not of a place"
    notes = report.file("a.csv").notes
    assert notes["the city's mark for “no location”: kept without a place"] == 1
    assert notes["no coordinates: kept without a place"] == 1


def test_exchanged_coordinates_are_put_right_and_far_ones_are_not_drawn(tmp_path: Path, a_city: TinyCity) -> None:
    report = load_a(
        tmp_path,
        a_row("SWAPPED", lat="10.0100", lon="50.0400"),
        a_row("FAR", lat="51.0", lon="11.5"),
        a_row("GAP", lat="50.0400", lon="10.0415"),
        a_row("NOWHERE", lat="50.0550", lon="10.0975"),
    )
    swapped, far, gap, nowhere = (the_appeal(ref) for ref in ("SWAPPED", "FAR", "GAP", "NOWHERE"))
    assert swapped.point is not None
    assert (swapped.point.coords, swapped.flags, swapped.district) == ((10.01, 50.04), ["swapped"], a_city.boundaries["west"])
    assert (far.point, far.flags) == (None, ["outside_city"])
    assert (gap.district, gap.flags) == (a_city.boundaries["west"], ["gap"])
    assert nowhere.point is not None
    assert (nowhere.district, nowhere.flags) == (None, [])
    tally = report.file("a.csv")
    assert tally.repairs["longitude and latitude were exchanged: put right"] == 1
    assert tally.notes["a place outside the city: kept without a place, flagged"] == 1
    assert tally.notes["between districts: the nearest close by is taken, flagged"] == 1
    assert tally.notes["in no district and near none: kept without a district"] == 1


def test_coordinates_may_stand_in_an_ewkb_column(tmp_path: Path) -> None:
    geometry = "0101000020E6100000" + "85EB51B81E052440" + "85EB51B81E054940"  # 10.01, 50.04
    load_files(tmp_path, {"b.csv": ("b", csv_b(b_row(lat="", lon="", geom=geometry)))})
    point = the_appeal().point
    assert point is not None
    assert point.coords == pytest.approx((10.01, 50.04))


def test_a_case_closed_before_it_was_opened_is_flagged_and_its_story_keeps_its_order(tmp_path: Path) -> None:
    report = load_a(tmp_path, a_row(status="Closed", closed="06/01/2024 10:00:00 AM", closure="Case Closed Case Resolved x"))
    appeal = the_appeal()
    assert appeal.flags == ["closed_before_opened"]
    assert appeal.closed_at is not None
    assert appeal.closed_at < appeal.created_at
    assert [event.kind for event in appeal.events.order_by("at", "id")] == ["opened", "done"]
    assert report.file("a.csv").notes["closed before it was opened: kept, flagged"] == 1


def test_statuses_and_times_that_disagree_are_counted(tmp_path: Path) -> None:
    report = load_a(tmp_path, a_row("OPEN", closed="06/04/2024 01:30:00 PM"), a_row("CLOSED", status="Closed"))
    assert (the_appeal("OPEN").state, the_appeal("OPEN").closed_at) == ("new", None)
    assert (the_appeal("CLOSED").state, the_appeal("CLOSED").closed_at) == ("closed", None)
    notes = report.file("a.csv").notes
    assert notes["open with a time of closing: that time is not used"] == 1
    assert notes["closed without a time of closing"] == 1


def test_categories_come_from_the_data(tmp_path: Path, a_city: TinyCity) -> None:
    rows = [
        a_row(f"P{number}", type="Pot hole", title="Pot hole", due=f"06/0{number + 3}/2024 10:00:00 AM", department=department)
        for number, department in ((1, "RDS"), (2, "RDS"), (3, "PRK"))
    ]
    report = load_a(tmp_path, *rows, a_row("N1", type="Noise", due="", group=""), a_row("H1", type="Heat - Much  Little"))
    hole = Category.objects.get(code="pot-hole")
    assert hole.names == {"en": "Pot hole", "ru": "Яма"}
    assert (hole.group, hole.group_names) == ("streets-lanes", {"en": "Streets & Lanes", "ru": "Улицы"})
    assert hole.department == a_city.departments["roads"]
    assert hole.due == dt.timedelta(days=2)
    noise = Category.objects.get(code="noise")
    assert (noise.due, noise.group, noise.group_names) == (None, "", {})
    assert Category.objects.get(code="heat-much-little").names == {"en": "Heat - Much, Little"}
    tally = report.file("categories from requests")
    assert (tally.read, tally.loaded, tally.unchanged) == (3, 2, 1), "'noise' was a category of Testville before"


def test_types_the_pack_keeps_to_staff_make_private_appeals(tmp_path: Path) -> None:
    Category.objects.filter(code="noise").delete()
    load_a(tmp_path, a_row(type="Noise"))
    assert not Category.objects.get(code="noise").public
    assert the_appeal().visibility == "private"


def test_a_type_without_latin_letters_has_a_code_of_its_own(tmp_path: Path) -> None:
    load_a(tmp_path, a_row("A1", type="Яма"), a_row("A2", type="Шум"))
    codes = {the_appeal(ref).category.code for ref in ("A1", "A2")}
    assert len(codes) == 2
    assert all(code.startswith("type-") for code in codes)


def test_an_unknown_department_leaves_the_appeal_to_the_service_of_its_category(tmp_path: Path, a_city: TinyCity) -> None:
    report = load_a(tmp_path, a_row("A1"), a_row("A2", department="No Q"), a_row("A3", department=""))
    assert {the_appeal(ref).department for ref in ("A2", "A3")} == {a_city.departments["roads"]}
    assert report.file("a.csv").notes["the department 'No Q' is not in the pack: the category's takes it"] == 1


def test_the_decision_says_that_it_was_imported_and_whose_it_was(tmp_path: Path, a_city: TinyCity) -> None:
    load_a(tmp_path, a_row(department="PARKS"))
    decision = RoutingDecision.objects.get(appeal=the_appeal())
    assert decision.department == a_city.departments["parks"]
    assert decision.reason == {
        "how": "imported", "source": "old", "department": {"code": "parks", "names": {"en": "Park service", "ru": "Служба парков"}},
    }  # fmt: skip
    assert "Park service" in reason_in_words(decision.reason, "en")


def test_an_import_tells_nobody_and_knows_no_reporter(tmp_path: Path) -> None:
    load_a(tmp_path, a_row("A1"), a_row("A2", status="Closed", closed="06/04/2024 01:30:00 PM", closure="Case Closed Case Noted"))
    load_a(
        tmp_path, a_row("A1", status="Closed", closed="06/05/2024 01:30:00 PM", closure="Case Closed Case Resolved"), a_row("A2")
    )
    assert Appeal.objects.count() == 2
    assert not OutboxMessage.objects.exists()
    assert not Reporter.objects.exists()
    assert not Event.objects.filter(actor__isnull=False).exists()


def test_appeals_of_residents_are_untouched(tmp_path: Path, a_city: TinyCity) -> None:
    mine = an_appeal(a_city, text="mine")
    load_a(tmp_path, a_row())
    mine.refresh_from_db()
    assert (mine.text, mine.source, mine.events.count()) == ("mine", "web", 1)
    assert Appeal.objects.count() == 2
    assert not Task.objects.exists()


def test_the_photo_of_another_server_is_not_taken_over(tmp_path: Path) -> None:
    report = load_a(tmp_path, a_row(photo="https://elsewhere.example/1.jpg"))
    assert report.file("a.csv").notes["a link to a photo elsewhere: not taken over"] == 1
    assert not the_appeal().photos.exists()


def test_channel_is_kept_with_the_first_event(tmp_path: Path) -> None:
    load_a(tmp_path, a_row(channel="App"))
    assert the_appeal().events.get().data == {"channel": "App"}
