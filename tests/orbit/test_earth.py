import subprocess
import sys
import warnings
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from skyfield.api import load
from skyfield.sgp4lib import EarthSatellite
from skyfield.toposlib import wgs84

from passplan.errors import DomainError, InputError
from passplan.orbit import earth

MAS_DEG = 1e-3 / 3600.0
EXTRAPOLATION = pytest.mark.filterwarnings("ignore::passplan.orbit.earth.EarthOrientationWarning")


def test_the_time_scale_agrees_with_skyfields_own_table_in_2016():
    """Skyfield's built-in Earth orientation, 2016: TT-UT1 to 0.1 ms (0.05 m at the equator), same leap seconds."""
    ours = earth.clock(datetime(2016, 12, 1, tzinfo=UTC), np.arange(0.0, 40.0 * 86_400.0, 3600.0))
    theirs = load.timescale(builtin=True).tt_jd(ours.whole, ours.tt_fraction)
    assert np.abs(ours.delta_t - theirs.delta_t).max() < 1e-4
    np.testing.assert_array_equal(ours.utc_strftime("%Y%m%dT%H%M%S"), theirs.utc_strftime("%Y%m%dT%H%M%S"))


def test_seconds_count_as_datetimes_do_across_a_leap_second():
    """2016-12-31 had 86,401 s; the instant a day later by the calendar is 86,401 s later by atomic time."""
    start = datetime(2016, 12, 31, 12, tzinfo=UTC)
    times = earth.clock(start, [0.0, 86_400.0])
    assert times.utc_datetime()[1] == start + timedelta(days=1)
    nanosecond_s = 1e-9
    assert (times[1] - times[0]) * 86_400.0 == pytest.approx(86_401.0, abs=nanosecond_s)


def test_orientation_is_known_beyond_the_last_measurement():
    """Bulletin A predicts a year ahead: the installed table reaches past the day it was made."""
    assert earth.earth_orientation_date() > date(2025, 1, 1)
    mjd, difference_s = earth.orientation_table()
    assert np.all(np.diff(mjd) == 1.0)
    assert np.abs(difference_s).max() < 0.9


@EXTRAPOLATION
def test_beyond_the_table_the_last_value_holds():
    """2049 has the TT-UT1 of the last day of the table."""
    last = datetime.combine(earth.earth_orientation_date(), datetime.min.time(), UTC)
    at_end, later = (earth.clock(when, [0.0]).delta_t[0] for when in (last, datetime(2049, 1, 1, tzinfo=UTC)))
    assert later == at_end
    assert later == pytest.approx(69.1, abs=1.5)


def test_extrapolation_warns_once_in_a_process():
    """A fresh process, two calls in 2049, one warning; a call in 2016 warns not at all."""
    code = (
        "import warnings; from datetime import datetime, UTC; from passplan.orbit import earth\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    earth.clock(datetime(2016, 1, 1, tzinfo=UTC), [0.0]); print(len(caught))\n"
        "    for _ in range(2): earth.clock(datetime(2049, 1, 1, tzinfo=UTC), [0.0])\n"
        "    print(len(caught), caught[0].category.__name__, str(caught[0].message)[:28])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split("\n")[:2] == ["0", "1 EarthOrientationWarning Earth orientation is known u"]


def test_an_instant_outside_the_table_warns():
    """The category is named, so that a caller can choose."""
    earth.warn_outside_table.cache_clear()
    with pytest.warns(earth.EarthOrientationWarning, match="Earth orientation is known until 20"):
        earth.clock(datetime(2049, 1, 1, tzinfo=UTC), [0.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        earth.clock(datetime(2049, 1, 1, tzinfo=UTC), [0.0])


@EXTRAPOLATION
@pytest.mark.parametrize("year", [2016, 2029])
def test_the_nutation_spline_is_skyfields_nutation(iss, graz, year):
    """Plain Skyfield, nutation at each instant: azimuth and elevation differ by less than 0.001 mas."""
    seconds = np.arange(0.0, 86_400.0, 173.0)
    splined = earth.instants(datetime(year, 6, 1, tzinfo=UTC), seconds)
    plain = earth.clock(datetime(year, 6, 1, tzinfo=UTC), seconds)
    assert "_nutation_angles_radians" in vars(splined)
    satellite = EarthSatellite(iss.line_1, iss.line_2, ts=earth.timescale())
    station = wgs84.latlon(graz.latitude_deg, graz.longitude_deg, elevation_m=graz.height_m)
    # Satellite and station share the rotation, so it cancels between them; a star does not share it.
    stars = wgs84.latlon(0.0, 0.0)
    for vector in (satellite - station, stars):
        there, here = (vector.at(times).position.km for times in (splined, plain))
        turned = np.linalg.norm(there - here, axis=0) / np.linalg.norm(here, axis=0)
        assert np.rad2deg(turned.max()) < 0.001 * MAS_DEG


def test_few_instants_are_not_splined():
    """Two instants a year apart would need 7300 knots."""
    times = earth.instants(datetime(2016, 1, 1, tzinfo=UTC), [0.0, 3e7])
    assert "_nutation_angles_radians" not in vars(times)


def test_times_must_be_finite_and_aware():
    """nan is no instant, and a naive epoch is a guess."""
    with pytest.raises(DomainError, match="time_s is nan"):
        earth.clock(datetime(2016, 1, 1, tzinfo=UTC), [0.0, float("nan")])
    with pytest.raises(InputError, match="epoch_utc 2016-01-01T00:00:00 is naive"):
        earth.clock(datetime(2016, 1, 1), [0.0])


@EXTRAPOLATION
@pytest.mark.parametrize("year", [2014, 2050])
def test_the_ephemeris_ends(year):
    """The excerpt holds 2015 to 2049."""
    with pytest.raises(DomainError, match=rf"instant is {year}-06-01T.*, 2015-01-01T00:00:00Z to 2049-12-30T23:58:00Z"):
        earth.require_ephemeris(earth.clock(datetime(year, 6, 1, tzinfo=UTC), [0.0]))


@EXTRAPOLATION
@pytest.mark.parametrize("edge", [earth.EPHEMERIS_START, earth.EPHEMERIS_END])
def test_the_stated_span_is_what_the_file_holds(edge):
    """jplephem's own record of the file: positions exist at the edges, and two days beyond they do not."""
    times = earth.clock(edge, [0.0])
    earth.require_ephemeris(times)
    for body in ("sun", "earth", "moon"):
        assert np.all(np.isfinite(earth.ephemeris()[body].at(times).position.km))
    for segment in earth.ephemeris().spk.segments:
        assert segment.start_jd <= times.tdb[0] <= segment.end_jd
        assert min(times.tdb[0] - segment.start_jd, segment.end_jd - times.tdb[0]) < 2.0
