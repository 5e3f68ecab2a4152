"""Writing how a boundary set looks from a day on (MultiPolygon, SRID 4326). The past stays as it was.

What is written holds until the next day on which something else is scheduled for the set: a look that somebody planned for a
later day comes into force then, exactly as it was planned, whatever is written for the days before it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import shapely
from django.contrib.gis import geos
from django.contrib.gis.db.models.functions import AsWKB
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from shapely import MultiPolygon

from gis_data.models import Boundary, BoundarySet, DraftArea


@dataclass(frozen=True, slots=True)
class Area:
    """One area ready to be stored: a valid MultiPolygon, SRID 4326. ``repaired`` says what was wrong with it ("" = nothing)."""

    code: str
    names: Mapping[str, str]
    geometry: MultiPolygon
    repaired: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the areas, by code. ``kept`` began that very day and are not among the areas written."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


def put_versions(
    group: BoundarySet, areas: Mapping[str, Area], valid_from: dt.date, valid_to: dt.date | None = None, *, correct: bool = True
) -> Written:
    """Have the set look like ``areas`` (by code) from ``valid_from`` on, until ``valid_to`` or until what is scheduled next.

    An area that looks different gets a new version and one that is missing ends. Versions that began on ``valid_from`` itself
    are overwritten, and stay if they are missing (``correct``: a file is read again); else they are withdrawn: in force on no
    day, their shape kept for the decisions made by them.
    """
    with transaction.atomic():
        BoundarySet.objects.select_for_update().get(pk=group.pk)
        pen = _Pen(group, valid_from, _until(group, valid_from, valid_to), ends=valid_to, correct=correct)
        in_force = {version.code: version for version in Boundary.objects.on(valid_from).filter(boundary_set=group)}
        did: dict[str, list[str]] = {}
        for code, area in areas.items():
            did.setdefault(pen.write(area, in_force.get(code)), []).append(code)
        for code, version in in_force.items():
            if code not in areas:
                did.setdefault(pen.end(version), []).append(code)
        Boundary.objects.bulk_create(pen.fresh, batch_size=500)
    return Written(**{what: tuple(codes) for what, codes in did.items()})


def drop_day(group: BoundarySet, day: dt.date) -> None:
    """Have the set not change on ``day``: it looks as it did the day before until what is scheduled next.

    Versions that began on ``day`` begin with what is scheduled next; those that would end by then are in force on no day.
    """
    with transaction.atomic():
        BoundarySet.objects.select_for_update().get(pk=group.pk)
        until = next_change(group, day)
        versions = Boundary.objects.filter(boundary_set=group)
        for version in versions.filter(valid__startswith=day):
            stops = version.valid.upper
            lasts = until is not None and (stops is None or stops > until)
            _set_days(version, DateRange(until, stops) if lasts else DateRange(empty=True))
        for version in versions.filter(valid__endswith=day):
            _prolong(version, until)


def shapes_on(group: BoundarySet, day: dt.date) -> dict[str, MultiPolygon]:
    """The areas of a set in force on ``day`` by code: MultiPolygon, SRID 4326. One query."""
    rows = Boundary.objects.on(day).filter(boundary_set=group).order_by("code").values_list("code", AsWKB("geometry"))
    return {code: shapely.from_wkb(bytes(wkb)) for code, wkb in rows}


def next_change(group: BoundarySet, day: dt.date) -> dt.date | None:
    """The first day after ``day`` on which an area of the set begins or ends, as scheduled now."""
    return _until(group, day, None)


def _until(group: BoundarySet, valid_from: dt.date, valid_to: dt.date | None) -> dt.date | None:
    """The day before which the look ends. Where ``valid_to`` is given, days on which areas only end are no reason to stop."""
    days: set[dt.date | None] = {valid_to}
    for span in Boundary.objects.filter(boundary_set=group).exclude(valid__isempty=True).values_list("valid", flat=True):
        days |= {span.lower, span.upper} if valid_to is None else {span.lower}
    return min((day for day in days if day is not None and day > valid_from), default=None)


@dataclass(slots=True)
class _Pen:
    """Writes the days from ``begins`` to ``until`` (exclusive; None = for ever). ``fresh`` are rows for one insert at the end."""

    group: BoundarySet
    begins: dt.date
    until: dt.date | None
    ends: dt.date | None
    correct: bool
    fresh: list[Boundary] = field(default_factory=list)

    @property
    def is_last(self) -> bool:
        """Nothing is scheduled before the day on which the look ends by itself."""
        return self.ends is not None and self.ends == self.until

    def write(self, area: Area, current: Boundary | None) -> str:
        """Bring the version in force on the first day up to date; say which of `Written` it is."""
        if current is None:
            self._add(area, DateRange(self.begins, self.until))
            return "new"
        if current.names == area.names and shapely.equals_identical(shape_of(current), area.geometry):
            if self.is_last and current.valid.upper != self.until:
                _set_days(current, DateRange(current.valid.lower, self.until))
                return "changed"
            return "unchanged"
        self._take_days(current, overwrite=area)
        return "changed"

    def end(self, version: Boundary) -> str:
        """An area that is missing has no day from the first one on."""
        if version.valid.lower == self.begins and self.correct:
            return "kept"
        self._take_days(version, overwrite=None)
        return "ended"

    def _take_days(self, version: Boundary, overwrite: Area | None) -> None:
        """Take our days from ``version``; what it has after them stays scheduled. ``overwrite`` gets them, if given."""
        starts, stops = version.valid.lower, version.valid.upper
        if not self.is_last and self.until is not None and (stops is None or stops > self.until):
            self.fresh.append(_copy(version, DateRange(self.until, stops)))
        begun_today = starts == self.begins
        if begun_today and self.correct and overwrite is not None:
            values = _values(overwrite)
            Boundary.objects.filter(pk=version.pk).update(valid=DateRange(self.begins, self.until), **values)
            return
        _set_days(version, DateRange(empty=True) if begun_today else DateRange(starts, self.begins))
        if overwrite is not None:
            self._add(overwrite, DateRange(self.begins, self.until))

    def _add(self, area: Area, span: DateRange) -> None:
        self.fresh.append(Boundary(boundary_set=self.group, code=area.code, valid=span, **_values(area)))


def _prolong(version: Boundary, until: dt.date | None) -> None:
    """Give the version the days until ``until``; where one that looks the same begins then, its days as well."""
    same_code = Boundary.objects.filter(boundary_set=version.boundary_set_id, code=version.code)
    after = same_code.filter(valid__startswith=until).first() if until else None
    if after is not None and after.names == version.names and shapely.equals_identical(shape_of(after), shape_of(version)):
        _set_days(after, DateRange(empty=True))
        until = after.valid.upper
    _set_days(version, DateRange(version.valid.lower, until))


def to_geos(shape: MultiPolygon) -> geos.MultiPolygon:
    """The same MultiPolygon (SRID 4326) as a model takes it."""
    return cast(geos.MultiPolygon, geos.GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=4326))


def shape_of(row: Boundary | DraftArea) -> MultiPolygon:
    """The MultiPolygon (SRID 4326) of a row, for shapely."""
    return shapely.from_wkb(bytes(row.geometry.wkb))


def _values(area: Area) -> dict[str, object]:
    return {"names": dict(area.names), "geometry": to_geos(area.geometry), "repaired": area.repaired}


def _copy(version: Boundary, span: DateRange) -> Boundary:
    return Boundary(
        boundary_set_id=version.boundary_set_id,
        code=version.code,
        valid=span,
        names=version.names,
        geometry=version.geometry,
        repaired=version.repaired,
    )


def _set_days(version: Boundary, span: DateRange) -> None:
    Boundary.objects.filter(pk=version.pk).update(valid=span)
