"""Whether a kept connection still lives is seen at its socket, without a statement."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.notifications.deadline import eventually


@pytest.mark.django_db(transaction=True)
def test_a_connection_the_server_closed_is_not_used_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    with CaptureQueriesContext(connection) as asked:
        assert connection.is_usable()
    assert len(asked) == 0
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [process])
    other.close()
    eventually(lambda: not connection.is_usable())
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
