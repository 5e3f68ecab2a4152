"""What is published beside the layers of the map: projects, contracts and money in the words of their standards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gis_data.map_layers import city_licence
from layers.declaration import Licence, Words
from opendata.ledger_tables import TABLES
from works.models import DataSet


@dataclass(frozen=True, slots=True)
class File:
    """One address of a publication; ``download`` is False for a list that goes on page by page."""

    title: str
    suffix: str
    route: str
    arguments: tuple[str, ...] = ()
    download: bool = True

    @property
    def address(self) -> str:
        return reverse(self.route, args=self.arguments)

    @property
    def media_type(self) -> str:
        return {"json": "application/json", "csv": "text/csv"}[self.suffix]


@dataclass(frozen=True, slots=True)
class Publication:
    """A publication by its name in the catalogue; ``theme`` is a code of the EU's data themes."""

    name: str
    title: Words
    description: Words
    standard: str
    theme: str
    files: Sequence[File]


def licence() -> Licence | None:
    """That of the data sets of works where it is one for all; else the city's for projects. None where nobody stated any."""
    stated = {
        (str(one.get("title") or ""), str(one.get("url") or "")) for one in DataSet.objects.values_list("licence", flat=True)
    }
    title, url = stated.pop() if len(stated) == 1 else ("", "")
    return Licence(title or url, url) if url else city_licence("projects")("en")


PUBLICATIONS: Final = (
    Publication(
        "oc4ids",
        _("Funded projects for analysts (OC4IDS)"),
        _("Every project with its budget, places, contracts, payments, repairs and warranty, in the standard for public works, OC4IDS 0.9.5."),
        "https://standard.open-contracting.org/infrastructure/0.9/en/",
        "GOVE",
        (File("OC4IDS", "json", "data-oc4ids"),),
    ),
    Publication(
        "ocds",
        _("Contracts and their changes (OCDS)"),
        _("What was published of each contract and when, release by release, and what holds now, in the standard for public contracts, OCDS 1.1.5."),
        "https://standard.open-contracting.org/1.1/en/",
        "GOVE",
        (
            File("Releases", "json", "data-ocds-releases", download=False),
            File("Records", "json", "data-ocds-records", download=False),
        ),
    ),
    Publication(
        "ledger",
        _("The ledger as tables"),
        _("All rows of money with projects, contracts, repairs and organisations: tables that refer to each other (tabular data package)."),
        "https://specs.frictionlessdata.io/tabular-data-package/",
        "ECON",
        (
            File("datapackage.json", "json", "data-ledger"),
            *(File(f"{one.name}.csv", "csv", "data-ledger-table", (one.name,)) for one in TABLES),
        ),
    ),
)  # fmt: skip
