"""Contracts as contracting processes of OC4IDS 0.9.5, with their payments, modifications, and repairs as milestones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from django.conf import settings
from django.urls import reverse

from gis_data.names import in_language
from opendata.parties import Parties
from opendata.publication_ids import contract_id, ocid_of
from opendata.standard_shapes import Shape, first_moment, moment, period, present, total, value, web_address
from opendata.works_read import Works
from works.codelists import DocumentKind, PartyRole, RepairStatus, Stage
from works.models import Contract, ContractChange, Document, Money, Repair, WorksPhoto

_MET: Final = {RepairStatus.FINISHED: "met", RepairStatus.CANCELLED: "notMet"}
#: Photos are illustrations there; what has no code of its own is published without one.
_KINDS: Final = {DocumentKind.PHOTO_BEFORE: "illustration", DocumentKind.PHOTO_AFTER: "illustration", DocumentKind.OTHER: ""}


def processes(contracts: Sequence[Contract], works: Works, parties: Parties) -> list[Shape]:
    """A process a contract. Its id is the ocid; contracts that share one have ids of their own and the ocid beside it."""
    ocids = [ocid_of(one) for one in contracts]
    return [
        {"id": ocid if ocids.count(ocid) == 1 else contract_id(one), **_told(one, ocid, works, parties)}
        for one, ocid in zip(contracts, ocids, strict=True)
    ]


def _told(one: Contract, ocid: str, works: Works, parties: Parties) -> Shape:
    return present(summary=_summary(one, ocid, works, parties), releases=_releases(ocid, works))


def _summary(one: Contract, ocid: str, works: Works, parties: Parties) -> Shape:
    money, language = works.contract_money.get(one.pk, ()), one.data_set.language
    paid = [row for row in money if row.stage == Stage.PAID]
    repairs = works.contract_repairs.get(one.pk, ())
    closed = one.status == "closed"
    return present(
        ocid=ocid,
        externalReference=one.number,
        title=in_language(one.title, language),
        status=one.status,
        tender=_tender(one, works, parties),
        suppliers=suppliers(one, works, parties),
        contractValue=value(one.value, one.currency),
        contractPeriod=period(one.start, one.end),
        finalValue=total((row.amount, row.currency) for row in paid) if closed else None,
        documents=[
            *documents(works.contract_documents.get(one.pk, ())),
            *(drawn for repair in repairs for drawn in photos(works.repair_photos.get(repair.pk, ()), repair.public_id)),
        ],
        modifications=[_modification(change) for change in works.changes.get(one.pk, ())],
        transactions=transactions(paid, parties, {repair.pk: repair for repair in repairs}),
        milestones=[milestone(repair, language, with_cost=True) for repair in repairs],
    )


def _tender(one: Contract, works: Works, parties: Parties) -> Shape:
    return present(
        procurementMethod=one.method,
        numberOfTenderers=one.tenderers,
        tenderers=parties.refer_all(in_role(one, works, PartyRole.TENDERER), "tenderer"),
        procuringEntity=next(iter(parties.refer_all(in_role(one, works, PartyRole.PROCURING_ENTITY), "procuringEntity")), {}),
        administrativeEntity=next(
            iter(parties.refer_all(in_role(one, works, PartyRole.ADMINISTRATIVE_ENTITY), "administrativeEntity")), {}
        ),
    )


def in_role(one: Contract, works: Works, role: str) -> list[int]:
    """The organisations that play a role in a contract."""
    return [party.organisation_id for party in works.contract_parties.get(one.pk, ()) if party.role == role]


def suppliers(one: Contract, works: Works, parties: Parties) -> list[Shape]:
    """Whoever does the works, the one that is named first before all others."""
    return parties.refer_all([one.supplier_id, *in_role(one, works, PartyRole.SUPPLIER)], "supplier")


def transactions(paid: Iterable[Money], parties: Parties, repairs: dict[int, Repair]) -> list[Shape]:
    """Payments (Transaction). A correction keeps the id of the row that it replaces. ``repairs`` are among the milestones beside them."""
    return [
        present(
            id=row.local_id,
            date=first_moment(row.on),
            value=value(row.amount, row.currency),
            payer=parties.refer(row.payer_id, "payer"),
            payee=parties.refer(row.payee_id, "payee"),
            relatedImplementationMilestone={"id": repairs[row.repair_id].public_id} if row.repair_id in repairs else {},
        )
        for row in paid
    ]


def milestone(repair: Repair, language: str, *, with_cost: bool) -> Shape:
    """A repair as a milestone of its contract or project. OCDS knows no value of a milestone."""
    status = _MET.get(RepairStatus(repair.status), "scheduled")
    day = first_moment(repair.finished_on)
    return present(
        id=repair.public_id,
        title=in_language(repair.title, language) or str(repair.kind),
        type="delivery",
        description=repair.address,
        dueDate=None if status == "met" else day,
        dateMet=day if status == "met" else None,
        status=status,
        value=value(repair.cost, repair.currency) if with_cost else None,
    )


def documents(rows: Iterable[Document]) -> list[Shape]:
    """Documents; an address that is no URI is given in words, so that it is not lost."""
    found = []
    for one in rows:
        address = web_address(one.url)
        title = one.title or (str(one.get_kind_display()) if one.kind in _KINDS else "")
        kind = _KINDS.get(DocumentKind(one.kind), one.kind) if one.kind in DocumentKind.values else one.kind
        found.append(present(id=str(one.pk), documentType=kind, title=title, url=address, description="" if address else one.url))
    return found


def photos(rows: Iterable[WorksPhoto], what: str) -> list[Shape]:
    """Photos that are kept here, of the thing called ``what``. They are in no release: what staff take away must go everywhere."""
    return [
        present(
            id=f"photo-{one.pk}",
            documentType="illustration",
            title=f"{what}: {one.time} the works{' (drawing of the demonstration)' if one.invented else ''}",
            description=one.note,
            url=settings.PUBLIC_URL + reverse("works-photo", args=[one.name]),
            format="image/jpeg",
        )
        for one in rows
    ]


def _modification(change: ContractChange) -> Shape:
    return present(
        id=change.local_id,
        date=first_moment(change.on),
        type=change.kind,
        rationale=change.rationale,
        oldContractValue=value(change.old_value, change.currency),
        newContractValue=value(change.new_value, change.currency),
        oldContractPeriod=period(None, change.old_end),
        newContractPeriod=period(None, change.new_end),
    )


def _releases(ocid: str, works: Works) -> list[Shape]:
    """Where the releases of the process are (LinkedRelease)."""
    address = settings.PUBLIC_URL + reverse("data-ocds-releases-of", args=[ocid])
    return [
        {"id": one.body_id, "tag": one.tag, "date": moment(one.date), "url": f"{address}#{one.body_id}"}
        for one in works.releases.get(ocid, ())
    ]
