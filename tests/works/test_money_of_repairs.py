"""Money that names only a repair: it is paid under the repair's contract and for its project."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from tests.factories import TinyCity
from tests.works.loading import load_folder
from tests.works.small_sets import HEAD
from works.models import Money

pytestmark = pytest.mark.django_db

_FILE = '\n[[file]]\nfile = "{0}.csv"\nformat = "csv"\ngives = "{1}"\nid = ["no"]\n[file.columns]\n{2}\n'
MAPPING = "".join(
    (
        HEAD,
        _FILE.format("p", "project", 'title = "title"'),
        _FILE.format("k", "contract", 'project = "project"'),
        _FILE.format("r", "repair", 'kind = "kind"\nproject = "project"\ncontract = "contract"'),
        _FILE.format("m", "money", 'amount = "sum"\non = "day"\nproject = "project"\nrepair = "repair"'),
        '[file.same]\nstage = "paid"\n[file.amounts]\ncurrency = "EUR"\n',
    )
)
REPAIRS = ("R1,pothole,P1,", "R2,pothole,,K1", "R3,pothole,P2,K1", "R4,pothole,,", "R5,pothole,P1,K1")


def write(folder: Path, *repairs: str) -> Path:
    (folder / "m.toml").write_text(MAPPING)
    (folder / "p.csv").write_text("no,title\nP1,Kerbs\nP2,Pipes\n")
    (folder / "k.csv").write_text("no,project\nK1,P1\n")
    (folder / "r.csv").write_text("\n".join(("no,kind,project,contract", *repairs)) + "\n")
    rows = "".join(f"m{number},{number},2025-03-01,,R{number}\n" for number in range(1, 6))
    (folder / "m.csv").write_text(f"no,sum,day,project,repair\n{rows}m6,6,2025-03-01,P2,R5\n")
    return folder


def load(folder: Path) -> int:
    (report,) = load_folder(folder)
    assert not report.tally.refusal
    return report.tally.loaded


def whose() -> dict[int, tuple[str, str]]:
    rows = Money.objects.standing().values_list("amount", "project__local_id", "contract__local_id")
    return {int(amount): (project or "", contract or "") for amount, project, contract in rows}


def test_it_is_of_the_contract_and_the_project_of_its_repair(a_city: TinyCity, tmp_path: Path) -> None:
    load(write(tmp_path, *REPAIRS))
    assert whose() == {
        1: ("P1", ""),
        2: ("P1", "K1"),
        3: ("P2", ""),  # the contract is of another project
        4: ("", ""),
        5: ("P1", "K1"),
        6: ("P2", ""),  # the source says so
    }
    assert load(tmp_path) == 0


def test_a_row_that_lacks_them_is_not_corrected_for_that_alone(a_city: TinyCity, tmp_path: Path) -> None:
    load(write(tmp_path, *REPAIRS))
    with connection.cursor() as cursor:  # as such rows were written once
        cursor.execute("SET LOCAL session_replication_role = 'replica'")
        cursor.execute("UPDATE works_money SET project_id = NULL, contract_id = NULL WHERE amount <> 6", [])
        cursor.execute("SET LOCAL session_replication_role = 'origin'")
    assert load(tmp_path) == 0
    assert whose()[2] == ("", "")


def test_a_repair_that_goes_to_another_project_takes_its_money_along(a_city: TinyCity, tmp_path: Path) -> None:
    load(write(tmp_path, *REPAIRS))
    load(write(tmp_path, "R1,pothole,P2,", *REPAIRS[1:]))
    assert whose()[1] == ("P2", "")
    assert Money.objects.filter(amount=1).count() == 2
