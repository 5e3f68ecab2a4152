"""OGC API – Features Part 3: filters in CQL2 text are read as the standard says, and nothing else gets through."""

import datetime as dt
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis_data.models import Asset
from layers import features_cql as cql
from layers.problems import BadRequest
from tests.factories import IN_EAST, TinyCity, an_appeal
from tests.layers.asking import ask, ids, shape

NOON = dt.datetime(2025, 1, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def four(a_city: TinyCity) -> dict[str, str]:
    """Names of four appeals by their ids; the last has no place."""
    rows: dict[str, dict[str, Any]] = {
        "a": {"category": "lamp", "state": "new", "created_at": NOON},
        "b": {"category": "lamp", "state": "started", "created_at": NOON + dt.timedelta(days=1)},
        "c": {"category": "tree", "state": "done", "created_at": NOON + dt.timedelta(days=2), "at": IN_EAST},
        "d": {"category": "pothole", "state": "new", "created_at": NOON + dt.timedelta(days=3), "at": None},
    }
    return {an_appeal(a_city, **row).public_id: name for name, row in rows.items()}


CHOOSES: Final = [
    ("category = 'lamp'", "ab"),
    ("category <> 'lamp'", "cd"),
    ("\"category\" = 'lamp'", "ab"),
    ("category='lamp'", "ab"),
    ("category > 'lamp'", "cd"),
    ("category >= 'lamp' and category < 'tree'", "abd"),
    ("NOT category = 'lamp'", "cd"),
    ("NOT NOT category = 'lamp'", "ab"),
    ("category = 'lamp' AND state = 'new' OR category = 'tree'", "ac"),  # AND binds closer
    ("category = 'tree' OR category = 'lamp' AND state = 'new'", "ac"),
    ("category = 'lamp' AND (state = 'new' OR category = 'tree')", "a"),
    ("NOT category = 'lamp' AND state = 'new'", "d"),  # NOT closest of all
    ("NOT (category = 'lamp' AND state = 'new')", "bcd"),
    ("NOT (category = 'lamp' OR state = 'new')", "c"),
    ("category IN ('lamp', 'tree')", "abc"),
    ("category NOT IN ('lamp', 'tree')", "d"),
    ("category LIKE 'l%'", "ab"),
    ("category LIKE '_amp'", "ab"),
    ("category LIKE 'LAMP'", ""),
    ("category LIKE 'l\\%'", ""),
    ("category NOT LIKE '%p%'", "c"),
    ("created = DATE('2025-01-02')", "b"),
    ("created = '2025-01-02'", "b"),
    ("created = '2025-01-02T'", "b"),  # as GDAL writes a day
    ("created > DATE('2025-01-02')", "cd"),
    ("created BETWEEN DATE('2025-01-02') AND DATE('2025-01-03')", "bc"),
    ("created NOT BETWEEN DATE('2025-01-02') AND DATE('2025-01-03')", "ad"),
    ("created BETWEEN DATE('2025-01-02') AND DATE('2025-01-03') AND state = 'fixed'", "c"),
    ("category IS NULL", ""),
    ("category IS NOT NULL", "abcd"),
    ("TRUE", "abcd"),
    ("FALSE", ""),
    ("FALSE OR category = 'tree'", "c"),
    ("TRUE AND NOT FALSE", "abcd"),
    ("NOT TRUE OR category = 'tree'", "c"),
    ("TRUE OR category = 'tree'", "abcd"),
    ("S_INTERSECTS(geometry, BBOX(10.06, 50, 10.08, 50.06))", "c"),
    ("S_INTERSECTS(geometry, BBOX(10.06, 50, 0, 10.08, 50.06, 9))", "c"),
    ("s_intersects(geometry, point(10.07 50.04))", "c"),
    ("NOT S_INTERSECTS(geometry, BBOX(10.06, 50, 10.08, 50.06))", "ab"),  # where d is, nobody knows
    ("S_INTERSECTS(geometry, BBOX(-180, -90, 180, 90)) AND category <> 'tree'", "ab"),
    ("S_INTERSECTS(geometry, BBOX(170, -90, 10.02, 90)) OR state = 'fixed'", "abc"),
    ("category = 'it''s'", ""),
    ("category = ''''", ""),
    ("category = '%s'", ""),
    ("category = '%(a)s{0}'", ""),
    ("category = '; DROP TABLE issues_appeal; --'", ""),
    (" \n\tcategory\n=\t'lamp' \n", "ab"),
]  # fmt: skip


@pytest.mark.django_db
def test_a_filter_chooses(four: dict[str, str]) -> None:
    for text, expected in CHOOSES:
        assert "".join(sorted(four[one] for one in ids(filter=text))) == expected, text
        assert "".join(sorted(four[one] for one in ids(filter=f"({text})", **{"filter-lang": "cql2-text"}))) == expected, text


@pytest.mark.django_db
def test_it_joins_what_else_is_asked(four: dict[str, str]) -> None:
    assert [four[one] for one in ids(filter="state = 'new' OR state = 'fixed'", bbox="10.06,50,10.08,50.06")] == ["d", "c"]
    turned = "S_INTERSECTS(geometry, BBOX(50, 10.06, 50.06, 10.08))"
    assert [four[one] for one in ids(filter=turned, **{"filter-crs": "http://www.opengis.net/def/crs/EPSG/0/4326"})] == ["c"]


@pytest.mark.django_db
def test_what_is_missing_is_neither_equal_nor_different(a_city: TinyCity) -> None:
    for key, names in (("named", {"en": "Bench"}), ("nameless", {})):
        Asset.objects.create(source_id=key, kind="bench", names=names, geometry=shape("SRID=4326;POINT(10.01 50.01)"))
    for text, expected in {
        "name = 'Bench'": ["named"],
        "name <> 'Bench'": [],
        "NOT name = 'Bench'": [],
        "NOT name <> 'Bench'": ["named"],
        "NOT (name = 'x' AND kind = 'bench')": ["named"],
        "NOT (name = 'x' AND kind = 'x')": ["named", "nameless"],  # false already by the second
        "name = 'x' OR kind = 'bench'": ["named", "nameless"],
        "name IS NULL": ["nameless"],
        "NOT name IS NULL": ["named"],
        "name NOT LIKE 'x%'": ["named"],
        "name NOT IN ('x')": ["named"],
    }.items():
        assert ids("assets", filter=text) == expected, text


REFUSED: Final = [
    "", " ", "category", "category =", "= 'lamp'", "category = lamp", "category = \"lamp\"", "category == 'lamp'", "category != 'lamp'",
    "category = 'lamp", "category = 'lamp'' ", "(category = 'lamp'", "category = 'lamp')", "category = 'lamp' AND", "AND category = 'lamp'",
    "category = 'lamp' category = 'tree'", "category = 'lamp';", "category = 'lamp' -- x", "category = 'lamp' /* x */", "NOT", "()",
    "category IN ()", "category IN 'lamp'", "category IN ('lamp',)", "category BETWEEN 'a'", "category IS", "category IS 'lamp'",
    "category LIKE lamp", "category LIKE 'lamp\\'", "created LIKE '2025%'", "category = 17", "category = TRUE", "category = DATE('2025-01-01')",
    "created = 'x'", "created = 2025", "created = DATE('2025-02-30')", "created = DATE(2025-01-01)", "created = TIMESTAMP('2025-01-01T00:00:00Z')",
    "color = 'red'", "visibility = 'held'", "text = 'x'", "reporter__email = 'x'", "public_id = 'x'", "point = 'x'", "\"issues_appeal.text\" = 'x'",
    "category__code = 'lamp'", "pk = 1", "geometry = 'x'", "geometry IS NULL", "S_INTERSECTS(category, BBOX(1,2,3,4))",
    "S_INTERSECTS(point, BBOX(1,2,3,4))", "S_INTERSECTS(geometry, BBOX(1,2,3))", "S_INTERSECTS(geometry, BBOX(1,2,3,4,5))",
    "S_INTERSECTS(geometry, BBOX(3,4,1,2))", "S_INTERSECTS(geometry, POINT(1))", "S_INTERSECTS(geometry, POINT(1 2 3))",
    "S_INTERSECTS(geometry, POINT(1e9 2))", "S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 1 0, 0 0)))", "S_INTERSECTS(geometry)",
    "S_INTERSECTS(geometry, BBOX(NaN,2,3,4))", "S_WITHIN(geometry, BBOX(1,2,3,4))", "CASEI(category) = 'lamp'", "category = upper('lamp')",
    "category = 'a' || 'b'", "1 = 1", "'a' = 'a'", "category = category", "{\"op\": \"=\"}", "pg_sleep(9) = 1", "category = 'lamp' OR 1", "é = 'x'",
    "category = '" + "x" * 600 + "'", "(" * 100 + "TRUE" + ")" * 100, "NOT " * 500 + "TRUE", "category = 'x' OR " * 300 + "TRUE",
    "category IN (" + ",".join(["'x'"] * 300) + ")", "\"\" = 'x'", "category = 99999999999999999999999",
]  # fmt: skip


@pytest.mark.django_db
def test_what_cannot_be_read_is_refused(four: dict[str, str]) -> None:
    for text in REFUSED:
        response = ask("collections/appeals/items", filter=text)
        assert response.status_code == 400, (text, response.content)
        assert response.json()["code"] == "InvalidParameterValue"


@pytest.mark.django_db
def test_a_place_that_makes_no_sense_is_said_to_stand_in_the_filter(a_city: TinyCity) -> None:
    for place in ("BBOX(1e309, 2, 3, 4)", "BBOX(3, 4, 1, 2)", "POINT(1e9 2)"):
        sentence = ask("collections/appeals/items", filter=f"S_INTERSECTS(geometry, {place})").json()["detail"]
        assert "“filter”" in sentence
        assert "bbox" not in sentence


@pytest.mark.django_db
def test_only_one_language_is_spoken(a_city: TinyCity) -> None:
    for language in ("cql2-json", "cql", "sql", "CQL2-TEXT"):
        assert ask("collections/appeals/items", filter="TRUE", **{"filter-lang": language}).status_code == 400
    assert ask("collections/appeals/items", filter="TRUE", **{"filter-crs": "EPSG:4326"}).status_code == 400


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="aAzZ09_'\"()<>=,.+-% \n\\;é\x00", max_size=60) | st.lists(st.sampled_from(
    ["category", "'lamp'", "=", "<>", "AND", "OR", "NOT", "(", ")", "IN", "LIKE", "BETWEEN", "IS", "NULL", "S_INTERSECTS", "BBOX", "POINT", ",", "1", "-",
     "DATE", "TRUE"]), max_size=25).map(" ".join))  # fmt: skip
def test_any_text_is_a_tree_or_a_sentence(text: str) -> None:
    said = ""
    try:
        tree = cql.parse_cql(text)
    except BadRequest as refused:
        tree, said = None, str(refused)
    assert (tree is None) == ("filter" in said)
