"""The search box: words, names and references in every layer that declares what of it can be searched."""

import re

import pytest
from django.contrib.gis.geos import LineString, MultiLineString, Point
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from citymap.layers import LAYERS
from gis_data.models import Address, Asset, Street
from layers.search_match import match, similar
from layers.search_words import Question
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal
from tests.layers.searching import ask, fill, titles


@pytest.fixture
def full(a_city: TinyCity) -> TinyCity:
    return fill(a_city)


@pytest.mark.django_db
def test_what_is_found_is_told_layer_by_layer_with_its_place(full: TinyCity) -> None:
    found = {group["layer"]: group for group in ask("west street")["groups"]}
    assert list(found) == ["streets", "addresses"], "in the order of the layers, empty ones left out"
    group = found["addresses"]
    assert group["title"] == "Addresses"
    assert group["more"] is False
    assert [(one["title"], one["detail"]) for one in group["found"]][:2] == [("1 West Street", "West"), ("1 West Street", "East")]
    assert group["found"][2] == {
        "title": "12 West Street", "detail": "West", "lon": IN_WEST[0], "lat": IN_WEST[1], "box": None, "href": "",
    }  # fmt: skip
    assert [one["detail"] for one in group["found"] if one["title"] == "112 West Street"] == [""], "in no district"


@pytest.mark.django_db
def test_pieces_of_one_name_are_one_thing_with_a_box_around_all(full: TinyCity) -> None:
    (group,) = [group for group in ask("west str")["groups"] if group["layer"] == "streets"]
    assert [one["title"] for one in group["found"]] == ["West Street", "Old West Street"]
    street = group["found"][0]
    assert street["box"] == pytest.approx([10.01, 50.04, 10.013, 50.041])
    assert 10.01 <= street["lon"] <= 10.013
    assert street["detail"] == "West"


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["ABCD0142", "abcd0142", "ABCD-0142", "abcd 0142", "ABCDOI42", "ABC"])
def test_a_report_is_found_by_its_reference_as_people_write_it(typed: str, full: TinyCity) -> None:
    (group,) = ask(typed)["groups"]
    assert group["layer"] == "appeals"
    assert group["found"] == [
        {
            "title": "ABCD0142", "detail": "Broken lamp · In progress · West", "href": "/a/ABCD0142",
            "lon": IN_WEST[0], "lat": IN_WEST[1], "box": None,
        }
    ]  # fmt: skip


@pytest.mark.django_db
def test_the_exact_reference_comes_first(full: TinyCity) -> None:
    Asset.objects.create(source_id="node/lamp-7", kind="lamp", names={"en": "Zinc"}, geometry=Point(*IN_WEST, srid=4326))
    assert titles("node/lamp-7", "assets") == ["Zinc", "Lamp of the west", "node/lamp-78"], "one without a name by its number"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("west", ["Westend Lane", "West Street", "Old West Street", "Northwest Passage"]),
        ("west street", ["West Street", "Old West Street"]),
        ("street west", ["West Street", "Old West Street"]),
        ("WEST   STREET", ["West Street", "Old West Street"]),
        ("estend", ["Westend Lane"]),
        ("запад", ["West Street", "Old West Street"]),
        ("ЗАПАДНАЯ", ["West Street", "Old West Street"]),
        ("west st", ["West Street", "Old West Street"]),
        ("west re", []),
        ('"west', ["Westend Lane", "West Street", "Old West Street", "Northwest Passage"]),
    ],
)
def test_words_stand_anywhere_and_the_nearest_to_what_was_typed_comes_first(
    typed: str, expected: list[str], full: TinyCity
) -> None:
    assert ask(typed)["similar"] is not bool(expected), "what is only written much like it is said to be that"
    if expected:
        assert sorted(titles(typed, "streets")) == sorted(expected)
        assert titles(typed, "streets")[-1] == expected[-1]


@pytest.mark.django_db
def test_the_order_is_itself_then_beginning_then_words_then_parts_of_words(full: TinyCity) -> None:
    for number, name in enumerate(["Unwestern", "The West", "West", "Western"]):
        line = MultiLineString(LineString((10.02, 50.02), (10.03, 50.02)), srid=4326)
        Street.objects.create(source_id=f"more/{number}", names={"en": name}, geometry=line)
    Street.objects.filter(source_id__startswith="way/").delete()
    assert titles("west", "streets") == ["West", "Western", "The West", "Unwestern"]


@pytest.mark.django_db
def test_names_are_told_in_the_language_asked_for_and_found_in_any(full: TinyCity) -> None:
    assert titles("west street", "streets", lang="ru") == ["Западная улица", "Старая Западная улица"]
    (group,) = [group for group in ask("запад", lang="ru")["groups"] if group["layer"] == "districts"]
    assert (group["title"], [one["title"] for one in group["found"]]) == ("Районы", ["Запад"])
    assert titles("запад", "districts", lang="xx") == ["West"]


