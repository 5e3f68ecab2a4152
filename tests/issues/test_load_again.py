"""The same case twice: in two files, in a later load, after people have worked on it; and files that are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from gis_data.load_report import LoadReport
from gis_data.pack import read
from issues import public_id, triage
from issues.load import load
from issues.models import Appeal, Category, Event, RoutingDecision
from tests.factories import TinyCity
from tests.issues.request_pack import A_HEAD, FROM_REQUESTS, LAYOUTS, a_row, b_row, csv_a, csv_b, load_files

pytestmark = pytest.mark.usefixtures("a_city")
CLOSED = {"status": "Closed", "closed": "06/04/2024 01:30:00 PM", "closure": "Case Closed Case Resolved filled"}


def everything() -> dict[str, list[Any]]:
    """All rows an import writes."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in (Appeal, Event, RoutingDecision, Category)}


def the_appeal(ref: str = "A1") -> Appeal:
    return Appeal.objects.get(source="old", source_ref=ref)


def two_files(folder: Path, first: str, second: str) -> LoadReport:
    return load_files(folder, {"a.csv": ("a", csv_a(first)), "b.csv.gz": ("b", csv_b(second))})


def test_loading_twice_changes_nothing(tmp_path: Path) -> None:
    files = {
        "a.csv": ("a", csv_a(a_row("A1"), a_row("A2", **CLOSED), a_row("A3", lon="10.0415"), a_row("A4", lon="", lat=""))),
        "b.csv": ("b", csv_b(b_row("A1", type="Lamp"), b_row("B1"))),
    }
    load_files(tmp_path, files)
    before = everything()
    report = load_files(tmp_path, files)
    assert everything() == before
    assert [(tally.name, tally.loaded, tally.unchanged) for tally in report.files.values()] == [
        ("a.csv", 0, 4),
        ("b.csv", 0, 1),
        ("categories from requests", 0, 2),
    ]
    assert not report.changed


def test_the_same_case_in_two_files_is_one_appeal_and_the_later_file_is_believed(tmp_path: Path) -> None:
    report = two_files(
        tmp_path,
        a_row(title="Deep", address="1 West St", due="", channel="App"),
        b_row(status="Closed", closed="2024-06-04 13:30:00", closure="Case Closed Case Resolved ok", address="1 West Street"),
    )
    appeal = Appeal.objects.get()
    assert (appeal.state, appeal.address) == ("done", "1 West Street")
    assert appeal.point is not None
    assert appeal.point.coords == (10.01001, 50.04001), "the more exact place"
    assert appeal.text == "Deep", "a column the later file does not have is kept"
    assert appeal.events.get(kind="opened").data == {"channel": "App"}
    assert appeal.due_at is not None, "an empty cell never wins"
    assert (report.file("a.csv").loaded, report.file("b.csv.gz").loaded) == (1, 0)
    tally = report.file("b.csv.gz")
    assert tally.skips == {"the same case as in an earlier file: joined with it, this file is believed": 1}
    assert tally.notes["of the joined cases so many differ in state"] == 1
    assert tally.notes["of the joined cases so many differ in address"] == 1
    assert tally.notes["of the joined cases so many differ in place (both have one)"] == 1
    assert "of the joined cases so many differ in opened" not in tally.notes


def test_a_place_in_either_file_is_better_than_none(tmp_path: Path) -> None:
    report = two_files(tmp_path, a_row(), b_row(lat="", lon=""))
    appeal = Appeal.objects.get()
    assert appeal.point is not None
    assert appeal.flags == []
    assert report.file("b.csv.gz").notes["of the joined cases so many differ in place (one has none: the other's is taken)"] == 1


def test_a_case_in_two_files_without_any_place_stays_without_one(tmp_path: Path) -> None:
    two_files(tmp_path, a_row(lat="50.0200", lon="10.0200"), b_row(lat="", lon=""))
    assert (Appeal.objects.get().point, Appeal.objects.get().flags) == (None, ["no_location"])


def test_the_same_case_twice_in_one_file_is_one_appeal(tmp_path: Path) -> None:
    report = load_files(tmp_path, {"a.csv": ("a", csv_a(a_row(), a_row(**CLOSED)))})
    assert Appeal.objects.get().state == "done"
    assert report.file("a.csv").skips == {"the same case twice in this file: joined": 1}


def test_equal_numbers_of_different_sources_are_different_cases(tmp_path: Path) -> None:
    sections = FROM_REQUESTS + LAYOUTS.replace('code = "b"\nlike = "a"', 'code = "b"\nlike = "a"\nsource = "other"')
    load_files(tmp_path, {"a.csv": ("a", csv_a(a_row())), "b.csv": ("b", csv_b(b_row()))}, sections)
    assert sorted(Appeal.objects.values_list("source", "source_ref")) == [("old", "A1"), ("other", "A1")]


def test_a_case_that_was_closed_since_is_closed_and_its_story_goes_on(tmp_path: Path) -> None:
    load_files(tmp_path, {"a.csv": ("a", csv_a(a_row("A1"), a_row("A2")))})
    before = list(Event.objects.order_by("pk").values())
    reference = the_appeal().public_id
    report = load_files(tmp_path, {"a.csv": ("a", csv_a(a_row("A1", **CLOSED), a_row("A2")))})
    appeal = the_appeal()
    assert (appeal.state, appeal.public_id) == ("done", reference)
    assert appeal.closed_at is not None
    assert list(Event.objects.order_by("pk").values())[:2] == before, "nothing edits the past"
    assert list(appeal.events.order_by("at", "id").values_list("kind", "words")) == [("opened", ""), ("done", "filled")]
    tally = report.file("a.csv")
    assert (tally.loaded, tally.unchanged) == (1, 1)
    assert tally.notes["changed in the source: brought up to date"] == 1


