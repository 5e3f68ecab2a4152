"""The OC4IDS 0.9.5 package of all projects, written piece by piece; and what tells one state of it from another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Max, Model, Sum
from django.urls import reverse
from django.utils import timezone

from gis_data.map_layers import the_city
from gis_data.names import in_language
from opendata import oc4ids_project
from opendata.models import Release
from opendata.publications import licence
from opendata.standard_shapes import Shape, moment, present, web_address
from opendata.works_read import programme_batches, project_batches, works_of_contracts, works_of_projects
from places.patience_sql import limited
from works.models import (
    Contract,
    ContractChange,
    ContractParty,
    DataSet,
    Document,
    Money,
    Organisation,
    Project,
    ProjectParty,
    ProjectPlace,
    Repair,
    WorksPhoto,
)

#: Changes when the same rows would be written differently.
_WRITING: Final = 1
#: A contract for repairs may have thousands of them.
_PROGRAMMES: Final = 20
_KEPT: Final = "opendata-oc4ids-state"
#: Seconds. Whoever asks again and again would count everything again and again.
_KEPT_S: Final = 10
_STATES: Final[tuple[tuple[type[Model], tuple[Any, ...]], ...]] = (
    *((one, (Max("pk"), Count("pk"), Max("updated_at"))) for one in (Project, Contract, Repair)),
    *(
        (one, (Max("pk"), Count("pk")))
        for one in (Money, ContractChange, ContractParty, ProjectParty, ProjectPlace, Document, WorksPhoto)
    ),
    (Organisation, (Max("pk"), Count("merged_into"), Sum("merged_into"))),
    (DataSet, (Max("loaded_at"),)),
    (Release, (Max("pk"),)),
)


def state_lately() -> str:
    """The `state` of some seconds ago at most; raises `places.patience_sql.TooLongPage`. Not for a transaction that only reads: it writes."""
    known: str | None = cache.get(_KEPT)
    if known is None:
        with limited():
            known = state()
        keep(known)
    return known


def keep(known: str) -> None:
    """Let `state_lately` tell this state for some seconds."""
    cache.set(_KEPT, known, _KEPT_S)


def state() -> str:
    """What tells this state of all that is published from others; the same on every machine. A dozen queries."""
    said = [sorted(model._default_manager.aggregate(*what).items()) for model, what in _STATES]
    city = the_city()
    told = (
        _WRITING,
        settings.PUBLIC_URL,
        settings.OC4IDS_PREFIX,
        settings.OCDS_PREFIX,
        city and (city.names, city.licences),
        said,
    )
    return hashlib.blake2b(repr(told).encode(), digest_size=12).hexdigest()


def projects() -> Iterator[Shape]:
    """Every project, then every contract for repairs without one. Memory holds a batch."""
    for batch in project_batches():
        works = works_of_projects(batch)
        yield from (oc4ids_project.project(one, works) for one in batch)
    for contracts in programme_batches(_PROGRAMMES):
        works = works_of_contracts(contracts)
        yield from (oc4ids_project.programme(one, works) for one in contracts)


def package() -> Iterator[bytes]:
    """The package as lines of JSON, a line a project. Of a city without projects it is one with an empty list."""
    head = present(uri=address("data-oc4ids"), version="0.9", publishedDate=moment(timezone.now()), **about_publisher())
    yield json.dumps(head, ensure_ascii=False)[:-1].encode() + b', "projects": [\n'
    between = b""
    for one in projects():
        yield between + json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode()
        between = b",\n"
    yield b"\n]}\n"


def about_publisher() -> Shape:
    """Who publishes this and under what terms: what packages of both standards say alike."""
    city = the_city()
    name = in_language(city.names, "en") if city else "CityMap"
    terms = licence()
    return present(
        publisher=present(name=name, uri=f"{settings.PUBLIC_URL}/"),
        license=web_address(terms.url) if terms else "",
        publicationPolicy=address("data-credits"),
    )


def address(route: str, *arguments: str) -> str:
    """The public address of a door, whatever name the asker used for this server."""
    return f"{settings.PUBLIC_URL}{reverse(route, args=arguments)}"
