from django.contrib.postgres.indexes import GistIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    """Built beside the old one while reports come in; that goes when the new one stands."""

    atomic = False
    dependencies = [("works", "0006_search_indexes")]

    operations = [
        AddIndexConcurrently("repair", GistIndex("geometry", OpClass("kind", name="gist_text_ops"), name="repair_here")),
        RemoveIndexConcurrently("repair", "repair_geometry"),
    ]
