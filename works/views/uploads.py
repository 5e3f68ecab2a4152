"""The desk's page of the data sets of works: what is loaded, what was sent, and the form that sends more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from django.conf import settings
from django.contrib import messages
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from accounts.models import Role
from accounts.permissions import StaffRequest, staff_required
from gis_data.names import in_language
from works.models import DataSet, Money, UploadState, WorksUpload
from works.upload import new_upload
from works.upload_files import MOST_MB, Sent, UploadProblem
from works.upload_mappings import choices, read_choice
from works.views.upload_words import STAGES, things_in_words

_MOST_UPLOADS: Final = 30


@dataclass(frozen=True, slots=True)
class SetRow:
    """A data set as the list shows it."""

    row: DataSet
    counts: list[tuple[str, int]]
    totals: list[tuple[str, Any, str]]


# The body is read only once it is known who sends it: half a gigabyte of a stranger's is not written to the disk. Django's own check of
# the form's token would read it before the view, so this view has the check inside.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Role.ADMIN)
@csrf_protect
def works_page(request: StaffRequest) -> HttpResponse:
    """All data sets, the uploads that are not settled, and the form. What is sent is kept and checked in the background."""
    if request.method != "POST":
        return _page(request)
    try:
        toml = cast("Sent | None", request.FILES.get("toml_file"))
        mapping, text = read_choice(request.POST.get("mapping", ""), request.POST.get("toml", ""), toml)
        sent = cast("list[Sent]", request.FILES.getlist("files"))
        upload = new_upload(mapping, text, sent, request.user)
    except UploadProblem as problem:
        return _page(request, problem.errors, status=422)
    messages.success(request, _("Taken. Nothing changes for residents until you publish it."))
    return redirect("works-upload", upload.pk)


def _page(request: StaffRequest, errors: Mapping[str, str] | None = None, status: int = 200) -> HttpResponse:
    open_states = [state for state in UploadState if state not in {UploadState.PUBLISHED, UploadState.DISCARDED}]
    uploads = WorksUpload.objects.select_related("created_by").defer("mapping", "result").order_by("-pk")
    context = {
        "sets": _sets(),
        "waiting": list(uploads.filter(state__in=open_states)[:_MOST_UPLOADS]),
        "settled": list(uploads.exclude(state__in=open_states).select_related("decided_by")[:_MOST_UPLOADS]),
        "choices": choices(),
        "limits": {"all": number_format(settings.WORKS_UPLOAD_MB), "xlsx": MOST_MB["xlsx"], "json": MOST_MB["json"]},
        "typed": request.POST if errors else {},
        "errors": errors or {},
        "error_list": [{"href": f"#id_{field}", "text": text} for field, text in (errors or {}).items()],
    }
    return render(request, "works/uploads.html", context, status=status)


def _sets() -> list[SetRow]:
    """Two queries."""
    totals = defaultdict[int, list[tuple[str, Any, str]]](list)
    sums = Money.objects.standing().values_list("data_set", "stage", "currency").order_by("data_set", "currency")
    for pk, stage, currency, total in sums.annotate(total=Sum("amount")):
        totals[pk].append((stage, total, currency))
    for lines in totals.values():
        lines.sort(key=lambda line: (line[2], list(STAGES).index(line[0])))
    found = sorted(DataSet.objects.all(), key=lambda one: in_language(one.names).casefold())
    return [
        SetRow(one, things_in_words(one.counts), [(str(STAGES[stage]), total, code) for stage, total, code in totals[one.pk]])
        for one in found
    ]
