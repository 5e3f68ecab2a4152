# Photos of works before and after, kept here, with the history of what was removed.

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pghistory', '0007_auto_20250421_0444'),
        ('works', '0004_uploads_and_kept_history'),
    ]

    operations = [
        migrations.CreateModel(
            name='WorksPhoto',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('time', models.CharField(choices=[('before', 'before the works'), ('after', 'after the works')], max_length=6)),
                ('name', models.CharField(max_length=32, unique=True)),
                ('width', models.PositiveIntegerField()),
                ('height', models.PositiveIntegerField()),
                ('size', models.PositiveIntegerField()),
                ('taken_on', models.DateField(blank=True, null=True)),
                ('note', models.CharField(blank=True, db_default='', max_length=200)),
                ('invented', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'verbose_name': 'photo of works',
                'verbose_name_plural': 'photos of works',
            },
        ),
        migrations.CreateModel(
            name='WorksPhotoEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('time', models.CharField(choices=[('before', 'before the works'), ('after', 'after the works')], max_length=6)),
                ('name', models.CharField(max_length=32)),
                ('width', models.PositiveIntegerField()),
                ('height', models.PositiveIntegerField()),
                ('size', models.PositiveIntegerField()),
                ('taken_on', models.DateField(blank=True, null=True)),
                ('note', models.CharField(blank=True, db_default='', max_length=200)),
                ('invented', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='worksphoto',
            name='project',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='photos', to='works.project'),
        ),
        migrations.AddField(
            model_name='worksphoto',
            name='repair',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='photos', to='works.repair'),
        ),
        migrations.AddField(
            model_name='worksphotoevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='worksphotoevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='works.worksphoto'),
        ),
        migrations.AddField(
            model_name='worksphotoevent',
            name='project',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='works.project'),
        ),
        migrations.AddField(
            model_name='worksphotoevent',
            name='repair',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='works.repair'),
        ),
        migrations.AddConstraint(
            model_name='worksphoto',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('project__isnull', True), ('repair__isnull', False)), models.Q(('project__isnull', False), ('repair__isnull', True)), _connector='OR'), name='a_photo_shows_one_kind_of_works'),
        ),
        migrations.AddConstraint(
            model_name='worksphoto',
            constraint=models.CheckConstraint(condition=models.Q(('time__in', ['before', 'after'])), name='photo_is_of_before_or_after'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='worksphoto',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "works_worksphotoevent" ("created_at", "height", "id", "invented", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "project_id", "repair_id", "size", "taken_on", "time", "width") VALUES (OLD."created_at", OLD."height", OLD."id", OLD."invented", OLD."name", OLD."note", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."project_id", OLD."repair_id", OLD."size", OLD."taken_on", OLD."time", OLD."width"); RETURN NULL;', hash='65f4eb5327d4ae857414b0a045a547c7eaacc561', operation='UPDATE', pgid='pgtrigger_update_update_79c82', table='works_worksphoto', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='worksphoto',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "works_worksphotoevent" ("created_at", "height", "id", "invented", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "project_id", "repair_id", "size", "taken_on", "time", "width") VALUES (OLD."created_at", OLD."height", OLD."id", OLD."invented", OLD."name", OLD."note", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."project_id", OLD."repair_id", OLD."size", OLD."taken_on", OLD."time", OLD."width"); RETURN NULL;', hash='eb37395de14b7e13f57c785c80f94e24469d83b8', operation='DELETE', pgid='pgtrigger_delete_delete_77c13', table='works_worksphoto', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='worksphotoevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate % table', TG_TABLE_NAME;", hash='e31cdae9c913ffc64f4612414e90bdb3a93988a4', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_410f0', table='works_worksphotoevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='worksphotoevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='8222a16d7490df6ea12bf27b336daab93e157a25', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_7834b', table='works_worksphotoevent', when='BEFORE')),
        ),
    ]
