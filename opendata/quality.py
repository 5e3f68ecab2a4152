"""The nightly look at the quality of what is published: the same documents that the doors give, checked and counted, and kept as verdicts.

The validators of the standards themselves are not part of the product; they judge these documents in its tests. What ran here, when, and on how
many things is stored with each verdict, and what did not run is shown as not checked.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, Final

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone

from gis_data.map_layers import the_city
from layers.one_answer import one_answer
from opendata import oc4ids_package, ocds_merge
from opendata.currencies import CURRENCIES
from opendata.models import Release, Verdict
from opendata.ocds_publish import digest, stored
from opendata.quality_checks import COVERAGE, Checks, Tally
from opendata.standard_shapes import Shape
from works.models import DataSet, Document, Money, Repair, WorksPhoto

logger = logging.getLogger(__name__)
#: The prefixes that stand for "none was asked for yet".
PLACEHOLDER: Final = "000000"
_PROCESSES: Final = 200
Counted = dict[str, dict[str, int]]


@one_answer()
def check_all() -> dict[str, int]:
    """Look at every publication and every data set, and keep what was found; return the number of findings by subject.

    What cannot be looked at is said to be so, and stops nothing else.
    """
    found: dict[str, int] = {}
    looks: dict[str, Callable[[], Iterator[Verdict]]] = {"oc4ids": _oc4ids, "ocds": _ocds, "ledger": _ledger, "repairs": _repairs}
    for subject, look in looks.items():
        try:
            verdicts = list(look())
        except Exception as error:  # one broken document must not hide the verdicts on all others
            logger.exception("the quality of %s could not be checked", subject)
            verdicts = [Verdict(subject=subject, error=type(error).__name__)]
        for one in verdicts:
            found[one.subject] = sum(check["found"] for check in one.checks.values())
            _keep(one)
    known = {f"set:{code}" for code in DataSet.objects.values_list("code", flat=True)}
    Verdict.objects.filter(subject__startswith="set:").exclude(subject__in=known).delete()
    return found


def _keep(one: Verdict) -> None:
    values = {"checks": one.checks, "coverage": one.coverage, "error": one.error, "checked_at": timezone.now()}
    Verdict.objects.update_or_create(subject=one.subject, defaults=values)


def _oc4ids() -> Iterator[Verdict]:
    """The package, and of each data set in it what of its projects is known."""
    city = the_city()
    checks = Checks(city.bounds.extent if city else None)
    coverage: dict[str, Counted] = defaultdict(lambda: {name: {"of": 0, "have": 0} for name in COVERAGE})
    for one in oc4ids_package.projects():
        checks.project(one)
        for subject in ("oc4ids", f"set:{one['identifiers'][0]['scheme']}"):
            for name, told in COVERAGE.items():
                coverage[subject][name]["of"] += 1
                coverage[subject][name]["have"] += told(one)
    checks.tally("registered").note(settings.OC4IDS_PREFIX, good=settings.OC4IDS_PREFIX != PLACEHOLDER)
    yield Verdict(subject="oc4ids", checks=_told(checks.tallies), coverage=coverage.pop("oc4ids", {}))
    for code in DataSet.objects.values_list("code", flat=True):
        yield Verdict(subject=f"set:{code}", coverage=coverage.get(f"set:{code}", {}))


def _ocds() -> Iterator[Verdict]:
    """The stored releases: whether they are as they were written, in the order of their dates, and what they say together."""
    city = the_city()
    checks, last = Checks(city.bounds.extent if city else None), 0
    firsts = Release.objects.filter(number=1).order_by("pk")
    while batch := list(firsts.filter(pk__gt=last).values_list("pk", "ocid")[:_PROCESSES]):
        last = batch[-1][0]
        for ocid, releases in stored({ocid for _pk, ocid in batch}).items():
            _releases(checks, releases)
            checks.process(ocid, ocds_merge.compiled(one.body for one in releases))
    checks.tally("registered").note(settings.OCDS_PREFIX, good=settings.OCDS_PREFIX != PLACEHOLDER)
    yield Verdict(subject="ocds", checks=_told(checks.tallies))


def _releases(checks: Checks, releases: Any) -> None:
    for number, one in enumerate(releases, start=1):
        checks.tally("unchanged").note(one.body_id, good=digest(one.body) == one.digest)
        checks.tally("numbered").note(one.body_id, good=one.number == number and one.body.get("id") == one.body_id)
    for before, after in pairwise(releases):
        checks.tally("dates").note(after.body_id, good=before.date < after.date)


def _ledger() -> Iterator[Verdict]:
    """The rows that stand: currencies, and how much of what was paid has a payee, a day and a project."""
    standing = Money.objects.standing()
    counted = standing.aggregate(
        rows=Count("pk"),
        strange=Count("pk", filter=~Q(currency__in=CURRENCIES)),
        crossed=Count("pk", filter=Q(contract__project__isnull=False) & ~Q(project=F("contract__project"))),
        paid=Count("pk", filter=Q(stage="paid")),
        payee=Count("pk", filter=Q(stage="paid", payee__isnull=False)),
        day=Count("pk", filter=Q(stage="paid", on__isnull=False)),
        project=Count("pk", filter=Q(stage="paid", project__isnull=False)),
    )
    strange = list(standing.exclude(currency__in=CURRENCIES).values_list("local_id", flat=True)[:5])
    tallies = {
        "currency": Tally(counted["rows"], counted["strange"], strange),
        "crossed": Tally(counted["rows"], counted["crossed"]),
    }
    coverage = {f"paid-{name}": {"of": counted["paid"], "have": counted[name]} for name in ("payee", "day", "project")}
    yield Verdict(subject="ledger", checks=_told(tallies), coverage=coverage)


def _repairs() -> Iterator[Verdict]:
    """Repairs of all data sets: what is known of them."""
    linked = Document.objects.filter(repair=OuterRef("pk"), kind__startswith="photo-")
    photos = Q(Exists(linked)) | Q(Exists(WorksPhoto.objects.filter(repair=OuterRef("pk"))))
    have: dict[str, Q] = {
        "place": Q(geometry__isnull=False),
        "day": Q(finished_on__isnull=False),
        "cost": Q(cost__isnull=False),
        "contractor": Q(contractor__isnull=False),
        "contract": Q(contract__isnull=False),
        "warranty": Q(warranty_until__isnull=False),
        "photos": photos,
    }
    counted = Repair.objects.aggregate(of=Count("pk"), **{name: Count("pk", filter=known) for name, known in have.items()})
    coverage = {f"repair-{name}": {"of": counted["of"], "have": counted[name]} for name in have}
    yield Verdict(subject="repairs", coverage=coverage)


def _told(tallies: dict[str, Tally]) -> dict[str, Shape]:
    return {name: one.told() for name, one in tallies.items()}
