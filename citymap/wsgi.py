"""The WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citymap.settings.base")

application = get_wsgi_application()

from citymap.checks import refuse_demo_accounts  # noqa: E402  # needs loaded apps

refuse_demo_accounts()
