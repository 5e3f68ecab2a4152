"""The routing workshop by its public doors: rules edited as a draft, checked before they are saved, tried and published."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.gis.geos import LineString, MultiLineString
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from gis_data.models import BoundaryDraft, BoundaryFlaw, Street
from issues.models import Replay, RoutingRule, RuleSet
from issues.routing.publish import copy_to_draft
from issues.views.workshop_rules import months_before
from notifications.models import OutboxMessage
from tests.factories import FROM, TinyCity, an_appeal, box
from tests.issues.workshop import at, page_of, today, typed

HOME = "/desk/routing"


@pytest.fixture
def draft(a_city: TinyCity) -> RuleSet:
    return copy_to_draft(a_city.rule_set, "Spring")


def test_the_home_of_the_workshop_shows_rules_boundaries_and_what_is_being_prepared(
    dispatcher: Client, a_city: TinyCity, draft: RuleSet
) -> None:
    later = copy_to_draft(None, "Summer")
    RuleSet.objects.filter(pk=a_city.rule_set.pk).update(valid=DateRange(None, today() + dt.timedelta(days=30)))
    RuleSet.objects.filter(pk=later.pk).update(state="published", valid=DateRange(today() + dt.timedelta(days=30), None))
    zones = a_city.sets["zones"]
    BoundaryDraft.objects.create(boundary_set=zones, title="New zones")
    BoundaryFlaw.objects.create(
        boundary_set=zones, kind="gap", geometry=box(10, 50, 10.01, 50.01), area_m2=1, width_m=1, found_on=today()
    )
    an_appeal(a_city)

    answer = dispatcher.get(HOME)

    words = page_of(answer)
    for expected in (
        "Rules of the city pack in force 3 rules",
        "Summer",
        "Spring 3 rules",
        "Road zones 1 fault",
        "1 area · 1 draft",
    ):
        assert expected in words
    assert "Read the ground for 1 report" in words
    assert answer.context["in_force"].pk == a_city.rule_set.pk


def test_the_home_stands_without_any_rules(dispatcher: Client, a_city: TinyCity) -> None:
    RuleSet.objects.update(valid=DateRange(empty=True))
    assert "No rules are in force" in page_of(dispatcher.get(HOME))
    answer = dispatcher.post("/desk/routing/rules")
    made = RuleSet.objects.get(state="draft")
    assert answer["Location"] == at(made)
    assert "Without rules each report goes to the service of its category" in page_of(dispatcher.get(at(made)))


def test_a_new_draft_has_the_rules_in_force_and_changes_none_of_them(dispatcher: Client, a_city: TinyCity) -> None:
    made = RuleSet.objects.get(pk=dispatcher.post("/desk/routing/rules")["Location"].rpartition("/")[2])
    assert (made.state, made.based_on, made.rules.count()) == ("draft", a_city.rule_set, 3)
    assert a_city.rule_set.rules.count() == 3


def test_the_ground_is_read_once_however_often_the_button_is_pressed(dispatcher: Client, a_city: TinyCity) -> None:
    an_appeal(a_city)
    for _ in range(3):
        assert dispatcher.post("/desk/routing/facts").status_code == 302
    assert OutboxMessage.objects.filter(kind="routing-facts").count() == 1
    assert "The ground is being read at the pins" in page_of(dispatcher.get(HOME))


def test_the_table_shows_the_rules_in_the_order_in_which_they_are_asked(dispatcher: Client, a_city: TinyCity) -> None:
    answer = dispatcher.get(at(a_city.rule_set))
    assert [row.rule.code for row in answer.context["rows"]] == ["tree-in-the-east", "ring", "all-lamps"]
    assert "1 tree-in-the-east Area East (Districts) Category Fallen tree" in page_of(answer)


def test_every_condition_is_said_in_words(dispatcher: Client, a_city: TinyCity, draft: RuleSet) -> None:
    RoutingRule.objects.create(
        rule_set=draft, code="everything", category=a_city.categories["pothole"], boundary_set=a_city.sets["zones"],
        boundary_code="ring", road_classes=["primary", "residential"], street_owners=["roads", "state"],
        answers={"depth": ["deep", "flat"], "wet": ["yes"]}, weekdays=[6, 7], time_from=dt.time(22), time_to=dt.time(6),
        department=a_city.departments["roads"], crew=a_city.crews["roads-all"], urgent=True, due=dt.timedelta(hours=48),
        priority=7, valid=(FROM, dt.date(2031, 1, 1)),
    )  # fmt: skip
    RoutingRule.objects.create(
        rule_set=draft, code="street-group", group="street", asset_kinds=["lamp"], asset_owners=["grid"],
        department=a_city.departments["roads"], due=dt.timedelta(minutes=90), valid=(FROM, None),
    )  # fmt: skip
    words = page_of(dispatcher.get(at(draft)))
    for expected in (
        "Nearest street primary road, residential street · owner: Road service, state",
        "Area Ring (Road zones)",
        "Category Pothole",
        "Answers How deep? Deep or Flat; Is it wet? Yes",
        "Reported Saturday, Sunday, 22:00 to 06:00 the next morning",
        "Crew roads-all urgent due in 2 days",
        "priority 7",
        "to 31 Dec 2030",
        "Nearest object lamp · owner: grid",
        "all of the group “Street”",
        "due in 1.5 hours",
    ):
        assert expected in words


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("category=lamp", ["all-lamps"]),
        ("department=parks", ["ring"]),
        ("text=FALLEN", ["tree-in-the-east"]),
        ("text=no+such+words", []),
        ("problems=yes", []),
        ("category=%00&text=%00", ["tree-in-the-east", "ring", "all-lamps"]),
        ("category=" + "x" * 5000, []),
    ],
)
def test_the_table_can_be_narrowed(dispatcher: Client, a_city: TinyCity, query: str, codes: list[str]) -> None:
    answer = dispatcher.get(f"{at(a_city.rule_set)}?{query}")
    assert answer.status_code == 200
    assert [row.rule.code for row in answer.context["rows"]] == codes


def test_problems_are_named_at_their_rule_and_on_top(dispatcher: Client, a_city: TinyCity, draft: RuleSet) -> None:
    RoutingRule.objects.filter(rule_set=draft, code="ring").update(boundary_code="gone")
    answer = dispatcher.get(at(draft))
    assert "1 error" in page_of(answer)
    row = next(row for row in answer.context["rows"] if row.rule.code == "ring")
    assert row.problems[0].sentence in page_of(answer)
    narrowed = dispatcher.get(f"{at(draft)}?problems=yes")
    assert [row.rule.code for row in narrowed.context["rows"]] == ["ring"]


@pytest.mark.parametrize("rules", [1, 40])
def test_the_table_and_the_form_cost_the_same_number_of_queries_for_any_number_of_rules(
    dispatcher: Client, a_city: TinyCity, draft: RuleSet, rules: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rules):
        RoutingRule.objects.create(
            rule_set=draft, code=f"r{number}", category=a_city.categories["lamp"], boundary_set=a_city.sets["zones"],
            boundary_code="ring", crew=a_city.crews["roads-all"], department=a_city.departments["roads"], valid=(FROM, None),
        )  # fmt: skip
    for address in (at(draft), at(draft, "publish"), at(draft, "new"), HOME):
        with django_assert_max_num_queries(17):
            assert dispatcher.get(address).status_code == 200
    with django_assert_max_num_queries(26):
        assert dispatcher.post(at(draft, "new"), typed()).status_code == 302


def test_a_published_set_is_read_only_and_becomes_a_draft_by_a_press(dispatcher: Client, a_city: TinyCity) -> None:
    published = a_city.rule_set
    page = dispatcher.get(at(published)).content.decode()
    assert "Add a rule" not in page
    assert "Make a draft of it" in page
    made = RuleSet.objects.get(pk=dispatcher.post(at(published, "copy"))["Location"].rpartition("/")[2])
    assert made.based_on == published
    assert "Add a rule" in dispatcher.get(at(made)).content.decode()


def test_a_draft_gets_a_title_and_is_thrown_away(dispatcher: Client, draft: RuleSet) -> None:
    assert dispatcher.post(at(draft, "title"), {"title": "  Roads \x00 of summer "}).status_code == 302
    draft.refresh_from_db()
    assert draft.title == "Roads of summer"
    Replay.objects.create(rule_set=draft)
    assert dispatcher.post(at(draft, "drop"))["Location"] == HOME
    assert not RuleSet.objects.filter(pk=draft.pk).exists()


@pytest.mark.parametrize("title", ["", " \x00 ", "x" * 121])
def test_a_title_that_makes_no_sense_is_refused_and_kept_in_view(dispatcher: Client, draft: RuleSet, title: str) -> None:
    answer = dispatcher.post(at(draft, "title"), {"title": title})
    assert answer.status_code == 422
    assert "Give it a title of 120 characters at most" in page_of(answer)
    draft.refresh_from_db()
    assert draft.title == "Spring"


@pytest.mark.parametrize("who", ["clerk", "crew", "head"])
def test_the_workshop_is_for_dispatchers_and_administrators(client: Client, a_city: TinyCity, draft: RuleSet, who: str) -> None:
    client.force_login(a_city.people[who])
    for address in (HOME, at(draft), at(draft, "new"), at(draft, "publish")):
        assert client.get(address).status_code == 403
    assert client.post(at(draft, "drop")).status_code == 403
    assert RuleSet.objects.filter(pk=draft.pk).exists()
    assert HOME not in client.get("/desk").content.decode()


def test_the_desk_leads_a_dispatcher_to_the_workshop_and_a_visitor_to_the_log_in(
    client: Client, a_city: TinyCity, draft: RuleSet
) -> None:
    assert client.get(at(draft))["Location"].startswith("/accounts/login/")
    client.force_login(a_city.people["dispatcher"])
    assert f'href="{HOME}"' in client.get("/desk").content.decode()


def test_months_before_a_day_end_with_the_month() -> None:
    assert months_before(dt.date(2026, 3, 31), 1) == dt.date(2026, 2, 28)
    assert months_before(dt.date(2026, 1, 15), 12) == dt.date(2025, 1, 15)
    assert months_before(dt.date(2026, 1, 31), 3) == dt.date(2025, 10, 31)


def test_streets_that_occur_are_offered(dispatcher: Client, a_city: TinyCity, draft: RuleSet) -> None:
    Street.objects.create(
        source_id="1", names={"en": "Main"}, road_class="primary", owner="region",
        geometry=MultiLineString(LineString((10, 50), (10.01, 50)), srid=4326),
    )  # fmt: skip
    page = dispatcher.get(at(draft, "new")).content.decode()
    assert 'name="road_classes" value="primary"' in page
    assert 'name="street_owners" value="region"' in page
