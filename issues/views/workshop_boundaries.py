"""One boundary set for those who keep it: how it looks, since when, what is wrong with it, and the way to change it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Department, Role
from accounts.permissions import StaffRequest, staff_required
from gis_data.draft_columns import languages
from gis_data.drafts import new_draft
from gis_data.models import EDGE_REACH_M, Boundary, BoundarySet
from gis_data.nightly import MOST_AT_ONCE, check_set
from gis_data.upload import MOST_BYTES, UploadRefused, read_upload
from gis_data.upload_child import MOST_AREAS, MOST_VERTICES
from gis_data.versions import shape_of
from issues.errors import Invalid
from issues.intake_form import clean
from issues.views.boundary_parts import MOST_LISTED, flaw_rows, known_flaws, overview

LONGEST_TITLE: Final = 120
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")
#: Addresses of pages that stand beside those of the sets.
_TAKEN: Final = frozenset({"new"})
#: EPSG numbers and those of other authorities, as PostGIS knows them.
_LARGEST_SRID: Final = 999_999


@dataclass(frozen=True, slots=True)
class Settings:
    """What staff set for a boundary set."""

    border_m: int
    gap_m: int | None
    fallback_department: str


@dataclass(slots=True)
class Day:
    """A day on which the set changed, or will: how many areas were new, changed, gone."""

    day: dt.date
    new: int = 0
    changed: int = 0
    gone: int = 0
    to_come: bool = False


@require_GET
@staff_required(Role.DISPATCHER)
def boundary_set(request: StaffRequest, code: str) -> HttpResponse:
    """The set as it is in force today."""
    return _page(request, get_object_or_404(BoundarySet, code=code))


@require_POST
@staff_required(Role.DISPATCHER)
def boundary_set_do(request: StaffRequest, code: str, action: str) -> HttpResponse:
    """Change the settings, look for faults now, or take a file of new boundaries. A refusal is said on the same page."""
    act = _ACTIONS.get(action)
    if act is None:
        raise Http404
    group = get_object_or_404(BoundarySet, code=code)
    try:
        return act(request, group)
    except Invalid as refused:
        return _page(request, group, refused.errors, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Role.DISPATCHER)
def boundary_set_new(request: StaffRequest) -> HttpResponse:
    """Start a set: a code and names. Its areas come by a file."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            group = _new_set(request.POST.dict())
        except Invalid as refused:
            errors = refused.errors
        else:
            messages.success(request, _("The boundary set is there. Send a file with its areas now."))
            return redirect("boundary-set", group.code)
    fields = [
        {"language": language, "typed": request.POST.get(f"name_{language}", ""), "error": errors.get(f"name_{language}")}
        for language in languages()
    ]
    context = {"errors": errors, "error_list": _error_list(errors), "typed": request.POST, "fields": fields}
    return render(request, "issues/boundary_set_new.html", context, status=422 if errors else 200)


def _new_set(fields: Mapping[str, str]) -> BoundarySet:
    code = clean(fields.get("code", "")).strip().lower()
    names = {language: _line(fields.get(f"name_{language}", "")) for language in languages()}
    errors = {}
    if not _CODE.fullmatch(code) or code in _TAKEN:
        errors["code"] = _("A code is a word of small Latin letters, digits and dashes, for example “road-zones”.")
    elif BoundarySet.objects.filter(code=code).exists():
        errors["code"] = _("There is a boundary set with this code already.")
    for language, name in names.items():
        if not name or len(name) > LONGEST_TITLE:
            errors[f"name_{language}"] = _("Give it a name of %(limit)d characters at most.") % {"limit": LONGEST_TITLE}
    if errors:
        raise Invalid(errors)
    return BoundarySet.objects.create(code=code, names=names)


def _save_settings(request: StaffRequest, group: BoundarySet) -> HttpResponse:
    wanted = _settings(request.POST.dict())
    with transaction.atomic():
        row = BoundarySet.objects.select_for_update().get(pk=group.pk)
        row.border_m, row.gap_m, row.fallback_department = wanted.border_m, wanted.gap_m, wanted.fallback_department
        row.save(update_fields=["border_m", "gap_m", "fallback_department"])
    messages.success(request, _("Saved."))
    return redirect("boundary-set", group.code)


def _settings(fields: Mapping[str, str]) -> Settings:
    errors: dict[str, str] = {}
    numbers: dict[str, int | None] = {}
    for name, may_be_empty in (("border_m", False), ("gap_m", True)):
        text = fields.get(name, "").strip()
        numbers[name] = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
        number = numbers[name]
        if (number is None and (text or not may_be_empty)) or (number is not None and number > EDGE_REACH_M):
            errors[name] = _("Write a whole number of metres from 0 to %(most)d.") % {"most": EDGE_REACH_M}
    fallback = fields.get("fallback_department", "")
    if fallback and not Department.objects.filter(code=fallback, active=True).exists():
        errors["fallback_department"] = _("Choose one of the services.")
    if errors:
        raise Invalid(errors)
    return Settings(numbers["border_m"] or 0, numbers["gap_m"], fallback)


