"""The table of the log-in limits, as Django's `createcachetable` would make it; unlogged: losing it costs nothing."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE accounts_limit (
                cache_key varchar(255) PRIMARY KEY,
                value text NOT NULL,
                expires timestamptz NOT NULL
            );
            CREATE INDEX accounts_limit_expires ON accounts_limit (expires);
            """,
            "DROP TABLE accounts_limit",
        )
    ]
