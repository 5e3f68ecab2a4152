"""A small map drawn by the server: shapes in, the paths of an SVG out, which a page shows without script and without a request.

``components/sketch.html`` writes it down. Nothing is fetched and nothing is asked of the database: who calls brings the shapes.
Geometries are of SRID 4326; what is drawn is in pixels, x to the right and y downward.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from shapely.geometry.base import BaseGeometry

from layers.sketch_labels import Box, DrawnLabel, Wanted, place_labels
from layers.sketch_paths import circles, diamond, dots, drop, drop_hole, largest_part, outlines, simple_parts, spots
from layers.sketch_view import View, bar, checked, cut, valid, view_of

Role = Literal["area", "area-beside", "gained", "lost", "flaw", "outline", "street", "asset", "pin", "point"]

#: From the ground up: what is drawn later lies on top. The legend follows the same order, turned round.
_ROLES: Final[dict[Role, str | Promise]] = {
    "area-beside": gettext_lazy("Neighbouring area"),
    "area": gettext_lazy("Area"),
    "outline": gettext_lazy("Border"),
    "lost": gettext_lazy("Lost"),
    "gained": gettext_lazy("Gained"),
    "flaw": gettext_lazy("Fault in the borders"),
    "street": gettext_lazy("Street"),
    "point": gettext_lazy("Place"),
    "asset": gettext_lazy("Object"),
    "pin": gettext_lazy("Pin"),
}
_FINDINGS: Final = frozenset({"gained", "lost", "flaw"})
#: Their label stands next to them.
_BESIDE: Final = frozenset({"street", "asset"}) | _FINDINGS

_LONGEST_BAR_PX: Final = 140.0
#: A finding smaller than this gets a ring round it, or nobody finds it.
_SEEN_PX: Final = 12.0
#: More points than these are dots without an edge.
_MOST_CIRCLES: Final = 150
#: The legend names the shapes of a line when there are no more than these.
_MOST_NAMES: Final = 4


@dataclass(frozen=True, slots=True)
class Shape:
    """A geometry (any type, SRID 4326) and what it is in the sketch.

    ``label`` is its own name; ``legend`` the words for its kind ('' takes common ones). Shapes of one role and one legend share a
    line of the legend. ``emphasis`` draws it stronger than its fellows. Many points are best given as one MultiPoint.
    """

    geometry: BaseGeometry
    role: Role
    label: str = ""
    legend: str = ""
    emphasis: bool = False


@dataclass(frozen=True, slots=True)
class DrawnPath:
    """The ``d`` of a path. ``kind`` is a role, or ``point-many``, ``pin-hole``, or ``ring-`` with the role of a finding within."""

    kind: str
    d: str
    label: str = ""
    emphasis: bool = False

    @property
    def hatched(self) -> bool:
        """Whether it is filled with the pattern of its kind."""
        return self.kind in _FINDINGS

    @property
    def css(self) -> str:
        """Its classes."""
        return f"sketch-{self.kind}" + " is-strong" * self.emphasis


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A line of the legend: its symbol (paths in a box of 28 × 24), its words, names of at most four shapes, how many there are."""

    symbol: tuple[DrawnPath, ...]
    words: str
    names: tuple[str, ...]
    count: int

    @property
    def unnamed(self) -> bool:
        """Whether its number says more than its names do."""
        return self.count > max(1, len(self.names))


