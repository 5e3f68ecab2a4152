"""What is worth knowing of a draft before it is published: what stops it, what is doubtful, what it would change."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import shapely
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from gis_data.coverage import Flaw, find_flaws
from gis_data.difference import Change, difference
from gis_data.drafts import draft_areas, listed, read_draft
from gis_data.models import BoundaryDraft, City, FlawKind
from gis_data.names import in_language
from gis_data.nightly import flaws_that_count
from gis_data.versions import Area, shapes_on

#: With more points than these the areas are not compared while somebody waits: a million would take some twenty seconds.
MOST_COMPARED: Final = 500_000

#: What GEOS calls the mistakes of a polygon.
_MISTAKES: Final[Mapping[str, str | Promise]] = {
    "Self-intersection": gettext_lazy("its border crossed itself"),
    "Ring Self-intersection": gettext_lazy("its border touched itself"),
    "Hole lies outside shell": gettext_lazy("a hole lay outside of the area"),
    "Holes are nested": gettext_lazy("a hole lay within another hole"),
    "Nested holes": gettext_lazy("a hole lay within another hole"),
    "Nested shells": gettext_lazy("a part lay within another part"),
    "Interior is disconnected": gettext_lazy("its holes cut it in two"),
    "Duplicate Rings": gettext_lazy("a ring stood there twice"),
    "Too few points in geometry component": gettext_lazy("a part was no area"),
    "Repeated Point": gettext_lazy("a point stood there twice"),
    "Ring is not closed": gettext_lazy("its border was not closed"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence about a draft. One that ``stops`` it has to be put right before the draft is published."""

    sentence: str
    stops: bool


@dataclass(frozen=True, slots=True)
class Checks:
    """The areas of a draft that can be used, its problems, and its flaws as a covering of the ground.

    Where it is not ``compared`` flaws were not looked for: it has more than `MOST_COMPARED` points.
    """

    areas: Mapping[str, Area]
    problems: tuple[Problem, ...]
    flaws: tuple[Flaw, ...]
    compared: bool = True

    @property
    def stopped(self) -> bool:
        """Whether something has to be put right."""
        return any(problem.stops for problem in self.problems)


def check_draft(draft: BoundaryDraft, day: dt.date, needed: Mapping[str, Sequence[str]] | None = None) -> Checks:
    """Look at a draft against the versions in force on ``day``; ``needed`` says in words who names an area (by its code)."""
    reading = read_draft(draft)
    shapes = {code: area.geometry for code, area in reading.areas.items()}
    compared = sum(map(shapely.get_num_coordinates, shapes.values())) <= MOST_COMPARED
    flaws = flaws_that_count(draft.boundary_set, find_flaws(shapes)) if compared else []
    doubts = (
        *(
            ()
            if compared
            else [_("There are so many points that gaps and overlaps are looked for at night, once it is published.")]
        ),
        *_outside_the_city(reading.areas),
        *_flaws_in_words(flaws),
        *_gone(reading.areas, needed or {}, set(shapes_on(draft.boundary_set, day))),
    )
    problems = [Problem(sentence, stops=True) for sentence in reading.errors] + [Problem(doubt, stops=False) for doubt in doubts]
    return Checks(reading.areas, tuple(problems), tuple(flaws), compared)


def problems(draft: BoundaryDraft, day: dt.date, needed: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    """All that is wrong or doubtful, in sentences, the gravest first."""
    return [problem.sentence for problem in check_draft(draft, day, needed).problems]


def difference_of(draft: BoundaryDraft, day: dt.date) -> list[Change]:
    """What the draft would change against the versions in force on ``day``; raises `gis_data.drafts.DraftProblem`."""
    new = {code: area.geometry for code, area in draft_areas(draft).items()}
    return difference(shapes_on(draft.boundary_set, day), new)


def mistake_in_words(reason: str) -> str:
    """What was wrong with a polygon, in the reader's language; GEOS' own words where we have none."""
    return str(_MISTAKES.get(reason, reason))


def _outside_the_city(areas: Mapping[str, Area]) -> Iterator[str]:
    bounds = City.objects.values_list("bounds", flat=True).first()
    if bounds is None:
        return
    city = shapely.box(*bounds.extent)
    outside = [in_language(area.names) or code for code, area in areas.items() if not city.intersects(area.geometry)]
    if outside:
        yield _("These areas lie outside the city: %(areas)s.") % {"areas": listed(outside)}


def _flaws_in_words(flaws: Sequence[Flaw]) -> Iterator[str]:
    counts = Counter(str(flaw.kind) for flaw in flaws)
    for kind in FlawKind.values:
        if counts[kind]:
            yield flaws_counted(kind, counts[kind])


def flaws_counted(kind: str, count: int) -> str:
    """How many flaws of a kind there are, as a sentence."""
    match kind:
        case FlawKind.GAP:
            words = ngettext("There is %(count)s gap between the areas.", "There are %(count)s gaps between the areas.", count)
        case FlawKind.OVERLAP:
            words = ngettext(
                "There is %(count)s place that two areas claim.", "There are %(count)s places that two areas claim.", count
            )
        case _:
            words = ngettext(
                "At %(count)s border two areas do not meet exactly.", "At %(count)s borders two areas do not meet exactly.", count
            )
    return words % {"count": count}


def _gone(areas: Mapping[str, Area], needed: Mapping[str, Sequence[str]], in_force: set[str]) -> Iterator[str]:
    """Areas that disappear although somebody works there or a rule names them."""
    for code in sorted(in_force & needed.keys() - areas.keys()):
        yield _("“%(area)s” disappears, but it is named by: %(whom)s.") % {"area": code, "whom": listed(needed[code])}
