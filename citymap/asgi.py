"""The ASGI entry point."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citymap.settings.base")
django.setup(set_prefix=False)

from citymap.checks import refuse_demo_accounts  # noqa: E402  # needs loaded apps
from citymap.requests import Asgi  # noqa: E402

application = Asgi()
refuse_demo_accounts()
