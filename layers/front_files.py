"""Files of the built front end that the server itself needs: Leaflet for shareable maps, the font for pictures."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.staticfiles import finders

_FONT: Final = "node_modules/@fontsource-variable/onest/files/onest-{}-wght-normal.woff2"


def built(name: str) -> Path:
    """Return the path of a built file; raises FileNotFoundError, which means that the front end was not built."""
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(f"{name}: build the front end first")
    return Path(found)


@cache
def font_file(script: str) -> Path:
    """Return the font's file for a script (latin, cyrillic …)."""
    manifest = json.loads(Path(str(settings.DJANGO_VITE["default"]["manifest_path"])).read_text())
    return built(manifest[_FONT.format(script)]["file"])
