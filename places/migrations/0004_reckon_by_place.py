# A change of the ground reckons only the money of the works that lie there; the functions are files now (places/sql_files.py).

from importlib import import_module

from django.db import migrations

from places.sql_files import text

BEFORE = import_module("places.migrations.0002_reckon_before_commit")
#: The functions read tables that one transaction makes.
NO_CHECK = "SET LOCAL check_function_bodies = off"
#: Name: number and digest of the file, and the arguments.
FILES = {
    "places_bare": (1, "4cb015a7ffe939fa", "regclass"),
    "places_dress": (1, "49c63212e8343c39", "text[]"),
    "places_gather": (2, "ded06ff852d9f21e", ""),
    "places_gather_ground": (1, "36b8f62fd63cc9f3", ""),
    "places_gather_money": (1, "53550dc111b2b45e", ""),
    "places_note": (2, "22fa229e51f9d9dd", ""),
    "places_note_all": (2, "a016fe6a5601c3ad", ""),
    "places_note_firm": (1, "cb3f8e1802b5e67c", ""),
    "places_note_ground": (1, "5205c69883ef924f", ""),
    "places_note_street": (1, "f75a443d86cacca7", ""),
    "places_part": (2, "93121bcc8a48a175", ""),
    "places_settle": (2, "c7ec6a46996ea13f", ""),
    "places_share": (2, "810a7c02454a0b87", ""),
    "places_share_unknown": (2, "0da3894ca5ae9c23", ""),
    "places_sum": (2, "7b228e3ddd8ae3ea", ""),
    "places_top": (1, "e6548f5917e43ae8", "bigint"),
    "places_turn": (1, "684d9670195aed8a", ""),
}
#: Those of 0002 with other arguments, or none of their own any more.
GONE = {"places_sum(integer)": BEFORE.SUM}
LEDGER = "'m', 'id', 'm', 'replaces_id', 'r', 'repair_id', 'c', 'contract_id', 'p', 'project_id'"
PAIRS = {
    "works_repair": "'r', 'id', 'k', 'contract_id', 'u', 'project_id'",
    "works_contract": "'c', 'id', 'u', 'project_id'",
    "works_project": "'p', 'id'",
    "works_projectplace": "'p', 'project_id'",
}
EVENTS = (("added", "INSERT", "NEW"), ("after", "UPDATE", "NEW"), ("before", "UPDATE", "OLD"), ("gone", "DELETE", "OLD"))
GROUND = {
    "works_organisation": ("UPDATE", "places_note_firm()"),
    "gis_data_street": ("INSERT UPDATE DELETE", "places_note_street()"),
    "gis_data_boundary": ("INSERT UPDATE DELETE", "places_note_ground()"),
    "gis_data_boundaryset": ("UPDATE", "places_note_all()"),
}


def triggers():
    yield "works_money", "places_added", "AFTER INSERT", "NEW TABLE AS changed", "places_note('m', 'id', 'm', 'replaces_id')"
    for name, event, rows in EVENTS[1:]:
        yield "works_money", f"places_{name}", f"AFTER {event}", f"{rows} TABLE AS changed", f"places_note({LEDGER})"
    for table, pairs in PAIRS.items():
        for name, event, rows in EVENTS:
            yield table, f"places_{name}", f"AFTER {event}", f"{rows} TABLE AS changed", f"places_note({pairs})"
    for table, (events, call) in GROUND.items():
        for event in events.split():
            yield table, f"places_{event.lower()}", f"AFTER {event}", BEFORE.ROWS[event], call


def old_triggers():
    for table, name, when, call in BEFORE.triggers():
        event, _references, rows = when.partition(" REFERENCING ")
        yield table, name, event.removesuffix(f" ON {table}"), rows, call


def put(table, name, event, rows, call):
    """Readers go on beside it, as they would not if one were dropped and made again."""
    return f"CREATE OR REPLACE TRIGGER {name} {event} ON {table} REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION {call}"


def changed_triggers():
    """Each new one, and what stands there when it is taken away: that of 0002, if it had one."""
    old = {one[:2]: put(*one) for one in old_triggers()}
    for one in triggers():
        table, name = one[:2]
        yield put(*one), old.get((table, name), f"DROP TRIGGER {name} ON {table}")


def functions():
    """Each new one, and what stands there when it is taken away: that of 0002, if it had one."""
    for name, (number, digest, arguments) in FILES.items():
        old = BEFORE.FUNCTIONS.get(name, ("", ""))
        if old[1] and old[0] == arguments:
            yield text(name, number, digest), old[1].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        else:
            yield text(name, number, digest), f"DROP FUNCTION {name}({arguments})"


class Migration(migrations.Migration):
    """Who writes works or the ground waits for it, so it only writes definitions: nothing is reckoned here (0005 does)."""

    dependencies = [
        ("places", "0003_reckon_less"),
        ("works", "0003_ground_may_go"),
        ("gis_data", "0006_names_and_address_places"),
    ]

    operations = [
        migrations.RunSQL(NO_CHECK, migrations.RunSQL.noop),
        *(migrations.RunSQL(f"DROP FUNCTION IF EXISTS {name}", old) for name, old in GONE.items()),
        *(migrations.RunSQL(new, old) for new, old in functions()),
        *(migrations.RunSQL(new, old) for new, old in changed_triggers()),
        migrations.RunSQL("DROP VIEW IF EXISTS places_firm", BEFORE.FIRMS),
        migrations.RunSQL(migrations.RunSQL.noop, NO_CHECK),
    ]
