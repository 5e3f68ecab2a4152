"""What base.html needs on every page: the city's words, the look, and which rooms this person may enter."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from accounts.demo import demo_accounts_present
from accounts.models import Role
from accounts.permissions import staff_of
from citymap.city import current_city
from citymap.theme import chosen_theme
from gis_data.names import in_language
from layers.map_page import Bounds, map_base
from works.views.photos import keeps_photos

_DESK = {Role.CLERK, Role.DISPATCHER, Role.HEAD, Role.ADMIN}
_WORKSHOP = {Role.DISPATCHER, Role.ADMIN}
_WORLD: Bounds = (-180.0, -85.0, 180.0, 85.0)


@dataclass(frozen=True, slots=True)
class CityWords:
    """The city as a page names it; ``bounds`` are west, south, east, north in degrees (SRID 4326)."""

    name: str = "CityMap"
    invented: bool = False
    credits: tuple[str, ...] = ()
    bounds: Bounds = _WORLD
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rooms:
    """Which staff rooms the navigation offers. It only hides links; the views guard themselves."""

    desk: bool = False
    crew: bool = False
    outbox: bool = False
    workshop: bool = False
    works: bool = False
    photos: bool = False


def page(request: HttpRequest) -> dict[str, Any]:
    """Context of every page. The one query (a logged-in person's roles) waits until a template asks for it."""
    return {
        "city": SimpleLazyObject(city_words),
        "rooms": SimpleLazyObject(lambda: _rooms(request)),
        "theme": chosen_theme(request),
        "demo_mode": settings.DEMO_MODE,
        "demo_accounts": SimpleLazyObject(demo_accounts_present),
        "map_base": _map_base,
    }


def city_words() -> CityWords:
    """The city in the active language; nameless defaults until a city is loaded, so that pages work."""
    city = current_city()
    if city is None:
        return CityWords(languages=tuple(code for code, _name in settings.LANGUAGES))
    return CityWords(
        name=in_language(city.names),
        invented=city.invented,
        languages=tuple(code for code, _name in settings.LANGUAGES if code in city.languages),
        credits=tuple(_credit(credit) for credit in city.credits),
        bounds=city.bounds.extent,
    )


def _map_base() -> dict[str, Any]:
    city = city_words()
    return map_base(bounds=city.bounds, credits=city.credits, language=get_language() or "en")


def _credit(credit: Any) -> str:
    """A credit is a sentence, or a sentence by language."""
    return in_language(credit) if isinstance(credit, dict) else str(credit)


def _rooms(request: HttpRequest) -> Rooms:
    staff = staff_of(request)
    roles = staff.roles
    return Rooms(
        desk=bool(roles & _DESK),
        crew=Role.CREW in roles,
        outbox=Role.ADMIN in roles,
        workshop=bool(roles & _WORKSHOP),
        works=Role.ADMIN in roles,
        photos=keeps_photos(staff),
    )
