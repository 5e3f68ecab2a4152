"""A contracting process as OCDS 1.1.5 writes it, with the Location and Project extensions: all that is known of it now.

A process is all contracts of one ocid. Parts of a release refer to organisations that are among its ``parties``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings
from django.urls import reverse

from gis_data.names import in_language
from opendata.oc4ids_contracts import documents, in_role, milestone, suppliers, transactions
from opendata.oc4ids_places import locations, repair_locations
from opendata.parties import Parties
from opendata.publication_ids import contract_id, ocid_of, project_id
from opendata.standard_shapes import Shape, first_moment, period, present, value
from opendata.works_read import Works
from works.codelists import PartyRole, Stage
from works.contract_now import end_now, value_now
from works.models import Contract, ContractChange

EXTENSIONS: Final = tuple(
    f"https://raw.githubusercontent.com/open-contracting-extensions/ocds_{name}_extension/master/extension.json"
    for name in ("location", "project")
)
_AWARDS: Final = {"pre-award": "pending", "active": "active", "closed": "active"}
_CONTRACTS: Final = {"pre-award": "pending", "active": "active", "closed": "terminated"}
#: Roles that OCDS knows by name; others are those of a project.
_ROLES: Final = frozenset(
    {"buyer", "procuringEntity", "supplier", "tenderer", "funder", "payer", "payee", "administrativeEntity"}
)


def process(contracts: Sequence[Contract], works: Works) -> Shape:
    """All that is known of a process (one ocid). It has no id, date and tag yet: those are a release's own."""
    first, parties = contracts[0], Parties(works.book)
    told = present(
        ocid=ocid_of(first),
        initiationType="tender",
        language=first.data_set.language,
        buyer=next(iter(parties.refer_all(_all_in(contracts, works, PartyRole.BUYER), "buyer")), {}),
        planning=_planning(contracts),
        tender=_tender(first, works, parties),
        awards=[_award(one, works, parties) for one in contracts],
        contracts=[_contract(one, works, parties) for one in contracts],
    )
    for one in contracts:
        for party in works.contract_parties.get(one.pk, ()):
            if party.role in _ROLES:
                parties.refer(party.organisation_id, party.role)
    return told | present(parties=parties.listed())


def _all_in(contracts: Sequence[Contract], works: Works, role: str) -> list[int]:
    return [key for one in contracts for key in in_role(one, works, role)]


def _planning(contracts: Sequence[Contract]) -> Shape:
    """The project it belongs to (Project extension), by the id that it has in our OC4IDS package."""
    project = next((one.project for one in contracts if one.project), None)
    if project is None:
        return {}
    address = settings.PUBLIC_URL + reverse("project", args=[project.public_id])
    return {"project": present(id=project_id(project), title=in_language(project.title, project.data_set.language), uri=address)}


def _tender(one: Contract, works: Works, parties: Parties) -> Shape:
    return present(
        id=f"{contract_id(one)}-tender",
        status="complete" if one.status in {"active", "closed"} else None,
        procurementMethod=one.method,
        numberOfTenderers=one.tenderers,
        tenderers=parties.refer_all(in_role(one, works, PartyRole.TENDERER), "tenderer"),
        procuringEntity=next(iter(parties.refer_all(in_role(one, works, PartyRole.PROCURING_ENTITY), "procuringEntity")), {}),
    )


def _award(one: Contract, works: Works, parties: Parties) -> Shape:
    """What was awarded: the value as signed."""
    return present(
        id=f"{contract_id(one)}-award",
        status=_AWARDS.get(one.status),
        value=value(one.value, one.currency),
        suppliers=suppliers(one, works, parties),
    )


def _contract(one: Contract, works: Works, parties: Parties) -> Shape:
    """The contract as it stands after all modifications."""
    changes = works.changes.get(one.pk, ())
    repairs = works.contract_repairs.get(one.pk, ())
    paid = [row for row in works.contract_money.get(one.pk, ()) if row.stage == Stage.PAID]
    language = one.data_set.language
    return present(
        id=contract_id(one),
        awardID=f"{contract_id(one)}-award",
        title=in_language(one.title, language) or one.number,
        status=_CONTRACTS.get(one.status),
        period=period(one.start, end_now(one, changes)),
        value=value(value_now(one, changes), one.currency),
        items=_items(one, works),
        dateSigned=first_moment(one.signed_on),
        documents=documents(works.contract_documents.get(one.pk, ())),
        amendments=[_amendment(change) for change in changes],
        implementation=present(
            transactions=[_without_milestone(row) for row in transactions(paid, parties, {})],
            milestones=[milestone(repair, language, with_cost=False) for repair in repairs],
        ),
    )


def _without_milestone(row: Shape) -> Shape:
    return {name: told for name, told in row.items() if name != "relatedImplementationMilestone"}


def _items(one: Contract, works: Works) -> list[Shape]:
    """The works as one item, with the places where they are done (Location extension)."""
    places: list[Any] = [*works.places.get(one.project_id or 0, ())]
    language = one.data_set.language
    drawn = [*locations(places, language), *repair_locations(works.contract_repairs.get(one.pk, ()))]
    without = ({name: told for name, told in place.items() if name != "id"} for place in drawn)
    plain = list({json.dumps(place, sort_keys=True): place for place in without}.values())  # each once: two repairs of one spot
    title = in_language(one.title, language)
    return [present(id="works", description=title, deliveryLocations=plain)] if plain else []


def _amendment(change: ContractChange) -> Shape:
    told = [
        f"value: {change.old_value} → {change.new_value} {change.currency}" if change.new_value is not None else "",
        f"end: {change.old_end or '?'} → {change.new_end}" if change.new_end else "",
    ]
    return present(
        id=change.local_id,
        date=first_moment(change.on),
        rationale=change.rationale,
        description="; ".join(one for one in (change.kind, *told) if one),
    )
