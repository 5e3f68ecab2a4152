"""Boundaries that are uploaded and not yet in force: kept, looked at, published from a day on, withdrawn or thrown away.

A draft keeps the rows of its file as they came; which column holds the codes and which the names is chosen after, so the same
file need not be sent twice. Areas are MultiPolygons, SRID 4326.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import shapely
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from gis_data import city_time
from gis_data.draft_columns import guess_code_column, guess_name_columns
from gis_data.models import Boundary, BoundaryDraft, BoundarySet, DraftArea, DraftState
from gis_data.upload import Upload
from gis_data.versions import Area, Written, drop_day, put_versions, shape_of, to_geos

LONGEST_CODE: Final = 80
#: In one sentence; the others are counted.
_MOST_NAMED: Final = 8


class DraftProblem(Exception):
    """A draft that cannot be used as it is: ``sentences`` say why, for people."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__(" ".join(self.sentences))


class DraftClosed(DraftProblem):
    """A draft that is published already: it stays as it is, for the decisions made by it."""

    def __init__(self) -> None:
        super().__init__([_("These boundaries are published already.")])


class WithdrawalRefused(DraftProblem):
    """A draft that cannot be taken back: it is not published, its day has come, or others were written over it."""

    def __init__(self, sentence: str) -> None:
        super().__init__([sentence])


@dataclass(frozen=True, slots=True)
class DraftReading:
    """The areas that can be used, by code, and a sentence for each kind of row that cannot."""

    areas: Mapping[str, Area]
    errors: tuple[str, ...]


@dataclass(slots=True)
class _Rows:
    """Row numbers (or codes) by what is wrong with them."""

    no_code: list[int]
    bad_code: list[int]
    twice: list[str]
    no_name: list[str]


def new_draft(group: BoundarySet, title: str, upload: Upload) -> BoundaryDraft:
    """Keep an uploaded file as a draft of ``group``; the columns of codes and names are guessed."""
    rows = [area.properties for area in upload.areas]
    known = _known_names(group)
    with transaction.atomic():
        draft = BoundaryDraft.objects.create(
            boundary_set=group,
            title=title,
            columns=list(upload.columns),
            code_column=guess_code_column(upload.columns, rows, known.keys()),
            name_columns=guess_name_columns(upload.columns, rows),
            srid=upload.srid,
        )
        DraftArea.objects.bulk_create(
            (
                DraftArea(
                    draft=draft,
                    row=area.row,
                    properties=area.properties,
                    geometry=to_geos(area.geometry),
                    repaired=area.repaired,
                )
                for area in upload.areas
            ),
            batch_size=500,
        )
    return draft


def draft_areas(draft: BoundaryDraft) -> dict[str, Area]:
    """The areas of a draft by code; raises `DraftProblem` where a row has no code or name of its own. Three queries."""
    reading = read_draft(draft)
    if reading.errors:
        raise DraftProblem(reading.errors)
    return dict(reading.areas)


def read_draft(draft: BoundaryDraft) -> DraftReading:
    """What of the draft can be used, and what stands in its way.

    In a language for which no column is chosen an area keeps the name that its code has now.
    """
    if not draft.code_column:
        return DraftReading({}, (_("Choose the column that holds the codes of the areas."),))
    known = _known_names(draft.boundary_set)
    areas: dict[str, Area] = {}
    wrong = _Rows([], [], [], [])
    for row in draft.areas.order_by("row"):
        code = " ".join(row.properties.get(draft.code_column, "").split())
        if not code:
            wrong.no_code.append(row.row)
        elif len(code) > LONGEST_CODE or "/" in code:
            wrong.bad_code.append(row.row)
        elif code in areas:
            wrong.twice.append(code)
        else:
            names = {**known.get(code, {}), **_names(row.properties, draft.name_columns)}
            areas[code] = Area(code, names, shape_of(row), row.repaired)
            if not names:
                wrong.no_name.append(code)
    return DraftReading(areas, tuple(_sentences(wrong, areas)))


def choose_columns(draft: BoundaryDraft, code_column: str, name_columns: Mapping[str, str]) -> None:
    """Say which columns hold codes and names (language → column); raises `DraftProblem` for what the file does not have."""
    with transaction.atomic():
        row = _open_draft(draft)
        if {code_column, *name_columns.values()} - set(row.columns):
            raise DraftProblem([_("Choose one of the columns of the file.")])
        row.code_column, row.name_columns = code_column, dict(name_columns)
        row.save(update_fields=["code_column", "name_columns"])


def publish_draft(draft: BoundaryDraft, day: dt.date, moves_open: bool) -> Written:
    """Put the draft into force from ``day`` (today or later); raises `DraftProblem`.

    With ``moves_open`` the daily task moves open appeals when the day has come; it then sets ``moved_at``.
    """
    with transaction.atomic():
        row = _open_draft(draft)
        if day < city_time.today():
            raise DraftProblem([_("What has been decided stays as it was. Choose today or a later day.")])
        written = put_versions(row.boundary_set, draft_areas(row), day, correct=False)
        row.state, row.valid_from, row.moves_open = DraftState.PUBLISHED, day, moves_open
        row.moved_at = None if moves_open else timezone.now()
        row.save(update_fields=["state", "valid_from", "moves_open", "moved_at"])
    return written


