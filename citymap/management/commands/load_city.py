"""Load a city pack: the ground, the district services, the categories and requests; then draw the basemap."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

import accounts.load
import gis_data.load
import issues.load
import works.load
from citymap.city import forget_city
from gis_data.basemap import NotDrawn, build
from gis_data.load_report import LoadReport
from gis_data.models import City
from gis_data.pack import read
from gis_data.pack_types import Pack, PackError
from gis_data.progress import ProgressBar

#: From the ground up: each may lean on what was loaded before.
LOADS: Final = (gis_data.load.load, accounts.load.load, works.load.load, issues.load.load)
_LOCK: Final = 0x6369_7479  # one load at a time; any number of our own will do


class Command(BaseCommand):
    help = "Load a city pack into this database; again, it changes only what is new in the pack."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pack", metavar="PACK", type=Path, help="folder with a pack.toml")
        parser.add_argument("--data", metavar="DIR", type=Path, help="folder of the source files (default: CITYMAP_DATA/PACK)")
        parser.add_argument("--dry-run", action="store_true", help="load, show the table, and undo everything")

    def handle(self, *_args: Any, **options: Any) -> None:
        folder: Path = options["pack"]
        report, bar = LoadReport(), ProgressBar(sys.stderr)
        try:
            pack = read(folder)
            _needs_tables()
            data_dir = _data_dir(folder, options["data"])
            gis_data.load.require_files(pack, data_dir)
            self._load(pack, data_dir, report, bar, dry_run=options["dry_run"])
        except (PackError, gis_data.load.OtherCity, gis_data.load.MissingFiles) as error:
            raise CommandError(str(error)) from None
        finally:
            bar.end()
        report.print(self.stdout)
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was changed.")
        else:
            self._draw(pack, data_dir)
        if report.broken:
            names = ", ".join(tally.name for tally in report.broken)
            raise CommandError(f"Nothing was loaded from: {names} (the reasons stand above). Everything else was.")

    def _load(self, pack: Pack, data_dir: Path | None, report: LoadReport, bar: ProgressBar, *, dry_run: bool) -> None:
        with transaction.atomic():
            _one_at_a_time()
            for load in LOADS:
                load(pack, data_dir, report, bar)
            transaction.set_rollback(dry_run)
        forget_city()

    def _draw(self, pack: Pack, data_dir: Path | None) -> None:
        try:
            drawn = build(pack, data_dir, settings.BASEMAP_DIR)
        except NotDrawn as error:
            raise CommandError(f"The city is loaded, but its basemap could not be drawn: {error}") from None
        self.stdout.write(f"Basemap: {drawn.words}")


def _data_dir(folder: Path, given: Path | None) -> Path | None:
    if given is not None:
        if not given.is_dir():
            raise CommandError(f"{given} is no folder.")
        return given
    data: Path | None = settings.DATA
    found = data / folder.resolve().name if data else None
    return found if found and found.is_dir() else None


def _needs_tables() -> None:
    """An empty database gets one clear line instead of a statement that failed."""
    if City._meta.db_table not in connection.introspection.table_names():
        raise CommandError("This database has no tables yet. Run 'script/manage migrate' first.")


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        (free,) = cursor.fetchone()
    if not free:
        raise CommandError("Another load_city is at work on this database; wait for it.")
