"""Secrets do not reach the log: neither what opens a resident's report or photo, nor the row that a database error quotes."""

import logging
import re
from collections.abc import Iterator
from typing import Final

_HIDDEN: Final = "***"
#: Everything after it may hold the secret: a mistyped address has signs, blanks or a slash around a token that is still good.
_PATHS: Final = re.compile(r"(/(?:t|accounts/confirm-email|accounts/password/reset/key)/)[^\r\n]+")
_SIGNED: Final = re.compile(r"\b((?:draft|reporter)=)[^\s&#\"']+")
#: The database adds to its sentence the whole row that it refused, with name and address of whoever wrote it.
_ROW: Final = re.compile(r"\n(DETAIL|CONTEXT):.*", re.DOTALL)
_FORMATTER: Final = logging.Formatter()


def masked(text: str) -> str:
    """Return ``text`` without tracking tokens, keys of letters to an account, and signatures of photos."""
    return _SIGNED.sub(rf"\1{_HIDDEN}", _PATHS.sub(rf"\1{_HIDDEN}", text))


def _without_row(text: str) -> str:
    return _ROW.sub(rf"\n\1:  {_HIDDEN}", text)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error with those behind it, each once."""
    met: set[int] = set()
    while error is not None and id(error) not in met:
        met.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


class MaskSecrets(logging.Filter):
    """Lets every record through, with its message and its traceback masked."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # arguments that do not fit; the handler reports it
            return True
        if (safe := masked(_without_row(message))) != message:
            record.msg, record.args = safe, None
        if record.exc_info and not record.exc_text:
            record.exc_text = _FORMATTER.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = masked(_told(record))
        return True


def _told(record: logging.LogRecord) -> str:
    """The traceback without rows: a row may hold lines of its own, so each error's own text is looked for, not the end of a line."""
    text = record.exc_text or ""
    for error in _causes(record.exc_info[1] if record.exc_info else None):
        if (said := str(error)) != (safe := _without_row(said)):
            text = text.replace(said, safe)
    return text
