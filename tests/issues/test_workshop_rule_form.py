"""The form of one rule: what it means, what is refused and why, and that nothing typed is lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.http import QueryDict
from django.test import Client

from gis_data.models import Asset
from issues.errors import Invalid
from issues.models import RoutingRule, RuleSet
from issues.routing.publish import copy_to_draft
from issues.views import rule_form
from issues.views.rule_form import typed_in, typed_of
from tests.factories import FROM, TinyCity
from tests.issues.workshop import at, page_of, today, typed


@pytest.fixture
def draft(a_city: TinyCity) -> RuleSet:
    return copy_to_draft(a_city.rule_set, "Spring")


def sent(**changes: Any) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in typed(**changes).items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def test_a_new_rule_begins_today_and_is_saved_with_all_that_was_typed(
    dispatcher: Client, a_city: TinyCity, draft: RuleSet
) -> None:
    assert f'value="{today().isoformat()}"' in dispatcher.get(at(draft, "new")).content.decode()
    fields = typed(
        category="pothole", **{"q-depth": ["deep"], "q-wet": ["yes", "no"]}, weekdays=["7", "6"], time_from="22:00", time_to="06:00",
        department="roads", crew="roads-west", urgent="yes", due="1,5", priority="-3", valid_to="2030-12-31",
    )  # fmt: skip

    answer = dispatcher.post(at(draft, "new"), fields)

    rule = draft.rules.get(code="lamps-in-the-west")
    assert answer["Location"] == f"{at(draft)}#rule-{rule.pk}"
    assert (rule.category, rule.boundary_set, rule.boundary_code) == (
        a_city.categories["pothole"],
        a_city.sets["districts"],
        "west",
    )
    assert (rule.answers, rule.weekdays) == ({"depth": ["deep"], "wet": ["yes", "no"]}, [6, 7])
    assert (rule.time_from, rule.time_to, rule.due) == (dt.time(22), dt.time(6), dt.timedelta(minutes=90))
    assert (rule.department, rule.crew) == (a_city.departments["roads"], a_city.crews["roads-west"])
    assert (rule.urgent, rule.priority, rule.valid) == (True, -3, DateRange(FROM, dt.date(2031, 1, 1)))


def test_a_rule_comes_back_from_the_form_as_it_was(dispatcher: Client, a_city: TinyCity, draft: RuleSet) -> None:
    dispatcher.post(at(draft, "new"), sent(valid_to="2030-12-31", due="36", weekdays=["1"]))
    rule = draft.rules.select_related("category", "boundary_set", "department", "crew").get(code="lamps-in-the-west")
    shown = typed_of(rule)
    assert rule_form.read(shown) == {
        name: getattr(rule, name) for name in rule_form.read(shown)
    }  # what the form shows means what the rule says
    assert (shown.area, shown.due, shown.valid_to) == ("districts/west", "36", "2030-12-31")


def test_the_chosen_category_shows_its_questions_and_nothing_typed_is_lost(dispatcher: Client, draft: RuleSet) -> None:
    fields = typed(code="half typed", category="pothole", priority="many", show="questions", **{"q-depth": "deep"})
    answer = dispatcher.post(at(draft, "new"), fields)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "How deep?" in page
    assert '<input type="checkbox" name="q-depth" value="deep" checked>' in page
    assert "Where exactly?" not in page  # free words: no rule can look at them
    assert 'value="half typed"' in page
    assert 'value="many"' in page
    assert draft.rules.count() == 3


def test_a_group_shows_the_questions_of_its_categories(dispatcher: Client, draft: RuleSet) -> None:
    page = dispatcher.post(at(draft, "new"), typed(category="", group="street", show="questions")).content.decode()
    assert "How deep?" in page


def test_a_copy_has_everything_but_the_name(dispatcher: Client, draft: RuleSet) -> None:
    ring = draft.rules.get(code="ring")
    page = dispatcher.get(f"{at(draft, 'new')}?like={ring.pk}").content.decode()
    assert '<option value="zones/ring" selected>' in page
    assert '<option value="parks" selected>' in page
    assert 'name="code" type="text" value=""' in page


def test_a_rule_of_another_set_is_not_copied(dispatcher: Client, a_city: TinyCity) -> None:
    empty = copy_to_draft(None, "Empty")
    page = dispatcher.get(f"{at(empty, 'new')}?like={a_city.rules['ring'].pk}").content.decode()
    assert '<option value="zones/ring" selected>' not in page


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("code", {"code": ""}),
        ("code", {"code": "с-кириллицей"}),
        ("code", {"code": "a b"}),
        ("code", {"code": "x" * 121}),
        ("category", {"category": "unknown"}),
        ("area", {"area": "districts"}),
        ("area", {"area": "nowhere/west"}),
        ("area", {"area": "districts/" + "x" * 81}),
        ("department", {"department": ""}),
        ("department", {"department": "unknown"}),
        ("crew", {"crew": "unknown"}),
        ("time_from", {"time_from": "25:00", "time_to": "06:00"}),
        ("time_to", {"time_from": "22:00"}),
        ("time_from", {"time_to": "22:00"}),
        ("due", {"due": "-4"}),
        ("due", {"due": "0"}),
        ("due", {"due": "1000000000"}),
        ("due", {"due": "NaN"}),
        ("due", {"due": "8785"}),
        ("priority", {"priority": "1000000000"}),
        ("priority", {"priority": "-1001"}),
        ("priority", {"priority": "1.5"}),
        ("priority", {"priority": "٣"}),
        ("valid_from", {"valid_from": "tomorrow"}),
        ("valid_from", {"valid_from": "0001-01-01"}),
        ("valid_to", {"valid_to": "9999-12-31"}),
        ("valid_to", {"valid_to": "2019-12-31"}),
        ("weekdays", {"weekdays": ["8"]}),
        ("weekdays", {"weekdays": ["1", "-1"]}),
        ("road_classes", {"road_classes": ["x" * 41]}),
        ("street_owners", {"street_owners": ["x" * 81]}),
    ],
)
def test_a_field_that_makes_no_sense_is_refused_by_name(
    dispatcher: Client, a_city: TinyCity, draft: RuleSet, field: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as refused:
        rule_form.read(typed_in(sent(**changes)))
    assert list(refused.value.errors) == [field]
    answer = dispatcher.post(at(draft, "new"), typed(**changes))
    assert answer.status_code == 422
    assert refused.value.errors[field] in page_of(answer)
    assert f'id="id_{field}"' in answer.content.decode() or field in {"road_classes", "street_owners"}
    assert draft.rules.count() == 3


@pytest.mark.parametrize(
    "hostile",
    [
        {"code": "a\x00b"},
        {"group": "\x00" * 50},
        {"group": "x" * 100_000},
        {"q-depth": ["\x00"], "q-\x00": ["\x00x"]},
        {"q-" + "x" * 5000: ["y" * 5000]},
        {"area": "districts/\x00west"},
        {"department": "roads\x00"},
        {"asset_kinds": [f"kind-{number}" for number in range(2000)]},
        {"seen": "\x00" * 1000},
        {"crew": "<script>alert(1)</script>"},
    ],
    ids=range(10),
)
def test_whatever_is_sent_there_is_an_answer(dispatcher: Client, draft: RuleSet, hostile: dict[str, Any]) -> None:
    answer = dispatcher.post(at(draft, "new"), typed(**hostile))
    assert answer.status_code in {302, 400, 422}
    assert b"<script>alert" not in answer.content


def test_an_error_refuses_and_no_box_changes_that(dispatcher: Client, draft: RuleSet) -> None:
    wrong = typed(category="tree", area="", group="street", anyway="yes")
    answer = dispatcher.post(at(draft, "new"), wrong)
    assert answer.status_code == 422
    words = page_of(answer)
    assert "This rule cannot be saved" in words
    assert "The category “Fallen tree” does not belong to the group “Street”, so it never matches." in words
    assert "Save it all the same" not in words
    assert draft.rules.count() == 3


def test_a_warning_asks_once_and_is_saved_all_the_same(dispatcher: Client, draft: RuleSet) -> None:
    shadowed = typed(code="all-lamps-again", area="", department="parks")
    answer = dispatcher.post(at(draft, "new"), shadowed)
    assert answer.status_code == 422
    words = page_of(answer)
    assert "It never gets its turn: the rule “all-lamps” goes before it and fits wherever this one fits." in words
    assert "Save it all the same" in words
    assert draft.rules.count() == 3
    assert dispatcher.post(at(draft, "new"), {**shadowed, "anyway": "yes"}).status_code == 302
    assert draft.rules.count() == 4


def test_a_rule_that_stands_in_the_way_of_another_is_told_so(dispatcher: Client, draft: RuleSet) -> None:
    answer = dispatcher.post(at(draft, "new"), typed(area="", priority="5"))
    assert answer.status_code == 422
    assert "all-lamps : It never gets its turn: the rule “lamps-in-the-west” goes before it" in page_of(answer)


def test_a_name_is_given_once_in_a_draft(dispatcher: Client, draft: RuleSet) -> None:
    answer = dispatcher.post(at(draft, "new"), typed(code="ring"))
    assert answer.status_code == 422
    assert "Another rule of this draft has this name" in page_of(answer)


def test_a_rule_is_changed_and_deleted(dispatcher: Client, draft: RuleSet) -> None:
    lamps = draft.rules.get(code="all-lamps")
    seen = rule_form.stamp(lamps)
    assert f'value="{seen}"' in dispatcher.get(at(draft, lamps.pk)).content.decode()
    assert dispatcher.post(at(draft, lamps.pk), typed(code="all-lamps", area="", due="12", seen=seen)).status_code == 302
    lamps.refresh_from_db()
    assert (lamps.department.code, lamps.due) == ("parks", dt.timedelta(hours=12))
    assert dispatcher.post(at(draft, lamps.pk, "delete")).status_code == 302
    assert not draft.rules.filter(code="all-lamps").exists()
    late = dispatcher.post(at(draft, lamps.pk), typed(seen=seen))
    assert late.status_code == 409
    assert "Perhaps somebody deleted it meanwhile" in page_of(late)


def test_who_saves_over_a_change_of_somebody_else_is_told_first(dispatcher: Client, draft: RuleSet) -> None:
    lamps = draft.rules.get(code="all-lamps")
    seen = rule_form.stamp(lamps)
    draft.rules.filter(pk=lamps.pk).update(priority=9)
    mine = typed(code="all-lamps", area="", priority="1", seen=seen)

    answer = dispatcher.post(at(draft, lamps.pk), mine)

    assert answer.status_code == 409
    assert "Somebody else changed this rule meanwhile" in page_of(answer)
    page = answer.content.decode()
    assert 'name="priority" type="text" value="1"' in page
    lamps.refresh_from_db()
    assert lamps.priority == 9
    assert f'value="{rule_form.stamp(lamps)}"' in page
    assert dispatcher.post(at(draft, lamps.pk), {**mine, "seen": rule_form.stamp(lamps)}).status_code == 302


def test_a_draft_that_was_published_meanwhile_takes_no_rule(dispatcher: Client, a_city: TinyCity) -> None:
    published, ring = a_city.rule_set, a_city.rules["ring"]
    for answer in (
        dispatcher.post(at(published, "new"), typed()),
        dispatcher.post(at(published, ring.pk), typed()),
        dispatcher.post(at(published, ring.pk, "delete")),
        dispatcher.get(at(published, "new")),
        dispatcher.get(at(published, ring.pk)),
    ):
        assert answer.status_code == 409
        assert "These rules" in page_of(answer)
    assert published.rules.count() == 3


def test_a_rule_of_another_set_is_out_of_reach(dispatcher: Client, a_city: TinyCity, draft: RuleSet) -> None:
    foreign = a_city.rules["ring"]
    assert dispatcher.get(at(draft, foreign.pk)).status_code == 409
    assert dispatcher.post(at(draft, foreign.pk), typed()).status_code == 409
    assert dispatcher.post(at(draft, foreign.pk, "delete")).status_code == 409
    assert RoutingRule.objects.filter(pk=foreign.pk).exists()


def test_what_a_rule_names_and_nobody_offers_any_more_is_not_lost_by_saving(
    dispatcher: Client, a_city: TinyCity, draft: RuleSet
) -> None:
    Asset.objects.create(source_id="1", kind="lamp", geometry="SRID=4326;POINT(10 50)")
    rule = RoutingRule.objects.create(
        rule_set=draft, code="old", category=a_city.categories["tree"], boundary_set=a_city.sets["districts"], boundary_code="gone",
        road_classes=["canal"], answers={"size": ["big"]}, department=a_city.departments["parks"], valid=(FROM, None),
    )  # fmt: skip
    a_city.categories["tree"].valid = DateRange(FROM, FROM + dt.timedelta(days=1))
    a_city.categories["tree"].save()
    a_city.departments["parks"].active = False
    a_city.departments["parks"].save()
    page = dispatcher.get(at(draft, rule.pk)).content.decode()
    for kept in (
        '<option value="tree" selected>',
        '<option value="districts/gone" selected>',
        '<option value="parks" selected>',
        'name="road_classes" value="canal" checked',
        'name="q-size" value="big" checked',
    ):
        assert kept in page
