"""Secrets in addresses do not reach the log: whoever reads a log may not open a resident's report or photo with it."""

import logging
import re
from typing import Final

_HIDDEN: Final = "***"
#: Everything after it may hold the secret: a mistyped address has signs, blanks or a slash around a token that is still good.
_PATHS: Final = re.compile(r"(/(?:t|accounts/confirm-email|accounts/password/reset/key)/)[^\r\n]+")
_SIGNED: Final = re.compile(r"\b((?:draft|reporter)=)[^\s&#\"']+")
_FORMATTER: Final = logging.Formatter()


def masked(text: str) -> str:
    """Return ``text`` without tracking tokens, keys of letters to an account, and signatures of photos."""
    return _SIGNED.sub(rf"\1{_HIDDEN}", _PATHS.sub(rf"\1{_HIDDEN}", text))


class MaskSecrets(logging.Filter):
    """Lets every record through, with its message and its traceback masked."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # arguments that do not fit; the handler reports it
            return True
        if (safe := masked(message)) != message:
            record.msg, record.args = safe, None
        if record.exc_info and not record.exc_text:
            record.exc_text = _FORMATTER.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = masked(record.exc_text)
        return True
