"""Symbols for the states of things where no style sheet of ours reaches: in files and pictures. Each differs by colour and shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from layers.declaration import AnyField


@dataclass(frozen=True, slots=True)
class Symbol:
    """``drawing`` is one of the icons of the pages; ``colour`` as on the pages in daylight."""

    drawing: str
    colour: str

    def svg(self) -> SafeString:
        return mark_safe(render_to_string(f"components/icons/{self.drawing}.svg").strip())  # noqa: S308  # our own icon


_SYMBOLS: Final = (
    Symbol("state-new", "#0a5fb8"),
    Symbol("state-in_progress", "#965000"),
    Symbol("state-fixed", "#166b41"),
    Symbol("state-declined", "#566073"),
)


def symbol_of(number: int) -> Symbol:
    """The symbol of the value with this number among the values of its field."""
    return _SYMBOLS[number % len(_SYMBOLS)]


def number_of(field: AnyField | None, value: object) -> int:
    """Which of the field's values this is; 0 where there is no such field or value."""
    codes = list(field.values) if field is not None and field.values else []
    return codes.index(str(value)) if str(value) in codes else 0
