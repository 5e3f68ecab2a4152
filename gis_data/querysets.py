"""Readings of the ground in the trade's words."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from django.contrib.gis.db.models import GeometryField, PointField
from django.contrib.gis.geos import Point
from django.db import models
from django.db.models import Case, F, FloatField, Func, Q, Value, When
from django.db.models.functions import Cast, Length, Upper

if TYPE_CHECKING:
    from gis_data.models import Address, Boundary, Street  # noqa: F401  # named in texts below

MAX_WORDS: Final = 8
#: What the trigram index can look up: three letters or digits side by side.
_LONG: Final = re.compile(r"[^\W_]{3}")


def metres_to(column: str, point: Point) -> Func:
    """Metres (on the sphere) from ``column`` to ``point`` (SRID 4326), as PostGIS' ``<->`` on geography.

    Ordering by it walks the column's geography index nearest first: no row is read that is not returned. Degrees would
    not do: in the north a degree of longitude is half as long as one of latitude.
    """
    return Func(
        Cast(column, GeometryField(geography=True, srid=4326)),
        Cast(Value(point, output_field=PointField(srid=4326)), PointField(geography=True, srid=4326)),
        template="(%(expressions)s)",
        arg_joiner=" <-> ",
        output_field=FloatField(),
    )


class BoundaryQuerySet(models.QuerySet["Boundary"]):
    def on(self, day: dt.date) -> BoundaryQuerySet:
        """Versions in force on ``day``."""
        return self.filter(valid__contains=day)

    def covering(self, point: Point, on: dt.date) -> BoundaryQuerySet:
        """Versions in force on ``on`` whose area or border holds ``point`` (Point, SRID 4326)."""
        return self.on(on).filter(geometry__covers=point)


class StreetQuerySet(models.QuerySet["Street"]):
    def by_distance(self, point: Point) -> StreetQuerySet:
        """Streets, the closest to ``point`` (SRID 4326) first, each with ``metres``; slice it."""
        return self.annotate(metres=metres_to("geometry", point)).order_by("metres")

    def nearest(self, point: Point) -> Street | None:
        """The street closest to ``point`` (SRID 4326). One query."""
        return self.by_distance(point).first()


class AddressQuerySet(models.QuerySet["Address"]):
    def by_distance(self, point: Point) -> AddressQuerySet:
        """Addresses, the closest to ``point`` (SRID 4326) first, each with ``metres``; slice it."""
        return self.annotate(metres=metres_to("point", point)).order_by("metres")

    def nearest(self, point: Point) -> Address | None:
        """The address closest to ``point`` (SRID 4326), with ``metres``. One query."""
        return self.by_distance(point).first()

    def matching(self, text: str) -> AddressQuerySet:
        """Addresses that hold all words of ``text``, or are written much like it; the best first. Slice it. One query.

        Both conditions use the trigram index on the upper-case text, so a word too short for it counts only where a word
        of the address begins, and a text of such words alone finds nothing, without a query (see `can_be_found`). Signs
        of LIKE mean themselves.
        """
        words = _words(text)
        if not _has_long(words):
            return self.none()
        asked = " ".join(words)[:200]
        all_words = Q(*map(_holds, words))
        return (
            self.annotate(upper_text=Upper("text"))
            .filter(all_words | Q(upper_text__trigram_word_similar=asked))
            .annotate(rank=_rank(asked, all_words), alike=_alike(asked))
            .order_by("rank", "-alike", Length("text"), "text", "pk")
        )


def can_be_found(text: str) -> bool:
    """Say whether ``text`` is enough to look for an address: one word of it has three letters or digits side by side."""
    return _has_long(_words(text))


def _words(text: str) -> list[str]:
    return text.replace("\x00", " ").replace(",", " ").upper().split()[:MAX_WORDS]


def _has_long(words: list[str]) -> bool:
    return any(_LONG.search(word) for word in words)


def _holds(word: str) -> Q:
    """Long words stand anywhere; short ones at the start of a word, because inside of words the index cannot find them."""
    if _LONG.search(word):
        return Q(text__icontains=word)
    return Q(text__istartswith=word) | Q(text__icontains=f" {word}")


def _rank(asked: str, all_words: Q) -> Case:
    """0: the text itself, 1: begins so, 2: holds all words, 3: is written much like it."""
    return Case(
        When(Q(text__iexact=asked), then=Value(0)),
        When(Q(text__istartswith=asked), then=Value(1)),
        When(all_words, then=Value(2)),
        default=Value(3),
    )


def _alike(asked: str) -> Func:
    return Func(Value(asked), F("upper_text"), function="word_similarity", output_field=FloatField())
