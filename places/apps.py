"""The room of what happened here: pages and findings that join reports and money."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "places"
    default_auto_field = "django.db.models.BigAutoField"
