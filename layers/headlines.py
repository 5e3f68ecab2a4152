"""What a thing of a layer is called, and how its fields and what was asked are said in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.db.models import Value
from django.db.models.expressions import BaseExpression, Combinable
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from layers.declaration import AnyField, MapLayer, NameField
from layers.filters import Area, Chosen, Period, Selection


@dataclass(frozen=True, slots=True)
class Headline:
    """The words by which people know a thing of a layer, as a field of its rows; these words name the codes of the field ``of``."""

    name: AnyField
    of: str = ""


Headlines: TypeAlias = Mapping[str, Headline]


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells the rows of one layer in the active language; rows are read by ``columns()``.

    ``learnt`` are names of codes, such as “Broken lamp” for ``lamp``, met in the rows that were told.
    """

    layer: MapLayer
    headline: Headline | None = None
    learnt: dict[str, str] = field(default_factory=dict)

    def columns(self, language: str) -> dict[str, BaseExpression | Combinable]:
        """Return what to select: ``headline``, and ``field_…`` for each field of the layer."""
        named = (
            self.headline.name if self.headline else next((one for one in self.layer.fields if isinstance(one, NameField)), None)
        )
        return {
            "headline": named.expression(language) if named else Value(""),
            **{f"field_{one.name}": one.expression(language) for one in self.layer.fields},
        }

    def learn(self, row: Mapping[str, Any]) -> None:
        """Remember what the code in this row is called."""
        if self.headline and self.headline.of and row["headline"]:
            self.learnt[str(row[f"field_{self.headline.of}"])] = str(row["headline"])

    def title(self, row: Mapping[str, Any]) -> str:
        """Return the thing's name and the words of its few fixed values: “Broken lamp · In progress”."""
        key = row[f"field_{self.layer.key}"] if self.layer.key else ""
        name = str(row["headline"] or f"{self.layer.title} {key}".strip())
        states = (self.said(one, row[f"field_{one.name}"]) for one in self.layer.fields if one.values)
        return " · ".join([name, *filter(None, states)])

    def facts(self, row: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return the titles of the fields with what this row says; fields that say nothing are left out."""
        told = ((str(one.title), self.said(one, row[f"field_{one.name}"])) for one in self.layer.fields)
        return [(title, words) for title, words in told if words]

    def said(self, one: AnyField, value: Any) -> str:
        """Return the words for a value of a field; '' for none."""
        if value is None:
            return ""
        if one.values and str(value) in one.values:
            return str(one.values[str(value)])
        if self.headline and one.name == self.headline.of:
            return self.learnt.get(str(value), str(value))
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return date_format(value, "SHORT_DATE_FORMAT") if isinstance(value, dt.date) else str(value)

    def asked(self, selection: Selection) -> list[str]:
        """Return what was asked, each in a few words."""
        return [self._asked(one) for one in selection.asked]

    def _asked(self, one: Chosen | Period | Area) -> str:
        match one:
            case Chosen():
                return ", ".join(self._code(one.filter.name, code) for code in one.codes)
            case Area():
                return _("Chosen area of the map")
            case Period():
                return _period(one)

    def _code(self, name: str, code: str) -> str:
        known = {known.name: known for known in self.layer.fields}
        return self.said(known[name], code) if name in known else code


def _period(asked: Period) -> str:
    since = date_format(asked.since, "SHORT_DATE_FORMAT") if asked.since else ""
    until = date_format(asked.until, "SHORT_DATE_FORMAT") if asked.until else ""
    if since and until:
        return _("%(since)s to %(until)s") % {"since": since, "until": until}
    return _("from %(since)s") % {"since": since} if since else _("until %(until)s") % {"until": until}
