"""A city pack as typed values: what ``pack.toml`` says, checked and without a query. `gis_data.pack.read` makes them.

Geometry is named by file, not held. Coordinates are degrees in SRID 4326, longitude first. ``docs/adopting.md`` has all keys.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from gis_data.names import Names
from gis_data.pack_request_types import PackRequestFile
from gis_data.pack_residents import PackResidents

Format = Literal["geojson", "shapefile-zip", "geopackage", "csv", "osm-pbf"]
Words = Literal["at_once", "after_look", "never"]
QuestionType = Literal["choice", "text", "yesno"]
LonLat = tuple[float, float]
Bounds = tuple[float, float, float, float]  # west, south, east, north


class PackError(Exception):
    """A manifest that cannot be used: which file, which section, which key, and what is wrong there."""

    def __init__(self, file: Path, section: str, key: str, sentence: str) -> None:
        self.file, self.section, self.key, self.sentence = file, section, key, sentence
        super().__init__(f"{file}: [{section}] {key}: {sentence}" if key else f"{file}: [{section}]: {sentence}")


@dataclass(frozen=True, slots=True)
class PackSource:
    """A file of the pack or of its data folder, and how to read it.

    ``srid``: code of the coordinates, 0 where the format says it itself. A CSV names the column(s) of the place: ``lon`` and
    ``lat``, or ``wkt``, or ``ewkb`` (hex). An ``osm-pbf`` names ``tags`` an object must have (values: alternatives; "*" = any).
    """

    file: str
    format: Format
    layer: str = ""
    srid: int = 0
    lon: str = ""
    lat: str = ""
    wkt: str = ""
    ewkb: str = ""
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    credit: str = ""


@dataclass(frozen=True, slots=True)
class PackLicence:
    """The name of a licence as it is known everywhere, and the address of its text ('' for none)."""

    title: str
    url: str = ""

    def as_json(self) -> dict[str, str]:
        """The form kept in ``City.licences``."""
        return {"title": self.title, "url": self.url}


@dataclass(frozen=True, slots=True)
class PackCity:
    code: str
    names: Names
    languages: tuple[str, ...]
    time_zone: str
    currency: str
    bounds: Bounds
    centre: LonLat
    invented: bool = False
    fallback_department: str = ""
    credits: tuple[str | Names, ...] = ()
    licences: Mapping[str, PackLicence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PackBoundarySet:
    """One way to cut the city into areas, in the version that is in force from ``valid_from`` on (polygons)."""

    code: str
    names: Names
    source: PackSource
    code_field: str
    name_fields: Mapping[str, str]
    valid_from: dt.date
    valid_to: dt.date | None = None
    district: bool = False
    border_m: int = 15
    gap_m: int | None = None
    fallback_department: str = ""
    residents: PackResidents | None = None


@dataclass(frozen=True, slots=True)
class PackStreets:
    """Lines with names. Without ``id_field`` a line is known by its name and shape."""

    source: PackSource
    name_fields: Mapping[str, str]
    id_field: str = ""
    class_field: str = ""
    owner: str = ""
    owner_field: str = ""


@dataclass(frozen=True, slots=True)
class PackAddresses:
    """Points; ``text_fields`` are joined by a blank into what a resident would type."""

    source: PackSource
    text_fields: tuple[str, ...]
    id_field: str = ""
    postcode_field: str = ""


@dataclass(frozen=True, slots=True)
class PackAssets:
    """Things the city looks after, one ``kind`` a section; any geometry."""

    kind: str
    names: Names
    source: PackSource
    id_field: str = ""
    owner: str = ""
    owner_field: str = ""


@dataclass(frozen=True, slots=True)
class PackBasemap:
    """What the map under the pins is drawn from: an OpenStreetMap extract, or the pack's own streets and districts."""

    source: PackSource | None = None
    attribution: str = ""
    min_zoom: int = 10
    max_zoom: int = 16


@dataclass(frozen=True, slots=True)
class PackDepartment:
    """A district service; ``source_codes`` are what request files call it."""

    code: str
    names: Names
    email: str = ""
    phone: str = ""
    source_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PackArea:
    """A boundary named as "set/code" in the manifest."""

    boundary_set: str
    code: str


