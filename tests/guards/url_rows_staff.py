"""What each role gets at the desk and with the crews: rows for `test_url_roles`."""

from typing import Final

from tests.guards.url_rows import Row

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

STAFF: Final[dict[str, list[Row]]] = {
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
    "desk/works": [
        ("GET", "/desk/works", ADMIN_ONLY),
        ("POST", "/desk/works", (302, 403, 403, 403, 403, 403, 422)),
    ],
    "desk/works/<int:upload>": [("GET", "/desk/works/{upload}", ADMIN_ONLY)],
    "desk/works/<int:upload>/report.csv": [("GET", "/desk/works/{upload}/report.csv", (302, 403, 403, 403, 403, 403, 404))],
    "desk/works/<int:upload>/<str:action>": [
        ("POST", "/desk/works/{upload}/discard", (302, 403, 403, 403, 403, 403, 302)),
        ("POST", "/desk/works/{upload}/publish", (302, 403, 403, 403, 403, 403, 409)),
        ("POST", "/desk/works/{upload}/explode", (302, 403, 403, 403, 403, 403, 404)),
        ("GET", "/desk/works/{upload}/publish", (405,) * 7),
    ],
    "desk/photos/<str:what>/<int:works>": [
        ("GET", "/desk/photos/repair/{repair}", WORKSHOP_READS),
        ("POST", "/desk/photos/repair/{repair}", WORKSHOP_REFUSED),
        ("GET", "/desk/photos/bridge/1", (302, 403, 403, 403, 403, 404, 404)),
    ],
    "desk/photos/<int:photo>/remove": [("POST", "/desk/photos/0/remove", (302, 403, 403, 403, 403, 404, 404))],
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
}
