from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

SQUARE = models.Func("point_3857", function="layers_square", output_field=models.IntegerField())
CARRIED = ["category", "state", "visibility", "public_id", "point", "point_3857"]


class Migration(migrations.Migration):
    """Built beside the old one while reports come in; that goes when the new one stands."""

    atomic = False
    dependencies = [("issues", "0016_links_from_notes"), ("layers", "0004_squares")]

    operations = [
        AddIndexConcurrently("appeal", models.Index(SQUARE, "created_at", "id", include=CARRIED, name="appeal_square")),
        RemoveIndexConcurrently("appeal", "appeal_tile"),
        # Loads change a million rows at one moment: those are told apart by what pages name, the public id.
        AddIndexConcurrently("appeal", models.Index("updated_at", "public_id", name="appeal_changed")),
        RemoveIndexConcurrently("appeal", "appeal_changes"),
    ]
