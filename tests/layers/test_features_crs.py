"""OGC API – Features Part 2: which systems of coordinates there are, in what order their axes stand, and what is said of it."""

from itertools import pairwise

import pytest
from django.contrib.gis.geos import Point

from gis_data.models import Street
from tests.factories import IN_EAST, IN_WEST, TinyCity, an_appeal
from tests.layers.asking import ask, ids, items, shape, told

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def _brought(srid: int) -> tuple[float, ...]:
    """The place by GDAL, which knows nothing of our statements."""
    place = Point(*IN_WEST, srid=4326)
    place.transform(srid)
    return place.coords


@pytest.mark.django_db
def test_each_system_gives_the_place_with_its_own_axes(a_city: TinyCity) -> None:
    an_appeal(a_city)
    expected = {
        CRS84: (10.01, 50.04),
        f"{EPSG}4326": (50.04, 10.01),
        f"{EPSG}3857": _brought(3857),
        f"{EPSG}32632": _brought(32632),
    }
    assert set(told("collections/appeals")["crs"]) == set(expected)
    for crs, place in expected.items():
        response = ask("collections/appeals/items", crs=crs)
        assert response["Content-Crs"] == f"<{crs}>"
        (feature,) = response.json()["features"]
        assert feature["geometry"]["coordinates"] == pytest.approx(place, abs=0.01 if place[0] > 180 else 1e-7)
        one = ask(f"collections/appeals/items/{feature['id']}", crs=crs)
        assert one["Content-Crs"] == f"<{crs}>"
        assert one.json()["geometry"] == feature["geometry"]


@pytest.mark.django_db
def test_the_system_is_said_in_the_default_case_too(a_city: TinyCity) -> None:
    an_appeal(a_city)
    assert ask("collections/appeals/items")["Content-Crs"] == f"<{CRS84}>"
    assert ask(f"collections/appeals/items/{ids()[0]}")["Content-Crs"] == f"<{CRS84}>"


@pytest.mark.django_db
def test_rings_stay_right_when_axes_are_turned(a_city: TinyCity) -> None:
    (ring,) = told("collections/districts/items/west", crs=f"{EPSG}4326")["geometry"]["coordinates"][0]
    assert all(latitude >= 50 and 10 <= longitude <= 10.04 for latitude, longitude in ring)
    turns = sum(a[1] * b[0] - b[1] * a[0] for a, b in pairwise(ring))
    assert turns != 0


@pytest.mark.django_db
@pytest.mark.parametrize(("crs", "west", "both"), [
    (CRS84, "10.00,50.00,10.02,50.06", "10,50,10.1,50.06"),
    (f"{EPSG}4326", "50.00,10.00,50.06,10.02", "50,10,50.06,10.1"),
    (f"{EPSG}3857", "1113000,6446000,1116000,6457000", "1113000,6446000,1124000,6457000"),
    (f"{EPSG}32632", "571000,5539000,573000,5546000", "571000,5539000,579000,5546000"),
])  # fmt: skip
def test_a_box_may_be_given_in_each_system(crs: str, west: str, both: str, a_city: TinyCity) -> None:
    in_west, in_east = an_appeal(a_city, at=IN_WEST), an_appeal(a_city, at=IN_EAST)
    assert ids(bbox=west, **{"bbox-crs": crs}) == [in_west.public_id]
    assert ids(bbox=both, **{"bbox-crs": crs}) == [in_east.public_id, in_west.public_id]


@pytest.mark.django_db
@pytest.mark.parametrize(("crs", "bbox"), [
    (f"{EPSG}3857", "1e9,0,2e9,1"),
    (f"{EPSG}3857", "3,0,2,1"),
    (f"{EPSG}3857", "0,9e7,1,9e8"),
    (f"{EPSG}4326", "10,95,11,96,1"),
    (f"{EPSG}4326", "91,0,92,1"),
    (f"{EPSG}4326", "51,0,50,1"),
    (f"{EPSG}32632", "-1,0,1,1"),
    (f"{EPSG}32632", "1,0,1,1e10"),
])  # fmt: skip
def test_a_box_beyond_its_system_is_refused(crs: str, bbox: str, a_city: TinyCity) -> None:
    assert ask("collections/appeals/items", bbox=bbox, **{"bbox-crs": crs}).status_code == 400


@pytest.mark.django_db
def test_a_box_of_the_whole_system_is_no_fault(a_city: TinyCity) -> None:
    an_appeal(a_city)
    for crs, bbox in ((f"{EPSG}3857", "-20037508.34,-20037508.34,20037508.34,20037508.34"), (f"{EPSG}4326", "-90,-180,90,180"),
                      (f"{EPSG}32632", "0,0,1000000,10000000")):  # fmt: skip
        assert ask("collections/appeals/items", bbox=bbox, **{"bbox-crs": crs}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("uri", [
    "EPSG:4326", "4326", "", f"{EPSG}999999", f"{EPSG}25833", f"{EPSG}32633", f"{EPSG}4326/", f"{EPSG}4326; DROP", CRS84.lower(),
    "http://www.opengis.net/def/crs/EPSG/9.8/4326", f"<{CRS84}>", "\N{FULLWIDTH DIGIT FOUR}326",
])  # fmt: skip
def test_a_system_that_is_not_listed_is_refused(uri: str, a_city: TinyCity) -> None:
    for name in ("crs", "bbox-crs"):
        assert ask("collections/appeals/items", **{name: uri}).status_code == 400
    assert ask("collections/appeals/items/x", crs=uri).status_code == 400


@pytest.mark.django_db
def test_shapes_are_brought_to_the_system_whole(a_city: TinyCity) -> None:
    Street.objects.create(source_id="1", names={"en": "Main"}, geometry=shape("SRID=4326;MULTILINESTRING((10 50, 10.05 50.01))"))
    (street,) = items("streets", crs=f"{EPSG}3857")
    assert len(street["geometry"]["coordinates"][0]) == 2
    assert street["geometry"]["coordinates"][0][0] == pytest.approx([1113194.91, 6446275.84], abs=0.01)
