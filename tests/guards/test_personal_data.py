"""No personal data can be reached from a public door: by the SQL of the querysets, not by what a page happens to show."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.sql.datastructures import BaseTable, Join

from citymap.layers import LAYERS
from issues.models import Appeal, Photo

# Tables of which no public reading may touch a single column.
PRIVATE_TABLES: Final = frozenset(
    {
        "issues_reporter",
        "issues_intakekey",
        "accounts_user",
        "accounts_membership",
        "account_emailaddress",
        "account_emailconfirmation",
        "notifications_outboxmessage",
        "notifications_demoletter",
        "django_session",
        "pghistory_context",
    }
)
# Columns of otherwise public tables that hold what a resident wrote or what only staff may read.
PRIVATE_COLUMNS: Final = frozenset(
    {
        ("issues_appeal", "text"),
        ("issues_appeal", "answers"),
        ("issues_appeal", "source_ref"),
        ("issues_appeal", "flags"),
        ("issues_event", "note"),
        ("issues_event", "actor_id"),
        ("issues_event", "data"),
        ("accounts_department", "email"),
        ("issues_photo", "address_block"),
    }
)
# Any column whose name speaks of a person is private, or makes its table private, unless it is an office's.
TELLING_NAMES: Final = ("email", "phone", "password", "first_name", "last_name", "tracking_hash", "address_block", "recipient")
OFFICES: Final = frozenset({"accounts_department", "accounts_departmentevent"})


def tables_of(queryset: QuerySet[Any]) -> set[str]:
    """Every table the statement joins, with those of its subqueries (which appear in the SQL text)."""
    compiler = queryset.query.get_compiler(connection=connection)
    sql, _ = compiler.as_sql()
    joined = {alias.table_name for alias in compiler.query.alias_map.values() if isinstance(alias, BaseTable | Join)}
    known = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    return joined | {table for table in known if f'"{table}"' in sql}


def columns_of(queryset: QuerySet[Any]) -> set[tuple[str, str]]:
    """Every (table, column) the statement selects."""
    compiler = queryset.query.get_compiler(connection=connection)
    compiler.as_sql()
    found = set()
    for expression, _sql, _alias in compiler.select or []:
        for part in [expression, *expression.flatten()]:
            target = getattr(part, "target", None)
            if target is not None:
                found.add((target.model._meta.db_table, target.column))
    return found


def public_querysets() -> list[tuple[str, Callable[[], QuerySet[Any]]]]:
    return [("Appeal.objects.public()", Appeal.objects.public), *((f"layer {one.name}", one.queryset) for one in LAYERS)]


def leaks(queryset: QuerySet[Any]) -> set[str]:
    tables = {f"table {name}" for name in tables_of(queryset) & PRIVATE_TABLES}
    return tables | {f"column {table}.{column}" for table, column in columns_of(queryset) & PRIVATE_COLUMNS}


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "queryset"), public_querysets(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_public_queryset_reaches_no_personal_data(name: str, queryset: Callable[[], QuerySet[Any]]) -> None:
    assert leaks(queryset()) == set(), name


@pytest.mark.django_db
def test_the_guard_sees_a_leak_by_column_and_by_join() -> None:
    assert "column issues_appeal.text" in leaks(Appeal.objects.only("id", "text"))
    assert "table issues_reporter" in leaks(Appeal.objects.only("id").filter(reporter__email="x@example.org"))
    assert "table issues_reporter" in leaks(Appeal.objects.only("id").filter(id__in=Appeal.objects.filter(reporter__id=1)))


@pytest.mark.django_db
def test_no_page_reads_from_where_a_photo_came() -> None:
    appeal = Appeal(pk=1)
    for photos in (Photo.objects.filter(public=True), appeal.photos.all(), Photo.objects.select_related("appeal__category")):
        assert "column issues_photo.address_block" not in leaks(photos)
    assert "column issues_photo.address_block" in leaks(Photo._base_manager.all())


def test_every_column_that_names_a_person_is_private() -> None:
    wrong = []
    for model in apps.get_models(include_auto_created=True):
        for column in _columns(model):
            known = model._meta.db_table in PRIVATE_TABLES | OFFICES or (model._meta.db_table, column) in PRIVATE_COLUMNS
            if any(word in column for word in TELLING_NAMES) and not known:
                wrong.append(f"{model._meta.db_table}.{column}")
    assert not wrong


def _columns(model: type[Model]) -> list[str]:
    return [field.column for field in model._meta.concrete_fields if field.column]
