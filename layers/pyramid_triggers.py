"""The triggers that note changes of a counted table: one a statement, so that COPY, bulk and raw writes count as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pgtrigger
from pgtrigger import compiler

from layers import pyramid_sql as sql
from layers.pyramid import Pyramid

if TYPE_CHECKING:
    from django.db.models import Model

_OLD, _NEW = "old_rows", "new_rows"


class NotingSql(compiler.UpsertTriggerSql):
    """How such a trigger is installed: without the question whether it is switched off, which pgtrigger's own asks each time.

    That question raises and catches an error, a good quarter of what a note costs, and a count that somebody may switch off is
    wrong. Migrations name this class: never change the text, make another one.
    """

    def get_template(self) -> str:
        return """
            CREATE OR REPLACE FUNCTION {pgid}() RETURNS TRIGGER LANGUAGE plpgsql AS $$
            BEGIN
                {func}
            END
            $$;
            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE TRIGGER {pgid} {when} {operation} ON {table} {referencing} FOR EACH {level} EXECUTE FUNCTION {execute};
            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """


class Noting(pgtrigger.Trigger):
    """A trigger that notes what a statement changed."""

    def compile(self, model: Model) -> compiler.Trigger:
        kwargs: dict[str, Any] = super().compile(model).sql.kwargs
        return compiler.Trigger(name=self.name, sql=NotingSql(**kwargs))


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
    return Noting(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=referencing,
        func=f"{statements}\n        RETURN NULL;",
    )


def _referencing(**tables: str) -> pgtrigger.Referencing:
    return pgtrigger.Referencing(**tables)  # type: ignore[no-untyped-call]  # it has no types