@dataclass(frozen=True, slots=True)
class Sketch:
    """A drawing of ``width`` × ``height`` pixels; ``scale_px`` of them are ``scale_m`` metres of ground.

    ``prefix`` makes the ids of one sketch differ from those of another on the same page.
    """

    width: int
    height: int
    paths: tuple[DrawnPath, ...]
    legend: tuple[LegendEntry, ...]
    scale_m: int
    scale_px: float
    title: str
    description: str
    labels: tuple[DrawnLabel, ...] = ()
    prefix: str = "sketch"

    @property
    def scale(self) -> str:
        """The length of the bar in the reader's language: “500 m”, “2 km”."""
        if self.scale_m < 1000:
            words = _("%(number)s m") % {"number": number_format(self.scale_m)}
        else:
            words = _("%(number)s km") % {"number": number_format(self.scale_m // 1000)}
        return words.replace(" ", "\N{NO-BREAK SPACE}")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A shape on paper: ``drawn`` goes beyond the edges, ``seen`` ends there."""

    shape: Shape
    drawn: BaseGeometry
    seen: BaseGeometry

    @property
    def group(self) -> tuple[int, bool, str]:
        """What is drawn stronger lies above its fellows."""
        return list(_ROLES).index(self.shape.role), self.shape.emphasis, str(self.shape.legend)


def draw(
    shapes: Sequence[Shape],
    *,
    title: str,
    description: str = "",
    centre: tuple[float, float] | None = None,
    radius_m: float | None = None,
    width: int = 480,
    height: int = 320,
    prefix: str = "",
) -> Sketch:
    """Draw ``shapes`` on a paper of ``width`` × ``height`` pixels (480 × 320 is read on a phone too).

    ``centre`` (longitude, latitude) with ``radius_m`` (metres) shows that circle, and only what is there; without them all
    shapes are shown. ``prefix`` is derived from the drawing unless given; two equal sketches on one page need it. Raises
    ValueError for coordinates, a circle or a paper that are no finite numbers, and for another SRID; no shape, however odd, does.
    """
    if not (width > 0 and height > 0):
        raise ValueError(f"a paper of {width} × {height} pixels")
    ground = [(shape, checked(shape.geometry)) for shape in shapes]
    view = view_of([geometry for _shape, geometry in ground], centre, radius_m, width, height)
    pieces = sorted(_pieces(ground, view), key=lambda piece: (piece.group, -piece.seen.area))
    paths = tuple(path for _group, members in groupby(pieces, lambda piece: piece.group) for path in _paths(list(members)))
    rings = _rings(piece for piece in pieces if piece.shape.role in _FINDINGS)
    legend = _legend(reversed(pieces))
    scale_m = bar(view.px_per_m, min(_LONGEST_BAR_PX, width / 2))
    scale_px = round(scale_m * view.px_per_m, 1)
    said = str(description) or "; ".join(" ".join((entry.words, ", ".join(entry.names))).strip() for entry in legend)
    mark = prefix or "s" + hashlib.blake2b(repr((str(title), width, height, paths)).encode(), digest_size=5).hexdigest()
    crossed = [part for piece in pieces if piece.shape.role in _BESIDE for part in simple_parts(piece.seen)]
    labels = place_labels(_wanted(pieces), _taken(pieces, view, scale_px), crossed, width, height)
    return Sketch(width, height, (*paths, *rings), legend, scale_m, scale_px, str(title), said, labels, mark)


def _pieces(ground: Iterable[tuple[Shape, BaseGeometry]], view: View) -> Iterator[_Piece]:
    """The shapes of which something is seen."""
    for shape, geometry in ground:
        drawn = view.on_paper(geometry)
        seen = valid(cut(drawn, -0.05, -0.05, view.width + 0.05, view.height + 0.05))
        if not seen.is_empty:
            yield _Piece(shape, drawn, seen)


def _paths(group: Sequence[_Piece]) -> Iterator[DrawnPath]:
    """The paths of one group: points are one path together, all else a path each."""
    role, emphasis = group[0].shape.role, group[0].shape.emphasis
    if role == "point":
        yield _points([spot for piece in group for spot in spots(piece.seen)], emphasis=emphasis)
        return
    for piece in group:
        label = str(piece.shape.label)
        if role == "pin":
            places = spots(piece.seen)
            yield DrawnPath(role, "".join(map(drop, places)), label, emphasis)
            yield DrawnPath("pin-hole", "".join(map(drop_hole, places)), label, emphasis)
        elif role == "asset":
            yield DrawnPath(role, "".join(map(diamond, spots(piece.seen))), label, emphasis)
        else:
            yield DrawnPath(role, outlines(piece.drawn, specks=role in _FINDINGS), label, emphasis)


def _points(places: Sequence[tuple[float, float]], *, emphasis: bool = False) -> DrawnPath:
    if len(places) > _MOST_CIRCLES:
        return DrawnPath("point-many", dots(places), emphasis=emphasis)
    return DrawnPath("point", circles(places, 4 if emphasis else 3), emphasis=emphasis)


def _rings(findings: Iterable[_Piece]) -> Iterator[DrawnPath]:
    """A ring round each finding that is too small to be seen, one for those that lie together; a path for each role."""
    middles: dict[Role, dict[tuple[int, int], tuple[float, float]]] = {}
    for piece in findings:
        west, top, east, bottom = piece.seen.bounds
        if max(east - west, bottom - top) < _SEEN_PX:
            x, y = (west + east) / 2, (top + bottom) / 2
            middles.setdefault(piece.shape.role, {}).setdefault((round(x / _SEEN_PX), round(y / _SEEN_PX)), (x, y))
    for role, places in middles.items():
        yield DrawnPath(f"ring-{role}", circles(places.values(), 9))


def _legend(pieces: Iterable[_Piece]) -> tuple[LegendEntry, ...]:
    entries: dict[tuple[Role, str], list[_Piece]] = {}
    for piece in pieces:
        entries.setdefault((piece.shape.role, str(piece.shape.legend)), []).append(piece)
    return tuple(map(_entry, entries.values()))


def _entry(members: Sequence[_Piece]) -> LegendEntry:
    shape = members[0].shape
    largest_first = sorted(members, key=lambda piece: -piece.seen.area)
    names = list(dict.fromkeys(str(piece.shape.label) for piece in largest_first if piece.shape.label))
    count = sum(len(spots(piece.seen)) for piece in members) if shape.role == "point" else len(members)
    symbol = tuple(_symbol(shape.role, emphasis=all(piece.shape.emphasis for piece in members)))
    words = str(shape.legend or _ROLES[shape.role])
    return LegendEntry(symbol, words, tuple(names) if len(names) <= _MOST_NAMES else (), count)


def _symbol(role: Role, *, emphasis: bool) -> Iterator[DrawnPath]:
    """What stands before the words of the legend, in a box of 28 × 24."""
    match role:
        case "pin":
            yield DrawnPath(role, drop((14, 24.5)), emphasis=emphasis)
            yield DrawnPath("pin-hole", drop_hole((14, 24.5)))
        case "asset":
            yield DrawnPath(role, diamond((14, 12)), emphasis=emphasis)
        case "point":
            yield _points([(6, 15), (14, 8), (21, 16)], emphasis=emphasis)
        case "street" | "outline":
            yield DrawnPath(role, "M2 17l9-8 7 5 8-7", emphasis=emphasis)
        case _:
            yield DrawnPath(role, "M2 4h24v16h-24z", emphasis=emphasis)


def _wanted(pieces: Iterable[_Piece]) -> Iterator[Wanted]:
    for piece in pieces:
        role, label = piece.shape.role, str(piece.shape.label)
        if label and role not in {"pin", "point"}:
            yield Wanted(label, role, largest_part(piece.seen), beside=role in _BESIDE, context=role == "outline")


def _taken(pieces: Iterable[_Piece], view: View, scale_px: float) -> Iterator[Box]:
    """Where no word may stand: symbols, and the scale bar in its corner."""
    yield 0.0, view.height - 36.0, scale_px + 24.0, float(view.height)
    for piece in pieces:
        if piece.shape.role in {"pin", "asset"}:
            for x, y in spots(piece.seen):
                yield (x - 11, y - 28, x + 11, y + 3) if piece.shape.role == "pin" else (x - 9, y - 9, x + 9, y + 9)