@dataclass(frozen=True, slots=True)
class PackCrew:
    code: str
    department: str
    names: Names
    area: PackArea | None = None


@dataclass(frozen=True, slots=True)
class PackPerson:
    """An invented person of a demo pack: a role with a log-in. ``role`` is one of `accounts.models.Role` or "resident"."""

    email: str
    name: str
    role: str
    department: str = ""
    crew: str = ""
    area: PackArea | None = None


@dataclass(frozen=True, slots=True)
class PackChoice:
    code: str
    labels: Names


@dataclass(frozen=True, slots=True)
class PackQuestion:
    code: str
    type: QuestionType
    labels: Names
    required: bool = False
    choices: tuple[PackChoice, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The form kept in ``Category.questions``."""
        row: dict[str, Any] = {
            "code": self.code,
            "type": self.type,
            "labels": dict(self.labels),
            "required": self.required,
        }
        if self.choices:
            row["choices"] = [{"code": one.code, "labels": dict(one.labels)} for one in self.choices]
        return row


@dataclass(frozen=True, slots=True)
class PackEmergency:
    """Words that stop the form, and whom to call instead."""

    words: Names
    phone: str

    def as_json(self) -> dict[str, Any]:
        """The form kept in ``Category.emergency``."""
        return {"words": dict(self.words), "phone": self.phone}


@dataclass(frozen=True, slots=True)
class PackCategory:
    code: str
    names: Names
    valid_from: dt.date
    group: str = ""
    group_names: Names = field(default_factory=dict)
    department: str = ""
    due: dt.timedelta | None = None
    words: Words = "after_look"
    public: bool = True
    near_m: int = 100
    asset_kind: str = ""
    repair_kinds: tuple[str, ...] = ()
    emergency: PackEmergency | None = None
    questions: tuple[PackQuestion, ...] = ()


@dataclass(frozen=True, slots=True)
class PackCategoriesFromRequests:
    """Categories are the ``type`` of the request files, in the groups of their ``group``.

    The due time is the median of due − opened, the department the most frequent one; ``words`` holds for all.
    ``not_public`` lists types whose appeals nobody but staff sees. ``translations`` gives names of types and groups by
    language; what is missing there stays in the file's language, which is ``language``. ``repair_kinds`` says which repairs mend
    what a type reports.
    """

    valid_from: dt.date
    due: Literal["median", "none"] = "median"
    words: Words = "after_look"
    not_public: tuple[str, ...] = ()
    language: str = "en"
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    repair_kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PackRule:
    """When all that is stated is so, the department gets it (see ``issues/routing/conditions.py``)."""

    code: str
    department: str
    valid_from: dt.date
    valid_to: dt.date | None = None
    category: str = ""
    group: str = ""
    area: PackArea | None = None
    road_classes: tuple[str, ...] = ()
    street_owners: tuple[str, ...] = ()
    warranty_kinds: tuple[str, ...] = ()
    warranty_supervisors: tuple[str, ...] = ()
    asset_kinds: tuple[str, ...] = ()
    asset_owners: tuple[str, ...] = ()
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    weekdays: tuple[int, ...] = ()
    hours: tuple[dt.time, dt.time] | None = None
    crew: str = ""
    urgent: bool = False
    due: dt.timedelta | None = None
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Pack:
    """A whole manifest. ``folder`` is where ``pack.toml`` lies; files are looked for there, then in the data folder."""

    folder: Path
    city: PackCity
    boundary_sets: tuple[PackBoundarySet, ...] = ()
    streets: tuple[PackStreets, ...] = ()
    addresses: tuple[PackAddresses, ...] = ()
    assets: tuple[PackAssets, ...] = ()
    basemap: PackBasemap | None = None
    departments: tuple[PackDepartment, ...] = ()
    crews: tuple[PackCrew, ...] = ()
    people: tuple[PackPerson, ...] = ()
    categories: tuple[PackCategory, ...] = ()
    categories_from_requests: PackCategoriesFromRequests | None = None
    rules: tuple[PackRule, ...] = ()
    request_files: tuple[PackRequestFile, ...] = ()
