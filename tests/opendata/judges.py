"""Judges of others for what is published: the validators of OC4IDS, OCDS and data packages, without a network. Tests alone know them.

Schemas and codelists are those of the standards' own projects (``CITYMAP_STANDARDS``), served on this machine, for the validators fetch them.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

import frictionless
from django.test import Client
from libcoveoc4ids.api import oc4ids_json_output
from libcoveoc4ids.config import LibCoveOC4IDSConfig
from libcoveocds.api import ocds_json_output
from libcoveocds.config import LibCoveOCDSConfig
from ocdsextensionregistry import ProfileBuilder

#: All that libcoveoc4ids finds; its list of validation errors alone misses wrong prefixes, missing currencies and unknown parties.
_OC4IDS: Final = (
    "validation_errors", "conformance_checks", "additional_checks", "additional_closed_codelist_values", "additional_fields_count",
)  # fmt: skip
_OCDS: Final = ("validation_errors", "additional_closed_codelist_values", "additional_checks", "all_additional_fields")
_EXTENSIONS: Final = ("location", "project")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine; the address ends with a slash."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def oc4ids_findings(package: Any, schemas: Path, folder: Path) -> dict[str, Any]:
    """What libcoveoc4ids finds in a project package; {} for nothing."""
    with served(schemas / "oc4ids-0.9.5") as base:
        config = LibCoveOC4IDSConfig(
            {
                "schema_host": base,
                "schema_version_choices": {"0.9.5": ("0.9.5", base)},
                "schema_codelists": {"0.9": f"{base}codelists/"},
                "cache_all_requests": True,
            }
        )
        told = oc4ids_json_output(str(folder), json_data=copy.deepcopy(package), lib_cove_oc4ids_config=config)
    return {name: told[name] for name in _OC4IDS if told[name]}


def ocds_findings(package: Any, schemas: Path, folder: Path) -> dict[str, Any]:
    """What libcoveocds finds in a release package; {} for nothing. Its extensions are read from the shared copies."""
    with served(schemas / "ocds-1.1.5/extensions") as base:
        package = {**copy.deepcopy(package), "extensions": [f"{base}{name}/extension.json" for name in _EXTENSIONS]}
        config = LibCoveOCDSConfig(
            {"standard_zip": _standard(schemas), "additional_checks": "all", "skip_aggregates": True, "context": "api"}
        )
        told = ocds_json_output(str(folder), json_data=package, lib_cove_ocds_config=config)
    assert "json_deref_error" not in told
    return {name: told[name] for name in _OCDS if told[name]}


def compiled_elsewhere(package: Any, schemas: Path, folder: Path) -> dict[str, Any]:
    """The compiled releases that ocdskit makes of a release package, by ocid."""
    with served(schemas / "ocds-1.1.5/extensions") as base:
        names = [f"{base}{name}/extension.json" for name in _EXTENSIONS]
        patched = ProfileBuilder("1__1__5", names, standard_base_url=_standard(schemas)).patched_release_schema()
    (folder / "release-schema.json").write_text(json.dumps(patched))
    tool = Path(sys.executable).with_name("ocdskit")
    done = subprocess.run(
        [str(tool), "compile", "--schema", str(folder / "release-schema.json")],
        input=json.dumps(package), capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    releases = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    return {one["ocid"]: one for one in releases}


def _standard(schemas: Path) -> str:
    return f"file://{schemas / 'ocds-1.1.5/standard-1__1__5.zip'}"


def table_findings(folder: Path) -> list[str]:
    """What frictionless finds in a data package and in each of its rows; [] for nothing."""
    report = frictionless.validate(str(folder / "datapackage.json"))
    assert report.stats["tasks"] > 1 or report.errors
    return [": ".join(map(str, row)) for row in report.flatten(["name", "rowNumber", "fieldName", "type", "note"])]


def get(address: str, **headers: str) -> Any:
    """Ask a door; whatever is streamed is read."""
    response: Any = Client().get(address, headers=headers)
    response.body = b"".join(response.streaming_content) if response.streaming else response.content
    return response


def read(address: str) -> Any:
    """The JSON of a door."""
    response = get(address)
    assert response.status_code == 200, response.body[:300]
    return json.loads(response.body)


def pages(address: str) -> Iterator[Any]:
    """The packages of a list, page by page."""
    while address:
        response = get(address)
        assert response.status_code == 200, response.body[:300]
        yield json.loads(response.body)
        link = response.get("Link", "")
        address = link.partition("<http://testserver")[2].partition(">")[0] if 'rel="next"' in link else ""


def download(folder: Path) -> Mapping[str, Path]:
    """The tabular data package in a folder, file by file."""
    package = read("/data/ledger/datapackage.json")
    (folder / "datapackage.json").write_text(json.dumps(package))
    found = {}
    for resource in package["resources"]:
        found[resource["name"]] = folder / resource["path"]
        found[resource["name"]].write_bytes(get(f"/data/ledger/{resource['path']}").body)
    return found
