"""From a name in a source to the one organisation it means; new ones are written down, and so is each spelling."""

from __future__ import annotations

from works.firms import Firm, key_of
from works.models import Organisation, OrganisationName


class FirmBook:
    """Organisations as they are met. A register number decides; without one the normal form of the name does.

    A name that two organisations with numbers share says nothing about which is meant: it then stands for a third one without a number.
    """

    def __init__(self) -> None:
        self._known: dict[Firm, int] = {}
        self.new = 0
        self.joined = 0

    def number_of(self, firm: Firm | None) -> int | None:
        """The organisation's row; None for none. Up to four queries for a firm that was not met before, none for others."""
        if firm is None:
            return None
        if firm not in self._known:
            key = key_of(firm.name) or firm.name[:300]
            found = self._by_number(firm, key) if firm.identifier else self._by_name(firm, key)
            _name, fresh = OrganisationName.objects.get_or_create(
                organisation=found, spelling=firm.name[:300], defaults={"key": key}
            )
            self.joined += fresh and found.legal_name != firm.name[:300]
            self._known[firm] = found.pk
        return self._known[firm]

    def _by_number(self, firm: Firm, key: str) -> Organisation:
        found = Organisation.objects.filter(scheme=firm.scheme, identifier=firm.identifier).first()
        if found is not None:
            return found
        nameless = Organisation.objects.filter(key=key, identifier="").first()
        if nameless is None:
            return self._create(firm, key)
        # The firm was known by its name alone until its register number turned up.
        nameless.scheme, nameless.identifier = firm.scheme, firm.identifier
        nameless.save(update_fields=["scheme", "identifier"])
        return nameless

    def _by_name(self, firm: Firm, key: str) -> Organisation:
        numbers = set(OrganisationName.objects.filter(key=key).values_list("organisation", flat=True))
        if len(numbers) == 1:
            return Organisation.objects.get(pk=numbers.pop())
        return Organisation.objects.filter(key=key, identifier="").first() or self._create(Firm(firm.name), key)

    def _create(self, firm: Firm, key: str) -> Organisation:
        self.new += 1
        return Organisation.objects.create(scheme=firm.scheme, identifier=firm.identifier, legal_name=firm.name[:300], key=key)
