"""Load this app's share of a city pack: categories, routing rules, and the requests of earlier records.

An import tells what happened, so it writes appeals, events and decisions; it never notifies anybody: no outbox row, no
reporter. Rows are streamed into a staging table by COPY, the rest is a few statements over all of them at once. Loading
the same files again changes nothing; a case that changed in its source is brought up to date by appending events. A case
that people here have worked on since is theirs and is left alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from gis_data.load_report import FileTally, LoadReport, Progress, no_progress
from gis_data.models import BoundarySet
from gis_data.pack import find_file
from gis_data.pack_request_types import PackRequestFile
from gis_data.pack_types import Pack
from gis_data.readers.broken import Broken
from gis_data.whole_file import whole_file
from issues import load_sql as sql
from issues import public_id
from issues.load_categories import add_categories_of_requests, load_categories
from issues.load_districts import find_districts
from issues.load_rules import load_rules
from issues.request_cases import COLUMNS, Case, CaseParser
from issues.request_files import BadRow, read_rows
from issues.routing.derive import derive_missing, learn
from layers import upkeep

_STEP: Final = 5_000
#: Notes for the map's counts that are merged in one statement: the more, the fewer counts are written twice.
_AT_ONCE: Final = 500_000
_CELLS: Final = attrgetter(*COLUMNS)
_COPY: Final = f"COPY request_row ({', '.join(COLUMNS)}) FROM STDIN"
#: What became of known cases, in words for the summary.
_FATES: Final = {
    "changed": "changed in the source: brought up to date",
    "worked": "changed in the source, but people here have worked on it: left alone",
    "frozen": "looks changed, but another file of this source was refused: left alone",
}


def load(pack: Pack, data_dir: Path | None, report: LoadReport, progress: Progress = no_progress) -> None:
    """Load categories, rules and request files; each file whole or not at all. Districts and services are loaded before."""
    with transaction.atomic():
        load_categories(pack, report)
        if pack.request_files:
            _load_requests(pack, data_dir, report, progress)
        if pack.rules:
            load_rules(pack, report)
        _learn_sets(pack, report, progress)


def _learn_sets(pack: Pack, report: LoadReport, progress: Progress) -> None:
    """Facts that were read before a boundary set of the pack was there name its areas from now on."""
    progress("facts of earlier reports", 0, 0)
    for group in BoundarySet.objects.filter(code__in=[one.code for one in pack.boundary_sets]).order_by("code"):
        if count := sum(learn(group)):
            tally = report.file(f"facts of earlier reports: {group.code}")
            tally.read = tally.loaded = count


def _load_requests(pack: Pack, data_dir: Path | None, report: LoadReport, progress: Progress) -> None:
    now = dt.datetime.now(dt.UTC)
    tallies = [report.file(one.file) for one in pack.request_files]
    with connection.cursor() as cursor:
        cursor.execute(f"{sql.STAGE}; SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
        for number, (request_file, tally) in enumerate(zip(pack.request_files, tallies, strict=True)):
            with whole_file(tally):
                _stage(cursor, pack, data_dir, number, request_file, tally, now, progress)
        progress("requests: joining", 0, 0)
        cursor.execute("ANALYZE request_row")
        _join_doubles(cursor, tallies)
        if pack.categories_from_requests is not None:
            add_categories_of_requests(pack.categories_from_requests, report)
        _write(cursor, pack, tallies, now.astimezone(ZoneInfo(pack.city.time_zone)).date(), progress)
        cursor.execute(sql.CLEAN_UP)


def _stage(
    cursor: CursorWrapper,
    pack: Pack,
    data_dir: Path | None,
    number: int,
    request_file: PackRequestFile,
    tally: FileTally,
    now: dt.datetime,
    progress: Progress,
) -> None:
    path = find_file(pack, data_dir, request_file.file)
    if path is None:
        raise Broken(request_file.file, 0, "there is no such file, neither in the pack nor in its data folder")
    parser = CaseParser(pack, number, request_file, tally, now)
    with cursor.copy(_COPY) as copy:
        for case in _cases(path, request_file, parser, tally, progress):
            copy.write_row(_CELLS(case))
    parser.finish()


def _cases(path: Path, request_file: PackRequestFile, parser: CaseParser, tally: FileTally, progress: Progress) -> Iterator[Case]:
    for row in read_rows(path, request_file.layout.columns, request_file.layout.encoding):
        tally.read += 1
        if tally.read % _STEP == 0:
            progress(request_file.file, tally.read, 0)
        try:
            yield parser.parse(row)
        except BadRow as error:
            raise Broken(path.name, row.number, str(error)) from error


def _join_doubles(cursor: CursorWrapper, tallies: list[FileTally]) -> None:
    """Make one row of several that tell of the same case; say in the later file's tally what they disagree about."""
    cursor.execute(sql.DOUBLES)
    cursor.execute(sql.JOINED)
    for number, again, here, *differing in cursor.fetchall():
        tally = tallies[number]
        if here:
            tally.skipped("the same case twice in this file: joined", here)
        if again > here:
            tally.skipped("the same case as in an earlier file: joined with it, this file is believed", again - here)
        for column, count in zip(sql.JOINED_COLUMNS, differing, strict=True):
            if count:
                tally.noted(f"of the joined cases so many differ in {column}", count)
    for statement in sql.JOIN_DOUBLES:
        cursor.execute(statement)


