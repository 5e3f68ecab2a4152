"""What a page of money answers to an address that makes no sense: a page with a sentence and its status."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from layers.problems import Problem

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
            return render(request, "places/refused.html", {"problem": str(problem)}, status=problem.status)

    return answered


def named(text: str) -> str:
    """Return what an address names; raises Http404 for what no source can have called anything."""
    if "\0" in text:
        raise Http404
    return text
