"""The triggers that note changes of a counted table: one a statement, so that COPY, bulk and raw writes count as well."""

from __future__ import annotations

import pgtrigger

from layers import pyramid_sql as sql
from layers.pyramid import Pyramid

_OLD, _NEW = "old_rows", "new_rows"


def counted_by(pyramid: Pyramid) -> list[pgtrigger.Trigger]:
    """Return what a model whose rows are counted names in ``Meta.triggers``."""
    added = _referencing(new=_NEW)
    changed = _referencing(old=_OLD, new=_NEW)
    removed = _referencing(old=_OLD)
    return [
        _trigger("counted_insert", pgtrigger.Insert, sql.note_added(pyramid, _NEW), added),
        _trigger("counted_update", pgtrigger.Update, sql.note_changed(pyramid, _OLD, _NEW), changed),
        _trigger("counted_delete", pgtrigger.Delete, sql.note_removed(pyramid, _OLD), removed),
        _trigger("counted_truncate", pgtrigger.Truncate, sql.note_emptied(pyramid), None),
    ]


def _trigger(
    name: str, operation: pgtrigger.Operation, statements: str, referencing: pgtrigger.Referencing | None
) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=referencing,
        func=f"{statements}\n        RETURN NULL;",
    )


def _referencing(**tables: str) -> pgtrigger.Referencing:
    return pgtrigger.Referencing(**tables)  # type: ignore[no-untyped-call]  # it has no types
