"""An archive of appeals whose numbers are asked for, and the judge of them: counting one by one in Python."""

import datetime as dt
import json
import random
from collections import Counter
from typing import Any

from django.contrib.gis.geos import Point
from django.db import connection
from django.test import Client

from issues.models import Appeal
from issues.states import BEHIND
from tests.factories import IN_EAST, IN_WEST, TinyCity

PUBLIC = {state: public for public, states in BEHIND.items() for state in states}


def ask(layer: str = "appeals", **query: Any) -> dict[str, Any]:
    """The answer; anything but 200 fails."""
    response = Client().get(f"/counts/{layer}.json", query)
    assert response.status_code == 200, response.content
    told: dict[str, Any] = json.loads(response.content)
    return told


def fill(city: TinyCity) -> TinyCity:
    """Six hundred appeals of three years; some are not public, some have no place, some were reported at a month's very edge."""
    dice = random.Random(4)
    spread = [(10 + 0.1 * dice.random(), 50 + 0.06 * dice.random()) for _ in range(300)]
    places = [IN_WEST, IN_EAST, None, None, (179.5, -80.0), *[None] * 30, *spread, *_corners()]
    edges = [dt.datetime(2024, 12, 31, 21, 59, 59, tzinfo=dt.UTC), dt.datetime(2024, 12, 31, 22, 0, tzinfo=dt.UTC)]
    codes = list(city.categories.values())
    Appeal.objects.bulk_create(
        Appeal(
            public_id=f"{number:08X}",
            category=dice.choice(codes),
            state=dice.choice(list(PUBLIC)),
            visibility=dice.choice(["public"] * 5 + ["held", "private", "hidden"]),
            point=None if (at := dice.choice(places)) is None else Point(*at, srid=4326),
            created_at=dice.choice([*edges, dt.datetime(2023, 1, 5, tzinfo=dt.UTC) + dt.timedelta(hours=dice.randrange(26_000))]),
        )
        for number in range(600)
    )
    return city


def _corners() -> list[tuple[float, float]]:
    """Places exactly on the edges of boxes that are asked for."""
    return [(10.0, 50.01), (10.08, 50.05), (10.0, 50.05), (10.08, 50.01), (10.04, 50.05), (10.0, 50.03)] * 5


def expected(**asked: Any) -> dict[str, Any]:
    """The same numbers, counted one by one in Python: the judge. Months are those of the city."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.code, a.state, to_char(a.created_at AT TIME ZONE 'Europe/Helsinki', 'YYYY-MM-DD'), ST_X(point), ST_Y(point)
            FROM issues_appeal AS a JOIN issues_category AS c ON c.id = a.category_id WHERE a.visibility = 'public'"""
        )
        rows = [(code, PUBLIC[state], day, x, y) for code, state, day, x, y in cursor.fetchall()]
    box = [float(edge) for edge in asked["bbox"].split(",")] if "bbox" in asked else None

    def fits(row: Any, but: str = "") -> bool:
        category, state, day, x, y = row
        return (
            (but == "category" or category in asked.get("category", category).split(","))
            and (but == "state" or state in asked.get("state", state).split(","))
            and (but == "period" or asked.get("from", "") <= day <= asked.get("to", "9"))
            and (box is None or (x is not None and box[0] <= x <= box[2] and box[1] <= y <= box[3]))
        )

    return {
        "total": sum(fits(row) for row in rows),
        "filters": {
            "category": Counter(row[0] for row in rows if fits(row, "category")),
            "state": Counter(row[1] for row in rows if fits(row, "state")),
        },
        "months": Counter(row[2][:7] for row in rows if fits(row, "period")),
    }
