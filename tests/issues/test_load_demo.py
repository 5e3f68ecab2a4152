"""Declared categories, rules, and invented cases told in days ago, with visits for crews."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from gis_data.load_report import LoadReport
from gis_data.pack import read
from issues import tasks
from issues.models import Appeal, Category, RoutingRule, Task
from tests.factories import TinyCity
from tests.issues.request_pack import load_files

pytestmark = pytest.mark.usefixtures("a_city")
SECTIONS = """
[[group]]
code = "street"
names = { en = "Street", ru = "Улица" }

[[category]]
code = "hole"
names = { en = "Hole", ru = "Дыра" }
group = "street"
department = "roads"
due_hours = 48
valid_from = 2020-01-01

[[category.questions]]
code = "deep"
type = "yesno"
labels = { en = "Deep?" }

[[category]]
code = "secret"
names = { en = "Secret" }
words = "never"
public = false
valid_from = 2020-01-01

[[boundary_set]]
code = "districts"
names = { en = "Districts" }
district = true
file = "none.geojson"
format = "geojson"
code_field = "code"
name_fields = { en = "name" }
valid_from = 2020-01-01

[[rule]]
code = "holes-in-the-west"
category = "hole"
boundary = "districts/west"
department = "parks"
valid_from = 2020-01-01

[[request_layout]]
code = "days"
source = "demo"
text_public = true

