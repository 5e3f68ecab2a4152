"""The map of a shareable file: folium draws the ground, as script text that fetches nothing.

Folium's parts are rendered twice as Jinja templates, so that words from the data would be run on this machine. Only numbers
are given to it, and what it must not be given stands in `layers.single_file`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from layers.grid import Box
from layers.scene import Ground
from layers.scene_shapes import merged

_RANDOM: Final = re.compile(r"[0-9a-f]{32}")
_AREA: Final = {"color": "#8793ab", "weight": 1.5, "fillColor": "#ffffff", "fillOpacity": 0.9, "interactive": False}
_LINE: Final = {"color": "#cfc9bb", "weight": 1.5, "fill": False, "interactive": False}


@dataclass(frozen=True, slots=True)
class DrawnMap:
    """The element of the map, the script that draws it, and the name of the script's variable that holds it."""

    element: str
    script: str
    variable: str


def draw(ground: Sequence[Ground], box: Box) -> DrawnMap:
    """Return the map of this box (degrees), with scale bar and the ground's outlines. The same ground gives the same text."""
    import folium  # noqa: PLC0415  # a second to load and 60 MB: only who saves a file pays for it

    west, south, east, north = box
    # On a canvas: two thousand pieces of streets are one picture there, and thousands of elements as SVG.
    drawn = folium.Map(location=[(south + north) / 2, (west + east) / 2], tiles=None, control_scale=True, prefer_canvas=True)
    for under in ground:
        for geometry in merged([shape for shape, _name in under.shapes]):
            style = _LINE if geometry["type"] == "MultiLineString" else _AREA
            feature = {"type": "Feature", "properties": {}, "geometry": geometry}
            folium.GeoJson(feature, style_function=lambda _feature, style=style: style, control=False).add_to(drawn)
    drawn.fit_bounds([[south, west], [north, east]])
    figure: Any = drawn.get_root()
    figure.render()
    names = _Names()
    element, script = (_RANDOM.sub(names, part.render()).strip() for part in (figure.html, figure.script))
    return DrawnMap(element, script, _RANDOM.sub(names, drawn.get_name()))


class _Names:
    """Numbers in the place of folium's random names."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}

    def __call__(self, found: re.Match[str]) -> str:
        return self.seen.setdefault(found[0], str(len(self.seen)))
