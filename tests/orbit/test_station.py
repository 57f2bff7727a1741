import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import DomainError, InputError
from passplan.orbit.station import Station, mask_elevation_deg, parse_station_text

WALLED = Station(
    name="Walled",
    latitude_deg=10.0,
    longitude_deg=20.0,
    height_m=30.0,
    horizon_mask=((90.0, 20.0), (350.0, 10.0), (10.0, 4.0)),
)


@pytest.mark.parametrize(
    ("azimuth_deg", "elevation_deg"),
    [(90.0, 20.0), (350.0, 10.0), (0.0, 7.0), (360.0, 7.0), (5.0, 5.5), (50.0, 12.0), (220.0, 15.0), (-5.0, 8.5)],
)
def test_the_skyline_is_joined_by_straight_lines_round_north(azimuth_deg, elevation_deg):
    """Exact: linear interpolation by hand, also across north, points in any order."""
    assert mask_elevation_deg(WALLED, azimuth_deg) == pytest.approx(elevation_deg, abs=1e-12)


@given(azimuth_deg=st.floats(-1e3, 1e3), turns=st.integers(-3, 3))
def test_whole_turns_do_not_matter_and_the_skyline_stays_between_its_points(azimuth_deg, turns):
    """Property: period 360, and no overshoot."""
    here, there = mask_elevation_deg(WALLED, [azimuth_deg, azimuth_deg + 360.0 * turns])
    assert here == pytest.approx(there, abs=1e-9)
    assert 4.0 - 1e-9 <= here <= 20.0 + 1e-9


def test_an_empty_mask_is_flat():
    """No mask: 0 in every azimuth, in the shape of the input."""
    station = Station(name="x", latitude_deg=0.0, longitude_deg=0.0, height_m=0.0)
    np.testing.assert_array_equal(mask_elevation_deg(station, np.ones((2, 3))), np.zeros((2, 3)))


def test_a_station_from_text_is_labelled_by_the_text():
    """The text of the command line is the name."""
    station = parse_station_text(" 40.3959,-117.5775,890 ")
    assert (station.name, station.latitude_deg, station.longitude_deg, station.height_m) == (
        "40.3959,-117.5775,890",
        40.3959,
        -117.5775,
        890.0,
    )


@pytest.mark.parametrize("text", ["40,117", "40,117,890,1", "forty,117,890", ""])
def test_other_texts_are_refused(text):
    """Three numbers, or a message that shows the form."""
    with pytest.raises(InputError, match="is not three numbers lat,lon,height"):
        parse_station_text(text)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"latitude_deg": 147.0}, r"Station.latitude_deg is 147.0, must lie in \[-90, 90\]"),
        ({"longitude_deg": 181.0}, r"Station.longitude_deg is 181.0, must lie in \[-180, 180\]"),
        ({"height_m": 9001.0}, r"Station.height_m is 9001.0, must lie in \[-500, 9000\]"),
        ({"latitude_deg": float("nan")}, "Station.latitude_deg is nan"),
        ({"name": " "}, "Station.name is empty"),
        ({"horizon_mask": ((370.0, 5.0),)}, r"horizon_mask azimuth_deg is 370.0, must lie in \[0, 360\]"),
        ({"horizon_mask": ((10.0, 95.0),)}, r"horizon_mask elevation_deg is 95.0, must lie in \[-10, 90\]"),
    ],
)
def test_wrong_stations_cannot_exist(change, message):
    """Each field has its limits."""
    fields = {"name": "x", "latitude_deg": 0.0, "longitude_deg": 0.0, "height_m": 0.0} | change
    with pytest.raises(DomainError, match=message):
        Station(**fields)


def test_azimuth_must_be_finite():
    """nan has no skyline."""
    with pytest.raises(DomainError, match="azimuth_deg is nan"):
        mask_elevation_deg(WALLED, float("nan"))
