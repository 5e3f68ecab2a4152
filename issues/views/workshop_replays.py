"""What trying a draft on the past showed: who would get how much, what would move, and where that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET
from shapely.geometry import MultiPoint

from accounts.models import Role
from accounts.permissions import StaffRequest, staff_required
from gis_data.models import Boundary
from gis_data.names import in_language
from issues.models import Appeal, Replay, ReplayState, RuleSetState
from issues.views.workshop_parts import address_of, title_of
from layers.sketch import Shape, Sketch, draw

#: Rows of a table, and reports of the list.
MOST_ROWS: Final = 100
MOST_LISTED: Final = 200
LOOK_AGAIN_SECONDS: Final = 2
BAR: Final = 100


@dataclass(frozen=True, slots=True)
class Move:
    """So many reports would go from one service to another; '' for a service stands for a dispatcher."""

    category: str
    before: str
    after: str
    count: int
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """What one service would get; ``before_bar`` and ``after_bar`` are widths out of `BAR`."""

    department: str
    before: int
    after: int
    before_bar: int
    after_bar: int

    @property
    def change(self) -> int:
        return self.after - self.before

    @property
    def sign(self) -> str:
        """“+” or a real minus before the change; '' for none."""
        return "+" if self.change > 0 else "−" if self.change < 0 else ""

    @property
    def size(self) -> int:
        return abs(self.change)


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a replay in the active language."""

    headline: str
    moved: int
    unknown: int
    pairs: list[Move]
    categories: list[Move]
    more_categories: int
    load: list[Load]


@require_GET
@staff_required(Role.DISPATCHER)
def replay(request: StaffRequest, replay: int) -> HttpResponse:
    """The result, or a calm page that looks again by itself until there is one."""
    found = Replay.objects.select_related("rule_set", "boundary_draft__boundary_set", "created_by").filter(pk=replay).first()
    if found is None:
        raise Http404
    context: dict[str, Any] = {
        "replay": found,
        "title": title_of(found.rule_set) if found.rule_set else str(found.boundary_draft),
        "is_draft": _is_draft(found),
        "draft_address": address_of("boundary-draft", found.boundary_draft_id) if found.boundary_draft_id else "",
    }
    if found.state == ReplayState.DONE:
        listed = _listed(request, found.result)
        result = result_of(found.result)
        context |= {"result": result, "sketch": _sketch(found), "listed": listed, "more": max(0, result.moved - len(listed))}
    response = render(request, "issues/workshop_replay.html", context)
    if found.state == ReplayState.WAITING:
        response["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return response


def _is_draft(replay: Replay) -> bool:
    if replay.rule_set is not None:
        return replay.rule_set.state == RuleSetState.DRAFT
    return replay.boundary_draft is not None and replay.boundary_draft.state == "draft"


def result_of(kept: Mapping[str, Any]) -> Result:
    """Read what ``issues/routing/replay.py`` wrote."""
    looked_at, moved, waiting = (int(kept.get(name, 0)) for name in ("looked_at", "moved", "open_moved"))
    categories = [_move(row) for row in kept.get("categories", ())]
    return Result(
        headline=_headline(looked_at, moved, waiting),
        moved=moved,
        unknown=int(kept.get("unknown", 0)),
        pairs=[_move(row) for row in kept.get("pairs", ())],
        categories=categories[:MOST_ROWS],
        more_categories=max(0, len(categories) - MOST_ROWS),
        load=_load(kept.get("load", ())),
    )


def _headline(looked_at: int, moved: int, waiting: int) -> str:
    of_all = ngettext("Of %(count)d report", "Of %(count)d reports", looked_at) % {"count": looked_at}
    if not moved:
        return _("%(of_all)s, none would move.") % {"of_all": of_all}
    would = ngettext("%(count)d would move", "%(count)d would move", moved) % {"count": moved}
    if not waiting:
        return _("%(of_all)s, %(would)s; none of them is open.") % {"of_all": of_all, "would": would}
    are_open = ngettext("%(count)d of them is open", "%(count)d of them are open", waiting) % {"count": waiting}
    return _("%(of_all)s, %(would)s; %(are_open)s.") % {"of_all": of_all, "would": would, "are_open": are_open}


def _move(row: Mapping[str, Any]) -> Move:
    return Move(
        name_of(row.get("category")), name_of(row.get("from")), name_of(row.get("to")), int(row["count"]), int(row.get("open", 0))
    )


def name_of(part: Any) -> str:
    """The name of ``{"code", "names"}`` in the active language; '' for none."""
    return in_language(part.get("names")) or str(part.get("code", "")) if isinstance(part, Mapping) else ""


def _load(rows: Sequence[Mapping[str, Any]]) -> list[Load]:
    most = max((max(row["before"], row["after"]) for row in rows), default=0) or 1
    return [
        Load(
            name_of(row["department"]),
            row["before"],
            row["after"],
            round(row["before"] * BAR / most),
            round(row["after"] * BAR / most),
        )
        for row in rows
    ]


def _listed(request: StaffRequest, kept: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Reports that would move, as far as this person may see them. One query."""
    ways = {str(one["reference"]): one for one in kept.get("sample", ())[:MOST_LISTED]}
    rows = Appeal.objects.visible_to(request.user).filter(public_id__in=list(ways)).select_related("category")
    found = {row.public_id: row for row in rows}
    return [
        {"appeal": found[reference], "before": name_of(way["from"]), "after": name_of(way["to"])}
        for reference, way in ways.items()
        if reference in found
    ]


def _sketch(replay: Replay) -> Sketch | None:
    """The reports that would move, between the borders of the set that is tried, or of the districts. One query."""
    points = replay.result.get("points") or []
    if not points:
        return None
    areas = Boundary.objects.on(timezone.localdate()).only("names", "code", "geometry")
    if replay.boundary_draft:
        areas = areas.filter(boundary_set=replay.boundary_draft.boundary_set_id)
    else:
        areas = areas.filter(boundary_set__is_district=True)
    shapes = [
        Shape(shapely.from_wkb(bytes(one.geometry.wkb)), "outline", label=in_language(one.names) or one.code) for one in areas
    ]
    shapes.append(Shape(MultiPoint(points), "point", legend=_("Report that would move")))
    return draw(shapes, title=_("Where the reports are that would move"), width=720, height=480)
