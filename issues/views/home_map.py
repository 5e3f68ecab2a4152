"""What the home page tells its map: the layers that can be switched on, each with its filters, and names for the cards."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from issues.views.home_filters import ON_AT_FIRST, HomeFilters
from layers.declaration import MapLayer
from layers.map_page import page_words, switch, tile_queries, tile_sources


def config(
    layers: Sequence[MapLayer], shown: MapLayer, filters: HomeFilters, names: Mapping[str, str], words: Mapping[str, str]
) -> dict[str, Any]:
    """Return what the map module adds to the city's own map base (see frontend/src/map/config.ts). Asks nothing.

    ``shown`` is the layer of the list: it takes all filters of the page, the others take the period where they have one.
    """
    query = filters.tile_query()
    told: dict[str, Any] = {
        "tiles": tile_sources(layers, [layer.name for layer in layers]),
        "layers": switch(layers, filters.on),
        "atFirst": [layer.name for layer in layers if layer.name in ON_AT_FIRST],
        "shown": shown.name,
        "query": query,
        "queries": tile_queries(layers, filters.period) | {shown.name: query},
        "states": dict(words),
        "categories": dict(names),
        "page": shown.page.removesuffix("{key}"),
        "search": reverse("search-json"),
        "words": page_words(),
    }
    return told | {"area": list(filters.bbox)} if filters.bbox else told
