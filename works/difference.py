"""What a load changes, row by row, written to files as it goes: nothing of it is kept in memory, and a page reads it from any line on.

Three files of JSON lines (``new``, ``changed``, ``gone``) and the report of odd rows (CSV). A hash of all three tells two differences apart.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, Literal, Self

from django.db.models import Model

from works.describing import Said, described, text_of
from works.models import Contract, ContractChange, DataSet, Money, Organisation, Project, Repair, StreetCondition
from works.records import Record, digest
from works.remarks import HEADER, Remark, in_report
from works.seen import Seen
from works.watching import Watch

Kind = Literal["new", "changed", "gone"]
KINDS: Final[tuple[Kind, ...]] = ("new", "changed", "gone")
REPORT: Final = "report.csv"
#: Tables by the name of their records, as `Seen` knows them.
_RECORDS: Final[Mapping[str, type[Model]]] = {
    "ProjectRecord": Project,
    "ContractRecord": Contract,
    "RepairRecord": Repair,
    "ConditionRecord": StreetCondition,
}
_MONEY: Final = ("stage", "amount", "currency", "on", "starts", "ends", "fiscal_year", "fund", "title")
_PART: Final = ".part"


class Difference(Watch):
    """Writes into ``folder`` while it is entered; `keep` puts its files in the place of those that were there: a load that dies
    leaves those alone.
    """

    def __init__(self, folder: Path, data_set: str) -> None:
        self._folder, self._data_set = folder, data_set
        self._open = ExitStack()
        self._out = {kind: self._file(f"{kind}.jsonl") for kind in KINDS}
        self._report = csv.writer(self._file(REPORT))
        self._report.writerow(HEADER)
        self._hash = hashlib.sha256()
        self._money = set[str]()
        self.counts = Counter[tuple[str, Kind]]()

    def _file(self, name: str) -> Any:
        path = self._folder / f"{name}{_PART}"
        return self._open.enter_context(path.open("w", encoding="utf-8", newline=""))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    @property
    def fingerprint(self) -> str:
        """The same for the same difference."""
        return self._hash.hexdigest()

    def keep(self) -> None:
        """Let the pages see the files; nothing more is written."""
        self._open.close()
        for name in (*(f"{kind}.jsonl" for kind in KINDS), REPORT):
            (self._folder / f"{name}{_PART}").replace(self._folder / name)

    def remark(self, remark: Remark) -> None:
        self._report.writerow(in_report(self._data_set, remark))

    @contextmanager
    def rows(self, model: type[Model], data_set: DataSet, records: Sequence[Record]) -> Iterator[None]:
        said = {one.local_id: digest(one) for one in records}  # type: ignore[union-attr]
        rows = model._default_manager.filter(data_set=data_set, local_id__in=said)
        there = {local_id: (pk, old) for local_id, pk, old in rows.values_list("local_id", "pk", "digest")}
        changed = {
            local_id: there[local_id][0] for local_id in said if local_id in there and there[local_id][1] != said[local_id]
        }
        before = described(model, changed.values()) if changed else {}
        yield
        fresh = [local_id for local_id in said if local_id in changed or local_id not in there]
        keys = dict(rows.filter(local_id__in=fresh).values_list("local_id", "pk")) if fresh else {}
        after = described(model, keys.values()) if keys else {}
        for local_id in fresh:  # in the order of the file: that of the database may be another one the next time
            if local_id in keys:
                self._say(model, local_id, before.get(changed.get(local_id, 0)), after[keys[local_id]])

    def money(self, local_ids: Sequence[str], fresh: Sequence[Mapping[str, Any]], there: Mapping[str, Mapping[str, Any]]) -> None:
        self._money.update(local_ids)
        olds = [there.get(row["local_id"], {}) for row in fresh]
        firms = {int(row[name]) for row in (*fresh, *olds) for name in ("payer_id", "payee_id") if row.get(name)}
        names = dict(Organisation.objects.filter(pk__in=firms).values_list("pk", "legal_name")) if firms else {}
        for row, old in zip(fresh, olds, strict=True):
            self._say(Money, row["local_id"], _line(old, names) if old else None, _line(row, names))

    def modifications(self, made: Sequence[ContractChange]) -> None:
        names = ("kind", "on", "rationale", "old_value", "new_value", "currency", "old_end", "new_end")
        for one in made:
            said = {name: text for name in names if (text := text_of(getattr(one, name)))}
            self._say(ContractChange, one.local_id, None, said)

    def end(self, data_set: DataSet, seen: Seen) -> None:
        for record, model in _RECORDS.items():
            held = model._default_manager.filter(data_set=data_set).order_by("pk").values_list("local_id", flat=True)
            for local_id in held.iterator():
                if f"{record}:{local_id}" not in seen:
                    self._write("gone", model, local_id, [])
        standing = Money.objects.standing().filter(data_set=data_set).order_by("pk")
        for local_id, *values in standing.values_list("local_id", *_MONEY).iterator():
            if local_id not in self._money:
                old = {name: text for name, value in zip(_MONEY, values, strict=True) if (text := text_of(value))}
                self._write("gone", Money, local_id, [[name, text, ""] for name, text in old.items()])

    def _say(self, model: type[Model], local_id: str, old: Said | None, new: Said) -> None:
        was = old or {}
        names = [*new, *(name for name in was if name not in new)]
        fields = [[name, was.get(name, ""), new.get(name, "")] for name in names if was.get(name, "") != new.get(name, "")]
        self._write("new" if old is None else "changed", model, local_id, fields)

    def _write(self, kind: Kind, model: type[Model], local_id: str, fields: list[list[str]]) -> None:
        what = str(model._meta.model_name)
        line = json.dumps({"what": what, "id": local_id, "fields": fields}, ensure_ascii=False)
        self._hash.update(f"{kind} {line}\n".encode())
        self._out[kind].write(f"{line}\n")
        self.counts[what, kind] += 1


def _line(row: Mapping[str, Any], names: Mapping[int, str]) -> Said:
    found = {name: text_of(row.get(name)) for name in _MONEY}
    found |= {name: names.get(row.get(f"{name}_id") or 0, "") for name in ("payer", "payee")}
    return {name: text for name, text in found.items() if text}
