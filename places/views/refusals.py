"""What a page of money answers when it cannot show what was asked for: a page with a sentence and its status."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from layers.problems import Problem, TooMuchWork
from places import patience_sql

P = ParamSpec("P")


def said_on_a_page(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Turn a `Problem` raised by the view into a page that says it."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Problem as problem:
            return _refused(request, problem)

    return answered


def in_time(view: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let no statement of the view run too long; a page that gives up says so, with status 503."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        with patience_sql.limited():
            return view(request, *args, **kwargs)

    return said_on_a_page(answered)


def _refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    busy = isinstance(problem, TooMuchWork)
    response = render(request, "places/refused.html", {"problem": str(problem), "busy": busy}, status=problem.status)
    if busy:
        response["Retry-After"] = "10"
        response["Cache-Control"] = "no-store"
    return response


def named(text: str) -> str:
    """Return what an address names; raises Http404 for what no source can have called anything."""
    if "\0" in text:
        raise Http404
    return text
