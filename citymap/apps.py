from django.apps import AppConfig


class CityMapConfig(AppConfig):
    name = "citymap"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Here, because both need loaded apps: the checks register themselves, the schedule names the apps' own jobs.
        from citymap import checks  # noqa: F401, PLC0415
        from citymap.celery import app  # noqa: PLC0415
        from gis_data.nightly import BEAT as NIGHTLY  # noqa: PLC0415
        from issues.housekeeping import BEAT as HOUSEKEEPING  # noqa: PLC0415
        from issues.links import BEAT as LINKS  # noqa: PLC0415
        from layers.tasks import BEAT as COUNTS  # noqa: PLC0415
        from notifications.tasks import BEAT  # noqa: PLC0415
        from opendata.nightly import BEAT as PUBLISHING  # noqa: PLC0415
        from places.nightly import BEAT as DISTRICTS  # noqa: PLC0415
        from works.tasks import BEAT as UPLOADS  # noqa: PLC0415

        app.conf.beat_schedule = {**BEAT, **COUNTS, **NIGHTLY, **HOUSEKEEPING, **LINKS, **DISTRICTS, **UPLOADS, **PUBLISHING}
