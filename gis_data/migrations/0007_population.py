# How many people live in an area, told by the city pack with its day and its source.

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gis_data', '0006_names_and_address_places'),
    ]

    operations = [
        migrations.CreateModel(
            name='Population',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=80)),
                ('residents', models.PositiveIntegerField()),
                ('counted_on', models.DateField()),
                ('source', models.JSONField()),
                ('boundary_set', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='gis_data.boundaryset')),
            ],
            options={
                'verbose_name': 'population of an area',
                'verbose_name_plural': 'populations of areas',
                'constraints': [models.UniqueConstraint(fields=('boundary_set', 'code', 'counted_on'), name='an_area_is_counted_once_a_day')],
            },
        ),
    ]
