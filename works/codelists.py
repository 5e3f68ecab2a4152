"""Closed lists of words for works and money. Codes are those of OC4IDS 0.9.5 and OCDS 1.1.5 where these have one.

Codes are what is stored and published; the words beside them are for pages.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ProjectStatus(TextChoices):
    """OC4IDS projectStatus (closed list). Works that are finished stand at completion or, in use again, at maintenance."""

    IDENTIFICATION = "identification", _("proposed")
    PREPARATION = "preparation", _("in preparation")
    IMPLEMENTATION = "implementation", _("under way")
    COMPLETION = "completion", _("finished")
    MAINTENANCE = "maintenance", _("in use")
    DECOMMISSIONING = "decommissioning", _("being taken down")
    DECOMMISSIONED = "decommissioned", _("taken down")
    CANCELLED = "cancelled", _("cancelled")


class ProjectType(TextChoices):
    """OC4IDS projectType (closed list)."""

    CONSTRUCTION = "construction", _("new construction")
    REHABILITATION = "rehabilitation", _("renovation")
    REPLACEMENT = "replacement", _("replacement")
    EXPANSION = "expansion", _("extension")
    DECOMMISSIONING = "decommissioning", _("taking down")


class Sector(TextChoices):
    """OC4IDS projectSector (open list): those a city's works fall under."""

    EDUCATION = "education", _("education")
    HEALTH = "health", _("health")
    ENERGY = "energy", _("energy")
    COMMUNICATIONS = "communications", _("communications")
    WATER = "waterAndWaste", _("water and waste")
    GOVERNANCE = "governance", _("administration")
    ECONOMY = "economy", _("economy")
    CULTURE = "cultureSportsAndRecreation", _("culture, sports and recreation")
    TRANSPORT = "transport", _("transport")
    ROADS = "transport.road", _("roads")
    RAIL = "transport.rail", _("rail")
    URBAN_TRANSPORT = "transport.urban", _("public transport")
    HOUSING = "socialHousing", _("social housing")
    NATURE = "naturalResources", _("natural resources")
    FLOODS = "naturalResources.floodProtection", _("flood protection")


class PartyRole(TextChoices):
    """OC4IDS and OCDS partyRole (open list): those that are kept here."""

    PUBLIC_AUTHORITY = "publicAuthority", _("public authority")
    BUYER = "buyer", _("buyer")
    PROCURING_ENTITY = "procuringEntity", _("procuring entity")
    ADMINISTRATIVE_ENTITY = "administrativeEntity", _("contract administrator")
    SUPPLIER = "supplier", _("contractor")
    TENDERER = "tenderer", _("bidder")
    FUNDER = "funder", _("funder")
    PAYER = "payer", _("payer")
    PAYEE = "payee", _("payee")


class Method(TextChoices):
    """OCDS method of procurement (closed list)."""

    OPEN = "open", _("open tender")
    SELECTIVE = "selective", _("selective tender")
    LIMITED = "limited", _("limited tender")
    DIRECT = "direct", _("direct award")


class ContractStatus(TextChoices):
    """OC4IDS contractingProcessStatus (closed list)."""

    PRE_AWARD = "pre-award", _("before award")
    ACTIVE = "active", _("in force")
    CLOSED = "closed", _("ended")


class ChangeKind(TextChoices):
    """OC4IDS modificationType (open list)."""

    DURATION = "duration", _("duration")
    VALUE = "value", _("value")
    SCOPE = "scope", _("scope")


class Stage(TextChoices):
    """How far money has come. Each stage is a series of its own: amounts of two stages are never added together."""

    PLANNED = "planned", _("planned")
    APPROVED = "approved", _("approved")
    COMMITTED = "committed", _("contracted")
    PAID = "paid", _("paid")


class PlaceKind(TextChoices):
    """How well a place is known."""

    EXACT = "exact", _("exact place")
    AREA = "area", _("area of the works")
    NAMED = "named", _("only the district was named")


class RepairKind(TextChoices):
    POTHOLE = "pothole", _("pothole filled")
    RESURFACING = "resurfacing", _("road resurfaced")
    PAVEMENT = "pavement", _("pavement repaired")
    MARKING = "marking", _("road markings")
    SIGN = "sign", _("signs")
    LIGHTING = "lighting", _("street lighting")
    DRAINAGE = "drainage", _("drains")
    WATER = "water", _("water pipes")
    GREENERY = "greenery", _("trees and greenery")
    PLAYGROUND = "playground", _("playground")
    FURNITURE = "furniture", _("benches and bins")
    BRIDGE = "bridge", _("bridge")
    BUILDING = "building", _("building")
    OTHER = "other", _("other repair")


class RepairStatus(TextChoices):
    PLANNED = "planned", _("planned")
    RUNNING = "running", _("under way")
    FINISHED = "finished", _("finished")
    CANCELLED = "cancelled", _("cancelled")


class DocumentKind(TextChoices):
    """Kinds of documents; the first three are OC4IDS documentType codes, photos are references to pictures of the place."""

    CONTRACT = "contractSigned", _("signed contract")
    COMPLETION = "completionCertificate", _("completion certificate")
    PLAN = "projectPlan", _("project plan")
    PHOTO_BEFORE = "photo-before", _("photo before")
    PHOTO_AFTER = "photo-after", _("photo after")
    OTHER = "other", _("other document")
