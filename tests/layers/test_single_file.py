"""The map as one file: everything inside, nothing hostile comes out of its place, nothing private comes in."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from citymap.layers import LAYERS
from gis_data.models import Boundary, Street
from issues.models import Category
from layers import scene
from layers.declaration import Field, MapLayer
from layers.declaration_checks import BadDeclaration
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal
from tests.layers.sharing import Reader, a_street

pytestmark = pytest.mark.django_db
FILE = "/map.html"


def ask(query: str = "", **headers: str) -> Any:
    return Client().get(FILE + (f"?{query}" if query else ""), headers=headers)


def read(query: str = "") -> Reader:
    response = ask(query)
    assert response.status_code == 200, response.content
    return Reader(response.content.decode())


def test_the_file_holds_the_things_the_ground_and_the_legend(a_city: TinyCity) -> None:
    a_street()
    lamp = an_appeal(a_city, "lamp", state="done")
    an_appeal(a_city, "pothole", at=IN_EAST)
    found = read()
    assert [thing["title"] for thing in found.data["things"]] == ["Pothole · New", "Broken lamp · Fixed"]
    thing = found.data["things"][1]
    assert thing["shape"] == {"type": "Point", "coordinates": list(IN_WEST)}
    assert thing["page"] == f"http://testserver/a/{lamp.public_id}"
    assert sorted(name for _lat, _lon, name in found.data["labels"]) == ["East", "West"]
    ground = next(script for script in found.scripts if "L.map(" in script)
    assert ground.count("MultiPolygon") == 1
    assert ground.count("MultiLineString") == 1
    for words in ("Broken lamp", "Pothole", "In progress", "Closed without works", "2 on the map", "last change"):
        assert words in found.words
    assert len(found.the("svg", **{"class": "state-icon"})) == 4
    assert [one["href"] for one in found.the("a") if str(one["href"]).startswith("http://testserver/a/")] == [
        thing["page"] for thing in found.data["things"]
    ]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("category=lamp", ["Broken lamp · Fixed"]),
        ("state=new", ["Pothole · New"]),
        ("bbox=10.05,50,10.09,50.05", ["Pothole · New"]),
        ("state=declined", []),
        ("lang=ru&category=lamp", ["Не горит фонарь"]),
    ],
)
def test_filters_are_those_of_the_layer(query: str, titles: list[str], a_city: TinyCity) -> None:
    an_appeal(a_city, "lamp", state="done")
    an_appeal(a_city, "pothole", at=IN_EAST)
    found = read(query)
    assert len(found.data["things"]) == len(titles)
    assert all(thing["title"].startswith(title) for thing, title in zip(found.data["things"], titles, strict=True))
    link = next(str(one["href"]) for one in found.the("a", rel="noopener noreferrer") if "/a/" not in str(one["href"]))
    assert link.startswith("http://testserver/?")


def test_nothing_in_it_leads_out_but_links(a_city: TinyCity) -> None:
    an_appeal(a_city)
    text = ask().content.decode()
    found = Reader(text)
    for tag in ("img", "iframe", "object", "embed", "form", "base", "audio", "video", "source"):
        assert not found.the(tag), tag
    assert not found.the("link")
    assert not [one for one in found.the("script") if "src" in one]
    assert not re.findall(r"@import|url\((?!data:|#default)[^)]*\)", text)
    assert "sourceMappingURL" not in text
    for host in ("jsdelivr", "cdnjs", "unpkg", "googleapis", "netdna", "jquery.com"):
        assert host not in text


def test_its_policy_forbids_all_connections_and_names_each_script_by_its_hash(a_city: TinyCity) -> None:
    an_appeal(a_city)
    found = read()
    (policy,) = [str(one["content"]) for one in found.the("meta", **{"http-equiv": "Content-Security-Policy"})]
    assert policy.startswith("default-src 'none'; ")
    assert "connect-src" not in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    assert len(found.scripts) == 3
    for script in found.scripts:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in policy
    first = [tag for tag, _attributes in found.tags].index("script")
    assert [tag for tag, attributes in found.tags[:first] if attributes.get("http-equiv")] == ["meta"]


HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "<img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(1)>",
    "{{ 7*7 }}{% raw %}{# x #}{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "\u2028\u2029\u202e",
    "]]>*/-->",
    "${alert(1)}`",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_names_stay_words(words: str, a_city: TinyCity) -> None:
    a_street()
    Category.objects.filter(code="lamp").update(names={"en": words})
    Boundary.objects.filter(code="west").update(names={"en": words})
    Street.objects.update(names={"en": words})
    an_appeal(a_city, "lamp")
    plain, found = read("category=pothole"), read("category=lamp")
    assert found.data["things"][0]["title"] == f"{words} · New"
    assert words in [name for _lat, _lon, name in found.data["labels"]]
    assert len(found.scripts) == len(plain.scripts) == 3
    assert not [one for _tag, one in found.tags if any(name.startswith("on") for name in one)]
    assert len(found.the("svg")) == 4
    assert not found.the("img")
    assert words.strip() in found.words  # in the legend and the list, as they are; nothing was run by a template
    assert all(words not in script for script in found.scripts)


def test_nothing_a_resident_wrote_is_in_it(a_city: TinyCity) -> None:
    an_appeal(a_city, text="canary-text", address="canary-address", email="canary@example.org", name="canary-name",
              phone="canary-phone", answers={"where": "canary-answer"}, text_public=True, source_ref="canary-ref")  # fmt: skip
    for visibility in ("held", "private", "hidden"):
        an_appeal(a_city, "lamp", visibility=visibility)
    found = read()
    assert len(found.data["things"]) == 1
    assert b"canary" not in ask().content


def test_it_is_a_download_that_runs_nothing_on_our_site(a_city: TinyCity) -> None:
    an_appeal(a_city)
    response = ask()
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="appeals.html"'
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "Cookie" not in response["Vary"]
    assert not response.cookies


def test_the_same_view_is_the_same_file_and_who_has_it_is_told_304(a_city: TinyCity) -> None:
    a_street()
    an_appeal(a_city)
    first, second = ask(), ask()
    assert first.content == second.content
    assert ask(**{"If-None-Match": first["ETag"]}).status_code == 304
    assert ask(**{"Accept-Encoding": "gzip"})["Content-Encoding"] == "gzip"
    assert Client().head(FILE).content == b""


def test_what_does_not_fit_is_said_in_words(a_city: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene, "MOST_THINGS", 3)
    rows = [an_appeal(a_city) for _ in range(4)]
    found = read()
    assert "these are the newest 3" in found.words
    assert [thing["page"][-8:] for thing in found.data["things"]] == [row.public_id for row in reversed(rows[1:])]
    monkeypatch.setattr(scene, "MOST_THINGS", 4)
    assert "newest" not in read().words


def test_the_work_does_not_grow_with_the_things(a_city: TinyCity) -> None:
    an_appeal(a_city)
    ask()  # the city's own row is kept from now on
    with CaptureQueriesContext(connection) as few:
        ask()
    for _ in range(20):
        an_appeal(a_city, "lamp")
    with CaptureQueriesContext(connection) as many:
        ask()
    assert len(few) == len(many) <= 6


@pytest.mark.parametrize("query", ["visibility=held", "bbox=1,2,3", "state=x", "from=x", "id=ABC", "category=%00", "lang=1"])
def test_an_address_that_makes_no_sense_is_400(query: str, a_city: TinyCity) -> None:
    response = ask(query)
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("box", ["170,-10,-170,10", "0,0,0,0", "-180,-90,180,90", "10,90,11,90", "10.01,50.04,10.01,50.04"])
def test_a_strange_area_is_an_area(box: str, a_city: TinyCity) -> None:
    a_street()
    an_appeal(a_city)
    assert ask(f"bbox={box}").status_code == 200
    assert Client().get(f"/preview.png?bbox={box}").status_code == 200


def test_an_empty_city_gives_a_file_that_says_so(db: None) -> None:
    assert "Nothing matches these filters." in read().words


def test_a_layer_for_some_is_given_away_to_nobody() -> None:
    appeals = next(layer for layer in LAYERS if layer.name == "appeals")
    closed = MapLayer(
        name="closed",
        title="Closed",
        geometry="point",
        queryset=appeals.queryset,
        fields=(Field("id", "Id", "public_id"),),
        geometry_column="point",
        permission="gis_data.view_address",
    )
    for layers in ({"shown": closed}, {"shown": appeals, "ground": (closed,)}):
        with pytest.raises(BadDeclaration, match="closed"):
            scene.Scene(**layers)
