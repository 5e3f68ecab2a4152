"""The map under the pins: what is drawn, and when it is drawn anew."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from gis_data import basemap, basemap_layers, basemap_sea
from gis_data.pack import read
from tests.gis_data.makers import Nodes, a_pack, write_pack, write_pbf

BOX = shapely.box(0, 0, 1, 1)


def drawn(tags: dict[str, str], how: str) -> tuple[str, str] | None:
    found = getattr(basemap_layers, how)(tags)
    return (found.layer, found.kind) if found else None


@pytest.mark.parametrize(
    ("how", "tags", "expected"),
    [
        ("line", {"highway": "motorway_link"}, ("roads", "highway")),
        ("line", {"highway": "primary"}, ("roads", "major_road")),
        ("line", {"highway": "tertiary"}, ("roads", "medium_road")),
        ("line", {"highway": "residential"}, ("roads", "minor_road")),
        ("line", {"highway": "pedestrian"}, ("roads", "other")),
        ("line", {"highway": "steps"}, ("roads", "path")),
        ("line", {"highway": "platform"}, None),
        ("line", {"highway": "pedestrian", "area": "yes"}, None),
        ("line", {"railway": "tram"}, ("roads", "tram")),
        ("line", {"railway": "rail", "tunnel": "yes"}, None),
        ("area", {"building": "yes"}, ("buildings", "building")),
        ("area", {"building": "yes", "layer": "-2"}, None),
        ("area", {"building": "no", "leisure": "park"}, ("green", "park")),
        ("area", {"natural": "water"}, ("water", "water")),
        ("area", {"landuse": "commercial"}, None),
        ("place", {"place": "suburb", "name": "Kluuvi"}, ("places", "neighbourhood")),
        ("place", {"place": "suburb"}, None),
    ],
)
def test_tags_decide_layer_and_kind(how: str, tags: dict[str, str], expected: tuple[str, str] | None) -> None:
    assert drawn(tags, how) == expected


def test_only_the_names_of_the_pages_languages_go_into_the_tiles() -> None:
    tags = {"name": "Katu", "name:sv": "Gata", "name:ja": "通り", "name:ru": ""}
    assert basemap_layers.names(tags) == {"name": "Katu", "name:sv": "Gata"}


def test_the_sea_lies_to_the_right_of_its_shore() -> None:
    (south,) = basemap_sea.sea([[(1.0, 0.5), (0.0, 0.5)][::-1]], BOX)
    assert south.bounds == pytest.approx((0, 0, 1, 0.5))
    (north,) = basemap_sea.sea([[(1.0, 0.5), (0.0, 0.5)]], BOX)
    assert north.bounds == pytest.approx((0, 0.5, 1, 1))
    assert basemap_sea.sea([], BOX) == []


def test_an_island_in_the_sea_stays_land_and_a_shore_that_ends_inside_makes_no_sea() -> None:
    island = [(0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6), (0.4, 0.4)]  # land on the left
    (sea,) = basemap_sea.sea([island], BOX)
    assert not sea.covers(shapely.Point(0.5, 0.5))
    assert sea.covers(shapely.Point(0.1, 0.1))
    assert basemap_sea.sea([[(0.4, 0.5), (0.6, 0.5)]], BOX) == []


def test_a_shore_in_several_ways_is_one_shore() -> None:
    (south,) = basemap_sea.sea([[(0.5, 0.5), (1.0, 0.5)], [(0.0, 0.5), (0.5, 0.5)]], BOX)
    assert south.bounds == pytest.approx((0, 0, 1, 0.5))


def test_a_lake_cut_by_the_edge_is_the_smaller_side_of_its_shore() -> None:
    lake = basemap_sea.cut_lake([(0.3, 0.0005), (0.4, 0.2), (0.5, 0.0005)], BOX)
    assert lake is not None
    assert lake.area == pytest.approx(0.02, rel=0.02)


def test_runs_break_at_missing_nodes_and_a_cut_ring_begins_at_its_cut() -> None:
    ring = [(0.0, 0.0), (0.0, 1.0), None, (1.0, 0.0), (0.0, 0.0)]
    assert basemap_sea.runs(basemap_sea.joined_at_start(ring)) == [[(1.0, 0.0), (0.0, 0.0), (0.0, 1.0)]]


def test_a_pack_without_extract_is_drawn_from_its_streets_and_districts_once(tmp_path: Path) -> None:
    pack, into = read(a_pack(tmp_path / "pack")), tmp_path / "basemap"
    first = basemap.build(pack, None, into)
    assert first.new
    assert "2 land" in first.words
    assert "2 roads" in first.words
    content = first.path.read_bytes()
    assert content[:7] == b"PMTiles"
    age = first.path.stat().st_mtime_ns
    assert not basemap.build(pack, None, into).new
    assert first.path.stat().st_mtime_ns == age
    assert sorted(path.name for path in into.iterdir()) == ["city.pmtiles", "city.stamp"]
    streets = pack.folder / "streets.geojson"
    streets.write_text(streets.read_text().replace("Short Street", "Very Short Street"))
    assert basemap.build(pack, None, into).new


def test_a_damaged_extract_leaves_the_old_map_in_its_place(tmp_path: Path) -> None:
    nodes: Nodes = {1: (10.01, 50.01, {}), 2: (10.05, 50.03, {})}
    write_pbf(tmp_path / "x.osm.pbf", nodes, {1: ([1, 2], {"highway": "primary", "name": "Road"})})
    section = '[basemap]\nfile = "x.osm.pbf"\nformat = "osm-pbf"\nattribution = "© OpenStreetMap contributors"\n'
    pack, into = read(write_pack(tmp_path, section)), tmp_path / "basemap"
    before = basemap.build(pack, None, into).path.read_bytes()
    (tmp_path / "x.osm.pbf").write_bytes(b"noise")
    with pytest.raises(basemap.NotDrawn, match=r"x\.osm\.pbf: is no OpenStreetMap extract"):
        basemap.build(pack, None, into)
    assert (into / "city.pmtiles").read_bytes() == before
    assert sorted(path.name for path in into.iterdir()) == ["city.pmtiles", "city.stamp"]
