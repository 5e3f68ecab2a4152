"""What a page tells about one appeal: its facts and its changes, in plain words and without personal data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Department
from gis_data.names import in_language
from issues import deadlines, public_id, states
from issues.models import Appeal, Event, Reporter, Visibility, WordsRule
from issues.routing.words import reason_in_words

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

#: What a change is called on a page; kinds that are not here (showing, hiding, erasing, release) are the office's own business.
TITLES: Final[dict[str, StrPromise]] = {
    "opened": gettext_lazy("Reported"),
    "routed": gettext_lazy("Sent to another service"),
    "accepted": gettext_lazy("Accepted by the service"),
    "planned": gettext_lazy("A crew has it on its list"),
    "started": gettext_lazy("Work has started"),
    "done": gettext_lazy("Fixed"),
    "could_not": gettext_lazy("The crew could not do it yet"),
    "replied": gettext_lazy("Answer from the service"),
    "rejected": gettext_lazy("Declined"),
    "closed": gettext_lazy("Closed without works"),
    "reopened": gettext_lazy("Opened again"),
    "merged": gettext_lazy("Joined with another report"),
}
#: Changes that move nothing for the reader get a plain dot instead of a state.
_DOTS: Final = frozenset({"routed", "replied", "planned"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline."""

    at: dt.datetime
    title: str
    state: str
    words: str
    who: str = ""


def timeline(appeal: int) -> list[Entry]:
    """The public changes of an appeal, oldest first. One query, for what everybody may know of a change alone."""
    changes = with_turns(Event.objects.filter(appeal=appeal, kind__in=TITLES)).order_by("at", "id")
    return [
        Entry(at=at, title=title_of(kind, refused, to), state="" if kind in _DOTS else states.public_state(state), words=words)
        for at, kind, state, words, refused, to in changes.values_list("at", "kind", "state", "words", "refused_by", "sent_to")
    ]


def with_turns(changes: QuerySet[Event]) -> Any:
    """Add ``refused_by``, the names of the service that said "not ours" (else None), and ``sent_to``, the code of who got it then."""
    refusing = Department.objects.filter(code=OuterRef("refused_code"))
    return changes.annotate(
        refused_code=KeyTextTransform("refused_by", "data"), sent_to=KeyTextTransform("department", "data")
    ).annotate(refused_by=Subquery(refusing.values("names")[:1]))


def title_of(kind: str, refused_by: Any, sent_to: str | None) -> str:
    """What a change is called, with who refused it or that a dispatcher decides, as `with_turns` found out."""
    if kind == "routed" and refused_by:
        return _("%(service)s: not ours") % {"service": in_language(refused_by)}
    if kind == "routed" and sent_to == "":
        return _("A dispatcher decides who gets it")
    return str(TITLES[kind])


def words_rule(appeal: Appeal) -> str:
    """Whether others see the words and photos, as a sentence for the one who wrote them."""
    if appeal.text_public and appeal.visibility == Visibility.PUBLIC:
        return _("Your words are public.")
    if appeal.visibility == Visibility.PRIVATE or appeal.category.words == WordsRule.NEVER:
        return _("Only the service sees your words and photos.")
    return _("Your words and photos become public when a clerk has looked at them.")


def masked(reporter: Reporter) -> list[str]:
    """The contact that was given, recognisable to its owner and useless to anybody who sees the screen."""
    name = reporter.name[:1] + "…" if reporter.name else ""
    user, at, host = reporter.email.partition("@")
    email = f"{user[:1]}…{at}{host}" if at else ""
    phone = "…" + reporter.phone[-2:] if reporter.phone else ""
    return [part for part in (name, email, phone) if part]


def facts(appeal: Any, now: dt.datetime) -> dict[str, Any]:
    """Context that the public and the secret page share; ``appeal`` carries what ``appeal.with_relations`` adds."""
    point = appeal.point
    state = states.public_state(appeal.state)
    return {
        "reference": public_id.dashed(appeal.public_id),
        "address": reverse("appeal", args=[appeal.public_id]),
        "title": in_language(appeal.category.names),
        "state": state,
        "state_word": states.PUBLIC_STATES[state],
        "place": appeal.address,
        "lat": f"{point.y:.5f}" if point else "",
        "lon": f"{point.x:.5f}" if point else "",
        "district": in_language(appeal.district_names) if appeal.district_names else "",
        "map_config": {"pin": {"lon": point.x, "lat": point.y, "state": state}} if point else None,
        "department": in_language(appeal.department_names) if appeal.department_names else "",
        "why": reason_in_words(appeal.reason) if appeal.reason else "",
        "created_at": appeal.created_at,
        "due_at": appeal.due_at,
        "closed_at": appeal.closed_at,
        "late": deadlines.is_late(appeal.state, appeal.due_at, now),
        "parent": _link(appeal.parent_public),
        "merged": [_link(other) for other in appeal.merged_public],
        "next_report": reverse("report") + (f"?lat={point.y:.6f}&lon={point.x:.6f}" if point else ""),
    }


def _link(reference: str | None) -> dict[str, str] | None:
    return {"href": reverse("appeal", args=[reference]), "reference": public_id.dashed(reference)} if reference else None
