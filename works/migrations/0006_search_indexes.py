"""Titles, addresses and numbers of works are searched by their trigrams, as streets and addresses are."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations
from django.db.models.functions import Upper

from layers.names import EveryName


class Migration(migrations.Migration):
    dependencies = [("works", "0005_photos_of_works")]

    operations = [
        migrations.AddIndex(
            model_name="project",
            index=GinIndex(OpClass(Upper(EveryName("title")), name="gin_trgm_ops"), name="project_title_trigrams"),
        ),
        migrations.AddIndex(
            model_name="project",
            index=GinIndex(OpClass(Upper("public_id"), name="gin_trgm_ops"), name="project_number_trigrams"),
        ),
        migrations.AddIndex(
            model_name="repair",
            index=GinIndex(OpClass(Upper(EveryName("title")), name="gin_trgm_ops"), name="repair_title_trigrams"),
        ),
        migrations.AddIndex(
            model_name="repair",
            index=GinIndex(OpClass(Upper("address"), name="gin_trgm_ops"), name="repair_address_trigrams"),
        ),
        migrations.AddIndex(
            model_name="repair",
            index=GinIndex(OpClass(Upper("public_id"), name="gin_trgm_ops"), name="repair_number_trigrams"),
        ),
    ]
