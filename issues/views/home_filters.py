"""The filters of the home page, as its address carries them: parsed leniently, written back in one canonical form."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from issues.states import PUBLIC_STATES
from layers.filters import box_of, day_of

Box = tuple[float, float, float, float]
#: The layers that the map shows when its address names none.
ON_AT_FIRST: Final = ("appeals", "districts")
#: What the address says when every layer is switched off.
NO_LAYER: Final = "none"


@dataclass(frozen=True, slots=True)
class HomeFilters:
    """``bbox`` is (west, south, east, north) in degrees, SRID 4326; dates are days of the city, both inclusive.

    ``layers`` are the layers switched on, None for those that are on at first; they change the map and not the list.
    ``refused`` holds a sentence for each part of the address that was not understood and is left out.
    """

    categories: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    bbox: Box | None = None
    layers: tuple[str, ...] | None = None
    refused: tuple[str, ...] = ()

    @property
    def active(self) -> int:
        """How many filters are in force."""
        return len(self.categories) + len(self.states) + bool(self.since or self.until) + bool(self.bbox)

    @property
    def box_text(self) -> str:
        """``bbox`` as the address writes it; '' without one."""
        return ",".join(f"{edge:.5f}" for edge in self.bbox) if self.bbox else ""

    @property
    def period(self) -> dict[str, str]:
        """The period as layers understand it."""
        parts = {"from": self.since.isoformat() if self.since else "", "to": self.until.isoformat() if self.until else ""}
        return {name: value for name, value in parts.items() if value}

    @property
    def on(self) -> tuple[str, ...]:
        """The layers that are switched on."""
        return ON_AT_FIRST if self.layers is None else self.layers

    @property
    def layers_text(self) -> str:
        """``layers`` as the address writes it; '' for those that are on at first."""
        return "" if self.layers is None else ",".join(self.layers) or NO_LAYER

    @property
    def cleared(self) -> str:
        """The address without any filter; the map keeps its layers."""
        return HomeFilters(layers=self.layers).address()

    def tile_query(self) -> str:
        """The same filters as the tiles of the appeals layer understand them."""
        return _encode(self._parts())

    def parts(self) -> dict[str, str]:
        """The filters that narrow the list, as the address writes them."""
        parts = self._parts()
        return parts | {"bbox": self.box_text} if self.bbox else parts

    def address(self, **key: str) -> str:
        """The address of the page with these filters; ``key`` adds the place in the list (before or after)."""
        parts = self.parts()
        if self.layers is not None:
            parts["layers"] = self.layers_text
        query = _encode({**parts, **key})
        return f"?{query}" if query else "?"

    def without(self, **parts: Any) -> "HomeFilters":
        """The same filters with some of them changed, for "remove this one" links."""
        return replace(self, **parts)

    def _parts(self) -> dict[str, str]:
        parts = {"category": ",".join(self.categories), "state": ",".join(self.states)}
        return {name: value for name, value in parts.items() if value} | self.period


def parse(query: QueryDict, known_categories: Collection[str], known_layers: Collection[str] = ()) -> HomeFilters:
    """Read filters from an address. Never raises: what makes no sense is left out and said in ``refused``."""
    refused: list[str] = []
    since, until = _day(query, "from", refused), _day(query, "to", refused)
    if since and until and since > until:
        since, until = until, since
    return HomeFilters(
        categories=_chosen(query, "category", known_categories),
        states=_chosen(query, "state", PUBLIC_STATES),
        since=since,
        until=until,
        bbox=_box(query.get("bbox", ""), refused),
        layers=_layers(query, known_layers),
        refused=tuple(refused),
    )


def _encode(parts: Mapping[str, str]) -> str:
    return urlencode(parts, safe=",")


def _chosen(query: QueryDict, name: str, known: Collection[str]) -> tuple[str, ...]:
    """Values given as a list (``a,b``) or repeated, as a form sends them; only known ones, each once."""
    given = [part for value in query.getlist(name) for part in value.split(",")]
    return tuple(dict.fromkeys(part for part in given if part in known))


def _layers(query: QueryDict, known: Collection[str]) -> tuple[str, ...] | None:
    """The layers the address names, in the order of the list; None where it names none that can be read as a choice."""
    given = {part for value in query.getlist("layers") for part in value.split(",")}
    chosen = tuple(name for name in known if name in given)
    if not chosen and NO_LAYER not in given:
        return None
    return None if set(chosen) == set(ON_AT_FIRST).intersection(known) else chosen


def _day(query: QueryDict, name: str, refused: list[str]) -> dt.date | None:
    text = query.get(name, "").strip()
    if not text:
        return None
    day = day_of(text)
    if day is None:
        refused.append(_("The date “%(text)s” was not understood and is left out.") % {"text": text[:40]})
        return None
    return day


def _box(text: str, refused: list[str]) -> Box | None:
    if not text:
        return None
    box = box_of(text)
    if box and box[0] < box[2] and box[1] < box[3]:
        return box
    refused.append(_("The area of the map in this address was not understood and is left out."))
    return None
