"""The document for other cities is true: its example loads, and every key a manifest may have is explained."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

import pytest

from gis_data.load import load
from gis_data.load_report import LoadReport, no_progress
from gis_data.models import Address, Boundary, Street
from gis_data.pack import read
from gis_data.pack_request_types import REQUEST_FIELDS

ROOT: Final = Path(__file__).resolve().parents[2]
DOCUMENT: Final = (ROOT / "docs/adopting.md").read_text(encoding="utf-8")
READERS: Final = ("pack.py", "pack_categories.py", "pack_requests.py")
EXAMPLE: Final = re.compile(r"^`([\w.]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.django_db
def test_the_worked_example_loads(tmp_path: Path) -> None:
    files = dict(EXAMPLE.findall(DOCUMENT))
    assert files.keys() == {"pack.toml", "districts.geojson", "streets.geojson", "addresses.csv"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    report = LoadReport()
    load(read(tmp_path), None, report, no_progress)
    assert not report.broken
    assert not any(tally.skips for tally in report.files.values())
    assert (Boundary.objects.count(), Street.objects.count(), Address.objects.count()) == (2, 1, 2)


def keys_of_the_readers() -> set[str]:
    """First arguments of ``table.text("key")`` and its like."""
    tables = {"table", "top", "inner"}
    return {
        str(node.args[0].value)
        for name in READERS
        for node in ast.walk(ast.parse((ROOT / "gis_data" / name).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
        if isinstance(node.func, ast.Attribute) and node.func.attr != "fail"
        if isinstance(node.func.value, ast.Name) and node.func.value.id in tables
    }


def test_every_key_is_explained() -> None:
    keys = keys_of_the_readers() | REQUEST_FIELDS
    assert len(keys) > 60
    named = set(re.findall(r"[\w@]+", " ".join(re.findall(r"`([^`\n]+)`", DOCUMENT))))
    assert sorted(keys - named) == []
