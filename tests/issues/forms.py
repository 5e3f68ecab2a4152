"""A browser without JavaScript: reads the form of a page and sends it back with what a person changed."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.test import Client


class Form(HTMLParser):
    """The fields of the page's report form as a browser would send them, the labels and buttons beside."""

    def __init__(self, html: str, action: str = "/report") -> None:
        super().__init__()
        self.action, self.inside = action, False
        self.fields: list[tuple[str, str]] = []
        self.files: set[str] = set()
        self.offered: dict[str, list[str]] = {}
        self.buttons: list[tuple[str, str]] = []
        self._area: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        row = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = row.get("action") == self.action
        if not self.inside or "name" not in row:
            return
        name, value = row["name"], row.get("value", "")
        if tag == "textarea":
            self._area = name
            self.fields.append((name, ""))
        elif tag == "button":
            self.buttons.append((name, value))
        elif tag == "input":
            self._input(row.get("type", "text"), name, value, checked="checked" in row)

    def _input(self, kind: str, name: str, value: str, *, checked: bool) -> None:
        if kind in {"radio", "checkbox"}:
            self.offered.setdefault(name, []).append(value)
        if kind == "file":
            self.files.add(name)
        elif kind not in {"radio", "checkbox"} or checked:
            self.fields.append((name, value))

    def handle_data(self, data: str) -> None:
        if self._area:
            name, before = self.fields.pop()
            self.fields.append((name, before + data.removeprefix("\n") if not before else before + data))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        if tag == "form":
            self.inside = False

    def value(self, name: str) -> str:
        """What the field holds, or '' when it is not there."""
        return dict(self.fields).get(name, "")

    def data(self, **changes: Any) -> dict[str, Any]:
        """Everything a browser would send, with some fields changed. ``q_depth`` stands for ``q-depth``."""
        whole: dict[str, Any] = {}
        for name, value in self.fields:
            whole.setdefault(name, []).append(value)
        for name, value in changes.items():
            whole[name.replace("q_", "q-")] = value
        return whole

    def send(self, client: Client, **changes: Any) -> Any:
        """Press a button: ``go`` is "next" unless changed."""
        return client.post(self.action, self.data(**{"go": "next", **changes}))


def form(answer: Any) -> Form:
    """The report form of a page."""
    return Form(answer.content.decode())
