"""``{{ words|of:code }}``: the word for a code."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def of(words: Mapping[str, Any], code: str) -> Any:
    """The word for the code; a code without one stands for itself."""
    return words.get(code, code)