[request_layout.columns]
ref = "ref"
opened_days_ago = "opened"
closed_days_ago = "closed"
status = "state"
category = "category"
text = "text"
answers = "answers"
reply = "reply"
held = "held"
crew = "crew"
task_in_days = "day"
lon = "lon"
lat = "lat"
"""
HEAD = "ref,opened,closed,state,category,text,answers,reply,held,crew,day,lon,lat"


def row(ref: str, **changes: str) -> str:
    cells = {
        "ref": ref, "opened": "3.5", "closed": "", "state": "new", "category": "hole", "text": "A hole", "answers": "",
        "reply": "", "held": "", "crew": "", "day": "", "lon": "10.010", "lat": "50.040",
    }  # fmt: skip
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in (cells | changes).values())


def load_days(folder: Path, *rows: str, sections: str = SECTIONS) -> LoadReport:
    return load_files(folder, {"days.csv": ("days", "\n".join([HEAD, *rows]) + "\n")}, sections)


def today() -> dt.date:
    return timezone.now().astimezone(ZoneInfo("Europe/Helsinki")).date()


def the(ref: str) -> Appeal:
    return Appeal.objects.get(source_ref=ref)


def test_days_ago_are_counted_from_the_load(tmp_path: Path) -> None:
    load_days(tmp_path, row("D1"), row("D2", state="done", closed="1"))
    age = timezone.now() - the("D1").created_at
    assert dt.timedelta(days=3.5) <= age < dt.timedelta(days=3.5, minutes=5)
    closed = the("D2").closed_at
    assert closed is not None
    assert dt.timedelta(days=1) <= timezone.now() - closed < dt.timedelta(days=1, minutes=5)


def test_a_layout_without_due_times_promises_what_its_categories_promise(tmp_path: Path) -> None:
    load_days(tmp_path, row("D1"), row("D2", category="secret"))
    assert the("D1").due_at == the("D1").created_at + dt.timedelta(hours=48)
    assert the("D2").due_at is None


def test_loading_again_later_changes_nothing_although_the_days_have_moved(tmp_path: Path) -> None:
    load_days(tmp_path, row("D1"))
    before = the("D1").created_at
    report = load_days(tmp_path, row("D1", opened="9"))
    assert the("D1").created_at == before
    assert (report.file("days.csv").loaded, report.file("days.csv").unchanged) == (0, 1)


def test_words_answers_replies_and_held_ones(tmp_path: Path) -> None:
    load_days(
        tmp_path,
        row("D1", answers='{"deep": "yes"}', reply="We come tomorrow, call 617-635-4500"),
        row("D2", held="yes"),
        row("D3", category="secret"),
    )
    first = the("D1")
    assert (first.text, first.text_public, first.answers, first.visibility) == ("A hole", True, {"deep": "yes"}, "public")
    assert list(first.events.order_by("at").values_list("kind", "words")) == [
        ("opened", ""),
        ("replied", "We come tomorrow, call [phone removed]"),
    ]
    assert the("D2").visibility == "held"
    assert (the("D3").visibility, the("D3").text_public) == ("private", False)


@pytest.mark.parametrize(
    ("state", "closed", "kinds"),
    [
        ("accepted", "", ["opened", "accepted"]),
        ("planned", "", ["opened", "accepted", "planned"]),
        ("started", "", ["opened", "accepted", "planned", "started"]),
        ("done", "1", ["opened", "accepted", "planned", "started", "done"]),
    ],
)
def test_a_visit_brings_the_whole_way_to_its_state(
    tmp_path: Path, a_city: TinyCity, state: str, closed: str, kinds: list[str]
) -> None:
    crew = {} if state == "accepted" else {"crew": "roads-west", "day": "0"}
    load_days(tmp_path, row("D1", state=state, closed=closed, **crew))
    appeal = the("D1")
    story = list(appeal.events.order_by("at", "id"))
    assert [event.kind for event in story] == kinds
    assert [event.state for event in story] == ["new", *kinds[1:]]
    assert all(event.at <= timezone.now() for event in story)
    if crew:
        task = Task.objects.get()
        assert (task.appeal, task.crew, task.day, task.state) == (appeal, a_city.crews["roads-west"], today(), state)
        assert (task.started_at is not None, task.finished_at is not None) == (state != "planned", state == "done")


def test_visits_of_a_day_stand_in_the_order_of_the_file(tmp_path: Path) -> None:
    visit = {"state": "planned", "crew": "roads-west"}
    load_days(tmp_path, row("D1", **visit, day="0"), row("D2", **visit, day="1"), row("D3", **visit, day="0"))
    found = Task.objects.order_by("day", "position").values_list("appeal__source_ref", "day", "position")
    assert list(found) == [("D1", today(), 1), ("D3", today(), 2), ("D2", today() + dt.timedelta(days=1), 1)]


def test_visits_nobody_went_to_are_due_today_again_so_that_the_list_is_never_empty(tmp_path: Path, a_city: TinyCity) -> None:
    visit = {"state": "planned", "crew": "roads-west", "day": "0"}
    rows = [row("D1", **visit), row("D2", **visit)]
    load_days(tmp_path, *rows)
    yesterday = today() - dt.timedelta(days=1)
    Task.objects.update(day=yesterday)
    started = Task.objects.get(appeal__source_ref="D2")
    tasks.start(started, a_city.crew_member)
    load_days(tmp_path, *rows)
    assert Task.objects.get(appeal__source_ref="D1").day == today()
    assert Task.objects.get(appeal__source_ref="D2").day == yesterday, "a crew has this one in hand"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"opened": "soon"}, "'soon' is no number of days ago"),
        ({"opened": "-1"}, "'-1' is no number of days ago"),
        ({"opened": "nan"}, "'nan' is no number of days ago"),
        ({"opened": "1e9"}, "'1e9' is no number of days ago"),
        ({"category": "nothing"}, "the category 'nothing' is not in this pack"),
        ({"answers": "[1]"}, "the answers are not a JSON object of texts"),
        ({"answers": '{"deep": 5}'}, "the answers are not a JSON object of texts"),
        ({"answers": "[" * 50_000}, "the answers are not a JSON object of texts"),
        ({"held": "perhaps"}, "'perhaps' is neither yes nor no"),
        ({"crew": "nobody", "state": "planned"}, "the crew 'nobody' is not in this pack"),
        ({"crew": "roads-west"}, "a visit belongs to a case that is planned, started or done"),
        ({"crew": "roads-west", "state": "planned", "day": "x"}, "'x' is no number of days for a visit"),
        ({"state": "lost"}, "the status 'lost' is not among the layout's states"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_meant_refuses_the_file(tmp_path: Path, changes: dict[str, str], reason: str) -> None:
    report = load_days(tmp_path, row("D1"), row("D2", **changes))
    assert report.file("days.csv").refusal == f"days.csv, row 2: {reason}"
    assert not Appeal.objects.exists()


def test_declared_categories_and_rules_are_what_the_pack_says(tmp_path: Path, a_city: TinyCity) -> None:
    report = load_days(tmp_path, row("D1"))
    hole = Category.objects.get(code="hole")
    assert (hole.names["ru"], hole.group_names["en"], hole.due) == ("Дыра", "Street", dt.timedelta(hours=48))
    assert hole.department == a_city.departments["roads"]
    assert hole.questions[0]["code"] == "deep"
    rule = RoutingRule.objects.get(code="holes-in-the-west")
    assert (rule.category, rule.boundary_code, rule.department) == (hole, "west", a_city.departments["parks"])
    assert (report.file("categories").loaded, report.file("rules").loaded) == (2, 1)

    report = load_days(tmp_path, row("D1"))
    assert (report.file("categories").unchanged, report.file("rules").unchanged) == (2, 1)
    report = load_days(tmp_path, row("D1"), sections=SECTIONS.replace("due_hours = 48", "due_hours = 24"))
    assert Category.objects.get(code="hole").due == dt.timedelta(hours=24)
    assert report.file("categories").notes["changed to what the pack says"] == 1


def test_a_rule_over_what_is_not_loaded_is_refused(tmp_path: Path) -> None:
    sections = SECTIONS.replace('"districts/west"', '"zones2/west"').replace('code = "districts"', 'code = "zones2"')
    report = load_days(tmp_path, row("D1"), sections=sections)
    assert (
        report.file("rules").refusal
        == "pack.toml: the rule 'holes-in-the-west' names the boundary set 'zones2', which is not loaded"
    )
    assert not RoutingRule.objects.filter(code="holes-in-the-west").exists()


def test_the_demonstrations_own_pack_is_read(tmp_path: Path) -> None:
    pack = read(Path(__file__).resolve().parents[2] / "gis_data/packs/demo")
    layout = pack.request_files[0].layout
    assert layout.source == "demo"
    assert {"opened_days_ago", "crew", "held"} <= layout.columns.keys()
