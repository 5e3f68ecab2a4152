"""Nobody's name, address, number or words stand in a download, and nothing of what is held, hidden or private."""

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from tests.factories import IN_EAST, TinyCity, an_appeal
from tests.layers.exporting import SUFFIXES, ask, body, table

pytestmark = pytest.mark.django_db
CANARY = re.compile(rb"canary|\+1 555 0100|203\.0\.113", re.IGNORECASE)
HIDDEN_AT = (10.0654321, 50.0123456)


@pytest.fixture
def planted(a_city: TinyCity, settings: LazySettings, tmp_path: Path) -> list[str]:
    """Public, held, hidden and private appeals with everything a person may have written; the references of those not public."""
    settings.VAR = tmp_path
    personal: dict[str, Any] = {
        "text": "canary-text, call +1 555 0100",
        "address": "canary-address",
        "answers": {"where": "canary-answer"},
        "name": "Maria Canary",
        "email": "canary@example.org",
        "phone": "+1 555 0100",
    }
    an_appeal(a_city, text_public=True, **personal)
    an_appeal(a_city, "lamp", IN_EAST, text_public=True, **personal)
    closed = [an_appeal(a_city, visibility=how, at=HIDDEN_AT, **personal) for how in ("held", "hidden", "private")]
    closed.append(an_appeal(a_city, "noise", HIDDEN_AT, **personal))
    return [one.public_id for one in closed]


@pytest.mark.parametrize("layer", ["appeals", "districts", "streets", "assets", "addresses"])
@pytest.mark.parametrize("suffix", [*SUFFIXES, "columns.json"])
def test_no_byte_of_a_file_tells_of_a_person(suffix: str, layer: str, planted: list[str]) -> None:
    response = ask(f"{layer}.{suffix}?lang=en")
    data = body(response)
    assert response.status_code == 200
    assert not CANARY.search(data + repr(response.headers).encode())
    for reference in planted:
        assert reference.encode() not in data
    for number in HIDDEN_AT:
        assert str(number).encode() not in data


def test_a_geopackage_keeps_nothing_in_its_free_pages(planted: list[str], tmp_path: Path) -> None:
    path = tmp_path / "appeals.gpkg"
    path.write_bytes(body(ask("appeals.gpkg")))
    with sqlite3.connect(path) as inside:
        assert inside.execute("SELECT count(*) FROM appeals").fetchone() == (2,)
        assert inside.execute("PRAGMA freelist_count").fetchone() == (0,)


@pytest.mark.parametrize("query", ["category=noise", "state=new", "bbox=10.06,50.01,10.07,50.02", ""])
def test_no_filter_brings_them_out(query: str, planted: list[str]) -> None:
    assert not {row["id"] for row in table(f"appeals.csv?{query}")} & set(planted)


def test_the_catalogue_counts_and_shows_the_public_alone(planted: list[str]) -> None:
    for path in ("", "appeals", "catalog.ttl", "catalog.jsonld", "catalog.rdf"):
        data = body(ask(path))
        assert not CANARY.search(data)
        assert not [reference for reference in planted if reference.encode() in data]
    assert b"<dd>2</dd>" in body(ask("appeals"))
