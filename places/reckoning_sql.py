"""Have the database look whether there is money to reckon, at the commit of this transaction. It finds out by itself what that is."""

from typing import Final

from django.db import connection

_KNOCK: Final = "INSERT INTO places_moneyknock VALUES (txid_current()) ON CONFLICT DO NOTHING"


def knock() -> None:
    """Run the reckoning at the commit although nothing was written: for the turn of the day."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOCK)