def _write(cursor: CursorWrapper, pack: Pack, tallies: list[FileTally], today: dt.date, progress: Progress) -> None:
    relative = sorted({one.layout.source for one in pack.request_files if "opened_days_ago" in one.layout.columns})
    frozen = sorted({one.layout.source for one, tally in zip(pack.request_files, tallies, strict=True) if tally.refusal})
    cursor.execute(sql.RESOLVE, {"relative": relative, "frozen": frozen})
    cursor.execute("ANALYZE request_case")
    changes = _tell_fates(cursor, tallies)
    if changes:
        progress("requests: districts", 0, 0)
        find_districts(cursor, today)
        _tell_places(cursor, tallies)
        progress("requests: public references", 0, 0)
        _give_public_ids(cursor)
        progress("requests: writing", 0, 0)
        # Changes before new cases: the planner's figures for the tables still fit what is in them. After a load that was undone
        # (a dry run) they say "empty", and then 200,000 new rows would be searched row by row.
        for statement in (sql.CHANGE_EVENTS, sql.CHANGES, sql.APPEALS, sql.EVENTS, sql.DECISIONS):
            cursor.execute(statement)
        cursor.execute(sql.VISITS, {"today": today})
        progress("requests: the ground at their pins", 0, 0)
        cursor.execute(sql.OLD_FACTS)
        derive_missing()
    if relative:
        cursor.execute(sql.VISITS_TODAY, {"today": today, "relative": relative})
    if changes:
        progress("requests: statistics", 0, 0)
        cursor.execute(f"ANALYZE {', '.join(sql.TABLES)}")
        progress("requests: counts for the map", 0, 0)
        upkeep.merge_all(at_once=_AT_ONCE)


def _tell_fates(cursor: CursorWrapper, tallies: list[FileTally]) -> bool:
    """Count what becomes of the cases; return whether anything is to be written."""
    cursor.execute(sql.FATES)
    anything = False
    for number, fate, count in cursor.fetchall():
        tally = tallies[number]
        if fate in {"new", "changed"}:
            anything = True
            tally.loaded += count
        else:
            tally.unchanged += count
        if fate in _FATES:
            tally.noted(_FATES[fate], count)
    return anything


def _tell_places(cursor: CursorWrapper, tallies: list[FileTally]) -> None:
    cursor.execute(sql.PLACES)
    for number, in_gap, nowhere in cursor.fetchall():
        if in_gap:
            tallies[number].noted("between districts: the nearest close by is taken, flagged", in_gap)
        if nowhere:
            tallies[number].noted("in no district and near none: kept without a district", nowhere)


def _give_public_ids(cursor: CursorWrapper) -> None:
    """A random reference for each new case, unlike all others here and in the database."""
    cursor.execute(sql.PUBLIC_IDS)
    cursor.execute(sql.FRESH)
    waiting = [fresh_id for (fresh_id,) in cursor.fetchall()]
    given: set[str] = set()
    while waiting:
        with cursor.copy("COPY request_public_id (fresh_id, public_id) FROM STDIN") as copy:
            for fresh_id in waiting:
                copy.write_row((fresh_id, _unlike(given)))
        cursor.execute(sql.TAKEN)
        waiting = [fresh_id for (fresh_id,) in cursor.fetchall()]


def _unlike(given: set[str]) -> str:
    while (reference := public_id.new()) in given:
        pass
    given.add(reference)
    return reference
