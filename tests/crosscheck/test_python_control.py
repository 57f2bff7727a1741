"""Margins, responses and poles against python-control, where it is right; and where it is not."""

import warnings
from math import inf

import numpy as np
import pytest

from passplan.apt.design import SampledLoop, closed_loop_poles, open_loop
from passplan.apt.laws import Integrator, Pid, filter_of
from passplan.apt.margins import margins

control = pytest.importorskip("control")

RATE_HZ = 2000.0


def ours(law, whole_frames):
    return SampledLoop(law=filter_of(law, rate_hz=RATE_HZ), delay_frames=whole_frames)


def theirs(loop, whole_frames):
    """Law as a state space, times z^-n."""
    law = loop.law
    system = control.ss(law.a, law.b[:, None], law.c[None, :], [[law.d]], 1.0 / RATE_HZ)
    return system * control.ss(control.tf([1.0], [1.0] + [0.0] * (whole_frames + 1), 1.0 / RATE_HZ))


CASES = [(Integrator(gain=0.25), 1), (Integrator(gain=0.48), 1), (Integrator(gain=0.28), 2),
         (Pid(gain=0.2, proportional_gain=0.15, derivative_gain=0.05), 1)]  # fmt: skip


@pytest.mark.parametrize(("law", "whole_frames"), CASES)
def test_margins(law, whole_frames):
    loop = ours(law, whole_frames)
    said = control.stability_margins(theirs(loop, whole_frames))
    gain_margin, phase_margin, _, phase_crossing, gain_crossing, _ = said
    found = margins(loop)
    assert found.gain_margin == pytest.approx(gain_margin, rel=1e-5)
    assert found.phase_margin_deg == pytest.approx(phase_margin, rel=1e-5)
    assert found.gain_margin_hz == pytest.approx(phase_crossing / (2.0 * np.pi), rel=1e-5)
    assert found.phase_margin_hz == pytest.approx(gain_crossing / (2.0 * np.pi), rel=1e-5)


@pytest.mark.parametrize(("law", "whole_frames"), CASES)
def test_modulus_margin(law, whole_frames):
    loop = ours(law, whole_frames)
    distance = control.stability_margins(theirs(loop, whole_frames))[2]
    assert margins(loop).modulus_margin == pytest.approx(distance, rel=1e-4)


@pytest.mark.parametrize(("law", "whole_frames"), CASES)
def test_poles(law, whole_frames):
    loop = ours(law, whole_frames)
    expected = np.sort(np.abs(control.feedback(theirs(loop, whole_frames)).poles()))[::-1]
    found = np.sort(np.abs(closed_loop_poles(loop)))[::-1]
    np.testing.assert_allclose(found[found > 1e-3], expected[expected > 1e-3], rtol=1e-6)


@pytest.mark.parametrize(("law", "whole_frames"), CASES)
def test_response(law, whole_frames):
    frequency_hz = np.geomspace(0.5, 990.0, 40)
    loop = ours(law, whole_frames)
    expected = theirs(loop, whole_frames)(np.exp(2j * np.pi * frequency_hz / RATE_HZ))
    np.testing.assert_allclose(open_loop(loop, frequency_hz), expected, rtol=1e-9)


def test_a_crossing_at_half_the_rate():
    """There the library finds none and says inf; the truth is 2/g, as the poles on either side of that gain show."""
    loop = ours(Integrator(gain=0.25), 0)
    assert margins(loop).gain_margin == pytest.approx(8.0, rel=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # it looks at z = 1, the pole of the integrator
        said = control.stability_margins(theirs(loop, 0))[0]
    assert said == inf or said == pytest.approx(8.0, rel=1e-6)  # a later release may have mended it
