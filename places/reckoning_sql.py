"""Two statements about the reckoning of money: do it now instead of at the commit, and do all of it anew."""

from typing import Final

from django.db import connection

_NOW: Final = "SET CONSTRAINTS places_settle IMMEDIATE; SET CONSTRAINTS places_settle DEFERRED"
_EVERYTHING: Final = """
INSERT INTO places_moneynote (what, thing) VALUES ('a', 0);
INSERT INTO places_moneyknock VALUES (txid_current()) ON CONFLICT DO NOTHING
"""


def reckon() -> None:
    """Bring the sums up to date inside a transaction that goes on; the commit does it by itself."""
    with connection.cursor() as cursor:
        cursor.execute(_NOW)


def reckon_everything() -> None:
    """Have all sums made anew from the rows, at the commit. For days on which other districts come into force."""
    with connection.cursor() as cursor:
        cursor.execute(_EVERYTHING)
