"""What can be said of a published project or process without a schema: checks that find what validators of schemas do not look at. Pure.

Validators look at names, types and codes. They do not see a payer who is no party, a ring that is open, or longitude and latitude swapped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from layers.grid import Box
from opendata.currencies import CURRENCIES
from opendata.publication_ids import OC4IDS_ID
from opendata.standard_shapes import Shape
from works.codelists import ContractStatus, Method, ProjectStatus, ProjectType

#: So many findings of a check are named.
NAMED: Final = 5
#: Where organisations are referred to.
_REFERENCES: Final = frozenset(
    {
        "publicAuthority",
        "sourceParty",
        "payer",
        "payee",
        "procuringEntity",
        "administrativeEntity",
        "buyer",
        "suppliers",
        "tenderers",
    }
)
_CLOSED: Final[Mapping[str, frozenset[str]]] = {
    "type": frozenset(ProjectType.values),
    "status": frozenset(ProjectStatus.values),
}
_SUMMARY: Final[Mapping[str, frozenset[str]]] = {"status": frozenset(ContractStatus.values)}


@dataclass(slots=True)
class Tally:
    """What one check did: how many things it looked at, how many it found fault with, and the first of these."""

    looked_at: int = 0
    found: int = 0
    examples: list[str] = field(default_factory=list)

    def note(self, example: str, *, good: bool) -> None:
        """Count one thing."""
        self.looked_at += 1
        if not good:
            self.found += 1
            if len(self.examples) < NAMED:
                self.examples.append(example[:120])

    def told(self) -> dict[str, Any]:
        """As it is stored."""
        return {"looked_at": self.looked_at, "found": self.found, "examples": self.examples}


class Checks:
    """Tallies by check of one publication, filled thing by thing. ``box`` is the city's (degrees, SRID 4326)."""

    def __init__(self, box: Box | None) -> None:
        self.tallies: dict[str, Tally] = {}
        self._box = box
        self._ids: set[str] = set()

    def tally(self, check: str) -> Tally:
        return self.tallies.setdefault(check, Tally())

    def project(self, one: Shape) -> None:
        """Look at one project of the OC4IDS package."""
        name = str(one.get("id", ""))
        self._id(name)
        self.tally("prefix").note(name, good=bool(OC4IDS_ID.match(name)))
        for code, allowed in _CLOSED.items():
            if code in one:
                self.tally("codes").note(f"{name}: {one[code]}", good=one[code] in allowed)
        for process in one.get("contractingProcesses", []):
            self._summary(name, process.get("summary", {}))
        self.everywhere(name, one)

    def process(self, ocid: str, whole: Shape) -> None:
        """Look at one compiled release."""
        self._id(ocid)
        self.everywhere(ocid, whole)

    def everywhere(self, name: str, one: Shape) -> None:
        """What holds of any document: references, inner ids, amounts, periods, places."""
        parties = {party.get("id") for party in one.get("parties", [])}
        for key, thing in _walk(one):
            if isinstance(thing, list):
                self._list(name, key, thing, parties)
            elif key in _REFERENCES:
                self._reference(name, key, thing, parties)
            elif key == "geometry":
                self._geometry(name, thing)
            elif "amount" in thing and not isinstance(thing["amount"], dict):
                self.tally("currency").note(f"{name}: {key}", good=thing.get("currency") in CURRENCIES)
            elif "startDate" in thing and "endDate" in thing:
                self.tally("periods").note(f"{name}: {key}", good=thing["startDate"] <= thing["endDate"])

    def _id(self, name: str) -> None:
        self.tally("unique-ids").note(name, good=bool(name) and name not in self._ids)
        self._ids.add(name)

    def _summary(self, name: str, summary: Shape) -> None:
        for code, allowed in _SUMMARY.items():
            if code in summary:
                self.tally("codes").note(f"{name}: {summary[code]}", good=summary[code] in allowed)
        if method := summary.get("tender", {}).get("procurementMethod"):
            self.tally("codes").note(f"{name}: {method}", good=method in Method.values)

    def _list(self, name: str, key: str, things: list[Any], parties: set[Any]) -> None:
        ids = [one["id"] for one in things if isinstance(one, dict) and "id" in one]
        if ids:
            self.tally("inner-ids").note(f"{name}: {key}", good=len(ids) == len(set(ids)))
        if key in _REFERENCES:
            for one in things:
                self._reference(name, key, one, parties)

    def _reference(self, name: str, key: str, one: Shape, parties: set[Any]) -> None:
        self.tally("references").note(f"{name}: {key} {one.get('id', '')}", good=one.get("id") in parties)

    def _geometry(self, name: str, geometry: Shape) -> None:
        if str(geometry.get("type")).endswith("Polygon"):
            rings = _rings(geometry)
            self.tally("rings").note(name, good=all(len(ring) >= 4 and ring[0] == ring[-1] for ring in rings))
        ends = list(_ends(geometry.get("coordinates", [])))
        self.tally("range").note(name, good=all(abs(lon) <= 180 and abs(lat) <= 90 for lon, lat in ends))
        if self._box and ends:
            inside, swapped = (_in_box(self._box, *ends[0]), _in_box(self._box, *reversed(ends[0])))
            self.tally("swapped").note(name, good=inside or not swapped)
            self.tally("outside").note(name, good=any(_in_box(self._box, *end) for end in ends))


def _walk(thing: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every object and list inside, with the name of the field that holds it. Insides of geometries are their own matter."""
    if isinstance(thing, dict):
        yield key, thing
        if key != "geometry":
            for name, inner in thing.items():
                yield from _walk(inner, name)
    elif isinstance(thing, list):
        yield key, thing
        for inner in thing:
            if isinstance(inner, dict):
                yield from ((name, one) for name, one in _walk(inner, f"{key}[]"))


def _rings(geometry: Shape) -> list[Any]:
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [ring for polygon in polygons for ring in polygon]


def _ends(coordinates: Any) -> Iterator[tuple[float, float]]:
    if coordinates and isinstance(coordinates[0], int | float):
        yield coordinates[0], coordinates[1]
    else:
        for inner in coordinates:
            yield from _ends(inner)


def _in_box(box: Box, lon: float, lat: float) -> bool:
    west, south, east, north = box
    return west <= lon <= east and south <= lat <= north


def _somewhere(one: Shape) -> bool:
    return any("geometry" in place for place in one.get("locations", []))


def _in_processes(*fields: str) -> Callable[[Shape], bool]:
    return lambda one: any(
        process.get("summary", {}).get(name) for process in one.get("contractingProcesses", []) for name in fields
    )


#: What a reader of a project wants to know (after CoST's list of what infrastructure projects should disclose), and whether it is told.
COVERAGE: Final[Mapping[str, Callable[[Shape], bool]]] = {
    "budget": lambda one: "amount" in one.get("budget", {}),
    "place": _somewhere,
    "district": lambda one: bool(one.get("locations")),
    "dates": lambda one: bool(one.get("period")),
    "end": lambda one: "endDate" in one.get("completion", {}),
    "state": lambda one: "status" in one,
    "authority": lambda one: "publicAuthority" in one,
    "contract": lambda one: bool(one.get("contractingProcesses")),
    "contractor": _in_processes("suppliers"),
    "contract-value": _in_processes("contractValue"),
    "payments": lambda one: bool(one.get("transactions")) or _in_processes("transactions")(one),
    "warranty": lambda one: "maintenancePeriod" in one,
    "documents": lambda one: bool(one.get("documents")) or _in_processes("documents")(one),
}
