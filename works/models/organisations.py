"""Where the rows came from, and the firms and authorities they speak of."""

import pghistory
import pgtrigger
from django.contrib.gis.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from gis_data.names import in_language
from works.models.never_emptied import never_emptied


class DataSet(models.Model):
    """One data set of a city pack's works, as it was loaded last.

    ``licence`` is ``{"title", "url"}``; ``files`` is ``{file name: sha256}``; ``counts`` is ``{what: rows}``. ``anchor`` is the day from which
    an invented set counts its days. ``invented`` marks a set that tells of nothing real.
    """

    code = models.SlugField(max_length=60, unique=True)
    names = models.JSONField()
    credit = models.TextField(blank=True)
    licence = models.JSONField(default=dict, blank=True)
    language = models.CharField(max_length=8, default="en")
    invented = models.BooleanField(default=False)
    anchor = models.DateField(null=True, blank=True)
    files = models.JSONField(default=dict, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    loaded_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("data set of works")
        verbose_name_plural = _("data sets of works")

    def __str__(self) -> str:
        return in_language(self.names) or self.code


@pghistory.track(meta={"triggers": [never_emptied()]})
class Organisation(models.Model):
    """A firm or an authority: one row per real one, however it is spelled (rules in ``works/firms.py``).

    ``scheme`` and ``identifier`` are those of org-id.guide (OCDS Identifier), both '' where no register number is known. ``key`` is the
    name in its normal form. A row that turned out to be another one points to it by ``merged_into`` and keeps all that refers to
    it, so a merge is undone by clearing that one field.
    """

    scheme = models.CharField(max_length=40, blank=True, db_default="")
    identifier = models.CharField(max_length=120, blank=True, db_default="")
    legal_name = models.CharField(max_length=300)
    key = models.CharField(max_length=300, db_index=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    merge_reason = models.CharField(max_length=240, blank=True, db_default="")

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "identifier"], condition=~models.Q(identifier=""), name="one_organisation_per_register_number"
            ),
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(identifier=""), name="one_organisation_per_name_without_number"
            ),
            models.CheckConstraint(condition=models.Q(merged_into=None) | ~models.Q(merge_reason=""), name="a_merge_says_why"),
            models.CheckConstraint(
                condition=models.Q(merged_into=None) | ~models.Q(merged_into=models.F("id")), name="nobody_is_merged_into_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.legal_name


class OrganisationName(models.Model):
    """One spelling of an organisation's name, as a source writes it. Append-only: a trigger refuses updates and deletes."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="spellings")
    spelling = models.CharField(max_length=300)
    key = models.CharField(max_length=300)

    class Meta:
        verbose_name = _("spelling of a name")
        verbose_name_plural = _("spellings of names")
        constraints = [models.UniqueConstraint(fields=["organisation", "spelling"], name="each_spelling_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete), never_emptied()]

    def __str__(self) -> str:
        return self.spelling
