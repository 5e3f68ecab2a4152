"""``python -m tests.bench NAME …``: set Django up and call ``main(argv)`` of the named bench."""

import importlib
import sys

import django

if __name__ == "__main__":
    django.setup()
    sys.exit(importlib.import_module(f"tests.bench.{sys.argv[1]}").main(sys.argv[2:]))
