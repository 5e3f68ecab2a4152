"""The organisations that a publication speaks of: each once, under one id, with all the roles it plays there."""

from __future__ import annotations

from collections.abc import Iterable

from opendata.standard_shapes import Shape, present
from works.models import Organisation


class Organisations:
    """Organisations by their number; one that was merged into another is that other. A query for each step of a chain of merges."""

    def __init__(self, keys: Iterable[int | None]) -> None:
        self._rows: dict[int, Organisation] = {}
        wanted = {key for key in keys if key is not None}
        while wanted:
            self._rows |= Organisation.objects.in_bulk(wanted)
            ends = {row.merged_into_id for row in self._rows.values() if row.merged_into_id is not None}
            wanted = ends - self._rows.keys()

    def __getitem__(self, key: int) -> Organisation:
        seen, row = {key}, self._rows[key]
        while row.merged_into_id is not None and row.merged_into_id not in seen:
            seen.add(row.merged_into_id)
            row = self._rows[row.merged_into_id]
        return row


class Parties:
    """The parties of one project or process, in the order in which they come up. Whoever is referred to is one of them."""

    def __init__(self, book: Organisations) -> None:
        self._book = book
        self._roles: dict[int, dict[str, None]] = {}
        self._rows: dict[int, Organisation] = {}

    def refer(self, key: int | None, *roles: str) -> Shape:
        """An OrganizationReference, {} for nobody."""
        if key is None:
            return {}
        row = self._book[key]
        self._rows[row.pk] = row
        self._roles.setdefault(row.pk, {}).update(dict.fromkeys(roles))
        return present(id=party_id(row), name=row.legal_name)

    def refer_all(self, keys: Iterable[int | None], *roles: str) -> list[Shape]:
        """A list of references, each organisation once."""
        return list({one["id"]: one for key in keys if (one := self.refer(key, *roles))}.values())

    def listed(self) -> list[Shape]:
        """All of them as Organization."""
        return [self._party(row, list(self._roles[key])) for key, row in self._rows.items()]

    def _party(self, row: Organisation, roles: list[str]) -> Shape:
        number = present(scheme=row.scheme, id=row.identifier, legalName=row.legal_name) if row.identifier else {}
        return present(id=party_id(row), name=row.legal_name, identifier=number, roles=roles)


def party_id(row: Organisation) -> str:
    """The number in its register, with the register's code; else our own. The ledger's tables use the same."""
    return f"{row.scheme}-{row.identifier}" if row.identifier.strip() else f"org-{row.pk}"
