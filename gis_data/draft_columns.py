"""Which column of an uploaded file holds the codes of its areas, and which their names: a guess that people correct."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from django.conf import settings

from gis_data.models import City

Rows = Sequence[Mapping[str, str]]

#: Best first. Words of the column's name, in English and Russian.
_CODE_WORDS: Final = ("code", "код", "id", "key", "number", "no", "номер", "gid", "objectid", "fid", "osm_id")
_NAME_WORDS: Final = ("name", "название", "наименование", "имя", "title", "label")
_WORD: Final = re.compile(r"[a-z]+|[а-яё]+")
_CYRILLIC: Final = re.compile(r"[а-яё]", re.IGNORECASE)


def guess_code_column(columns: Sequence[str], rows: Rows, known: Collection[str]) -> str:
    """The column with a different value in every row: one that repeats codes known already, else one called like a code.

    '' where every column has gaps or repetitions.
    """
    fit = [column for column in columns if _tells_apart(column, rows)]
    return max(fit, key=lambda column: (_share_known(column, rows, known), -_rank(column, _CODE_WORDS)), default="")


def guess_name_columns(columns: Sequence[str], rows: Rows) -> dict[str, str]:
    """Language → column: one called ``name_ru`` or ``name:ru``; of the others called like a name, the first is in one language."""
    named = sorted((column for column in columns if _rank(column, _NAME_WORDS) < len(_NAME_WORDS)), key=_name_order)
    found: dict[str, str] = {}
    for column in named:
        words = _WORD.findall(column.lower())
        language = next((code for code in languages() if code in words), "") or _language_of(column, rows)
        found.setdefault(language, column)
    return found


def languages() -> tuple[str, ...]:
    """The languages in which names of the city are kept."""
    city = City.objects.values_list("languages", flat=True).first()
    return tuple(city or (code for code, _name in settings.LANGUAGES))


def _tells_apart(column: str, rows: Rows) -> bool:
    values = [row.get(column, "").strip() for row in rows]
    return all(values) and len(set(values)) == len(values)


def _share_known(column: str, rows: Rows, known: Collection[str]) -> float:
    return sum(row.get(column, "").strip() in known for row in rows) / len(rows) if rows and known else 0.0


def _rank(column: str, words: Sequence[str]) -> int:
    """How well a column is called: the place of the first word that occurs in its name, which may be a part of one (``NAMEDIST``)."""
    lower = column.lower()
    said = _WORD.findall(lower)
    whole = [place for place, word in enumerate(words) if word in said or word == lower]
    if whole:
        return whole[0]
    part = [place for place, word in enumerate(words) if len(word) > 2 and word in lower]
    return len(words) - 1 if part else len(words)


def _name_order(column: str) -> tuple[int, int]:
    return _rank(column, _NAME_WORDS), len(column)


def _language_of(column: str, rows: Rows) -> str:
    """By the letters of what stands in it."""
    spoken = languages()
    text = " ".join(row.get(column, "") for row in rows[:50])
    cyrillic = bool(_CYRILLIC.search(text))
    fitting = [code for code in spoken if (code == "ru") is cyrillic]
    return (fitting or list(spoken))[0]