def withdraw_draft(draft: BoundaryDraft) -> None:
    """Take a published draft back before its day: the set does not change on that day, and the draft can be edited again.

    What is scheduled for later days stays. Raises `WithdrawalRefused` where the plan for the day could not be told from others'.
    """
    with transaction.atomic():
        row = _locked(draft)
        if row.state != DraftState.PUBLISHED or row.valid_from is None:
            raise WithdrawalRefused(_("These boundaries are not published: there is nothing to withdraw."))
        if row.valid_from <= city_time.today():
            raise WithdrawalRefused(_("These boundaries are in force and can no longer be withdrawn. Publish others instead."))
        BoundarySet.objects.select_for_update().get(pk=row.boundary_set_id)
        _take_back(row, row.valid_from)
        row.state, row.valid_from, row.moves_open, row.moved_at = DraftState.DRAFT, None, True, None
        row.save(update_fields=["state", "valid_from", "moves_open", "moved_at"])


def _take_back(draft: BoundaryDraft, day: dt.date) -> None:
    """Take what the draft says about the day out of the plan; nothing, if another draft has taken its place."""
    published = BoundaryDraft.objects.filter(boundary_set=draft.boundary_set_id, state=DraftState.PUBLISHED)
    others = list(published.filter(valid_from=day).exclude(pk=draft.pk).order_by("pk"))
    if any(_is_planned(other, day) for other in others):
        return
    if not _is_planned(draft, day):
        raise WithdrawalRefused(
            _("Other boundaries were loaded for the same day, so these cannot be taken back exactly. Publish others instead.")
        )
    if others:
        words = {"titles": listed(others)}
        raise WithdrawalRefused(
            _("These boundaries have replaced others published for the same day: %(titles)s. Withdraw those first.") % words
        )
    later = [(one, one.valid_from) for one in published.filter(valid_from__gt=day).order_by("valid_from") if one.valid_from]
    planned = [(one, first) for one, first in later if _is_planned(one, first)]
    drop_day(draft.boundary_set, day)
    for one, first in planned:
        # Areas that were to end on a later day, and by this draft ended before it, left no trace of that day.
        if not _is_planned(one, first):
            put_versions(draft.boundary_set, draft_areas(one), first, correct=False)


def _is_planned(draft: BoundaryDraft, day: dt.date) -> bool:
    """Whether the set is to look on ``day`` as the draft says; names count in the languages that its file has."""
    areas = read_draft(draft).areas
    versions = {one.code: one for one in Boundary.objects.on(day).filter(boundary_set=draft.boundary_set_id)}
    return areas.keys() == versions.keys() and all(
        shapely.equals_identical(area.geometry, shape_of(versions[code]))
        and all(area.names.get(language) == versions[code].names.get(language) for language in draft.name_columns)
        for code, area in areas.items()
    )


def throw_away(draft: BoundaryDraft) -> None:
    """Delete a draft with its areas; raises `DraftProblem`."""
    with transaction.atomic():
        row = _open_draft(draft)
        try:
            row.delete()
        except ProtectedError:
            raise DraftProblem([_("Reports were moved by this draft. It stays, so that they can be moved back.")]) from None


def listed(things: Iterable[object]) -> str:
    """“a, b, c and 5 more”: the first of them, and how many more there are."""
    words = [str(thing) for thing in things]
    first = ", ".join(words[:_MOST_NAMED])
    more = len(words) - _MOST_NAMED
    return _("%(first)s and %(count)s more") % {"first": first, "count": more} if more > 0 else first


def _open_draft(draft: BoundaryDraft) -> BoundaryDraft:
    """Lock the draft; raises `DraftClosed`."""
    row = _locked(draft)
    if row.state != DraftState.DRAFT:
        raise DraftClosed
    return row


def _locked(draft: BoundaryDraft) -> BoundaryDraft:
    return BoundaryDraft.objects.select_for_update(of=("self",)).select_related("boundary_set").get(pk=draft.pk)


def _sentences(wrong: _Rows, areas: Mapping[str, Area]) -> Iterable[str]:
    if wrong.no_code:
        yield _("There is no code in these rows: %(rows)s.") % {"rows": listed(wrong.no_code)}
    if wrong.bad_code:
        words = {"rows": listed(wrong.bad_code), "most": LONGEST_CODE}
        yield _("A code has at most %(most)s signs and no “/”. Look at these rows: %(rows)s.") % words
    if wrong.twice:
        yield _("A code stands for one area only. These stand there more than once: %(codes)s.") % {"codes": listed(wrong.twice)}
    if wrong.no_name:
        yield _("These areas have no name: %(codes)s. Choose a column that holds the names.") % {"codes": listed(wrong.no_name)}
    if not areas:
        yield _("No area is left. Choose another column for the codes.")


def _known_names(group: BoundarySet) -> dict[str, dict[str, str]]:
    """The names that the codes of a set had last."""
    rows = Boundary.objects.filter(boundary_set=group).exclude(valid__isempty=True).order_by("valid")
    return dict(rows.values_list("code", "names"))


def _names(properties: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, str]:
    said = {language: " ".join(properties.get(column, "").split()) for language, column in columns.items()}
    return {language: name for language, name in said.items() if name}
