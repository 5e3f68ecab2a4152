"""The rows behind a sum as one CSV: a statement that the database writes line by line, so that a million rows stay small."""

from __future__ import annotations

from typing import Final

from layers.disarming import LIVE
from layers.exports_sql import Statement
from places.money_filters import MoneyFilters
from places.money_sums import shares

_STREET: Final = """(SELECT coalesce(t.names->>spoken.code, t.names->>'en', t.names->>'ru', t.source_id)
    FROM gis_data_street AS t WHERE t.id = s.street)"""
#: Name, what it holds, whether it is text that came from a source.
_COLUMNS: Final = (
    ("stage", "s.stage", False),
    ("amount", "CASE WHEN s.currency <> '' THEN s.amount END", False),
    ("currency", "s.currency", False),
    ("amount_of_the_whole_row", "CASE WHEN s.source = 'm' THEN m.amount ELSE r.cost END", False),
    ("row", "s.source || s.line", False),
    ("day", "coalesce(m.on, CASE WHEN s.source = 'r' THEN r.finished_on END)", False),
    ("year", "nullif(s.year, 0)", False),
    ("district", "s.district", True),
    ("street", _STREET, True),
    ("kind", "s.kind", True),
    ("contractor", "o.legal_name", True),
    ("contractor_id", "nullif(s.contractor, 0)", False),
    ("project", "p.public_id", True),
    ("contract", "coalesce(c.number, rc.number)", True),
    ("repair", "r.public_id", True),
    ("title", "m.title", True),
    ("fund", "m.fund", True),
    ("source", "coalesce(d.code, rd.code, pd.code)", True),
    ("source_file", "m.source_file", True),
    ("source_row", "m.source_row", False),
)  # fmt: skip
HEADER: Final = tuple(name for name, _source, _text in _COLUMNS)
_FROM: Final = """
LEFT JOIN works_money AS m ON s.source = 'm' AND m.id = s.line
LEFT JOIN works_contract AS c ON c.id = m.contract_id
LEFT JOIN works_repair AS r ON r.id = s.repair
LEFT JOIN works_contract AS rc ON rc.id = r.contract_id
LEFT JOIN works_project AS p ON p.id = s.project
LEFT JOIN works_organisation AS o ON o.id = s.contractor
LEFT JOIN works_dataset AS d ON d.id = m.data_set_id
LEFT JOIN works_dataset AS rd ON rd.id = r.data_set_id
LEFT JOIN works_dataset AS pd ON pd.id = p.data_set_id
CROSS JOIN (SELECT %s::text AS code) AS spoken
"""


def csv(filters: MoneyFilters, language: str) -> Statement:
    """COPY of a header and a line a part of an amount, streets called as in ``language``; the sender replaces the line feeds."""
    sql, params = shares(filters).order_by().query.sql_with_params()
    shown = ", ".join(f'{_text(source) if text else source} AS "{name}"' for name, source, text in _COLUMNS)
    return Statement(
        f"COPY (SELECT {shown} FROM ({sql}) AS s {_FROM} ORDER BY s.id) TO STDOUT WITH (FORMAT csv, HEADER true, ENCODING 'UTF8')",
        (*params, language),
    )


def _text(source: str) -> str:
    return f"CASE WHEN ({source})::text ~ '{LIVE.pattern}' THEN '''' || ({source})::text ELSE ({source})::text END"
