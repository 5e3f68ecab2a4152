"""Firms that were joined with others: whoever works name is the firm after all merges, the same as for the sums of money."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.factories import IN_WEST, TinyCity
from tests.issues.works_here import a_contract, a_firm, a_planned_repair, a_project, a_repair
from works import at_place_sql
from works.at_place import at_place, supervisors
from works.models import Organisation


def joined(number: int, last: Organisation) -> Organisation:
    """A firm that was joined with another one, which was joined with another one, and so on ``number`` times, up to ``last``."""
    row = last
    for one in range(number):
        row = Organisation.objects.create(key=f"firm {one}", legal_name=f"Firm {one}", merged_into=row, merge_reason="the same")
    return row


@pytest.mark.parametrize("merges", [2, 5, 20])
def test_all_merges_of_a_firm_are_followed_for_whoever_is_named(a_city: TinyCity, merges: int) -> None:
    real = a_firm("Real Roads")
    first = joined(merges, real)
    a_repair(contract=a_contract(supervisor=first), contractor=first)
    a_planned_repair(contractor=first)
    a_project().parties.create(organisation=first, role="supplier")

    found = at_place(*IN_WEST, ("pothole",))

    assert found.warranty is not None
    assert (found.warranty.supervisor, found.warranty.contractor) == ("real roads", "Real Roads")
    assert {one.by for one in found.planned} == {"Real Roads"}
    assert supervisors() == ("real roads",)


def test_a_ring_of_merges_ends_and_is_the_same_firm_for_the_sums_of_money(a_city: TinyCity) -> None:
    one, other = a_firm("One"), a_firm("Other")
    Organisation.objects.filter(pk=one.pk).update(merged_into=other, merge_reason="the same")
    Organisation.objects.filter(pk=other.pk).update(merged_into=one, merge_reason="the same")
    deep = joined(23, a_firm("Deep"))
    rows = [one, other, deep]
    with connection.cursor() as cursor:
        for row in rows:
            cursor.execute(f"SELECT o.id, places_top({row.pk}) FROM {at_place_sql.FIRM.format(number=row.pk)} AS o")
            found, summed = cursor.fetchone()
            assert found == summed
