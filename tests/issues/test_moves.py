"""Open appeals follow new rules and boundaries on their first day: with notice, as one batch, and back again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gis_data import city_time
from gis_data.models import Boundary, BoundaryDraft, DraftArea
from issues import batch_notice, intake, jobs, moves, triage
from issues.models import Appeal, Event, Replay, RerouteBatch, RoutingDecision, RoutingRule, RuleSet
from issues.routing.publish import copy_to_draft, in_force
from issues.routing.words import reason_in_words
from issues.states import NotAllowed
from notifications import outbox
from notifications.models import OutboxMessage
from tests import factories
from tests.factories import TinyCity, a_submission, an_appeal, box


def sent(category: str = "pothole", at: tuple[float, float] = factories.IN_WEST, **changes: Any) -> Appeal:
    """A report that came in by the form."""
    answers = {"depth": "deep"} if category == "pothole" else {}
    receipt = intake.submit(a_submission(category=category, lon=at[0], lat=at[1], **{"answers": answers, **changes}))
    return Appeal.objects.get(public_id=receipt.public_id)


def rules_with(city: TinyCity, code: str, department: str, **states: Any) -> RuleSet:
    """A draft with one rule more than are in force."""
    draft = copy_to_draft(in_force(city_time.today()), "One more rule")
    RoutingRule.objects.create(
        rule_set=draft, code=code, department=city.departments[department], valid=(factories.FROM, None), **states
    )
    return draft


def potholes_to_parks(city: TinyCity) -> RuleSet:
    return rules_with(city, "potholes", "parks", category=city.categories["pothole"])


def publish(draft: RuleSet, *, moves_open: bool = True) -> None:
    outbox.work_off()
    jobs.publish_rules(draft, city_time.today(), moves_open=moves_open)
    while outbox.work_off().done:
        pass
    draft.refresh_from_db()


def department_of(appeal: Appeal) -> str:
    found = Appeal.objects.select_related("department").get(pk=appeal.pk).department
    return found.code if found else ""


def test_open_appeals_follow_new_rules_with_their_reason_and_a_change_everybody_sees(a_city: TinyCity) -> None:
    hole, lamp = sent(), sent("lamp")
    draft = potholes_to_parks(a_city)

    publish(draft)

    assert (department_of(hole), department_of(lamp)) == ("parks", "roads")
    decision = RoutingDecision.objects.filter(appeal=hole).latest("id")
    assert (decision.rule_set, decision.reason["rule"], decision.facts_id is not None) == (draft, "potholes", True)
    assert "Park service" in reason_in_words(decision.reason, "en")
    event = Event.objects.filter(appeal=hole).latest("id")
    assert (event.kind, event.data["department"], event.actor) == ("routed", "parks", None)
    assert RerouteBatch.objects.get().moves.get().appeal == hole
    draft.refresh_from_db()
    assert draft.moved_at is not None


def test_the_first_decision_keeps_the_rules_and_the_version_it_was_made_by(a_city: TinyCity) -> None:
    hole = sent(at=factories.IN_RING_WEST)
    first = RoutingDecision.objects.get(appeal=hole)
    kept = (first.rule_set_id, first.rule_id, first.boundary_id, dict(first.reason))

    publish(
        rules_with(
            a_city, "all", "roads", category=a_city.categories["pothole"], boundary_set=a_city.sets["zones"], boundary_code="ring"
        )
    )

    first.refresh_from_db()
    assert (first.rule_set_id, first.rule_id, first.boundary_id, dict(first.reason)) == kept
    assert first.rule_set == a_city.rule_set
    assert department_of(hole) == "roads"


def test_reporters_are_told_and_a_service_has_one_letter_for_all(a_city: TinyCity) -> None:
    holes = [sent() for _number in range(3)]
    OutboxMessage.objects.all().delete()
    publish_day = potholes_to_parks(a_city)

    jobs.publish_rules(publish_day, city_time.today(), moves_open=True)
    jobs.move_open({"rule_set": publish_day.pk})

    letters = OutboxMessage.objects.filter(kind="mail")
    assert sorted(letters.values_list("payload__appeal", flat=True)) == [one.pk for one in holes]
    assert set(letters.values_list("payload__to", flat=True)) == {"reporter"}
    together = OutboxMessage.objects.get(kind=batch_notice.KIND)
    assert together.payload["department"] == a_city.departments["parks"].pk


def test_the_letter_to_the_service_counts_the_reports(a_city: TinyCity, mailoutbox: list[Any]) -> None:
    for _number in range(2):
        sent()
    publish(potholes_to_parks(a_city))

    (letter,) = [one for one in mailoutbox if one.to == ["parks@testville.invalid"]]
    assert letter.subject == "2 reports were sent to you at once"
    assert "now the work of Park service" in letter.body


def by_hand(city: TinyCity, appeal: Appeal) -> None:
    triage.reroute(appeal, city.people["dispatcher"], city.departments["town-hall"], "Belongs there.")
    triage.reroute(appeal, city.people["dispatcher"], city.departments["roads"], "And back again.")


def started(city: TinyCity, appeal: Appeal) -> None:
    Appeal.objects.filter(pk=appeal.pk).update(state="started")


def finished(city: TinyCity, appeal: Appeal) -> None:
    triage.close(appeal, city.clerk, "Nothing to do there.")


def held(city: TinyCity, appeal: Appeal) -> None:
    Appeal.objects.filter(pk=appeal.pk).update(visibility="held")


@pytest.mark.parametrize("happened", [by_hand, started, finished, held])
def test_what_people_decided_or_began_stays(a_city: TinyCity, happened: Any) -> None:
    hole = sent()
    happened(a_city, hole)

    publish(potholes_to_parks(a_city))

    assert department_of(hole) == "roads"


def test_an_accepted_appeal_is_new_to_the_next_service_and_its_visit_is_withdrawn(a_city: TinyCity) -> None:
    hole = sent()
    triage.accept(hole, a_city.clerk, a_city.crews["roads-all"])

    publish(potholes_to_parks(a_city))

    hole.refresh_from_db()
    assert (department_of(hole), hole.state, hole.tasks.get().state) == ("parks", "new", "could_not")


def test_rules_published_without_moving_leave_open_appeals_alone(a_city: TinyCity) -> None:
    hole = sent()

    publish(potholes_to_parks(a_city), moves_open=False)

    assert department_of(hole) == "roads"
    assert department_of(sent()) == "parks"


def test_rules_of_a_later_day_change_nothing_today_and_wait_in_the_outbox(a_city: TinyCity) -> None:
    hole = sent()
    draft = potholes_to_parks(a_city)
    tomorrow = city_time.today() + dt.timedelta(days=1)

    jobs.publish_rules(draft, tomorrow, moves_open=True)
    outbox.work_off()

    assert (department_of(hole), department_of(sent())) == ("roads", "roads")
    waiting = OutboxMessage.objects.get(kind="routing-move")
    assert waiting.done_at is None
    assert waiting.available_at == city_time.morning(tomorrow)
    assert in_force(tomorrow) == draft


def test_an_interrupted_move_goes_on_in_the_same_batch(a_city: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "_AT_ONCE", 1)
    for _number in range(3):
        sent()
    draft = potholes_to_parks(a_city)
    jobs.publish_rules(draft, city_time.today(), moves_open=True)
    draft.refresh_from_db()

    assert not moves.apply_rules(draft, None, seconds=0.0)
    assert moves.apply_rules(draft, None)
    assert moves.apply_rules(draft, None)

    assert RerouteBatch.objects.get().moves.count() == 3
    assert Event.objects.filter(kind="routed").count() == 3


def test_a_batch_is_undone_but_for_what_people_worked_on_since(a_city: TinyCity) -> None:
    back, left = sent(), sent()
    publish(potholes_to_parks(a_city))
    batch = RerouteBatch.objects.get()
    by_hand(a_city, left)

    done = moves.undo(batch, a_city.people["admin"])

    assert (done.moved_back, done.left) == (1, 1)
    assert (department_of(back), department_of(left)) == ("roads", "roads")
    assert RoutingDecision.objects.filter(appeal=back).latest("id").reason["how"] == "undone"
    batch.refresh_from_db()
    assert batch.undone_by == a_city.people["admin"]
    with pytest.raises(NotAllowed, match="undone already"):
        moves.undo(batch, a_city.people["admin"])


def test_what_was_undone_is_not_moved_again(a_city: TinyCity) -> None:
    hole = sent()
    draft = potholes_to_parks(a_city)
    publish(draft)
    moves.undo(RerouteBatch.objects.get(), None)

    moves.apply_rules(draft, None)

    assert department_of(hole) == "roads"


def test_imported_appeals_move_once_their_ground_is_known(a_city: TinyCity) -> None:
    hole = an_appeal(a_city)
    jobs.read_facts({})

    publish(potholes_to_parks(a_city))

    assert department_of(hole) == "parks"


def the_border_moves_west(city: TinyCity) -> BoundaryDraft:
    draft = BoundaryDraft.objects.create(
        boundary_set=city.sets["districts"],
        title="East grows",
        columns=["code", "name"],
        code_column="code",
        name_columns={"en": "name"},
    )
    for row, (code, shape) in enumerate(
        {"west": box(10.0, 50.0, 10.005, 50.05), "east": box(10.005, 50.0, 10.09, 50.05)}.items(), start=1
    ):
        DraftArea.objects.create(draft=draft, row=row, properties={"code": code, "name": code.title()}, geometry=shape)
    return draft


def test_open_appeals_follow_a_moved_border_and_know_their_new_district(a_city: TinyCity) -> None:
    tree, hole = sent("tree"), sent()
    closed = sent("tree")
    triage.close(closed, a_city.clerk, "Nothing to do there.")
    draft = the_border_moves_west(a_city)

    jobs.publish_boundaries(draft, city_time.today(), moves_open=True)
    outbox.work_off()

    new_east = Boundary.objects.on(city_time.today()).get(code="east")
    tree.refresh_from_db()
    hole.refresh_from_db()
    closed.refresh_from_db()
    assert (department_of(tree), tree.district) == ("roads", new_east)
    assert (department_of(hole), hole.district) == ("roads", new_east)
    assert hole.facts.key.key["at"]["districts"] == "east"
    assert not Event.objects.filter(appeal=hole, kind="routed").exists()
    assert (closed.district, closed.facts.key.key["at"]["districts"]) == (a_city.boundaries["west"], "west")
    assert (
        RoutingDecision.objects.filter(appeal=tree).latest("id").reason["because"][0]["version"] == city_time.today().isoformat()
    )


def test_a_replay_runs_in_the_background_and_keeps_what_came_out(a_city: TinyCity) -> None:
    sent()
    sent("lamp")
    replay = Replay.objects.create(rule_set=potholes_to_parks(a_city))

    jobs.run_replay({"replay": replay.pk})

    replay.refresh_from_db()
    assert (replay.state, replay.result["looked_at"], replay.result["moved"]) == ("done", 2, 1)
    assert replay.finished_at is not None


def test_a_draft_that_cannot_be_read_fails_its_replay_with_a_sentence(a_city: TinyCity) -> None:
    draft = the_border_moves_west(a_city)
    draft.areas.update(properties={})
    replay = Replay.objects.create(boundary_draft=draft)

    jobs.run_replay({"replay": replay.pk})

    replay.refresh_from_db()
    assert replay.state == "failed"
    assert replay.error


def test_a_job_whose_draft_is_gone_does_nothing(a_city: TinyCity) -> None:
    jobs.run_replay({"replay": 999_999})
    jobs.move_open({"rule_set": 999_999})
    jobs.move_open({"boundary_draft": 999_999})

    assert not RerouteBatch.objects.exists()
