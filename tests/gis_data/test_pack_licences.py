"""Under what terms a city's data may be used: stated in the pack, kept with the city, told by the layers; never guessed."""

from pathlib import Path

import pytest
from django.db import connection

from citymap.layers import LAYERS
from gis_data.load import load_city
from gis_data.load_report import LoadReport
from gis_data.models import City
from gis_data.pack import PackError, read
from gis_data.pack_types import PackLicence
from tests.factories import TinyCity

PACKS = Path(__file__).resolve().parents[2] / "gis_data/packs"
CITY = """
[city]
code = "tinytown"
names = { en = "Tinytown" }
languages = ["en"]
time_zone = "Europe/Helsinki"
currency = "EUR"
bounds = [10.0, 50.0, 10.1, 50.06]
centre = [10.05, 50.03]
"""


def a_pack(folder: Path, licences: str) -> Path:
    (folder / "pack.toml").write_text(CITY + licences)
    return folder


def test_a_licence_is_a_known_code_or_a_title_with_an_address(tmp_path: Path) -> None:
    pack = read(
        a_pack(
            tmp_path,
            '[city.licences]\ndefault = "CC-BY-4.0"\nstreets = { title = "Ours", url = "https://tinytown.example/terms" }',
        )
    )
    assert pack.city.licences == {
        "default": PackLicence("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
        "streets": PackLicence("Ours", "https://tinytown.example/terms"),
    }


def test_a_pack_need_not_state_any(tmp_path: Path) -> None:
    assert read(a_pack(tmp_path, "")).city.licences == {}


@pytest.mark.parametrize(
    ("licences", "sentence"),
    [
        ('default = "MIT"', "'MIT' is none of CC0-1.0, CC-BY-4.0"),
        ('default = ""', "must not be empty"),
        ("default = 4", "a text is expected"),
        ('default = { url = "https://a.example" }', "title: is missing"),
        ('default = { title = "Ours", url = "javascript:alert(1)" }', "is no address of a page"),
        ('default = { title = "Ours", url = "https://a.example/ b" }', "characters that no address has"),
        ('default = { title = "Ours", until = "2027" }', "until: this key is unknown here"),
    ],
)
def test_a_licence_that_cannot_be_read_is_refused_by_name(licences: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"city\.licences") as refused:
        read(a_pack(tmp_path, f"[city.licences]\n{licences}"))
    assert sentence in str(refused.value)


@pytest.mark.parametrize(("name", "streets", "appeals"), [("demo", "ODbL 1.0", "CC0 1.0"), ("boston", "ODbL 1.0", "PDDL 1.0")])
def test_the_packs_of_the_product_state_theirs(name: str, streets: str, appeals: str) -> None:
    licences = read(PACKS / name).city.licences
    assert licences.get("streets", licences["default"]).title == streets
    assert licences.get("appeals", licences["default"]).title == appeals


@pytest.mark.django_db
def test_layers_tell_what_the_loaded_city_states(tmp_path: Path) -> None:
    assert {layer.licence("en") for layer in LAYERS} == {None}
    load_city(read(a_pack(tmp_path, '[city.licences]\ndefault = "CC0-1.0"\nstreets = "ODbL-1.0"')).city, LoadReport())
    told = {layer.name: layer.licence("en") for layer in LAYERS}
    assert {name: licence.title for name, licence in told.items()} == {
        "appeals": "CC0 1.0", "districts": "CC0 1.0", "streets": "ODbL 1.0", "assets": "CC0 1.0",
        "addresses": "CC0 1.0", "repairs": "CC0 1.0", "projects": "CC0 1.0",
    }  # fmt: skip
    load_city(read(a_pack(tmp_path, "")).city, LoadReport())
    assert {layer.licence("en") for layer in LAYERS} == {None}


@pytest.mark.django_db
def test_a_city_of_before_states_none(a_city: TinyCity) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE gis_data_city SET licences = DEFAULT")
    assert City.objects.get().licences == {}
