"""A page of a finding: its statement, cut by key, and what is only read for the lines that are shown.

A finding is reckoned when it is asked for, from all works; the statement is stopped when it takes too long (`TooLongPage`), and only
few are reckoned at once (`TooManyFindings`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from layers.exports_stream import TooManyDownloads, snapshot
from layers.problems import Problem, TooMuchWork
from layers.rows_sql import fetch
from places.findings_types import Asked
from places.patience_sql import TooLongPage, limited

#: A finding looks at everything there is, which a tile must not; a page and a file are asked for far more rarely.
LONGEST_MS: Final = 8_000
#: So many are reckoned at once in all processes; each holds a thread and a processor for seconds.
PLACES: Final = 3
#: The class of their advisory locks; any number that nobody else uses.
LOCKS: Final = 0x0F1D5
#: No page takes so long: whoever holds a place for longer is gone.
_HELD_S: Final = 120


class TooManyFindings(TooMuchWork):
    """All places are taken."""

    def __init__(self) -> None:
        Problem.__init__(self, _("Many people ask for such lists just now. Please try again in a few seconds."))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A statement that gives ``sort`` (numeric), ``key`` (text) and more; ``joined`` is joined to the lines that are left."""

    sql: str
    params: tuple[Any, ...]
    columns: str = ""
    joined: str = ""


def take_place() -> None:
    """Take one of the few places until the transaction around ends; raises `TooManyFindings` when all are taken."""
    try:
        with limited(), snapshot(PLACES, LOCKS, _HELD_S):  # what the snapshot may take is no limit for the statements that follow
            pass
    except TooManyDownloads as taken:
        raise TooManyFindings from taken


def page(wanted: Wanted, asked: Asked, most: int) -> list[dict[str, Any]]:
    """Read ``most`` lines from the one after ``asked.after`` on, the largest ``sort`` first; raises `TooLongPage`."""
    beyond = "WHERE (sort, key) < (%s::numeric, %s::text)" if asked.after else ""
    sql = f"""
SELECT found.*{wanted.columns}
FROM (SELECT * FROM ({wanted.sql}) AS answer {beyond} ORDER BY sort DESC, key DESC LIMIT %s) AS found {wanted.joined}
ORDER BY found.sort DESC, found.key DESC"""
    try:
        with limited(LONGEST_MS):  # for this statement alone
            return fetch(sql, (*wanted.params, *(asked.after or ()), most), LONGEST_MS)
    except TooMuchWork as stopped:
        raise TooLongPage from stopped


def in_district(what: str, work: str, asked: Asked) -> tuple[str, tuple[str, ...]]:
    """A condition: a part of the work (``what`` as in `places.models.Source`) lies in the district asked for."""
    if not asked.district:
        return "true", ()
    return f"{work} IN (SELECT work FROM places_workpart WHERE what = '{what}' AND district = %s)", (asked.district,)
