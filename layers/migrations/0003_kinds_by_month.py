"""Kinds are counted by month, all over the world: in the table of totals, where zoom 0 by month has no cells of its own.

What was counted before cannot tell them. Until ``rebuild_pyramid`` has run, a row at the end of those kinds says so, and such numbers
are counted from the rows.
"""

from django.db import migrations

# A pyramid's number stands 45 bits high, "by month" 44, the zoom 40 (`layers.pyramid`).
UNTOLD = """
INSERT INTO layers_pyramidtotal (cell, su, sv, n1, n2, n3, n4, n5, month)
SELECT DISTINCT (cell >> 45 << 45) | (1::bigint << 44) | ((1::bigint << 40) - 1), 0, 0, 1, 0, 0, 0, 0, 0 FROM layers_pyramidtotal
ON CONFLICT DO NOTHING
"""
FORGOTTEN = "DELETE FROM layers_pyramidtotal WHERE (cell >> 40) & 31 = 16"


class Migration(migrations.Migration):
    dependencies = [("layers", "0002_finished_tiles")]

    operations = [migrations.RunSQL(UNTOLD, FORGOTTEN)]
