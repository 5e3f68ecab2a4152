"""URL × role: who gets what at every address, on one's own service's things and on another's.

An address that the table does not name fails; so does a row that no longer names an address.
"""

from collections.abc import Iterator
from typing import Final

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.guards.cast import ROLES, Cast, assemble
from tests.guards.url_rows import PUBLIC
from tests.guards.url_rows_staff import STAFF

pytestmark = pytest.mark.django_db

TABLE: Final = {**PUBLIC, **STAFF}


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern).lstrip("^").rstrip("$")
        if isinstance(entry, URLPattern):
            yield route
        else:
            yield from routes(entry, route)


@pytest.fixture
def cast() -> Cast:
    return assemble()


def address(template: str, cast: Cast) -> str:
    return template.format(
        own=cast.own.appeal.public_id,
        other=cast.other.appeal.public_id,
        own_task=cast.own.task.pk,
        other_task=cast.other.task.pk,
        message=cast.message.pk,
        photo=cast.photo.name,
        boundary_draft=cast.boundary_draft.pk,
        draft=cast.workshop.draft.pk,
        rule=cast.workshop.rule.pk,
        replay=cast.workshop.replay.pk,
        batch=cast.workshop.batch.pk,
        link=cast.links[0].pk,
        other_link=cast.links[1].pk,
        repair=cast.links[2].repair_id,
        other_repair=cast.links[3].repair_id,
        upload=cast.upload.pk,
    )


def asked(role: str, method: str, where: str, cast: Cast) -> int:
    """The status this role gets; whatever it changed is undone."""
    client = Client(raise_request_exception=False)
    if role in cast.users:
        client.force_login(cast.users[role])
    with transaction.atomic():
        fields = {"text": "Words", "reason": "Words", "report": cast.reports}
        response = client.generic(method, where) if method == "GET" else client.post(where, fields)
        transaction.set_rollback(True)
    return response.status_code


def test_the_table_names_every_address_and_no_other() -> None:
    assert set(routes(get_resolver())) == set(TABLE)


@pytest.mark.parametrize(
    ("method", "template", "expected"),
    [row for rows in TABLE.values() for row in rows],
    ids=[f"{method} {template}" for rows in TABLE.values() for method, template, _ in rows],
)
def test_each_role_gets_what_the_table_says(method: str, template: str, expected: tuple[int, ...], cast: Cast) -> None:
    where = address(template, cast)
    got = {role: asked(role, method, where, cast) for role in ROLES}
    assert got == dict(zip(ROLES, expected, strict=True))


@pytest.mark.parametrize("role", ["anonymous", "clerk", "admin"])
def test_no_answer_is_kept_for_anybody_it_was_not_made_for(role: str, cast: Cast) -> None:
    """Behind a log-in nothing is kept, refusals neither; elsewhere only what no cookie changes is kept for all."""
    client, wrong = Client(raise_request_exception=False), {}
    if role in cast.users:
        client.force_login(cast.users[role])
    for method, template, _expected in (row for rows in TABLE.values() for row in rows):
        where = address(template, cast)
        with transaction.atomic():
            response = client.generic(method, where)
            transaction.set_rollback(True)
        kept = response.get("Cache-Control", "")
        if where.startswith(("/desk", "/crew", "/accounts/")):
            right = {"private", "no-store"} <= set(kept.split(", "))
        elif "public" in kept:
            right = not {"Cookie", "Accept-Language"} & set(response.get("Vary", "").split(", ")) and not response.cookies
        else:
            right = "private" in kept or "no-store" in kept
        if not right:
            wrong[f"{method} {where}"] = (response.status_code, kept, response.get("Vary"))
    assert not wrong


@pytest.mark.parametrize("template", [row[1] for rows in TABLE.values() for row in rows if row[0] == "POST"])
def test_no_change_without_the_forms_own_token(template: str, cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(cast.users["admin"])
    assert client.post(address(template, cast)).status_code == 403


@pytest.mark.parametrize("template", [row[1] for rows in TABLE.values() for row in rows if row[0] == "GET"])
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"])
def test_no_method_breaks_an_address(method: str, template: str, cast: Cast) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(cast.users["admin"])
    assert client.generic(method, address(template, cast)).status_code < 500
