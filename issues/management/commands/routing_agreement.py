"""``routing_agreement [SOURCE…]``: imported appeals held against the rules of today."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from issues.models import Appeal
from issues.routing.agreement import NOBODY, Agreement, compare
from issues.routing.derive import derive_missing

_LISTED: Final = 10


class Command(BaseCommand):
    help = (
        "Compare the service that imported reports came with to the one that today's rules choose on today's ground, and print how "
        "far they agree. Reports whose ground was never read are read first. Nothing is sent anywhere; running it again is harmless."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("sources", nargs="*", metavar="SOURCE", help="sources of imported reports (all of them by default)")
        parser.add_argument("--list", type=int, default=_LISTED, help="how many of the largest disagreements to print")

    def handle(self, *args: Any, sources: list[str], list: int, **options: Any) -> None:
        known = set(Appeal.objects.exclude(source_ref="").values_list("source", flat=True).distinct())
        if unknown := set(sources) - known:
            raise CommandError(f"No imported report comes from {', '.join(sorted(unknown))}.")
        read = derive_missing()
        if read:
            self.stdout.write(f"the ground was read for {read:,} reports")
        found = compare(sources)
        if not found.compared:
            raise CommandError("There is no imported report to compare.")
        self._totals(found)
        self._departments(found)
        self._disagreements(found, list)

    def _totals(self, found: Agreement) -> None:
        self.stdout.write(f"{'':<32} {'compared':>9} {'agreed':>9} {'%':>7}")
        for name, compared, agreed in (
            ("all", found.compared, found.agreed),
            ("with a place", *found.placed),
            ("without a place", *found.unplaced),
        ):
            self.stdout.write(f"{name:<32} {compared:>9,} {agreed:>9,} {_percent(agreed, compared):>7}")
        self.stdout.write(f"rules in force {found.rules}; came without a service {found.no_department:,}")
        if found.no_facts:
            self.stdout.write(f"not compared, their ground was not read: {found.no_facts:,}")

    def _departments(self, found: Agreement) -> None:
        self.stdout.write(f"\n{'service':<32} {'imported':>9} {'agreed':>9} {'%':>7} {'chosen':>9}")
        for code, imported, agreed, chosen in found.departments():
            self.stdout.write(f"{_name(code):<32} {imported:>9,} {agreed:>9,} {_percent(agreed, imported):>7} {chosen:>9,}")

    def _disagreements(self, found: Agreement, limit: int) -> None:
        self.stdout.write(f"\n{'category':<48} {'imported':<20} {'chosen':<20} {'count':>7}")
        for category, told, chosen, count in found.disagreements(limit):
            self.stdout.write(f"{category:<48} {_name(told):<20} {_name(chosen):<20} {count:>7,}")


def _name(code: str) -> str:
    return "(a dispatcher decides)" if code == NOBODY else code


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f}" if whole else "–"
