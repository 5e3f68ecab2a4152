"""The room of what was built and paid: projects, contracts, the money ledger, repairs and who did them."""

from django.apps import AppConfig


class WorksConfig(AppConfig):
    name = "works"
    default_auto_field = "django.db.models.BigAutoField"
