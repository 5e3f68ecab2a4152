"""Who looks on while a data set is loaded. This one does not care; `works.difference` writes down what changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db.models import Model

from works.models import ContractChange, DataSet
from works.records import Record
from works.remarks import Remark
from works.seen import Seen


class Watch:
    """Told of all that a load finds and writes. Nothing that it does may change what is written."""

    def remark(self, remark: Remark) -> None:
        """Something odd was found."""

    @contextmanager
    def rows(self, model: type[Model], data_set: DataSet, records: Sequence[Record]) -> Iterator[None]:
        """Inside, these records are written as rows of ``model``."""
        yield

    def money(self, local_ids: Sequence[str], fresh: Sequence[Mapping[str, Any]], there: Mapping[str, Mapping[str, Any]]) -> None:
        """Of the ledger's rows with these numbers the ``fresh`` ones are added; ``there`` are those that stood before, by number."""

    def modifications(self, made: Sequence[ContractChange]) -> None:
        """Modifications of contracts were added."""

    def end(self, data_set: DataSet, seen: Seen) -> None:
        """All is written; ``seen`` are the numbers that the files hold."""
