"""What a door of a layer answers when it cannot do what was asked: problem details (RFC 9457), never a stack trace."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import ClassVar, Concatenate, ParamSpec, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import get_language
from django.utils.translation import gettext as _

P = ParamSpec("P")
#: A plain answer or a stream.
R = TypeVar("R", bound=HttpResponseBase)


class Problem(Exception):  # every member is an answer, not a fault
    """``str()`` is a sentence for the person who sent the request, in ``language``, which was active when it was written."""

    status: ClassVar[HTTPStatus]

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.language = get_language() or settings.LANGUAGE_CODE


class BadRequest(Problem):
    """The address makes no sense: an unknown parameter, a value of the wrong kind, a place outside the grid."""

    status = HTTPStatus.BAD_REQUEST


class NoSuchLayer(Problem):
    """No layer of this name, or none that this person may see: the two are not told apart."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self, name: str) -> None:
        super().__init__(_("There is no layer called “%(name)s”.") % {"name": name[:80]})


class TooMuchWork(Problem):
    """The database was stopped because the answer took too long."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__(_("This part of the map holds too much to draw at once. Zoom in, or choose fewer things to show."))


def problems_answered(
    view: Callable[Concatenate[HttpRequest, P], R],
) -> Callable[Concatenate[HttpRequest, P], R | HttpResponse]:
    """Turn a `Problem` raised by the view into its answer. Anybody may read it, from any site."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> R | HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Problem as problem:
            return refusal(problem)

    return answered


def refusal(problem: Problem) -> HttpResponse:
    """Return the answer that says what is wrong."""
    response = JsonResponse(
        {"type": "about:blank", "title": problem.status.phrase, "status": int(problem.status), "detail": str(problem)},
        status=problem.status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "no-store"
    response["Content-Language"] = problem.language
    if isinstance(problem, TooMuchWork):
        response["Retry-After"] = "10"
    return response
