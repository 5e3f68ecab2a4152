"""A data set sent by hand, step by step: taken, looked at in the background, then published or thrown away by a person.

Each step is one short transaction; a message in the outbox wakes the worker up (``works/upload_job.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from notifications import outbox
from works import upload_files
from works.mapping_types import SetMapping
from works.models import UploadState, WorksUpload
from works.upload_files import Sent

KIND: Final = "works-upload"
#: What can no longer be thrown away.
SETTLED: Final = (UploadState.PUBLISHED, UploadState.PUBLISHING, UploadState.APPROVED, UploadState.DISCARDED)


class TooLate(Exception):
    """A step that an upload is no longer, or not yet, in the state for; the text is a sentence for people."""


def new_upload(mapping: SetMapping, text: str, sent: Sequence[Sent], by: User) -> WorksUpload:
    """Keep the files and ask for them to be checked. Raises `UploadProblem`."""
    token, files = upload_files.keep(mapping, sent)
    try:
        with transaction.atomic():
            upload = WorksUpload.objects.create(
                code=mapping.code, names=dict(mapping.names), mapping=text, files=files, folder=token, created_by=by
            )
            _wake(upload)
    except BaseException:
        upload_files.remove(token)
        raise
    return upload


def publish(upload: WorksUpload, by: User, seen: str) -> None:
    """Ask for what the preview showed to be loaded for real; ``seen`` is the fingerprint of that preview. Raises `TooLate`."""
    with transaction.atomic():
        late = _("Only what was checked and found good can be published.")
        row = _step(upload, by, (UploadState.READY,), UploadState.APPROVED, late)
        # The page may be an old one: others have had the files checked again, and nobody has looked at what came of it.
        if row.result.get("fingerprint") != seen:
            raise TooLate(_("Since you opened the page, what these files would change has become another. Look at it again."))


def check_again(upload: WorksUpload, by: User) -> None:
    """Ask for another look at the same files. Raises `TooLate`."""
    states = (UploadState.READY, UploadState.REFUSED, UploadState.FAILED)
    _step(upload, by, states, UploadState.WAITING, _("This upload cannot be checked again."))


def discard(upload: WorksUpload, by: User) -> None:
    """Throw the upload away, its files included; a check that is at work finds nothing to write to. Raises `TooLate`."""
    with transaction.atomic():
        states = set(UploadState) - {*SETTLED}
        _step(upload, by, tuple(states), UploadState.DISCARDED, _("What is published, or about to be, cannot be thrown away."))
        transaction.on_commit(lambda: upload_files.remove(upload.folder))


def _step(upload: WorksUpload, by: User, before: Sequence[UploadState], after: UploadState, late: str) -> WorksUpload:
    with transaction.atomic():
        row = WorksUpload.objects.select_for_update().get(pk=upload.pk)
        if row.state not in before:
            raise TooLate(late)
        row.state, row.attempts, row.moved = after, 0, False
        row.decided_by, row.decided_at = by, Now()
        row.save(update_fields=["state", "attempts", "moved", "decided_by", "decided_at"])
        if row.busy:
            _wake(row)
    return row


def _wake(upload: WorksUpload) -> None:
    outbox.put(KIND, f"{KIND}:{upload.pk}:{uuid4()}", {"upload": upload.pk})
