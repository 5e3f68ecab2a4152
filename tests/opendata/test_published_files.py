"""Publications that are kept as files: what a killed worker leaves does not stay for good."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from django.conf import LazySettings

from opendata import published_files


@pytest.mark.django_db
def test_what_was_left_half_written_goes_a_day_later(settings: LazySettings, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    folder = tmp_path / "published"
    folder.mkdir()
    left, under_way = folder / "making-left", folder / "making-now"
    left.write_bytes(b"half")
    under_way.write_bytes(b"half")
    long_ago = time.time() - 25 * 3600
    os.utime(left, (long_ago, long_ago))
    made = published_files.ready("ocds", "json", "state", lambda: [b"{", b"}"])
    assert made.read_bytes() == b"{}"
    assert {path.name for path in folder.iterdir()} == {"making-now", made.name}
