"""All map layers of the product, in the order in which they are listed. `citymap.urls` hands them to the doors."""

from typing import Final

from gis_data.map_layers import ADDRESSES, ASSETS, DISTRICTS, STREETS
from issues.map_layers import APPEALS
from layers.declaration import MapLayer, listed
from works.map_layers import PROJECTS, REPAIRS

LAYERS: Final[tuple[MapLayer, ...]] = listed(APPEALS, REPAIRS, PROJECTS, DISTRICTS, STREETS, ASSETS, ADDRESSES)
