import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sgp4.api import Satrec

from passplan.orbit.earth import clock
from passplan.orbit.interpolation import CENTRAL, NODES, to_samples, weights
from passplan.orbit.nodes import ANCHOR, FAILING_STEP_S, clipped, good_run, nodes_of, rows_of, step_s
from passplan.orbit.topocentric import ground_fixed_states

FIVE_CM_KM = 5e-5


def nodes_for(elements, start_s, length_s):
    model = Satrec.twoline2rv(elements.line_1, elements.line_2)
    return nodes_of([elements], [model], step=step_s(elements), start_s=start_s, end_s=start_s + length_s)


@pytest.mark.parametrize(
    ("eccentricity", "turns_per_day", "step"), [(0.001, 15.2, 300), (0.72, 2.006, 120), (0.0002, 1.0027, 1800)]
)
def test_the_step_follows_the_turn_at_the_perigee(build_elements, eccentricity, turns_per_day, step):
    """The documented steps of a low orbit and of Molniya's, and the longest of all for a geostationary one."""
    elements = build_elements(
        inclination_deg=63.4, node_deg=0.0, eccentricity=eccentricity, perigee_deg=270.0, anomaly_deg=0.0,
        turns_per_day=turns_per_day,
    )  # fmt: skip
    assert step_s(elements) == step


@settings(max_examples=60)
@given(
    inclination_deg=st.floats(0.0, 150.0),
    perigee_altitude_km=st.floats(200.0, 1500.0),
    eccentricity=st.one_of(st.floats(0.0, 0.02), st.floats(0.0, 0.85)),
    anomaly_deg=st.floats(0.0, 360.0),
    shift_s=st.floats(0.0, 20_000.0),
)
def test_positions_between_nodes_are_those_of_sgp4(
    build_elements, utc, inclination_deg, perigee_altitude_km, eccentricity, anomaly_deg, shift_s
):
    """Checked SGP4 states at random instants, low orbits to long ellipses: 5 cm, as the docstring promises."""
    axis_km = (6378.137 + perigee_altitude_km) / (1.0 - eccentricity)
    turns_per_day = 86_400.0 / (2.0 * np.pi * np.sqrt(axis_km**3 / 398_600.4418))
    elements = build_elements(
        inclination_deg=inclination_deg, node_deg=10.0, eccentricity=eccentricity, perigee_deg=100.0,
        anomaly_deg=anomaly_deg, turns_per_day=turns_per_day,
    )  # fmt: skip
    start_s = (utc(2018, 8, 21) - ANCHOR).total_seconds() + shift_s
    nodes = nodes_for(elements, start_s, 20_000.0)
    time_s = start_s + np.random.default_rng(1).uniform(0.0, 20_000.0, 400)
    position_km, _ = ground_fixed_states(elements, clock(ANCHOR, time_s))
    error_km = np.linalg.norm(nodes.at(np.zeros(400, dtype=int), time_s) - position_km, axis=1)
    assert error_km.max() < FIVE_CM_KM
    assert nodes.radius_km.max() <= nodes.farthest_km[0]


def test_nodes_do_not_hang_on_the_window(iss, utc):
    """Exact: two windows share their nodes, and positions between them, in each bit."""
    start_s = (utc(2018, 8, 20) - ANCHOR).total_seconds()
    one, other = nodes_for(iss, start_s, 20_000.0), nodes_for(iss, start_s + 1234.5, 30_000.0)
    shared = slice(other.first - one.first, None)
    count = one.last - other.first + 1
    np.testing.assert_array_equal(one.position_km[:, :, shared], other.position_km[:, :, :count])
    time_s, row = start_s + np.linspace(3000.0, 19_000.0, 50), np.zeros(50, dtype=int)
    np.testing.assert_array_equal(one.at(row, time_s), other.at(row, time_s))


def test_nodes_stay_smooth_over_a_leap_second(iss, utc):
    """The Earth turns on without a step: the 14th differences over 2017-01-01 are those of any day."""
    around = [(utc(*day) - ANCHOR).total_seconds() - 10_000.0 for day in ((2017, 1, 1), (2017, 1, 2))]
    steps_km = [np.abs(np.diff(nodes_for(iss, start_s, 20_000.0).position_km, n=NODES)).max() for start_s in around]
    assert steps_km[0] < 3.0 * steps_km[1]


def test_weights_are_exact_for_polynomials():
    """Exact: powers below the number of nodes, from central windows and from the last one at either end."""
    x = np.linspace(-0.5, 0.5, 11)
    for place in (CENTRAL, 0, 2 - NODES):
        at_nodes = np.arange(NODES) + place - 0.5
        values, slopes = to_samples(10, place)
        for power in range(NODES):
            size = np.abs(at_nodes).max() ** power
            np.testing.assert_allclose(weights(x, place) @ at_nodes**power, x**power, atol=1e-9 * size)
            np.testing.assert_allclose(values @ at_nodes**power, x**power, atol=1e-9 * size)
            slope = power * x ** max(power - 1, 0) / 10
            np.testing.assert_allclose(slopes @ at_nodes**power, slope, atol=1e-8 * size)


def test_the_run_of_good_nodes_nearest_to_the_epoch(iss, utc):
    """By hand: runs on either side of a failure; one too short is none."""
    start_s = (utc(2018, 8, 20) - ANCHOR).total_seconds()
    model = Satrec.twoline2rv(iss.line_1, iss.line_2)
    nodes = nodes_of([iss], [model], step=FAILING_STEP_S, start_s=start_s, end_s=start_s + 1500.0)
    assert good_run(nodes, 0, start_s) == (nodes.first, nodes.last)
    nodes.good[0, 40:45] = False
    assert good_run(nodes, 0, start_s) == (nodes.first, nodes.first + 39)
    assert good_run(nodes, 0, start_s + 1400.0) == (nodes.first + 45, nodes.last)
    nodes.good[0, : 41 - NODES] = False
    assert good_run(nodes, 0, start_s - 1e6) is None
    nodes.good[0] = False
    assert good_run(nodes, 0, start_s) is None


def test_clipped_nodes_are_as_good_at_their_ends(iss, utc):
    """Checked SGP4 states: positions up to the last node of a run, with windows that are no longer central."""
    start_s = (utc(2018, 8, 20) - ANCHOR).total_seconds()
    model = Satrec.twoline2rv(iss.line_1, iss.line_2)
    nodes = nodes_of([iss], [model], step=FAILING_STEP_S, start_s=start_s, end_s=start_s + 1500.0)
    run = nodes.first + 20, nodes.first + 60
    part = clipped(nodes, 0, run)
    time_s = np.linspace(run[0], run[1], 200) * FAILING_STEP_S
    position_km, _ = ground_fixed_states(iss, clock(ANCHOR, time_s))
    error_km = np.linalg.norm(part.at(np.zeros(200, dtype=int), time_s) - position_km, axis=1)
    assert error_km.max() < FIVE_CM_KM
    assert part.intervals == run


def test_a_decayed_object_has_no_good_node(micius_late, utc):
    """Two kinds: an error code of SGP4, and an altitude that no satellite has."""
    start_s = (utc(2026, 9, 1) - ANCHOR).total_seconds()
    nodes = nodes_for(micius_late, start_s, 3600.0)
    assert not nodes.good.any()
    assert rows_of(nodes, np.array([0])).good.shape == nodes.good.shape
