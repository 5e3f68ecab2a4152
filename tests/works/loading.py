"""Loading works in tests: real packs, and small folders of a mapping with its files in Testville."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Final

from gis_data.load_report import LoadReport, no_progress
from gis_data.pack import read
from works.load import finder, load_sets, read_mappings
from works.load_set import SetReport

PACKS: Final = Path(__file__).resolve().parents[2] / "gis_data/packs"


def load_pack(name: str, data: Path, *only: str, files: Collection[str] = ()) -> dict[str, SetReport]:
    """Load the works of a real pack (of some of its files alone), whose city is there already."""
    pack = read(PACKS / name)
    mappings = [one for one in read_mappings(pack.folder) if not only or one.code in only]
    if files:
        mappings = [replace(one, files=tuple(file for file in one.files if file.file in files)) for one in mappings]
    reports = load_sets(mappings, finder(pack.folder, data), LoadReport(), no_progress, pack.city.code)
    return {one.code: one for one in reports}


def load_folder(folder: Path) -> tuple[SetReport, ...]:
    """Load the mappings of a folder, with the files beside them."""
    return tuple(load_sets(read_mappings(folder), finder(folder, None), LoadReport()))
