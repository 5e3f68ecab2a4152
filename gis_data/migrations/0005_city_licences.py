"""Under what terms each data set of the city may be used; nothing is stated for cities that are there already."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gis_data", "0004_pack_said")]

    operations = [
        migrations.AddField(
            model_name="city",
            name="licences",
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
    ]
