"""A worker that is killed in the middle of an upload, and two that begin at the same moment."""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from tests.factories import build_city
from tests.faults.processes import Killable, database_url
from tests.issues.test_history import together
from tests.notifications.deadline import eventually
from tests.works.sending import as_admin, loaded, post, press, table
from tests.works.small_sets import row
from works import upload_job, upload_report
from works.models import Money, Project, UploadState, WorksUpload
from works.upload_files import folder_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
WORK = "import django; django.setup(); from works import upload_job; upload_job.work_off()"
_WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'works_projectparty'::regclass"


def a_worker(log: Path) -> Killable:
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "citymap.settings.test",
        "DATABASE_URL": database_url(connection.settings_dict),
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
    }
    return Killable([sys.executable, "-c", WORK], env, log)


def long_ago(upload: WorksUpload) -> None:
    WorksUpload.objects.filter(pk=upload.pk).update(touched_at=timezone.now() - dt.timedelta(minutes=1))


def waits_for_the_table() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_WAITS)
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("publishing", [False, True])
def test_what_a_killed_worker_leaves_is_taken_up_again(tmp_path: Path, publishing: bool) -> None:
    admin = as_admin(build_city())
    post(admin, {"p.csv": table(row(), row(id="2"))})
    upload = WorksUpload.objects.get()
    if publishing:
        upload_job.work_off()
        upload.refresh_from_db()
        press(admin, upload, "publish")
    worker = a_worker(tmp_path / "log")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE works_projectparty IN ACCESS EXCLUSIVE MODE")  # it stops after its projects are written
            worker.start()
            eventually(waits_for_the_table, 60)
            worker.kill()
    finally:
        worker.kill()
    upload.refresh_from_db()
    assert upload.state == (UploadState.PUBLISHING if publishing else UploadState.CHECKING)
    assert not Project.objects.exists(), "nothing is half loaded"

    assert upload_job.work_off() == 0, "it may only have begun a moment ago"
    long_ago(upload)
    eventually(lambda: upload_job.work_off() == 1, 20)  # the database has to notice that its client is dead
    upload.refresh_from_db()
    assert upload.state == (UploadState.PUBLISHED if publishing else UploadState.READY)
    assert (Project.objects.count(), Money.objects.count()) == ((2, 2) if publishing else (0, 0))


def test_one_that_kills_its_workers_is_given_up_with_a_sentence() -> None:
    admin = as_admin(build_city())
    post(admin, {"p.csv": table(row())})
    upload = WorksUpload.objects.get()
    WorksUpload.objects.update(state=UploadState.CHECKING, attempts=upload_job.MOST_ATTEMPTS)
    long_ago(upload)
    upload_job.work_off()
    upload.refresh_from_db()
    assert upload.state == UploadState.FAILED
    assert "Its worker ended 3 times" in admin.get(f"/desk/works/{upload.pk}").content.decode()
    admin.post(f"/desk/works/{upload.pk}/again")
    upload_job.work_off()
    upload.refresh_from_db()
    assert (upload.state, upload.attempts) == (UploadState.READY, 0)


def test_what_is_thrown_away_while_it_is_checked_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = as_admin(build_city())
    post(admin, {"p.csv": table(row())})
    upload = WorksUpload.objects.get()
    result_of = upload_report.result_of

    def meanwhile(*found: Any) -> Any:
        (answer,) = together(1, lambda _number: admin.post(f"/desk/works/{upload.pk}/discard").status_code)
        assert answer == 302
        return result_of(*found)

    monkeypatch.setattr(upload_job, "result_of", meanwhile)
    upload_job.work_off()
    upload.refresh_from_db()
    assert (upload.state, upload.result) == (UploadState.DISCARDED, {})
    assert not folder_of(upload.folder).exists()


def test_two_workers_at_once_publish_two_uploads_of_one_file_once() -> None:
    admin = as_admin(build_city())
    for _time in range(2):
        post(admin, {"p.csv": table(row(), row(id="2"))})
    upload_job.work_off()
    for upload in WorksUpload.objects.all():
        press(admin, upload, "publish")

    def work(_number: int) -> Any:
        return upload_job.work_off()

    together(2, work)
    WorksUpload.objects.update(touched_at=timezone.now() - dt.timedelta(minutes=1))
    upload_job.work_off()
    assert sorted(WorksUpload.objects.values_list("state", flat=True)) == ["published", "ready"]
    projects, money = loaded()
    assert (len(projects), len(money)) == (2, 2)
