"""``erase_reporter REFERENCE-OR-EMAIL``: take a person out of the records and leave the appeal."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import fields
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from issues import erasure, public_id
from issues.models import Appeal


class Command(BaseCommand):
    help = (
        "Remove a reporter (name, e-mail, phone, tracking link, network address, their photos and demo letters) and keep the "
        "appeal. By the reference of one report, or by e-mail for all reports of a person. Running it again is harmless."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("who", help="reference of a report (ABCD-EFGH) or e-mail address")
        parser.add_argument("--keep-photos", action="store_true", help="keep the photos: somebody has looked at them")

    def handle(self, *args: Any, who: str, keep_photos: bool, **options: Any) -> None:
        if "@" in who:
            gone = erasure.erase_email(who.strip(), keep_photos=keep_photos)
            self._warn(erasure.still_named(who.strip()))
        else:
            reference = public_id.parse(who)
            if reference is None or not Appeal.objects.filter(public_id=reference).exists():
                raise CommandError(f"There is no report with the reference {who}.")
            gone = erasure.erase_reference(reference, keep_photos=keep_photos)
        for one in fields(gone):
            self.stdout.write(f"{one.name}: {getattr(gone, one.name)}")

    def _warn(self, changes: int) -> None:
        if changes:
            self.stderr.write(f"{changes} published answers contain this address. They cannot be edited: hide those reports.")
