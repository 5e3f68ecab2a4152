"""One row of a pack, known by its code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model

from gis_data.load_report import FileTally


def write_row(model: type[Model], code: str, row: Mapping[str, Any], tally: FileTally) -> None:
    """Make or change the row of this code; the same again changes nothing."""
    found = model._default_manager.filter(code=code).first()
    if found is None:
        model._default_manager.create(code=code, **row)
        tally.loaded += 1
        return
    different = [name for name, value in row.items() if getattr(found, name) != value]
    if not different:
        tally.unchanged += 1
        return
    for name in different:
        setattr(found, name, row[name])
    found.save(update_fields=different)
    tally.loaded += 1
    tally.noted("changed to what the pack says")
