"""Records → rows, batch by batch. What is there already and says the same is left alone, so that a second load writes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, TypeVar, cast

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import DataError, IntegrityError, transaction
from django.db.models import Model
from django.db.models.functions import Now
from shapely.geometry.base import BaseGeometry

from gis_data.load_report import FileTally
from gis_data.models import Asset, Boundary, Street
from gis_data.readers import Broken
from works.firm_book import FirmBook
from works.ground import Ground
from works.models import (
    Contract,
    ContractParty,
    DataSet,
    Document,
    Project,
    ProjectParty,
    ProjectPlace,
    Repair,
    StreetCondition,
)
from works.records import (
    ConditionRecord,
    ContractRecord,
    Doc,
    Party,
    Place,
    ProjectRecord,
    Record,
    RepairRecord,
    digest,
)
from works.remarks import Remarks

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9]+")
#: Degrees: about ten metres.
_ROUGH: Final = 0.0001
_R = TypeVar("_R", bound=Record)


def public_id(data_set: str, local_id: str) -> str:
    """The address of a thing: the data set's code and the number in the source, with a hash where that number is no plain word."""
    if _PLAIN.fullmatch(local_id):
        return f"{data_set}-{local_id}"
    words = _UNSAFE.sub("-", local_id).strip("-")[:60].lower()
    return f"{data_set}-{words}{'-' if words else ''}{sha256(local_id.encode()).hexdigest()[:8]}"


@dataclass(slots=True)
class Written:
    """What became of a batch: the row of each local id, and which of them are new or said something else before."""

    rows: dict[str, int] = field(default_factory=dict)
    new: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)


