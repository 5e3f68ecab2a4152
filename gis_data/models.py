"""The ground of one city: its dated boundaries, streets, addresses and assets.

All geometry is stored in SRID 4326 (longitude, latitude in degrees). Distances in metres are taken on ``geography``.
Names are JSON objects ``{language code: text}``; `gis_data.names.in_language` picks the best one.
"""

import pghistory
import pgtrigger
from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db.models.functions import Cast, Upper
from django.utils.translation import gettext_lazy as _

from gis_data.population import Population  # noqa: F401  # a table of this room in a file of its own
from gis_data.querysets import AddressQuerySet, BoundaryQuerySet, StreetQuerySet
from layers.names import EveryName


class City(models.Model):
    """The one city this database serves (a single row, written by ``load_city``).

    ``licences`` says by the name of a data set (``default`` is for all others) under what terms it may be used:
    ``{"streets": {"title": "ODbL 1.0", "url": "https://…"}}``.
    """

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
    licences = models.JSONField(default=dict, blank=True, db_default={})
    fallback_department = models.SlugField(blank=True)

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        constraints = [
            models.CheckConstraint(condition=models.Q(singleton=True), name="city_is_one_row"),
        ]

    def __str__(self) -> str:
        return self.pack


#: How far from a pin borders are looked for (metres); beyond it a border is "more than 500 m away".
EDGE_REACH_M = 500


@pghistory.track()
class BoundarySet(models.Model):
    """A way to cut the city into areas: districts, wards, road maintenance zones. Areas of one set do not overlap.

    Closer than ``border_m`` metres to an area of another service, the resident is asked on which side the problem is. In a
    set that is meant to cover the city, a pin outside all areas belongs to the nearest one within ``gap_m`` metres (None: such
    a pin is simply in none). ``fallback_department`` (code) gets what lies in the set and no rule fits. ``pack_said`` is what the
    city pack said about these three when it was loaded last; {} for a set that no pack has named.
    """

    code = models.SlugField(unique=True)
    names = models.JSONField()
    is_district = models.BooleanField(default=False)
    credit = models.TextField(blank=True)
    border_m = models.PositiveIntegerField(default=15)
    gap_m = models.PositiveIntegerField(null=True, blank=True)
    fallback_department = models.SlugField(max_length=80, blank=True)
    pack_said = models.JSONField(default=dict, blank=True, db_default={})

    class Meta:
        verbose_name = _("boundary set")
        verbose_name_plural = _("boundary sets")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(border_m__lte=EDGE_REACH_M) & (models.Q(gap_m=None) | models.Q(gap_m__lte=EDGE_REACH_M)),
                name="boundary_set_reaches_as_far_as_edges_are_read",
            ),
            models.UniqueConstraint(
                fields=["is_district"],
                condition=models.Q(is_district=True),
                name="one_boundary_set_is_the_districts",
            ),
        ]

    def __str__(self) -> str:
        return self.code


#: Rings are cut into pieces of at most so many vertices, so that an index finds the few that are near a pin.
_CUT_EDGES = """
DELETE FROM gis_data_boundaryedge WHERE boundary_id = NEW.id;
INSERT INTO gis_data_boundaryedge (boundary_id, line) SELECT NEW.id, ST_Subdivide(ST_Boundary(NEW.geometry), 16);
RETURN NULL;
"""
_DROP_EDGES = "DELETE FROM gis_data_boundaryedge WHERE boundary_id = OLD.id; RETURN OLD;"


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
        triggers = [
            pgtrigger.Trigger(
                name="cut_edges",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("geometry"),
                func=_CUT_EDGES,
            ),
            pgtrigger.Trigger(name="drop_edges", when=pgtrigger.Before, operation=pgtrigger.Delete, func=_DROP_EDGES),
        ]
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


class BoundaryEdge(models.Model):
    """A short piece of the border of one boundary version: LineString, SRID 4326. Written by triggers of `Boundary` alone."""

    boundary = models.ForeignKey(Boundary, on_delete=models.DO_NOTHING, related_name="edges")
    line = models.LineStringField(srid=4326, spatial_index=False)

    class Meta:
        verbose_name = _("boundary edge")
        verbose_name_plural = _("boundary edges")
        indexes = [GistIndex(fields=["line"], name="boundary_edge_line")]

    def __str__(self) -> str:
        return str(self.boundary_id)


class DraftState(models.TextChoices):
    """What became of a draft."""

    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")


@pghistory.track()
class BoundaryDraft(models.Model):
    """How a set would look from some day on, as uploaded and not yet in force. ``columns`` are those of the file."""

    boundary_set = models.ForeignKey(BoundarySet, on_delete=models.CASCADE, related_name="drafts")
    title = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=DraftState.choices, default=DraftState.DRAFT)
    columns = models.JSONField(default=list)
    code_column = models.CharField(max_length=200, blank=True)
    name_columns = models.JSONField(default=dict)
    srid = models.PositiveIntegerField(default=4326)
    valid_from = models.DateField(null=True, blank=True)
    moves_open = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    moved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("boundary draft")
        verbose_name_plural = _("boundary drafts")

    def __str__(self) -> str:
        return self.title


class DraftArea(models.Model):
    """One area of a draft: MultiPolygon, SRID 4326, valid; ``repaired`` says what was wrong with it in the file."""

    draft = models.ForeignKey(BoundaryDraft, on_delete=models.CASCADE, related_name="areas")
    row = models.PositiveIntegerField()
    properties = models.JSONField(default=dict)
    geometry = models.MultiPolygonField(srid=4326, spatial_index=False)
    repaired = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("area of a draft")
        verbose_name_plural = _("areas of a draft")
        constraints = [models.UniqueConstraint(fields=["draft", "row"], name="one_area_per_row_of_a_draft")]

    def __str__(self) -> str:
        return f"{self.draft_id}/{self.row}"


class FlawKind(models.TextChoices):
    GAP = "gap", _("gap")
    OVERLAP = "overlap", _("overlap")
    SLIVER = "sliver", _("sliver")


class BoundaryFlaw(models.Model):
    """What the nightly check found in the versions in force: ground in no area, or in two (any polygon, SRID 4326)."""

    boundary_set = models.ForeignKey(BoundarySet, on_delete=models.CASCADE, related_name="flaws")
    kind = models.CharField(max_length=8, choices=FlawKind.choices)
    codes = models.JSONField(default=list)
    geometry = models.GeometryField(srid=4326, spatial_index=False)
    area_m2 = models.FloatField()
    width_m = models.FloatField()
    found_on = models.DateField()

    class Meta:
        verbose_name = _("flaw of a boundary set")
        verbose_name_plural = _("flaws of a boundary set")

    def __str__(self) -> str:
        return f"{self.kind} {self.codes}"


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
            GinIndex(OpClass(Upper(EveryName("names")), name="gin_trgm_ops"), name="street_names_trigrams"),
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
            GistIndex(fields=["point"], name="address_place"),
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
        indexes = [
            GistIndex(fields=["geometry"], name="asset_geometry"),
            GinIndex(OpClass(Upper(EveryName("names")), name="gin_trgm_ops"), name="asset_names_trigrams"),
        ]

    def __str__(self) -> str:
        return self.source_id
