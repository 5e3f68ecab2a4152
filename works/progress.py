"""How far works have come, in the few words that a map can tell apart by colour and form: one list for repairs and projects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy, pgettext_lazy

from works.codelists import ProjectStatus, RepairStatus

#: Code → word, in the order of a legend. The front end draws by these codes (``frontend/src/map/progress.ts``).
PROGRESS: Final[Mapping[str, Any]] = {
    "planned": pgettext_lazy("works", "planned"),
    "running": gettext_lazy("under way"),
    "finished": pgettext_lazy("works", "finished"),
    "cancelled": gettext_lazy("cancelled"),
    "unknown": pgettext_lazy("progress", "unknown"),
}
OF_REPAIR: Final[Mapping[str, str]] = {one.value: one.value for one in RepairStatus}
OF_PROJECT: Final[Mapping[str, str]] = {
    ProjectStatus.IDENTIFICATION.value: "planned",
    ProjectStatus.PREPARATION.value: "planned",
    ProjectStatus.IMPLEMENTATION.value: "running",
    ProjectStatus.COMPLETION.value: "finished",
    ProjectStatus.MAINTENANCE.value: "finished",
    ProjectStatus.DECOMMISSIONING.value: "running",
    ProjectStatus.DECOMMISSIONED.value: "finished",
    ProjectStatus.CANCELLED.value: "cancelled",
}


def of_repair(status: str) -> str:
    """Return the code of `PROGRESS` for the status of a repair."""
    return OF_REPAIR.get(status, "unknown")


def of_project(status: str) -> str:
    """Return the code of `PROGRESS` for the status of a project; '' is unknown."""
    return OF_PROJECT.get(status, "unknown")
