"""Close to a border beyond which another service is responsible: on which side is the problem?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext as _

from gis_data.ground import BoundaryFact
from gis_data.names import in_language
from issues.routing import facts_sql, picture
from issues.routing.choose import Border, Decision, choose
from issues.routing.facts_sql import Question
from issues.routing.words import metres
from issues.views.report_draft import Draft, Outcome
from issues.views.report_place import number
from layers.sketch import Sketch

#: What a resident answers who cannot tell: the pin decides, and the service looks at the place first.
NOT_SURE: Final = "not-sure"


def decision(draft: Draft) -> Decision | None:
    """What would be decided about the draft now; None where the form is not complete or the place not ours. One query."""
    lon, lat = number(draft.lon), number(draft.lat)
    if lon is None or lat is None or not draft.category:
        return None
    found = facts_sql.read(Question(lon, lat, draft.category, draft.answered(), draft.side))
    return choose(found.facts, found.rules) if found.facts and found.inside else None


def show(draft: Draft) -> dict[str, Any] | None:
    """The two sides with their services and a map, where there is anything to ask; what was answered before is asked again on the way back."""
    found = decision(replace(draft, side=""))
    if found is None or found.border is None:
        return None
    border, here = found.border, found.department
    names = in_language(here.names) if here else ""
    other = in_language(border.department.names) if border.department else ""
    return {
        "metres": metres(border.here.next_m),
        "set_name": in_language(border.here.set_names),
        "sides": [_side(border.here, names, draft), _side(border.there, other, draft)],
        "not_sure": NOT_SURE,
        "sketch": _sketch(border, draft),
    }


def _sketch(border: Border, draft: Draft) -> Sketch | None:
    lon, lat = number(draft.lon), number(draft.lat)
    assert lon is not None  # without a place nothing is decided here
    assert lat is not None
    return picture.draw_border(border, lon, lat)


def check(_request: HttpRequest, draft: Draft) -> Outcome:
    """One of the offered answers."""
    offered = show(draft)
    if offered is None:
        return Outcome(replace(draft, side=""))
    if draft.side not in {NOT_SURE, *(one["value"] for one in offered["sides"])}:
        return Outcome(draft, {"side": _("Say on which side the problem is, or that you are not sure.")})
    return Outcome(draft)


def _side(one: BoundaryFact, department: str, draft: Draft) -> dict[str, Any]:
    value = f"{one.set_code}/{one.code}"
    return {"value": value, "name": in_language(one.names), "department": department, "chosen": draft.side == value}
