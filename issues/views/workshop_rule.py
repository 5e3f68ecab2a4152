"""One rule of a draft: added, changed, copied, deleted. What is wrong with it is said before it is saved."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Role
from accounts.permissions import StaffRequest, staff_required
from issues.errors import Invalid
from issues.models import RoutingRule, RuleSet, RuleSetState
from issues.routing.check import Problem, concerning, problems
from issues.routing.rule_row import row_of
from issues.routing.world import read_world
from issues.views import rule_form
from issues.views.rule_choices import choices
from issues.views.rule_form import Typed
from issues.views.workshop_parts import TooLate, locked_draft, rules_of, the_set, title_of, too_late


class Doubtful(Exception):
    """The rule was not saved: ``found`` is what is wrong with it, or with others because of it."""

    def __init__(self, found: list[Problem]) -> None:
        self.found = found
        super().__init__(len(found))


class Changed(Exception):
    """Somebody else changed the rule since the form was shown; ``stamp`` is that of the rule as it is now."""

    def __init__(self, stamp: str) -> None:
        self.stamp = stamp
        super().__init__(stamp)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Role.DISPATCHER)
def workshop_rule(request: StaffRequest, rule_set: int, rule: int | None = None) -> HttpResponse:
    """The form of a rule; of a new one without ``rule``, which ``?like=`` another one of the set."""
    try:
        if request.method == "POST":
            return _sent(request, rule_set, rule)
        return _shown(request, the_set(rule_set), rule)
    except TooLate as late:
        return too_late(request, late, reverse("workshop-rules", args=[rule_set]))


@require_POST
@staff_required(Role.DISPATCHER)
def workshop_rule_delete(request: StaffRequest, rule_set: int, rule: int) -> HttpResponse:
    """Take a rule out of a draft."""
    try:
        with transaction.atomic():
            found = _of_draft(locked_draft(rule_set), rule)
            found.delete()
    except TooLate as late:
        return too_late(request, late, reverse("workshop-rules", args=[rule_set]))
    messages.success(request, _("The rule “%(code)s” is deleted.") % {"code": found.code})
    return redirect("workshop-rules", rule_set)


def _shown(request: StaffRequest, rule_set: RuleSet, rule: int | None) -> HttpResponse:
    if rule_set.state != RuleSetState.DRAFT:
        raise TooLate(_("These rules are published and do not change. Make a draft of them first."))
    if rule is not None:
        found = _of_draft(rule_set, rule)
        return _page(request, rule_set, rule, rule_form.typed_of(found, seen=rule_form.stamp(found)))
    like = request.GET.get("like", "")
    number = int(like) if like.isascii() and like.isdigit() and len(like) < 19 else 0
    pattern = rules_of(rule_set).filter(pk=number).first() if number else None
    if pattern is None:
        return _page(request, rule_set, None, Typed(valid_from=timezone.localdate().isoformat()))
    return _page(request, rule_set, None, rule_form.typed_of(pattern, code=""))


def _sent(request: StaffRequest, rule_set: int, rule: int | None) -> HttpResponse:
    typed = rule_form.typed_in(request.POST)
    if "show" in request.POST:
        return _page(request, the_set(rule_set), rule, typed)
    try:
        with transaction.atomic():
            saved = _save(locked_draft(rule_set), rule, typed, anyway=bool(request.POST.get("anyway")))
    except Invalid as refused:
        return _page(request, the_set(rule_set), rule, typed, errors=refused.errors, status=422)
    except Doubtful as doubtful:
        return _page(request, the_set(rule_set), rule, typed, found=doubtful.found, status=422)
    except Changed as changed:
        sentence = _("Somebody else changed this rule meanwhile. Saving again puts your version in place of theirs.")
        again = rule_form.seen_again(typed, changed.stamp)
        return _page(request, the_set(rule_set), rule, again, errors={"rule": sentence}, status=409)
    messages.success(request, _("The rule “%(code)s” is saved.") % {"code": saved.code})
    return redirect(f"{reverse('workshop-rules', args=[rule_set])}#rule-{saved.pk}")


def _save(draft: RuleSet, rule: int | None, typed: Typed, *, anyway: bool) -> RoutingRule:
    """Save what was typed; the draft is locked. Raises `Invalid`, `Doubtful`, `Changed`, `TooLate`."""
    changed = RoutingRule(rule_set=draft) if rule is None else _of_draft(draft, rule)
    if rule is not None and rule_form.stamp(changed) != typed.seen:
        raise Changed(rule_form.stamp(changed))
    for name, value in rule_form.read(typed).items():
        setattr(changed, name, value)
    others = list(rules_of(draft).exclude(pk=changed.pk)) if changed.pk else list(rules_of(draft))
    if any(other.code == changed.code for other in others):
        raise Invalid({"code": _("Another rule of this draft has this name. Choose another one.")})
    found = problems([row_of(one) for one in (*others, changed)], read_world(timezone.localdate()))
    concerned = concerning(changed.code, found)
    if any(problem.is_error and problem.rule_code == changed.code for problem in concerned) or (concerned and not anyway):
        raise Doubtful(concerned)
    changed.save()
    return changed


def _of_draft(draft: RuleSet, rule: int) -> RoutingRule:
    found = rules_of(draft).filter(pk=rule).first()
    if found is None:
        raise TooLate(_("This rule is not in the draft. Perhaps somebody deleted it meanwhile."))
    return found


def _page(
    request: StaffRequest,
    rule_set: RuleSet,
    rule: int | None,
    typed: Typed,
    *,
    errors: dict[str, str] | None = None,
    found: list[Problem] | None = None,
    status: int = 200,
) -> HttpResponse:
    faults = errors or {}
    refused = any(problem.is_error for problem in found or ())
    context = {
        "rule_set": rule_set,
        "set_title": title_of(rule_set),
        "rule": rule,
        "typed": typed,
        "choices": choices(typed, read_world(timezone.localdate()), faults),
        "errors": faults,
        "error_list": [{"href": "" if name == "rule" else f"#id_{name}", "text": text} for name, text in faults.items()],
        "found": [(problem, problem.rule_code != typed.code) for problem in found or ()],
        "may_save_anyway": bool(found) and not refused,
    }
    return render(request, "issues/workshop_rule.html", context, status=status)
