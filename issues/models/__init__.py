"""What people ask for: kinds of problems, appeals and what happened to them, who takes care of them and why."""

from issues.models.appeals import (
    Appeal,
    Event,
    EventKind,
    IntakeKey,
    PublicAppeal,
    Reporter,
    Task,
    TaskState,
    Visibility,
)
from issues.models.categories import Category, WordsRule
from issues.models.links import Link, LinkDecision, LinkMeaning, LinkNote, LinkState
from issues.models.photos import Photo, PhotoKind
from issues.models.routing import (
    AppealFacts,
    FactKey,
    Replay,
    ReplayState,
    RerouteBatch,
    RerouteMove,
    RoutingDecision,
    RoutingRule,
    RuleSet,
    RuleSetState,
)

__all__ = [
    "Appeal",
    "AppealFacts",
    "Category",
    "Event",
    "EventKind",
    "FactKey",
    "IntakeKey",
    "Link",
    "LinkDecision",
    "LinkMeaning",
    "LinkNote",
    "LinkState",
    "Photo",
    "PhotoKind",
    "PublicAppeal",
    "Replay",
    "ReplayState",
    "Reporter",
    "RerouteBatch",
    "RerouteMove",
    "RoutingDecision",
    "RoutingRule",
    "RuleSet",
    "RuleSetState",
    "Task",
    "TaskState",
    "Visibility",
    "WordsRule",
]
