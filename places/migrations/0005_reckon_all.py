from django.db import migrations


class Migration(migrations.Migration):
    """All money, reckoned before the commit of this alone: works and the ground are only read, whoever writes money waits its turn."""

    dependencies = [("places", "0004_reckon_by_place")]

    operations = [
        migrations.RunSQL(
            "INSERT INTO places_moneyknock VALUES (txid_current()) ON CONFLICT DO NOTHING", migrations.RunSQL.noop
        ),
    ]
