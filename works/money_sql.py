"""Rows into the ledger by COPY: a year of payments is a hundred thousand rows, which row by row would take minutes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import connection

#: Columns of `works.models.Money` that a load fills; the others have their defaults in the database.
COLUMNS: Final = (
    "data_set_id", "local_id", "stage", "amount", "currency", "on", "starts", "ends", "fiscal_year", "project_id", "contract_id",
    "repair_id", "payer_id", "payee_id", "fund", "title", "source_file", "source_row", "replaces_id", "reason",
)  # fmt: skip
_COPY: Final = "COPY works_money ({}) FROM STDIN".format(", ".join(f'"{name}"' for name in COLUMNS))


def add(rows: Iterable[Mapping[str, Any]]) -> None:
    """Add rows to the ledger: values by `COLUMNS`. To be called in a transaction. Raises Django's `DataError` and `IntegrityError`."""
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in rows:
            copy.write_row([row[name] for name in COLUMNS])
