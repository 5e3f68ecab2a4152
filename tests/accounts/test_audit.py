"""Every change of services, crews and rights is kept, also one that was made by raw SQL."""

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from pghistory.models import Events

from accounts.models import Membership, Role
from tests.factories import TinyCity

pytestmark = pytest.mark.django_db


def labels(membership: Membership) -> list[str]:
    events = Events.objects.tracks(membership)
    return [event.pgh_label for event in events.order_by("pgh_id")]


def test_who_got_a_right_and_who_lost_it_is_kept(a_city: TinyCity) -> None:
    membership = Membership.objects.get(user=a_city.clerk)
    membership.role = Role.HEAD
    membership.save()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_membership SET role = 'clerk' WHERE id = %s", [membership.pk])
    kept = Membership.objects.get(pk=membership.pk)
    Membership.objects.filter(pk=membership.pk).delete()
    assert labels(kept) == ["insert", "update", "update", "delete"]


@pytest.mark.parametrize("table", ["membershipevent", "departmentevent", "crewevent"])
@pytest.mark.parametrize("statement", ["UPDATE accounts_{} SET pgh_label = 'x'", "DELETE FROM accounts_{}"])
def test_what_was_kept_cannot_be_changed(a_city: TinyCity, table: str, statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
