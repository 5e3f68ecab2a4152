"""Photos of works: the files for everybody, and the page where staff attach and remove them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role
from accounts.permissions import Staff, StaffRequest, staff_required
from gis_data import city_time, photo_files
from works import photos
from works.models import Project, Repair, WorksPhoto
from works.models.photos import PhotoTime

#: Works belong to no service: whoever looks after the whole city attaches photos (`keeps_photos`).
KEEPERS: Final = (Role.DISPATCHER, Role.ADMIN)
_NAME: Final = re.compile(r"[0-9a-f]{32}")
_SANDBOX: Final = "default-src 'none'; sandbox"


@require_safe
def works_photo(request: HttpRequest, name: str) -> HttpResponseBase:
    """One photo as JPEG; ``?size=`` takes the names in `gis_data.photo_files.SIZES`."""
    size = request.GET.get("size", "")
    if not _NAME.fullmatch(name) or size not in ("", *photo_files.SIZES) or not WorksPhoto.objects.filter(name=name).exists():
        raise Http404
    try:
        file = photos.path(name, size).open("rb")
    except OSError:
        raise Http404 from None
    response = FileResponse(file, content_type="image/jpeg", filename=f"{name}{'-' + size if size else ''}.jpg")
    response["Cache-Control"] = "public, max-age=300"  # short: staff may remove it
    response["Content-Security-Policy"] = _SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(*KEEPERS)
def works_photos(request: StaffRequest, what: str, works: int) -> HttpResponse:
    """The photos of one repair or project (``what``) and the form for one more; what is refused comes back with a sentence."""
    _refuse_of_an_area(request)
    found = _works(what, works)
    if request.method != "POST":
        return _page(request, what, found)
    try:
        _attach(request, found)
    except _FieldError as wrong:
        return _page(request, what, found, wrong.errors, status=422)
    messages.success(request, _("The photo is attached. Everybody sees it on the page of the works."))
    return redirect("works-photos", what, found.pk)


@require_POST
@staff_required(*KEEPERS)
def works_photo_remove(request: StaffRequest, photo: int) -> HttpResponse:
    """Take a photo away for good."""
    _refuse_of_an_area(request)
    found = get_object_or_404(WorksPhoto, pk=photo) if photo < 2**63 else None
    if found is None:
        raise Http404
    what, works = ("repair", found.repair_id) if found.repair_id else ("project", found.project_id)
    photos.remove(found)
    messages.success(request, _("The photo is removed."))
    return redirect("works-photos", what, works)


def keeps_photos(staff: Staff) -> bool:
    """Say whether this person looks after the whole city; a dispatcher of one area does not, and works may lie anywhere, or nowhere."""
    return Role.ADMIN in staff.roles or any(one.role == Role.DISPATCHER and not one.area_id for one in staff.memberships)


def _refuse_of_an_area(request: StaffRequest) -> None:
    if not keeps_photos(request.staff):
        raise PermissionDenied


class _FieldError(Exception):
    def __init__(self, field: str, sentence: str) -> None:
        self.errors = {field: sentence}
        super().__init__(sentence)


def _attach(request: StaffRequest, works: Repair | Project) -> None:
    time, upload = request.POST.get("time", ""), request.FILES.get("photo")
    if time not in PhotoTime.values:
        raise _FieldError("time", _("Say whether the photo was taken before or after the works."))
    if upload is None:
        raise _FieldError("photo", _("Choose a photo."))
    day = _day(request.POST.get("taken_on", ""))
    try:
        # Before any transaction: a hostile picture must not hold one open.
        photos.attach(works, photo_files.reencode(upload), time, day, request.POST.get("note", "").strip())
    except photo_files.NotAPhoto as refused:
        raise _FieldError("photo", str(refused)) from None
    except photos.NotAttached as refused:
        raise _FieldError(refused.field, str(refused)) from None


def _day(text: str) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise _FieldError("taken_on", _("Choose a day, for example 2026-05-14.")) from None


def _works(what: str, key: int) -> Repair | Project:
    if key >= 2**63:
        raise Http404
    found: Repair | Project | None = None
    if what == "repair":
        found = Repair.objects.filter(pk=key).defer("geometry", "geometry_3857").first()
    elif what == "project":
        found = Project.objects.filter(pk=key).defer("geometry", "geometry_3857").first()
    if found is None:
        raise Http404
    return found


def _page(
    request: StaffRequest, what: str, works: Repair | Project, errors: Mapping[str, str] | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "what": what,
        "works": works,
        "photos": WorksPhoto.objects.filter(**photos.of(works)).order_by("-time", "taken_on", "id"),
        "times": PhotoTime.choices,
        "today": city_time.today(),
        "typed": request.POST,
        "errors": errors or {},
        "error_list": [{"href": f"#photo-{field}", "text": text} for field, text in (errors or {}).items()],
    }
    return render(request, "works/photos.html", context, status=status)
