"""Works as publications read them: projects or contracts in batches by key, and what belongs to a batch in a dozen queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from opendata.models import Release
from opendata.parties import Organisations
from opendata.publication_ids import ocid_of
from works.models import (
    Contract,
    ContractChange,
    ContractParty,
    Document,
    Money,
    Project,
    ProjectParty,
    ProjectPlace,
    Repair,
    WorksPhoto,
)

#: Projects or contracts at a time: memory holds one batch, however many there are.
BATCH: Final = 200
_M = TypeVar("_M", bound=Model)
_Rows = Mapping[int, Sequence[_M]]


@dataclass(frozen=True, slots=True)
class Works:
    """What belongs to a batch, by the number of its project or contract. ``money`` are the standing rows of the ledger, by row.

    Money and repairs under a contract of a project are in both mappings, money that names only a repair is where the repair is.
    ``repair_photos`` are by repair. ``releases`` is by ocid, oldest first, without bodies.
    """

    book: Organisations
    places: _Rows[ProjectPlace]
    parties: _Rows[ProjectParty]
    documents: _Rows[Document]
    photos: _Rows[WorksPhoto]
    repair_photos: _Rows[WorksPhoto]
    money: _Rows[Money]
    repairs: _Rows[Repair]
    contracts: _Rows[Contract]
    contract_parties: _Rows[ContractParty]
    contract_documents: _Rows[Document]
    contract_money: _Rows[Money]
    contract_repairs: _Rows[Repair]
    changes: _Rows[ContractChange]
    releases: Mapping[str, Sequence[Release]]


def project_batches(size: int = BATCH) -> Iterator[Sequence[Project]]:
    """All projects by key, without their shapes, which their places have."""
    return _batches(Project.objects.select_related("data_set").defer("geometry", "geometry_3857"), size)


def programme_batches(size: int = BATCH) -> Iterator[Sequence[Contract]]:
    """Contracts for repairs that belong to no project, by key."""
    repairs = Repair.objects.filter(contract=OuterRef("pk"), project=None)
    return _batches(Contract.objects.select_related("data_set").filter(Exists(repairs), project=None), size)


def contract_batches(size: int = BATCH) -> Iterator[Sequence[Contract]]:
    """All contracts by key."""
    return _batches(Contract.objects.select_related("data_set", "project__data_set"), size)


def _batches(rows: QuerySet[_M], size: int) -> Iterator[list[_M]]:
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:size]):
        yield batch
        last = batch[-1].pk


def works_of_projects(projects: Sequence[Project]) -> Works:
    """Read all that belongs to these projects and to their contracts."""
    keys = [one.pk for one in projects]
    contracts = list(Contract.objects.select_related("data_set").filter(project__in=keys).order_by("pk"))
    return _works(keys, contracts)


def works_of_contracts(contracts: Sequence[Contract]) -> Works:
    """Read all that belongs to these contracts, and the parties and places of their projects."""
    return _works(sorted({one.project_id for one in contracts if one.project_id is not None}), contracts)


def _works(projects: list[int], contracts: Sequence[Contract]) -> Works:
    keys = [one.pk for one in contracts]
    either = Q(project__in=projects) | Q(contract__in=keys)
    repairs = list(Repair.objects.filter(either).defer("geometry_3857").order_by("pk"))
    money = list(Money.objects.standing().filter(either | Q(repair__in=[one.pk for one in repairs])).order_by("pk"))
    _place(money, repairs, contracts)
    photos = list(WorksPhoto.objects.filter(Q(project__in=projects) | Q(repair__in=[one.pk for one in repairs])).order_by("pk"))
    documents = list(Document.objects.filter(either).order_by("pk"))
    parties = list(ProjectParty.objects.filter(project__in=projects).order_by("pk"))
    others = list(ContractParty.objects.filter(contract__in=keys).order_by("pk"))
    changes = ContractChange.objects.filter(contract__in=keys).order_by("pk")
    named = chain(
        (one.organisation_id for one in parties),
        (one.organisation_id for one in others),
        (one.supplier_id for one in contracts),
        chain.from_iterable((one.payer_id, one.payee_id) for one in money),
    )
    return Works(
        book=Organisations(named),
        places=_by(_places(projects), lambda one: one.project_id),
        parties=_by(parties, lambda one: one.project_id),
        documents=_by(documents, lambda one: one.project_id),
        photos=_by(photos, lambda one: one.project_id),
        repair_photos=_by(photos, lambda one: one.repair_id),
        money=_by(money, lambda one: one.project_id),
        repairs=_by(repairs, lambda one: one.project_id),
        contracts=_by(contracts, lambda one: one.project_id),
        contract_parties=_by(others, lambda one: one.contract_id),
        contract_documents=_by(documents, lambda one: one.contract_id),
        contract_money=_by(money, lambda one: one.contract_id),
        contract_repairs=_by(repairs, lambda one: one.contract_id),
        changes=_by(changes, lambda one: one.contract_id),
        releases=_releases({ocid_of(one) for one in contracts}),
    )


def _place(money: Sequence[Money], repairs: Sequence[Repair], contracts: Sequence[Contract]) -> None:
    """Say whose money it is where a row does not: in memory, for the ledger is never edited. A contract of another project is none."""
    known = {one.pk: one for one in repairs}
    projects = {one.pk: one.project_id for one in contracts}
    for row in money:
        project, contract = _of_repair(known.get(row.repair_id or 0))
        row.project_id = row.project_id or projects.get(row.contract_id or 0) or project or projects.get(contract or 0)
        if row.contract_id is None and projects.get(contract or 0) in {None, row.project_id}:
            row.contract_id = contract


def _of_repair(repair: Repair | None) -> tuple[int | None, int | None]:
    return (repair.project_id, repair.contract_id) if repair else (None, None)


def _places(projects: list[int]) -> list[ProjectPlace]:
    """Places with their shapes, but for those that are only named: theirs is a whole district's."""
    places = ProjectPlace.objects.filter(project__in=projects).defer("geometry_3857")
    known = places.exclude(kind="named")
    named = places.filter(kind="named").defer("geometry", "geometry_3857", "boundary__geometry")
    return sorted([*known, *named.select_related("boundary__boundary_set")], key=lambda one: (one.project_id, one.number))


def _releases(ocids: set[str]) -> Mapping[str, Sequence[Release]]:
    found = defaultdict(list)
    for one in Release.objects.filter(ocid__in=ocids).defer("body").order_by("ocid", "number"):
        found[one.ocid].append(one)
    return found


def _by(rows: Iterable[_M], key: Callable[[_M], Any]) -> Mapping[int, Sequence[_M]]:
    """Rows by a key; those without it are left out."""
    found: dict[int, list[_M]] = defaultdict(list)
    for row in rows:
        if (number := key(row)) is not None:
            found[number].append(row)
    return found
