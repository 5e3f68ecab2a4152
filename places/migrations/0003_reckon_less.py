import django.contrib.gis.db.models.fields
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import F

SUMMED = ("stage", "currency", "amount")
COVERING = (
    {"fields": ["district", "year", "id"], "include": ["kind", "contractor", "street", *SUMMED], "name": "money_share_sum_district"},
    {"fields": ["kind", "year", "id"], "include": ["district", "contractor", "street", *SUMMED], "name": "money_share_sum_kind"},
    {"fields": ["contractor", "id"], "include": ["year", "district", "kind", "street", *SUMMED], "name": "money_share_contractor"},
)


class Migration(migrations.Migration):
    """Built beside the old ones while pages of money are read; these go when the new ones stand. What may fail comes first."""

    atomic = False
    dependencies = [("places", "0002_reckon_before_commit")]

    operations = [
        migrations.RenameIndex("moneyshare", new_name="money_share_contractor_old", old_name="money_share_contractor"),
        *(AddIndexConcurrently("moneyshare", models.Index(**one)) for one in COVERING),
        *(
            RemoveIndexConcurrently("moneyshare", name)
            for name in ("money_share_district", "money_share_kind", "money_share_contractor_old")
        ),
        AddIndexConcurrently(
            "moneytotal", models.Index("level", "stage", "currency", F("amount").desc(), name="money_total_largest")
        ),
        migrations.CreateModel(
            name="MoneyDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("singleton", models.BooleanField(default=True, editable=False, unique=True)),
                ("day", models.DateField()),
            ],
            options={
                "verbose_name": "day of the districts of money",
                "verbose_name_plural": "days of the districts of money",
            },
        ),
        migrations.AddField(
            "moneynote", "shape", django.contrib.gis.db.models.fields.GeometryField(null=True, spatial_index=False, srid=4326)
        ),
        migrations.AddField("moneynote", "names", models.CharField(db_default="", max_length=32)),
    ]
