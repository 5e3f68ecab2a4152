"""The rules that are there already become the first rule set, in force since ever (each rule keeps its own days).

The audit, which is append-only, learns to which set its earlier rows belong; nothing that it says is changed.
"""

from django.db import migrations

_FILL = """
INSERT INTO issues_ruleset (title, source, state, moves_open, created_at)
SELECT '', 'pack', 'draft', false, now() WHERE EXISTS (SELECT FROM issues_routingrule) AND NOT EXISTS (SELECT FROM issues_ruleset);
UPDATE issues_routingrule SET rule_set_id = (SELECT id FROM issues_ruleset LIMIT 1) WHERE rule_set_id IS NULL;
ALTER TABLE issues_routingruleevent DISABLE TRIGGER USER;
UPDATE issues_routingruleevent SET rule_set_id = (SELECT id FROM issues_ruleset LIMIT 1) WHERE rule_set_id IS NULL;
ALTER TABLE issues_routingruleevent ENABLE TRIGGER USER;
UPDATE issues_ruleset SET state = 'published', valid = '(,)', published_at = now(), moved_at = now() WHERE state = 'draft';
"""


class Migration(migrations.Migration):

    dependencies = [("issues", "0006_rule_sets")]

    operations = [migrations.RunSQL(_FILL, migrations.RunSQL.noop)]
