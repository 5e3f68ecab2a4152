"""Works sent by hand: looked at first, published to the letter or not at all, thrown away without a trace."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client

from tests.factories import TinyCity
from tests.works.loading import load_folder
from tests.works.sending import MAPPING, as_admin, do, loaded, page, post, press, send, table, text_of
from tests.works.small_sets import row, write
from works import upload_job
from works.models import Money, Project, UploadState, WorksUpload
from works.upload_files import folder_of, sources_of
from works.views import upload as upload_views

pytestmark = pytest.mark.django_db


def event_model(model: Any) -> Any:
    """The table of the versions of a tracked model."""
    return model._meta.get_field("events").related_model


@pytest.fixture
def admin(a_city: TinyCity) -> Client:
    return as_admin(a_city)


def test_a_preview_changes_nothing_and_publishing_does_what_the_command_does(admin: Client, tmp_path: Path) -> None:
    rows = (row(), row(id="2", budget="20", firm="firm OY"), row(id="3", budget="", lon="", lat=""))
    upload = send(admin, *rows)
    assert upload.state == UploadState.READY
    assert not Project.objects.exists()
    text = page(admin, upload)
    assert "3 rows read." in text
    assert "1,254.50" in text
    assert "has no place" in text

    do(admin, upload, "publish")
    assert upload.state == UploadState.PUBLISHED
    by_page = loaded()
    (again,) = load_folder(write(tmp_path, *rows))
    assert (again.tally.loaded, again.tally.unchanged) == (0, 3), "the command finds nothing left to do"
    assert loaded() == by_page
    assert Money.objects.totals() == {("planned", "EUR"): Decimal("1254.50")}


@pytest.mark.parametrize("way", ["ASC", "DESC"])
def test_the_difference_is_in_the_order_of_the_file_however_the_database_reads(admin: Client, way: str) -> None:
    def in_another_order(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('SELECT "works_project"."local_id"') and "ORDER BY" not in sql:
            sql = f"{sql} ORDER BY 1 {way}"
        return execute(sql, params, many, context)

    with connection.execute_wrapper(in_another_order):
        upload = send(admin, row(id="3"), row(id="1"), row(id="2"))
    lines = (folder_of(upload.folder) / "new.jsonl").read_text(encoding="utf-8").splitlines()
    assert [one["id"] for one in map(json.loads, lines) if one["what"] == "project"] == ["3", "1", "2"]


def test_each_change_stands_field_by_field_as_now_and_then(admin: Client) -> None:
    do(admin, send(admin, row(), row(id="2"), row(id="3", budget="7")), "publish")
    upload = send(admin, row(title="High bridge", budget="9", firm="Stone Ltd"), row(id="2"), row(id="4"))
    text = page(admin, upload)
    for words in ("en: Bridge", "en: High bridge", "supplier Firm Oy", "supplier Stone Ltd", "1234.50", "9.00"):
        assert words in text
    found = {(one["what"], one["kind"]): one["count"] for one in upload.result["counts"]}
    assert found == {
        ("project", "new"): 1,
        ("project", "changed"): 1,
        ("project", "gone"): 1,
        ("money", "new"): 1,
        ("money", "changed"): 1,
        ("money", "gone"): 1,
    }
    assert "project/3/planned/budget" in page(admin, upload, "?what=gone")
    # 1234.50 became 9, the third stays though no file holds it any more, and a fourth came.
    assert upload.result["totals"] == [{"stage": "planned", "currency": "EUR", "before": "2476.00", "after": "2485.00"}]


def test_the_rows_come_page_by_page_each_once(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_views, "PAGE", 2)
    upload = send(admin, *(row(id=f"n{number}", budget="") for number in range(5)))
    seen: list[str] = []
    query = "?what=new"
    while query:
        answer = admin.get(f"/desk/works/{upload.pk}{query}")
        seen += [one["id"] for one in answer.context["rows"]]
        query = answer.context["next_address"].removesuffix("#rows")
    assert seen == [f"n{number}" for number in range(5)]


@pytest.mark.parametrize("query", ["?what=all", "?after=x", "?after=-1", "?what=new&after=3", f"?after={10**30}"])
def test_a_page_that_is_none_is_refused(admin: Client, query: str) -> None:
    upload = send(admin, row())
    assert admin.get(f"/desk/works/{upload.pk}{query}").status_code == 400


def test_numbers_of_no_upload_are_not_found(admin: Client) -> None:
    for number in (0, 10**30):
        assert admin.get(f"/desk/works/{number}").status_code == 404
        assert admin.post(f"/desk/works/{number}/publish").status_code == 404
        assert admin.get(f"/desk/works/{number}/report.csv").status_code == 404


def test_what_moved_since_the_preview_is_shown_before_anything_is_written(admin: Client, tmp_path: Path) -> None:
    do(admin, send(admin, row()), "publish")
    upload = send(admin, row(title="Ours"))
    load_folder(write(tmp_path, row(title="Theirs")))
    before = loaded()

    do(admin, upload, "publish")
    assert (upload.state, upload.moved) == (UploadState.READY, True)
    assert loaded() == before
    text = page(admin, upload)
    assert "since the preview something has changed" in text
    assert "en: Theirs" in text

    do(admin, upload, "publish")
    assert (upload.state, upload.moved) == (UploadState.PUBLISHED, False)
    assert Project.objects.get().title == {"en": "Ours"}


def test_of_two_clerks_with_the_same_file_one_publishes_and_the_other_is_told(admin: Client) -> None:
    first, second = send(admin, row()), send(admin, row())
    for upload in (first, second):
        assert press(admin, upload, "publish").status_code == 302
    upload_job.work_off()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state, second.moved) == (UploadState.PUBLISHED, UploadState.READY, True)
    assert Money.objects.count() == 1
    assert "everything is in the database already" in page(admin, second)
    assert f"/desk/works/{second.pk}/publish" not in page(admin, second)


def test_a_button_of_an_old_page_publishes_nothing_that_nobody_looked_at(admin: Client, tmp_path: Path) -> None:
    do(admin, send(admin, row()), "publish")
    upload = send(admin, row(title="Ours"))
    shown = re.findall(r'name="seen" value="([0-9a-f]{64})"', page(admin, upload))
    assert shown == [upload.result["fingerprint"]]
    load_folder(write(tmp_path, row(title="Theirs")))
    do(admin, WorksUpload.objects.get(pk=upload.pk), "again")
    for seen in ("", "x", "é"):
        assert admin.post(f"/desk/works/{upload.pk}/publish", {"seen": seen}).status_code == 409
    answer = admin.post(f"/desk/works/{upload.pk}/publish", {"seen": shown[0]})
    assert answer.status_code == 409
    assert "has become another. Look at it again." in text_of(answer)
    assert "en: Theirs" in text_of(answer), "the page that comes back shows it"
    assert upload_job.work_off() == 0
    upload.refresh_from_db()
    assert upload.state == UploadState.READY
    do(admin, upload, "publish")
    assert upload.state == UploadState.PUBLISHED


def test_a_click_that_comes_too_late_is_a_sentence(admin: Client) -> None:
    upload = send(admin, row())
    do(admin, upload, "publish")
    for action in ("publish", "discard", "again"):
        answer = do(admin, upload, action)
        assert answer.status_code == 409
    assert Project.objects.count() == 1


def test_thrown_away_is_gone_with_its_files(admin: Client, django_capture_on_commit_callbacks: Any) -> None:
    upload = send(admin, row())
    folder = folder_of(upload.folder)
    assert (sources_of(upload.folder) / "p.csv").is_file()
    with django_capture_on_commit_callbacks(execute=True):
        do(admin, upload, "discard")
    assert not folder.exists()
    assert upload.state == UploadState.DISCARDED
    assert "Throw away" not in page(admin, upload)


def test_who_and_when_is_kept_for_each_step(admin: Client, a_city: TinyCity) -> None:
    upload = send(admin, row())
    do(admin, upload, "publish")
    states = list(event_model(WorksUpload).objects.filter(pgh_obj=upload).order_by("pgh_id").values_list("state", flat=True))
    assert states == ["waiting", "checking", "ready", "approved", "publishing", "published"]
    assert upload.decided_by == a_city.people["admin"]
    do(admin, send(admin, row(title="Other")), "publish")
    event = event_model(Project).objects.get()
    assert event.pgh_context.metadata["user"] == a_city.people["admin"].pk, "rows it changed say whose upload it was"


@pytest.mark.parametrize("role", ["resident", "clerk", "crew", "head", "dispatcher"])
def test_only_an_administrator_may(a_city: TinyCity, role: str) -> None:
    upload = WorksUpload.objects.create(code="test", names={}, mapping="", folder="0" * 32)
    client = Client()
    client.force_login(a_city.people[role])
    for address in ("/desk/works", f"/desk/works/{upload.pk}", f"/desk/works/{upload.pk}/report.csv"):
        assert client.get(address).status_code == 403
    assert post(client, {"p.csv": table(row())}).status_code == 403
    assert client.post(f"/desk/works/{upload.pk}/publish").status_code == 403
    assert WorksUpload.objects.count() == 1


def test_a_stranger_is_sent_to_the_log_in_and_nothing_is_kept(a_city: TinyCity, settings: LazySettings) -> None:
    answer = post(Client(), {"p.csv": table(row())})
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")
    assert not (Path(settings.MEDIA_ROOT) / "works").exists()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(a_city.people["admin"])
    assert post(strict, {"p.csv": table(row())}).status_code == 403, "without the form's own token"
    assert not WorksUpload.objects.exists()


def test_the_list_shows_what_is_loaded_and_offers_its_mapping_again(admin: Client) -> None:
    do(admin, send(admin, row()), "publish")
    text = text_of(admin.get("/desk/works"))
    for words in ("CC0 1.0", "projects: 1", "1,234.50", "EUR", "Test (test): p.csv"):
        assert words in text
    upload = WorksUpload.objects.get()
    answer = post(admin, {"whatever.csv": table(row(title="Again"))}, toml="", mapping=f"upload:{upload.pk}")
    assert answer.status_code == 302
    assert WorksUpload.objects.latest("pk").mapping.strip() == MAPPING.strip()
    assert "Data of works" in text_of(admin.get("/desk")), "the desk leads here"
