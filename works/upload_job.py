"""The background's part of an upload: the loader itself, in a transaction that is undone (a check) or kept (publication).

A worker that dies leaves its upload *checking* or *publishing* while nobody holds the lock of loads: the next worker takes it
up again, a few times. Nothing of a dead one is kept, for all it wrote was one transaction.
"""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from pathlib import Path
from typing import Any, Final

import pghistory
from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from gis_data.load_report import FileTally
from gis_data.readers import Broken
from works import load_sql, memory, upload_files
from works.difference import Difference
from works.ground import NoCity, ground
from works.load_set import SetReport, load_set
from works.mapping import parse_mapping
from works.mapping_types import SetMapping
from works.models import UploadState, WorksUpload
from works.upload_report import result_of

logger = logging.getLogger(__name__)

MOST_ATTEMPTS: Final = 3
#: One that is taken up and whose worker is about to take the lock is not dead yet.
_QUIET: Final = dt.timedelta(seconds=10)
_BEGUN: Final = {UploadState.WAITING: UploadState.CHECKING, UploadState.APPROVED: UploadState.PUBLISHING}


def work_off() -> int:
    """Carry out all uploads that wait, one after another; return how many. While another load is at work, none."""
    done = 0
    while (upload := _take_up()) is not None and _carry_out(upload):
        done += 1
    return done


def _take_up() -> WorksUpload | None:
    """The next one, marked as begun. Committed before the work, so that what kills its worker is counted."""
    with transaction.atomic():
        if not load_sql.alone():
            return None
        waits = Q(state__in=list(_BEGUN)) | Q(state__in=list(_BEGUN.values()), touched_at__lt=timezone.now() - _QUIET)
        upload = WorksUpload.objects.select_for_update(skip_locked=True).filter(waits).order_by("pk").first()
        if upload is None:
            return None
        upload.state = _BEGUN.get(UploadState(upload.state), UploadState(upload.state))
        upload.attempts += 1
        upload.touched_at = timezone.now()
        upload.save(update_fields=["state", "attempts", "touched_at"])
    return upload


def _carry_out(upload: WorksUpload) -> bool:
    """Do the work and write down what came of it, in one transaction; False where another load was quicker."""
    if upload.attempts > MOST_ATTEMPTS:
        sentence = _("Its worker ended %(times)d times before it was done: the files may need more memory than there is.")
        _give_up(upload, sentence % {"times": MOST_ATTEMPTS})
        return True
    try:
        with transaction.atomic(), pghistory.context(user=upload.decided_by_id or upload.created_by_id, upload=upload.pk):
            if not load_sql.alone():
                return False
            outcome = _outcome(upload)
            # Thrown away meanwhile: then there is nothing to write it to.
            if not WorksUpload.objects.filter(pk=upload.pk, state=upload.state).update(**outcome, touched_at=timezone.now()):
                transaction.set_rollback(True)
            elif outcome["state"] == UploadState.PUBLISHED:
                transaction.on_commit(lambda: upload_files.remove_sources(upload.folder))
    except OperationalError:
        raise  # the database is away: it stays as if its worker had died
    except Exception as error:  # noqa: BLE001  # a fault of ours is said on the page, and does not stop the other uploads
        if _give_up(upload, _("Something went wrong that is no fault of the files. It was written to the log of the server.")):
            frames = traceback.extract_tb(error.__traceback__)
            where = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[:-6:-1])
            logger.error("upload of works %s failed: %s at %s", upload.pk, type(error).__name__, where)
    return True


def _give_up(upload: WorksUpload, sentence: str) -> bool:
    """False where it was thrown away meanwhile: then its files are gone, and that they were missed is no fault."""
    rows = WorksUpload.objects.filter(pk=upload.pk, state=upload.state)
    return bool(rows.update(state=UploadState.FAILED, error=sentence, attempts=0))


def _outcome(upload: WorksUpload) -> dict[str, Any]:
    """Load the set. A check is undone; so is a publication that would change anything else than the preview showed."""
    publishing = upload.state == UploadState.PUBLISHING
    mapping = parse_mapping(upload.mapping, Path("mapping.toml"))
    with Difference(upload_files.folder_of(upload.folder), mapping.code) as difference:
        with transaction.atomic():
            try:
                with memory.limited():
                    report = _load(upload, mapping, difference)
            except (NoCity, MemoryError) as error:
                transaction.set_rollback(True)
                sentence = str(error)[:400] if isinstance(error, NoCity) else _too_much_memory()
                return {"state": UploadState.REFUSED, "error": sentence, "result": {}, "attempts": 0}
            same = difference.fingerprint == upload.result.get("fingerprint")
            good = not report.tally.refusal
            kept = publishing and good and same
            transaction.set_rollback(not kept)
        difference.keep()
    state = UploadState.PUBLISHED if kept else UploadState.READY if good else UploadState.REFUSED
    found = {"result": result_of(report, difference), "attempts": 0, "error": "", "moved": publishing and not kept}
    return {"state": state, **found}


def _too_much_memory() -> str:
    sentence = _(
        "To read these files takes more than the %(megabytes)s MB of memory that an upload may have. Send them in parts."
    )
    return sentence % {"megabytes": number_format(memory.MOST // 1024**2, force_grouping=True)}


def _load(upload: WorksUpload, mapping: SetMapping, difference: Difference) -> SetReport:
    folder = upload_files.sources_of(upload.folder)
    say = upload_files.Progress(upload.folder)

    def progress(label: str, done: int, total: int) -> None:
        say(label, done, total)
        if done > settings.WORKS_UPLOAD_ROWS:
            most = number_format(settings.WORKS_UPLOAD_ROWS, force_grouping=True)
            raise Broken(label, 0, f"holds more than {most} rows: let it be loaded on the server (load_works)")

    def find(name: str) -> Path | None:
        return folder / name if name in upload.files and (folder / name).is_file() else None

    return load_set(mapping, find, ground(), FileTally(mapping.code), progress, difference)
