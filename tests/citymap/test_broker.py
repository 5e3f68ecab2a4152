"""Celery is only the doorbell: a web request never waits for a broker that is gone."""

import time
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings
from kombu.exceptions import OperationalError

from citymap.celery import app


@pytest.mark.parametrize("broker", ["redis+socket://{gone}/gone.sock", "redis://127.0.0.1:1/0"])
def test_publishing_to_a_broker_that_is_gone_fails_at_once(broker: str, tmp_path: Path) -> None:
    lost = Celery("lost", broker=broker.format(gone=tmp_path))
    lost.config_from_object("django.conf:settings", namespace="CELERY")
    lost.conf.broker_url = broker.format(gone=tmp_path)
    began = time.monotonic()
    with pytest.raises(OperationalError):
        lost.send_task("nothing")
    assert time.monotonic() - began < 1


def test_jobs_are_json_and_leave_no_results() -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"
    assert app.conf.task_ignore_result is True
    assert app.conf.result_backend is None


def test_the_visibility_timeout_is_longer_than_any_job_may_take() -> None:
    """Otherwise Redis would hand a running job to a second worker."""
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] > settings.CELERY_TASK_TIME_LIMIT


def test_every_scheduled_job_exists() -> None:
    app.loader.import_default_modules()
    wanted = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert wanted
    assert wanted <= set(app.tasks)
