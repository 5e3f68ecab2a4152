# Tables by Django 5.2.19 on 2026-11-25 01:12

from django.contrib.postgres.operations import CreateExtension
from django.db import migrations, models


# Spreads six bits at a time by a table of what they become; inlined by the planner, and quicker than masks and shifts.
SPREAD = "'{0,1,4,5,16,17,20,21,64,65,68,69,80,81,84,85,256,257,260,261,272,273,276,277,320,321,324,325,336,337,340,341,1024,1025,1028,1029,1040,1041,1044,1045,1088,1089,1092,1093,1104,1105,1108,1109,1280,1281,1284,1285,1296,1297,1300,1301,1344,1345,1348,1349,1360,1361,1364,1365}'::bigint[]"


def spread(number: str) -> str:
    return " | ".join(f"(({SPREAD})[1 + (({number} >> {bits}) & 63)] << {2 * bits})" for bits in range(0, 30, 6))


MORTON = f"""
CREATE FUNCTION layers_morton(x integer, y integer) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN {spread("x")} | (({spread("y")}) << 1)
"""
# What a tile of counts holds, cell by cell: a point in units of the tile, how many, and the number of the most frequent value.
# Functions, because their plans are kept: planning took as long as reading. They are the same for every tile, so the plan
# need not know the numbers. A value that is as frequent as another gives way to the one before it.
SETTINGS = "STABLE PARALLEL SAFE ROWS 200 SET plan_cache_mode = force_generic_plan SET jit = off SET enable_seqscan = off"
COLUMNS = "RETURNS TABLE (geom geometry, n bigint, value smallint)"
FREQUENT = "(CASE greatest(n1, n2, n3, n4, n5) WHEN n1 THEN 1 WHEN n2 THEN 2 WHEN n3 THEN 3 WHEN n4 THEN 4 ELSE 5 END)::smallint"
POINT = "ST_MakePoint((su / {n} >> shift) - west, (sv / {n} >> shift) - north)"
NOTED = "first_cell + (d.place - first_place >> bits) AS cell, d.n * d.u::bigint AS su, d.n * d.v::bigint AS sv"
BY_VALUE = ", ".join(f"CASE d.value WHEN {one} THEN d.n ELSE 0 END AS n{one}" for one in range(1, 6))
SUMS = ", ".join(["sum(su)::bigint AS su", "sum(sv)::bigint AS sv", *(f"sum(n{one}) AS n{one}" for one in range(1, 6))])

