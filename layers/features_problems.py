"""What OGC API – Features answers beyond the problems that all doors share."""

from http import HTTPStatus
from typing import Final

from django.utils.translation import gettext as _

from layers.problems import Problem

#: The ``code`` of the OGC exception schema.
CODES: Final = {
    HTTPStatus.BAD_REQUEST: "InvalidParameterValue",
    HTTPStatus.NOT_FOUND: "NotFound",
    HTTPStatus.METHOD_NOT_ALLOWED: "MethodNotAllowed",
    HTTPStatus.NOT_ACCEPTABLE: "NotAcceptable",
    HTTPStatus.SERVICE_UNAVAILABLE: "ServiceUnavailable",
}


class Nowhere(Problem):
    """No resource at this address."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(_("There is nothing at this address."))


class NoSuchFeature(Problem):
    """No feature of this id, or none that may be shown: the two are not told apart."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self, feature: str) -> None:
        super().__init__(_("There is nothing called “%(name)s” in this collection.") % {"name": feature[:80]})


class NotAllowed(Problem):
    """Anything but reading."""

    status = HTTPStatus.METHOD_NOT_ALLOWED

    def __init__(self) -> None:
        super().__init__(_("This address can only be read."))


class NotAcceptable(Problem):
    """The header Accept names nothing that there is."""

    status = HTTPStatus.NOT_ACCEPTABLE

    def __init__(self) -> None:
        super().__init__(_("This comes as JSON and as HTML; the header Accept asks for neither."))


class TooLong(Problem):
    """The database was stopped because the answer took too long."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__(_("The answer took too long. Ask for a smaller area, or for fewer at once."))
