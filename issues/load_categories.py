"""Categories of a city pack: those it declares, and those its request files make known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.models import Department
from gis_data.load_report import LoadReport
from gis_data.load_row import write_row
from gis_data.names import Names
from gis_data.pack_types import Pack, PackCategoriesFromRequests, PackCategory
from gis_data.readers.broken import Broken
from gis_data.whole_file import whole_file
from issues.load_sql import KINDS
from issues.models import Category
from issues.request_cases import code_of
from works.codelists import RepairKind

_GROUP_STEP: Final = 1000


def load_categories(pack: Pack, report: LoadReport) -> None:
    """Write the categories that the pack declares, in its order; what the pack says wins."""
    if not pack.categories:
        return
    tally = report.file("categories")
    with whole_file(tally):
        departments = dict(Department.objects.values_list("code", "id"))
        for position, category in enumerate(pack.categories):
            tally.read += 1
            row = _category(category, departments.get(category.department))
            write_row(Category, category.code, {**row, "position": position}, tally)


def add_categories_of_requests(wanted: PackCategoriesFromRequests, report: LoadReport) -> None:
    """Make a category of each type among the staged requests that is not known yet; a known one is left as it is."""
    tally = report.file("categories from requests")
    with connection.cursor() as cursor:
        cursor.execute(KINDS)
        kinds = cursor.fetchall()
    tally.read = len(kinds)
    known = set(Category.objects.values_list("code", flat=True))
    departments = dict(Department.objects.values_list("code", "id"))
    groups: dict[str, int] = {}
    fresh = []
    for rank, (code, name, group, department, due, _count) in enumerate(kinds):
        place = groups.setdefault(group, len(groups))
        if code in known:
            continue
        fresh.append(
            Category(
                code=code,
                names=_translated(name, wanted),
                group=code_of(group) if group else "",
                group_names=_translated(group, wanted) if group else {},
                department_id=departments.get(department),
                due=_whole_hours(due) if wanted.due == "median" else None,
                words=wanted.words,
                public=name not in wanted.not_public,
                repair_kinds=repair_kinds(wanted.repair_kinds.get(name, ()), f"the type '{name}'"),
                valid=DateRange(wanted.valid_from, None),
                position=place * _GROUP_STEP + rank,
            )
        )
    Category.objects.bulk_create(fresh)
    tally.loaded, tally.unchanged = len(fresh), len(kinds) - len(fresh)
    tally.noted("have no promised time: fewer than half of their requests had one", sum(one.due is None for one in fresh))


def _category(category: PackCategory, department: int | None) -> dict[str, Any]:
    return {
        "names": dict(category.names),
        "group": category.group,
        "group_names": dict(category.group_names),
        "department_id": department,
        "due": category.due,
        "questions": [question.as_json() for question in category.questions],
        "words": category.words,
        "public": category.public,
        "near_m": category.near_m,
        "emergency": category.emergency.as_json() if category.emergency else {},
        "asset_kind": category.asset_kind,
        "repair_kinds": repair_kinds(category.repair_kinds, f"the category '{category.code}'"),
        "valid": DateRange(category.valid_from, None),
    }


def repair_kinds(named: Sequence[str], where: str) -> list[str]:
    """The kinds of repairs that ``where`` in the manifest names; one that there is not stops the load."""
    if unknown := sorted(set(named).difference(RepairKind.values)):
        raise Broken(
            "pack.toml", 0, f"{where} names the kind of repairs '{unknown[0]}'; there are: {', '.join(RepairKind.values)}"
        )
    return list(named)


def _translated(name: str, wanted: PackCategoriesFromRequests) -> Names:
    others = {language: names[name] for language, names in wanted.translations.items() if name in names}
    return {wanted.language: name, **others}


def _whole_hours(due: dt.timedelta | None) -> dt.timedelta | None:
    return None if due is None else dt.timedelta(hours=max(1, round(due.total_seconds() / 3600)))
