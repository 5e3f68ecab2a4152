"""The wiring of CityMap: settings, URL list, layer list, handlers. No model, no rule."""

from citymap.celery import app as celery_app

__all__ = ["celery_app"]
