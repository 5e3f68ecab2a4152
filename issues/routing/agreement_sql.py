"""The statements of ``issues/routing/agreement.py``: imported appeals with the service that they came with.

``department`` is the code of the service in the latest imported decision (NULL: none), ``key_id`` the key of the facts (NULL:
not read yet). %(sources)s: the sources that are looked at, an empty array for all.
"""

from __future__ import annotations

from typing import Final

_IMPORTED: Final = """
(SELECT DISTINCT ON (r.appeal_id) a.id, a.answers, a.created_at, d.code AS department, f.key_id
 FROM issues_routingdecision AS r JOIN issues_appeal AS a ON a.id = r.appeal_id
      LEFT JOIN accounts_department AS d ON d.id = r.department_id LEFT JOIN issues_appealfacts AS f ON f.appeal_id = a.id
 WHERE r.reason ->> 'how' = 'imported' AND (cardinality(%(sources)s::text[]) = 0 OR a.source = ANY(%(sources)s))
 ORDER BY r.appeal_id, r.id DESC) AS imported"""

COUNTED: Final = f"SELECT key_id, department, count(*) FROM {_IMPORTED} GROUP BY 1, 2"

#: Those of %(keys)s one by one, for rules that look at the hour (in %(zone)s) or the answers.
ONE_BY_ONE: Final = f"""
SELECT key_id, department, created_at AT TIME ZONE %(zone)s, answers FROM {_IMPORTED}
WHERE key_id = ANY(%(keys)s) AND department IS NOT NULL"""
