"""Passes to export, and plain Skyfield as the witness of positions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from astropy.coordinates import EarthLocation
from skyfield.framelib import itrs
from skyfield.sgp4lib import EarthSatellite

from passplan.orbit.earth import timescale
from passplan.orbit.elements import checksum, parse_tle
from passplan.orbit.passes import find_passes
from passplan.orbit.station import Station

CREATED = datetime(2016, 12, 18, 9, 30, 15, tzinfo=UTC)

# Public sets of Micius (41731) around the published pass and around the leap second of 2016-12-31.
MICIUS = """\
1 41731U 16051A   16354.56913372  .00000384  00000-0  18801-4 0  9991
2 41731  97.3698 268.1064 0013349 175.8929 309.0190 15.23916091 19164
"""
MICIUS_NEW_YEAR = """\
1 41731U 16051A   17003.53936433  .00000594  00000-0  27433-4 0  9997
2 41731  97.3702 282.8213 0014659 125.1336 355.9373 15.23938230 21440
"""


@pytest.fixture(scope="session")
def created():
    """An instant of production."""
    return CREATED


@pytest.fixture(scope="session")
def xinglong():
    return Station(name="Xinglong", latitude_deg=40.395867, longitude_deg=117.577458, height_m=890.0)


@pytest.fixture(scope="session")
def nanshan():
    return Station(name="Nanshan", latitude_deg=43.475278, longitude_deg=87.176667, height_m=2028.0)


@pytest.fixture(scope="session")
def micius():
    return parse_tle(MICIUS, source="/home/someone/micius.tle", name="Micius")[0]


@pytest.fixture(scope="session")
def micius_new_year():
    return parse_tle(MICIUS_NEW_YEAR, source="micius.tle", name="Micius")[0]


def _made_up(line_2, designator="18001A  "):
    """A set that no object has, with right checksums."""
    line_1 = f"1 99999U {designator} 16354.50000000  .00000000  00000-0  00000-0 0  999"
    text = "\n".join(line + str(checksum(line)) for line in (line_1, line_2))
    return parse_tle(text, source="made up")[0]


@pytest.fixture(scope="session")
def molniya():
    """Half a day, perigee at 500 km in the south."""
    return _made_up("2 99999  63.4000 120.0000 7400000 280.0000  10.0000  2.00600000    1")


@pytest.fixture(scope="session")
def nameless():
    """A low orbit whose object has no international designator."""
    return _made_up("2 99999  97.4000 268.1000 0010000 175.9000 309.0000 15.20000000    1", designator="        ")


@pytest.fixture(scope="session")
def passes(micius, xinglong, nanshan):
    """All passes of Micius over two stations in one day; some overlap."""
    start = datetime(2016, 12, 19, 12, tzinfo=UTC)
    found = find_passes([[micius]], [xinglong, nanshan], start, start + timedelta(days=1))
    assert {item.station for item in found} == {"Xinglong", "Nanshan"}
    return found


@pytest.fixture(scope="session")
def one(passes):
    """The published pass: Micius over Xinglong, 2016-12-19, culmination 16:52:13 UTC; it crosses north."""
    (pass_,) = [item for item in passes if item.pass_id == "micius/xinglong/20161219T165213Z"]
    return pass_


@pytest.fixture(scope="session")
def relabelled(one):
    """The same pass with other names of satellite and station."""

    def make(satellite, station):
        elements = replace(one.elements, name=satellite)
        site = replace(one.site, name=station)
        return replace(one, satellite=satellite, station=station, elements=elements, site=site)

    return make


@pytest.fixture(scope="session")
def direct():
    """Plain Skyfield: positions [km] of a set at aware instants, in GCRS, in ITRS, and as geodetic places."""
    return Direct


class Direct:
    """SGP4 by Skyfield, on its own way through the frames (nutation and all), at aware instants."""

    def __init__(self, elements, whens):
        times = timescale().from_datetimes(list(whens))
        self.at = EarthSatellite(elements.line_1, elements.line_2, ts=timescale()).at(times)

    @property
    def space_km(self):
        return self.at.position.km.T

    @property
    def ground_km(self):
        return self.at.frame_xyz(itrs).km.T

    @property
    def places(self):
        """Longitude [deg], latitude [deg], height [m] by ERFA; Skyfield's own latitudes are 2 mm off."""
        there = EarthLocation.from_geocentric(*self.ground_km.T, unit="km").to_geodetic("WGS84")
        return np.array((there.lon.deg, there.lat.deg, there.height.to_value("m"))).T
