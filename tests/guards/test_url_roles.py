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

pytestmark = pytest.mark.django_db

# The order of the columns is ROLES: anonymous, resident, clerk, crew, head, dispatcher, admin.
Row = tuple[str, str, tuple[int, ...]]
ALL_200: Final = (200,) * 7
ALL_404: Final = (404,) * 7
LOGGED_IN: Final = (302, *(200,) * 6)
READS_OWN: Final = (302, 403, 200, 403, 200, 200, 200)
READS_OTHER: Final = (302, 403, 404, 403, 404, 200, 200)
ACTS_OWN: Final = (302, 403, 302, 403, 403, 302, 302)
ACTS_OTHER: Final = (302, 403, 404, 403, 403, 302, 302)
CREW_ONLY: Final = (302, 403, 403, 200, 403, 403, 200)
ADMIN_ONLY: Final = (302, 403, 403, 403, 403, 403, 200)
WORKSHOP_READS: Final = (302, 403, 403, 403, 403, 200, 200)
WORKSHOP_ACTS: Final = (302, 403, 403, 403, 403, 302, 302)
WORKSHOP_REFUSED: Final = (302, 403, 403, 403, 403, 422, 422)
WORKSHOP_LATE: Final = (302, 403, 403, 403, 403, 409, 409)

