"""The ground of one city: its dated boundaries, streets, addresses and assets.

All geometry is stored in SRID 4326 (longitude, latitude in degrees). Distances in metres are taken on ``geography``.
Names are JSON objects ``{language code: text}``; `gis_data.names.in_language` picks the best one.
"""

from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db.models.functions import Cast, Upper
from django.utils.translation import gettext_lazy as _

from gis_data.querysets import AddressQuerySet, BoundaryQuerySet, StreetQuerySet


class City(models.Model):
    """The one city this database serves (a single row, written by ``load_city``)."""

    singleton = models.BooleanField(default=True, unique=True, editable=False)
    pack = models.SlugField(unique=True)
    names = models.JSONField()
    languages = models.JSONField(default=list)
    time_zone = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    bounds = models.PolygonField(srid=4326)
    centre = models.PointField(srid=4326)
    invented = models.BooleanField(default=False)
    credits = models.JSONField(default=list)
    fallback_department = models.SlugField(blank=True)

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        constraints = [
            models.CheckConstraint(condition=models.Q(singleton=True), name="city_is_one_row"),
        ]

    def __str__(self) -> str:
        return self.pack


class BoundarySet(models.Model):
    """A way to cut the city into areas: districts, wards, road maintenance zones."""

    code = models.SlugField(unique=True)
    names = models.JSONField()
    is_district = models.BooleanField(default=False)
    credit = models.TextField(blank=True)

    class Meta:
        verbose_name = _("boundary set")
        verbose_name_plural = _("boundary sets")
        constraints = [
            models.UniqueConstraint(
                fields=["is_district"],
                condition=models.Q(is_district=True),
                name="one_boundary_set_is_the_districts",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Boundary(models.Model):
    """One dated version of one area of a set: MultiPolygon, SRID 4326, valid from (inclusive) to (exclusive)."""

    boundary_set = models.ForeignKey(BoundarySet, on_delete=models.PROTECT, related_name="boundaries")
    code = models.CharField(max_length=80)
    names = models.JSONField()
    geometry = models.MultiPolygonField(srid=4326, spatial_index=False)
    valid = DateRangeField()
    repaired = models.CharField(max_length=200, blank=True)

    objects = BoundaryQuerySet.as_manager()

    class Meta:
        verbose_name = _("boundary")
        verbose_name_plural = _("boundaries")
        indexes = [GistIndex(fields=["geometry"], name="boundary_geometry")]
        constraints = [
            ExclusionConstraint(
                name="one_boundary_version_at_a_time",
                expressions=[
                    ("boundary_set", RangeOperators.EQUAL),
                    ("code", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Street(models.Model):
    """A named street or a piece of it: MultiLineString, SRID 4326."""

    source_id = models.CharField(max_length=80, unique=True)
    names = models.JSONField()
    road_class = models.CharField(max_length=40, blank=True)
    owner = models.CharField(max_length=80, blank=True)
    geometry = models.MultiLineStringField(srid=4326, spatial_index=False)

    objects = StreetQuerySet.as_manager()

    class Meta:
        verbose_name = _("street")
        verbose_name_plural = _("streets")
        indexes = [
            GistIndex(fields=["geometry"], name="street_geometry"),
            GistIndex(Cast("geometry", models.GeometryField(geography=True, srid=4326)), name="street_nearest"),
        ]

    def __str__(self) -> str:
        return self.source_id


class Address(models.Model):
    """A postal address with its point (SRID 4326); ``text`` is what a resident would type."""

    source_id = models.CharField(max_length=80, unique=True)
    text = models.CharField(max_length=240)
    postcode = models.CharField(max_length=20, blank=True)
    point = models.PointField(srid=4326, spatial_index=False)

    objects = AddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        indexes = [
            GistIndex(Cast("point", models.GeometryField(geography=True, srid=4326)), name="address_nearest"),
            GinIndex(OpClass(Upper("text"), name="gin_trgm_ops"), name="address_text_trigrams"),
        ]

    def __str__(self) -> str:
        return self.text


class Asset(models.Model):
    """A thing the city owns and looks after: a lamp, a hydrant, a bench. Any geometry, SRID 4326."""

    source_id = models.CharField(max_length=80, unique=True)
    kind = models.SlugField()
    names = models.JSONField(default=dict)
    owner = models.CharField(max_length=80, blank=True)
    geometry = models.GeometryField(srid=4326, spatial_index=False)

    class Meta:
        verbose_name = _("asset")
        verbose_name_plural = _("assets")
        indexes = [GistIndex(fields=["geometry"], name="asset_geometry")]

    def __str__(self) -> str:
        return self.source_id
