"""The workshop of boundaries by its pages: settings, checks, files that come in, drafts that are tried, published, thrown away."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from pghistory.models import Events

from gis_data import city_time
from gis_data.models import Boundary, BoundaryDraft, BoundaryFlaw, BoundarySet
from issues.models import Replay, RerouteBatch
from issues.routing.facts_sql import Question, read
from issues.views import workshop_boundaries
from notifications.models import OutboxMessage
from tests.factories import FROM, TinyCity, box
from tests.issues.boundary_files import SET, a_draft, geojson, send, strip, words


@pytest.mark.parametrize("who", ["clerk", "crew", "head", "resident"])
def test_boundaries_are_for_dispatchers_and_administrators(client: Client, a_city: TinyCity, who: str) -> None:
    group = a_city.sets["districts"]
    draft = BoundaryDraft.objects.create(boundary_set=group, title="Draft")
    client.force_login(a_city.people[who])
    for address in (SET, "/desk/routing/sets/new", f"/desk/routing/drafts/{draft.pk}"):
        assert client.get(address).status_code == 403
    for address in (f"{SET}/settings", f"{SET}/check", f"{SET}/upload", f"/desk/routing/drafts/{draft.pk}/drop"):
        assert client.post(address).status_code == 403
    assert BoundaryDraft.objects.count() == 1


def test_the_page_of_a_set_tells_its_areas_days_and_settings(dispatcher: Client, a_city: TinyCity) -> None:
    day = city_time.today() + dt.timedelta(days=5)
    Boundary.objects.filter(code="west").update(valid=(FROM, day))
    row = {"boundary_set": a_city.sets["districts"], "names": {"en": "West"}, "geometry": box(10, 50, 10.03, 50.05)}
    Boundary.objects.create(code="west", valid=(day, None), **row)
    page = dispatcher.get(SET)
    assert [(one.day, one.new, one.changed, one.gone, one.to_come) for one in page.context["days"]] == [
        (day, 0, 1, 0, True),
        (FROM, 2, 0, 0, False),
    ]
    assert page.context["areas"] == 2
    assert "No faults are known" in words(page)
    assert 'name="gap_m"' in words(page)
    assert {line for label in page.context["overview"].labels for line in label.lines} == {"West", "East"}


def test_settings_are_saved_and_their_history_kept(dispatcher: Client, a_city: TinyCity) -> None:
    answer = dispatcher.post(f"{SET}/settings", {"border_m": "25", "gap_m": "", "fallback_department": "parks"})
    assert answer.status_code == 302
    group = BoundarySet.objects.get(code="districts")
    assert (group.border_m, group.gap_m, group.fallback_department) == (25, None, "parks")
    assert Events.objects.tracks(group).filter(pgh_label="update").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("border_m", ""), ("border_m", "-1"), ("border_m", "501"), ("border_m", "15.5"), ("border_m", "²"), ("border_m", "1" * 500),
        ("gap_m", "x"), ("gap_m", "501"), ("fallback_department", "nobody"), ("fallback_department", "' OR 1=1"),
    ],
)  # fmt: skip
def test_senseless_settings_come_back_with_a_sentence_and_what_was_typed(
    dispatcher: Client, a_city: TinyCity, field: str, value: str
) -> None:
    answer = dispatcher.post(f"{SET}/settings", {"border_m": "15", "gap_m": "300", "fallback_department": "", field: value})
    assert answer.status_code == 422
    assert set(answer.context["errors"]) == {field}
    assert answer.context["settings"][field] == value
    group = BoundarySet.objects.get(code="districts")
    assert (group.border_m, group.gap_m, group.fallback_department) == (15, 300, "")


def test_check_now_finds_what_the_night_would(dispatcher: Client, a_city: TinyCity) -> None:
    row = {"boundary_set": a_city.sets["districts"], "names": {"en": "Third"}, "geometry": box(10.08, 50, 10.095, 50.05)}
    Boundary.objects.create(code="third", valid=(FROM, None), **row)
    assert dispatcher.post(f"{SET}/check").status_code == 302
    assert list(BoundaryFlaw.objects.values_list("kind", "codes")) == [("overlap", ["east", "third"])]
    page = dispatcher.get(SET)
    (flaw,) = page.context["flaws"]
    assert flaw.areas == "East · Third"
    assert flaw.sketch is not None
    assert "sketch-flaw" in words(page)
    assert "3.99 km²" in words(page)


def test_a_set_with_many_areas_is_left_to_the_night(
    dispatcher: Client, a_city: TinyCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workshop_boundaries, "MOST_AT_ONCE", 2)
    known = {"kind": "gap", "geometry": box(10, 50, 10.01, 50.01), "area_m2": 1, "width_m": 1, "found_on": FROM}
    BoundaryFlaw.objects.create(boundary_set=a_city.sets["districts"], **known)
    answer = dispatcher.post(f"{SET}/check", follow=True)
    assert "checked at night only" in words(answer)
    assert BoundaryFlaw.objects.count() == 1


def test_a_set_is_started_and_gets_its_first_areas_by_a_file(dispatcher: Client, a_city: TinyCity) -> None:
    answer = dispatcher.post("/desk/routing/sets/new", {"code": "Wards", "name_en": "Wards", "name_ru": "Участки"})
    assert answer["Location"] == "/desk/routing/sets/wards"
    draft_page = send(dispatcher, geojson(strip("a", 10, 10.05), strip("b", 10.05, 10.09)), address=answer["Location"])
    dispatcher.post(f"{draft_page['Location']}/publish", {"day": city_time.today().isoformat()})
    assert set(Boundary.objects.on(city_time.today()).filter(boundary_set__code="wards").values_list("code", flat=True)) == {
        "a",
        "b",
    }


@pytest.mark.parametrize("code", ["", "new", "two words", "районы", "a/b", "-a", "x" * 51, "districts"])
def test_a_set_with_a_senseless_or_taken_code_is_refused(dispatcher: Client, a_city: TinyCity, code: str) -> None:
    answer = dispatcher.post("/desk/routing/sets/new", {"code": code, "name_en": "Wards", "name_ru": ""})
    assert answer.status_code == 422
    assert set(answer.context["errors"]) == {"code", "name_ru"}
    assert 'value="Wards"' in words(answer)
    assert BoundarySet.objects.count() == 2


def test_a_moved_border_is_seen_area_by_area_and_on_the_map(dispatcher: Client, a_city: TinyCity) -> None:
    draft = a_draft(dispatcher)
    page = dispatcher.get(f"/desk/routing/drafts/{draft.pk}")
    rows = {row.code: row for row in page.context["changes"].rows}
    assert (rows["east"].word, rows["east"].gained, rows["east"].lost) == ("changed", "5.98\N{NO-BREAK SPACE}km²", "")
    assert (rows["west"].word, rows["west"].gained, rows["west"].lost) == ("changed", "", "3.99\N{NO-BREAK SPACE}km²")
    assert [row.code for row in page.context["changes"].rows] == ["east", "west"]
    assert all(row.sketch for row in rows.values())
    assert "sketch-gained" in words(page)
    assert not page.context["checks"].problems
    assert (draft.title, draft.code_column, draft.name_columns) == ("areas.geojson", "code", {"en": "name"})


def test_ground_that_two_areas_claimed_is_no_hole_when_one_lets_go(dispatcher: Client, a_city: TinyCity) -> None:
    Boundary.objects.filter(code="west").update(geometry=box(10.0, 50.0, 10.05, 50.05))
    draft = a_draft(dispatcher, geojson(strip("west", 10.0, 10.045), strip("east", 10.045, 10.08)))
    changes = dispatcher.get(f"/desk/routing/drafts/{draft.pk}").context["changes"]
    drawn = {entry.words: entry.count for entry in changes.sketch.legend}
    assert drawn == {"Goes to another area, or into one": 1, "In no area any more": 1, "Areas as they would be": 2}
    assert {row.code: row.gained for row in changes.rows} == {"west": "", "east": ""}


def test_what_disappears_although_somebody_needs_it_is_said(dispatcher: Client, a_city: TinyCity) -> None:
    draft = a_draft(dispatcher, geojson(strip("west", 10.0, 10.04), strip("new", 10.04, 10.09)))
    page = words(dispatcher.get(f"/desk/routing/drafts/{draft.pk}"))
    assert "“east” disappears, but it is named by: the crew “Crew parks-east”, the rule “tree-in-the-east”." in page
    assert "“west” disappears" not in page


def test_columns_are_chosen_on_the_page(dispatcher: Client, a_city: TinyCity) -> None:
    content = geojson(strip("x", 10.0, 10.04, key="west"), strip("x", 10.04, 10.09, key="east"))
    draft = a_draft(dispatcher, content)
    address = f"/desk/routing/drafts/{draft.pk}"
    dispatcher.post(f"{address}/columns", {"code_column": "code", "name_en": "name", "name_ru": ""})
    page = dispatcher.get(address)
    assert "These stand there more than once: x" in words(page)
    assert page.context["checks"].stopped
    assert f"{address}/publish" not in words(page)
    dispatcher.post(f"{address}/columns", {"code_column": "key", "name_en": "", "name_ru": "name"})
    draft.refresh_from_db()
    assert (draft.code_column, draft.name_columns) == ("key", {"ru": "name"})
    answer = dispatcher.post(f"{address}/columns", {"code_column": "password"})
    assert answer.status_code == 422
    assert "one of the columns of the file" in words(answer)


def test_a_repaired_shape_is_named_with_what_was_wrong(dispatcher: Client, a_city: TinyCity) -> None:
    tie = strip("west", 10.0, 10.04)
    tie["geometry"]["coordinates"] = [[[10.0, 50.0], [10.04, 50.05], [10.04, 50.0], [10.0, 50.05], [10.0, 50.0]]]
    draft = a_draft(dispatcher, geojson(tie, strip("east", 10.045, 10.09)))
    page = words(dispatcher.get(f"/desk/routing/drafts/{draft.pk}"))
    assert "<strong>West</strong>: its border crossed itself" in page


def test_a_trial_is_asked_for_once_and_leads_to_its_page(dispatcher: Client, a_city: TinyCity) -> None:
    draft = a_draft(dispatcher)
    answer = dispatcher.post(f"/desk/routing/drafts/{draft.pk}/try", {"span": "3"})
    replay = Replay.objects.get()
    assert answer["Location"] == f"/desk/routing/replays/{replay.pk}"
    assert (replay.boundary_draft_id, replay.created_by) == (draft.pk, a_city.people["dispatcher"])
    assert replay.since is not None
    assert OutboxMessage.objects.get(kind="routing-replay").payload == {"replay": replay.pk}
    assert dispatcher.post(f"/desk/routing/drafts/{draft.pk}/try", {"span": "9999"}).status_code == 422
    assert Replay.objects.count() == 1


def district_at(place: tuple[float, float], day: dt.date) -> str | None:
    found = Boundary.objects.on(day).filter(
        boundary_set__is_district=True, geometry__covers=f"SRID=4326;POINT({place[0]} {place[1]})"
    )
    return found.values_list("code", flat=True).first()


def test_what_is_published_for_tomorrow_leaves_todays_routing_alone(dispatcher: Client, a_city: TinyCity) -> None:
    place = (10.035, 50.04)  # in the west today
    today = city_time.today()
    tomorrow = today + dt.timedelta(days=1)
    draft = a_draft(dispatcher)
    answer = dispatcher.post(f"/desk/routing/drafts/{draft.pk}/publish", {"day": tomorrow.isoformat(), "moves_open": "yes"})
    assert answer.status_code == 302
    facts = read(Question(*place, "pothole")).facts
    assert facts is not None
    assert [fact.code for fact in facts.boundaries if fact.is_district] == ["west"]
    assert (district_at(place, today), district_at(place, tomorrow)) == ("west", "east")
    draft.refresh_from_db()
    assert (draft.state, draft.valid_from, draft.moves_open, draft.moved_at) == ("published", tomorrow, True, None)
    move = OutboxMessage.objects.get(kind="routing-move")
    assert move.available_at == city_time.morning(tomorrow)


def test_what_is_published_for_today_decides_at_once(dispatcher: Client, a_city: TinyCity) -> None:
    place = (10.035, 50.04)
    draft = a_draft(dispatcher)
    dispatcher.post(f"/desk/routing/drafts/{draft.pk}/publish", {"day": city_time.today().isoformat()})
    facts = read(Question(*place, "pothole")).facts
    assert facts is not None
    (district,) = [fact for fact in facts.boundaries if fact.is_district]
    assert (district.code, district.version) == ("east", city_time.today().isoformat())
    assert district_at(place, city_time.today() - dt.timedelta(days=1)) == "west"


def test_a_draft_is_published_once(dispatcher: Client, a_city: TinyCity) -> None:
    draft = a_draft(dispatcher)
    today = city_time.today()
    address = f"/desk/routing/drafts/{draft.pk}"
    assert dispatcher.post(f"{address}/publish", {"day": today.isoformat()}).status_code == 302
    rows = list(Boundary.objects.order_by("pk").values("pk", "valid"))
    for action, fields in (
        ("publish", {"day": today.isoformat()}),
        ("try", {"span": "3"}),
        ("columns", {"code_column": "name"}),
        ("drop", {}),
    ):
        answer = dispatcher.post(f"{address}/{action}", fields)
        assert answer.status_code == 409, action
        assert "published already" in words(answer)
    assert list(Boundary.objects.order_by("pk").values("pk", "valid")) == rows
    page = dispatcher.get(address)
    assert {row.code: row.word for row in page.context["changes"].rows} == {"east": "changed", "west": "changed"}
    assert f"{address}/publish" not in words(page)


@pytest.mark.parametrize("day", ["", "tomorrow", "2020-01-01", "0001-01-01", "2026-02-30"])
def test_a_senseless_or_past_day_is_refused_and_the_tick_is_kept(dispatcher: Client, a_city: TinyCity, day: str) -> None:
    draft = a_draft(dispatcher)
    answer = dispatcher.post(f"/desk/routing/drafts/{draft.pk}/publish", {"day": day, "moves_open": "yes"})
    assert answer.status_code == 422
    assert 'value="yes" checked' in words(answer)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_draft_is_thrown_away(dispatcher: Client, a_city: TinyCity) -> None:
    draft = a_draft(dispatcher)
    answer = dispatcher.post(f"/desk/routing/drafts/{draft.pk}/drop")
    assert answer["Location"] == SET
    assert dispatcher.get(f"/desk/routing/drafts/{draft.pk}").status_code == 404


def test_a_draft_by_which_reports_were_moved_stays(dispatcher: Client, a_city: TinyCity) -> None:
    draft = a_draft(dispatcher)
    RerouteBatch.objects.create(boundary_draft=draft)
    answer = dispatcher.post(f"/desk/routing/drafts/{draft.pk}/drop")
    assert answer.status_code == 422
    assert "Reports were moved by this draft" in words(answer)
    assert BoundaryDraft.objects.filter(pk=draft.pk).exists()
