"""Which edition of a layer its rows are: a word that is another one as soon as any row is."""

from __future__ import annotations

import hashlib

from django.db import connection
from django.db.models import F, Func, TextField
from django.db.models.functions import Cast

from layers.declaration import MapLayer

#: Part of every edition: raise it when the same rows become other tiles.
FORM = 1


def edition(layer: MapLayer) -> str:
    """Return 16 hexadecimal digits of all that its tiles are made of; '' for a live layer, of which none may be kept.

    One query over the whole layer: for descriptions, not for tiles. A version of a row is told by the transaction that
    wrote it and by its place in the table.
    """
    if layer.fresh_seconds <= 1:
        return ""
    table = f'"{layer.queryset().model._meta.db_table}"'
    written = Func(template=f'{table}."xmin" || {table}."ctid"::text', output_field=TextField())
    rows = layer.queryset().order_by().values(row_key=Cast(F("pk"), TextField()), row_written=written)
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), bit_xor(hashtextextended(row_key || ':' || row_written, 0)) FROM ({sql}) AS every",  # the layer's own
            params,
        )
        told = cursor.fetchone()
    declared = (FORM, layer.geometry, layer.min_zoom, layer.max_zoom, [field.name for field in layer.fields])
    return hashlib.blake2b(repr((told, declared)).encode(), digest_size=8).hexdigest()
