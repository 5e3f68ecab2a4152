"""Files that would take all the memory there is, or the place of a file of ours."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import TinyCity
from tests.works.sending import MAPPING, as_admin, do, page, send, table
from tests.works.small_sets import row
from works import memory
from works.models import DataSet, Project, UploadState
from works.upload_files import folder_of, sources_of

pytestmark = pytest.mark.django_db


def test_what_takes_too_much_memory_is_refused_with_a_sentence_and_leaves_nothing(
    a_city: TinyCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "MOST", 64 * 1024**2)
    mapping = MAPPING.replace('file = "p.csv"\nformat = "csv"\ndelimiter = ";"', 'file = "p.json"\nformat = "json"')
    admin = as_admin(a_city)
    upload = send(admin, mapping=mapping, p_json=b"[" + b"{}," * 5_000_000 + b"{}]")
    assert (upload.state, upload.result) == (UploadState.REFUSED, {})
    assert "more than the 64 MB of memory" in page(admin, upload)
    assert not DataSet.objects.exists()


@pytest.mark.parametrize("name", ["report.csv", "progress.json", "new.jsonl", "new.jsonl.part"])
def test_a_file_that_is_called_like_one_of_ours_is_read_and_kept(
    a_city: TinyCity, django_capture_on_commit_callbacks: Any, name: str
) -> None:
    admin = as_admin(a_city)
    upload = send(admin, mapping=MAPPING.replace("p.csv", name), **{name: table(row(), row(id="2", budget=""))})
    assert upload.state == UploadState.READY
    do(admin, upload, "again")
    assert (upload.state, upload.result["read"]) == (UploadState.READY, 2), "its second reading finds it as it came"
    with django_capture_on_commit_callbacks(execute=True):
        do(admin, upload, "publish")
    assert (upload.state, Project.objects.count()) == (UploadState.PUBLISHED, 2)
    assert not sources_of(upload.folder).exists()
    assert (folder_of(upload.folder) / "new.jsonl").read_text().count("\n") == 3, "two projects and an amount"
