from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skyfield import almanac as skyfield_almanac
from skyfield.sgp4lib import EarthSatellite
from skyfield.toposlib import wgs84

from passplan.errors import DomainError
from passplan.orbit import usability
from passplan.orbit.conditions import Conditions
from passplan.orbit.earth import ephemeris, instants, timescale
from passplan.orbit.light import light_conditions
from passplan.orbit.passes import Pass, find_passes
from passplan.orbit.station import Station
from passplan.orbit.track import track
from passplan.orbit.usability import usable
from passplan.units import seconds_between

ALL_RULES = Conditions(
    max_sun_elevation_deg=-6.0,
    satellite_light={"sunlit"},
    max_moon_elevation_deg=20.0,
    min_moon_separation_deg=40.0,
    max_moon_illumination=0.7,
    min_sun_separation_deg=90.0,
)


def stretch(elements, station, start, length_s):
    """A pass by decree: any stretch of time; its other fields are of no account to the rules."""
    return Pass(
        satellite=elements.name,
        norad_id=elements.norad_id,
        station=station.name,
        rise_utc=start,
        culmination_utc=start,
        set_utc=start + timedelta(seconds=length_s),
        rise_azimuth_deg=0.0,
        culmination_azimuth_deg=0.0,
        set_azimuth_deg=0.0,
        max_elevation_deg=90.0,
        min_range_km=500.0,
        is_truncated=True,
        culminations=0,
        elements=elements,
        site=station,
    )


class Witness:
    """Skyfield alone, at given seconds of a stretch."""

    def __init__(self, pass_, seconds):
        times = instants(pass_.rise_utc, seconds)
        site = wgs84.latlon(pass_.site.latitude_deg, pass_.site.longitude_deg, elevation_m=pass_.site.height_m)
        observer = ephemeris()["earth"] + site
        sun, moon = (observer.at(times).observe(ephemeris()[body]).apparent(deflectors=()) for body in ("sun", "moon"))
        satellite = EarthSatellite(pass_.elements.line_1, pass_.elements.line_2, ts=timescale())
        seen = (satellite - site).at(times)
        self.sun_deg, self.moon_deg = sun.altaz()[0].degrees, moon.altaz()[0].degrees
        self.elevation_deg, _, distance = seen.altaz()
        self.elevation_deg, self.range_km = self.elevation_deg.degrees, distance.km
        self.sun_apart_deg, self.moon_apart_deg = (seen.separation_from(body).degrees for body in (sun, moon))
        self.moon_lit = skyfield_almanac.fraction_illuminated(ephemeris(), "moon", times)
        self.is_sunlit = satellite.at(times).is_sunlit(ephemeris())


def flags_of(cuts, pass_, seconds):
    """Whether each instant lies in a cut, and its distance [s] from the nearest edge of one."""
    flags, away_s = np.zeros(seconds.size, dtype=bool), np.full(seconds.size, np.inf)
    for cut in cuts:
        start_s, end_s = (seconds_between(pass_.rise_utc, when) for when in (cut.start_utc, cut.end_utc))
        flags |= (seconds >= start_s) & (seconds <= end_s)
        away_s = np.minimum(away_s, np.minimum(np.abs(seconds - start_s), np.abs(seconds - end_s)))
    return flags, away_s


RULES = {
    "sun": (Conditions(max_sun_elevation_deg=-6.0), lambda w: w.sun_deg > -6.0),
    "moon_elevation": (Conditions(max_moon_elevation_deg=12.0), lambda w: w.moon_deg > 12.0),
    "moon_separation": (
        Conditions(min_moon_separation_deg=50.0),
        lambda w: (w.moon_apart_deg < 50.0) & (w.moon_deg > 0.0),
    ),
    "moon_illumination": (Conditions(max_moon_illumination=0.7), lambda w: (w.moon_lit > 0.7) & (w.moon_deg > 0.0)),
    "sun_separation": (Conditions(min_sun_separation_deg=60.0), lambda w: w.sun_apart_deg < 60.0),
}


@pytest.fixture(scope="module")
def stretches(iss, molniya, geostationary, graz, xinglong, utc):
    """A low orbit for several turns, Molniya for a day, a GEO for two: day, night, Moon and shadow."""
    return [
        stretch(iss, graz, utc(2018, 8, 20, 15), 14_000.0),
        stretch(iss, xinglong, utc(2018, 8, 26, 9), 9_000.0),
        stretch(molniya, graz, utc(2018, 8, 24, 3), 86_400.0),
        stretch(geostationary, xinglong, utc(2018, 8, 20), 172_800.0),
    ]


