"""The manifest's words on licences: under what terms each data set of the city may be used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gis_data.pack_table import Table
from gis_data.pack_types import PackLicence

#: For every data set that is not named itself.
DEFAULT: Final = "default"
#: Licences that are known by their SPDX code: their name, and the address of their text.
KNOWN: Final[Mapping[str, PackLicence]] = {
    "CC0-1.0": PackLicence("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "CC-BY-4.0": PackLicence("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "CC-BY-SA-4.0": PackLicence("CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/"),
    "ODbL-1.0": PackLicence("ODbL 1.0", "https://opendatacommons.org/licenses/odbl/1-0/"),
    "ODC-By-1.0": PackLicence("ODC-By 1.0", "https://opendatacommons.org/licenses/by/1-0/"),
    "PDDL-1.0": PackLicence("PDDL 1.0", "https://opendatacommons.org/licenses/pddl/1-0/"),
}


def read_licences(table: Table | None) -> dict[str, PackLicence]:
    """[city.licences]: data set (or ``default``) → code of a known licence, or ``{ title, url }``."""
    if table is None:
        return {}
    found = {name: _licence(table, name) for name in table.written()}
    table.finish()
    return found


def _licence(table: Table, name: str) -> PackLicence:
    if not table.is_table(name):
        code = table.text(name)
        return KNOWN.get(code) or table.fail(
            name, f'\'{code}\' is none of {", ".join(KNOWN)}; write {{ title = "…", url = "…" }} for another licence'
        )
    own = table.table(name)
    assert own is not None
    title, url = own.text("title"), own.text("url", "")
    if url and not url.startswith(("https://", "http://")):
        own.fail("url", f"'{url}' is no address of a page: it begins with https://")
    if any(letter.isspace() or letter in '<>"{}|\\^`' for letter in url):
        own.fail("url", f"'{url}' holds characters that no address has")
    own.finish()
    return PackLicence(title, url)
