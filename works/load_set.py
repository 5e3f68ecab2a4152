"""Load one data set: its files → records → rows, in one transaction. Whatever is at fault is named, and then nothing of the set is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from django.db import connection
from django.db.models.functions import Now

from gis_data.load_report import FileTally, Progress
from gis_data.readers import Broken
from gis_data.whole_file import whole_file
from works.ground import Ground
from works.invented import invented_records
from works.mapping_types import FileMapping, SetMapping
from works.models import Contract, DataSet, Money, Project, Repair, StreetCondition
from works.oc4ids_read import oc4ids_records
from works.ocds_read import ocds_records
from works.records import ChangeRecord, MoneyRecord, Record, RepairRecord, digest
from works.remarks import Remarks
from works.row_places import located
from works.row_records import RecordReader
from works.row_values import Cells
from works.seen import Seen
from works.tables import Row, read_rows
from works.watching import Watch
from works.write_batch import Batches

FindFile: TypeAlias = Callable[[str], Path | None]
Totals: TypeAlias = dict[tuple[str, str], Decimal]
BATCH: Final = 500
_CHUNK: Final = 1 << 20
_TABLES: Final = (Project, Contract, Repair, StreetCondition, Money)
_T = TypeVar("_T")


@dataclass(slots=True)
class SetReport:
    """What the load of one data set did: counts, remarks row by row, and the ledger's totals by (stage, currency) before and after."""

    code: str
    tally: FileTally
    remarks: Remarks
    before: Totals
    after: Totals


def load_set(
    mapping: SetMapping, find: FindFile, ground: Ground, tally: FileTally, progress: Progress, watch: Watch | None = None
) -> SetReport:
    """Load a data set whole or not at all. To be called in a transaction; what was refused is in the tally and the remarks."""
    watch = watch or Watch()
    report = SetReport(mapping.code, tally, Remarks(mapping.code, also=watch.remark), {}, {})
    with whole_file(tally):
        data_set = _data_set(mapping, ground)
        report.before = Money.objects.filter(data_set=data_set).totals()
        job = _Job(mapping, data_set, find, ground, report, progress, watch)
        job.run()
        analyze()
        report.after = Money.objects.filter(data_set=data_set).totals()
        job.finish()
    _tell(report)
    return report


def _data_set(mapping: SetMapping, ground: Ground) -> DataSet:
    values = {
        "names": dict(mapping.names),
        "credit": mapping.credit,
        "licence": mapping.licence.as_json() if mapping.licence else {},
        "language": mapping.language,
        "invented": mapping.invented,
    }
    found, _new = DataSet.objects.select_for_update().update_or_create(
        code=mapping.code, defaults=values, create_defaults={**values, "code": mapping.code, "anchor": ground.today}
    )
    return found


class _Job:
    """The files of one set, one after another, into one writer."""

    def __init__(
        self,
        mapping: SetMapping,
        data_set: DataSet,
        find: FindFile,
        ground: Ground,
        report: SetReport,
        progress: Progress,
        watch: Watch,
    ) -> None:
        self._mapping, self._data_set, self._find, self._ground = mapping, data_set, find, ground
        self._report, self._progress, self._watch = report, progress, watch
        self._batches = Batches(data_set, ground, report.tally, report.remarks, watch)
        self._seen, self._files, self._written = Seen(), dict[str, str](), 0

    def run(self) -> None:
        """Read and write every file. Raises `Broken` at the end when anything was at fault, so that all faults are named first."""
        for number, file in enumerate(self._mapping.files):
            path = self._path(file)
            records = self._records(file, path)
            for batch in _in_batches(self._once(number, file, records), BATCH):
                self._progress(f"{self._mapping.code}: {file.file or 'invented works'}", self._report.tally.read, 0)
                if not self._report.remarks.count("refused"):
                    self._batches.put(batch)
                    self._look_at_sizes()
        first = self._report.remarks.first_refused
        if first is not None:
            more = self._report.remarks.count("refused") - 1
            where = f"{first.column}: {first.why}" if first.column else first.why
            raise Broken(first.file, first.row, f"{where}{f' (and {more:,} more)' if more else ''}")

    def finish(self) -> None:
        """Write down in the data set what was loaded, where anything is new."""
        self._batches.tell()
        self._watch.end(self._data_set, self._seen)
        counts = {model._meta.model_name: model._default_manager.filter(data_set=self._data_set).count() for model in _TABLES}
        if (counts, self._files) != (self._data_set.counts, self._data_set.files) or self._report.tally.loaded:
            self._data_set.counts, self._data_set.files = counts, self._files
            self._data_set.loaded_at = Now()
            self._data_set.save()
        held = sum(count for name, count in counts.items() if name != "money")
        if held > len(self._seen):
            self._report.tally.noted("rows that no file of the set holds any more: kept", held - len(self._seen))

    def _look_at_sizes(self) -> None:
        """Tell the planner how large the tables have become, ever more seldom: in its eyes they are empty until the load is over,
        and it would then look through all rows of the ledger for each of them.
        """
        self._written += 1
        if self._written & (self._written - 1) == 0:
            analyze()

    def _path(self, file: FileMapping) -> Path | None:
        if file.format == "invented":
            return None
        path = self._find(file.file)
        if path is None:
            raise Broken(file.file, 0, "there is no such file in the pack or its data folder")
        self._files[file.file] = _sha256(path)
        return path

    def _records(self, file: FileMapping, path: Path | None) -> Iterator[Record]:
        if path is None:
            anchor = self._data_set.anchor or self._ground.today
            return invented_records(self._ground, anchor)
        if file.format == "ocds":
            return ocds_records(file, path, self._mapping.language, self._report.remarks)
        if file.format == "oc4ids":
            return oc4ids_records(file, path, self._mapping.language, self._report.remarks)
        return self._from_rows(file, path)

    def _from_rows(self, file: FileMapping, path: Path) -> Iterator[Record]:
        reader = RecordReader(file, self._mapping.language, self._ground)
        remarks, columns = self._report.remarks, _Columns(file)
        for rows in _in_batches(read_rows(file, path), BATCH):
            columns.meet(rows, path.name)
            cells = [Cells(file, row, path.name, self._ground.zone, remarks) for row in rows]
            for one in located(cells, file, self._ground.bounds, path.name):
                record = reader.record(one)
                if record is not None:
                    yield record
                else:
                    self._report.tally.read += 1
                    self._report.tally.skipped("at fault: left out, see the report of rows")
        columns.finish(path.name, remarks)

    def _once(self, number: int, file: FileMapping, records: Iterator[Record]) -> Iterator[Record]:
        """Pass on what comes for the first time."""
        for record in records:
            self._report.tally.read += 1
            local_id = _number_of(record)
            said = _said(record)
            before = self._seen.again(number, local_id, said, by_place="@place" in file.id)
            if before is None:
                yield record
                continue
            self._report.tally.skipped("the same thing again")
            if file.twice == "refuse":
                self._report.remarks.add(record.file, record.row, " + ".join(file.id), "refused", "comes twice", local_id)
            elif before[1] != said:
                sentence = "the same thing, told otherwise here: the first is believed"
                self._report.remarks.add(record.file, record.row, "", "put right", sentence, said)


