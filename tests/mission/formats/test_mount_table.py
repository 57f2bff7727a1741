"""The pointing table, read back by astropy's own reader, against Skyfield's look angles."""

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from astropy.io import ascii as tables
from astropy.time import Time
from skyfield.sgp4lib import EarthSatellite
from skyfield.toposlib import wgs84

from passplan.errors import InputError
from passplan.mission.formats.mount_table import mount_text
from passplan.orbit.earth import timescale
from passplan.units import parse_utc


def read(text):
    heading = sum(line.startswith("#") for line in text.splitlines()) - 1
    return tables.read(text, format="commented_header", header_start=heading)


@pytest.fixture(scope="module")
def table(one, created):
    return read(mount_text([one], created_utc=created))


def test_columns_and_instants(table, one):
    """Astropy's modified Julian date of the printed time, to the microsecond: 1.2e-11 d."""
    assert table.colnames == [
        "time_utc", "mjd_utc", "azimuth_deg", "azimuth_continuous_deg", "elevation_deg", "azimuth_rate_deg_s",
        "elevation_rate_deg_s", "range_km", "range_rate_km_s",
    ]  # fmt: skip
    whens = [parse_utc(text) for text in table["time_utc"]]
    assert whens[0] <= one.rise_utc < whens[1]
    assert whens[-2] < one.set_utc <= whens[-1]
    assert {second - first for first, second in pairwise(whens)} == {timedelta(seconds=1)}
    times = Time([text.removesuffix("Z") for text in table["time_utc"]], scale="utc")
    assert np.abs(np.asarray(table["mjd_utc"]) - times.mjd).max() < 1.2e-11


def test_angles_are_skyfields_within_a_tenth_of_an_arcsecond(table, one):
    times = timescale().from_datetimes([parse_utc(text) for text in table["time_utc"]])
    site = wgs84.latlon(one.site.latitude_deg, one.site.longitude_deg, elevation_m=one.site.height_m)
    satellite = EarthSatellite(one.elements.line_1, one.elements.line_2, ts=timescale())
    elevation, azimuth, distance = (satellite - site).at(times).altaz()
    tenth_of_an_arcsecond_deg, one_metre_km = 0.1 / 3600.0, 1e-3
    turned = np.remainder(np.asarray(table["azimuth_deg"]) - azimuth.degrees + 180.0, 360.0) - 180.0
    assert np.abs(turned).max() < tenth_of_an_arcsecond_deg
    assert np.abs(np.asarray(table["elevation_deg"]) - elevation.degrees).max() < tenth_of_an_arcsecond_deg
    assert np.abs(np.asarray(table["range_km"]) - distance.km).max() < one_metre_km


def test_the_continuous_azimuth_runs_through_north(table):
    """This pass crosses north 4 s after rise: 0 -> 360 in one column, 0 -> -1 in the other, the same direction."""
    wrapped, running = np.asarray(table["azimuth_deg"]), np.asarray(table["azimuth_continuous_deg"])
    assert wrapped.min() >= 0.0
    assert wrapped.max() < 360.0
    assert np.abs(np.diff(wrapped)).max() > 300.0
    assert np.abs(np.diff(running)).max() < 2.0
    assert running[0] == wrapped[0]
    np.testing.assert_allclose(np.remainder(running - wrapped + 180.0, 360.0), 180.0, atol=2e-7)


def test_rates_are_slopes_of_the_columns(one, created):
    """Central differences of the printed angles, 0.1 s apart; SGP4's velocity is good to 2e-6 deg/s."""
    table = read(mount_text([one], created_utc=created, step_s=0.1))
    for angle, rate in (
        ("azimuth_continuous_deg", "azimuth_rate_deg_s"),
        ("elevation_deg", "elevation_rate_deg_s"),
        ("range_km", "range_rate_km_s"),
    ):
        slope = np.gradient(np.asarray(table[angle]), 0.1)[1:-1]
        allowed = 5e-5 if angle == "range_km" else 1e-5
        assert np.abs(slope - np.asarray(table[rate])[1:-1]).max() < allowed


def test_steps_below_a_second(one, created):
    table = read(mount_text([one], created_utc=created, step_s=0.25))
    assert str(table["time_utc"][1]).endswith(".750000Z")


def test_remarks_say_what_the_angles_are(one, created):
    text = mount_text([one], created_utc=created)
    head = [line for line in text.splitlines() if line.startswith("#")]
    assert head[0] == "# pass micius/xinglong/20161219T165213Z, written 2016-12-18T09:30:15Z"
    assert "# geometric angles: no refraction, no light time; azimuth from true north over east" in head
    assert "# station Xinglong: latitude 40.3958670 deg, longitude 117.5774580 deg, height 890.000 m (WGS 84)" in head


def test_a_name_of_two_lines_stays_in_its_remark(relabelled, created):
    odd = relabelled("a\nb", "c\n1 2 3")
    assert len(read(mount_text([odd], created_utc=created))) > 400


def test_one_pass_only(passes, created):
    with pytest.raises(InputError, match=f"a mount table holds one pass, not {len(passes)}: write a file for each"):
        mount_text(passes, created_utc=created)
