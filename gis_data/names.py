"""Names by language: ``{"en": "Main Street", "ru": "Главная улица"}`` → the one to show."""

from collections.abc import Mapping

from django.utils.translation import get_language

Names = Mapping[str, str]


def in_language(names: Names | None, language: str | None = None) -> str:
    """Return the name in ``language`` (the active one by default), else English, else the first there is, else ''."""
    if not names:
        return ""
    wanted = (language or get_language() or "en").split("-")[0]
    return names.get(wanted) or names.get("en") or next(iter(names.values()), "")
