"""A bad declaration stops the start with one line that names the layer and the fault."""

from typing import Any

import pytest
from django.db.models import F
from django.db.models.functions import Upper

from gis_data.models import Address, Asset
from issues.models import Appeal
from layers.declaration import BoundingBox, ChoiceMany, DateRange, Field, Forms, MapLayer, NameField, listed
from layers.declaration_checks import BadDeclaration


def declare(**changes: Any) -> MapLayer:
    row: dict[str, Any] = {
        "name": "addresses",
        "title": "Addresses",
        "geometry": "point",
        "queryset": Address.objects.all,
        "fields": (Field("text", "Address", "text"), Field("postcode", "Postcode", "postcode")),
        "filters": (ChoiceMany("postcode", "Postcode", "postcode"),),
        "geometry_column": "point",
    }
    return MapLayer(**{**row, **changes})


def test_a_good_declaration_is_taken() -> None:
    assert declare().zooms == range(17)
    assert declare(fields=(Field("shout", "Loud", Upper(F("text"))),)).field("shout").name == "shout"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"name": "My Layer"}, "the name “My Layer” is not a plain word"),
        ({"name": 'x"; DROP TABLE y'}, "is not a plain word"),
        ({"fields": (Field("Größe", "Size", "text"),)}, "the name “Größe” is not a plain word"),
        ({"fields": (Field("a", "A", "text"), Field("a", "A", "text"))}, "two of its fields are called “a”"),
        ({"fields": (Field("count", "Count", "text"),)}, "two of its fields are called “count”"),
        ({"filters": (ChoiceMany("lang", "Language", "text"),)}, "two of its parameters are called “lang”"),
        ({"filters": (BoundingBox("A"), BoundingBox("B"))}, "two of its parameters are called “bbox”"),
        ({"min_zoom": 9, "max_zoom": 8}, "zooms 9 to 8 are not in order"),
        ({"max_zoom": 30}, "zooms 0 to 30 are not in order within 0 to 24"),
        ({"min_zoom": -1}, "not in order"),
        ({"fields": (Field("size", "Size", "length"),)}, "Cannot resolve keyword 'length'"),
        ({"fields": (Field("size", "Size", Upper("length")),)}, "Cannot resolve keyword 'length'"),
        ({"filters": (ChoiceMany("size", "Size", "length"),)}, "Cannot resolve keyword 'length'"),
        ({"filters": (DateRange("Day", "built"),)}, "Cannot resolve keyword 'built'"),
        ({"geometry_column": "shape"}, "Address has no column “shape”"),
        ({"geometry_column": "text"}, "the column “text” is not a geometry of SRID 4326"),
        ({"tile_column": "point"}, "the column “point” is not a geometry of SRID 3857"),
        ({"grid_below": 14, "grid_value": "color"}, "grid_value “color” is not one of its fields"),
        ({"grid_below": 19}, "grid_below is 18 at most"),
        ({"forms": Forms("state", {}, {})}, "forms go by “state”, which is not one of its fields"),
    ],
)
def test_a_bad_declaration_is_refused_with_one_line(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(BadDeclaration) as refused:
        declare(**changes)
    line = str(refused.value)
    assert line.startswith(f"layer “{changes.get('name', 'addresses')}”: ")
    assert fault in line
    assert "\n" not in line


def test_only_points_are_counted_in_cells() -> None:
    with pytest.raises(BadDeclaration, match="grid_below is for points"):
        declare(geometry="mixed", queryset=Asset.objects.all, fields=(NameField("name", "Name"),), filters=(), grid_below=14,
                geometry_column="geometry")  # fmt: skip


def test_a_tile_column_is_the_stored_one_in_metres() -> None:
    layer = declare(
        queryset=Appeal.objects.public, fields=(Field("id", "Id", "public_id"),), filters=(), tile_column="point_3857"
    )
    assert layer.tile_column == "point_3857"


def test_a_layer_cannot_show_what_its_queryset_keeps_back() -> None:
    with pytest.raises(Exception, match="text"):
        declare(queryset=Appeal.objects.public, fields=(Field("text", "Words", "text"),), filters=())


def test_two_layers_of_one_name_are_refused() -> None:
    with pytest.raises(BadDeclaration, match="two layers are called “addresses”"):
        listed(declare(), declare())
