"""Streets, addresses and assets: features of files → rows known by their number in the source."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from gis_data import staging
from gis_data.load_report import FileTally, LoadReport, Progress
from gis_data.names import Names
from gis_data.pack import find_file
from gis_data.pack_types import Bounds, Pack, PackAddresses, PackAssets, PackSource, PackStreets
from gis_data.readers import ANY_SHAPE, Broken, Feature, Shape, read
from gis_data.whole_file import whole_file

TOLD_EVERY: Final = 2000
_LONGEST: Final = {"source_id": 80, "text": 240, "postcode": 20, "road_class": 40, "owner": 80}

Values = dict[str, Any]
#: A feature → the values of its row; a sentence why there is none; or raise `Broken`.
MakeRow = Callable[[Feature, BaseGeometry], Values | str]


def load_streets(pack: Pack, data_dir: Path | None, report: LoadReport, progress: Progress) -> None:
    """Lines with a name; one row a line of the file."""
    job = _Job(pack, data_dir, report, progress, staging.STREETS)
    for streets in pack.streets:
        job.load(f"streets: {streets.source.file}", streets.source, frozenset({"line"}), _street(streets))
    job.finish(declared=bool(pack.streets))


def load_addresses(pack: Pack, data_dir: Path | None, report: LoadReport, progress: Progress) -> None:
    """Points with what a resident would type; an area stands for itself by a point inside it."""
    job = _Job(pack, data_dir, report, progress, staging.ADDRESSES)
    for addresses in pack.addresses:
        shapes: frozenset[Shape] = frozenset({"point", "area"})
        job.load(f"addresses: {addresses.source.file}", addresses.source, shapes, _address(addresses))
    job.finish(declared=bool(pack.addresses))


def load_assets(pack: Pack, data_dir: Path | None, report: LoadReport, progress: Progress) -> None:
    """Things of the city, one kind a section."""
    job = _Job(pack, data_dir, report, progress, staging.ASSETS)
    for assets in pack.assets:
        shapes: frozenset[Shape] = frozenset({"point", "area"}) if assets.source.format == "osm-pbf" else ANY_SHAPE
        job.load(f"{assets.kind}: {assets.source.file}", assets.source, shapes, _asset(assets))
    job.finish(declared=bool(pack.assets))


def _street(section: PackStreets) -> MakeRow:
    def make(feature: Feature, geometry: BaseGeometry) -> Values | str:
        names = names_of(feature, section.name_fields)
        if not names:
            return "no name"
        lines = geometry if geometry.geom_type == "MultiLineString" else shapely.MultiLineString([geometry])
        number = feature.text(section.id_field) if section.id_field else _by_shape("street", names, lines)
        return {
            "source_id": number,
            "names": names,
            "road_class": feature.text(section.class_field) if section.class_field else "",
            "owner": _owner(section, feature),
            "geometry": lines,
        }

    return make


def _address(section: PackAddresses) -> MakeRow:
    seen: set[str] = set()

    def make(feature: Feature, geometry: BaseGeometry) -> Values | str:
        text = " ".join(filter(None, (feature.text(field) for field in section.text_fields)))
        if not text:
            return "no text"
        # In OpenStreetMap every shop in a house carries the house's address again.
        if section.source.format == "osm-pbf":
            if text in seen:
                return "the same address again"
            seen.add(text)
        point = geometry if geometry.geom_type == "Point" else geometry.representative_point()
        number = feature.text(section.id_field) if section.id_field else _by_shape("address", {"": text}, point)
        postcode = feature.text(section.postcode_field) if section.postcode_field else ""
        return {"source_id": number, "text": text, "postcode": postcode, "point": point}

    return make


def _asset(section: PackAssets) -> MakeRow:
    def make(feature: Feature, geometry: BaseGeometry) -> Values | str:
        number = feature.text(section.id_field) if section.id_field else _by_shape("asset", {}, geometry)
        return {
            # one object may be of two kinds: a bench with a bin
            "source_id": f"{section.kind}:{number}" if number else "",
            "kind": section.kind,
            "names": dict(section.names),
            "owner": _owner(section, feature),
            "geometry": geometry,
        }

    return make


def _owner(section: PackStreets | PackAssets, feature: Feature) -> str:
    """Who looks after it: what the file says of this one, else what the pack says of all."""
    return (feature.text(section.owner_field) if section.owner_field else "") or section.owner


def names_of(feature: Feature, fields: Mapping[str, str]) -> dict[str, str]:
    """The names by language that the feature has."""
    named = ((language, feature.text(field)) for language, field in fields.items())
    return {language: name[:240] for language, name in named if name}


def _by_shape(what: str, names: Names, geometry: BaseGeometry) -> str:
    """A number for a row whose source has none: the same name and shape give the same one in every run."""
    digest = hashlib.sha256("\x1f".join(f"{key}={names[key]}" for key in sorted(names)).encode())
    digest.update(shapely.to_wkb(geometry, byte_order=1, output_dimension=2))
    return f"{what}-{digest.hexdigest()[:24]}"


@dataclass(slots=True)
class _Job:
    """The files of one section of the manifest, into one table."""

    pack: Pack
    data_dir: Path | None
    report: LoadReport
    progress: Progress
    target: staging.Target
    numbers: set[str] = field(default_factory=set)
    in_file: set[str] = field(default_factory=set)
    broken: bool = False

    def load(self, name: str, source: PackSource, shapes: frozenset[Shape], make: MakeRow) -> None:
        """Load one file whole, or write down why not."""
        tally = self.report.file(name)
        self.in_file = set()
        with whole_file(tally):
            path = find_file(self.pack, self.data_dir, source.file)
            if path is None:
                raise Broken(source.file, 0, "there is no such file in the pack or its data folder")
            features = staging.in_degrees(read(source, path, shapes), source.file)
            count, changed = staging.put(self.target, self._rows(name, features, make, tally))
            tally.loaded, tally.unchanged = changed, count - changed
            self.numbers |= self.in_file
        self.broken = self.broken or bool(tally.refusal)

    def finish(self, *, declared: bool) -> None:
        """Drop what the files no longer hold; while one of them is broken nobody can tell what that is."""
        if not declared:
            return
        if not self.broken:
            removed = staging.remove_others(self.target, self.numbers)
            if removed:
                self.report.file("city: pack.toml").noted(f"{self.target.table}: rows no longer in the files, removed", removed)
        staging.analyze(self.target)

    def _rows(self, name: str, features: Iterable[Feature], make: MakeRow, tally: FileTally) -> Iterator[list[Any]]:
        columns = self.target.all_columns()
        for feature in features:
            tally.read += 1
            if tally.read % TOLD_EVERY == 0:
                self.progress(name, tally.read, 0)
            values = feature.lack if feature.geometry is None else make(feature, feature.geometry)
            reason = values if isinstance(values, str) else self._objection(values)
            if isinstance(values, str) or reason:
                tally.skipped(reason)
                continue
            self.in_file.add(values["source_id"])
            if not _touches(values[self.target.geometry].bounds, self.pack.city.bounds):
                tally.noted("outside the city's bounds")
            yield [values[column] for column in columns]
        self.progress(name, tally.read, tally.read)

    def _objection(self, values: Values) -> str:
        if not values["source_id"]:
            return "no number in the source"
        if values["source_id"] in self.in_file or values["source_id"] in self.numbers:
            return "the same number in the source again"
        for column, longest in _LONGEST.items():
            if len(values.get(column, "")) > longest:
                return f"{column} is longer than {longest} characters"
        if any("\x00" in value for value in values.values() if isinstance(value, str)):
            return "holds a character that cannot be stored"
        return ""


def _touches(bounds: Bounds, city: Bounds) -> bool:
    return bounds[0] <= city[2] and bounds[2] >= city[0] and bounds[1] <= city[3] and bounds[3] >= city[1]
