"""``load_works PACK``: load the data sets of works of a city pack, or of a folder of mappings; again, only what is new."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from gis_data.load_report import LoadReport
from gis_data.models import City
from gis_data.pack import MANIFEST, read
from gis_data.pack_types import PackError
from gis_data.progress import ProgressBar
from works import load_sql
from works.ground import NoCity
from works.load import finder, load_sets, read_mappings, total_lines
from works.load_set import FindFile, SetReport
from works.mapping_types import SetMapping
from works.remarks import write_csv


class Command(BaseCommand):
    help = (
        "Load funded projects, contracts, repairs and money by the mappings of a city pack (its folder works) or of a plain folder. "
        "Each data set is loaded whole or not at all; the same files again change nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folder", metavar="PACK", type=Path, help="city pack, or a folder of mappings (*.toml) with their files"
        )
        parser.add_argument("--data", metavar="DIR", type=Path, help="folder of the source files (default: CITYMAP_DATA/PACK)")
        parser.add_argument(
            "--only", metavar="SET", action="append", default=[], help="load this data set alone (may be given again)"
        )
        parser.add_argument("--report", metavar="FILE", type=Path, help="write what was odd, row by row, as CSV")
        parser.add_argument("--dry-run", action="store_true", help="load, show the table and the totals, and undo everything")

    def handle(self, *_args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        report, bar = LoadReport(), ProgressBar(sys.stderr)
        try:
            pack = read(folder).city.code if (folder / MANIFEST).is_file() else ""
            mappings = _chosen(read_mappings(folder), options["only"], folder)
            reports = self._load(
                mappings, finder(folder, _data_dir(folder, options["data"])), report, bar, pack, dry_run=options["dry_run"]
            )
        except (PackError, NoCity) as error:
            raise CommandError(str(error)) from None
        finally:
            bar.end()
        self._print(report, reports, options)
        if report.broken:
            names = ", ".join(tally.name for tally in report.broken)
            raise CommandError(f"Nothing was loaded from: {names} (the reasons stand above). Everything else was.")

    def _load(
        self, mappings: list[SetMapping], find: FindFile, report: LoadReport, bar: ProgressBar, pack: str, *, dry_run: bool
    ) -> list[SetReport]:
        with transaction.atomic():
            if not load_sql.alone():
                raise CommandError("Another load is at work on this database; wait for it.")
            if City._meta.db_table not in connection.introspection.table_names():
                raise CommandError("This database has no tables yet. Run 'script/manage migrate' first.")
            reports = load_sets(mappings, find, report, bar, pack)
            transaction.set_rollback(dry_run)
        return reports

    def _print(self, report: LoadReport, reports: list[SetReport], options: dict[str, Any]) -> None:
        report.print(self.stdout)
        for line in total_lines(reports):
            self.stdout.write(line)
        if options["report"]:
            try:
                with options["report"].open("w", encoding="utf-8", newline="") as out:
                    count = write_csv(out, [one.remarks for one in reports])
            except OSError as error:
                raise CommandError(f"{options['report']} cannot be written: {error.strerror}") from None
            self.stdout.write(f"Report of rows: {options['report']}, {count:,} named")
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was changed.")


def _data_dir(folder: Path, given: Path | None) -> Path | None:
    if given is not None and not given.is_dir():
        raise CommandError(f"{given} is no folder.")
    data: Path | None = settings.DATA
    found = given or (data / folder.resolve().name if data else None)
    return found if found and found.is_dir() else None


def _chosen(mappings: list[SetMapping], only: list[str], folder: Path) -> list[SetMapping]:
    if not mappings:
        raise CommandError(f"{folder} holds no mapping: works/*.toml is expected in a pack, *.toml in a plain folder.")
    known = {one.code for one in mappings}
    if unknown := sorted(set(only) - known):
        raise CommandError(f"There is no data set {', '.join(unknown)}; there is {', '.join(sorted(known))}.")
    return [one for one in mappings if not only or one.code in only]