def analyze() -> None:
    """Give the planner the sizes of our tables as they are inside this transaction; the next page need not wait for the autovacuum."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(model._meta.db_table for model in _TABLES)}")


def _number_of(record: Record) -> str:
    kind = type(record).__name__
    if isinstance(record, MoneyRecord):
        return f"{kind}:{record.line.key}"
    if isinstance(record, ChangeRecord):
        return f"{kind}:{record.contract}/{record.change.key}"
    return f"{kind}:{record.local_id}"


def _said(record: Record) -> str:
    """What two tellings of one thing are compared by. Of repairs it is the street: files write all else of one in their own way."""
    if isinstance(record, RepairRecord):
        return record.street
    return "" if isinstance(record, MoneyRecord | ChangeRecord) else digest(record)


class _Columns:
    """Which columns a file has and which of them the mapping speaks of: what is missing is refused, what is not read is said."""

    def __init__(self, file: FileMapping) -> None:
        self._asked = asked_columns(file)
        self._ignored = set(file.ignored)
        self._tabular = file.format in {"csv", "xlsx"}
        self._met: dict[str, None] = {}

    def meet(self, rows: list[Row], file: str) -> None:
        for row in rows[:1] if self._tabular else rows:
            self._met |= dict.fromkeys(row.values)
        if self._tabular:
            self._refuse_missing(file)

    def finish(self, file: str, remarks: Remarks) -> None:
        self._refuse_missing(file)
        if not self._met:
            remarks.add(file, 0, "", "noted", "holds no row")
        spoken = self._asked | self._ignored
        for column in self._met:
            if column and not any(
                column == one or column.startswith(f"{one}.") or one.startswith(f"{column}.") for one in spoken
            ):
                remarks.add(file, 0, column, "noted", "is not read: the mapping does not speak of it")

    def _refuse_missing(self, file: str) -> None:
        if self._met or not self._tabular:
            missing = sorted(self._asked - set(self._met))
            if missing and (self._met or self._tabular):
                raise Broken(file, 0, f"the column {missing[0]!r} is missing")


def asked_columns(file: FileMapping) -> set[str]:
    """Every column of the file that the mapping reads."""
    found = {*file.columns.values(), *(one for one in file.id if not one.startswith("@"))}
    found |= {column for names in file.other_languages.values() for column in names.values()}
    for money in file.money:
        found |= {money.column, money.day_column}
    found |= {check.column for check in file.checks}
    for party in file.parties:
        found |= {party.column, party.id_column}
    for place in file.places:
        found |= {place.lon, place.lat, place.wkt, place.geojson, place.named, place.name_column}
    return found - {""}


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def _in_batches(things: Iterator[_T], size: int) -> Iterator[list[_T]]:
    while batch := list(islice(things, size)):
        yield batch


def _tell(report: SetReport) -> None:
    """Counts of the remarks into the tally, which is printed."""
    tell = {"noted": report.tally.noted, "put right": report.tally.repaired}
    for (file, weight, why), count in report.remarks.counts.items():
        if weight in tell:
            tell[weight](f"{file}: {why}" if file else why, count)
        elif weight == "refused":
            report.tally.noted(f"refused: {file}: {why}", count)
