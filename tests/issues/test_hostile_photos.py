"""Pictures that cost the most while they obey every limit."""

import io
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from gis_data import photo_child
from issues import photos

MOST_MB = 300
#: A small process in between: a child's peak starts at that of whoever started it.
MEASURE = """
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-I", sys.argv[1]], stdin=0, stdout=subprocess.DEVNULL, env={})
_, status, usage = os.wait4(child.pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss // 1024)
"""


def picture(mode: str, size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("mode", "size"), [("RGBA", (6300, 6300)), ("RGB", (6300, 6300)), ("I;16", (6300, 6300)), ("RGB", (600, 60_000))]
)
def test_the_largest_picture_we_take_needs_little_memory(tmp_path: Path, mode: str, size: tuple[int, int]) -> None:
    file = tmp_path / "raw"
    file.write_bytes(picture(mode, size))
    with file.open("rb") as raw:
        said = subprocess.run(
            [sys.executable, "-c", MEASURE, os.fspath(photo_child.__file__)], stdin=raw, capture_output=True, check=True
        )
    status, megabytes = map(int, said.stdout.split())
    assert (status, megabytes < MOST_MB) == (0, True), megabytes


def test_a_large_picture_is_reduced_upright_and_without_seams() -> None:
    whole = Image.linear_gradient("L").resize((5000, 7000)).convert("RGBA")  # black above, white below
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    out = io.BytesIO()
    whole.save(out, "PNG", exif=exif)
    out.seek(0)
    found = photos.reencode(out)
    with Image.open(io.BytesIO(found.jpeg)) as shown:
        assert shown.size == (found.width, found.height) == (1463, 2048)
        assert not dict(shown.getexif())
        grey = shown.convert("L").tobytes()
    column = grey[700 :: found.width]
    assert max(abs(one - other) for one, other in pairwise(column)) <= 4
    assert column[0] > 250
    assert column[-1] < 5
