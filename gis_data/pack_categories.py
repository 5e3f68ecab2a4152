"""The manifest's sections on categories, their questions and the routing rules."""

from __future__ import annotations

from collections.abc import Mapping

from gis_data.names import Names
from gis_data.pack_table import Table
from gis_data.pack_types import (
    PackCategoriesFromRequests,
    PackCategory,
    PackChoice,
    PackEmergency,
    PackQuestion,
    PackRule,
)

WORDS = ("at_once", "after_look", "never")


def read_categories(top: Table) -> tuple[PackCategory, ...]:
    """[[group]] names the groups, [[category]] the categories in the order in which pages show them."""
    groups: dict[str, Names] = {}
    for table in top.tables("group"):
        groups[table.code("code")] = table.names()
        table.finish()
    return tuple(_category(table, groups) for table in top.tables("category"))


def _category(table: Table, groups: dict[str, Names]) -> PackCategory:
    group = table.code("group", "")
    if group and group not in groups:
        table.fail("group", f"'{group}' is no [[group]] of this pack")
    found = PackCategory(
        code=table.code("code"),
        names=table.names(),
        valid_from=table.first_day(),
        group=group,
        group_names=groups.get(group, {}),
        department=table.code("department", ""),
        due=table.hours("due_hours"),
        words=table.one_of("words", WORDS, "after_look"),
        public=table.yes("public", default=True),
        near_m=table.whole("near_m", 100, 1, 5000),
        asset_kind=table.code("asset_kind", ""),
        repair_kinds=table.texts("repair_kinds"),
        emergency=_emergency(table.table("emergency")),
        questions=tuple(_question(one) for one in table.tables("questions")),
    )
    codes = [one.code for one in found.questions]
    if len(codes) != len(set(codes)):
        table.fail("questions", "two questions have the same code")
    table.finish()
    return found


def _emergency(table: Table | None) -> PackEmergency | None:
    if table is None:
        return None
    found = PackEmergency(words=table.names("words"), phone=table.text("phone"))
    table.finish()
    return found


def _question(table: Table) -> PackQuestion:
    found = PackQuestion(
        code=table.code("code"),
        type=table.one_of("type", ("choice", "text", "yesno")),
        labels=table.names("labels"),
        required=table.yes("required", default=False),
        choices=tuple(_choice(one) for one in table.tables("choices")),
    )
    if (found.type == "choice") != bool(found.choices):
        table.fail("choices", "belong to a question of type choice, and only there")
    table.finish()
    return found


def _choice(table: Table) -> PackChoice:
    found = PackChoice(code=table.code("code"), labels=table.names("labels"))
    table.finish()
    return found


def read_categories_from_requests(table: Table | None) -> PackCategoriesFromRequests | None:
    """[categories_from_requests]: the types found in the request files are the categories."""
    if table is None:
        return None
    found = PackCategoriesFromRequests(
        valid_from=table.first_day(),
        due=table.one_of("due", ("median", "none"), "median"),
        words=table.one_of("words", WORDS, "after_look"),
        not_public=table.texts("not_public"),
        language=table.text("language", "en"),
        translations=_translations(table.table("translations")),
        repair_kinds=_repair_kinds(table.table("repair_kinds")),
    )
    table.finish()
    return found


def _translations(table: Table | None) -> dict[str, Mapping[str, str]]:
    if table is None:
        return {}
    found = {language: table.mapping(language) for language in table.written()}
    table.finish()
    return found


def _repair_kinds(table: Table | None) -> dict[str, tuple[str, ...]]:
    if table is None:
        return {}
    found = {name: table.texts(name) for name in table.written()}
    table.finish()
    return found


def read_rules(top: Table) -> tuple[PackRule, ...]:
    """[[rule]]: what it states → department; all but the department may be left out."""
    return tuple(_rule(table) for table in top.tables("rule"))


def _rule(table: Table) -> PackRule:
    found = PackRule(
        code=table.text("code"),
        department=table.code("department"),
        valid_from=table.first_day(),
        valid_to=table.day("valid_to", required=False),
        category=table.code("category", ""),
        group=table.code("group", ""),
        area=table.area("boundary"),
        road_classes=table.texts("road_classes"),
        street_owners=table.texts("street_owners"),
        warranty_kinds=table.texts("warranty_kinds"),
        warranty_supervisors=table.texts("warranty_supervisors"),
        asset_kinds=table.texts("asset_kinds"),
        asset_owners=table.texts("asset_owners"),
        answers=table.choices("answers"),
        weekdays=table.weekdays("weekdays"),
        hours=table.span("hours"),
        crew=table.code("crew", ""),
        urgent=table.yes("urgent", default=False),
        due=table.hours("due_hours"),
        priority=table.whole("priority", 0, -1000, 1000),
    )
    if found.valid_to is not None and found.valid_to <= found.valid_from:
        table.fail("valid_to", "is not after valid_from")
    table.finish()
    return found
