"""Edges of the boundaries that are there already; districts are meant to cover the city."""

from django.db import migrations

_FILL = """
INSERT INTO gis_data_boundaryedge (boundary_id, line) SELECT id, ST_Subdivide(ST_Boundary(geometry), 16) FROM gis_data_boundary;
UPDATE gis_data_boundaryset SET gap_m = 300 WHERE is_district;
"""
_EMPTY = "DELETE FROM gis_data_boundaryedge;"


class Migration(migrations.Migration):

    dependencies = [("gis_data", "0002_boundary_edges_and_drafts")]

    operations = [migrations.RunSQL(_FILL, _EMPTY)]
