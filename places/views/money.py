"""Where the money went: the overview, the rows behind each number, and both as files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from layers import once
from layers.disarming import disarmed
from layers.doors import read_only
from layers.exports_stream import Frame, Stream, flow, snapshot, stops_said
from layers.finding import spoken
from layers.problems import BadRequest
from places import money_filters, money_rows, money_rows_sql, money_sums, money_tables, money_words
from places.models import MoneyTotal
from places.money_filters import DIMENSIONS, MoneyFilters
from places.views.refusals import in_time

_CSV: Final = "text/csv; charset=utf-8; header=present"
#: Dimensions with few values are chosen from a list.
_CHOSEN: Final = ("year", "district", "kind")


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a list in the filter form; ``value`` as an address writes it."""

    value: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force, the page of what it names ('' for none), and the address without it."""

    title: str
    name: str
    page: str
    href: str


@require_safe
@in_time
def money(request: HttpRequest) -> HttpResponse:
    """Sums by year, district, kind, contractor and street in one currency, each number a link to its rows."""
    asked = money_filters.parse(request.GET)
    filters, others = in_one_currency(asked)
    context = {
        "filters": filters,
        "summary": money_tables.summary(filters),
        "tables": [money_tables.table(filters, by) for by in DIMENSIONS if by not in filters.dimensions],
        "all_rows": money_tables.rows_address(filters),
        "lists": _lists(filters),
        "kept": [(name, value) for name, value in asked.dimensions.items() if name not in _CHOSEN],
        **_in_force(asked, filters, others),
    }
    return render(request, "places/money.html", context)


@require_safe
@in_time
def rows(request: HttpRequest) -> HttpResponse:
    """The rows behind a number, newest first, a page by key. The sum above them is that of all pages."""
    asked = money_filters.parse(request.GET, also=("before",))
    filters, others = in_one_currency(asked)
    page = money_rows.lines(filters, _before(request.GET))
    older = f"{money_tables.rows_address(filters)}&before={page.older}" if page.older else ""
    context = {
        "filters": filters,
        "summary": money_tables.summary(filters),
        "lines": page.lines,
        "series": money_words.SERIES,
        "older": older,
        "newest": money_tables.rows_address(filters) if "before" in request.GET else "",
        "csv": money_tables.file_address(reverse("money-rows-csv"), filters),
        "overview": money_tables.money_address(asked.having(stage="")),
        **_in_force(asked, filters, others),
    }
    return render(request, "places/money_rows.html", context)


@read_only
def rows_csv(request: HttpRequest) -> HttpResponseBase:
    """All rows that the filters leave, streamed from one snapshot; of all currencies where none is asked for."""
    filters, language = _of_a_file(request.GET)
    with stops_said(), ExitStack() as held:
        cursor = held.enter_context(snapshot())
        body = flow(cursor, money_rows_sql.csv(filters, language), Frame(b"", b"\r\n", b"\r\n"), held)
    response: HttpResponseBase
    response = (
        StreamingHttpResponse(body, content_type=_CSV) if isinstance(body, Stream) else HttpResponse(body, content_type=_CSV)
    )
    return as_file(response, "money-rows", language)


@read_only
def sums_csv(request: HttpRequest, by: str) -> HttpResponseBase:
    """The sums by one dimension, all groups of it, of one currency; names in the language of the address."""
    if by not in DIMENSIONS:
        raise BadRequest(_("Money is summed by year, district, kind, contractor or street."))
    asked, language = _of_a_file(request.GET)
    filters, _others = in_one_currency(asked)
    groups = money_sums.breakdown(filters, by).groups
    with translation.override(language):
        words = {value: str(name) for value, name in money_words.named(by, (one.value for one in groups)).items()}
    head = [by, "name", "currency", *(one.value for one in money_sums.AMOUNTS), "works_without_an_amount"]
    lines = [
        [one.value, words[one.value], filters.currency, *(one.amounts.get(s, "") for s in money_sums.AMOUNTS), one.unknown]
        for one in groups
    ]
    return as_file(HttpResponse("".join(written([head, *lines])), content_type=_CSV), f"money-by-{by}", language)


def _of_a_file(query: QueryDict) -> tuple[MoneyFilters, str]:
    """What a file is asked for, and its language: that of the address, never of a cookie, for caches keep it for many people."""
    return money_filters.parse(query, also=("lang",)), spoken(once.language(query))


def in_one_currency(asked: MoneyFilters) -> tuple[MoneyFilters, list[str]]:
    """Return the filters with a currency, the most usual where none is asked for, and the other ones there are. One query."""
    found = money_sums.currencies(asked)
    filters = asked.having(currency=asked.currency or (found[0] if found else ""))
    return filters, [one for one in found if one != filters.currency]


def _in_force(asked: MoneyFilters, filters: MoneyFilters, others: list[str]) -> dict[str, Any]:
    """What both pages say of the filters: which are in force, and which other currencies there are."""
    chips = [
        Chip(
            str(money_words.DIMENSIONS[name]),
            (named := money_words.named(name, [value])[value]).text,
            named.href,
            money_tables.money_address(asked.having(**{name: None})),
        )
        for name, value in asked.dimensions.items()
    ]
    if asked.stage:
        without = money_tables.money_address(asked.having(stage=""))
        chips.append(Chip(_("Stage"), str(money_words.SERIES[asked.stage]), "", without))
    elsewhere = [(code, money_tables.money_address(filters.having(currency=code))) for code in others]
    return {"chips": chips, "other_currencies": elsewhere}


def _lists(filters: MoneyFilters) -> list[tuple[str, str, list[Choice]]]:
    """The lists of the filter form: name, title, options."""
    return [(name, str(money_words.DIMENSIONS[name]), _choices(filters, name)) for name in _CHOSEN]


def _choices(filters: MoneyFilters, name: str) -> list[Choice]:
    level = money_sums.level_of([name])
    values = list(MoneyTotal.objects.filter(level=level).order_by().values_list(name, flat=True).distinct())
    words = money_words.named(name, values)
    chosen = getattr(filters, name)
    options = sorted(values, key=lambda value: -value if name == "year" else words[value].text.casefold())
    return [Choice(str(value) or money_filters.NOT_KNOWN, words[value].text, value == chosen) for value in options]


def _before(query: QueryDict) -> int:
    text = once.single(query, "before")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise BadRequest(_("This is no page of the list."))
    return int(text)


def written(lines: list[list[Any]]) -> Iterator[str]:
    """Lines of CSV. A text that a spreadsheet would run is given an apostrophe."""
    for line in lines:
        file = io.StringIO()
        csv.writer(file).writerow([_defused(cell) for cell in line])
        yield file.getvalue()


def _defused(cell: Any) -> Any:
    return disarmed(cell) if isinstance(cell, str) else cell


def as_file(response: HttpResponseBase, name: str, language: str) -> HttpResponseBase:
    response["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate()}.csv"'
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, max-age=60"
    response["Content-Language"] = language
    return response
