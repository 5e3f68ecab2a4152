"""Default tiles kept as files, so that a web server sends them without asking us (see ``docs/nginx.conf``).

Only for counts kept in advance, and only where the setting ``TILE_DIR`` names a folder that web, worker and web server share. A file
is deleted as soon as a change of its tile has been merged, so what is served is as fresh as the last merge: a worker must run.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.module_loading import import_string

from layers.declaration import MapLayer
from layers.filters import Selection
from layers.grid import Tile

_GZIP_LEVEL: Final = 6


def keep(layer: MapLayer, tile: Tile, selection: Selection, data: bytes, again: Callable[[], bytes]) -> None:
    """Keep ``data`` where it is a default tile of counts; ``again`` reads the tile once more.

    A change may be merged, and its file deleted, between reading the tile and writing its file. So the tile is read again when the
    file is there: a change merged before that shows, and one merged later deletes the file.
    """
    folder: Path | None = settings.TILE_DIR
    if folder is None or not data or not _is_default(layer, tile, selection):
        return
    path = _path(folder, layer.name, tile)
    with contextlib.suppress(OSError):  # a full disk costs speed, not the tile
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path.with_name(f"{path.name}.gz"), gzip.compress(data, _GZIP_LEVEL, mtime=0))
        _write(path, data)
        if again() != data:
            _forget(path)


def forget(changed: Iterable[tuple[int, Tile]]) -> int:
    """Delete the files of tiles in which something changed, given with the numbers of their pyramids; return how many."""
    if settings.TILE_DIR is None:
        return 0
    names = _names()
    return sum(_forget(_path(settings.TILE_DIR, names[number], tile)) for number, tile in changed if number in names)


def forget_all(number: int) -> None:
    """Delete all files of a pyramid."""
    if settings.TILE_DIR is not None and (name := _names().get(number)):
        shutil.rmtree(settings.TILE_DIR / "tiles" / name, ignore_errors=True)


def _names() -> dict[int, str]:
    layers: Sequence[MapLayer] = import_string(settings.MAP_LAYERS)
    return {layer.pyramid.number: layer.name for layer in layers if layer.pyramid}


def _is_default(layer: MapLayer, tile: Tile, selection: Selection) -> bool:
    open_to_all = layer.pyramid is not None and not layer.permission
    return open_to_all and layer.counted_at(tile.z) and not selection.asked and not selection.language


def _path(folder: Path, name: str, tile: Tile) -> Path:
    return folder / "tiles" / name / str(tile.z) / str(tile.x) / f"{tile.y}.mvt"


def _write(path: Path, data: bytes) -> None:
    """All of it or nothing, also for who reads it meanwhile."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    Path(name).chmod(0o644)
    Path(name).replace(path)


def _forget(path: Path) -> bool:
    path.with_name(f"{path.name}.gz").unlink(missing_ok=True)
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
