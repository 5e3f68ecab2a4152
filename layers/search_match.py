"""Which rows of a layer a question finds, and how well: conditions that indexes can answer, in the ORM's words.

References are looked for whole and by their beginning. In names and other texts each word is looked for: a long one anywhere, a short
one where a word begins, because inside of words an index of trigrams cannot find it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Final, cast

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Case, F, IntegerField, Q, TextField, Value, When
from django.db.models.expressions import BaseExpression, Combinable
from django.db.models.functions import Cast, Floor, Least, Upper

from layers.declaration import AnyField, MapLayer, NameField
from layers.names import EveryName
from layers.search_words import Question, forms, is_long

#: A shorter beginning of a reference would find too many.
_SHORTEST: Final = 3
_LARGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Match:
    """What to ask for: expressions by name, the condition that uses them, and how well a row fits, 0 best."""

    alias: dict[str, Combinable | BaseExpression]
    condition: Q
    rank: BaseExpression


@dataclass(frozen=True, slots=True)
class _Text:
    """One searched text: its name in the query, and what stands before and after the whole of a name in it."""

    name: str
    mark: str

    def whole(self, text: str) -> Q:
        return self._any(lambda one: ("icontains", f'"{one}"') if self.mark else ("iexact", one), text)

    def begins(self, text: str) -> Q:
        return self._any(lambda one: ("icontains", self.mark + one) if self.mark else ("istartswith", one), text)

    def word_begins(self, word: str) -> Q:
        return self.begins(word) | self._any(lambda one: ("icontains", f" {one}"), word)

    def holds(self, word: str) -> Q:
        return self._any(lambda one: ("icontains", one), word) if is_long(word) else self.word_begins(word)

    def _any(self, how: Callable[[str], tuple[str, str]], text: str) -> Q:
        """What any of the forms of ``text`` satisfies; a form that an index cannot look up is left out."""
        long = [one for one in forms(text) if is_long(one) == is_long(text)]
        return reduce(or_, (Q((f"{self.name}__{lookup}", value)) for lookup, value in map(how, long)))


def match(layer: MapLayer, question: Question) -> Match | None:
    """Return how to look in a layer; None where nothing can be found."""
    if not question.enough:
        return None
    alias: dict[str, Combinable | BaseExpression] = {}
    found: list[Q] = []
    ranks: list[When] = []
    if layer.key in layer.search and (whole := _whole_key(layer.field(layer.key), question)) is not None:
        alias["search_key"] = layer.field(layer.key).expression("")
        beginning = _beginning(layer.field(layer.key), question)
        found += [whole, *beginning]
        ranks += [When(whole, then=Value(0)), *(When(one, then=Value(1)) for one in beginning)]
    texts = []
    for number, field in enumerate(_searched(layer)):
        alias[f"search_{number}"] = _text(field)
        texts.append(_Text(f"search_{number}", '"' if isinstance(field, NameField) else ""))
    if texts:
        found += [reduce(and_, (text.holds(word) for word in question.words)) for text in texts]
        ranks += _ranks(texts, question)
    if not found:
        return None
    return Match(alias, reduce(or_, found), Case(*ranks, default=Value(5), output_field=IntegerField()))


def similar(layer: MapLayer, question: Question) -> Match | None:
    """Return how to look in a layer for what is written much like it: letters that are missing, doubled or changed places.

    None where nothing can be found. References are never guessed: one that is nearly right is another's.
    """
    fields = [one for one in _searched(layer) if one.name != layer.key]
    if not question.enough or not fields:
        return None
    asked = " ".join(question.words).upper()
    alias: dict[str, Combinable | BaseExpression] = {f"search_{number}": Upper(_text(one)) for number, one in enumerate(fields)}
    unlike = [_unlike(asked, name) for name in alias]
    condition = reduce(or_, (Q((f"{name}__trigram_word_similar", asked)) for name in alias))
    return Match(alias, condition, Least(*unlike) if len(unlike) > 1 else unlike[0])


def _unlike(asked: str, name: str) -> BaseExpression:
    """From 0 for the same to 100 for nothing in common."""
    return Cast(Floor((1.0 - TrigramWordSimilarity(asked, name)) * 100.0), IntegerField())


def _searched(layer: MapLayer) -> list[AnyField]:
    """The fields in which words are looked for."""
    return [layer.field(name) for name in layer.search if name != layer.key or layer.key_in_words]


def _ranks(texts: list[_Text], question: Question) -> list[When]:
    """1: the text itself, 2: begins so, 3: each word begins a word; what is left holds the words inside of others."""
    asked = " ".join(question.words)
    return [
        When(reduce(or_, (text.whole(asked) for text in texts)), then=Value(1)),
        When(reduce(or_, (text.begins(asked) for text in texts)), then=Value(2)),
        When(reduce(or_, (reduce(and_, map(text.word_begins, question.words)) for text in texts)), then=Value(3)),
    ]


def _text(field: AnyField) -> Combinable | BaseExpression:
    """A text as its index has it."""
    if isinstance(field, NameField):
        return EveryName(F(field.source))
    if field.kind == "text" and isinstance(field.source, str):
        return F(field.source)
    return Cast(cast("Combinable", field.expression("")), TextField())


def _whole_key(field: AnyField, question: Question) -> Q | None:
    if field.kind == "integer":
        text = question.text
        return Q(search_key=int(text)) if text.isascii() and text.isdigit() and int(text) <= _LARGEST else None
    return Q(search_key__in=question.references) if field.kind == "text" and len(question.text) >= _SHORTEST else None


def _beginning(field: AnyField, question: Question) -> list[Q]:
    if field.kind != "text":
        return []
    enough = [text for text in question.references if len(text) >= _SHORTEST]
    return [reduce(or_, (Q(search_key__startswith=text) for text in enough))] if enough else []
