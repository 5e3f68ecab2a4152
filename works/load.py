"""Load this app's share of a city pack: the data sets of its folder ``works``, each whole or not at all.

The same files again write nothing. A set whose file is nowhere is refused by name, the others go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from django.db import transaction

from gis_data.load_report import LoadReport, Progress, no_progress
from gis_data.pack_types import Pack, PackError
from works.ground import ground
from works.invented_photos import draw_invented
from works.load_set import FindFile, SetReport, load_set
from works.mapping import FOLDER, mapping_files, read_mapping
from works.mapping_types import SetMapping
from works.models import DataSet


def load(pack: Pack, data_dir: Path | None, report: LoadReport, progress: Progress = no_progress) -> None:
    """Load all data sets of the pack. The city, its districts and streets are loaded before. Raises `PackError` for a bad mapping."""
    mappings = read_mappings(pack.folder, only_in_its_folder=True)
    load_sets(mappings, finder(pack.folder, data_dir), report, progress, pack.city.code)
    for mapping in mappings:
        if any(file.format == "invented" for file in mapping.files):
            _draw(mapping.code)


def _draw(code: str) -> None:
    """Give invented works their drawings, where the set was loaded."""
    found = DataSet.objects.filter(code=code, invented=True).first()
    if found is not None:
        draw_invented(found.pk)


def finder(folder: Path, data_dir: Path | None) -> FindFile:
    """Return what tells where a file of a mapping lies: in the pack, beside its mapping, in the data folder, or in a folder of that."""
    folders = [folder, folder / FOLDER]
    if data_dir is not None:
        folders += [data_dir, *sorted(one for one in data_dir.iterdir() if one.is_dir())]

    def find(name: str) -> Path | None:
        return next((one / name for one in folders if (one / name).is_file()), None)

    return find


def read_mappings(folder: Path, *, only_in_its_folder: bool = False) -> list[SetMapping]:
    """Read all mappings of a folder. Raises `PackError`, also where two sets have one code."""
    if only_in_its_folder and not (folder / FOLDER).is_dir():
        return []
    found: dict[str, SetMapping] = {}
    for file in mapping_files(folder):
        mapping = read_mapping(file)
        if mapping.code in found:
            raise PackError(file, "", "code", f"'{mapping.code}' is the code of another mapping as well")
        found[mapping.code] = mapping
    return list(found.values())


def load_sets(
    mappings: Sequence[SetMapping], find: FindFile, report: LoadReport, progress: Progress = no_progress, pack: str = ""
) -> list[SetReport]:
    """Load data sets in their order. Raises `NoCity`."""
    if not mappings:
        return []
    with transaction.atomic():
        here = ground(pack)
        return [load_set(one, find, here, report.file(f"works: {one.code}"), progress) for one in mappings]


def total_lines(reports: Sequence[SetReport]) -> Iterator[str]:
    """The ledger's totals before and after, line by line, one for each data set, stage and currency."""
    for report in reports:
        for key in sorted(report.before.keys() | report.after.keys()):
            stage, currency = key
            before, after = report.before.get(key, 0), report.after.get(key, 0)
            yield f"{report.code:<24} {stage:<10} {before:>22,.2f} → {after:>22,.2f} {currency}"
