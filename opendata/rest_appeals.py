"""The public story of one report, as its page tells it: what, where, who has it and why, by when, what has happened.

It is read by the same statements as the page (`issues.views.appeal`), so it can hold nothing that the page does not show.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from issues import deadlines, states
from issues.models import Appeal, Photo
from issues.routing.words import reason_in_words
from issues.views import photos
from issues.views.appeal import with_relations
from issues.views.appeal_story import Entry, timeline
from layers.features_problems import NoSuchFeature
from opendata.rest_door import in_all_languages
from opendata.rest_story import Address, Stories, Story


def tell(key: str, address: Address) -> dict[str, Any]:
    """Return the story of the report with this public id. Three queries: the report, its changes, its photos."""
    row = with_relations(Appeal.objects.public().with_words()).filter(public_id=key).first()
    if row is None:
        raise NoSuchFeature(key)
    state = states.public_state(row.state)
    return {
        "category": {"code": row.category.code, "names": row.category.names},
        "state": {"code": state, "names": _in_words(state)},
        "words": row.public_text,
        "address": row.address,
        "district": row.district_names,
        "service": row.department_names,
        "why": reason_in_words(row.reason) if row.reason else "",
        "created": _moment(row.created_at),
        "due": _moment(row.due_at),
        "closed": _moment(row.closed_at),
        "late": deadlines.is_late(row.state, row.due_at, timezone.now()),
        "events": [_event(entry) for entry in timeline(row.pk)],
        "photos": _photos(row.pk, address),
        "part_of": _other(row.parent_public, address) if row.parent_public else None,
        "joined": [_other(reference, address) for reference in row.merged_public],
    }


def _in_words(state: states.PublicState) -> dict[str, str]:
    return in_all_languages(lambda: str(states.PUBLIC_STATES[state]), [code for code, _name in settings.LANGUAGES])


def _event(entry: Entry) -> dict[str, Any]:
    return {"at": _moment(entry.at), "title": entry.title, "state": entry.state or None, "words": entry.words}


def _photos(appeal: int, address: Address) -> list[dict[str, Any]]:
    return [
        {
            "href": address(photos.public(one.name)),
            "thumb": address(photos.public(one.name, "thumb")),
            "width": one.width,
            "height": one.height,
            "after": one.kind == "after",
        }
        for one in Photo.objects.filter(appeal=appeal, public=True).order_by("id")
    ]


def _other(reference: str, address: Address) -> dict[str, str]:
    return {"id": reference, "href": address(reverse("api-thing", kwargs={"name": "appeals", "key": reference}))}


def _moment(moment: dt.datetime | None) -> str | None:
    """In UTC, to the second."""
    return f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else None


def _object(*optional: str, **properties: Any) -> dict[str, Any]:
    needed = [name for name in properties if name not in optional]
    return {"type": "object", "required": needed, "properties": properties, "additionalProperties": False}


_TEXT: Final = {"type": "string"}
_NAMES: Final = {"type": "object", "additionalProperties": _TEXT, "example": {"en": "Broken lamp", "ru": "Не горит фонарь"}}
_SOME_NAMES: Final = {**_NAMES, "nullable": True}
_MOMENT: Final = {"type": "string", "format": "date-time"}
_SOME_MOMENT: Final = {**_MOMENT, "nullable": True}
_ADDRESS: Final = {"type": "string", "format": "uri"}
_STATE: Final = {"type": "string", "enum": list(states.PUBLIC_STATES)}
_SIZE: Final = {"type": "integer", "minimum": 1}
_SHAPE: Final = _object(
    category=_object(code=_TEXT, names=_NAMES),
    state=_object(code=_STATE, names=_NAMES),
    words=_TEXT,
    address=_TEXT,
    district=_SOME_NAMES,
    service=_SOME_NAMES,
    why=_TEXT,
    created=_MOMENT,
    due=_SOME_MOMENT,
    closed=_SOME_MOMENT,
    late={"type": "boolean"},
    events={
        "type": "array",
        "items": _object(at=_MOMENT, title=_TEXT, state={**_TEXT, "nullable": True}, words=_TEXT),
    },
    photos={
        "type": "array",
        "items": _object(href=_ADDRESS, thumb=_ADDRESS, width=_SIZE, height=_SIZE, after={"type": "boolean"}),
    },
    part_of={**_object(id=_TEXT, href=_ADDRESS), "nullable": True},
    joined={"type": "array", "items": _object(id=_TEXT, href=_ADDRESS)},
)

STORIES: Final[Stories] = {"appeals": Story(tell, _SHAPE)}
