"""The views that can be given away: as a file, a picture, a frame in another site."""

from collections.abc import Mapping
from typing import Final

from citymap.headlines import HEADLINES
from gis_data.map_layers import DISTRICTS, STREETS
from gis_data.names import in_language
from issues.map_layers import APPEALS
from issues.models import Category
from layers.scene import Scene


def _categories() -> Mapping[str, str]:
    """Names of the public categories by code, in the active language. One query."""
    rows = Category.objects.filter(public=True).values_list("code", "names")
    return {code: in_language(names) for code, names in rows}


REPORTS: Final = Scene(shown=APPEALS, ground=(DISTRICTS, STREETS), headline=HEADLINES[APPEALS.name], names=_categories)
