"""The statement behind a table of the ledger: the database writes its rows as lines of CSV, so that a million of them stay small."""

from __future__ import annotations

from layers.disarming import LIVE
from layers.exports_sql import Statement
from opendata.ledger_tables import Column, Table


def csv(table: Table) -> Statement:
    """COPY of a header and a line a row; lines end with a line feed, which the sender replaces. All of it is text of our own."""
    shown = ", ".join(f'{_cell(column)} AS "{column.name}"' for column in table.columns)
    rows = f"SELECT {shown} FROM {table.rows} ORDER BY {table.key}"
    return Statement(f"COPY ({rows}) TO STDOUT WITH (FORMAT csv, HEADER true, ENCODING 'UTF8')", ())


def _cell(column: Column) -> str:
    if not column.said:
        return column.source
    text = f"({column.source})::text"
    return f"CASE WHEN {text} ~ '{LIVE.pattern}' THEN '''' || {text} ELSE {text} END"