class Writer:
    """Writes the records of one data set inside the transaction of its load."""

    def __init__(self, data_set: DataSet, ground: Ground, tally: FileTally, remarks: Remarks) -> None:
        self.data_set, self._ground, self._tally, self._remarks = data_set, ground, tally, remarks
        self.firms = FirmBook()
        self._shapes: dict[int, GEOSGeometry] = {}

    def projects(self, records: Sequence[ProjectRecord]) -> Written:
        """Write projects with their places, parties and documents."""
        written = self._put(Project, records, self._project)
        fresh = written.new | written.changed
        self._renew(ProjectPlace, "project", written, [(one, self._places(one)) for one in records if one.local_id in fresh])
        self._renew(
            ProjectParty, "project", written, [(one, self._parties(one.parties)) for one in records if one.local_id in fresh]
        )
        self._documents("project", records, written)
        return written

    def contracts(self, records: Sequence[ContractRecord]) -> Written:
        """Write contracts with their parties and documents. A project that is named must be there."""
        projects = self._rows_of(Project, {one.project for one in records}, records, "project")
        written = self._put(Contract, records, lambda one, new: self._contract(one, projects))
        fresh = written.new | written.changed
        parties = [(one, self._parties(_all_parties(one))) for one in records if one.local_id in fresh]
        self._renew(ContractParty, "contract", written, parties)
        self._documents("contract", records, written)
        return written

    def repairs(self, records: Sequence[RepairRecord]) -> Written:
        """Write repairs with their photos. A contract or project that is named must be there; a street or object may be unknown."""
        related = {
            "project": self._rows_of(Project, {one.project for one in records}, records, "project"),
            "contract": self._rows_of(Contract, {one.contract for one in records}, records, "contract"),
            "street": self._ground_rows(Street, records, "street"),
            "asset": self._ground_rows(Asset, records, "asset"),
        }
        written = self._put(Repair, records, lambda one, new: self._repair(one, new, related))
        self._documents("repair", records, written)
        return written

    def conditions(self, records: Sequence[ConditionRecord]) -> Written:
        """Write marks of streets."""
        streets = self._ground_rows(Street, records, "street")
        return self._put(StreetCondition, records, lambda one, new: {**one.values, "street_id": streets.get(one.street)})

    def rows_of(self, model: type[Model], wanted: set[str]) -> dict[str, int]:
        """The rows of this data set by local id. One query."""
        found = model._default_manager.filter(data_set=self.data_set, local_id__in=wanted - {""})
        return dict(found.values_list("local_id", "pk"))

    def _project(self, one: ProjectRecord, new: bool) -> dict[str, Any]:
        values = dict(one.values)
        if new:
            values.setdefault("promised_start", values.get("planned_start"))
            values.setdefault("promised_end", values.get("planned_end"))
            values["public_id"] = public_id(self.data_set.code, one.local_id)
        else:  # what was promised stays promised
            values = {name: value for name, value in values.items() if not name.startswith("promised_")}
            values["updated_at"] = Now()
        return values

    def _contract(self, one: ContractRecord, projects: Mapping[str, int]) -> dict[str, Any]:
        related = {"project_id": projects.get(one.project), "supplier_id": self.firms.number_of(one.supplier)}
        return {**one.values, **related, "updated_at": Now()}

    def _repair(self, one: RepairRecord, new: bool, related: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
        values = {
            **one.values,
            "geometry": _geos(one.geometry),
            "contractor_id": self.firms.number_of(one.contractor),
            **{f"{name}_id": rows.get(getattr(one, name)) for name, rows in related.items()},
        }
        return values | ({"public_id": public_id(self.data_set.code, one.local_id)} if new else {"updated_at": Now()})

    def _put(self, model: type[Model], records: Sequence[_R], values: Callable[[_R, bool], dict[str, Any]]) -> Written:
        local_ids = [one.local_id for one in records]  # type: ignore[union-attr]
        there = model._default_manager.filter(data_set=self.data_set, local_id__in=local_ids).values_list(
            "local_id", "pk", "digest"
        )
        known = {local_id: (pk, said) for local_id, pk, said in there}
        written = Written({local_id: pk for local_id, (pk, _said) in known.items()})
        fresh: list[Model] = []
        for local_id, one in zip(local_ids, records, strict=True):
            said = digest(one)
            if local_id not in known:
                fresh.append(model(data_set=self.data_set, local_id=local_id, digest=said, **values(one, True)))
                written.new.add(local_id)
            elif known[local_id][1] != said:
                self._change(model, known[local_id][0], {**values(one, False), "digest": said}, one)
                written.changed.add(local_id)
        with _told(records):
            for row in model._default_manager.bulk_create(fresh):
                written.rows[cast("Any", row).local_id] = row.pk
        self._count(model, written, len(records))
        return written

    def _change(self, model: type[Model], pk: int, values: dict[str, Any], one: Record) -> None:
        with _told([one]):
            model._default_manager.filter(pk=pk).update(**values)

    def _count(self, model: type[Model], written: Written, read: int) -> None:
        self._tally.loaded += len(written.new) + len(written.changed)
        self._tally.unchanged += read - len(written.new) - len(written.changed)
        if written.changed:
            self._tally.noted("say something else than at the load before: changed", len(written.changed))

    def _renew(self, model: type[Model], owner: str, written: Written, rows: Sequence[tuple[Any, list[dict[str, Any]]]]) -> None:
        """Write the parts of things that are new or changed; those of a changed one are written anew."""
        changed = [written.rows[one] for one in written.changed]
        if changed:
            model._default_manager.filter(**{f"{owner}__in": changed}).delete()
        made = [model(**{f"{owner}_id": written.rows[one.local_id]}, **row) for one, parts in rows for row in parts]
        model._default_manager.bulk_create(made)

    def _documents(self, owner: str, records: Sequence[Any], written: Written) -> None:
        fresh = written.new | written.changed
        rows = [(one, [_document(doc) for doc in one.documents]) for one in records if one.local_id in fresh]
        self._renew(Document, owner, written, rows)

    def _parties(self, parties: Sequence[Party]) -> list[dict[str, Any]]:
        pairs = dict.fromkeys((self.firms.number_of(one.firm), one.role) for one in parties)
        return [{"organisation_id": number, "role": role} for number, role in pairs]

    def _places(self, one: ProjectRecord) -> list[dict[str, Any]]:
        return [self._place(number, place) for number, place in enumerate(one.places, start=1)]

    def _place(self, number: int, place: Place) -> dict[str, Any]:
        boundary = self._ground.boundary(place.boundary) if place.boundary else None
        shape = _geos(place.geometry)
        if boundary is not None and shape is None:
            shape = self._shape_of(boundary)
        return {"number": number, "kind": place.kind, "name": place.name[:300], "boundary_id": boundary, "geometry": shape}

    def _shape_of(self, boundary: int) -> GEOSGeometry:
        """The district for the map, to about ten metres: hundreds of projects may lie in it, and what counts is its number."""
        if boundary not in self._shapes:
            whole = Boundary.objects.values_list("geometry", flat=True).get(pk=boundary)
            shape = shapely.simplify(shapely.from_wkb(bytes(whole.wkb)), _ROUGH, preserve_topology=True)
            parts = [part for part in shapely.get_parts(shape) if not part.is_empty]
            self._shapes[boundary] = GEOSGeometry(memoryview(shapely.to_wkb(shapely.MultiPolygon(parts))), srid=4326)
        return self._shapes[boundary]

    def _rows_of(self, model: type[Model], wanted: set[str], records: Sequence[Any], name: str) -> dict[str, int]:
        found = self.rows_of(model, wanted) if wanted - {""} else {}
        for one in records:
            number = getattr(one, name)
            if number and number not in found:
                self._remarks.add(one.file, one.row, name, "refused", f"names a {name} that this data set does not hold", number)
        return found

    def _ground_rows(self, model: type[Model], records: Sequence[Any], name: str) -> dict[str, int]:
        wanted = {getattr(one, name) for one in records} - {""}
        found = dict(model._default_manager.filter(source_id__in=wanted).values_list("source_id", "pk")) if wanted else {}
        for one in records:
            number = getattr(one, name)
            if number and number not in found:
                self._remarks.add(one.file, one.row, name, "noted", f"no {name} of the city has this number", number)
        return found


@contextmanager
def _told(records: Sequence[Record]) -> Iterator[None]:
    """Turn what the database refuses into a sentence: its own rules are the last to be asked."""
    try:
        with transaction.atomic():
            yield
    except (DataError, IntegrityError) as error:
        first = records[0]
        sentence = f"here or in a row after it: the database refuses it ({str(error).splitlines()[0][:160]})"
        raise Broken(first.file, first.row, sentence) from None


def _all_parties(one: ContractRecord) -> list[Party]:
    """The parties with the supplier, who is one of them whether the source says so twice or not."""
    return [*one.parties, Party(one.supplier, "supplier")] if one.supplier else one.parties


def _document(doc: Doc) -> dict[str, Any]:
    return {"kind": doc.kind, "title": doc.title[:300], "url": doc.url}


def _geos(shape: BaseGeometry | None) -> GEOSGeometry | None:
    return None if shape is None else GEOSGeometry(memoryview(shapely.to_wkb(shape, output_dimension=2)), srid=4326)
