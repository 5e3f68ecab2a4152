"""``/data/quality``: what is known of the quality of the data, for people and for programs. What was not looked at is said to be so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gis_data.names import in_language
from layers.declaration import MapLayer, Words
from layers.doors import read_only
from layers.finding import data_sets
from layers.one_answer import one_answer
from layers.problems import BadRequest
from opendata.models import Verdict
from opendata.published_files import opened
from opendata.quality_words import CHECKS, COVERAGE, SUBJECTS
from opendata.standard_shapes import moment
from works.models import DataSet

#: Of a project, in the order of the columns.
_OF_PROJECTS: Final = tuple(name for name in COVERAGE if not name.startswith(("paid-", "repair-")))


@dataclass(frozen=True, slots=True)
class Line:
    """One check in words."""

    title: Words
    looked_at: int
    found: int
    examples: Sequence[str]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of all have something; ``percent`` is None of nothing."""

    title: Words
    of: int
    have: int

    @property
    def percent(self) -> int | None:
        """Rounded down, so that 100 means all."""
        return 100 * self.have // self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Subject:
    """A publication and what was found in it; ``checked_at`` None: nobody has looked yet."""

    name: str
    title: Words
    checked_at: dt.datetime | None
    error: str
    lines: Sequence[Line]
    shares: Sequence[Share]


@dataclass(frozen=True, slots=True)
class Source:
    """A data set of works: what of its projects is known, in the order of `_OF_PROJECTS`. No shares: it has no projects."""

    name: str
    invented: bool
    loaded_at: dt.datetime
    rows: int
    shares: Sequence[Share]


@require_safe
@one_answer()
def quality(request: HttpRequest, layers: Sequence[MapLayer]) -> HttpResponse:
    """The verdicts as a page."""
    verdicts = {one.subject: one for one in Verdict.objects.all()}
    context = {
        "subjects": [_subject(name, title, verdicts.get(name)) for name, title in SUBJECTS.items()],
        "columns": [COVERAGE[name] for name in _OF_PROJECTS],
        "sources": [_source(one, verdicts.get(f"set:{one.code}")) for one in DataSet.objects.order_by("code")],
        "layers": [layer.title for layer in data_sets(layers, request)],
    }
    return render(request, "opendata/quality.html", context)


@read_only
def quality_json(request: HttpRequest) -> HttpResponseBase:
    """The verdicts for programs, as they are stored."""
    if request.GET:
        raise BadRequest(_("This file has no filters: it holds everything."))
    told = {one.subject: _stored(one) for one in Verdict.objects.order_by("subject")}
    subjects = [{"subject": name, **told.pop(name, {"checked": None})} for name in SUBJECTS]
    return opened(JsonResponse({"subjects": [*subjects, *({"subject": name, **one} for name, one in told.items())]}))


def _stored(one: Verdict) -> Mapping[str, Any]:
    return {"checked": moment(one.checked_at), "error": one.error or None, "checks": one.checks, "coverage": one.coverage}


def _subject(name: str, title: Words, verdict: Verdict | None) -> Subject:
    if verdict is None:
        return Subject(name, title, None, "", (), ())
    lines = [
        Line(words, told["looked_at"], told["found"], told["examples"])
        for check, words in CHECKS.items()
        if (told := verdict.checks.get(check))
    ]
    return Subject(name, title, verdict.checked_at, verdict.error, lines, _shares(verdict))


def _shares(verdict: Verdict) -> list[Share]:
    return [Share(words, told["of"], told["have"]) for name, words in COVERAGE.items() if (told := verdict.coverage.get(name))]


def _source(one: DataSet, verdict: Verdict | None) -> Source:
    rows = sum(count for count in one.counts.values() if isinstance(count, int))
    return Source(in_language(one.names) or one.code, one.invented, one.loaded_at, rows, _shares(verdict) if verdict else ())
