"""Where the words of a sketch stand: inside what they name or next to it, clear of symbols, of each other and of the edge, or nowhere."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import shapely
from shapely.geometry.base import BaseGeometry

Anchor: TypeAlias = Literal["start", "middle", "end"]
Box: TypeAlias = tuple[float, float, float, float]
_Lines: TypeAlias = tuple[str, ...]

_MOST_LABELS: Final = 12
#: Letters in a line of a label, and in one of a narrow label; there are two lines at most.
_LINE, _NARROW_LINE = 18, 10
#: Room that a letter and a line take where letters are largest against the drawing: on a phone.
_LETTER_PX, _LINE_PX = 7.8, 18.0
_EDGE_PX: Final = 4.0
_GAP_PX: Final = 11.0
#: An area with a smaller circle inside it cannot hold a word, nor one that holds less than this share of its length.
_NARROW_PX: Final = 7.0
_HELD: Final = 0.6


@dataclass(frozen=True, slots=True)
class Wanted:
    """Words for ``ground``: the largest part (no collection) of what is seen of a shape, in pixels.

    ``beside``: next to it if there is no room on it. ``context``: only where others leave room.
    """

    text: str
    kind: str
    ground: BaseGeometry
    beside: bool = False
    context: bool = False


@dataclass(frozen=True, slots=True)
class DrawnLabel:
    """One or two lines of words; ``x`` is that of the ``anchor``, ``y`` the middle of the lines; ``kind`` the role of what they name."""

    kind: str
    anchor: Anchor
    x: float
    y: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Seat:
    """A box that these lines could fill; ``on`` says that it lies on what it names."""

    box: Box
    anchor: Anchor
    lines: _Lines
    on: bool


def place_labels(
    wanted: Iterable[Wanted], taken: Iterable[Box], crossed: Sequence[BaseGeometry], width: int, height: int
) -> tuple[DrawnLabel, ...]:
    """Place at most twelve labels, those of the largest areas first and of mere context last.

    No word stands in the boxes ``taken`` (pixels), and none on the parts of shapes ``crossed`` if there is another place.
    """
    full, tree = list(taken), shapely.STRtree(crossed)
    drawn: list[DrawnLabel] = []
    for one in sorted(wanted, key=lambda one: (one.context, -one.ground.area)):
        seats = [seat for seat in _seats(one, width, height) if not any(_touch(seat.box, other) for other in full)]
        if not seats or len(drawn) == _MOST_LABELS:
            continue
        seat = next((seat for seat in seats if _is_clear(seat, one, tree)), seats[0])
        full.append(seat.box)
        drawn.append(_label(one.kind, seat))
    return tuple(drawn)


def _is_clear(seat: _Seat, one: Wanted, tree: shapely.STRtree) -> bool:
    hit = tree.geometries.take(tree.query(shapely.box(*seat.box), predicate="intersects"))
    return all(seat.on and other == one.ground for other in hit)


def _label(kind: str, seat: _Seat) -> DrawnLabel:
    left, top, right, bottom = seat.box
    x = {"start": left, "middle": (left + right) / 2, "end": right}[seat.anchor]
    return DrawnLabel(kind, seat.anchor, round(x, 1), round((top + bottom) / 2, 1), seat.lines)


def _foldings(text: str) -> Iterator[_Lines]:
    """The ways to break the words into one or two lines, the best first."""
    whole = tuple(textwrap.wrap(text, _LINE, max_lines=2, placeholder="…"))
    if whole:
        yield whole
    narrow = tuple(textwrap.wrap(text, _NARROW_LINE, break_long_words=False))
    if narrow != whole and len(narrow) == 2:
        yield narrow


def _seats(one: Wanted, width: int, height: int) -> Iterator[_Seat]:
    """The boxes within the paper in which the words could stand, the best first."""
    hearts = list(_hearts(one.ground))
    for lines in _foldings(one.text):
        for x, y, room in hearts:
            if room >= _NARROW_PX:
                yield from _within(_on(one.ground, x, y, lines), width, height)
        for x, y, _room in hearts if one.beside else ():
            yield from _within(_around(x, y, lines), width, height)


def _half(lines: _Lines) -> tuple[float, float]:
    return max(map(len, lines)) * _LETTER_PX / 2, len(lines) * _LINE_PX / 2


def _within(seats: Iterable[_Seat], width: int, height: int) -> Iterator[_Seat]:
    for seat in seats:
        left, top, right, bottom = seat.box
        if left >= _EDGE_PX and top >= _EDGE_PX and right <= width - _EDGE_PX and bottom <= height - _EDGE_PX:
            yield seat


def _on(ground: BaseGeometry, x: float, y: float, lines: _Lines) -> Iterator[_Seat]:
    """Seats whose middle line lies on ``ground``, most of it."""
    half_x, half_y = _half(lines)
    for across in (0.0, -half_x, half_x):
        for down in (0.0, half_y, -half_y, 2 * half_y, -2 * half_y, 4 * half_y, -4 * half_y):
            left, right, middle = x + across - half_x, x + across + half_x, y + down
            line = shapely.LineString([(left, middle), (right, middle)])
            if shapely.intersection(ground, line).length >= _HELD * line.length:
                yield _Seat((left, middle - half_y, right, middle + half_y), "middle", lines, on=True)


def _around(x: float, y: float, lines: _Lines) -> Iterator[_Seat]:
    """Seats below and above, to the right and to the left, then at the corners."""
    half_x, half_y = _half(lines)
    below, above = y + _GAP_PX, y - _GAP_PX - 2 * half_y
    for top in (below, above):
        yield _Seat((x - half_x, top, x + half_x, top + 2 * half_y), "middle", lines, on=False)
    for gap, top in ((_GAP_PX, y - half_y), (_EDGE_PX, below), (_EDGE_PX, above)):
        yield _Seat((x + gap, top, x + gap + 2 * half_x, top + 2 * half_y), "start", lines, on=False)
        yield _Seat((x - gap - 2 * half_x, top, x - gap, top + 2 * half_y), "end", lines, on=False)


def _hearts(ground: BaseGeometry) -> Iterator[tuple[float, float, float]]:
    """Places (x, y) for words, each with the radius of the free ground around it: the heart of an area, three along what is thin."""
    if ground.area > _NARROW_PX**2:
        circle = shapely.maximum_inscribed_circle(ground, tolerance=1.0)
        yield (*circle.coords[0], circle.length)
        if circle.length >= _NARROW_PX:
            return
    thin = ground.exterior if ground.geom_type == "Polygon" else ground
    shares = (0.5, 0.25, 0.75) if thin.length else ()
    places = [thin.interpolate(share, normalized=True) for share in shares] or [ground.centroid]
    yield from ((place.x, place.y, 0.0) for place in places)


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
