# What may make a pair of a report and works is noted by the database, in the transaction that changes it (issues/links_sweep.py).

from django.db import migrations, models

# Whatever one statement added is one note, be it a report or a load of a million: numbers between that are not its own do no harm.
SPAN = """
CREATE FUNCTION issues_links_span() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'issues_appeal' THEN
        INSERT INTO issues_linknote (what, low, high) SELECT 'a', min(id), max(id) FROM added
            WHERE visibility <> 'held' AND parent_id IS NULL AND point IS NOT NULL HAVING count(*) > 0;
    ELSE
        INSERT INTO issues_linknote (what, low, high) SELECT 'r', min(id), max(id) FROM added
            WHERE status <> 'cancelled' AND geometry IS NOT NULL HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END $$
"""
ONE = """
CREATE FUNCTION issues_links_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO issues_linknote (what, low, high) VALUES (TG_ARGV[0], NEW.id, NEW.id);
    RETURN NULL;
END $$
"""
# The repairs of a contract are under its warranty unless they have one of their own.
REPAIRS = """
CREATE FUNCTION issues_links_repairs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO issues_linknote (what, low, high)
    SELECT 'r', id, id FROM works_repair WHERE contract_id = NEW.id AND warranty_until IS NULL;
    RETURN NULL;
END $$
"""
# Of a project's places all are looked at together.
PLACES = """
CREATE FUNCTION issues_links_places() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO issues_linknote (what, low, high)
    SELECT DISTINCT 'p', project_id, project_id FROM changed WHERE kind <> 'named' AND geometry IS NOT NULL;
    RETURN NULL;
END $$
"""
# A category learned what mends it: every report is looked at again, in steps, unless that stands noted already.
ALL = """
CREATE FUNCTION issues_links_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO issues_linknote (what, low, high)
    SELECT 'a', least(min(id), 0), max(id) FROM issues_appeal
    HAVING count(*) > 0 AND NOT EXISTS (SELECT FROM issues_linknote AS n WHERE n.what = 'a' AND n.low = 0 AND n.high >= max(issues_appeal.id));
    RETURN NULL;
END $$
"""
FUNCTIONS = {
    "issues_links_span": SPAN, "issues_links_one": ONE, "issues_links_repairs": REPAIRS, "issues_links_places": PLACES, "issues_links_all": ALL,
}
# Asked of every update of a report, in the server's own code: no function runs unless it is true. Closing makes no pair; opening does.
REPORT = """
NEW.visibility <> 'held' AND NEW.parent_id IS NULL AND NEW.point IS NOT NULL AND (
    OLD.visibility = 'held' OR OLD.parent_id IS NOT NULL OR OLD.point IS DISTINCT FROM NEW.point OR OLD.category_id <> NEW.category_id
    OR (OLD.closed_at IS NOT NULL AND NEW.closed_at IS NULL)
    OR (OLD.state IN ('done', 'rejected', 'closed') AND NEW.state NOT IN ('done', 'rejected', 'closed')))
"""


def differs(*columns):
    return " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)


ROW = "FOR EACH ROW WHEN ({}) EXECUTE FUNCTION {}"
SPANS = "REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION issues_links_span()"
PLACED = "REFERENCING {} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION issues_links_places()"
REPAIR = differs("geometry", "kind", "status", "finished_on", "warranty_until", "contract_id")
TRIGGERS = [
    ("issues_appeal", "added", "INSERT", SPANS),
    ("issues_appeal", "changed", "UPDATE", ROW.format(REPORT, "issues_links_one('a')")),
    ("issues_category", "changed", "UPDATE", ROW.format(differs("repair_kinds"), "issues_links_all()")),
    ("works_repair", "added", "INSERT", SPANS),
    ("works_repair", "changed", "UPDATE", ROW.format(REPAIR, "issues_links_one('r')")),
    ("works_contract", "changed", "UPDATE", ROW.format(differs("warranty_until"), "issues_links_repairs()")),
    ("works_project", "changed", "UPDATE", ROW.format(differs("status", "actual_end"), "issues_links_one('p')")),
    ("works_projectplace", "added", "INSERT", PLACED.format("NEW")),
    ("works_projectplace", "changed", "UPDATE", PLACED.format("NEW")),
    ("works_projectplace", "before", "UPDATE", PLACED.format("OLD")),
    ("works_projectplace", "gone", "DELETE", PLACED.format("OLD")),
]
# What is there already is looked at like what comes: in steps, by the clock.
EVERYTHING = "INSERT INTO issues_linknote (what, low, high) SELECT 'a', 0, max(id) FROM issues_appeal HAVING count(*) > 0"


class Migration(migrations.Migration):
    dependencies = [("issues", "0015_lists_from_indexes"), ("works", "0003_ground_may_go")]

    operations = [
        migrations.CreateModel(
            name="LinkNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(choices=[("a", "appeal"), ("r", "repair"), ("p", "funded project")], max_length=1)),
                ("low", models.BigIntegerField()),
                ("high", models.BigIntegerField()),
                ("after", models.BigIntegerField(null=True)),
            ],
            options={"verbose_name": "change to look at for links", "verbose_name_plural": "changes to look at for links"},
        ),
        migrations.DeleteModel(name="LinkSweep"),
        *(migrations.RunSQL(text, f"DROP FUNCTION {name}()") for name, text in FUNCTIONS.items()),
        *(
            migrations.RunSQL(f"CREATE TRIGGER issues_links_{name} AFTER {event} ON {table} {rest}", f"DROP TRIGGER issues_links_{name} ON {table}")
            for table, name, event, rest in TRIGGERS
        ),
        migrations.RunSQL(EVERYTHING, migrations.RunSQL.noop),
    ]
