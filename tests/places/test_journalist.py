"""A journalist takes one contractor's works and money through public doors and gets the sums that the pages show."""

from __future__ import annotations

import csv
import io
import re
import shutil
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Final

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client

from places.models import MoneyTotal
from places.money_sums import level_of
from tests.factories import TinyCity
from tests.places.makers import reckon
from tests.works.loading import PACKS, load_folder
from works.models import Contract, Organisation

pytestmark = pytest.mark.django_db

_STAGES: Final = ("planned", "approved", "committed", "paid", "cost")


def file_of(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200, address
    body = answer.getvalue()
    return list(csv.DictReader(io.StringIO(body.decode())))


def sums(rows: list[dict[str, str]], column: str = "amount") -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row in rows:
        if row[column]:
            found[row["stage"]] = found.get(row["stage"], Decimal(0)) + Decimal(row[column])
    return found


def shown(page: str) -> dict[str, Decimal]:
    """The sums at the head of a page, by stage, as its links name them."""
    head = page[page.index('class="money-sums"') : page.index("</dl>", page.index('class="money-sums"'))]
    cells = re.findall(r'href="[^"]*stage=(\w+)"><span class="amount">([\d,.]+)', unescape(head))
    return {stage: Decimal(amount.replace(",", "")) for stage, amount in cells}


def recomputed(client: Client, firm: Organisation) -> dict[str, Decimal]:
    """Everything a journalist can do with one firm: page, rows, /money and its files agree to the last cent."""
    page = client.get(f"/contractors/{firm.pk}").content.decode()
    currency = re.search(r"rows\.csv\?[^\"]*currency=([A-Z]{3})", unescape(page))
    assert currency
    query = f"contractor={firm.pk}&currency={currency[1]}"
    link = re.search(r'href="(/money/rows\.csv\?[^"]+)"', page)
    assert link
    rows = file_of(client, unescape(link[1]))
    whole = sums([row for row in rows if row["stage"] in _STAGES])
    assert shown(page) == {stage: amount.quantize(Decimal("0.01")) for stage, amount in whole.items()}
    assert shown(client.get(f"/money?{query}").content.decode()) == shown(page)
    for by in ("year", "district", "kind", "street"):
        groups = file_of(client, f"/money/by/{by}.csv?{query}")
        assert {stage: sum(Decimal(one[stage] or 0) for one in groups) for stage in whole} == whole, by
    assert {row["contractor"] for row in rows} == {firm.legal_name}
    return whole


@pytest.fixture
def demo(demo_extract: Path, tmp_path: Path, settings: LazySettings) -> None:
    settings.BASEMAP_DIR = tmp_path / "basemap"
    call_command("load_city", str(PACKS / "demo"), data=demo_extract.parent, stdout=io.StringIO())
    reckon()


def test_the_works_of_the_busiest_firm_of_the_demonstration(client: Client, demo: None) -> None:
    paid = MoneyTotal.objects.filter(level=level_of(["contractor"]), stage="paid").exclude(contractor=0)
    firm = Organisation.objects.get(pk=paid.order_by("-amount").values_list("contractor", flat=True)[0])
    found = recomputed(client, firm)
    assert found["paid"] > 1000
    page = unescape(client.get(f"/contractors/{firm.pk}").content.decode())
    mine = [one for one in file_of(client, "/data/repairs.csv") if one["contractor"] == firm.legal_name]
    assert f"{len(mine)} repairs are known" in page
    assert sum(Decimal(one["cost"]) for one in mine if one["cost"]) == found["cost"]
    assert f"of {sum(one['status'] == 'finished' for one in mine)} finished repairs" in page


def test_the_contractor_of_a_published_release(client: Client, a_city: TinyCity, real_data: Path, tmp_path: Path) -> None:
    package = real_data / "ocds/ocds_release_package_1.1.json"
    if not package.is_file():
        pytest.skip("CITYMAP_DATA holds no ocds/ocds_release_package_1.1.json")
    shutil.copyfile(package, tmp_path / "package.json")
    (tmp_path / "m.toml").write_text(
        'code = "releases"\nnames = { en = "Releases" }\nlanguage = "en"\n[[file]]\nfile = "package.json"\nformat = "ocds"\n'
    )
    (report,) = load_folder(tmp_path)
    assert not report.tally.refusal
    reckon()
    supplier = Contract.objects.get().supplier
    assert supplier
    assert recomputed(client, supplier) == {"committed": Decimal(11_000_000), "paid": Decimal(60_000)}
