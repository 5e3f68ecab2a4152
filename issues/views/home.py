"""The home page: what people reported, as a list and as a map beside it, with the same filters in the address."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gis_data.names import in_language
from issues import states
from issues.models import Category
from issues.views import home_filters, home_map
from issues.views.home_filters import HomeFilters
from issues.views.home_list import Kind, listing
from layers.declaration import MapLayer
from layers.embed import local, shared
from layers.finding import may_see
from layers.scene import Scene


@dataclass(frozen=True, slots=True)
class Choice:
    """A box to tick in the filter form."""

    code: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force and the address without it."""

    name: str
    href: str


@require_safe
def home(request: HttpRequest, layers: Sequence[MapLayer], scene: Scene) -> HttpResponse:
    """List and map of public reports. Unknown or broken filters are left out, with a sentence."""
    kinds = _kinds()
    names = {code: kind.name for code, kind in kinds.items()}
    seen = [layer for layer in layers if may_see(layer, request)]
    filters = home_filters.parse(request.GET, names, [layer.name for layer in seen])
    query = filters.without(layers=None).address().removeprefix("?")
    page = listing(filters, kinds, before=request.GET.get("before", ""), after=request.GET.get("after", ""))
    words: dict[str, str] = {code: str(word) for code, word in states.PUBLIC_STATES.items()}
    links = shared(scene, query, get_language() or "en")
    return render(
        request,
        "issues/home.html",
        {
            "filters": filters,
            "states": [Choice(code, word, code in filters.states) for code, word in words.items()],
            "categories": [Choice(code, name, code in filters.categories) for code, name in names.items()],
            "chips": _chips(filters, names, words),
            "rows": page.rows,
            "newer": filters.address(after=page.newer) if page.newer else "",
            "older": filters.address(before=page.older) if page.older else "",
            "config": (config := home_map.config(seen, scene.shown, filters, names, words)),
            "layers": config["layers"],
            "links": links,
            "feed": local(links.feed),
            "share_query": query,
        },
    )


def _kinds() -> dict[str, Kind]:
    """The public categories by code, in alphabetical order of their names in the reader's language."""
    rows = Category.objects.filter(public=True).order_by().values_list("code", "id", "names")
    kinds = ((code, Kind(key, in_language(names))) for code, key, names in rows)
    return dict(sorted(kinds, key=lambda row: row[1].name.casefold()))


def _chips(filters: HomeFilters, names: dict[str, str], words: dict[str, str]) -> list[Chip]:
    chips = [
        Chip(words[code], filters.without(states=tuple(s for s in filters.states if s != code)).address())
        for code in filters.states
    ]
    chips += [
        Chip(names[code], filters.without(categories=tuple(c for c in filters.categories if c != code)).address())
        for code in filters.categories
    ]
    if filters.since or filters.until:
        chips.append(Chip(_period(filters), filters.without(since=None, until=None).address()))
    if filters.bbox:
        chips.append(Chip(_("Chosen area of the map"), filters.without(bbox=None).address()))
    return chips


def _period(filters: HomeFilters) -> str:
    since = date_format(filters.since, "SHORT_DATE_FORMAT") if filters.since else ""
    until = date_format(filters.until, "SHORT_DATE_FORMAT") if filters.until else ""
    if since and until:
        return _("%(since)s to %(until)s") % {"since": since, "until": until}
    return _("from %(since)s") % {"since": since} if since else _("until %(until)s") % {"until": until}
