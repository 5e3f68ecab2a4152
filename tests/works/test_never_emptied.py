"""What is only added to stays; a place that moves to another project is shown by that one, and no longer by the first."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.gis.geos import Point
from django.db import DatabaseError, connection, transaction

from tests.factories import TinyCity
from tests.works.loading import load_folder
from tests.works.small_sets import row, write
from works.firm_book import FirmBook
from works.firms import Firm
from works.models import DataSet, OrganisationName, Project, ProjectParty, ProjectPlace

pytestmark = pytest.mark.django_db
REFUSED = r"pgtrigger: Cannot (update|delete|truncate)"
EVENTS = ("project", "projectplace", "projectparty", "contract", "contractparty", "repair", "organisation", "worksupload")


@pytest.mark.parametrize("statement", ["UPDATE {} SET spelling = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_a_spelling_is_never_edited_or_dropped(statement: str) -> None:
    FirmBook().number_of(Firm("Firm Oy"))
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE works_organisationname ENABLE TRIGGER USER")
        cursor.execute(statement.format("works_organisationname"))
    assert OrganisationName.objects.get().spelling == "Firm Oy"


@pytest.mark.parametrize("name", EVENTS)
def test_what_was_kept_of_earlier_versions_cannot_be_emptied(a_city: TinyCity, name: str) -> None:
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE works_{name}event ENABLE TRIGGER USER")
        cursor.execute(f"TRUNCATE works_{name}event")


def test_who_had_to_do_with_a_project_before_is_kept(a_city: TinyCity, tmp_path: Path) -> None:
    load_folder(write(tmp_path, row()))
    load_folder(write(tmp_path, row(firm="Stone Ltd")))
    assert ProjectParty.objects.get().organisation.legal_name == "Stone Ltd"
    with connection.cursor() as cursor:
        cursor.execute("SELECT role, pgh_label FROM works_projectpartyevent")
        assert cursor.fetchall() == [("supplier", "delete")]


def test_a_place_that_moves_to_another_project_leaves_the_first() -> None:
    works = DataSet.objects.create(code="works", names={"en": "Works"})
    first, second = (
        Project.objects.create(data_set=works, local_id=number, public_id=f"works-{number}", title={"en": number})
        for number in ("1", "2")
    )
    place = ProjectPlace.objects.create(project=first, kind="exact", geometry=Point(10.0, 50.0, srid=4326))
    first.refresh_from_db()
    assert (first.geometry.coords, first.place_kind) == ((10.0, 50.0), "exact")
    place.project = second
    place.save()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.geometry, first.place_kind) == (None, "")
    assert second.geometry.coords == (10.0, 50.0)
