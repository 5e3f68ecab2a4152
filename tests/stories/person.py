"""A person at a browser without JavaScript: reads pages, fills in the forms that are there, presses a button."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, what its fields hold now."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)

    def put(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)


class _Forms(HTMLParser):
    """Forms of a page with the values a browser would send."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._open = Form(at.get("action", ""), at.get("method", "get").lower())
            self.forms.append(self._open)
        if self._open is not None and "disabled" not in at:
            self._field(self._open, tag, at)

    def _field(self, form: Form, tag: str, at: dict[str, str]) -> None:
        name = at.get("name", "")
        if tag == "input" and name:
            kind = at.get("type", "text")
            ticked = kind not in ("radio", "checkbox") or "checked" in at
            if ticked and kind not in ("file", "submit"):
                form.put(name, at.get("value", ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            if "selected" in at or self._select not in form.fields:
                form.fields[self._select] = [at.get("value", "")]
        elif tag == "textarea":
            self._area = name
            form.put(name, "")

    def handle_data(self, data: str) -> None:
        if self._area and self._open is not None:
            self._open.fields[self._area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""


@dataclass(slots=True)
class Person:
    """Somebody with a browser; ``page`` is what they look at."""

    browser: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))
    page: HttpResponse | None = None
    address: str = ""

    def goes_to(self, address: str) -> Person:
        """Open an address, following redirects."""
        self._see(self.browser.get(address, follow=True), address)
        return self

    def sends(self, where: str = "", /, **typed: Any) -> Person:
        """Send the form whose action ends with ``where`` (the first posting one by default) with these fields changed."""
        form = next(one for one in self._forms() if one.method == "post" and one.action.endswith(where) and not _chrome(one))
        fields: dict[str, Any] = {**form.fields, **typed}
        self._see(self.browser.post(form.action or self.address, fields, follow=True), form.action or self.address)
        return self

    def reads(self) -> str:
        """The words of the page."""
        assert self.page is not None
        return self.page.content.decode()

    def logs_in(self, email: str, password: str) -> Person:
        self.goes_to("/accounts/login/")
        return self.sends("/accounts/login/", login=email, password=password)

    def _see(self, answer: Any, address: str) -> None:
        assert answer.status_code == 200, f"{address}: {answer.status_code}\n{answer.content.decode()[:2000]}"
        self.page = answer
        self.address = answer.redirect_chain[-1][0] if answer.redirect_chain else address

    def _forms(self) -> list[Form]:
        reader = _Forms()
        reader.feed(self.reads())
        return reader.forms


def _chrome(form: Form) -> bool:
    """Language, theme and log-out forms stand on every page."""
    return any(part in form.action for part in ("/i18n/", "/theme", "/logout"))
