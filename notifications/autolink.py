"""Plain text in pieces, where only addresses of this very server become links."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; with ``href`` it is a link."""

    text: str
    href: str = ""


def pieces(text: str, public_url: str) -> list[Piece]:
    """Cut ``text`` at the addresses under ``public_url``. Others stay text: a letter quotes what strangers wrote."""
    # After the server's name only a path may follow: "https://map.example.org.evil.test" is not ours.
    address = re.compile(rf"(?<![\w/@.-]){re.escape(public_url)}(?:/[^\s<>\"']*|(?=[\s.,;!?)]|$))")
    found, end = [], 0
    for match in address.finditer(text):
        href = match.group().rstrip(".,;:!?)")
        if match.start() > end:
            found.append(Piece(text[end : match.start()]))
        found.append(Piece(href, href))
        end = match.start() + len(href)
    if end < len(text):
        found.append(Piece(text[end:]))
    return found
