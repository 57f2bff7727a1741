"""Element sets and stations that several test files share."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from skyfield.sgp4lib import EarthSatellite
from skyfield.toposlib import wgs84

from passplan.orbit.earth import clock, timescale
from passplan.orbit.elements import checksum, parse_tle
from passplan.orbit.station import Station

# Public element sets of Micius (41731) and the ISS (25544), as published.
MICIUS = """\
MICIUS (QSS) epoch 16353.90152003
1 41731U 16051A   16353.90152003  .00000364  00000-0  17957-4 0  9993
2 41731  97.3699 267.4500 0013200 178.5836 246.0824 15.23915303 19063
MICIUS (QSS) epoch 16354.56913372
1 41731U 16051A   16354.56913372  .00000384  00000-0  18801-4 0  9991
2 41731  97.3698 268.1064 0013349 175.8929 309.0190 15.23916091 19164
MICIUS (QSS) epoch 17003.53936433
1 41731U 16051A   17003.53936433  .00000594  00000-0  27433-4 0  9997
2 41731  97.3702 282.8213 0014659 125.1336 355.9373 15.23938230 21440
MICIUS (QSS) epoch 17006.68497257
1 41731U 16051A   17006.68497257 +.00000740 +00000-0 +33450-4 0  9991
2 41731 097.3698 285.9130 0014981 115.0762 332.3276 15.23943888021924
MICIUS (QSS) epoch 17012.79100711
1 41731U 16051A   17012.79100711  .00000559  00000-0  25960-4 0  9991
2 41731  97.3702 291.9150 0015326  96.4402 348.4802 15.23951789 22851
"""
MICIUS_LATE = """\
1 41731U 16051A   25265.33409832  .00080539  00000-0  89175-3 0  9999
2 41731  97.2945 187.6583 0004596  12.3887 347.7483 15.62724089508176
"""
ISS = """\
ISS (ZARYA)
1 25544U 98067A   18232.64596133  .00001489  00000-0  30033-4 0  9998
2 25544  51.6431  57.4689 0005970  78.9436 323.2659 15.53856154128542
"""


def made_up(
    *, inclination_deg, node_deg, eccentricity, perigee_deg, anomaly_deg, turns_per_day, epoch="18232.50000000"
):
    """A set that no object has, with right checksums."""
    line_1 = f"1 99999U 18001A   {epoch}  .00000000  00000-0  00000-0 0  999"
    line_2 = (
        f"2 99999 {inclination_deg:8.4f} {node_deg:8.4f} {round(eccentricity * 1e7):07d} {perigee_deg:8.4f} "
        f"{anomaly_deg:8.4f} {turns_per_day:11.8f}    1"
    )
    text = "\n".join(line + str(checksum(line)) for line in (line_1, line_2))
    return parse_tle(text, source="made up")[0]


@pytest.fixture(scope="session")
def micius_text():
    return MICIUS


@pytest.fixture(scope="session")
def micius():
    """History of Micius around the published pass."""
    return parse_tle(MICIUS, source="micius.tle", name="Micius")


@pytest.fixture(scope="session")
def micius_late():
    """One of the last sets before re-entry."""
    return parse_tle(MICIUS_LATE, source="late.tle", name="Micius")[0]


@pytest.fixture(scope="session")
def iss():
    return parse_tle(ISS, source="iss.tle")[0]


@pytest.fixture(scope="session")
def molniya():
    """Half a day, perigee in the south: long high passes with quick rises."""
    return made_up(
        inclination_deg=63.4,
        node_deg=120.0,
        eccentricity=0.72,
        perigee_deg=280.0,
        anomaly_deg=10.0,
        turns_per_day=2.006,
    )


@pytest.fixture(scope="session")
def geostationary():
    """A set at rest near longitude 105 degrees east (asserted by the tests that need it)."""
    return made_up(
        inclination_deg=0.05,
        node_deg=90.0,
        eccentricity=0.0002,
        perigee_deg=0.0,
        anomaly_deg=164.0,
        turns_per_day=1.00271,
    )


@pytest.fixture(scope="session")
def build_elements():
    return made_up


@pytest.fixture(scope="session")
def xinglong():
    """Liao et al. 2017: 40 deg 23 min 45.12 s N, 117 deg 34 min 38.85 s E, 890 m."""
    return Station(name="Xinglong", latitude_deg=40.395867, longitude_deg=117.577458, height_m=890.0)


@pytest.fixture(scope="session")
def graz():
    """ILRS site log of station 7839."""
    return Station(name="Graz", latitude_deg=47.0671, longitude_deg=15.4933, height_m=539.4)


@pytest.fixture(scope="session")
def reference_rows():
    """Rows of tests/reference/reference_pass.csv by kind."""
    path = Path(__file__).parents[1] / "reference" / "reference_pass.csv"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    return {kind: [row for row in rows if row["kind"] == kind] for kind in ("look", "window", "rate")}


@pytest.fixture(scope="session")
def utc():
    """Aware UTC datetime of year, month, day, ..."""

    def make(*parts):
        return datetime(*parts, tzinfo=UTC)

    return make


@pytest.fixture(scope="session")
def plain_angles():
    """Plain Skyfield look angles: elevation, azimuth [deg] and range [km] at seconds after an aware instant."""
    return skyfield_angles


def skyfield_angles(elements, station, start, seconds):
    """Plain Skyfield; nutation cancels between satellite and station, so it is set aside."""
    times = clock(start, seconds)
    times.gast, times.M = times.tt * 0.0, np.eye(3)
    times.MT = times.M
    satellite = EarthSatellite(elements.line_1, elements.line_2, ts=timescale())
    site = wgs84.latlon(station.latitude_deg, station.longitude_deg, elevation_m=station.height_m)
    elevation, azimuth, distance = (satellite - site).at(times).altaz()
    return elevation.degrees, azimuth.degrees, distance.km