@pytest.mark.parametrize("reason", RULES)
def test_cuts_are_those_of_a_dense_evaluation(stretches, reason):
    """Skyfield on a grid of 1 s (GEO: 5 s): cut or not, except within 0.1 s of an edge, for the Moon's phase 60 s.

    almanac.fraction_illuminated takes the elongation, not the phase angle: 1e-4, a minute of the Moon's way.
    """
    conditions, is_cut = RULES[reason]
    edges = 0
    for pass_, usability_ in zip(stretches, usable(stretches, conditions), strict=True):
        seconds = np.arange(0.0, pass_.duration_s, 1.0 if pass_.duration_s < 20_000.0 else 5.0)
        assert {cut.reason for cut in usability_.cuts} <= {reason}
        flags, away_s = flags_of(usability_.cuts, pass_, seconds)
        clear = away_s > (60.0 if reason == "moon_illumination" else 0.1)
        theirs = is_cut(Witness(pass_, seconds))
        np.testing.assert_array_equal(flags[clear], theirs[clear])
        edges += np.count_nonzero(theirs[1:] != theirs[:-1])
    assert edges > 2


def test_worst_values_are_those_of_a_dense_evaluation(stretches):
    """The extreme over the same grid: 0.02 deg, a second's way of the Sun or, at its nearest, of the satellite."""
    for reason, extreme in (("sun", "sun_deg"), ("moon_elevation", "moon_deg"), ("sun_separation", "sun_apart_deg")):
        for pass_, usability_ in zip(stretches[:3], usable(stretches[:3], RULES[reason][0]), strict=True):
            for cut in usability_.cuts:
                start_s = seconds_between(pass_.rise_utc, cut.start_utc)
                values = getattr(Witness(pass_, start_s + np.linspace(0.0, cut.duration_s, 4001)), extreme)
                expected = values.min() if reason == "sun_separation" else values.max()
                assert cut.worst == pytest.approx(expected, abs=0.02)
                assert (cut.limit, cut.unit) == ({"sun": -6.0, "moon_elevation": 12.0}.get(reason, 60.0), "deg")


def test_edges_of_the_shadow_are_those_of_the_fraction(stretches):
    """Two routes: `light_conditions` of the full track every 0.5 s; sunlit 1, umbra 0, between them the penumbra."""
    pass_ = stretches[0]
    seconds = np.arange(0.0, pass_.duration_s, 0.5)
    share = light_conditions(
        track(pass_.elements, pass_.site, start_utc=pass_.rise_utc, time_s=seconds), pass_.site
    ).sunlit_fraction
    wanted = {"sunlit": share == 1.0, "penumbra": (share > 0.0) & (share < 1.0), "umbra": share == 0.0}
    for light, expected in wanted.items():
        others = {"sunlit", "penumbra", "umbra"} - {light}
        (usability_,) = usable([pass_], Conditions(satellite_light=others))
        assert {cut.reason for cut in usability_.cuts} == {f"satellite_{light}"}
        flags, away_s = flags_of(usability_.cuts, pass_, seconds)
        np.testing.assert_array_equal(flags[away_s > 0.01], expected[away_s > 0.01])
        assert np.count_nonzero(expected[1:] != expected[:-1]) >= 4


def test_the_shadow_is_skyfields(stretches):
    """Skyfield's is_sunlit, another model of the edge: the middle of the penumbra agrees within 4 s in a low orbit."""
    pass_ = stretches[0]
    seconds = np.arange(0.0, pass_.duration_s, 1.0)
    (usability_,) = usable([pass_], Conditions(satellite_light={"sunlit", "penumbra"}))
    flags, away_s = flags_of(usability_.cuts, pass_, seconds)
    clear = away_s > 15.0
    np.testing.assert_array_equal(flags[clear], ~Witness(pass_, seconds).is_sunlit[clear])
    penumbra = [cut.duration_s for cut in usable([pass_], Conditions(satellite_light={"sunlit", "umbra"}))[0].cuts]
    assert all(7.0 < length_s < 20.0 for length_s in penumbra)


