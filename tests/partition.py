"""Invented districts that cover a box without gap or overlap: neighbours share every vertex of their border, to the last bit."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

#: As shares of a district's size: how far corners and borders stray. More, and borders might cross.
_CORNER_STRAYS: Final = 0.12
_BORDER_STRAYS: Final = 0.06
_ROUGH: Final = 0.002
_WAVES: Final = 6


def partition(columns: int, rows: int, vertices: int, bounds: tuple[float, float, float, float], seed: int) -> list[Polygon]:
    """Cut ``bounds`` (west, south, east, north) into ``columns`` × ``rows`` districts of about ``vertices`` vertices, row by row.

    The same seed gives the same districts. The outer borders are straight.
    """
    random = np.random.default_rng(seed)
    corners = _corners(columns, rows, random)
    steps = max(1, vertices // 4)
    level = [
        [_side(corners[r, c], corners[r, c + 1], steps, 0 < r < rows, random) for c in range(columns)] for r in range(rows + 1)
    ]
    upright = [
        [_side(corners[r, c], corners[r + 1, c], steps, 0 < c < columns, random) for c in range(columns + 1)] for r in range(rows)
    ]
    west, south, east, north = bounds
    scale = np.array([(east - west) / columns, (north - south) / rows])
    found = []
    for r in range(rows):
        for c in range(columns):
            round_ = (level[r][c], upright[r][c + 1], level[r + 1][c][::-1], upright[r][c][::-1])
            ring = np.concatenate([side[:-1] for side in round_])
            found.append(shapely.polygons(ring * scale + (west, south)))
    return found


def _corners(columns: int, rows: int, random: np.random.Generator) -> NDArray[np.float64]:
    """The corners in units of a district: shape (rows + 1, columns + 1, 2); those of the outer border stay on it."""
    across, up = np.meshgrid(np.arange(columns + 1), np.arange(rows + 1))
    stray = random.uniform(-_CORNER_STRAYS, _CORNER_STRAYS, (rows + 1, columns + 1, 2))
    stray[:, [0, -1], 0] = 0
    stray[[0, -1], :, 1] = 0
    return np.stack([across, up], axis=-1) + stray


def _side(
    start: NDArray[np.float64], end: NDArray[np.float64], steps: int, winds: bool, random: np.random.Generator
) -> NDArray[np.float64]:
    """The border from corner to corner in ``steps`` edges: shape (steps + 1, 2)."""
    share = np.linspace(0, 1, steps + 1)[:, None]
    line = start + share * (end - start)
    if winds:
        waves = np.arange(1, _WAVES + 1)
        heights = random.uniform(-_BORDER_STRAYS, _BORDER_STRAYS, _WAVES) / waves**2
        away = (np.sin(np.pi * share * waves) * heights).sum(axis=1, keepdims=True)
        away += random.uniform(-_ROUGH, _ROUGH, share.shape) * np.sin(np.pi * share)
        line += away * (np.array([-1, 1]) * (end - start)[::-1])
    line[[0, -1]] = start, end
    return line
