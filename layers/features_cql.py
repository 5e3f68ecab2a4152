"""CQL2 text (OGC API – Features Part 3): a filter becomes a tree of typed nodes, or a sentence that says what is wrong.

Nothing of the text ever becomes SQL. How long a filter may be and how deep it may nest is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from django.utils.translation import gettext as _

from layers.problems import BadRequest

LONGEST: Final = 4_000
DEEPEST: Final = 30
MOST_VALUES: Final = 200

_TOKENS: Final = re.compile(
    r"""\s*(?:(?P<text>'(?:[^']|'')*')|(?P<quoted>"[^"]+")|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><>|<=|>=|[=<>(),+-]))""",
    re.VERBOSE | re.ASCII,
)
_COMPARISONS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})
_WORDS: Final = frozenset({"AND", "OR", "NOT", "LIKE", "BETWEEN", "IN", "IS", "NULL", "TRUE", "FALSE"})


@dataclass(frozen=True, slots=True)
class Literal:
    """A value: text, a number as it was written, a day or moment as it was written, or a truth value."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Compare:
    """``name sign value``."""

    name: str
    sign: str
    value: Literal


@dataclass(frozen=True, slots=True)
class Like:
    name: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Between:
    name: str
    low: Literal
    high: Literal


@dataclass(frozen=True, slots=True)
class OneOf:
    name: str
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """``name IS NULL``."""

    name: str


@dataclass(frozen=True, slots=True)
class Intersects:
    """``S_INTERSECTS(name, …)``: ``numbers`` of a BBOX (four or six) or of a POINT (two)."""

    name: str
    shape: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    part: Tree


@dataclass(frozen=True, slots=True)
class Joined:
    """All of ``parts`` (AND) or one of them (OR)."""

    word: str
    parts: tuple[Tree, ...]


Tree: TypeAlias = Compare | Like | Between | OneOf | Missing | Intersects | Constant | Not | Joined


def parse_cql(text: str) -> Tree:
    """Read a filter; raises `BadRequest`."""
    if len(text) > LONGEST:
        raise BadRequest(_("“filter” is too long: %(most)s signs at most.") % {"most": LONGEST})
    reader = _Reader(_split(text))
    tree = reader.any_of(0)
    if reader.kind:
        raise reader.wrong()
    return tree


def _split(text: str) -> list[tuple[str, str, int]]:
    tokens, at = [], 0
    end = len(text.rstrip())
    while at < end:
        found = _TOKENS.match(text, at)
        if not found or not found.lastgroup:
            raise _wrong(at, text[at : at + 20])
        tokens.append((found.lastgroup, found[found.lastgroup], at))
        at = found.end()
    return [*tokens, ("", "", end)]


def _wrong(at: int, near: str) -> BadRequest:
    return BadRequest(_("“filter” cannot be read from sign %(at)s on: “%(near)s”.") % {"at": at + 1, "near": near[:40]})


class _Reader:
    """Goes through the tokens, one function a rule of the grammar."""

    def __init__(self, tokens: list[tuple[str, str, int]]) -> None:
        self.tokens = tokens
        self.at = 0

    @property
    def kind(self) -> str:
        return self.tokens[self.at][0]

    @property
    def text(self) -> str:
        return self.tokens[self.at][1]

    @property
    def word(self) -> str:
        """The key word that stands here, in capitals; '' for anything else."""
        return self.text.upper() if self.kind == "word" else ""

    def wrong(self) -> BadRequest:
        _kind, text, at = self.tokens[self.at]
        return _wrong(at, text)

    def step(self) -> str:
        text = self.text
        self.at += 1
        return text

    def sign(self, text: str) -> None:
        if self.kind != "sign" or self.text != text:
            raise self.wrong()
        self.at += 1

    def is_sign(self, text: str) -> bool:
        return self.kind == "sign" and self.text == text

    def takes(self, word: str) -> bool:
        if self.word == word:
            self.at += 1
            return True
        return False

    def any_of(self, depth: int) -> Tree:
        return self.joined("OR", depth, lambda: self.all_of(depth))

    def all_of(self, depth: int) -> Tree:
        return self.joined("AND", depth, lambda: self.negated(depth))

    def joined(self, word: str, depth: int, part: Callable[[], Tree]) -> Tree:
        if depth > DEEPEST:
            raise BadRequest(_("“filter” is nested too deeply."))
        parts = [part()]
        while self.takes(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def negated(self, depth: int) -> Tree:
        if self.takes("NOT"):
            if depth > DEEPEST:
                raise BadRequest(_("“filter” is nested too deeply."))
            return Not(self.negated(depth + 1))
        if self.is_sign("("):
            self.at += 1
            tree = self.any_of(depth + 1)
            self.sign(")")
            return tree
        return self.predicate()

    def predicate(self) -> Tree:
        if self.word in {"TRUE", "FALSE"}:
            return Constant(self.step().upper() == "TRUE")
        if self.word == "S_INTERSECTS":
            return self.intersects()
        name = self.name()
        if self.kind == "sign" and self.text in _COMPARISONS:
            return Compare(name, self.step(), self.literal())
        if self.takes("IS"):
            denied = self.takes("NOT")
            if not self.takes("NULL"):
                raise self.wrong()
            return Not(Missing(name)) if denied else Missing(name)
        denied = self.takes("NOT")
        tree = self.ranged(name)
        return Not(tree) if denied else tree

    def ranged(self, name: str) -> Tree:
        if self.takes("LIKE"):
            if self.kind != "text":
                raise self.wrong()
            return Like(name, self.literal().text)
        if self.takes("BETWEEN"):
            low = self.literal()
            if not self.takes("AND"):
                raise self.wrong()
            return Between(name, low, self.literal())
        if not self.takes("IN"):
            raise self.wrong()
        self.sign("(")
        values = [self.literal()]
        while self.is_sign(",") and len(values) < MOST_VALUES:
            self.at += 1
            values.append(self.literal())
        self.sign(")")
        return OneOf(name, tuple(values))

    def intersects(self) -> Tree:
        self.at += 1
        self.sign("(")
        name = self.name()
        self.sign(",")
        shape = self.word
        if shape not in {"BBOX", "POINT"}:
            raise self.wrong()
        self.at += 1
        self.sign("(")
        numbers = [self.number()]
        while self.is_sign(",") or (shape == "POINT" and not self.is_sign(")")):
            self.at += shape == "BBOX"
            numbers.append(self.number())
        self.sign(")")
        self.sign(")")
        return Intersects(name, shape, tuple(numbers))

    def name(self) -> str:
        if self.kind == "quoted":
            return self.step()[1:-1]
        if self.kind != "word" or self.word in _WORDS:
            raise self.wrong()
        return self.step()

    def number(self) -> str:
        sign = self.step() if self.is_sign("-") or self.is_sign("+") else ""
        if self.kind != "number":
            raise self.wrong()
        return sign + self.step()

    def literal(self) -> Literal:
        if self.kind == "text":
            return Literal("text", self.step()[1:-1].replace("''", "'"))
        if self.word in {"TRUE", "FALSE"}:
            return Literal("boolean", self.step().lower())
        if self.word in {"DATE", "TIMESTAMP"}:
            kind = self.step().lower()
            self.sign("(")
            if self.kind != "text":
                raise self.wrong()
            text = self.step()[1:-1]
            self.sign(")")
            return Literal(kind, text)
        return Literal("number", self.number())