def test_twilight_over_london(geostationary, build_elements, utc):
    """Published (almanacs, recalled): London, 2023-06-21, civil twilight ends at 21:09 UTC."""
    station = Station(name="London", latitude_deg=51.5074, longitude_deg=-0.1278, height_m=0.0)
    elements = build_elements(
        inclination_deg=0.05, node_deg=90.0, eccentricity=0.0002, perigee_deg=0.0, anomaly_deg=164.0,
        turns_per_day=1.00271, epoch="23172.50000000",
    )  # fmt: skip
    pass_ = stretch(elements, station, utc(2023, 6, 21, 20), 7200.0)
    (usability_,) = usable([pass_], Conditions(max_sun_elevation_deg=-6.0))
    (interval,) = usability_.intervals
    assert abs(seconds_between(utc(2023, 6, 21, 21, 9), interval.start_utc)) < 60.0
    assert usability_.cuts[0].end_utc == interval.start_utc


def partition(usability_, pass_):
    """Edges in order, and whether intervals and cuts together are the pass."""
    parts = sorted([*usability_.intervals, *usability_.cuts], key=lambda part: (part.start_utc, part.end_utc))
    reached = pass_.rise_utc
    for part in parts:
        assert part.start_utc <= reached
        reached = max(reached, part.end_utc)
    return reached == pass_.set_utc


@given(
    hours=st.floats(0.0, 600.0),
    length_s=st.floats(0.0, 30_000.0),
    which=st.integers(0, 2),
    max_sun_elevation_deg=st.none() | st.floats(-30.0, 30.0),
    satellite_light=st.sets(st.sampled_from(["sunlit", "penumbra", "umbra"]), min_size=1),
    max_moon_elevation_deg=st.none() | st.floats(0.0, 60.0),
    min_moon_separation_deg=st.none() | st.floats(0.0, 180.0),
    max_moon_illumination=st.none() | st.floats(0.0, 1.0),
    min_sun_separation_deg=st.none() | st.floats(0.0, 180.0),
    min_duration_s=st.sampled_from([0.0, 100.0]),
    geometry=st.booleans(),
)
def test_intervals_and_cuts_are_the_pass(
    iss, molniya, geostationary, graz, utc, hours, length_s, which, geometry, **limits
):
    """Property: together the whole pass, intervals disjoint, in order, clear of every cut and long enough."""
    elements = (iss, molniya, geostationary)[which]
    conditions = Conditions(**limits)
    pass_ = stretch(elements, graz, utc(2018, 8, 20) + timedelta(hours=hours), length_s)
    (usability_,) = usable([pass_], conditions, geometry=geometry)
    assert partition(usability_, pass_)
    assert all(first.end_utc < second.start_utc for first, second in pairwise(usability_.intervals))
    for interval in usability_.intervals:
        assert pass_.rise_utc <= interval.start_utc <= interval.end_utc <= pass_.set_utc
        assert interval.duration_s >= conditions.min_duration_s
        for cut in usability_.cuts:
            assert cut.end_utc <= interval.start_utc or cut.start_utc >= interval.end_utc


def assert_alike(ours, theirs):
    """The same intervals and cuts, times within 1 ms."""
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert len(one.intervals) == len(other.intervals)
        assert [cut.reason for cut in one.cuts] == [cut.reason for cut in other.cuts]
        parts = zip((*one.intervals, *one.cuts), (*other.intervals, *other.cuts), strict=True)
        for part, same in parts:
            assert abs(seconds_between(part.start_utc, same.start_utc)) < 1e-3
            assert abs(seconds_between(part.end_utc, same.end_utc)) < 1e-3


def test_passes_do_not_disturb_each_other(stretches, monkeypatch):
    """Property: many at once, in any order and in pieces of any size, give what each gives alone."""
    alone = [usable([pass_], ALL_RULES)[0] for pass_ in stretches]
    assert_alike(usable(stretches[::-1], ALL_RULES), alone[::-1])
    monkeypatch.setattr(usability, "_NODES_AT_ONCE", 100)
    assert_alike(usable(stretches, ALL_RULES), alone)


