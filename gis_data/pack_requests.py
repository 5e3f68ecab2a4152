"""The manifest's sections on request files: whose columns mean what."""

from __future__ import annotations

import codecs
import re
import zoneinfo
from collections.abc import Mapping
from typing import Final

from gis_data.pack_request_types import REQUEST_FIELDS, PackClosure, PackRequestFile, PackRequestLayout
from gis_data.pack_table import Table

STATES: Final = ("new", "accepted", "planned", "started", "done", "rejected", "closed")
TIMES: Final = ("local", "utc", "converted-twice")


def read_request_files(top: Table) -> tuple[PackRequestFile, ...]:
    """[[request_layout]]: what columns mean; [[request_file]]: one table per CSV, in the order of their trust."""
    layouts: dict[str, PackRequestLayout] = {}
    for table in top.tables("request_layout"):
        layout = _layout(table, layouts)
        if layout.code in layouts:
            table.fail("code", f"'{layout.code}' is declared twice")
        layouts[layout.code] = layout
    return tuple(_request_file(table, layouts) for table in top.tables("request_file"))


def _request_file(table: Table, layouts: Mapping[str, PackRequestLayout]) -> PackRequestFile:
    layout = layouts.get(table.code("layout"))
    if layout is None:
        table.fail("layout", f"'{table.code('layout')}' is no [[request_layout]] above")
    found = PackRequestFile(file=table.file_name(), layout=layout)
    table.finish()
    return found


def _layout(table: Table, others: Mapping[str, PackRequestLayout]) -> PackRequestLayout:
    """A layout may be ``like`` an earlier one and say only what is different."""
    like = table.code("like", "")
    if like and like not in others:
        table.fail("like", f"'{like}' is no [[request_layout]] above")
    base = others.get(like) or PackRequestLayout(code="", source="", columns={})
    found = PackRequestLayout(
        code=table.code("code"),
        source=table.code("source", base.source or None),
        columns=table.mapping("columns", required=not like) or base.columns,
        encoding=table.text("encoding", base.encoding),
        date_format=table.text("date_format", base.date_format),
        time_zone=table.text("time_zone", base.time_zone),
        times=table.one_of("times", TIMES, base.times),
        states=table.mapping("states") or base.states,
        closure_lead=table.text("closure_lead", base.closure_lead),
        closures=tuple(_closure(one) for one in table.tables("closures")) or base.closures,
        no_location=table.points("no_location") or base.no_location,
        case_number=table.text("case_number", base.case_number),
        double_blank_is_comma=table.yes("double_blank_is_comma", default=base.double_blank_is_comma),
        text_public=table.yes("text_public", default=base.text_public),
    )
    _check_columns(table, found)
    _check_values(table, found)
    table.finish()
    return found


def _check_columns(table: Table, layout: PackRequestLayout) -> None:
    have = layout.columns.keys()
    for field in have - REQUEST_FIELDS:
        table.fail(f"columns.{field}", f"is none of our fields: {', '.join(sorted(REQUEST_FIELDS))}")
    for wanted in ({"ref"}, {"opened", "opened_days_ago"}, {"category", "type"}):
        if not have & wanted:
            table.fail("columns", f"a column for {' or '.join(sorted(wanted))} is missing")
    if ("lat" in have) != ("lon" in have):
        table.fail("columns", "lat and lon go together")
    if {"opened", "opened_days_ago"} <= have:
        table.fail("columns", "either dates or days ago, not both")


def _check_values(table: Table, layout: PackRequestLayout) -> None:
    for status, state in layout.states.items():
        if state not in STATES:
            table.fail(f"states.{status}", f"'{state}' is none of {', '.join(STATES)}")
    if layout.time_zone and layout.time_zone not in zoneinfo.available_timezones():
        table.fail("time_zone", f"'{layout.time_zone}' is no time zone")
    try:
        codecs.lookup(layout.encoding)
    except LookupError:
        table.fail("encoding", f"'{layout.encoding}' is no encoding")
    for key in ("closure_lead", "case_number"):
        try:
            re.compile(getattr(layout, key))
        except re.error as error:
            table.fail(key, f"is no regular expression: {error}")


def _closure(table: Table) -> PackClosure:
    found = PackClosure(
        state=table.one_of("state", STATES),
        starts=table.text("starts", ""),
        contains=table.text("contains", ""),
        say=table.text("say", ""),
        flag=table.code("flag", ""),
    )
    if bool(found.starts) == bool(found.contains):
        table.fail("starts", "either starts or contains is expected")
    table.finish()
    return found
