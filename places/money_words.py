"""What the values of money's dimensions are called, in the reader's language, and the pages they have. A query a dimension."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse
from django.utils.formats import get_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from gis_data.models import Boundary, Street
from gis_data.names import in_language
from places.models import OUTSIDE, Series
from works.codelists import RepairKind, Sector
from works.models import Organisation

DIMENSIONS: Final[Mapping[str, Any]] = {
    "year": gettext_lazy("Year"),
    "district": gettext_lazy("District"),
    "kind": gettext_lazy("Kind of works"),
    "contractor": gettext_lazy("Contractor"),
    "street": gettext_lazy("Street"),
}
SERIES: Final[Mapping[str, Any]] = {
    Series.PLANNED.value: pgettext_lazy("money", "Planned"),
    Series.APPROVED.value: gettext_lazy("Approved"),
    Series.COMMITTED.value: gettext_lazy("Contracted"),
    Series.PAID.value: gettext_lazy("Paid"),
    Series.COST.value: gettext_lazy("Cost of repairs"),
    Series.UNKNOWN.value: gettext_lazy("Amount unknown"),
}


@dataclass(frozen=True, slots=True)
class Named:
    """A value in words, and the page of what it means ('' for none)."""

    text: str
    href: str = ""

    def __str__(self) -> str:
        return self.text


def named(dimension: str, values: Iterable[Any]) -> dict[Any, Named]:
    """Return these values of a dimension in words; one without a name is called by its code. One query, for some none."""
    wanted = set(values)
    match dimension:
        case "district":
            return _districts(wanted)
        case "contractor":
            return _contractors(wanted)
        case "street":
            return _streets(wanted)
        case "kind":
            return {code: Named(kind_name(code)) for code in wanted}
        case _:
            return {year: Named(str(year) if year else _("No single year")) for year in wanted}


def written(amount: Decimal) -> str:
    """Return an amount as the reader's language writes it; cents only where there are any. A page has hundreds: a filter is too slow."""
    text = f"{amount:,.2f}".removesuffix(".00")
    marks = {",": get_format("THOUSAND_SEPARATOR"), ".": get_format("DECIMAL_SEPARATOR")}
    return text.translate(str.maketrans(marks))


def kind_name(code: str) -> str:
    """Return what a kind of works is called: of a repair, or the sector of a project."""
    which, _colon, rest = code.partition(":")
    words = dict(RepairKind.choices) if which == "r" else dict(Sector.choices)
    return capfirst(str(words.get(rest) or rest or _("Other works")))


def _districts(codes: set[str]) -> dict[str, Named]:
    """By the latest version of each: a district that is no longer in force keeps its name."""
    found = Boundary.objects.filter(boundary_set__is_district=True, code__in=codes - {"", OUTSIDE}).order_by("valid")
    known = {
        code: Named(in_language(words) or code, reverse("district", args=[code]))
        for code, words in found.values_list("code", "names")
    }
    said = {"": Named(_("No single district known")), OUTSIDE: Named(_("Outside of the districts"))}
    return {code: said.get(code) or known.get(code) or Named(code) for code in codes}


def _contractors(keys: set[int]) -> dict[int, Named]:
    found = Organisation.objects.filter(pk__in=keys - {0}).values_list("pk", "legal_name") if keys - {0} else ()
    known = {key: Named(name, reverse("contractor", args=[key])) for key, name in found}
    return {key: known.get(key) or Named(str(key) if key else _("No contractor known")) for key in keys}


def _streets(keys: set[int]) -> dict[int, Named]:
    found = Street.objects.filter(pk__in=keys - {0}).values_list("pk", "names", "source_id") if keys - {0} else ()
    known = {
        key: Named(in_language(words) or _("Street without a name"), reverse("street", args=[code])) for key, words, code in found
    }
    return {key: known.get(key) or Named(str(key) if key else _("Not on one known street")) for key in keys}
