"""Who stands at the desk in many tests."""

import pytest
from django.test import Client

from tests.factories import TinyCity


@pytest.fixture
def dispatcher(client: Client, a_city: TinyCity) -> Client:
    """A browser in which the dispatcher of Testville is logged in."""
    client.force_login(a_city.people["dispatcher"])
    return client
