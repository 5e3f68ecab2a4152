"""What a clerk can do to one appeal: the form's fields in, one function of `issues.triage` called, one sentence back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

from django.utils.translation import gettext as _

from accounts.models import Crew, Department, User
from issues import public_id, triage
from issues.errors import Invalid
from issues.models import Appeal

Fields = Mapping[str, str]
Action = Callable[[Appeal, User, Fields], str]


def _accept(appeal: Appeal, actor: User, fields: Fields) -> str:
    task = triage.accept(appeal, actor, _crew(fields, appeal, required=False))
    if task is None:
        return _("Accepted. No crew works at this place: assign one yourself.")
    return _("Accepted. The crew “%(crew)s” has it on its list.") % {"crew": task.crew}


def _assign(appeal: Appeal, actor: User, fields: Fields) -> str:
    crew = _crew(fields, appeal, required=True)
    assert crew is not None
    task = triage.assign(appeal, actor, crew, _day(fields))
    return _("The crew “%(crew)s” has it on its list.") % {"crew": task.crew}


def _reply(appeal: Appeal, actor: User, fields: Fields) -> str:
    triage.reply(appeal, actor, fields.get("text", ""))
    return _("Your answer is public, and the resident is told.")


def _reject(appeal: Appeal, actor: User, fields: Fields) -> str:
    triage.reject(appeal, actor, fields.get("text", ""))
    return _("Declined. The resident is told the reason.")


def _close(appeal: Appeal, actor: User, fields: Fields) -> str:
    triage.close(appeal, actor, fields.get("text", ""))
    return _("Closed. The resident is told.")


def _fix(appeal: Appeal, actor: User, fields: Fields) -> str:
    triage.fix(appeal, actor, fields.get("text", ""))
    return _("Saved as fixed. The resident is told.")


def _reopen(appeal: Appeal, actor: User, fields: Fields) -> str:
    triage.reopen(appeal, actor, fields.get("text", ""))
    return _("Opened again.")


def _reroute(appeal: Appeal, actor: User, fields: Fields) -> str:
    department = Department.objects.filter(code=_code(fields, "department"), active=True).first()
    if department is None:
        raise Invalid({"department": _("Choose the service that should get it.")})
    return _sent_to(triage.reroute(appeal, actor, department, fields.get("text", "")), department)


def _refuse(appeal: Appeal, actor: User, fields: Fields) -> str:
    return _sent_to(triage.refuse(appeal, actor, fields.get("text", "")), None)


def _sent_to(got: Department | None, wanted: Department | None) -> str:
    if got is not None:
        return _("Sent to “%(department)s”.") % {"department": got}
    if wanted is not None:
        return _("Services passed this report on too often: a dispatcher decides now who gets it.")
    return _("Sent to a dispatcher, who decides who gets it.")


def _check(appeal: Appeal, actor: User, fields: Fields) -> str:
    triage.check_place(appeal, actor)
    return _("Saved that the place was checked.")


def _release(appeal: Appeal, actor: User, fields: Fields) -> str:
    triage.release(appeal, actor)
    return _("Released: it is on the map and in its service's queue.")


def _show(appeal: Appeal, actor: User, fields: Fields) -> str:
    triage.show_words(appeal, actor, public=fields.get("public") == "yes")
    return _("Saved who may see the words and photos.")


def _merge(appeal: Appeal, actor: User, fields: Fields) -> str:
    reference = public_id.parse(fields.get("reference", ""))
    into = Appeal.objects.visible_to(actor).filter(public_id=reference).first() if reference else None
    if into is None:
        raise Invalid({"reference": _("There is no report with this reference in your lists.")})
    triage.merge(appeal, into, actor)
    return _("Joined with %(reference)s.") % {"reference": public_id.dashed(into.public_id)}


ACTIONS: Final[dict[str, Action]] = {
    "accept": _accept,
    "assign": _assign,
    "reply": _reply,
    "reject": _reject,
    "close": _close,
    "fix": _fix,
    "reopen": _reopen,
    "reroute": _reroute,
    "refuse": _refuse,
    "check": _check,
    "release": _release,
    "show": _show,
    "merge": _merge,
}


def _crew(fields: Fields, appeal: Appeal, *, required: bool) -> Crew | None:
    """The chosen crew of the appeal's own department."""
    code = _code(fields, "crew")
    if not fields.get("crew") and not required:
        return None
    crew = Crew.objects.filter(code=code, department=appeal.department_id, active=True).first()
    if crew is None:
        raise Invalid({"crew": _("Choose one of the service's crews.")})
    return crew


def _code(fields: Fields, name: str) -> str:
    """The code a form gave, '' for one that no row can have: the database takes no NUL."""
    code = fields.get(name, "")
    return "" if "\0" in code else code


def _day(fields: Fields) -> dt.date:
    try:
        return dt.date.fromisoformat(fields.get("day", ""))
    except ValueError:
        raise Invalid({"day": _("Choose a day, for example 2026-05-14.")}) from None
