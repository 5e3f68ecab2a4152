"""Each file of a pack is loaded whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from gis_data.load_report import FileTally
from gis_data.readers.broken import Broken


@contextmanager
def whole_file(tally: FileTally) -> Iterator[None]:
    """Run the block in a savepoint; a `Broken` inside undoes it, is written down, and the next file goes on."""
    try:
        with transaction.atomic():
            yield
    except Broken as error:
        tally.refused(str(error))
