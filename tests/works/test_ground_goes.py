"""A new map may drop a street or an object: the repairs on it stay, and the load of the ground is not refused."""

from __future__ import annotations

import pytest
from django.contrib.gis.geos import LineString, MultiLineString, Point
from django.db import connection

from gis_data import staging
from gis_data.models import Asset, Street
from works.models import DataSet, Repair, StreetCondition


@pytest.mark.django_db(transaction=True)
def test_what_a_new_map_drops_lets_go_of_its_repairs() -> None:
    line = MultiLineString(LineString((10.0, 50.0), (10.01, 50.0)), srid=4326)
    old, kept = (Street.objects.create(source_id=number, names={"en": "West"}, geometry=line) for number in ("old", "kept"))
    lamp = Asset.objects.create(source_id="lamp", kind="lamp", names={}, geometry=Point(10.0, 50.0, srid=4326))
    books = DataSet.objects.create(code="books", names={"en": "Books"})
    first = Repair.objects.create(data_set=books, local_id="1", public_id="books-1", street=old, asset=lamp)
    second = Repair.objects.create(data_set=books, local_id="2", public_id="books-2", street=kept)
    rated = StreetCondition.objects.create(data_set=books, local_id="1", street=old, year=2025)

    assert staging.remove_others(staging.STREETS, ["kept"]) == 1  # plain SQL, which knows nothing of Django's on_delete
    assert staging.remove_others(staging.ASSETS, []) == 1

    for row in (first, second, rated):
        row.refresh_from_db()
    assert (first.street, first.asset, second.street, rated.street) == (None, None, kept, None)
    connection.check_constraints()
