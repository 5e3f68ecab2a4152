"""A funded project as OC4IDS 0.9.5 writes it. Nothing is guessed: what the ledger and its sources do not say is left out.

``period`` is the plan and ``completion`` what became of it; the end that was promised at first is the milestone ``promised-end``. Warranty
is ``maintenancePeriod``; the tables of the ledger have each of them in full. A contract for repairs that belongs to no project is a project of its
own, its repairs the milestones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from gis_data.names import in_language
from opendata.oc4ids_contracts import documents, milestone, photos, processes, transactions
from opendata.oc4ids_places import locations, repair_locations
from opendata.parties import Parties
from opendata.publication_ids import contract_id, programme_id, project_id
from opendata.standard_shapes import Shape, first_moment, last_moment, moment, period, present, total, value
from opendata.works_read import Works
from works.codelists import PartyRole, ProjectStatus, Stage
from works.models import Contract, Money, Project

_STAND: Final = {"pre-award": "preparation", "active": "implementation", "closed": "completion"}


def project(one: Project, works: Works) -> Shape:
    """One project with its contracts. Works must hold what belongs to it."""
    language, parties = one.data_set.language, Parties(works.book)
    money, contracts = works.money.get(one.pk, ()), works.contracts.get(one.pk, ())
    authorities = [party.organisation_id for party in works.parties.get(one.pk, ()) if party.role == PartyRole.PUBLIC_AUTHORITY]
    under = {contract.pk for contract in contracts}
    own = {repair.pk: repair for repair in works.repairs.get(one.pk, ()) if repair.contract_id not in under}
    told = present(
        id=project_id(one),
        updated=moment(one.updated_at),
        language=language,
        identifiers=[{"scheme": one.data_set.code, "id": one.local_id}],
        publicAuthority=next(iter(parties.refer_all(authorities, "publicAuthority")), {}),
        title=in_language(one.title, language),
        description=in_language(one.description, language),
        status=one.status,
        type=one.type,
        sector=list(dict.fromkeys(one.sectors)),
        additionalClassifications=_category(one),
        period=period(one.planned_start or one.promised_start, one.planned_end or one.promised_end),
        implementationPeriod=period(one.actual_start, one.actual_end or one.planned_end) if one.actual_start else {},
        maintenancePeriod=_warranty(one.actual_end, [one.warranty_until], contracts),
        budget=_budget(one, money, parties),
        locations=locations(works.places.get(one.pk, ()), language),
        documents=[*documents(works.documents.get(one.pk, ())), *photos(works.photos.get(one.pk, ()), one.public_id)],
        milestones=[*_promise(one), *(milestone(repair, language, with_cost=True) for repair in own.values())],
        completion=_completion(one, money),
        transactions=transactions(
            [row for row in money if row.stage == Stage.PAID and row.contract_id not in under], parties, own
        ),
        contractingProcesses=processes(contracts, works, parties),
    )
    for party in works.parties.get(one.pk, ()):
        parties.refer(party.organisation_id, party.role)
    for contract in contracts:
        _all_roles(contract, works, parties)
    return told | present(parties=parties.listed())


def programme(one: Contract, works: Works) -> Shape:
    """A contract for repairs without a project. The places are those of its repairs."""
    language, parties = one.data_set.language, Parties(works.book)
    repairs = works.contract_repairs.get(one.pk, ())
    told = present(
        id=programme_id(one),
        updated=moment(max([one.updated_at, *(repair.updated_at for repair in repairs)])),
        language=language,
        identifiers=[{"scheme": one.data_set.code, "id": one.local_id}],
        title=in_language(one.title, language) or one.number or contract_id(one),
        status=_STAND.get(one.status),
        type="rehabilitation",
        period=period(one.start, one.end),
        maintenancePeriod=_warranty(None, [one.warranty_until, *(repair.warranty_until for repair in repairs)], ()),
        locations=repair_locations(repairs),
        contractingProcesses=processes([one], works, parties),
    )
    _all_roles(one, works, parties)
    return told | present(parties=parties.listed())


def _all_roles(contract: Contract, works: Works, parties: Parties) -> None:
    for party in works.contract_parties.get(contract.pk, ()):
        parties.refer(party.organisation_id, party.role)


def _category(one: Project) -> list[Shape]:
    """The kind of works as the source calls it, under the source's own name."""
    return [{"scheme": one.data_set.code, "id": one.category, "description": one.category}] if one.category.strip() else []


def _warranty(ended: dt.date | None, until: Sequence[dt.date | None], contracts: Sequence[Contract]) -> Shape:
    """From the end of the works to the last day of the longest warranty."""
    known = [day for day in (*until, *(contract.warranty_until for contract in contracts)) if day]
    return period(ended, max(known)) if known else {}


def _budget(one: Project, money: Sequence[Money], parties: Parties) -> Shape:
    """What was approved, else what was planned, else what was promised; row by row for both of the first."""
    stages = {stage: [row for row in money if row.stage == stage] for stage in (Stage.APPROVED, Stage.PLANNED)}
    counted = stages[Stage.APPROVED] or stages[Stage.PLANNED]
    promised = value(one.promised_amount, one.promised_currency)
    days = [row.on for row in stages[Stage.APPROVED] if row.on]
    return present(
        amount=total((row.amount, row.currency) for row in counted) if counted else promised,
        description=f"Promised at first: {one.promised_amount} {one.promised_currency}" if promised else "",
        approvalDate=first_moment(max(days)) if days else None,
        budgetBreakdowns=[
            {"id": stage.value, "description": _BREAKDOWNS[stage], "budgetBreakdown": [_row(row, parties) for row in rows]}
            for stage, rows in stages.items()
            if rows
        ],
    )


_BREAKDOWNS: Final = {
    Stage.APPROVED: "Approved, row by row of the ledger",
    Stage.PLANNED: "Planned, row by row of the ledger; never to be added to what was approved",
}


def _row(row: Money, parties: Parties) -> Shape:
    span = period(row.starts, row.ends) or period(row.on, None)
    return present(
        id=row.local_id,
        description=" · ".join(text for text in (row.title, row.fund) if text),
        amount=value(row.amount, row.currency),
        period=span,
        sourceParty=parties.refer(row.payer_id, "funder"),
    )


def _promise(one: Project) -> list[Shape]:
    if not one.promised_end:
        return []
    status = "met" if one.actual_end else "notMet" if one.status == ProjectStatus.CANCELLED else "scheduled"
    return [
        present(
            id="promised-end",
            title="End of the works, as promised at first",
            type="delivery",
            code="completion",
            dueDate=last_moment(one.promised_end),
            dateMet=last_moment(one.actual_end),
            status=status,
        )
    ]


def _completion(one: Project, money: Sequence[Money]) -> Shape:
    paid = total((row.amount, row.currency) for row in money if row.stage == Stage.PAID) if one.actual_end else {}
    return present(
        endDate=last_moment(one.actual_end),
        endDateDetails=one.delay_reason,
        finalValue=paid,
        finalValueDetails="All payments of the project in the ledger" if paid else "",
    )
