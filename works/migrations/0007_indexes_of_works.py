from django.contrib.postgres.indexes import GistIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


def by_public_id(model):
    """What a load wrote at one moment is told apart by what pages name, the public id (`layers.positions`)."""
    yield AddIndexConcurrently(model, models.Index(fields=["created_at", "public_id"], name=f"{model}_newest"))
    yield RemoveIndexConcurrently(model, f"{model}_time")
    yield AddIndexConcurrently(model, models.Index(fields=["updated_at", "public_id"], name=f"{model}_changed"))
    yield RemoveIndexConcurrently(model, f"{model}_changes")


class Migration(migrations.Migration):
    """Built beside the old one while reports come in; that goes when the new one stands."""

    atomic = False
    dependencies = [("works", "0006_search_indexes")]

    operations = [
        AddIndexConcurrently("repair", GistIndex("geometry", OpClass("kind", name="gist_text_ops"), name="repair_here")),
        RemoveIndexConcurrently("repair", "repair_geometry"),
        *(change for model in ("repair", "project") for change in by_public_id(model)),
    ]