@pytest.mark.django_db
def test_of_equals_the_nearest_comes_first(full: TinyCity) -> None:
    def places(near: str) -> list[float]:
        (group,) = [group for group in ask("1 west street", near=near)["groups"] if group["layer"] == "addresses"]
        return [one["lon"] for one in group["found"]]

    Address.objects.filter(text="112 West Street").delete()
    Address.objects.create(source_id="near", text="11 West Street", point=Point(*IN_EAST, srid=4326))
    Address.objects.create(source_id="far", text="10 West Street", point=Point(*IN_WEST, srid=4326))
    Address.objects.filter(text="1 West Street").delete()
    assert titles("1 west", "addresses", near="10.07,50.04")[0] == "11 West Street"
    assert titles("1 west", "addresses", near="10.01,50.04")[0] != "11 West Street"
    assert places("10.07,50.04")[0] == IN_EAST[0]


@pytest.mark.django_db
def test_a_box_shows_five_of_a_layer_and_a_page_twenty(full: TinyCity) -> None:
    for number in range(30):
        Address.objects.create(source_id=f"row/{number}", text=f"{number} Row", point=Point(*IN_WEST, srid=4326))
    (group,) = ask("row")["groups"]
    assert (len(group["found"]), group["more"]) == (5, True)
    text = Client().get("/search", {"q": "row"}).content.decode()
    assert len(re.findall(r"search-title", text)) == 20
    assert "There is more" in text


@pytest.mark.django_db
def test_short_words_alone_find_nothing_and_ask_nothing(
    full: TinyCity, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Client().get("/search.json", {"q": "ab"})
    for typed in ("", "a", "ab", "1", "12 1", "o'c", "%%%", "___", "\\\\\\", "…", "12 ма", "a-b-c-d"):
        with django_assert_num_queries(0):
            assert ask(typed)["groups"] == []
    text = Client().get("/search", {"q": "12"}).content.decode()
    assert "too short" in text


@pytest.mark.django_db
def test_the_page_is_complete_without_script(full: TinyCity) -> None:
    text = Client().get("/search", {"q": "abcd0142"}).content.decode()
    assert 'href="/a/ABCD0142"' in text
    assert f'href="/#map=17/{IN_WEST[1]:.5f}/{IN_WEST[0]:.5f}"' in text
    assert 'value="abcd0142"' in text
    assert '<meta name="robots" content="noindex">' in text
    text = Client().get("/search", {"q": "west street"}).content.decode()
    assert 'href="/streets/way%2F0"' in text
    assert 'href="/#map=16/50.04050/10.01150"' in text, "the whole street in view"
    assert "Nothing was found" in Client().get("/search", {"q": "zzzzzz"}).content.decode()
    empty = Client().get("/search").content.decode()
    assert 'name="q"' in empty
    assert "Nothing was found" not in empty
    assert "too short" not in empty


@pytest.mark.django_db
def test_the_page_speaks_the_readers_language(full: TinyCity) -> None:
    text = Client().get("/search", {"q": "west street"}, headers={"Accept-Language": "ru"}).content.decode()
    assert "Западная улица" in text


@pytest.mark.django_db
def test_a_search_costs_a_statement_for_each_layer_and_one_for_the_districts(
    full: TinyCity, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ask("west")
    searched = sum(1 for layer in LAYERS if layer.search)
    with django_assert_num_queries(searched + 1):
        ask("west")
    for number in range(20):
        Address.objects.create(source_id=f"row/{number}", text=f"{number} West Row", point=Point(*IN_WEST, srid=4326))
    with django_assert_num_queries(searched + 1):
        ask("west")


@pytest.mark.django_db
def test_large_tables_are_searched_by_their_indexes(full: TinyCity) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        # Of a small table it is as good to read any index that holds all of it.
        cursor.execute(
            """SELECT 'DROP INDEX ' || string_agg(indexname, ', ') FROM pg_indexes
            WHERE tablename IN ('works_project', 'works_repair') AND indexdef LIKE '%USING gist%' OR indexname = 'appeal_square'"""
        )
        cursor.execute(cursor.fetchone()[0])
    wanted = {"appeals": "issues_appeal_public_id", "streets": "street_names_trigrams", "addresses": "address_text_trigrams",
              "assets": "asset_names_trigrams", "projects": "project_title_trigrams", "repairs": "repair_address_trigrams"}  # fmt: skip
    for layer in LAYERS:
        for typed in ("west street", "12 west", "abcd0142", "кафе́ йод"):
            for how in (match(layer, Question(typed, language="en")), similar(layer, Question(typed, language="en"))):
                if layer.name not in wanted or how is None:
                    continue
                plan = layer.queryset().alias(**how.alias).filter(how.condition).order_by().values("pk").explain()
                assert wanted[layer.name] in plan, (layer.name, plan)
                assert "Seq Scan" not in plan, (layer.name, plan)


@pytest.mark.django_db
def test_who_has_the_answer_is_told_so(full: TinyCity) -> None:
    first = Client().get("/search.json", {"q": "west"})
    assert first["Access-Control-Allow-Origin"] == "*"
    assert Client().get("/search.json", {"q": "west"}, headers={"If-None-Match": first["ETag"]}).status_code == 304


@pytest.mark.django_db
def test_a_thing_without_a_place_is_not_found(full: TinyCity) -> None:
    an_appeal(full, "lamp", public_id="ZZZZ0001", at=None)
    assert ask("ZZZZ0001")["groups"] == []
