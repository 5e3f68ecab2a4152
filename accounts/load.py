"""Load this app's share of a city pack: district services, crews, and in demo mode the people of the demonstration."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from accounts.demo import NotInDemoMode, create_demo_accounts
from accounts.models import Crew, Department, Membership, User
from accounts.staff import NotAPost
from gis_data.load_report import LoadReport, Progress, no_progress
from gis_data.load_row import write_row
from gis_data.models import Boundary
from gis_data.pack_types import Pack, PackArea
from gis_data.readers.broken import Broken
from gis_data.whole_file import whole_file


def load(
    pack: Pack, data_dir: Path | None, report: LoadReport, progress: Progress = no_progress
) -> None:  # all loads are called alike
    """Load services, crews and demo people; each kind whole or not at all. Boundaries are loaded before."""
    with transaction.atomic():
        progress("district services", 0, 0)
        _load_departments(pack, report)
        _load_crews(pack, report)
        _load_people(pack, report)


def _load_departments(pack: Pack, report: LoadReport) -> None:
    if not pack.departments:
        return
    tally = report.file("district services")
    for one in pack.departments:
        tally.read += 1
        write_row(Department, one.code, {"names": dict(one.names), "email": one.email, "phone": one.phone}, tally)


def _load_crews(pack: Pack, report: LoadReport) -> None:
    if not pack.crews:
        return
    tally = report.file("crews")
    with whole_file(tally):
        departments = dict(Department.objects.values_list("code", "id"))
        for one in pack.crews:
            tally.read += 1
            if one.department not in departments:
                raise Broken("pack.toml", 0, f"the crew '{one.code}' names the service '{one.department}', which is not there")
            area = _area(one.area, pack, f"the crew '{one.code}'")
            row = {"names": dict(one.names), "department_id": departments[one.department], "area_id": area}
            write_row(Crew, one.code, row, tally)


def _load_people(pack: Pack, report: LoadReport) -> None:
    """Everybody knows the password of demo people, so elsewhere than in a demo they are only counted."""
    if not pack.people:
        return
    tally = report.file("people")
    tally.read = len(pack.people)
    if not settings.DEMO_MODE:
        tally.skipped("demo people exist in demo mode only", len(pack.people))
        return
    before = User.objects.count() + Membership.objects.count()
    with whole_file(tally):
        try:
            create_demo_accounts(pack.people)
        except (NotInDemoMode, NotAPost, Department.DoesNotExist, Crew.DoesNotExist) as error:
            raise Broken("pack.toml", 0, f"people: {error}") from error
        if User.objects.count() + Membership.objects.count() > before:
            tally.loaded = len(pack.people)
        else:
            tally.unchanged = len(pack.people)


def _area(area: PackArea | None, pack: Pack, whose: str) -> int | None:
    """The boundary in force today in the city, by "set/code"."""
    if area is None:
        return None
    today = dt.datetime.now(ZoneInfo(pack.city.time_zone)).date()
    found = Boundary.objects.filter(boundary_set__code=area.boundary_set, code=area.code, valid__contains=today).values_list(
        "id", flat=True
    )
    if not found:
        raise Broken("pack.toml", 0, f"{whose} works in '{area.boundary_set}/{area.code}', which is no boundary in force")
    return found[0]
