"""``create_staff EMAIL --role …``: give somebody a post and print the link with which they set their password."""

from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db.models import Model
from django.utils import timezone

from accounts.models import Crew, Department, Role
from accounts.staff import NotAPost, Post, make_staff, password_link
from gis_data.models import Boundary

M = TypeVar("M", bound=Model)


class Command(BaseCommand):
    help = "Gives a person a role; makes the account when there is none, and prints a link to set its password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--department", help="its code", default="")
        parser.add_argument("--crew", help="its code", default="")
        parser.add_argument("--area", help="SET/CODE of a boundary, for example wards/north", default="")
        parser.add_argument("--name", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
        except ValidationError:
            raise CommandError(f"This is no e-mail address: {options['email']}") from None
        post = Post(
            Role(options["role"]),
            _found(Department, options["department"]),
            _found(Crew, options["crew"]),
            _area(options["area"]),
        )
        try:
            user = make_staff(options["email"], options["name"], post)
        except NotAPost as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{user.email} is now {post.role}.")
        if not user.has_usable_password():
            self.stdout.write(f"To set a password, once: {password_link(user)}")


def _found(model: type[M], code: str) -> M | None:
    if not code:
        return None
    found = model._default_manager.filter(code=code).first()
    if found is None:
        raise CommandError(f"There is no {model._meta.model_name} with the code {code}.")
    return found


def _area(text: str) -> Boundary | None:
    if not text:
        return None
    of_set, _, code = text.partition("/")
    found = Boundary.objects.on(timezone.localdate()).filter(boundary_set__code=of_set, code=code).first()
    if found is None:
        raise CommandError(f"There is no boundary {text}; write SET/CODE.")
    return found
