"""What all doors for programs have in common: they can only be read, know their parameters, and say what is wrong as problem details."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from layers.features_problems import NotAllowed, Nowhere
from layers.finding import spoken
from layers.once import single
from layers.problems import BadRequest, problems_answered, refusal

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)
_METHODS: Final = "GET, HEAD"
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}", re.ASCII)


def read_only(view: Callable[Concatenate[HttpRequest, P], R]) -> Callable[Concatenate[HttpRequest, P], R | HttpResponse]:
    """Answer a `Problem` of the view, and 405 to whoever wants to change something.

    What is wrong is told in the language of the address, else in that of who asks. The token of a form is not asked for: there is
    nothing to protect, and who sends none would hear 403 instead of 405.
    """
    answered = problems_answered(view)

    @csrf_exempt
    @wraps(view)
    def reading(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> R | HttpResponse:
        with translation.override(_told_in(request)):
            if request.method in {"GET", "HEAD"}:
                return answered(request, *args, **kwargs)
            response = refusal(NotAllowed())
            response["Allow"] = _METHODS
            return response

    return reading


@read_only
def nowhere(request: HttpRequest, path: str) -> HttpResponse:
    """Any other address below a door."""
    raise Nowhere


def require_known(request: HttpRequest, *known: str) -> None:
    """Raise `BadRequest` when something else is asked for than ``known``, or something twice."""
    for name in request.GET:
        if name not in known:
            raise BadRequest(
                _("“%(name)s” is not a parameter of this address. It knows: %(known)s.")
                % {"name": name[:40], "known": ", ".join(known)}
            )
        single(request.GET, name)


def _told_in(request: HttpRequest) -> str | None:
    match request.GET.getlist("lang"):
        case [given] if _LANGUAGE.fullmatch(given):
            return spoken(given)
    return translation.get_language()
