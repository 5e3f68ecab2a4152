#!/usr/bin/env python
"""Django's command line. ``script/manage`` calls it with the demo's database and settings."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "citymap.settings.base")
    execute_from_command_line(sys.argv)