def test_a_case_that_moved_has_its_new_district_and_service(tmp_path: Path, a_city: TinyCity) -> None:
    load_files(tmp_path, {"a.csv": ("a", csv_a(a_row()))})
    load_files(tmp_path, {"a.csv": ("a", csv_a(a_row(lon="10.0700", department="PRK")))})
    appeal = the_appeal()
    assert appeal.district == a_city.boundaries["east"]
    assert appeal.department == a_city.departments["parks"]
    assert [decision.department for decision in appeal.decisions.order_by("id")] == [
        a_city.departments["roads"],
        a_city.departments["parks"],
    ]
    assert appeal.events.count() == 1, "neither state nor words changed"


def test_a_case_opened_again_in_its_source_is_open_again(tmp_path: Path) -> None:
    load_files(tmp_path, {"a.csv": ("a", csv_a(a_row(**CLOSED)))})
    load_files(tmp_path, {"a.csv": ("a", csv_a(a_row()))})
    appeal = the_appeal()
    assert (appeal.state, appeal.closed_at) == ("new", None)
    assert [event.kind for event in appeal.events.order_by("at", "id")] == ["opened", "done", "reopened"]


def test_new_closing_words_are_appended(tmp_path: Path) -> None:
    load_files(tmp_path, {"a.csv": ("a", csv_a(a_row(**CLOSED)))})
    changed = {**CLOSED, "closure": "Case Closed Case Resolved filled again"}
    load_files(tmp_path, {"a.csv": ("a", csv_a(a_row(**changed)))})
    assert [event.words for event in the_appeal().events.order_by("at", "id")] == ["", "filled", "filled again"]
    report = load_files(tmp_path, {"a.csv": ("a", csv_a(a_row(**changed)))})
    assert not report.changed


def test_what_people_here_have_worked_on_is_left_alone(tmp_path: Path, a_city: TinyCity) -> None:
    load_files(tmp_path, {"a.csv": ("a", csv_a(a_row("A1"), a_row("A2")))})
    triage.reject(the_appeal(), a_city.people["admin"], "Not ours")
    report = load_files(tmp_path, {"a.csv": ("a", csv_a(a_row("A1", **CLOSED), a_row("A2")))})
    assert the_appeal().state == "rejected"
    tally = report.file("a.csv")
    assert (tally.loaded, tally.unchanged) == (0, 2)
    assert tally.notes["changed in the source, but people here have worked on it: left alone"] == 1


def test_a_broken_file_is_refused_whole_and_the_others_are_loaded(tmp_path: Path) -> None:
    files = {"a.csv": ("a", csv_a(a_row("A1"), a_row("A2", opened="yesterday"))), "b.csv": ("b", csv_b(b_row("B1")))}
    report = load_files(tmp_path, files)
    assert list(Appeal.objects.values_list("source_ref", flat=True)) == ["B1"]
    assert report.file("a.csv").refusal == "a.csv, row 2: 'yesterday' is no date of the form %m/%d/%Y %I:%M:%S %p"
    assert report.file("a.csv").loaded == 0


def test_a_file_refused_later_takes_nothing_back(tmp_path: Path) -> None:
    """The earlier file alone says the case is open; only both together say it is closed."""
    later = b_row(status="Closed", closed="2024-06-04 13:30:00", closure="Case Closed Case Resolved ok")
    two_files(tmp_path, a_row(), later)
    before = everything()
    report = load_files(tmp_path, {"a.csv": ("a", csv_a(a_row(), a_row("NEW"))), "b.csv.gz": ("b", b"\x1f\x8bno gzip")})
    assert {**everything(), "Appeal": everything()["Appeal"][:1]}["Appeal"] == before["Appeal"]
    assert the_appeal().state == "done"
    assert the_appeal("NEW").state == "new"
    assert report.file("a.csv").notes["looks changed, but another file of this source was refused: left alone"] == 1
    assert report.file("b.csv.gz").refusal


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    files = {"a.csv": ("a", csv_a(a_row()))}
    load_files(tmp_path, files)
    manifest = tmp_path / "pack.toml"
    manifest.write_text(
        manifest.read_text(encoding="utf-8") + '[[request_file]]\nfile = "gone.csv"\nlayout = "a"\n', encoding="utf-8"
    )
    report = LoadReport()
    load(read(tmp_path), None, report)
    assert report.file("gone.csv").refusal == "gone.csv: there is no such file, neither in the pack nor in its data folder"


def test_an_empty_file_with_a_header_loads_nothing(tmp_path: Path) -> None:
    report = load_files(tmp_path, {"a.csv": ("a", A_HEAD + "\n")})
    assert (report.file("a.csv").read, report.file("a.csv").refusal, Appeal.objects.count()) == (0, "", 0)


def test_references_are_unique_and_unlike_those_that_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two collisions in a row: with another new case, then with one in the database."""
    load_files(tmp_path, {"a.csv": ("a", csv_a(a_row("A1")))})
    taken = the_appeal().public_id
    real, given = public_id.new, iter([taken, taken, "FIRST000", "FIRST000"])
    monkeypatch.setattr(public_id, "new", lambda: next(given, None) or real())
    load_files(tmp_path, {"a.csv": ("a", csv_a(a_row("A1"), a_row("A2"), a_row("A3")))})
    references = list(Appeal.objects.values_list("public_id", flat=True))
    assert len(set(references)) == 3
    assert the_appeal().public_id == taken


def test_statistics_are_fresh_after_a_load(tmp_path: Path) -> None:
    load_files(tmp_path, {"a.csv": ("a", csv_a(*(a_row(f"A{number}") for number in range(50))))})
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'issues_appeal'::regclass")
        assert cursor.fetchone() == (50,)
