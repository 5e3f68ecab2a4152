"""What the pages of boundary sets and of their drafts share: flaws with a drawing each, numbers in words, who names an area."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import shapely
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from shapely.geometry.base import BaseGeometry

from accounts.areas import use_of_areas
from gis_data.coverage import Flaw
from gis_data.metres import metres_per_degree
from gis_data.models import BoundaryFlaw, BoundarySet, FlawKind
from gis_data.names import Names, in_language
from issues.models import RoutingRule, RuleSetState
from layers.sketch import Shape, Sketch, draw

#: The page draws the largest of them; the others are listed.
MOST_DRAWN: Final = 12
MOST_LISTED: Final = 200
#: What is smaller is written in square metres.
_SMALL_M2: Final = 10_000.0
_CLOSEST_M: Final = 60.0
_WIDTH: Final = 640

Shapes = Mapping[str, BaseGeometry]


@dataclass(frozen=True, slots=True)
class FlawRow:
    """A flaw as the page shows it; ``sketch`` for the largest ones."""

    kind: str
    areas: str
    size: str
    width: str
    sketch: Sketch | None


def known_flaws(group: BoundarySet) -> list[Flaw]:
    """What the nightly check found, the largest first."""
    rows = BoundaryFlaw.objects.filter(boundary_set=group).order_by("-area_m2", "pk")
    return [
        Flaw(row.kind, tuple(row.codes), shapely.from_wkb(bytes(row.geometry.wkb)), row.area_m2, row.width_m)  # type: ignore[arg-type]  # a FlawKind
        for row in rows[: MOST_LISTED + 1]
    ]


def flaw_rows(flaws: Sequence[Flaw], shapes: Shapes, names: Mapping[str, Names]) -> list[FlawRow]:
    """Flaws of a set with ``shapes`` by code (SRID 4326), at most `MOST_LISTED`."""
    return [
        FlawRow(
            str(FlawKind(flaw.kind).label),
            " · ".join(name_of(names, code) for code in flaw.codes),
            area_in_words(flaw.area_m2),
            _unbroken(_("%(metres)s m") % {"metres": number_format(round(flaw.width_m, 1), 1)}),
            _flaw_sketch(flaw, shapes, names, number) if number < MOST_DRAWN else None,
        )
        for number, flaw in enumerate(flaws[:MOST_LISTED])
    ]


def overview(shapes: Shapes, names: Mapping[str, Names], flaws: Iterable[Flaw], title: str) -> Sketch:
    """The whole set, its flaws on top."""
    drawn = [Shape(shape, "area", name_of(names, code)) for code, shape in shapes.items()]
    drawn += [Shape(flaw.geometry, "flaw") for flaw in flaws]
    return whole(drawn, shapes.values(), title, "overview")


def whole(drawn: Sequence[Shape], ground: Iterable[BaseGeometry], title: str, prefix: str) -> Sketch:
    """A drawing of all the ``ground`` (SRID 4326) on a paper of its proportions."""
    west, south, east, north = shapely.total_bounds(list(ground))
    across, up = metres_per_degree((south + north) / 2)
    shape = (north - south) * up / max((east - west) * across, 1.0)
    return draw(drawn, title=title, width=_WIDTH, height=round(_WIDTH * min(max(shape, 0.5), 1.0)), prefix=prefix)


def close_up(drawn: Sequence[Shape], around: BaseGeometry, title: str, prefix: str) -> Sketch:
    """A drawing of the ground around a piece of it (SRID 4326), with half as much again on each side."""
    west, south, east, north = around.bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    across, up = metres_per_degree(lat)
    radius = max((east - west) * across, (north - south) * up) / 2 * 1.5
    return draw(drawn, title=title, centre=(lon, lat), radius_m=max(radius, _CLOSEST_M), width=400, height=280, prefix=prefix)


def _flaw_sketch(flaw: Flaw, shapes: Shapes, names: Mapping[str, Names], number: int) -> Sketch:
    drawn = [Shape(shapes[code], "area", name_of(names, code)) for code in flaw.codes if code in shapes]
    word = str(FlawKind(flaw.kind).label)
    title = _("Fault %(number)s: %(kind)s") % {"number": number + 1, "kind": word}
    return close_up([*drawn, Shape(flaw.geometry, "flaw", legend=word)], flaw.geometry, title, f"flaw-{number}")


def name_of(names: Mapping[str, Names], code: str) -> str:
    """What an area is called: by its name, or by its code."""
    return in_language(names.get(code)) or code


def area_in_words(square_metres: float) -> str:
    """“1.24 km²”, or “3,500 m²” for what is small; '' for nothing."""
    if not square_metres:
        return ""
    if square_metres < _SMALL_M2:
        return _unbroken(_("%(number)s m²") % {"number": number_format(max(1, round(square_metres)), force_grouping=True)})
    return _unbroken(_("%(number)s km²") % {"number": number_format(round(square_metres / 1e6, 2), 2, force_grouping=True)})


def _unbroken(words: str) -> str:
    """A number and its unit stay in one line."""
    return words.replace(" ", "\N{NO-BREAK SPACE}")


def named_by(group: BoundarySet) -> dict[str, list[str]]:
    """Who names an area of the set, in words by code: crews, staff, rules in force or prepared."""
    found: dict[str, list[str]] = {}
    for code, words in (*_people(group), *_rules(group)):
        found.setdefault(code, []).append(words)
    return found


def _people(group: BoundarySet) -> Iterator[tuple[str, str]]:
    for code, use in use_of_areas(group.code).items():
        for names in use.crews:
            yield code, _("the crew “%(crew)s”") % {"crew": in_language(names)}
        if use.memberships:
            words = ngettext("%(count)s member of staff", "%(count)s members of staff", use.memberships)
            yield code, words % {"count": use.memberships}


def _rules(group: BoundarySet) -> Iterator[tuple[str, str]]:
    """Rules that decide no more are of no interest."""
    rules = RoutingRule.objects.filter(boundary_set=group).exclude(rule_set__valid__isempty=True).select_related("rule_set")
    for rule in rules.order_by("boundary_code", "code"):
        state = rule.rule_set.state
        if state == RuleSetState.PUBLISHED and rule.rule_set.valid is not None and rule.rule_set.valid.upper is not None:
            continue
        words = _("the rule “%(rule)s”") if state == RuleSetState.PUBLISHED else _("the rule “%(rule)s” of a draft")
        yield rule.boundary_code, words % {"rule": rule.code}
