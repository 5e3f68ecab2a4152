"""A page of a finding: its statement, cut by key, and what is only read for the lines that are shown.

A finding is reckoned when it is asked for, from all works; the statement is stopped when it takes too long (`TooLongPage`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from layers.problems import TooMuchWork
from layers.rows_sql import fetch
from places.findings_types import Asked
from places.patience_sql import TooLongPage

#: A finding looks at everything there is, which a tile must not; a page and a file are asked for far more rarely.
LONGEST_MS: Final = 8_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A statement that gives ``sort`` (numeric), ``key`` (text) and more; ``joined`` is joined to the lines that are left."""

    sql: str
    params: tuple[Any, ...]
    columns: str = ""
    joined: str = ""


def page(wanted: Wanted, asked: Asked, most: int) -> list[dict[str, Any]]:
    """Read ``most`` lines from the one after ``asked.after`` on, the largest ``sort`` first; raises `TooLongPage`."""
    beyond = "WHERE (sort, key) < (%s::numeric, %s::text)" if asked.after else ""
    sql = f"""
SELECT found.*{wanted.columns}
FROM (SELECT * FROM ({wanted.sql}) AS answer {beyond} ORDER BY sort DESC, key DESC LIMIT %s) AS found {wanted.joined}
ORDER BY found.sort DESC, found.key DESC"""
    try:
        return fetch(sql, (*wanted.params, *(asked.after or ()), most), LONGEST_MS)
    except TooMuchWork as stopped:
        raise TooLongPage from stopped


def in_district(what: str, work: str, asked: Asked) -> tuple[str, tuple[str, ...]]:
    """A condition: a part of the work (``what`` as in `places.models.Source`) lies in the district asked for."""
    if not asked.district:
        return "true", ()
    return f"{work} IN (SELECT work FROM places_workpart WHERE what = '{what}' AND district = %s)", (asked.district,)
