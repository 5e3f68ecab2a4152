"""A manifest is read strictly: whatever is wrong in it is named by file, section and key."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gis_data.pack import find_file, read
from gis_data.pack_types import PackArea, PackError
from tests.gis_data.makers import CITY, a_pack, write_pack

PACKS = Path(__file__).resolve().parents[2] / "gis_data/packs"

ROADS = '[[department]]\ncode = "roads"\nnames = { en = "Roads" }\n'
CATEGORY = '[[category]]\ncode = "hole"\nnames = { en = "Hole" }\nvalid_from = 2024-01-01\n'


def error_of(folder: Path, text: str) -> PackError:
    folder.mkdir(exist_ok=True)
    (folder / "pack.toml").write_text(text, encoding="utf-8")
    with pytest.raises(PackError) as caught:
        read(folder)
    assert "pack.toml" in str(caught.value)
    return caught.value


def test_a_small_manifest_becomes_typed_values(tmp_path: Path) -> None:
    pack = read(a_pack(tmp_path / "tiny"))
    assert pack.city.code == "tinytown"
    assert pack.city.bounds == (10.0, 50.0, 10.1, 50.06)
    assert pack.boundary_sets[0].valid_from == dt.date(2024, 1, 1)
    assert pack.addresses[0].text_fields == ("street", "number")


@pytest.mark.parametrize(
    ("old", "new", "section", "key"),
    [
        ('currency = "EUR"', "", "city", "currency"),
        ('currency = "EUR"', 'currency = "euro"', "city", "currency"),
        ('currency = "EUR"', 'currency = "EUR"\ncolour = "blue"', "city", "colour"),
        ('code = "tinytown"', "code = 7", "city", "code"),
        ('code = "tinytown"', 'code = ""', "city", "code"),
        ('code = "tinytown"', 'code = "../x"', "city", "code"),
        ('"Europe/Helsinki"', '"Europe/Tinytown"', "city", "time_zone"),
        ("[10.0, 50.0, 10.1, 50.06]", "[10.0, 50.0, 10.1]", "city", "bounds"),
        ("[10.0, 50.0, 10.1, 50.06]", "[10.0, 50.0, 10.1, nan]", "city", "bounds"),
        ("[10.0, 50.0, 10.1, 50.06]", "[10.1, 50.0, 10.0, 50.06]", "city", "bounds"),
        ("[10.05, 50.03]", "[50.03, 10.05]", "city", "centre"),
        ('{ en = "Tinytown", ru = "Городок" }', '{ English = "Tinytown" }', "city", "names"),
        ('{ en = "Tinytown", ru = "Городок" }', "{ en = 7 }", "city", "names.en"),
        ('["en", "ru"]', "[1]", "city", "languages"),
    ],
)
def test_a_wrong_key_of_the_city_is_named(tmp_path: Path, old: str, new: str, section: str, key: str) -> None:
    assert old in CITY
    error = error_of(tmp_path, CITY.replace(old, new))
    assert (error.section, error.key) == (section, key)


@pytest.mark.parametrize(
    ("sections", "section", "key"),
    [
        ("colour = 1", "city", "colour"),
        ("[[towns]]\ncode = 1", "", "towns"),
        ("[department]\ncode = 'roads'", "", "department"),
        (ROADS + ROADS, "department", "code"),
        ('[[department]]\ncode = "roads"\n', "department 1", "names"),
        (ROADS + '[[crew]]\ncode = "c"\ndepartment = "parks"\nnames = { en = "C" }', "crew c", "department"),
        (ROADS + '[[crew]]\ncode = "c"\ndepartment = "roads"\nnames = { en = "C" }\narea = "west"', "crew 1", "area"),
        (ROADS + '[[crew]]\ncode = "c"\ndepartment = "roads"\nnames = { en = "C" }\narea = "zones/x"', "crew c", "area"),
        (CATEGORY + 'department = "parks"', "category hole", "department"),
        (CATEGORY + 'group = "street"', "category 1", "group"),
        (CATEGORY + "due_hours = -1", "category 1", "due_hours"),
        (CATEGORY + "due_hours = true", "category 1", "due_hours"),
        (CATEGORY + 'words = "sometimes"', "category 1", "words"),
        (CATEGORY + "public = 1", "category 1", "public"),
        (CATEGORY.replace("2024-01-01", '"2024-01-01"'), "category 1", "valid_from"),
        (CATEGORY.replace("2024-01-01", "2024-01-01T10:00:00"), "category 1", "valid_from"),
        (
            CATEGORY + '[[category.questions]]\ncode = "q"\ntype = "choice"\nlabels = { en = "Q" }',
            "category 1.questions 1",
            "choices",
        ),
        (ROADS + '[[rule]]\ncode = "r"\ndepartment = "roads"\ncategory = "hole"\nvalid_from = 2024-01-01', "rule r", "category"),
        ('[[person]]\nemail = "ivan@mail.com"\nname = "I"\nrole = "clerk"', "person 1", "email"),
        ('[[person]]\nemail = "a@b.invalid"\nname = "I"\nrole = "mayor"', "person 1", "role"),
    ],
)
def test_a_wrong_section_is_named_with_its_number_and_key(tmp_path: Path, sections: str, section: str, key: str) -> None:
    error = error_of(tmp_path, f"{CITY}\n{sections}\n")
    assert (error.section, error.key) == (section, key)


@pytest.mark.parametrize(
    "name", ["../streets.geojson", "/etc/passwd", "http://127.0.0.1/x", "/vsizip/a.zip", "a b", "", "PG:dbname=x", ".hidden"]
)
def test_a_file_is_named_plainly_or_refused(tmp_path: Path, name: str) -> None:
    streets = f'[[streets]]\nfile = "{name}"\nformat = "geojson"\nname_fields = {{ en = "name" }}\n'
    assert error_of(tmp_path, CITY + streets).key == "file"


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ('format = "vrt"', "format"),
        ('format = "csv"', "format"),
        ('format = "csv"\nlon = "x"', "format"),
        ('format = "csv"\nlon = "x"\nlat = "y"\nwkt = "z"', "format"),
        ('format = "geojson"\nlon = "x"\nlat = "y"', "format"),
        ('format = "geojson"\nsrid = "EPSG:3067"', "srid"),
        ('format = "geojson"\nsrid = 3067.0', "srid"),
        ('format = "geojson"\nsrid = true', "srid"),
        ('format = "geojson"\nsrid = -1', "srid"),
        ('format = "geojson"\nlayer = "x"', "layer"),
        ('format = "geojson"\ntags = { a = "b" }', "tags"),
    ],
)
def test_how_a_file_is_read_is_checked(tmp_path: Path, source: str, key: str) -> None:
    streets = f'[[streets]]\nfile = "x"\n{source}\nname_fields = {{ en = "name" }}\n'
    assert error_of(tmp_path, CITY + streets).key == key


@pytest.mark.parametrize("text", ["", "[city", "city = 3", "\x00", "a = 1" * 3, "[" * 5000])
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    assert error_of(tmp_path, text).sentence


def test_a_folder_without_manifest_and_a_manifest_that_is_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="there is no such file"):
        read(tmp_path / "nowhere")
    (tmp_path / "pack.toml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(PackError, match="not UTF-8"):
        read(tmp_path)


def test_files_are_looked_for_in_the_pack_and_then_in_the_data_folder(tmp_path: Path) -> None:
    pack = read(write_pack(tmp_path / "pack", districts="{}"))
    data = tmp_path / "data"
    data.mkdir()
    for folder in (data, pack.folder):
        (folder / "both.csv").touch()
    (data / "data-only.csv").touch()
    assert find_file(pack, data, "both.csv") == pack.folder / "both.csv"
    assert find_file(pack, data, "data-only.csv") == data / "data-only.csv"
    assert find_file(pack, None, "data-only.csv") is None


def test_the_demo_pack_is_complete_in_both_languages() -> None:
    pack = read(PACKS / "demo")
    assert pack.city.invented
    names = [one.names for one in pack.departments] + [one.names for one in pack.crews]
    names += [one.names for one in pack.categories] + [one.names for one in pack.boundary_sets]
    names += [one.names for one in pack.assets]
    assert [one for one in names if not {"en", "ru"} <= one.keys()] == []
    questions = [question for category in pack.categories for question in category.questions]
    labels = [question.labels for question in questions]
    labels += [choice.labels for question in questions for choice in question.choices]
    assert [label for label in labels if not {"en", "ru"} <= label.keys()] == []
    assert len(pack.categories) in range(14, 19)
    assert [one.code for one in pack.categories if one.emergency] == ["wires"]
    assert [one.code for one in pack.categories if not one.public] == ["vehicle"]
    assert {one.role for one in pack.people} == {"resident", "clerk", "dispatcher", "crew", "head", "admin"}
    assert PackArea("districts", "esplanade") in [rule.area for rule in pack.rules]


def test_the_boston_pack_names_four_request_files() -> None:
    pack = read(PACKS / "boston")
    assert len(pack.request_files) == 4
    assert len({one.layout.code for one in pack.request_files}) >= 3
    assert pack.city.fallback_department in {one.code for one in pack.departments}
