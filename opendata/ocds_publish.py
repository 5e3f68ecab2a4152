"""Publish releases: what each contracting process says now is held against what was published of it; what is new becomes a release."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from django.db import transaction
from django.utils import timezone

from opendata import ocds_merge
from opendata.models import Release
from opendata.ocds_release import process
from opendata.publication_ids import ocid_of
from opendata.published_sql import one_publisher
from opendata.standard_shapes import Shape, moment
from opendata.works_read import contract_batches, works_of_contracts
from works.models import Contract

_STEP: Final = dt.timedelta(microseconds=1)


def publish() -> int:
    """Write a release for each process that says something new; return how many. Again, it writes nothing.

    A transaction a batch of contracts: what was published stays published if the rest fails.
    """
    written = 0
    for batch in contract_batches():
        with transaction.atomic():
            one_publisher()
            written += _publish(_processes(batch))
    return written


def _processes(batch: Sequence[Contract]) -> list[list[Contract]]:
    """The processes that begin in this batch, each with all of its contracts, wherever those stand."""
    shared = {one.ocid for one in batch if ocid_of(one) == one.ocid}
    others = Contract.objects.select_related("data_set", "project__data_set").filter(ocid__in=shared).order_by("pk")
    found: dict[str, dict[int, Contract]] = defaultdict(dict)
    for one in (*others, *batch):
        found[ocid_of(one)].setdefault(one.pk, one)
    begun = {one.pk for one in batch}
    return [list(contracts.values()) for contracts in found.values() if min(contracts) in begun]


def _publish(processes: Sequence[Sequence[Contract]]) -> int:
    works = works_of_contracts([one for contracts in processes for one in contracts])
    before = stored({ocid_of(contracts[0]) for contracts in processes})
    fresh = []
    for contracts in processes:
        ocid = ocid_of(contracts[0])
        release = _release(ocid, process(contracts, works), before.get(ocid, ()))
        if release is not None:
            fresh.append(release)
    Release.objects.bulk_create(fresh, batch_size=200)
    return len(fresh)


def stored(ocids: set[str]) -> Mapping[str, Sequence[Release]]:
    """The releases of some processes, oldest first. One query."""
    found: dict[str, list[Release]] = defaultdict(list)
    for one in Release.objects.filter(ocid__in=ocids).order_by("ocid", "number"):
        found[one.ocid].append(one)
    return found


def _release(ocid: str, now: Shape, before: Sequence[Release]) -> Release | None:
    news = ocds_merge.news(ocds_merge.compiled(one.body for one in before), now)
    if not news:
        return None
    number = len(before) + 1
    date = max([timezone.now(), *(one.date + _STEP for one in before[-1:])])
    tag = list(_tags(news, first=not before))
    own = {"ocid": ocid, "id": f"{ocid}-{number}", "date": moment(date), "tag": tag, "initiationType": now["initiationType"]}
    body = {**own, **news}
    return Release(ocid=ocid, number=number, date=date, tag=tag, body=body, digest=digest(body))


def digest(body: Shape) -> str:
    """The SHA-256 of a release with its keys in order."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _tags(news: Shape, *, first: bool) -> Iterator[str]:
    """What kind of news it is (releaseTag): a new contract, a modification, its end, payments and repairs, or other words for what was known."""
    contracts = news.get("contracts", [])
    paid = any(one.get("implementation") for one in contracts)
    if first:
        yield "contract"
    elif any(one.get("status") == "terminated" for one in contracts):
        yield "contractTermination"
    elif any(one.get("amendments") for one in contracts):
        yield "contractAmendment"
    elif not paid or any(one.keys() - {"id", "awardID", "implementation"} for one in contracts):
        yield "contractUpdate"
    if paid:
        yield "implementation" if first else "implementationUpdate"
