"""How far works have come: every status has a word and a form that the front end can draw."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from layers.map_page import switch, tile_sources
from works.codelists import ProjectStatus, RepairStatus
from works.map_layers import PROJECTS, REPAIRS
from works.progress import OF_PROJECT, OF_REPAIR, PROGRESS, of_project, of_repair

FRONT = Path(__file__).resolve().parents[2] / "frontend"


def test_every_status_has_a_form() -> None:
    assert set(OF_PROJECT) == set(ProjectStatus.values)
    assert set(OF_REPAIR) == set(RepairStatus.values)
    assert {*OF_PROJECT.values(), *OF_REPAIR.values()} <= set(PROGRESS)
    assert (of_project(""), of_repair("lost")) == ("unknown", "unknown")


def test_the_front_end_draws_each_by_colour_and_form() -> None:
    source = (FRONT / "src/map/progress.ts").read_text()
    forms = re.findall(r"^  (\w+): \{(colour: '\w+', width: [\d.]+[^}]*)\}", source, re.MULTILINE)
    assert {code for code, _form in forms} == set(PROGRESS)
    assert len({form for _code, form in forms}) == len(forms), "two forms look alike"
    for code in PROGRESS:
        drawing = (FRONT / f"templates/components/icons/works-{code}.svg").read_text()
        assert f"works-icon is-{code}" in drawing


@pytest.mark.parametrize("layer", [PROJECTS, REPAIRS])
def test_the_map_page_is_told_of_the_forms_and_lists_them(layer: object) -> None:
    chosen = PROJECTS if layer is PROJECTS else REPAIRS
    forms = tile_sources([chosen], {chosen.name})[chosen.name]["forms"]
    assert forms["field"] == "status"
    (listed,) = switch([chosen], set())
    assert {code for code, _word in listed["forms"]} >= set(forms["of"].values())
    assert listed["page"] == f"/{chosen.name}/{{key}}"
