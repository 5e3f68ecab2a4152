"""Who may lean on whom: by import, by foreign key, and by what the linter's contract says."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import grimp
import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
MAY_USE: Final[dict[str, set[str]]] = {
    "citymap": {"opendata", "places", "issues", "works", "gis_data", "accounts", "notifications", "layers"},
    "opendata": {"places", "issues", "works", "gis_data", "accounts", "layers"},
    "places": {"issues", "works", "gis_data", "layers"},
    "issues": {"works", "gis_data", "accounts", "notifications", "layers"},
    "works": {"gis_data", "accounts", "notifications", "layers"},
    "accounts": {"gis_data"},
    "gis_data": {"layers"},
    "layers": set(),
    "notifications": set(),
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*MAY_USE, cache_dir=None)


def test_the_import_contract_of_pyproject_holds() -> None:
    # In a process of its own: the linter sets up logging anew, and whoever asks for log lines after it would hear none.
    linter = Path(sys.executable).with_name("lint-imports")
    found = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("room", sorted(MAY_USE))
def test_a_room_imports_only_what_it_may(room: str, graph: grimp.ImportGraph) -> None:
    wrong = []
    for module in graph.modules:
        if module.partition(".")[0] != room:
            continue
        for used in graph.find_modules_directly_imported_by(module):
            other = used.partition(".")[0]
            if other != room and other not in MAY_USE[room]:
                wrong.append(f"{module} imports {used}")
    assert not wrong, "\n".join(sorted(wrong))


def test_every_room_with_python_files_is_known_to_the_contract() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert rooms == set(MAY_USE)


def test_states_import_nothing_of_ours(graph: grimp.ImportGraph) -> None:
    assert graph.find_modules_directly_imported_by("issues.states") == set()


def test_no_foreign_key_points_upward() -> None:
    wrong = []
    seen = 0
    for model in apps.get_models():
        room = model._meta.app_label
        if room not in MAY_USE:
            continue
        for field in [*model._meta.get_fields(include_hidden=False)]:
            target = getattr(field, "remote_field", None) and field.related_model
            if target is None or field.auto_created or isinstance(target, str):
                continue
            seen += 1
            other = target._meta.app_label
            if other in MAY_USE and other != room and other not in MAY_USE[room]:
                wrong.append(f"{model._meta.label}.{field.name} → {target._meta.label}")
    assert seen > 5
    assert not wrong, "\n".join(wrong)
