"""Counts of appeals kept in advance while several write, merge and count anew at the same time."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from issues.counted import COUNTED
from issues.models import Appeal
from issues.states import STATES
from layers import upkeep
from layers.models import PyramidDelta
from tests.factories import TinyCity
from tests.issues.counting import assert_counts_are_those_of_the_rows, assert_tiles_are_as_counted_anew, insert, some_keys


@pytest.mark.django_db(transaction=True)
def test_merges_at_the_same_time_lose_nothing_and_count_nothing_twice(a_city: TinyCity) -> None:
    dice = random.Random(3)
    for _ in range(30):
        insert(dice, a_city)
    noted = PyramidDelta.objects.count()
    assert noted > 200

    def work(number: int) -> int:
        try:
            taken = 0
            own = random.Random(number)
            for _ in range(25):
                taken += upkeep.merge(own.randrange(5, 40))
                Appeal.objects.filter(pk__in=some_keys(own)).update(state=own.choice(STATES))
            return taken
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(work, range(4)))
    assert sum(taken) > noted / 2
    assert_tiles_are_as_counted_anew()
    assert_counts_are_those_of_the_rows()


@pytest.mark.django_db(transaction=True)
def test_counting_from_scratch_while_others_write_and_merge_loses_nothing(a_city: TinyCity) -> None:
    dice = random.Random(4)
    for _ in range(10):
        insert(dice, a_city)

    def write(number: int) -> None:
        own = random.Random(number)
        try:
            for _ in range(20):
                Appeal.objects.filter(pk__in=some_keys(own)).update(
                    state=own.choice(STATES), visibility=own.choice(["public", "held"])
                )
                upkeep.merge(own.randrange(1, 30))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        writing = [threads.submit(write, number) for number in range(2)]
        while not all(one.done() for one in writing):
            upkeep.rebuild(COUNTED)
        for one in writing:
            one.result()
    assert_tiles_are_as_counted_anew()
    assert_counts_are_those_of_the_rows()
