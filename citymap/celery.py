"""The Celery app. Celery is only the doorbell: what must happen stands in the outbox."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citymap.settings.base")

app = Celery("citymap")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(related_name="housekeeping")
app.autodiscover_tasks(related_name="nightly")
app.autodiscover_tasks(related_name="links")