def _check_now(request: StaffRequest, group: BoundarySet) -> HttpResponse:
    today = timezone.localdate()
    if Boundary.objects.on(today).filter(boundary_set=group).count() >= MOST_AT_ONCE:
        messages.warning(request, _("A set with so many areas is checked at night only."))
    else:
        found = check_set(group, today).flaws.total()
        sentence = _("Checked: nothing is wrong.") if not found else _("Checked. What was found stands below.")
        messages.success(request, sentence)
    return redirect("boundary-set", group.code)


def _upload(request: StaffRequest, group: BoundarySet) -> HttpResponse:
    file = request.FILES.get("file")
    if file is None:
        raise Invalid({"file": _("Choose a file.")})
    srid = _srid(request.POST.get("srid", ""))
    title = _line(request.POST.get("title", "")) or _line(file.name or "")
    try:
        upload = read_upload(file, srid)
    except UploadRefused as refused:
        raise Invalid({"file": str(refused)}) from None
    draft = new_draft(group, title[:LONGEST_TITLE] or _("Without a title"), upload)
    for sentence in upload.skipped[:5]:
        messages.warning(request, sentence)
    messages.success(request, _("The file was read. Nothing changes for residents until you publish it."))
    return redirect("boundary-draft", draft.pk)


def _srid(text: str) -> int | None:
    text = text.strip().upper().removeprefix("EPSG:").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 7 and 0 < int(text) <= _LARGEST_SRID):
        raise Invalid({"srid": _("Write the EPSG number of the coordinate system, for example 3067, or leave it empty.")})
    return int(text)


_ACTIONS: Final[dict[str, Callable[[StaffRequest, BoundarySet], HttpResponse]]] = {
    "settings": _save_settings,
    "check": _check_now,
    "upload": _upload,
}


def _page(request: StaffRequest, group: BoundarySet, errors: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    today = timezone.localdate()
    versions = list(Boundary.objects.on(today).filter(boundary_set=group).order_by("code"))
    shapes = {version.code: shape_of(version) for version in versions}
    names = {version.code: version.names for version in versions}
    flaws = known_flaws(group)
    typed = request.POST if errors else {}
    context = {
        "group": group,
        "areas": len(versions),
        "days": _days(group, today),
        "checks_now": len(versions) < MOST_AT_ONCE,
        "flaws": flaw_rows(flaws, shapes, names),
        "more_flaws": len(flaws) > MOST_LISTED,
        "found_on": group.flaws.values_list("found_on", flat=True).first(),
        "overview": overview(shapes, names, flaws, _("The areas in force today")) if versions else None,
        "drafts": group.drafts.order_by("-pk")[:50],
        "departments": Department.objects.filter(active=True).order_by("code"),
        "limits": _limits(),
        "typed": typed,
        "settings": {name: typed.get(name, getattr(group, name)) for name in ("border_m", "gap_m", "fallback_department")},
        "errors": errors or {},
        "error_list": _error_list(errors or {}),
    }
    return render(request, "issues/boundary_set.html", context, status=status)


def _days(group: BoundarySet, today: dt.date) -> list[Day]:
    """Days on which areas begin or end, the latest first. One query."""
    begins: dict[dt.date, set[str]] = {}
    ends: dict[dt.date, set[str]] = {}
    rows = Boundary.objects.filter(boundary_set=group).exclude(valid__isempty=True)
    for code, valid in rows.values_list("code", "valid"):
        for days, day in ((begins, valid.lower), (ends, valid.upper)):
            if day is not None:
                days.setdefault(day, set()).add(code)
    found = []
    for day in sorted(begins.keys() | ends.keys(), reverse=True):
        new, old = begins.get(day, set()), ends.get(day, set())
        found.append(Day(day, len(new - old), len(new & old), len(old - new), to_come=day > today))
    return found


def _limits() -> dict[str, str]:
    # The form around the file counts as well, and no request may be larger than the largest file.
    return {
        "megabytes": number_format(MOST_BYTES // 1024**2 - 1),
        "areas": number_format(MOST_AREAS, force_grouping=True),
        "vertices": number_format(MOST_VERTICES, force_grouping=True),
    }


def _line(text: str) -> str:
    return " ".join(clean(text).split())


def _error_list(errors: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"href": f"#id_{name}", "text": text} for name, text in errors.items()]
