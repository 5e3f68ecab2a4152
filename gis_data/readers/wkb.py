"""A look at the skeleton of well-known binary before a library reads it: libraries follow nesting until their stack ends."""

from __future__ import annotations

import struct
from typing import Final

_Z, _M, _SRID = 0x8000_0000, 0x4000_0000, 0x2000_0000
_HEAD: Final = 5
#: A multi-geometry (MultiPoint 4, MultiLineString 5, MultiPolygon 6) holds geometries of one plain type.
_PARTS: Final = {4: 1, 5: 2, 6: 3}


def is_flat(blob: bytes) -> bool:
    """Say whether ``blob`` is a point, line, polygon or a multi-geometry of them, with all the bytes it speaks of.

    OGC 06-103r4 §8.2, with the flags of PostGIS' EWKB and the thousands of ISO for height and measure.
    """
    try:
        kind, end = _head(blob, 0)
        if kind in _PARTS:
            end = _parts(blob, end, _PARTS[kind])
        elif kind in _PARTS.values():
            end = _body(blob, 0)
        else:
            return False
    except (struct.error, ValueError):
        return False
    return end == len(blob)


def _parts(blob: bytes, at: int, kind: int) -> int:
    (count,) = struct.unpack_from(_order(blob, 0) + "I", blob, at)
    at += 4
    for _part in range(count):
        if _head(blob, at)[0] != kind:
            raise ValueError("a part of another type")
        at = _body(blob, at)
    return at


def _head(blob: bytes, at: int) -> tuple[int, int]:
    """The plain type of the geometry at ``at``, and where its numbers begin."""
    code = struct.unpack_from(_order(blob, at) + "I", blob, at + 1)[0]
    kind = code & ~(_Z | _M | _SRID)
    if kind // 1000 > 3:
        raise ValueError("no known type")
    return kind % 1000, at + _HEAD + (4 if code & _SRID else 0)


def _body(blob: bytes, at: int) -> int:
    """Where a point, line or polygon that begins at ``at`` ends."""
    order = _order(blob, at)
    code = struct.unpack_from(order + "I", blob, at + 1)[0]
    kind, at_numbers = _head(blob, at)
    size = 8 * (2 + bool(code & _Z) + bool(code & _M) + (0, 1, 1, 2)[(code & 0xFFFF) // 1000])
    if kind == 1:
        return at_numbers + size
    if kind == 2:
        return _positions(blob, at_numbers, order, size)
    (rings,) = struct.unpack_from(order + "I", blob, at_numbers)
    at_numbers += 4
    for _ring in range(rings):
        at_numbers = _positions(blob, at_numbers, order, size)
    return at_numbers


def _positions(blob: bytes, at: int, order: str, size: int) -> int:
    (count,) = struct.unpack_from(order + "I", blob, at)
    end = int(at + 4 + count * size)
    if end > len(blob):
        raise ValueError("speaks of more than there is")
    return end


def _order(blob: bytes, at: int) -> str:
    if blob[at : at + 1] not in {b"\x00", b"\x01"}:
        raise ValueError("no byte order")
    return "<" if blob[at] else ">"