TABLE: Final[dict[str, list[Row]]] = {
    "": [("GET", "/", ALL_200)],
    "report": [("GET", "/report", ALL_200)],
    "a/<str:reference>": [("GET", "/a/{own}", ALL_200), ("GET", "/a/ZZZZZZZZ", ALL_404)],
    "t/<str:token>": [("GET", "/t/not-a-token", ALL_404)],
    "photos/<str:name>": [("GET", "/photos/{photo}.jpg", ALL_404), ("GET", "/photos/..%2Fsecret_key", ALL_404)],
    "who": [("GET", "/who", ALL_200), ("GET", "/who?lat=60.5&lon=24.5&category=hole", ALL_200)],
    "who.json": [
        ("GET", "/who.json?lat=60.5&lon=24.5&category=hole", ALL_200),
        ("GET", "/who.json?lat=60.5&lon=24.5&category=nothing", ALL_404),
    ],
    "search/address": [("GET", "/search/address?q=street", ALL_200)],
    "desk": [("GET", "/desk", READS_OWN)],
    "desk/links": [("GET", "/desk/links", READS_OWN), ("GET", "/desk/links?after=x", (302, 403, 400, 403, 400, 400, 400))],
    "desk/links/<int:link>/<str:verdict>": [
        ("POST", "/desk/links/{link}/confirm", ACTS_OWN),
        ("POST", "/desk/links/{other_link}/refuse", ACTS_OTHER),
        ("POST", "/desk/links/{link}/explode", (302, 403, 404, 403, 403, 404, 404)),
    ],
    "desk/repairs/<int:repair>": [
        ("GET", "/desk/repairs/{repair}", READS_OWN),
        ("GET", "/desk/repairs/{other_repair}", READS_OTHER),
    ],
    "desk/repairs/<int:repair>/<str:action>": [
        ("POST", "/desk/repairs/{repair}/close", ACTS_OWN),
        ("POST", "/desk/repairs/{other_repair}/close", ACTS_OTHER),
        ("POST", "/desk/repairs/{repair}/finish", (302, 403, 422, 403, 403, 422, 422)),
        ("POST", "/desk/repairs/{repair}/explode", (302, 403, 404, 403, 403, 404, 404)),
    ],
    "desk/outbox": [("GET", "/desk/outbox", ADMIN_ONLY)],
    "desk/outbox/<int:message>/again": [("POST", "/desk/outbox/{message}/again", (302, 403, 403, 403, 403, 403, 302))],
    "desk/routing": [("GET", "/desk/routing", WORKSHOP_READS)],
    "desk/routing/facts": [("POST", "/desk/routing/facts", WORKSHOP_ACTS)],
    "desk/routing/rules": [("POST", "/desk/routing/rules", WORKSHOP_ACTS)],
    "desk/routing/rules/<int:rule_set>": [("GET", "/desk/routing/rules/{draft}", WORKSHOP_READS)],
    "desk/routing/rules/<int:rule_set>/new": [
        ("GET", "/desk/routing/rules/{draft}/new", WORKSHOP_READS),
        ("POST", "/desk/routing/rules/{draft}/new", WORKSHOP_REFUSED),
    ],
    "desk/routing/rules/<int:rule_set>/publish": [
        ("GET", "/desk/routing/rules/{draft}/publish", WORKSHOP_READS),
        ("POST", "/desk/routing/rules/{draft}/publish", WORKSHOP_REFUSED),
    ],
    "desk/routing/rules/<int:rule_set>/<int:rule>": [
        ("GET", "/desk/routing/rules/{draft}/{rule}", WORKSHOP_READS),
        ("POST", "/desk/routing/rules/{draft}/{rule}", WORKSHOP_LATE),
    ],
    "desk/routing/rules/<int:rule_set>/<int:rule>/delete": [
        ("POST", "/desk/routing/rules/{draft}/{rule}/delete", WORKSHOP_ACTS),
    ],
    "desk/routing/rules/<int:rule_set>/<str:action>": [
        ("POST", "/desk/routing/rules/{draft}/copy", WORKSHOP_ACTS),
        ("POST", "/desk/routing/rules/{draft}/drop", WORKSHOP_ACTS),
        ("POST", "/desk/routing/rules/{draft}/try", WORKSHOP_REFUSED),
        ("POST", "/desk/routing/rules/{draft}/withdraw", WORKSHOP_LATE),
        ("POST", "/desk/routing/rules/{draft}/explode", (302, 403, 403, 403, 403, 404, 404)),
        ("GET", "/desk/routing/rules/{draft}/copy", (405,) * 7),
    ],
    "desk/routing/replays/<int:replay>": [("GET", "/desk/routing/replays/{replay}", WORKSHOP_READS)],
    "desk/routing/batches/<int:batch>": [
        ("GET", "/desk/routing/batches/{batch}", WORKSHOP_READS),
        ("POST", "/desk/routing/batches/{batch}", WORKSHOP_ACTS),
    ],
    "desk/routing/sets/new": [
        ("GET", "/desk/routing/sets/new", WORKSHOP_READS),
        ("POST", "/desk/routing/sets/new", WORKSHOP_REFUSED),
    ],
    "desk/routing/sets/<slug:code>": [("GET", "/desk/routing/sets/districts", WORKSHOP_READS)],
    "desk/routing/sets/<slug:code>/<str:action>": [
        ("POST", "/desk/routing/sets/districts/check", WORKSHOP_ACTS),
        ("POST", "/desk/routing/sets/districts/settings", WORKSHOP_REFUSED),
        ("POST", "/desk/routing/sets/districts/upload", WORKSHOP_REFUSED),
        ("POST", "/desk/routing/sets/districts/explode", (302, 403, 403, 403, 403, 404, 404)),
        ("GET", "/desk/routing/sets/districts/check", (405,) * 7),
    ],
    "desk/routing/drafts/<int:draft>": [("GET", "/desk/routing/drafts/{boundary_draft}", WORKSHOP_READS)],
    "desk/routing/drafts/<int:draft>/<str:action>": [
        ("POST", "/desk/routing/drafts/{boundary_draft}/drop", WORKSHOP_ACTS),
        ("POST", "/desk/routing/drafts/{boundary_draft}/columns", WORKSHOP_REFUSED),
        ("POST", "/desk/routing/drafts/{boundary_draft}/try", WORKSHOP_REFUSED),
        ("POST", "/desk/routing/drafts/{boundary_draft}/publish", WORKSHOP_REFUSED),
        ("POST", "/desk/routing/drafts/{boundary_draft}/withdraw", WORKSHOP_LATE),
        ("POST", "/desk/routing/drafts/{boundary_draft}/explode", (302, 403, 403, 403, 403, 404, 404)),
        ("GET", "/desk/routing/drafts/{boundary_draft}/drop", (405,) * 7),
    ],
    "desk/<str:reference>": [("GET", "/desk/{own}", READS_OWN), ("GET", "/desk/{other}", READS_OTHER)],
    "desk/<str:reference>/<str:action>": [
        ("POST", "/desk/{own}/reply", ACTS_OWN),
        ("POST", "/desk/{other}/reply", ACTS_OTHER),
        ("POST", "/desk/{own}/explode", (302, 403, 404, 403, 403, 404, 404)),
        ("GET", "/desk/{own}/reply", (405,) * 7),
    ],
    # An administrator may look at the page, but visits belong to the crew that goes there.
    "crew": [("GET", "/crew", CREW_ONLY)],
    "crew/<int:task>": [
        ("GET", "/crew/{own_task}", (302, 403, 403, 200, 403, 403, 404)),
        ("GET", "/crew/{other_task}", (302, 403, 403, 404, 403, 403, 404)),
    ],
    "crew/<int:task>/<str:action>": [
        ("POST", "/crew/{own_task}/start", (302, 403, 403, 302, 403, 403, 404)),
        ("POST", "/crew/{other_task}/start", (302, 403, 403, 404, 403, 403, 404)),
        ("GET", "/crew/{own_task}/start", (405,) * 7),
    ],
    "tiles/<slug:name>.json": [("GET", "/tiles/appeals.json", ALL_200), ("GET", "/tiles/reporters.json", ALL_404)],
    "tiles/<slug:name>/<str:z>/<str:x>/<str:y>.mvt": [
        ("GET", "/tiles/appeals/14/9307/4712.mvt", ALL_200),
        ("GET", "/tiles/appeals/14/0/0.mvt", (204,) * 7),
    ],
    "counts/<slug:name>.json": [("GET", "/counts/appeals.json", ALL_200), ("GET", "/counts/reporters.json", ALL_404)],
    "search": [("GET", "/search", ALL_200), ("GET", "/search?q=street", ALL_200), ("GET", "/search?color=red", (400,) * 7)],
    "search.json": [("GET", "/search.json?q=street", ALL_200), ("GET", "/search.json?q=a&q=b", (400,) * 7)],
    "months/<slug:name>.json": [("GET", "/months/appeals.json", ALL_200), ("GET", "/months/districts.json", ALL_404)],
    "feeds/<slug:name>.atom": [("GET", "/feeds/appeals.atom", ALL_200), ("GET", "/feeds/districts.atom", ALL_404)],
    "map.html": [("GET", "/map.html", ALL_200), ("GET", "/map.html?visibility=held", (400,) * 7)],
    "preview.png": [
        ("GET", "/preview.png", ALL_200),
        ("GET", "/preview.png?id={own}", ALL_200),
        ("GET", "/preview.png?id=ZZ", ALL_404),
    ],
    "embed": [("GET", "/embed", ALL_200)],
    "share": [("GET", "/share", ALL_200), ("GET", "/share?visibility=held", (400,) * 7)],
    "ogc/": [("GET", "/ogc/", ALL_200)],
    "ogc/conformance": [("GET", "/ogc/conformance", ALL_200)],
    "ogc/api": [("GET", "/ogc/api", ALL_200)],
    "ogc/collections": [("GET", "/ogc/collections", ALL_200), ("GET", "/ogc/collections?f=html", ALL_200)],
    "ogc/collections/<slug:name>": [("GET", "/ogc/collections/appeals", ALL_200), ("GET", "/ogc/collections/reporters", ALL_404)],
    "ogc/collections/<slug:name>/schema": [("GET", "/ogc/collections/appeals/schema", ALL_200)],
    "ogc/collections/<slug:name>/queryables": [("GET", "/ogc/collections/appeals/queryables", ALL_200)],
    "ogc/collections/<slug:name>/items": [
        ("GET", "/ogc/collections/appeals/items", ALL_200),
        ("GET", "/ogc/collections/reporters/items", ALL_404),
        ("GET", "/ogc/collections/appeals/items?limit=0", (400,) * 7),
    ],
    "ogc/collections/<slug:name>/items/<path:feature>": [
        ("GET", "/ogc/collections/appeals/items/{own}", ALL_200),
        ("GET", "/ogc/collections/appeals/items/ZZZZZZZZ", ALL_404),
    ],
    "ogc/<path:path>": [("GET", "/ogc/nothing", ALL_404)],
    "data/": [("GET", "/data/", ALL_200)],
    "data/catalog.ttl": [("GET", "/data/catalog.ttl", ALL_200)],
    "data/catalog.jsonld": [("GET", "/data/catalog.jsonld", ALL_200)],
    "data/catalog.rdf": [("GET", "/data/catalog.rdf", ALL_200)],
    "data/<slug:name>": [("GET", "/data/appeals", ALL_200), ("GET", "/data/reporters", ALL_404)],
    "data/<slug:name>.columns.json": [
        ("GET", "/data/appeals.columns.json", ALL_200),
        ("GET", "/data/reporters.columns.json", ALL_404),
    ],
    "data/<slug:name>.<slug:suffix>": [
        ("GET", "/data/appeals.csv", ALL_200),
        ("GET", "/data/districts.gpkg", ALL_200),
        ("GET", "/data/reporters.csv", ALL_404),
        ("GET", "/data/appeals.xlsx", ALL_404),
    ],
    "money": [("GET", "/money", ALL_200), ("GET", "/money?year=soon", (400,) * 7)],
    "money/rows": [("GET", "/money/rows", ALL_200), ("GET", "/money/rows?before=x", (400,) * 7)],
    "money/rows.csv": [("GET", "/money/rows.csv", ALL_200), ("GET", "/money/rows.csv?owner=1", (400,) * 7)],
    "money/by/<slug:by>.csv": [("GET", "/money/by/year.csv", ALL_200), ("GET", "/money/by/owner.csv", (400,) * 7)],
    "projects/<path:public_id>": [("GET", "/projects/nothing", ALL_404)],
    "repairs/<path:public_id>": [("GET", "/repairs/nothing", ALL_404)],
    "contractors/<int:key>": [("GET", "/contractors/0", ALL_404)],
    "streets/<path:source_id>": [("GET", "/streets/nothing", ALL_404)],
    "districts/<path:code>": [("GET", "/districts/districts-nothing", ALL_404)],
    "api/": [("GET", "/api/", ALL_200)],
    "api/schema/": [("GET", "/api/schema/", ALL_200), ("GET", "/api/schema/?format=yaml", ALL_200)],
    "api/docs/": [("GET", "/api/docs/", ALL_200)],
    "api/<str:name>/": [("GET", "/api/appeals/", ALL_200), ("GET", "/api/reporters/", ALL_404)],
    "api/<str:name>/<path:key>/": [("GET", "/api/appeals/{own}/", ALL_200), ("GET", "/api/appeals/ZZZZZZZZ/", ALL_404)],
    "i18n/setlang/": [("POST", "/i18n/setlang/", (302,) * 7)],
    "demo/inbox": [("GET", "/demo/inbox", ALL_404)],
    "healthz": [("GET", "/healthz", ALL_200)],
    "about/data": [("GET", "/about/data", ALL_200)],
    "theme/": [("POST", "/theme/", (302,) * 7)],
    "accounts/login/": [("GET", "/accounts/login/", (200, *(302,) * 6))],
    "accounts/logout/": [("GET", "/accounts/logout/", LOGGED_IN)],
    "accounts/inactive/": [("GET", "/accounts/inactive/", ALL_200)],
    "accounts/signup/": [("GET", "/accounts/signup/", (200, *(302,) * 6))],
    "accounts/reauthenticate/": [("GET", "/accounts/reauthenticate/", LOGGED_IN)],
    "accounts/email/": [("GET", "/accounts/email/", LOGGED_IN)],
    "accounts/confirm-email/": [("GET", "/accounts/confirm-email/", ALL_200)],
    "accounts/confirm-email/(?P<key>[-:\\w]+)/": [("GET", "/accounts/confirm-email/nothing/", ALL_200)],
    "accounts/password/change/": [("GET", "/accounts/password/change/", LOGGED_IN)],
    "accounts/password/set/": [("GET", "/accounts/password/set/", (302,) * 7)],
    "accounts/password/reset/": [("GET", "/accounts/password/reset/", ALL_200)],
    "accounts/password/reset/done/": [("GET", "/accounts/password/reset/done/", ALL_200)],
    "accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/": [
        ("GET", "/accounts/password/reset/key/1-wrong/", ALL_200)
    ],
    "accounts/password/reset/key/done/": [("GET", "/accounts/password/reset/key/done/", ALL_200)],
    "accounts/login/code/confirm/": [("GET", "/accounts/login/code/confirm/", (302,) * 7)],
}


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
