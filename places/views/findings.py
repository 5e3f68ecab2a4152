"""The findings: what they are, each as a page with its query explained, and as a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from gis_data.models import Boundary
from gis_data.names import in_language
from layers import once
from layers.doors import read_only
from layers.features_problems import Nowhere
from layers.finding import spoken
from places import findings_ask, patience_sql
from places.findings import FINDINGS
from places.findings_page_sql import take_place
from places.findings_sources import sources
from places.findings_types import MOST_IN_A_FILE, ROWS, Asked, Finding
from places.views.money import as_file, written
from places.views.refusals import in_time

_CSV: Final = "text/csv; charset=utf-8; header=present"


@dataclass(frozen=True, slots=True)
class Field:
    """A number in the form: ``value`` is the one in force."""

    name: str
    title: str
    low: int
    high: int
    value: int


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a list in the form."""

    value: str
    name: str
    chosen: bool


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All findings, each with its question."""
    return render(request, "places/findings.html", {"findings": list(FINDINGS.values())})


@require_safe
@in_time
def finding(request: HttpRequest, name: str) -> HttpResponse:
    """One list: what is counted, the thresholds, the lines of a page and where to go on."""
    found = FINDINGS.get(name)
    if found is None:
        raise Http404
    districts = _districts() if found.by_district else {}
    asked = findings_ask.parse(found, request.GET, districts, timezone.localdate(), also=("after",))
    take_place()
    rows = found.read(asked, ROWS + 1)
    more, rows = len(rows) > ROWS, rows[:ROWS]
    context = {
        "finding": found,
        "counted": found.told(found.counted, asked),
        "not_said": found.told(found.not_said, asked),
        "base": found.base(asked),
        "sources": sources(found),
        "lines": [list(zip(found.columns, line.cells, strict=True)) for line in found.lines(rows, asked)],
        "older": _address(found, asked, findings_ask.place(rows[-1])) if more else "",
        "newest": _address(found, asked) if asked.after else "",
        "csv": found.file(asked),
        "most_in_a_file": MOST_IN_A_FILE,
        **_form(found, asked, districts),
    }
    return render(request, "places/finding.html", context)


@read_only
def finding_csv(request: HttpRequest, name: str) -> HttpResponseBase:
    """All lines as a file, as far as a file goes; names in the language of the address."""
    found = FINDINGS.get(name)
    if found is None:
        raise Nowhere
    language = spoken(once.language(request.GET))
    with patience_sql.limited():
        districts = _districts() if found.by_district else {}
        asked = findings_ask.parse(found, request.GET, districts, timezone.localdate(), also=("lang",))
        take_place()
        with translation.override(language):
            lines = found.lines(found.read(asked, MOST_IN_A_FILE), asked)
    body = "".join(written([list(found.header), *(list(line.values) for line in lines)]))
    return as_file(HttpResponse(body, content_type=_CSV), name, language)


def _districts() -> dict[str, str]:
    """Names of the districts in force by their codes. One query."""
    found = Boundary.objects.filter(boundary_set__is_district=True).on(timezone.localdate()).values_list("code", "names")
    named = {code: in_language(names) or code for code, names in found}
    return dict(sorted(named.items(), key=lambda one: one[1].casefold()))


def _address(found: Finding, asked: Asked, after: str = "") -> str:
    query = found.query(asked, after)
    return found.href + (f"?{query}" if query else "")


def _form(found: Finding, asked: Asked, districts: dict[str, str]) -> dict[str, Any]:
    fields = [Field(one.name, str(one.title), one.low, one.high, asked.numbers[one.name]) for one in found.knobs]
    lists = [
        (one.name, str(one.title), [Choice(code, str(text), code == asked.picks[one.name]) for code, text in one.options.items()])
        for one in found.picks
    ]
    return {
        "fields": fields,
        "lists": lists,
        "districts": [Choice(code, text, code == asked.district) for code, text in districts.items()],
        "since": asked.since or "",
        "until": asked.until or "",
        "currency": asked.currency,
        "changed": bool(found.query(asked)),
    }
