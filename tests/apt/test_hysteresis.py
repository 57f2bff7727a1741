"""Plays: width of the loop, tips, rate independence, return-point memory, and the gauges' share."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.apt.hysteresis import Plays, play_step, plays_of
from passplan.apt.steering import FastMirror
from passplan.errors import DomainError

HALF_STROKE_URAD = 800.0


def driven(plays, commands_urad, state=None):
    """State and angles [urad] of a stage under commands, from its virgin state unless told."""
    state = np.zeros(plays.weight.size) if state is None else state
    angles = []
    for command in commands_urad:
        state, angle = play_step(plays, state, command)
        angles.append(angle)
    return state, np.array(angles)


def through(*turns_urad, points=400):
    """Commands that go straight from turn to turn."""
    return np.concatenate([np.linspace(a, b, points + 1) for a, b in pairwise(turns_urad)])


@pytest.mark.parametrize("width", [0.0, 0.01, 0.12, 0.4])
def test_the_loop_is_as_wide_as_stated_and_reaches_its_tips(width):
    """Opening at mid-stroke over the full stroke; nowhere wider; tips at plus and minus the half-stroke."""
    plays = plays_of(half_stroke_urad=HALF_STROKE_URAD, width=width)
    state, _ = driven(plays, [HALF_STROKE_URAD])
    way = np.linspace(HALF_STROKE_URAD, -HALF_STROKE_URAD, 801)
    state, down = driven(plays, way, state)
    _, up = driven(plays, way[::-1], state)
    opening = (down - up[::-1]) / (2.0 * HALF_STROKE_URAD)
    assert opening[400] == pytest.approx(width, abs=1e-12)
    assert opening.max() <= width + 1e-12
    np.testing.assert_allclose([down[0], down[-1], up[-1]], np.array([1.0, -1.0, 1.0]) * HALF_STROKE_URAD, rtol=1e-12)


def test_a_small_loop_closes_and_is_forgotten():
    """Return-point memory: back at the turning point, angle and state are as if the small loop had not been."""
    plays = plays_of(half_stroke_urad=HALF_STROKE_URAD, width=0.15)
    state, before = driven(plays, through(0.0, 700.0, -300.0))
    state_after, after = driven(plays, through(-300.0, 150.0, -300.0), state)
    assert np.ptp(after) > 300.0
    assert after[-1] == pytest.approx(before[-1], abs=1e-9)
    _, straight = driven(plays, through(-300.0, -800.0), state)
    _, resumed = driven(plays, through(-300.0, -800.0), state_after)
    np.testing.assert_allclose(resumed, straight, atol=1e-9)


@given(turns=st.lists(st.floats(-800.0, 800.0), min_size=2, max_size=8), points=st.integers(1, 50))
def test_rate_does_not_matter(turns, points):
    """Only the turning points count, not how many steps lie between them."""
    plays = plays_of(half_stroke_urad=HALF_STROKE_URAD, width=0.15)
    _, slow = driven(plays, through(*turns, points=points))
    _, quick = driven(plays, turns)
    assert slow[-1] == pytest.approx(quick[-1], abs=1e-8)


@given(commands=st.lists(st.floats(-800.0, 800.0), min_size=2, max_size=30), width=st.floats(0.0, 0.4))
def test_the_angle_stays_near_the_command(commands, width):
    """Farthest where the third play is dragged and the fourth not yet: 1.05 widths of the half-stroke, by hand."""
    plays = plays_of(half_stroke_urad=HALF_STROKE_URAD, width=width)
    _, angles = driven(plays, commands)
    most = 1.05 * width * HALF_STROKE_URAD
    assert np.abs(angles - commands).max() <= most + 1e-9


def test_gauges_divide_the_width():
    """12 % with a loop gain of 59 leave 0.2 %, and the excess over the command shrinks alike at every point."""
    bare, gauged = FastMirror(hysteresis=0.12), FastMirror(hysteresis=0.12, gauge_gain=59.0)
    assert gauged.residual_hysteresis == pytest.approx(0.002)
    commands = through(0.0, 800.0, -100.0, 300.0, -800.0)
    _, without = driven(bare.plays, commands)
    _, with_gauges = driven(gauged.plays, commands)
    np.testing.assert_allclose(60.0 * (with_gauges - commands), without - commands, atol=1e-9)


def test_refusals():
    """Each limit names its field."""
    with pytest.raises(DomainError, match=r"width is 0.5, must lie in \[0, 0.4\]"):
        plays_of(half_stroke_urad=1.0, width=0.5)
    with pytest.raises(DomainError, match="half_stroke_urad is 0"):
        plays_of(half_stroke_urad=0.0, width=0.1)
    with pytest.raises(DomainError, match=r"Plays.half_width_urad and weight have shapes \(2,\) and \(1,\)"):
        Plays(direct=1.0, half_width_urad=np.ones(2), weight=np.ones(1))
    with pytest.raises(DomainError, match=r"Plays.direct is 2"):
        Plays(direct=2.0, half_width_urad=np.ones(1), weight=np.ones(1))
    with pytest.raises(DomainError, match=r"FastMirror.hysteresis is 0.9, must lie in \[0, 0.4\]"):
        FastMirror(hysteresis=0.9)
