"""Links between reports and works as the desk's pages show them, each with a small map."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _
from shapely import from_wkb
from shapely.geometry import Point as Spot

from gis_data.names import in_language
from issues.models import Link, LinkMeaning, LinkState
from issues.routing.warranty_words import kind_word
from issues.routing.words import metres
from issues.views.pin_works import address, days_of, span_in_words
from layers.sketch import Shape, Sketch, draw
from works.models import Project, Repair

_MOST: Final = 20
_SHAPES: Final = ("repair__geometry", "repair__geometry_3857", "project__geometry", "project__geometry_3857")
#: The least a map shows around the pin; works further off come into it with some room.
_LEAST_M: Final = 20.0
_ROOM: Final = 1.5
_WIDTH, _HEIGHT = 420, 200


def of_report(appeal: int) -> list[dict[str, Any]]:
    """Links of one report for its page at the desk, the likeliest first. One query."""
    found = Link.objects.filter(appeal=appeal).exclude(state=LinkState.REFUSED)
    rows = found.select_related("appeal__category", "repair", "project").defer(*_SHAPES).order_by("-score", "-id")
    return [row_of(link, with_sketch=False) for link in rows[:_MOST]]


def row_of(link: Link, *, with_sketch: bool) -> dict[str, Any]:
    """A link as the pages show it."""
    works = link.repair or link.project
    assert works is not None  # the database sees to it
    return {
        "id": link.pk,
        "appeal": link.appeal,
        "title": title_of(works),
        "href": address("repair" if link.repair else "project", works.public_id),
        "repair_id": link.repair_id,
        "status": works.get_status_display(),
        "when": span_in_words(*days_of(works)),
        "returns": link.meaning == LinkMeaning.RETURNS,
        "state": link.state,
        "score": link.score,
        "metres": metres(link.distance_m),
        "sketch": _sketch(link) if with_sketch else None,
    }


def title_of(works: Repair | Project) -> str:
    """What works are called; a repair without a name by its kind."""
    kind = kind_word(works.kind) if isinstance(works, Repair) else works.public_id
    return in_language(works.title) or kind


def _sketch(link: Link) -> Sketch | None:
    """The pin and the works around it; a project's places are to be fetched before."""
    point = link.appeal.point
    if point is None:
        return None
    geometries = (
        [link.repair.geometry] if link.repair else [place.geometry for place in link.project.places.all()] if link.project else []
    )
    drawn = [
        Shape(from_wkb(bytes(one.wkb)), "area" if one.dims == 2 else "street" if one.dims == 1 else "asset", legend=_("Works"))
        for one in geometries
        if one is not None
    ]
    title = _("The place of the report and the works")
    shapes = [*drawn, Shape(Spot(point.x, point.y), "pin")]
    radius = max(_LEAST_M, link.distance_m * _ROOM)
    return draw(
        shapes, title=title, centre=(point.x, point.y), radius_m=radius, width=_WIDTH, height=_HEIGHT, prefix=f"link-{link.pk}"
    )
