"""The tree is as the documents say, the migrations are complete, files and functions can be read in one sitting."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Final

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]
#: As the import contract names them.
ROOMS: Final[tuple[str, ...]] = tuple(
    tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
)
LONGEST_FILE: Final = 300
LONGEST_FUNCTION: Final = 40

# What is longer, with its reason in writing. Keep it short.
LONG_FILES: Final[dict[str, str]] = {}
LONG_FUNCTIONS: Final[dict[str, str]] = {}

# What the documents may name although a fresh checkout does not hold it.
MADE_LATER: Final = ("var/", "frontend/dist", "frontend/node_modules", ".venv", "locale/")
NAMED_PATH: Final = re.compile(r"`([\w.@-]+(?:/[\w.@*-]+)+/?|[\w-]+\.(?:py|md|toml|yml|txt|in))`")
LINKED_PATH: Final = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def documents() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def python_files() -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def names_in_the_tree() -> set[str]:
    names: set[str] = set()
    for _folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in {"node_modules", ".venv", ".git", "var", "dist"}]
        names.update(files)
    return names


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_named_in_a_document_exists(document: Path) -> None:
    text = document.read_text()
    top, names = {path.name for path in ROOT.iterdir()}, names_in_the_tree()
    missing = []
    for name in NAMED_PATH.findall(text):
        if name.startswith(MADE_LATER) or ("/" in name and name.split("/")[0] not in top):
            continue
        if not (any(ROOT.glob(name.rstrip("/"))) if "/" in name else name in names):
            missing.append(name)
    for name in LINKED_PATH.findall(text):
        if not (document.parent / name).exists():
            missing.append(name)
    assert not missing


def test_no_file_is_longer_than_a_sitting() -> None:
    long = {}
    for path in (*python_files(), *sorted((ROOT / "tests").rglob("*.py"))):
        lines = len(path.read_text().splitlines())
        if lines > LONGEST_FILE:
            long[str(path.relative_to(ROOT))] = lines
    assert not {name: lines for name, lines in long.items() if name not in LONG_FILES}
    assert not set(LONG_FILES) - set(long), "listed as long, but no longer so"


def long_functions() -> dict[str, int]:
    found = {}
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                lines = node.end_lineno - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    found[f"{path.relative_to(ROOT)}:{node.name}"] = lines
    return found


def test_no_function_is_longer_than_a_look() -> None:
    long = long_functions()
    assert not {name: lines for name, lines in long.items() if name not in LONG_FUNCTIONS}
    assert not set(LONG_FUNCTIONS) - set(long), "listed as long, but no longer so"


def test_no_file_carries_an_index_address() -> None:
    """Lock files pin by hash and name no registry, so that they work behind any mirror."""
    for name in ("requirements.txt", "requirements-dev.txt", "frontend/package-lock.json"):
        addresses = re.findall(r'(?:"resolved"|--(?:extra-)?index-url|--find-links).*', (ROOT / name).read_text())
        assert not addresses, name


@pytest.mark.parametrize("script", sorted((ROOT / "script").iterdir()), ids=lambda path: path.name)
def test_each_script_is_valid_shell(script: Path) -> None:
    done = subprocess.run(["bash", "-n", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def imported_packages(path: Path) -> set[str]:
    """Top-level names a file imports when it runs; what stands under TYPE_CHECKING does not."""
    found = set()
    pending: list[ast.AST] = [ast.parse(path.read_text())]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
        pending.extend(ast.iter_child_nodes(node))
    return found


def test_what_runs_needs_nothing_that_only_the_tests_install() -> None:
    pinned = {
        name.lower().replace("_", "-")
        for name in re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    }
    homes = packages_distributions()
    wrong = []
    for path in python_files():
        for package in imported_packages(path) - set(ROOMS) - sys.stdlib_module_names:
            names = {name.lower().replace("_", "-") for name in homes.get(package, [package])}
            if not names & pinned:
                wrong.append(f"{path.relative_to(ROOT)} imports {package}")
    assert not wrong


def test_there_are_no_rooms_for_everything() -> None:
    """A step has a file named by its verb; 'utils' and 'services' name nothing."""
    assert not [path for path in python_files() if path.stem in {"utils", "services", "helpers", "misc", "common"}]
