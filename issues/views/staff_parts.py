"""Parts that the desk's and the crews' pages share: appeals as map features (the public map reads tiles), the error summary."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from gis_data.names import in_language
from issues import deadlines, public_id, states
from issues.models import Appeal


def map_features(appeals: Iterable[Appeal], now: dt.datetime, addresses: Mapping[int, str] | None = None) -> dict[str, Any]:
    """GeoJSON FeatureCollection (SRID 4326, RFC 7946) of the appeals that have a place, numbered as in the list.

    ``addresses`` (appeal id → page) says where a feature leads; the desk's page of the appeal by default.
    """
    lead_to = addresses or {}
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": number,
                "geometry": {"type": "Point", "coordinates": [appeal.point.x, appeal.point.y]},
                "properties": {
                    "id": appeal.public_id,
                    "number": number,
                    "reference": public_id.dashed(appeal.public_id),
                    "title": in_language(appeal.category.names),
                    "state": states.public_state(appeal.state),
                    "late": deadlines.is_late(appeal.state, appeal.due_at, now),
                    "url": lead_to.get(appeal.pk) or reverse("desk-appeal", args=[appeal.public_id]),
                },
            }
            for number, appeal in enumerate(appeals, start=1)
            if appeal.point is not None
        ],
    }


def staff_map(features: dict[str, Any]) -> dict[str, Any]:
    """What the staff map module reads from its frame: the features, and the words it shows."""
    return {"features": features, "words": {"open": _("Open"), "late": _("late")}}


def place_in_words(appeal: Appeal) -> dict[str, str] | None:
    """Latitude and longitude with a point whatever the language, for ``geo:`` links (RFC 5870)."""
    if appeal.point is None:
        return None
    return {"lat": f"{appeal.point.y:.6f}", "lon": f"{appeal.point.x:.6f}"}


def error_list(errors: Mapping[str, str], verb: str) -> list[dict[str, str]]:
    """Errors for the summary on top of a page, each leading to its field where there is one."""
    return [
        {"text": str(text), "href": f"#{verb}-{field}" if verb and field not in {"action", "photo"} else ""}
        for field, text in errors.items()
    ]
