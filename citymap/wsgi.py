"""The WSGI entry point."""

import gc
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citymap.settings.base")
django.setup(set_prefix=False)

from citymap.checks import refuse_demo_accounts  # noqa: E402  # needs loaded apps
from citymap.requests import Wsgi  # noqa: E402

application = Wsgi()
refuse_demo_accounts()

# What is loaded by now stays for the life of the process: looking through it again for rubbish costs a report a tenth of its time.
gc.freeze()
gc.set_threshold(50_000, 20, 20)
