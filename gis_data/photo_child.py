"""Runs alone in a child process: picture on standard input → clean JPEG and thumbnail on standard output.

Started as a plain file with limits of its own, so that a hostile picture can at worst kill this process. It knows nothing
of the rest of the program, opens no file for writing and needs no network. Answer: one line of JSON, then the two JPEGs.
Exit status 3 and ``{"refused": code}`` when the picture is not one we take.
"""

import json
import resource
import sys
import warnings
from io import BytesIO
from typing import Any, Final

MEMORY: Final = 1024 * 1024 * 1024
SECONDS: Final = 20
MOST_PIXELS: Final = 40_000_000
LONGEST_SIDE: Final = 2048
THUMB_SIDE: Final = 480
REFUSED_STATUS: Final = 3
_ORIENTATION: Final = 0x0112
_STRIP_PIXELS: Final = 1_000_000


class _RefusedPictureError(Exception):
    """Its only argument is the code of a sentence in ``gis_data/photo_files.py``."""


def limit_ourselves() -> None:
    """Before anything is decoded: memory, processor time, no file grows, few handles."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def clean_picture(raw: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    """Return size, JPEG and thumbnail; raises `_RefusedPictureError`."""
    from PIL import Image, ImageOps  # noqa: PLC0415  # after the limits

    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # judged below, before a pixel is decoded
    try:
        picture = Image.open(BytesIO(raw), formats=("JPEG", "PNG", "WEBP"))
    except Exception as error:  # decoders raise anything for broken input
        raise _RefusedPictureError("not_a_photo") from error
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise _RefusedPictureError("too_many_pixels")
    try:
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is decoded at the size it is needed in
        picture.load()
        turned = picture.getexif().get(_ORIENTATION)
        plain = _reduced(picture)
        if turned:
            plain.getexif()[_ORIENTATION] = turned
            ImageOps.exif_transpose(plain, in_place=True)
        plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        thumb = plain.copy()
        thumb.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.LANCZOS)
        size = {"width": plain.width, "height": plain.height}
        return size, _jpeg(plain), _jpeg(thumb)
    except Exception as error:
        raise _RefusedPictureError("broken") from error


def _reduced(picture: Any) -> Any:
    """The picture in plain RGB, at most about twice as long as wanted; strip by strip, so that no second copy of it is ever held."""
    from PIL import Image  # noqa: PLC0415

    width, height = picture.size
    factor = max(width, height) // LONGEST_SIDE
    if factor < 2:
        return _on_white(picture)
    small = Image.new("RGB", (-(-width // factor), -(-height // factor)))
    rows = max(1, _STRIP_PIXELS // (width * factor)) * factor
    for top in range(0, height, rows):
        strip = picture.crop((0, top, width, min(top + rows, height)))
        small.paste(_on_white(strip).reduce(factor), (0, top // factor))
    return small


def _on_white(picture: Any) -> Any:
    """The picture without transparency, in plain RGB, as a new image that carries no metadata."""
    from PIL import Image  # noqa: PLC0415

    if "A" in picture.getbands() or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        plain = Image.new("RGB", picture.size, "white")
        plain.paste(layered, mask=layered.getchannel("A"))
        return plain
    if picture.mode.startswith("I"):  # 16-bit grey: keep the high byte
        picture = picture.point(lambda value: value / 256).convert("L")
    plain = picture.convert("RGB")
    plain.info.clear()
    return plain


def _jpeg(picture: Any) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=82, optimize=True, progressive=True, exif=b"", icc_profile=None)
    return out.getvalue()


def main() -> int:
    limit_ourselves()
    raw = sys.stdin.buffer.read()
    try:
        size, jpeg, thumb = clean_picture(raw)
    except _RefusedPictureError as refused:
        sys.stdout.buffer.write(json.dumps({"refused": refused.args[0]}).encode() + b"\n")
        return REFUSED_STATUS
    head = {**size, "jpeg": len(jpeg), "thumb": len(thumb)}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + jpeg + thumb)
    return 0


if __name__ == "__main__":
    sys.exit(main())
