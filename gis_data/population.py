"""How many people live in an area: a number with its day and its source, from the city pack. Without one it is unknown, never guessed."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _


class Population(models.Model):
    """Residents of the area ``code`` of a boundary set, as ``source`` (a sentence by language) counted them on a day.

    It belongs to the area as it was on that day: a version that came into force later has another shape, and no number yet.
    """

    boundary_set = models.ForeignKey("gis_data.BoundarySet", on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=80)
    residents = models.PositiveIntegerField()
    counted_on = models.DateField()
    source = models.JSONField()

    class Meta:
        app_label = "gis_data"
        verbose_name = _("population of an area")
        verbose_name_plural = _("populations of areas")
        constraints = [
            models.UniqueConstraint(fields=["boundary_set", "code", "counted_on"], name="an_area_is_counted_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.residents}"
