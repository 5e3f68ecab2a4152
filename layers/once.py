"""A parameter of an address is given once: of two values nobody knows which one was meant."""

from __future__ import annotations

import re
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext as _

from layers.problems import BadRequest

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}", re.ASCII)


def single(query: QueryDict, name: str) -> str:
    """Return the value of a parameter, '' where it is not given; raises `BadRequest` where it is given twice."""
    values = query.getlist(name)
    if len(values) > 1:
        raise BadRequest(_("“%(name)s” is given more than once.") % {"name": name})
    return values[0] if values else ""


def language(query: QueryDict) -> str:
    """Return the language that ``?lang=`` asks for, '' for none; raises `BadRequest`."""
    code = single(query, "lang")
    if code and not _LANGUAGE.fullmatch(code):
        raise BadRequest(_("“%(name)s” takes the code of a language, such as en or ru.") % {"name": "lang"})
    return code
