"""Scenes and the samples of passes between which they are made."""

from datetime import timedelta

import numpy as np
import pytest

from passplan.constants import SECONDS_PER_DAY
from passplan.errors import ElementsError
from passplan.orbit import scene
from passplan.orbit.almanac import epoch_seconds, norm
from passplan.orbit.passes import Pass
from passplan.orbit.samples import samples_of, steps_of
from passplan.orbit.scene import states_of
from passplan.orbit.topocentric import propagator

QUANTITIES = [
    scene.sun_height,
    scene.moon_height,
    scene.satellite_height,
    scene.sun_closeness,
    scene.moon_closeness,
    scene.shadow_depth,
    scene.umbra_depth,
]


def stretch(elements, station, start, length_s):
    """A pass by decree: any stretch of time, its other fields of no account."""
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


@pytest.fixture(scope="module")
def stretches(iss, molniya, geostationary, micius_late, graz, xinglong, utc):
    start = utc(2018, 8, 20, 2)
    return [
        stretch(iss, graz, start, 600.0),
        stretch(iss, xinglong, start + timedelta(hours=5), 6000.0),
        stretch(molniya, graz, start, SECONDS_PER_DAY),
        stretch(geostationary, xinglong, start, SECONDS_PER_DAY),
        stretch(micius_late, graz, utc(2025, 9, 22, 8), 900.0),
    ]


@pytest.fixture(scope="module")
def samples(stretches):
    return samples_of(stretches)


def test_states_between_nodes_are_sgp4s(samples, stretches, rng_places):
    """SGP4 itself at random instants: 0.5 m in low orbits, 10 m above.

    There the velocity that SGP4 gives differs from the slope of its positions by up to 2.4 m/s.
    """
    for owner, pass_ in enumerate(stretches):
        seconds = samples.start_s[owner] + rng_places * pass_.duration_s
        position_km, velocity_km_s = samples.at(np.full(seconds.size, owner), seconds).satellite
        exact_km, exact_km_s = states_of([pass_.elements], np.array([seconds.size]), seconds)
        is_low = pass_.elements.mean_motion_rev_day > 11.0
        assert norm(position_km - exact_km).max() < (0.0005 if is_low else 0.01)
        assert norm(velocity_km_s - exact_km_s).max() < (1e-4 if is_low else 3e-3)


@pytest.fixture(scope="module")
def rng_places():
    return np.random.default_rng(5).random(500)


@pytest.mark.parametrize("quantity", QUANTITIES, ids=lambda quantity: quantity.__name__)
def test_rates_are_slopes(samples, stretches, rng_places, quantity):
    """Central difference over 2 s; what is left out (the Moon's own motion: 2.7e-6 rad/s) is allowed for."""
    own_motion = {scene.moon_height: 4e-6, scene.moon_closeness: 4e-6}.get(quantity, 5e-7)
    for owner, pass_ in enumerate(stretches):
        seconds = samples.start_s[owner] + 1.0 + rng_places * (pass_.duration_s - 2.0)
        owners = np.full(seconds.size, owner)
        before, here, after = (quantity(samples.at(owners, seconds + step_s)) for step_s in (-1.0, 0.0, 1.0))
        slope = 0.5 * (after[0] - before[0])
        np.testing.assert_allclose(here[1], slope, atol=own_motion, rtol=2e-4)


def test_ranges_and_their_rates(samples, rng_places):
    """Central difference over 2 s: 0.1 m/s."""
    seconds = samples.start_s[0] + 1.0 + rng_places * 598.0
    owners = np.zeros(seconds.size, dtype=int)
    before, here, after = (scene.satellite_range(samples.at(owners, seconds + s)) for s in (-1.0, 0.0, 1.0))
    np.testing.assert_allclose(here[1], 0.5 * (after[0] - before[0]), atol=1e-3)


def test_nodes_begin_and_end_with_the_pass(samples, stretches):
    """Exact ends; steps follow from the speed at perigee: 60 s for the ISS, 51 s for Molniya, 898 s on the GEO."""
    first, last = samples.first[:-1], samples.first[1:] - 1
    np.testing.assert_allclose(samples.seconds[first], samples.start_s, atol=1e-6)
    np.testing.assert_allclose(samples.seconds[last], samples.end_s, atol=1e-6)
    np.testing.assert_allclose(steps_of(stretches)[:4], [11, 104, 1700, 97], rtol=0.05)
    assert steps_of([stretch(stretches[0].elements, stretches[0].site, stretches[0].rise_utc, 0.0)])[0] == 2


def test_states_need_no_order_of_sets(iss, geostationary, utc):
    """Two routes: sets in turns give the states of each set alone."""
    seconds = epoch_seconds([utc(2018, 8, 20, hour) for hour in range(4)])
    mixed_km, _ = states_of([iss, geostationary, iss], np.array([1, 2, 1]), seconds)
    _, alone_km, _ = propagator(iss).sgp4_array(*scene.julian_date(seconds))
    np.testing.assert_array_equal(mixed_km[:, [0, 3]], alone_km.T[:, [0, 3]])


def test_a_set_that_fails_is_named(micius_late, utc):
    """A year after re-entry: the door's own message."""
    with pytest.raises(ElementsError, match=r"Micius \(41731\), epoch 2025-09-22.*"):
        states_of([micius_late], np.array([1]), epoch_seconds([utc(2026, 9, 22)]))