# Of all kinds and all time. Where nothing waits to be merged, the counts are as they stand.
TOTALS = f"""
CREATE FUNCTION layers_totals(first_cell bigint, last_cell bigint, first_place bigint, last_place bigint, bits integer,
                              shift integer, west integer, north integer) {COLUMNS} LANGUAGE plpgsql {SETTINGS} AS $$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM layers_pyramiddelta AS d WHERE d.place BETWEEN first_place AND last_place) THEN
        RETURN QUERY
        SELECT {POINT.format(n="n")}, n, {FREQUENT}
        FROM (SELECT *, (n1 + n2 + n3 + n4 + n5)::bigint AS n FROM layers_pyramidtotal
              WHERE cell BETWEEN first_cell AND last_cell AND month = 0 OFFSET 0) AS counted
        WHERE n > 0 ORDER BY cell;
    ELSE
        RETURN QUERY
        SELECT {POINT.format(n="n")}, n, {FREQUENT}
        FROM (SELECT *, (n1 + n2 + n3 + n4 + n5)::bigint AS n
              FROM (SELECT cell, {SUMS}
                    FROM (SELECT cell, su, sv, n1, n2, n3, n4, n5 FROM layers_pyramidtotal
                          WHERE cell BETWEEN first_cell AND last_cell AND month = 0
                          UNION ALL
                          SELECT {NOTED}, {BY_VALUE} FROM layers_pyramiddelta AS d
                          WHERE d.place BETWEEN first_place AND last_place) AS every
                    GROUP BY cell) AS summed OFFSET 0) AS counted
        WHERE n > 0 ORDER BY cell;
    END IF;
END
$$
"""
# Of all kinds, by months, of these values (1 is wanted, 0 is not); in the middle of all that is counted there.
MONTHS = f"""
CREATE FUNCTION layers_months(first_cell bigint, last_cell bigint, first_place bigint, last_place bigint, bits integer,
                              shift integer, west integer, north integer,
                              first_month integer, last_month integer, wanted integer[]) {COLUMNS} LANGUAGE plpgsql {SETTINGS} AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT {POINT.format(n="every_n")}, n, {FREQUENT}
    FROM (SELECT *, n1 + n2 + n3 + n4 + n5 AS n
          FROM (SELECT cell, su, sv, n1 + n2 + n3 + n4 + n5 AS every_n,
                       {", ".join(f"n{one} * wanted[{one}] AS n{one}" for one in range(1, 6))}
                FROM (SELECT cell, {SUMS}
                      FROM (SELECT cell, su, sv, n1, n2, n3, n4, n5 FROM layers_pyramidtotal
                            WHERE cell BETWEEN first_cell AND last_cell AND month BETWEEN first_month AND last_month
                            UNION ALL
                            SELECT {NOTED}, {BY_VALUE} FROM layers_pyramiddelta AS d
                            WHERE d.place BETWEEN first_place AND last_place AND d.month BETWEEN first_month AND last_month) AS every
                      GROUP BY cell) AS summed) AS chosen OFFSET 0) AS counted
    WHERE n > 0 ORDER BY cell;
END
$$
"""
# Of all time, of these kinds (NULL is all) and values.
PARTS = f"""
CREATE FUNCTION layers_parts(first_cell bigint, last_cell bigint, first_place bigint, last_place bigint, bits integer,
                             shift integer, west integer, north integer, kinds integer[], wanted integer[])
    {COLUMNS} LANGUAGE plpgsql {SETTINGS} AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT {POINT.format(n="n")}, n, {FREQUENT}
    FROM (SELECT *, n1 + n2 + n3 + n4 + n5 AS n
          FROM (SELECT cell, {SUMS}
                FROM (SELECT d.cell, d.su, d.sv, {BY_VALUE} FROM layers_pyramidpart AS d
                      WHERE d.cell BETWEEN first_cell AND last_cell
                        AND wanted[d.value] = 1 AND (kinds IS NULL OR d.kind = ANY(kinds))
                      UNION ALL
                      SELECT {NOTED}, {BY_VALUE} FROM layers_pyramiddelta AS d
                      WHERE d.place BETWEEN first_place AND last_place
                        AND wanted[d.value] = 1 AND (kinds IS NULL OR d.kind = ANY(kinds))) AS every
                GROUP BY cell) AS summed OFFSET 0) AS counted
    WHERE n > 0 ORDER BY cell;
END
$$
"""
# Counts change in place, so there is room for the next version of a row on its page. A tile reads a page's dead rows as well, and
# a few notes are rewritten all the time: both are cleaned up long before a fifth of the rows is dead.
STORAGE = """
ALTER TABLE layers_pyramidpart SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);
ALTER TABLE layers_pyramidtotal SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);
ALTER TABLE layers_pyramiddelta SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_analyze_scale_factor = 0.5, autovacuum_analyze_threshold = 5000);
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        CreateExtension('postgis'),
        migrations.CreateModel(
            name='PyramidPart',
            fields=[
                ('pk', models.CompositePrimaryKey('cell', 'kind', 'value', blank=True, editable=False, primary_key=True, serialize=False)),
                ('cell', models.BigIntegerField()),
                ('su', models.BigIntegerField()),
                ('sv', models.BigIntegerField()),
                ('kind', models.IntegerField()),
                ('n', models.IntegerField()),
                ('value', models.SmallIntegerField()),
            ],
            options={
                'verbose_name': 'count by kind',
                'verbose_name_plural': 'counts by kind',
            },
        ),
        migrations.CreateModel(
            name='PyramidTotal',
            fields=[
                ('pk', models.CompositePrimaryKey('cell', 'month', blank=True, editable=False, primary_key=True, serialize=False)),
                ('cell', models.BigIntegerField()),
                ('su', models.BigIntegerField()),
                ('sv', models.BigIntegerField()),
                ('n1', models.IntegerField()),
                ('n2', models.IntegerField()),
                ('n3', models.IntegerField()),
                ('n4', models.IntegerField()),
                ('n5', models.IntegerField()),
                ('month', models.SmallIntegerField()),
            ],
            options={
                'verbose_name': 'count of a cell',
                'verbose_name_plural': 'counts of cells',
            },
        ),
        migrations.CreateModel(
            name='PyramidDelta',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.BigIntegerField()),
                ('u', models.IntegerField()),
                ('v', models.IntegerField()),
                ('kind', models.IntegerField()),
                ('n', models.IntegerField()),
                ('month', models.SmallIntegerField()),
                ('value', models.SmallIntegerField()),
            ],
            options={
                'verbose_name': 'change of the counts',
                'verbose_name_plural': 'changes of the counts',
                'indexes': [models.Index(fields=['place'], name='pyramid_delta_place')],
            },
        ),
        migrations.RunSQL(MORTON, "DROP FUNCTION layers_morton(integer, integer)"),
        migrations.RunSQL([TOTALS, MONTHS, PARTS], "DROP FUNCTION layers_totals, layers_months, layers_parts"),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
    ]
