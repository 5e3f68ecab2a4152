"""The people and things of the role matrix: two services, so that each right is tried on one's own and on another's."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from accounts.models import Crew, Department, Membership, User
from gis_data.models import Boundary, BoundaryDraft, BoundarySet, City
from issues.models import Appeal, Category, Link, Photo, Replay, RerouteBatch, RoutingRule, RuleSet, Task
from issues.public_id import new
from notifications.models import OutboxMessage
from works.models import DataSet, Repair, WorksUpload

ROLES: Final = ("anonymous", "resident", "clerk", "crew", "head", "dispatcher", "admin")
BOX: Final = Polygon.from_bbox((24.0, 60.0, 25.0, 61.0))
ALWAYS: Final = DateRange(date(2000, 1, 1), None)


@dataclass(frozen=True, slots=True)
class Side:
    """One service with a crew, an appeal and its task."""

    department: Department
    crew: Crew
    appeal: Appeal
    task: Task


@dataclass(frozen=True, slots=True)
class Workshop:
    """A draft of rules with one rule, a try of it, and a batch of moved appeals."""

    draft: RuleSet
    rule: RoutingRule
    replay: Replay
    batch: RerouteBatch


@dataclass(frozen=True, slots=True)
class Cast:
    users: dict[str, User]
    own: Side
    other: Side
    message: OutboxMessage
    photo: Photo
    boundary_draft: BoundaryDraft
    workshop: Workshop
    links: tuple[Link, ...]
    upload: WorksUpload

    @property
    def reports(self) -> list[int]:
        return [self.own.appeal.pk, self.other.appeal.pk]


def _side(code: str, category: Category) -> Side:
    department = Department.objects.create(code=code, names={"en": code})
    crew = Crew.objects.create(code=f"{code}-crew", department=department, names={"en": f"{code} crew"})
    appeal = Appeal.objects.create(
        public_id=new(), category=category, point=Point(24.5, 60.5, srid=4326), department=department, state="planned"
    )
    return Side(department, crew, appeal, Task.objects.create(appeal=appeal, crew=crew, day=timezone.localdate()))


def _ground() -> Category:
    City.objects.create(
        pack="test", names={"en": "Test"}, languages=["en"], time_zone="Europe/Helsinki", currency="EUR",
        bounds=BOX, centre=Point(24.5, 60.5),
    )  # fmt: skip
    districts = BoundarySet.objects.create(code="districts", names={"en": "Districts"}, is_district=True)
    Boundary.objects.create(boundary_set=districts, code="a", names={"en": "A"}, geometry=MultiPolygon(BOX), valid=ALWAYS)
    return Category.objects.create(code="hole", names={"en": "Hole"}, valid=ALWAYS)


def _workshop(department: Department) -> Workshop:
    draft = RuleSet.objects.create(title="Draft")
    rule = RoutingRule.objects.create(rule_set=draft, code="all", department=department, valid=ALWAYS)
    # Only rules that were published ever move anything.
    batch = RerouteBatch.objects.create(rule_set=RuleSet.objects.create(title="Published", state="published", valid="empty"))
    return Workshop(draft, rule, Replay.objects.create(rule_set=draft), batch)


def _links(own: Side, other: Side) -> tuple[Link, ...]:
    """A proposed link of each side, then a confirmed one of each with a finished repair."""
    works = DataSet.objects.create(code="works", names={"en": "Works"})
    made = []
    for number, (side, state) in enumerate([(own, "proposed"), (other, "proposed"), (own, "confirmed"), (other, "confirmed")]):
        name = {"data_set": works, "local_id": str(number), "public_id": f"works/{number}"}
        repair = Repair.objects.create(**name, geometry=Point(24.5, 60.5, srid=4326))
        row = {"appeal": side.appeal, "repair": repair, "state": state, "meaning": "answers", "score": 90, "distance_m": 0}
        made.append(Link.objects.create(**row))
    return tuple(made)


def assemble() -> Cast:
    """Write the cast to the database. A user of each role stands on the ``own`` side."""
    category = _ground()
    own, other = _side("roads", category), _side("parks", category)
    users = {role: User.objects.create_user(f"{role}@test.invalid", "x") for role in ROLES[1:]}
    for role in ROLES[2:]:
        Membership.objects.create(
            user=users[role],
            role=role,
            department=own.department if role in {"clerk", "head", "crew"} else None,
            crew=own.crew if role == "crew" else None,
        )
    message = OutboxMessage.objects.create(kind="mail", key="matrix", payload={})
    photo = Photo.objects.create(name="0" * 32, width=1, height=1, size=1)
    draft = BoundaryDraft.objects.create(boundary_set=BoundarySet.objects.get(), title="Draft")
    upload = WorksUpload.objects.create(code="works", names={"en": "Works"}, mapping="", folder="0" * 32)
    return Cast(users, own, other, message, photo, draft, _workshop(own.department), _links(own, other), upload)
