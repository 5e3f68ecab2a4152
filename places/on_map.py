"""Works of a page with their places: drawn by the server for everybody, and on a map for who has script. One reading serves both.

Shapes are degrees, SRID 4326. Names stand in the lists of the page as well, so a map that does not come hides nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from gis_data.names import in_language
from layers.sketch import Sketch
from places import pictures
from places.money_words import kind_name
from works.models import Project, ProjectPlace, Repair
from works.progress import PROGRESS, of_project, of_repair

#: More works than these are not drawn on one page.
MOST: Final = 250
#: Detail below this share of what is shown is left out: a map is looked at from nearer than a drawing.
_DETAIL: Final = 1 / 4000
_ALONE: Final = 1e-5


@dataclass(frozen=True, slots=True)
class Placed:
    """One work: its shape, how far it has come (a code of `works.progress.PROGRESS`), its name and page ('' where the page is its own)."""

    shape: BaseGeometry
    progress: str
    title: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """``map`` is what the map module reads (``frontend/src/map/works.ts``); ``progress`` the code and word of each that is drawn."""

    title: str
    sketch: Sketch
    map: dict[str, Any]
    progress: Sequence[tuple[str, str]]


def repairs(rows: QuerySet[Repair], *, own: bool = False) -> list[Placed]:
    """Repairs that lie somewhere, the newest first. One query. ``own``: the page is that of the repair."""
    found = rows.exclude(geometry=None).order_by(F("finished_on").desc(nulls_last=True), "-pk")
    columns = found.values_list("public_id", "title", "kind", "status", AsWKB("geometry"))
    return [
        Placed(
            _shape(shape), of_repair(status), in_language(title) or kind_name(f"r:{kind}"), "" if own else _page("repair", code)
        )
        for code, title, kind, status, shape in columns[:MOST]
    ]


def projects(rows: QuerySet[Project]) -> list[Placed]:
    """Projects with a place of their own, the newest first; where only the district was named there is nothing to draw. One query."""
    found = rows.exclude(geometry=None).exclude(place_kind="named").order_by("-pk")
    columns = found.values_list("public_id", "title", "status", AsWKB("geometry"))
    return [
        Placed(_shape(shape), of_project(status), in_language(title) or code, _page("project", code))
        for code, title, status, shape in columns[:MOST]
    ]


def places(rows: QuerySet[ProjectPlace], progress: str) -> list[Placed]:
    """The places of one project. One query."""
    found = rows.exclude(geometry=None).order_by("number").values_list("name", AsWKB("geometry"))
    return [Placed(_shape(shape), progress, name) for name, shape in found[:MOST]]


def picture(
    works: Sequence[Placed],
    title: str,
    legend: str,
    *,
    ground: Iterable[BaseGeometry] = (),
    area: Sequence[BaseGeometry] = (),
    close: bool = False,
) -> Picture | None:
    """Drawing and map of some works, above the lines (``ground``) or the district (``area``) they belong to. None for no shape at all.

    ``close``: the map shows the works alone at first, not all of what they belong to.
    """
    lines, shapes = list(ground), [one.shape for one in works]
    if shapes:
        sketch = pictures.drawn(shapes, title, legend, streets=lines)
    else:
        sketch = pictures.drawn([*area, *lines], title, _("The district") if area else _("The street"))
    if sketch is None:
        return None
    around = (shapes if close else []) or [*area, *lines] or shapes
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(around))
    detail = max(east - west, north - south, _ALONE) * _DETAIL
    drawn = {one.progress for one in works}
    return Picture(
        title,
        sketch,
        {
            "area": [west, south, east, north],
            "ground": _collection({}, [*area, *lines], detail),
            "works": {"type": "FeatureCollection", "features": [one for work in works for one in _features(work, detail)]},
        },
        [(code, str(word)) for code, word in PROGRESS.items() if code in drawn],
    )


def _features(work: Placed, detail: float) -> Iterator[dict[str, Any]]:
    """A feature for each simple part, so that what is drawn as a line, an area or a mark is told by its type alone."""
    said = {"progress": work.progress, "title": work.title, "href": work.href, "about": str(PROGRESS[work.progress])}
    return _parts(said, [work.shape], detail)


def _collection(said: dict[str, Any], shapes: Iterable[BaseGeometry], detail: float) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(_parts(said, shapes, detail))}


def _parts(said: dict[str, Any], shapes: Iterable[BaseGeometry], detail: float) -> Iterator[dict[str, Any]]:
    for shape in shapes:
        for part in shapely.get_parts(shapely.get_parts(shape)):
            thin = shapely.transform(part.simplify(detail), lambda places: places.round(6))
            if not thin.is_empty:
                yield {"type": "Feature", "properties": said, "geometry": json.loads(shapely.to_geojson(thin))}


def _shape(wkb: Any) -> BaseGeometry:
    return shapely.from_wkb(bytes(wkb))


def _page(name: str, code: str) -> str:
    return reverse(name, args=[code])


def where_words(named: Sequence[str]) -> str:
    """What the legend calls the place of a project."""
    return _("Only the district was named") if named else _("Place of the works")
