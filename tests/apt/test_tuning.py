"""Tuned gains against the published ones, and against their neighbours."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.apt.design import SampledLoop
from passplan.apt.disturbance import Disturbance, VibrationSpectrum
from passplan.apt.kalman import KalmanPredictor
from passplan.apt.laws import Integrator, LeadLag, Pid, TypeTwo, filter_of
from passplan.apt.margins import is_stable, peak_sensitivity
from passplan.apt.observer import DisturbanceObserver
from passplan.apt.rejection import residual_rms_urad
from passplan.apt.spectrum import Line
from passplan.apt.tuning import TUNED, loop_with, tuned
from passplan.errors import DomainError, NothingFound

OLYMPUS = VibrationSpectrum(rms_urad=float(np.sqrt(80.0 * np.pi)))


def timing(rate_hz=2000.0, **values):
    return SampledLoop(law=filter_of(Integrator(gain=0.1), rate_hz=rate_hz), **values)


@pytest.mark.parametrize(
    ("rate_hz", "delay", "gain"), [(2000.0, 0, 0.99), (2000.0, 1, 0.48), (2000.0, 2, 0.28), (5000.0, 1, 0.48)]
)
def test_the_published_gains(rate_hz, delay, gain):
    """physics A4: best gain with Ms <= 2 of the averaged loop, capped at 0.99."""
    best = tuned(Integrator(gain=0.1), timing(rate_hz, delay_frames=delay), OLYMPUS, averaged=True)
    assert best.law.gain == pytest.approx(gain, abs=0.01)
    assert best.peak_sensitivity <= 2.0


def test_the_exact_loop_allows_a_little_less():
    """Ms of the sampled loop is larger than that of the averaged one."""
    best = tuned(Integrator(gain=0.1), timing(), OLYMPUS)
    assert 0.44 < best.law.gain < 0.47
    assert best.peak_sensitivity == pytest.approx(2.0, abs=2e-3)
    assert best.residual_urad == pytest.approx(residual_rms_urad(best.loop, OLYMPUS), rel=1e-12)


def test_noise_asks_for_a_lower_gain_and_the_neighbours_are_worse():
    case = timing(actuator_hz=1000.0)
    best = tuned(Integrator(gain=0.1), case, OLYMPUS, noise_urad=3.0)
    assert best.peak_sensitivity < 1.9
    for factor in (0.9, 1.1):
        beside = loop_with(Integrator(gain=factor * best.law.gain), case)
        assert residual_rms_urad(beside, OLYMPUS, noise_urad=3.0) > best.residual_urad


def test_two_gains_beat_one():
    """A PI law holds the integrator, so its optimum is no worse; no corner of a small square around it is better."""
    case = timing(actuator_hz=1000.0)
    one = tuned(Integrator(gain=0.1), case, OLYMPUS, noise_urad=0.1)
    two = tuned(Pid(gain=0.1), case, OLYMPUS, noise_urad=0.1)
    assert two.residual_urad < one.residual_urad
    assert two.peak_sensitivity <= 2.0
    for up, across in ((1.03, 1.03), (1.03, 0.97), (0.97, 1.03), (0.97, 0.97)):
        law = replace(two.law, gain=up * two.law.gain, proportional_gain=across * two.law.proportional_gain)
        loop = loop_with(law, case)
        better = residual_rms_urad(loop, OLYMPUS, noise_urad=0.1) < 0.999 * two.residual_urad
        assert not (better and peak_sensitivity(loop)[0] <= 2.0)


@pytest.mark.parametrize(
    "law",
    [
        TypeTwo(gain=0.1, zero_hz=10.0),
        LeadLag(gain=0.1, zero_hz=100.0, pole_hz=400.0),
        DisturbanceObserver(bandwidth_hz=30.0),
    ],
    ids=lambda law: law.kind,
)
def test_every_law_can_be_tuned(law):
    """Stable, within Ms, and no worse than the law as given."""
    case = timing(200.0, actuator_hz=300.0)
    best = tuned(law, case, OLYMPUS, noise_urad=0.5)
    assert is_stable(best.loop)
    assert best.peak_sensitivity <= 2.0
    given = loop_with(law, case)
    if is_stable(given) and peak_sensitivity(given)[0] <= 2.0:
        assert best.residual_urad <= residual_rms_urad(given, OLYMPUS, noise_urad=0.5) * 1.0001


def test_every_kind_of_law_has_something_to_tune():
    laws = (Integrator, Pid, LeadLag, TypeTwo, KalmanPredictor, DisturbanceObserver)
    kinds = {law.__dataclass_fields__["kind"].default for law in laws}
    assert set(TUNED) == kinds


def test_a_line_where_the_loop_amplifies_holds_the_gain_down():
    whistle = Disturbance(parts=(OLYMPUS,), line=(Line(frequency_hz=250.0, rms_urad=10.0),))
    plain = tuned(Integrator(gain=0.1), timing(), OLYMPUS)
    assert tuned(Integrator(gain=0.1), timing(), whistle).law.gain < 0.7 * plain.law.gain


def test_no_gain_at_all():
    """Any loop has a peak above one; the least gain that is sought still has more than 1.0001."""
    with pytest.raises(NothingFound, match=r"no gain of the law integrator keeps Ms at or below 1\.0001"):
        tuned(Integrator(gain=0.1), timing(delay_frames=3), OLYMPUS, most_ms=1.0001)


def test_limits():
    with pytest.raises(DomainError, match="most_ms is 1"):
        tuned(Integrator(gain=0.1), timing(), OLYMPUS, most_ms=1.0)
    with pytest.raises(DomainError, match="noise_urad is -1"):
        tuned(Integrator(gain=0.1), timing(), OLYMPUS, noise_urad=-1.0)
