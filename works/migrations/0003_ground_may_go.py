"""A street or an object that a new map no longer holds lets go of its repairs, also where it is deleted by plain SQL."""

from django.db import migrations

LINKS = (
    ("works_repair", "street_id", "gis_data_street"),
    ("works_repair", "asset_id", "gis_data_asset"),
    ("works_streetcondition", "street_id", "gis_data_street"),
    ("works_projectplace", "boundary_id", "gis_data_boundary"),
)


def again(table: str, column: str, points_at: str, action: str) -> str:
    return f"""
DO $$ DECLARE called text; BEGIN
    SELECT conname INTO STRICT called FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
    WHERE conrelid = '{table}'::regclass AND contype = 'f' AND attname = '{column}';
    EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I', called);
    EXECUTE format('ALTER TABLE {table} ADD CONSTRAINT %I FOREIGN KEY ({column}) REFERENCES {points_at} (id) {action} '
                   'DEFERRABLE INITIALLY DEFERRED', called);
END $$"""  # noqa: S608  # names of our own


class Migration(migrations.Migration):
    dependencies = [("works", "0002_where_projects_lie")]

    operations = [migrations.RunSQL(again(*link, "ON DELETE SET NULL"), again(*link, "")) for link in LINKS]
