"""``script/bench features``: rows a second of OGC API – Features: a box, 1,000 rows a page, page after page, one connection.

Runs on the database of ``DATABASE_URL``; one without appeals is filled first, as by ``script/bench tiles``, ``--rows N`` uses a
database of N seeded appeals beside it. The peer is tipg, which reads the same rows and columns from a view; where it cannot be had, the
same rows through serializers of Django REST framework, in this process. Both are asked for the same boxes in turn, so that both meet the same load of the machine.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from django.contrib.gis.geos import Polygon
from django.db import connection
from rest_framework.renderers import JSONRenderer
from rest_framework_gis.serializers import GeoFeatureModelSerializer

from issues.models import Appeal
from tests.bench import report
from tests.bench._city import database, fill
from tests.bench._tipg import COLLECTION, make_view, tipg
from tests.bench._web import server

PAGE: Final = 1000
#: Parts of a degree around the densest places: a block, a district, half the city.
SIDES: Final = {"block": 0.005, "district": 0.02, "city": 0.12}
GOAL: Final = 3.0
PAGES: Final = 5
Walk = Callable[[str], int]


def main(argv: list[str]) -> int:
    """Print two JSON lines a size of box; 1 when the goal is missed."""
    options = _options(argv)
    with database(options.rows) as url, server(url) as web:
        fill(options.rows)
        make_view()
        with _peer() as (name, peer):
            good = [_bench(case, side, web, name, peer, options.seconds) for case, side in SIDES.items()]
    return 0 if all(good) else 1


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench features")
    parser.add_argument("--rows", type=int, default=0, help="use this many seeded appeals")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to measure each size of box")
    return parser.parse_args(argv)


def _bench(case: str, side: float, web: http.client.HTTPConnection, name: str, peer: Walk, seconds: float) -> bool:
    boxes = _boxes(side)
    rates: dict[str, list[float]] = {"ours": [], "peer": []}
    firsts: list[float] = []
    ends = time.perf_counter() + seconds
    while not rates["ours"] or time.perf_counter() < ends:
        for box in boxes:
            rates["ours"].append(_rate(partial(_ours, web, box, firsts)))
            rates["peer"].append(_rate(partial(peer, box)))
            if time.perf_counter() > ends:
                break
    ours, theirs = (report.percentile(one, 0.5) for one in (rates["ours"], rates["peer"]))
    report.line(f"features_{case}_first_page_p50", report.percentile(firsts, 0.5), "ms", lower_is_better=True)
    return report.line(f"features_{case}_rows", ours, "rows/s", against=name, against_value=theirs, goal=GOAL)


def _rate(walk: Callable[[], int]) -> float:
    began = time.perf_counter()
    rows = walk()
    return rows / (time.perf_counter() - began)


def _boxes(side: float) -> list[str]:
    """Boxes around the places where most appeals are, none empty."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT avg(ST_X(point)), avg(ST_Y(point)) FROM bench_appeals WHERE point IS NOT NULL
            GROUP BY ST_SnapToGrid(point, 0.02) ORDER BY count(*) DESC LIMIT 6"""
        )
        places = cursor.fetchall()
    half = side / 2
    return [f"{lon - half:.6f},{lat - half:.6f},{lon + half:.6f},{lat + half:.6f}" for lon, lat in places]


def _ours(web: http.client.HTTPConnection, box: str, firsts: list[float]) -> int:
    address = f"/ogc/collections/appeals/items?bbox={box}&limit={PAGE}&f=json"
    rows = 0
    for number in range(PAGES):
        began = time.perf_counter()
        page = _page(web, address)
        if not number:
            firsts.append((time.perf_counter() - began) * 1000)
        rows += page["numberReturned"]
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            break
        parts = urlsplit(following[0])
        address = f"{parts.path}?{parts.query}"
    return rows


def _page(web: http.client.HTTPConnection, address: str) -> dict[str, Any]:
    web.request("GET", address, headers={"Accept": "application/geo+json", "Accept-Encoding": "identity"})
    answer = web.getresponse()
    data = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{answer.status} for {address}: {data[:300]!r}")
    page: dict[str, Any] = json.loads(data)
    return page


@contextlib.contextmanager
def _peer() -> Iterator[tuple[str, Walk]]:
    try:
        with tipg() as web:
            yield "tipg, the same rows and columns", lambda box: _walk_tipg(web, box)
    except subprocess.CalledProcessError:  # it cannot be had here
        yield "Django REST framework, the same rows", _serialized


def _walk_tipg(web: http.client.HTTPConnection, box: str) -> int:
    rows = 0
    for number in range(PAGES):
        page = _page(web, f"/collections/{COLLECTION}/items?bbox={box}&limit={PAGE}&offset={number * PAGE}&f=geojson")
        rows += len(page["features"])
        if rows >= page["numberMatched"]:
            break
    return rows


class _Serializer(GeoFeatureModelSerializer):  # type: ignore[misc]  # the package ships no types
    class Meta:
        model = Appeal
        geo_field = "point"
        fields = ("public_id", "category", "state", "created_at", "point")


def _serialized(box: str) -> int:
    west, south, east, north = (float(part) for part in box.split(","))
    shape = Polygon.from_bbox((west, south, east, north))
    shape.srid = 4326
    rows = Appeal.objects.filter(visibility="public", point__intersects=shape).order_by("-created_at", "-pk")
    number = rows.count()
    done = 0
    for page in range(PAGES):
        data = _Serializer(rows[page * PAGE : (page + 1) * PAGE], many=True).data
        JSONRenderer().render(data)
        done += len(data["features"])
        if done >= number:
            break
    return done
