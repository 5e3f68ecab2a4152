"""What a page tells the map modules of the front end: the ground every map stands on, and the layers drawn on it.

Bounds are (west, south, east, north) in degrees, SRID 4326. The addresses are templates with {z}, {x}, {y} (XYZ scheme).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from layers.declaration import ChoiceMany, DateRange, MapLayer, NameField

BASEMAP: Final = "/basemap/city.pmtiles"
#: As many symbols as the style sheet has colours for; a layer further down the list shares one, but not its form of drawing.
SYMBOLS: Final = 6
Bounds = tuple[float, float, float, float]


def map_base(*, bounds: Bounds, credits: Sequence[str], language: str) -> dict[str, Any]:
    """Return what all maps of the city share; base.html puts it on every page that draws a map."""
    return {
        "basemap": BASEMAP,
        "bounds": list(bounds),
        "language": language,
        "tiles": {},
        "words": {**_words(), "attribution": " · ".join(credits)},
    }


def tile_sources(layers: Sequence[MapLayer], names: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return where the tiles of the layers called ``names`` are and how they are drawn, in the form the map modules read.

    A live layer has the template of its tiles; of any other the map reads the description (``json``) when it is drawn, which names
    the edition of the rows: its tiles may be kept for good, and the page itself asks for no edition.
    """
    symbols = _symbols(layers)
    return {layer.name: _source(layer, symbols[layer.name]) for layer in layers if layer.name in names}


def _symbols(layers: Sequence[MapLayer]) -> dict[str, int]:
    """The number of each layer's symbol; a layer whose things are drawn by their state has none of its own, and 0 here."""
    own = [layer.name for layer in layers if not _by_state(layer)]
    return {layer.name: own.index(layer.name) % SYMBOLS if layer.name in own else 0 for layer in layers}


def _by_state(layer: MapLayer) -> bool:
    return layer.grid_value == "state"


def _source(layer: MapLayer, symbol: int) -> dict[str, Any]:
    described = _described(layer)
    return {
        "url": "" if described else tile_template(layer.name),
        "json": reverse("tilejson", kwargs={"name": layer.name}) if described else "",
        "minzoom": layer.min_zoom,
        "maxzoom": layer.max_zoom,
        "geometry": layer.geometry,
        "value": layer.grid_value,
        "symbol": symbol,
        "forms": {"field": layer.forms.field, "of": dict(layer.forms.of)} if layer.forms else None,
    }


def _described(layer: MapLayer) -> bool:
    """Whether the layer has editions, which its description names."""
    return layer.fresh_seconds > 1


def switch(layers: Sequence[MapLayer], on: Collection[str]) -> list[dict[str, Any]]:
    """Return the layers as the switcher of a map lists them: what each is called, whether it is drawn, what a card tells of a thing.

    ``period``: it takes ``from`` and ``to``. ``counts`` and ``months`` are the addresses of its numbers, ``months`` '' where none are kept.
    """
    symbols = _symbols(layers)
    return [
        {
            "name": layer.name,
            "title": str(layer.title),
            "geometry": layer.geometry,
            "symbol": symbols[layer.name],
            "states": _by_state(layer),
            "forms": [(code, str(word)) for code, word in layer.forms.words.items()] if layer.forms else [],
            "minzoom": layer.min_zoom,
            "on": layer.name in on,
            "filters": [one.name for one in layer.filters if isinstance(one, ChoiceMany)],
            "period": has_period(layer),
            "counts": reverse("counts", kwargs={"name": layer.name}),
            "months": reverse("months", kwargs={"name": layer.name}) if layer.pyramid else "",
            "key": layer.key,
            "page": layer.page,
            "fields": {field.name: str(field.title) for field in layer.fields},
            "values": {
                field.name: {code: str(words) for code, words in field.values.items()} for field in layer.fields if field.values
            },
        }
        for layer in layers
    ]


def has_period(layer: MapLayer) -> bool:
    """Whether the layer can be asked for a period in the words of the page's address."""
    return any(isinstance(one, DateRange) and one.parameters == ("from", "to") for one in layer.filters)


def tile_queries(layers: Iterable[MapLayer], period: Mapping[str, str]) -> dict[str, str]:
    """Return what to ask of each layer's tiles by name: the period where it has one, the language where something is told in it."""
    queries = {}
    for layer in layers:
        asked = dict(period) if has_period(layer) else {}
        # The description of a layer names its sources.
        if _described(layer) or any(isinstance(field, NameField) for field in layer.fields):
            asked["lang"] = get_language() or "en"
        queries[layer.name] = urlencode(asked)
    return queries


def tile_template(name: str) -> str:
    """Return the address template of a layer's tiles."""
    return reverse("tile", kwargs={"name": name, "z": "0", "x": "0", "y": "0"}).replace("0/0/0.mvt", "{z}/{x}/{y}.mvt")


def _words() -> dict[str, str]:
    return {
        "zoomIn": _("Zoom in"),
        "zoomOut": _("Zoom out"),
        "locate": _("My location"),
        "noLocation": _("Your location is not available"),
        "credits": _("Sources of the map"),
        "close": _("Close"),
        "open": _("Open the report"),
        "openThing": _("Open its page"),
        "late": _("late"),
        "pin": _("Move the map until the pin stands on the problem"),
        "outside": _("Your location is outside the city."),
        "searching": _("Searching…"),
        "moreLetters": _("Write more letters: one word needs at least three."),
        "nothingFound": _("No such address in the city. Try fewer letters, or move the pin on the map."),
        "onMap": _("Pinned on the map, away from known addresses"),
        "near": _("Near %(address)s"),
        "failed": _("The answer did not come. Please try again."),
    }


def page_words() -> dict[str, str]:
    """Return the words of the map page's own controls."""
    return {
        "yes": _("yes"),
        "no": _("no"),
        "total": _("Found: %(number)s"),
        "allTime": _("All time"),
        "span": "%(since)s – %(until)s",
        "play": _("Play"),
        "pause": _("Pause"),
        "month": "%(month)s: %(number)s",
        "playing": _("The months are loading…"),
        "noMonths": _("The months did not come. Please try again."),
        "emptyMonths": _("Nothing was reported in this part of the map in these months."),
        "keys": _("Arrow keys move the map, plus and minus zoom, Enter opens what is nearest the cross, Escape closes it."),
        "nothingNear": _("Nothing on the map is near the cross."),
        "someFound": _("Results: %(number)s. Use the up and down arrow keys."),
        "noneFound": _("Nothing was found."),
        "didYouMean": _("Nothing is called so. Did you mean:"),
        "threeLetters": _("Write at least three letters."),
    }
