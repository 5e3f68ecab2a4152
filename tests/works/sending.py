"""Sending files of works as an administrator of Testville does, and letting the worker have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.factories import TinyCity
from tests.works.small_sets import HEADER_ROW, PROJECTS
from works import upload_job
from works.models import Money, Project, WorksUpload

#: As `tests.works.small_sets.write` writes it.
MAPPING: Final = PROJECTS.replace('format = "csv"', 'format = "csv"\ndelimiter = ";"')


def table(*rows: str, header: str = HEADER_ROW) -> bytes:
    return ("\n".join([header, *rows]) + "\n").encode()


def as_admin(tiny: TinyCity) -> Client:
    client = Client()
    client.force_login(tiny.people["admin"])
    return client


def post(client: Client, files: Mapping[str, bytes], toml: str = MAPPING, **fields: Any) -> Any:
    sent = [SimpleUploadedFile(name, content) for name, content in files.items()]
    return client.post("/desk/works", {"toml": toml, "files": sent, **fields})


def send(client: Client, *rows: str, mapping: str = MAPPING, **files: bytes) -> WorksUpload:
    """Send a table (or other files, by name with ``_`` for the point) and let it be checked."""
    named = {name.replace("_", "."): content for name, content in files.items()} or {"p.csv": table(*rows)}
    answer = post(client, named, mapping)
    assert answer.status_code == 302, text_of(answer)
    upload_job.work_off()
    return WorksUpload.objects.latest("pk")


def press(client: Client, upload: WorksUpload, action: str) -> Any:
    return client.post(f"/desk/works/{upload.pk}/{action}", {"seen": upload.result.get("fingerprint", "")})


def do(client: Client, upload: WorksUpload, action: str) -> Any:
    """Press a button of the page as ``upload`` knows it, and let the worker do its part."""
    answer = press(client, upload, action)
    upload_job.work_off()
    upload.refresh_from_db()
    return answer


def page(client: Client, upload: WorksUpload, query: str = "") -> str:
    answer = client.get(f"/desk/works/{upload.pk}{query}")
    assert answer.status_code == 200
    return text_of(answer)


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def loaded() -> tuple[list[Any], list[Any]]:
    """Everything that residents would see of it, without our own keys."""
    projects = Project.objects.order_by("local_id").values_list(
        "public_id", "title", "status", "planned_start", "planned_end", "digest", "geometry"
    )
    money = Money.objects.order_by("local_id", "recorded_at").values_list(
        "local_id", "stage", "amount", "currency", "fiscal_year"
    )
    return list(projects), list(money)
