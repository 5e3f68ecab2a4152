"""The picture of a view for link previews: 1200 × 630 pixels, drawn by Pillow twice as large and then made smaller.

Degrees come to pixels as in a plain map of a city: true enough where the box is as wide as the paper.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

from PIL import Image, ImageDraw, ImageFont

from layers.front_files import font_file
from layers.grid import Box
from layers.symbols import symbol_of

WIDTH, HEIGHT = 1200, 630
_TWICE: Final = 2
_GROUND, _AREA, _EDGE, _STREET = "#efede7", "#ffffff", "#8793ab", "#cfc9bb"
_INK, _QUIET, _PAPER, _PLATE, _ACCENT = "#14213a", "#4a5770", "#ffffff", "#17408b", "#ffc61a"
_MARGIN: Final = 40
#: Where the font has a file of its own for a script: from, to, file. The first that holds a letter counts.
_SCRIPTS: Final = (
    (0x400, 0x45F, "cyrillic"),
    (0x490, 0x491, "cyrillic"),
    (0x460, 0x52F, "cyrillic-ext"),
    (0x100, 0x2BA, "latin-ext"),
)

Spot = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn: rings of areas and courses of lines, in degrees; spots with the number of their state; words.

    ``pin`` draws the spots as the one pin of a place.
    """

    box: Box
    areas: tuple[tuple[Spot, ...], ...]
    lines: tuple[tuple[Spot, ...], ...]
    spots: tuple[tuple[float, float, int], ...]
    title: str
    beneath: str
    pin: bool = False


@lru_cache(maxsize=16)  # a link that is passed around is asked for by many at once
def draw(picture: Picture) -> bytes:
    """Return the picture as PNG; the same picture gives the same bytes."""
    image = Image.new("RGB", (WIDTH * _TWICE, HEIGHT * _TWICE), _GROUND)
    pen = ImageDraw.Draw(image)
    for ring in picture.areas:
        places = _on_paper(picture.box, ring)
        pen.polygon(places, fill=_AREA)
        pen.line(places, fill=_EDGE, width=2 * _TWICE, joint="curve")
    for line in picture.lines:
        pen.line(_on_paper(picture.box, line), fill=_STREET, width=_TWICE + 1)
    for lon, lat, state in reversed(picture.spots):  # the newest on top
        ((x, y),) = _on_paper(picture.box, [(lon, lat)])
        (_pin if picture.pin else _spot)(pen, x, y, state)
    _words(pen, picture)
    out = io.BytesIO()
    image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()


def _on_paper(box: Box, places: Sequence[Spot]) -> list[Spot]:
    west, south, east, north = box
    across, down = WIDTH * _TWICE / (east - west), HEIGHT * _TWICE / (north - south)
    return [((lon - west) * across, (north - lat) * down) for lon, lat in places]


def _circle(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, fill: str) -> None:
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def _spot(pen: ImageDraw.ImageDraw, x: float, y: float, state: int) -> None:
    """The state's symbol in small: as on the pages, each has its own shape."""
    symbol, r = symbol_of(state), 8.0 * _TWICE
    _circle(pen, x, y, r + 3, _PAPER)
    if symbol.drawing == "state-declined":
        pen.rounded_rectangle((x - r + 2, y - r + 2, x + r - 2, y + r - 2), 5, fill=symbol.colour)
        return
    _circle(pen, x, y, r, symbol.colour)
    if symbol.drawing == "state-new":
        _circle(pen, x, y, r * 0.7, _PAPER)
        _circle(pen, x, y, r * 0.36, symbol.colour)
    elif symbol.drawing == "state-in_progress":
        pen.pieslice((x - r * 0.7, y - r * 0.7, x + r * 0.7, y + r * 0.7), -90, 90, fill=_PAPER)
    else:
        sign = [(x - r * 0.45, y), (x - r * 0.1, y + r * 0.35), (x + r * 0.5, y - r * 0.3)]
        pen.line(sign, fill=_PAPER, width=round(r * 0.28), joint="curve")


def _pin(pen: ImageDraw.ImageDraw, x: float, y: float, state: int) -> None:
    """A drop that stands on the place."""
    r = 26.0 * _TWICE
    _circle(pen, x, y - 1.7 * r, r + 4, _PAPER)
    pen.polygon([(x, y), (x - r * 0.86, y - 1.2 * r), (x + r * 0.86, y - 1.2 * r)], fill=_PLATE)
    _circle(pen, x, y - 1.7 * r, r, _PLATE)
    _circle(pen, x, y - 1.7 * r, r * 0.42, _ACCENT)


def _words(pen: ImageDraw.ImageDraw, picture: Picture) -> None:
    """Title and what stands beneath it, on a plate in the corner that is no wider than they are."""
    room = WIDTH - 4 * _MARGIN
    lines = [(picture.title, 46, 700, _INK), (picture.beneath, 28, 450, _QUIET)]
    fitting = [(_fitted(text, size, weight, room), size, weight, colour) for text, size, weight, colour in lines if text]
    if not fitting:
        return
    wide = max(_length(text, size, weight) for text, size, weight, _colour in fitting)
    high = sum(size * 1.35 for _text, size, _weight, _colour in fitting)
    top = HEIGHT - _MARGIN - high - 36
    plate = (_MARGIN, top, _MARGIN + wide + 56, HEIGHT - _MARGIN)
    pen.rounded_rectangle([edge * _TWICE for edge in plate], 18 * _TWICE, fill=_PAPER, outline=_EDGE, width=_TWICE)
    y = top + 18
    for text, size, weight, colour in fitting:
        y += size * 1.35
        _write(pen, _MARGIN + 28, y - size * 0.35, text, size, weight, colour)


def _fitted(text: str, size: int, weight: int, room: float) -> str:
    """The text without signs that cannot be drawn, cut with an ellipsis to ``room`` pixels."""
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text[:200]).split())
    if _length(text, size, weight) <= room:
        return text
    while text and _length(text + "…", size, weight) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def _length(text: str, size: int, weight: int) -> float:
    return sum((float(_font(script, size, weight).getlength(part)) for script, part in _runs(text)), 0.0) / _TWICE


def _write(pen: ImageDraw.ImageDraw, x: float, y: float, text: str, size: int, weight: int, colour: str) -> None:
    """Write on the base line ``y``, run by run: each script of the font is in a file of its own."""
    at = x * _TWICE
    for script, part in _runs(text):
        font = _font(script, size, weight)
        pen.text((at, y * _TWICE), part, font=font, fill=colour, anchor="ls")
        at += font.getlength(part)


def _runs(text: str) -> Iterator[tuple[str, str]]:
    run, current = "", "latin"
    for letter in text:
        script = next((name for first, last, name in _SCRIPTS if first <= ord(letter) <= last), "latin")
        script = current if letter == " " else script
        if script != current and run:
            yield current, run
            run = ""
        current, run = script, run + letter
    if run:
        yield current, run


@cache
def _font(script: str, size: int, weight: int) -> Any:
    font = ImageFont.truetype(font_file(script), size * _TWICE)
    font.set_variation_by_axes([weight])
    return font
