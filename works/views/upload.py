"""One upload: how far it is, what it would change row by row, and the buttons that publish it or throw it away."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.models import Role
from accounts.permissions import StaffRequest, staff_required
from works import upload as steps
from works.difference import KINDS, REPORT
from works.models import UploadState, WorksUpload
from works.upload_files import folder_of, progress
from works.upload_report import MOST_NAMED
from works.views.upload_words import FIELDS, STAGES, THING, THINGS, WEIGHTS

PAGE: Final = 50
LOOK_AGAIN_SECONDS: Final = 2
_AFTER: Final = re.compile(r"[0-9]{1,15}")
_LONGEST_LINE: Final = 1024**2


@require_safe
@staff_required(Role.ADMIN)
def works_upload(request: StaffRequest, upload: int) -> HttpResponse:
    """The preview; while a worker has it, a calm page that looks again by itself."""
    return _page(request, _the_upload(upload))


@require_POST
@staff_required(Role.ADMIN)
def works_upload_do(request: StaffRequest, upload: int, action: str) -> HttpResponse:
    """Publish, check again, or throw away; a click that came too late is a sentence on the page."""
    act = _ACTIONS.get(action)
    if act is None:
        raise Http404
    found = _the_upload(upload)
    try:
        return act(request, found)
    except steps.TooLate as late:
        return _page(request, _the_upload(upload), str(late), status=409)


@require_GET
@staff_required(Role.ADMIN)
def works_report(request: StaffRequest, upload: int) -> HttpResponseBase:
    """All odd rows as CSV (RFC 4180, UTF-8)."""
    found = _the_upload(upload)
    try:
        file = (folder_of(found.folder) / REPORT).open("rb")
    except OSError:
        raise Http404 from None
    return FileResponse(file, as_attachment=True, filename=f"{found.code}-report.csv", content_type="text/csv; charset=utf-8")


def _publish(request: StaffRequest, upload: WorksUpload) -> HttpResponse:
    steps.publish(upload, request.user, request.POST.get("seen", ""))
    messages.success(request, _("It is being published."))
    return redirect("works-upload", upload.pk)


def _again(request: StaffRequest, upload: WorksUpload) -> HttpResponse:
    steps.check_again(upload, request.user)
    return redirect("works-upload", upload.pk)


def _discard(request: StaffRequest, upload: WorksUpload) -> HttpResponse:
    steps.discard(upload, request.user)
    messages.success(request, _("Thrown away. The files are deleted."))
    return redirect("desk-works")


_ACTIONS: Final[Mapping[str, Callable[[StaffRequest, WorksUpload], HttpResponse]]] = {
    "publish": _publish,
    "again": _again,
    "discard": _discard,
}


def _the_upload(number: int) -> WorksUpload:
    rows = WorksUpload.objects.select_related("created_by", "decided_by")
    return get_object_or_404(rows, pk=number) if number < 2**63 else _nothing()


def _nothing() -> WorksUpload:
    raise Http404


def _page(request: StaffRequest, upload: WorksUpload, error: str = "", status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "upload": upload,
        "result": upload.result,
        "progress": progress(upload.folder) if upload.busy else {},
        "error_list": [{"href": "", "text": error}] if error else [],
        "can_publish": upload.state == UploadState.READY and bool(upload.result.get("written")),
        "can_look_again": upload.state in {UploadState.READY, UploadState.REFUSED, UploadState.FAILED},
        "can_discard": upload.state in set(UploadState) - {*steps.SETTLED},
        "has_report": upload.state != UploadState.DISCARDED and bool(upload.result.get("odd")),
    }
    if upload.result and not upload.busy:
        wanted, after = request.GET.get("what", ""), request.GET.get("after", "0")
        if (wanted and wanted not in KINDS) or not _AFTER.fullmatch(after):
            return _no_page(request)
        try:
            context |= _in_words(upload) | _difference(upload, wanted, int(after))
        except ValueError:
            return _no_page(request)
    response = render(request, "works/upload.html", context, status=status)
    if upload.busy:
        response["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return response


def _no_page(request: StaffRequest) -> HttpResponse:
    errors = {"after": _("There is no such page of the list.")}
    return render(request, "works/upload_refused.html", {"errors": errors}, status=400)


def _in_words(upload: WorksUpload) -> dict[str, Any]:
    """Counts, sums and odd rows with words for their codes."""
    result = upload.result
    counted = {(one["what"], one["kind"]): one["count"] for one in result["counts"]}
    return {
        "changes": [
            {"words": words, **{kind: counted.get((name, kind), 0) for kind in KINDS}}
            for name, words in THINGS.items()
            if any((name, kind) in counted for kind in KINDS)
        ],
        "totals": [{**one, "stage": STAGES.get(one["stage"], one["stage"])} for one in result["totals"]],
        "quirks": [{**one, "weight": WEIGHTS[one["weight"]], "bad": one["weight"] == "refused"} for one in result["quirks"]],
        "named": [{**one, "weight": WEIGHTS[one["weight"]]} for one in result["named"]],
        "more_named": result["odd"] > MOST_NAMED,
    }


def _difference(upload: WorksUpload, wanted: str, after: int) -> dict[str, Any]:
    """One page of one of the three lists; the key of a page is where its first line begins in the file."""
    numbers: dict[str, int] = {
        kind: sum(one["count"] for one in upload.result["counts"] if one["kind"] == kind) for kind in KINDS
    }
    kind = wanted or next((one for one in ("changed", "new", "gone") if numbers[one]), "changed")
    words = {"changed": _("Changed"), "new": _("New"), "gone": _("In no file any more")}
    tabs = [{"title": words[one], "count": numbers[one], "href": f"?what={one}#rows", "current": one == kind} for one in words]
    rows, following = _lines(upload, kind, after)
    return {
        "tabs": tabs if any(numbers.values()) and upload.state in {UploadState.READY, UploadState.PUBLISHED} else [],
        "kind": kind,
        "rows": rows,
        "next_address": f"?what={kind}&after={following}#rows" if following else "",
        "first_address": f"?what={kind}#rows" if after else "",
    }


def _lines(upload: WorksUpload, kind: str, after: int) -> tuple[list[dict[str, Any]], int]:
    """`PAGE` lines from a byte on, and where the next one begins (0: nowhere). Raises ``ValueError`` in the middle of a line."""
    rows: list[dict[str, Any]] = []
    try:
        with (folder_of(upload.folder) / f"{kind}.jsonl").open("rb") as file:
            file.seek(after)
            for _number in range(PAGE):
                line = file.readline(_LONGEST_LINE)
                if not line:
                    return rows, 0
                rows.append(_row(json.loads(line)))
            following = file.tell()
            return rows, following if file.read(1) else 0
    except OSError:
        return rows, 0  # thrown away


def _row(line: Any) -> dict[str, Any]:
    if not isinstance(line, dict) or "fields" not in line:
        raise ValueError(line)
    fields = [{"name": FIELDS.get(name, name), "old": old, "new": new} for name, old, new in line["fields"]]
    return {"what": THING.get(line["what"], line["what"]), "id": line["id"], "fields": fields}
