"""Counts of points kept in advance (see `layers.pyramid`). Written by triggers and by `layers.upkeep`, read by tiles and by whoever counts.

Sums are of whole units of the world at the deepest counted zoom, so that the middle of what was counted has no rounding.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PyramidDelta(models.Model):
    """A change that is not yet in the counts: ``n`` more points at a place. Append-only until it is merged."""

    place = models.BigIntegerField()
    u = models.IntegerField()
    v = models.IntegerField()
    kind = models.IntegerField()
    n = models.IntegerField()
    month = models.SmallIntegerField()
    value = models.SmallIntegerField()

    class Meta:
        verbose_name = _("change of the counts")
        verbose_name_plural = _("changes of the counts")
        indexes = [models.Index(fields=["place"], name="pyramid_delta_place")]

    def __str__(self) -> str:
        return f"{self.place} {self.n:+}"


class _Cell(models.Model):
    """A cell of a zoom, and the sums of where its points are."""

    cell = models.BigIntegerField()
    su = models.BigIntegerField()
    sv = models.BigIntegerField()

    class Meta:
        abstract = True


class PyramidPart(_Cell):
    """How many points of one kind and value are in a cell."""

    pk = models.CompositePrimaryKey("cell", "kind", "value")
    kind = models.IntegerField()
    n = models.IntegerField()
    value = models.SmallIntegerField()

    class Meta:
        verbose_name = _("count by kind")
        verbose_name_plural = _("counts by kind")

    def __str__(self) -> str:
        return f"{self.cell} {self.kind} {self.value}: {self.n}"


class PyramidTotal(_Cell):
    """How many points of each value are in a cell: of all months (``month`` is 0), or of one month in a cell by month."""

    pk = models.CompositePrimaryKey("cell", "month")
    n1 = models.IntegerField()
    n2 = models.IntegerField()
    n3 = models.IntegerField()
    n4 = models.IntegerField()
    n5 = models.IntegerField()
    month = models.SmallIntegerField()

    class Meta:
        verbose_name = _("count of a cell")
        verbose_name_plural = _("counts of cells")

    def __str__(self) -> str:
        return f"{self.cell} {self.month}"


class PyramidTile(models.Model):
    """A finished tile of a coarse zoom without filters: what the counts of its cells say, without what waits to be merged."""

    tile = models.BigIntegerField(primary_key=True)
    data = models.BinaryField()

    class Meta:
        verbose_name = _("finished tile")
        verbose_name_plural = _("finished tiles")

    def __str__(self) -> str:
        return str(self.tile)
