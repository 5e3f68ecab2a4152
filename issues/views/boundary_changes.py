"""What a draft of boundaries would change, area by area, in numbers and in drawings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import shapely
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from shapely.geometry.base import BaseGeometry

from gis_data.difference import Change, difference
from gis_data.models import Boundary, BoundarySet
from gis_data.names import Names, in_language
from gis_data.versions import Area, shape_of
from issues.views.boundary_parts import area_in_words, close_up, name_of, whole
from layers.sketch import Shape, Sketch

#: Areas that change get a drawing each, the most changed ones.
MOST_DRAWN: Final = 6
_KINDS: Final[Mapping[str, str | Promise]] = {
    "added": gettext_lazy("new"),
    "removed": gettext_lazy("gone"),
    "changed": gettext_lazy("changed"),
    "same": gettext_lazy("the same"),
}


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What becomes of one area. ``renamed`` is its new name where only that differs; ``sketch`` for the most changed ones."""

    code: str
    name: str
    kind: str
    word: str
    gained: str
    lost: str
    renamed: str
    sketch: Sketch | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """All areas, the most changed first; the whole city in one drawing."""

    rows: tuple[ChangeRow, ...]
    same: tuple[ChangeRow, ...]
    counts: tuple[tuple[str, int], ...]
    sketch: Sketch

    @property
    def drawn(self) -> list[ChangeRow]:
        """Those with a drawing of their own."""
        return [row for row in self.rows if row.sketch is not None]


def changes_of(group: BoundarySet, areas: Mapping[str, Area], day: dt.date) -> Changes:
    """Compare the areas of a draft with the versions in force on ``day``."""
    in_force = {one.code: one for one in Boundary.objects.on(day).filter(boundary_set=group)}
    old = {code: shape_of(version) for code, version in in_force.items()}
    new = {code: area.geometry for code, area in areas.items()}
    names = {code: version.names for code, version in in_force.items()} | {code: area.names for code, area in areas.items()}
    changes = sorted(difference(old, new), key=lambda change: -(change.gained_m2 + change.lost_m2))
    renamed = {code: _renamed(in_force[code].names, areas[code].names) for code in in_force.keys() & areas.keys()}
    drawn = {change.code: change for change in changes if change.kind == "changed"}
    sketched = {
        code: _sketch_of(drawn[code], old, new, names, f"change-{number}") for number, code in enumerate(list(drawn)[:MOST_DRAWN])
    }
    rows = [_row(change, names, renamed.get(change.code, ""), sketched.get(change.code)) for change in changes]
    return Changes(
        rows=tuple(row for row in rows if row.kind != "same" or row.renamed),
        same=tuple(row for row in rows if row.kind == "same" and not row.renamed),
        counts=tuple(_counts(changes)),
        sketch=_whole(old, new, names, changes),
    )


def _row(change: Change, names: Mapping[str, Names], renamed: str, sketch: Sketch | None) -> ChangeRow:
    return ChangeRow(
        change.code,
        name_of(names, change.code),
        change.kind,
        str(_KINDS[change.kind]),
        area_in_words(change.gained_m2),
        area_in_words(change.lost_m2),
        renamed,
        sketch,
    )


def _renamed(before: Names, after: Names) -> str:
    """The old name in words where it was another one in any language."""
    return in_language(before) if dict(before) != dict(after) else ""


def _counts(changes: Sequence[Change]) -> Iterator[tuple[str, int]]:
    for kind, word in _KINDS.items():
        if count := sum(change.kind == kind for change in changes):
            yield str(word), count


def _whole(
    old: Mapping[str, BaseGeometry], new: Mapping[str, BaseGeometry], names: Mapping[str, Names], changes: Sequence[Change]
) -> Sketch:
    """The areas as they would be. Ground that changes hands is one area's gain and another's loss: it is drawn once.

    What two areas claimed and only one does now is lost and gained by none, but is no hole.
    """
    shapes = [Shape(shape, "area", name_of(names, code), legend=_("Areas as they would be")) for code, shape in new.items()]
    touched = shapely.union_all([piece for change in changes for piece in (change.gained, change.lost)])
    lost = shapely.difference(touched, shapely.union_all([new[change.code] for change in changes if change.code in new]))
    moved = shapely.difference(touched, lost)
    shapes += [Shape(part, "gained", legend=_("Goes to another area, or into one")) for part in shapely.get_parts(moved)]
    shapes += [Shape(part, "lost", legend=_("In no area any more")) for part in shapely.get_parts(lost)]
    if not new:
        shapes += [Shape(shape, "area-beside", name_of(names, code)) for code, shape in old.items()]
    return whole(shapes, [*new.values(), lost] if new else old.values(), _("What would change in the city"), "whole")


def _sketch_of(
    change: Change, old: Mapping[str, BaseGeometry], new: Mapping[str, BaseGeometry], names: Mapping[str, Names], prefix: str
) -> Sketch:
    """What one area gains and loses, with its neighbours there."""
    pieces = shapely.union(change.gained, change.lost)
    name = name_of(names, change.code)
    shapes = [
        Shape(shape, "area-beside", name_of(names, code))
        for code, shape in new.items()
        if code != change.code and shape.intersects(pieces)
    ]
    shapes += [Shape(new[change.code], "area", name), Shape(old[change.code], "outline", legend=_("Border until then"))]
    shapes += [Shape(part, "gained") for part in shapely.get_parts(change.gained)]
    shapes += [Shape(part, "lost") for part in shapely.get_parts(change.lost)]
    return close_up(shapes, pieces, _("Changes of “%(area)s”") % {"area": name}, prefix)
