"""The ASGI entry point."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citymap.settings.base")

application = get_asgi_application()

from citymap.checks import refuse_demo_accounts  # noqa: E402  # needs loaded apps

refuse_demo_accounts()
