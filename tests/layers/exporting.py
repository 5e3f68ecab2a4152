"""Downloads as their users read them: with the readers that people have."""

import csv
import io
import re
import tempfile
from pathlib import Path
from typing import Any, Final

import pyogrio
import shapely
from django.http import HttpResponseBase
from django.test import Client

SUFFIXES: Final = ("csv", "geojson", "gpkg", "fgb")
FILES: Final = ("gpkg", "fgb")
STREAMS: Final = ("csv", "geojson")


def ask(path: str, **headers: str) -> Any:
    """GET /data/PATH; headers are named with underscores."""
    return Client().get(f"/data/{path}", headers={name.replace("_", "-"): value for name, value in headers.items()})


def body(response: HttpResponseBase) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]


def table(path: str) -> list[dict[str, str]]:
    """Rows of a CSV, each cell as it stands there."""
    response = ask(path)
    assert response.status_code == 200, response.content
    return list(csv.DictReader(io.StringIO(body(response).decode(), newline=""), strict=True))


def undone(cell: str) -> str:
    """What docs/open-data.md says a program does to get a text back."""
    return cell.removeprefix("'")


def read(data: bytes, suffix: str) -> tuple[dict[str, Any], list[dict[str, Any]], list[Any]]:
    """What GDAL reads from a file: about the layer, attributes by row, shapes by row (None for none)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file.{suffix}"
        path.write_bytes(data)
        about, _fids, shapes, columns = pyogrio.raw.read(path)
    rows = [dict(zip(about["fields"], values, strict=True)) for values in zip(*columns, strict=True)]
    return about, rows, [None if shape is None else shapely.from_wkb(shape) for shape in shapes]


def file(path: str) -> tuple[dict[str, Any], list[dict[str, Any]], list[Any]]:
    response = ask(path)
    assert response.status_code == 200, response.content
    return read(body(response), re.findall(r"\.([a-z]+)(?:\?|$)", path)[0])


def keys(path: str, suffix: str) -> list[str]:
    """The keys of the rows in a file of this kind; ``path`` has {} where the suffix goes."""
    where = path.format(suffix)
    return sorted(row["id"] for row in (table(where) if suffix == "csv" else file(where)[1]))