def test_overlapping_cuts_keep_their_reasons(stretches):
    """Exact: each rule alone gives the cuts that all rules together give for it."""
    together = usable(stretches, ALL_RULES)
    for reason, conditions in {
        "sun": Conditions(max_sun_elevation_deg=-6.0),
        "sun_separation": Conditions(min_sun_separation_deg=90.0),
    }.items():
        for many, one in zip(together, usable(stretches, conditions), strict=True):
            cuts = [cut for cut in many.cuts if cut.reason == reason]
            assert len(cuts) == len(one.cuts)
            for ours, theirs in zip(cuts, one.cuts, strict=True):
                assert abs(seconds_between(ours.start_utc, theirs.start_utc)) < 2e-3
                assert abs(seconds_between(ours.end_utc, theirs.end_utc)) < 2e-3


def test_geometry_of_a_wider_stretch_is_the_search(iss, graz, utc):
    """Two routes: the pass that `find_passes` finds above 10 deg, cut out of the two hours around it, 5 ms."""
    for pass_ in find_passes([[iss]], [graz], utc(2018, 8, 20), utc(2018, 8, 21)):
        wide = stretch(iss, graz, pass_.rise_utc - timedelta(minutes=40), 4800.0)
        (usability_,) = usable([wide], Conditions(), geometry=True)
        near = [item for item in usability_.intervals if item.start_utc < pass_.culmination_utc < item.end_utc]
        assert len(near) == 1
        assert abs(seconds_between(pass_.rise_utc, near[0].start_utc)) < 5e-3
        assert abs(seconds_between(pass_.set_utc, near[0].end_utc)) < 5e-3
        assert {cut.reason for cut in usability_.cuts} == {"elevation"}


def test_range_and_refraction_belong_to_the_geometry(iss, graz, utc):
    """Skyfield every second: range below 1200 km; refraction lifts a satellite at 0 deg by half a degree."""
    wide = stretch(iss, graz, utc(2018, 8, 20), 86_400.0)
    seconds = np.arange(0.0, 86_400.0, 1.0)
    witness = Witness(wide, seconds)
    (near,) = usable([wide], Conditions(max_range_km=1200.0), geometry=True)
    flags, away_s = flags_of([cut for cut in near.cuts if cut.reason == "range"], wide, seconds)
    np.testing.assert_array_equal(flags[away_s > 0.01], (witness.range_km > 1200.0)[away_s > 0.01])
    (plain,), (lifted,) = (
        usable([wide], Conditions(min_elevation_deg=0.0, refraction=model), geometry=True)
        for model in (None, "bennett")
    )
    gain_s = [b.duration_s - a.duration_s for a, b in zip(plain.intervals, lifted.intervals, strict=True)]
    assert all(10.0 < gain < 60.0 for gain in gain_s)


def test_light_counts_only_where_the_geometry_holds(iss, graz, utc):
    """Exact: with geometry, cuts of light lie within the passes, and are those of the passes themselves."""
    conditions = Conditions(max_sun_elevation_deg=-90.0)
    passes = find_passes([[iss]], [graz], utc(2018, 8, 20), utc(2018, 8, 21))
    wide = stretch(iss, graz, utc(2018, 8, 20), 86_400.0)
    (usability_,) = usable([wide], conditions, geometry=True)
    cuts = [cut for cut in usability_.cuts if cut.reason == "sun"]
    assert len(cuts) == len(passes)
    for cut, pass_ in zip(cuts, passes, strict=True):
        assert abs(seconds_between(cut.start_utc, pass_.rise_utc)) < 5e-3
        assert abs(seconds_between(cut.end_utc, pass_.set_utc)) < 5e-3


def test_without_rules_nothing_is_cut(stretches):
    """Limit: no rule, the whole pass; too short, none of it; no pass, nothing."""
    for pass_, usability_ in zip(stretches, usable(stretches, Conditions()), strict=True):
        assert usability_.cuts == ()
        assert [(i.start_utc, i.end_utc) for i in usability_.intervals] == [(pass_.rise_utc, pass_.set_utc)]
    (short,) = usable(stretches[:1], Conditions(min_duration_s=1e6))
    assert short.intervals == ()
    assert [(cut.reason, cut.worst, cut.limit, cut.unit) for cut in short.cuts] == [("too_short", 14_000.0, 1e6, "s")]
    assert usable([], ALL_RULES) == []


def test_outside_the_ephemeris_light_is_refused(iss, graz, utc):
    """A refusal, but only when a rule of light asks."""
    early = stretch(iss, graz, utc(2014, 6, 1), 600.0)
    assert usable([early], Conditions())[0].cuts == ()
    with pytest.raises(DomainError, match="must lie within the ephemeris"):
        usable([early], Conditions(max_sun_elevation_deg=-6.0))
