"""The recipe of docs/layers.md, cooked: an app of the code that stands there, its migration, and addresses that know its layer."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.test import override_settings
from django.urls import URLPattern, clear_url_caches

import citymap.urls
from citymap.layers import LAYERS
from layers.declaration import MapLayer, listed

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs/layers.md"
_BLOCK: Final = re.compile(r"^```python\n# (\S+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks() -> dict[str, str]:
    """The code of the document by the file that it names."""
    return dict(_BLOCK.findall(DOCUMENT.read_text()))


def write_app(folder: Path) -> None:
    """Write the app ``trees`` as the document says, with the empty files that any app has."""
    (folder / "trees/migrations").mkdir(parents=True)
    for name in ("trees/__init__.py", "trees/migrations/__init__.py"):
        (folder / name).write_text("")
    for name, text in blocks().items():
        if name.startswith("trees/"):
            (folder / name).write_text(text)


@contextmanager
def a_city_with_trees(folder: Path) -> Iterator[Sequence[MapLayer]]:
    """The app is installed, its generated migration applied, its layer listed and handed to all doors."""
    sys.path.insert(0, str(folder))
    try:
        with override_settings(INSTALLED_APPS=[*_installed(), "trees"]):
            if not any((folder / "trees/migrations").glob("0001_*.py")):
                call_command("makemigrations", "trees", verbosity=0)
                importlib.invalidate_caches()
            call_command("migrate", "trees", verbosity=0)
            layers = listed(*LAYERS, importlib.import_module("trees.map_layers").TREES)
            with override_settings(ROOT_URLCONF=_addresses(layers), MAP_LAYERS=f"{_addresses(layers)}.LAYERS"):
                clear_url_caches()
                yield layers
    finally:
        sys.path.remove(str(folder))
        clear_url_caches()
        ContentType.objects.clear_cache()


def _installed() -> list[str]:
    from django.conf import settings

    return list(settings.INSTALLED_APPS)


def _addresses(layers: Sequence[MapLayer]) -> str:
    """A module with the product's own addresses, each door with the longer list; whatever doors there are."""
    module: Any = ModuleType("addresses_with_trees")
    module.LAYERS = layers
    module.handler500 = citymap.urls.handler500
    module.urlpatterns = [_with(one, layers) if isinstance(one, URLPattern) else one for one in citymap.urls.urlpatterns]
    sys.modules[module.__name__] = module
    return str(module.__name__)


def _with(one: URLPattern, layers: Sequence[MapLayer]) -> URLPattern:
    arguments = {**one.default_args, "layers": layers} if "layers" in one.default_args else one.default_args
    return URLPattern(one.pattern, one.callback, arguments, one.name)
