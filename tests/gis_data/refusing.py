"""How a reader refuses a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gis_data.pack_types import Format, PackSource
from gis_data.readers import Broken, read


def refusal(path: Path, format_: Format, **more: Any) -> Broken:
    with pytest.raises(Broken) as caught:
        list(read(PackSource(file=path.name, format=format_, **more), path))
    assert caught.value.file == path.name
    return caught.value
