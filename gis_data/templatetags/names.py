"""``{{ category.names|named }}``: a name in the reader's language."""

from django import template

from gis_data.names import Names, in_language

register = template.Library()


@register.filter
def named(names: Names | None) -> str:
    """The name in the active language, else in English, else any."""
    return in_language(names)
