"""Drawings for the demonstration: what some invented works looked like before and after. Each says in the picture that it is invented."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import random
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from django.db import transaction
from PIL import Image, ImageDraw, ImageFont

from gis_data import photo_files
from gis_data.photo_files import Encoded
from works import photos
from works.models import Project, Repair, WorksPhoto
from works.models.photos import PhotoTime

_WIDTH, _HEIGHT, _THUMB = 640, 480, 480
_HORIZON: Final = 200
#: Repairs and projects with drawings, the latest finished ones of each kind that can be drawn.
_OF_A_KIND, _PROJECTS = 4, 3
Pen = Any
Scene = Callable[[Pen, random.Random, bool], None]


def draw_invented(data_set: int) -> int:
    """Give some finished works of an invented data set drawings before and after; return how many are new. Again, it does nothing."""
    fresh = 0
    for works, scene, first, last in _chosen(data_set):
        if WorksPhoto.objects.filter(**photos.of(works), invented=True).exists():
            continue
        for time, day in ((PhotoTime.BEFORE, first), (PhotoTime.AFTER, last)):
            name = hashlib.sha256(f"{works.public_id}/{time}".encode()).hexdigest()[:32]
            encoded = _drawn(scene, name[:8] + works.public_id, time)
            _keep(works, encoded, name, time=time, taken_on=day)
            fresh += 1
    return fresh


def _keep(works: Repair | Project, encoded: Encoded, name: str, **values: Any) -> None:
    size = {"width": encoded.width, "height": encoded.height, "size": len(encoded.jpeg)}
    WorksPhoto.objects.create(**photos.of(works), name=name, invented=True, **size, **values)
    # Not before the load is certain: a dry run leaves nothing behind.
    transaction.on_commit(partial(photo_files.write, photos.folder(), name, encoded))


def _chosen(data_set: int) -> Iterator[tuple[Repair | Project, Scene, dt.date | None, dt.date | None]]:
    """Works with their scene, the day before they began and the day after they ended."""
    day = dt.timedelta(days=1)
    for kind, scene in _SCENES.items():
        finished = Repair.objects.filter(data_set=data_set, kind=kind, status="finished").exclude(finished_on=None)
        for repair in finished.order_by("-finished_on", "local_id")[:_OF_A_KIND]:
            began, ended = repair.started_on or repair.finished_on, repair.finished_on
            yield repair, scene, began and began - day, ended
    done = Project.objects.filter(data_set=data_set).exclude(actual_start=None).exclude(actual_end=None)
    for project in done.defer("geometry", "geometry_3857").order_by("-actual_end", "local_id")[:_PROJECTS]:
        yield project, _road, project.actual_start and project.actual_start - day, project.actual_end


def _drawn(scene: Scene, seed: str, time: PhotoTime) -> Encoded:
    picture = Image.new("RGB", (_WIDTH, _HEIGHT), "#cfe0ea")
    pen, chance = ImageDraw.Draw(picture), random.Random(seed[8:])  # noqa: S311  # for a drawing, not for a secret
    _houses(pen, chance)
    scene(pen, chance, time == PhotoTime.AFTER)
    pen.rectangle((0, 0, _WIDTH, 34), fill="#14213a")
    pen.text((12, 6), f"INVENTED DRAWING: {time.value.upper()}", fill="#ffc61a", font=ImageFont.load_default(20))
    thumb = picture.copy()
    thumb.thumbnail((_THUMB, _THUMB))
    return Encoded(_jpeg(picture), _jpeg(thumb), _WIDTH, _HEIGHT)


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()


def _houses(pen: Pen, chance: random.Random) -> None:
    left = -20
    while left < _WIDTH:
        width, top = chance.randint(70, 130), chance.randint(60, 120)
        pen.rectangle((left, top, left + width, _HORIZON), fill=chance.choice(("#c9b79c", "#b7a48d", "#d5c6b0", "#a9b3b8")))
        for x in range(left + 12, left + width - 18, 26):
            for y in range(top + 14, _HORIZON - 22, 32):
                pen.rectangle((x, y, x + 12, y + 18), fill="#6d7f8c")
        left += width + 4


def _street(pen: Pen, road: str, pavement: str) -> None:
    pen.rectangle((0, _HORIZON, _WIDTH, _HEIGHT), fill=pavement)
    pen.polygon(((250, _HORIZON), (390, _HORIZON), (620, _HEIGHT), (20, _HEIGHT)), fill=road)


def _road(pen: Pen, chance: random.Random, after: bool) -> None:
    """Holes and cracks in the road; afterwards a dark even surface with its marking."""
    _street(pen, "#3f444b" if after else "#85878a", "#b9b4aa")
    if after:
        for step in range(6):
            y = _HORIZON + 12 + step * step * 8
            pen.polygon(((318, y), (322, y), (325 + step, y + 10 + step * 4), (315 - step, y + 10 + step * 4)), fill="#f4f1e6")
        return
    for _hole in range(chance.randint(4, 7)):
        y = chance.randint(_HORIZON + 60, _HEIGHT - 50)
        half = (y - _HORIZON) // 6 + chance.randint(4, 18)
        x = 320 + chance.randint(-(y - _HORIZON) // 2, (y - _HORIZON) // 2)
        pen.ellipse((x - half, y - half // 3, x + half, y + half // 3), fill="#4c4a47", outline="#a39e96", width=3)
        pen.line((x + half, y, x + half + chance.randint(20, 60), y + chance.randint(-14, 14)), fill="#5b5a58", width=3)


def _pavement(pen: Pen, chance: random.Random, after: bool) -> None:
    """Broken slabs; afterwards even ones."""
    _street(pen, "#6f7378", "#c8c3b8")
    for row, y in enumerate(range(_HORIZON + 10, _HEIGHT, 34)):
        for x in range(-20, 300 - row * 34, 56):
            tilt = 0 if after else chance.randint(-7, 7)
            whole = after or chance.random() > 0.3
            corners = ((x, y), (x + 52, y + tilt), (x + 50, y + 30), (x - 2, y + 30 - tilt))
            pen.polygon(corners, fill="#d9d4c9" if whole else "#6f665a", outline="#8e877b")
            if not whole:
                pen.line((x + 6, y + 5, x + 40, y + 26), fill="#2f2b26", width=2)


def _lamp(pen: Pen, chance: random.Random, after: bool) -> None:
    """A dark lamp at night; afterwards it shines."""
    pen.rectangle((0, 0, _WIDTH, _HORIZON), fill="#16203a")
    _street(pen, "#23272f", "#2f333b")
    for x in (120, 330, 540):
        broken = not after and (x == 330 or chance.random() < 0.4)
        if not broken:
            pen.polygon(((x - 14, 92), (x + 14, 92), (x + 90, _HEIGHT), (x - 90, _HEIGHT)), fill="#6b6446")
            pen.ellipse((x - 90, _HEIGHT - 70, x + 90, _HEIGHT - 10), fill="#c9b873")
        pen.rectangle((x - 4, 90, x + 4, _HEIGHT - 40), fill="#99a1ad")
        pen.ellipse((x - 18, 70, x + 18, 100), fill="#3a4150" if broken else "#ffe9a3", outline="#99a1ad", width=3)


_SCENES: Final[Mapping[str, Scene]] = {"pothole": _road, "pavement": _pavement, "lighting": _lamp}
