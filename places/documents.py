"""Documents and photos of works, which are kept elsewhere: links to other sites, told as such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from works.codelists import DocumentKind
from works.models import Document

_PHOTOS = {DocumentKind.PHOTO_BEFORE: 0, DocumentKind.PHOTO_AFTER: 1}


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A document that another site keeps; ``site`` is its name, '' where none can be read."""

    kind: str
    title: str
    href: str
    site: str


@dataclass(frozen=True, slots=True)
class Documents:
    """Photos before come before photos after."""

    photos: Sequence[Elsewhere]
    papers: Sequence[Elsewhere]


def documents_of(**owner: int) -> Documents:
    """Return what belongs to one ``project``, ``contract`` or ``repair``. One query."""
    found = list(Document.objects.filter(**owner).order_by("kind", "id")[:200])
    photos = sorted((one for one in found if one.kind in _PHOTOS), key=lambda one: _PHOTOS[DocumentKind(one.kind)])
    return Documents([_elsewhere(one) for one in photos], [_elsewhere(one) for one in found if one.kind not in _PHOTOS])


def _elsewhere(one: Document) -> Elsewhere:
    kind = str(one.get_kind_display())
    return Elsewhere(kind, one.title or kind, one.url, _site(one.url))


def _site(address: str) -> str:
    """The name of the site; '' where a source wrote an address that is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
