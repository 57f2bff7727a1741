"""Every law against its printed transfer function, its loop, and its behaviour at the limit of the actuator."""

import numpy as np
import pytest

from passplan.apt.kalman import KalmanPredictor
from passplan.apt.law import law_response, law_step
from passplan.apt.laws import Integrator, LeadLag, Pid, TypeTwo, filter_of
from passplan.apt.line_filter import Notch, Resonance, in_series
from passplan.apt.observer import DisturbanceObserver
from passplan.apt.replica import Replica, replica_filter
from passplan.errors import DomainError

FREQUENCY_HZ = np.array([0.3, 11.0, 130.0, 700.0, 999.0])
LAG = np.exp(-2j * np.pi * FREQUENCY_HZ / 2000.0)
SUM = 1.0 / (1.0 - LAG)

OBSERVER = DisturbanceObserver(bandwidth_hz=60.0, order=2)
PREDICTOR = KalmanPredictor(rms_urad=9.3, roll_off_hz=30.0)
CLASSIC = [
    Integrator(gain=0.3),
    Pid(gain=0.2, proportional_gain=0.1),
    Pid(gain=0.2, proportional_gain=0.1, derivative_gain=0.1),
    LeadLag(gain=0.2, zero_hz=100.0, pole_hz=400.0),
    LeadLag(gain=0.2, zero_hz=100.0, pole_hz=20.0),
    TypeTwo(gain=0.25, zero_hz=8.0),
]


def closed_poles(law, way):
    """Poles of the loop of a law and its way back to the camera: error = -(reading of the commands)."""
    return np.linalg.eigvals(
        np.block(
            [
                [law.a, -np.outer(law.b, way.c)],
                [np.outer(way.b, law.c), way.a - np.outer(way.b, law.d * way.c)],
            ]
        )
    )


def residual(law, frequency_hz, **loop):
    """Sensitivity at a frequency, of a law in the loop that it expects."""
    filter_, way = filter_of(law, rate_hz=2000.0, **loop), replica_filter(Replica(rate_hz=2000.0, **loop))
    return 1.0 / (1.0 + law_response(filter_, frequency_hz) * law_response(way, frequency_hz))


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        (Integrator(gain=0.3), 0.3 * SUM),
        (Pid(gain=0.2, proportional_gain=0.1), 0.2 * SUM + 0.1),
        (
            Pid(gain=0.2, proportional_gain=0.1, derivative_gain=0.4, derivative_filter_frames=3.0),
            0.2 * SUM + 0.1 + 0.4 * (1.0 - LAG) / (4.0 - 3.0 * LAG),
        ),
        (
            LeadLag(gain=0.2, zero_hz=50.0, pole_hz=400.0),
            0.2
            * SUM
            * (1.0 - np.exp(-0.4 * np.pi))
            * (1.0 - np.exp(-0.05 * np.pi) * LAG)
            / ((1.0 - np.exp(-0.05 * np.pi)) * (1.0 - np.exp(-0.4 * np.pi) * LAG)),
        ),
        (TypeTwo(gain=0.25, zero_hz=8.0), 0.25 * SUM * (1.0 + 0.008 * np.pi * SUM)),
    ],
)
def test_the_filter_is_the_printed_transfer_function(law, expected):
    """Exact: the formula of the docstring, evaluated on the unit circle."""
    np.testing.assert_allclose(law_response(filter_of(law, rate_hz=2000.0), FREQUENCY_HZ), expected, rtol=1e-9)


def test_a_pid_without_parts_is_the_integrator():
    one, two = (filter_of(law, rate_hz=2000.0) for law in (Integrator(gain=0.3), Pid(gain=0.3)))
    np.testing.assert_allclose(law_response(one, FREQUENCY_HZ), law_response(two, FREQUENCY_HZ), rtol=1e-9)


def test_a_law_with_gains_zero_stays_at_rest():
    for law in (Integrator(gain=0.0), Pid(gain=0.0), TypeTwo(gain=0.0, zero_hz=1.0)):
        still = filter_of(law, rate_hz=100.0)
        state, command = np.zeros(still.b.size), 1.0
        for _ in range(5):
            state, command = law_step(still, state, 7.0, limit_urad=1.0)
        assert command == 0.0


def test_pi_step_by_step():
    """By hand, g = 0.5 and p = 0.25: errors 4, 4, -2 sum to 2, 4, 3 and add 1, 1, -0.5."""
    law, state, commands = filter_of(Pid(gain=0.5, proportional_gain=0.25), rate_hz=10.0), np.zeros(2), []
    for error in (4.0, 4.0, -2.0):
        state, command = law_step(law, state, error)
        commands.append(command)
    assert commands == pytest.approx([3.0, 5.0, 2.5])


def test_a_type_two_law_follows_a_ramp_and_an_integrator_does_not():
    """Final value: the error on a ramp is rate / (g fs) for one integrator, zero for two."""
    errors = []
    for law in (Integrator(gain=0.25), TypeTwo(gain=0.25, zero_hz=8.0)):
        filter_ = filter_of(law, rate_hz=2000.0)
        state, waiting = np.zeros(filter_.b.size), [0.0, 0.0]
        for frame in range(4000):
            error = 0.05 * frame - waiting.pop(0)  # 100 urad/s
            state, command = law_step(filter_, state, error)
            waiting.append(command)
        errors.append(error)
    assert errors == pytest.approx([0.2, 0.0], abs=1e-9)


@pytest.mark.parametrize("law", [*CLASSIC, OBSERVER, PREDICTOR])
def test_all_laws_of_these_tests_close_a_stable_loop(law):
    loop = filter_of(law, rate_hz=2000.0)
    assert np.abs(closed_poles(loop, replica_filter(Replica(rate_hz=2000.0)))).max() < 1.0


@pytest.mark.parametrize("frequency_hz", [3.0, 34.0, 120.0, 300.0, 600.0])
@pytest.mark.parametrize("law", [CLASSIC[0], CLASSIC[4], OBSERVER], ids=lambda law: law.kind)
def test_a_resonance_takes_a_line_out_and_stays_stable(law, frequency_hz):
    """Exact: the residual of the line falls by 1 + gain = 21; below, at and far above the crossover (80 Hz)."""
    peaks = (Resonance(frequency_hz=frequency_hz, gain=20.0, damping=5e-4),)
    with_peak = type(law)(**{name: getattr(law, name) for name in law.__slots__} | {"resonances": peaks})
    before, after = residual(law, frequency_hz), residual(with_peak, frequency_hz)
    assert after == pytest.approx(before / 21.0, rel=1e-6)
    loop = filter_of(with_peak, rate_hz=2000.0)
    assert np.abs(closed_poles(loop, replica_filter(Replica(rate_hz=2000.0)))).max() < 1.0


def test_two_resonances_behind_a_notch_in_a_late_loop():
    """The last peak is exact; the first moves by the tail of the other; the loop with actuator and notch is stable."""
    loop = {"delay_frames": 1.6, "exposure_share": 0.7, "actuator_hz": 900.0, "actuator_damping": 0.5}
    notches = (Notch(centre_hz=900.0),)
    lines = (
        Resonance(frequency_hz=34.0, gain=20.0, damping=1e-3),
        Resonance(frequency_hz=68.0, gain=10.0, damping=1e-3),
    )
    plain = Integrator(gain=0.15, notches=notches)
    peaked = Integrator(gain=0.15, notches=notches, resonances=lines)
    ratio = np.abs(residual(peaked, [34.0, 68.0], **loop) / residual(plain, [34.0, 68.0], **loop))
    assert ratio[0] == pytest.approx(1.0 / 21.0, rel=0.1)
    assert ratio[1] == pytest.approx(1.0 / 11.0, rel=0.1)
    way = replica_filter(Replica(rate_hz=2000.0, **loop))
    assert np.abs(closed_poles(filter_of(peaked, rate_hz=2000.0, **loop), way)).max() < 1.0


def test_a_notch_multiplies_the_law():
    notch = Notch(centre_hz=600.0, damping=0.2, depth_db=20.0)
    plain, notched = (filter_of(Integrator(gain=0.3, notches=notches), rate_hz=2000.0) for notches in ((), (notch,)))
    assert law_response(notched, 600.0) == pytest.approx(0.1 * law_response(plain, 600.0), rel=1e-9)
    assert in_series(plain, plain).b.size == notched.b.size - 1


@pytest.mark.parametrize("law", CLASSIC, ids=lambda law: law.kind)
@pytest.mark.parametrize(("stuck_urad", "back_urad"), [(20.0, 0.5), (1e4, 0.5), (80.0, 100.0)])
def test_a_law_leaves_its_limit_at_the_first_error_of_the_other_sign(law, stuck_urad, back_urad):
    """No windup: 2000 frames at the limit, and the very next command is smaller, by the direct part at least."""
    filter_ = filter_of(law, rate_hz=2000.0)
    state = np.zeros(filter_.b.size)
    for _ in range(2000):
        state, command = law_step(filter_, state, stuck_urad, limit_urad=10.0)
    assert command == 10.0
    _, command = law_step(filter_, state, -back_urad, limit_urad=1e9)
    assert command == pytest.approx(10.0 - filter_.d * back_urad, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("resonances", "left_urad"), [((), 0.01), ((Resonance(frequency_hz=34.0, gain=3.0),), 0.2)], ids=["notch", "peak"]
)
@pytest.mark.parametrize("law", [*CLASSIC, OBSERVER, PREDICTOR], ids=lambda law: law.kind)
def test_with_notches_and_resonances_too_a_law_comes_back_at_once(law, resonances, left_urad):
    """Loop on a disturbance far beyond the limit: once it is back inside, the error is that of a loop never limited.

    The disturbance rests at twice the limit, 10 urad, for a second, then returns; 20 ms after it rests again both
    loops err alike, to 0.1 % of the limit; a peak rings on by itself, to 2 %.
    """
    shaped = {"notches": (Notch(centre_hz=800.0),), "resonances": resonances}
    filter_ = filter_of(
        type(law)(**{name: getattr(law, name) for name in law.__slots__} | shaped), rate_hz=2000.0, delay_frames=1.0
    )
    offset_urad = np.concatenate((np.full(2000, 20.0), np.linspace(20.0, 0.0, 200), np.zeros(400)))
    ends = []
    for limit_urad in (np.inf, 10.0):
        state, waiting, errors = np.zeros(filter_.b.size), [0.0, 0.0], []
        for offset in offset_urad:
            error = offset - waiting.pop(0)
            state, command = law_step(filter_, state, error, limit_urad=limit_urad)
            waiting.append(command)
            errors.append(error)
        ends.append(errors[-360:])
    assert np.abs(np.subtract(*ends)).max() < left_urad


def test_refusals():
    with pytest.raises(DomainError, match=r"Integrator\.gain is -1"):
        Integrator(gain=-1.0)
    with pytest.raises(DomainError, match=r"Pid\.derivative_filter_frames is nan"):
        Pid(gain=1.0, derivative_filter_frames=np.nan)
    with pytest.raises(DomainError, match=r"LeadLag\.pole_hz is 0"):
        LeadLag(gain=1.0, zero_hz=1.0, pole_hz=0.0)
    with pytest.raises(DomainError, match=r"TypeTwo\.zero_hz is inf"):
        TypeTwo(gain=1.0, zero_hz=np.inf)
    with pytest.raises(DomainError, match=r"Replica\.rate_hz is 0"):
        filter_of(Integrator(gain=1.0), rate_hz=0.0)
    with pytest.raises(DomainError, match=r"Notch\.centre_hz is 30\.0, must lie in \(0, 20\)"):
        filter_of(Integrator(gain=1.0, notches=(Notch(centre_hz=30.0),)), rate_hz=40.0)
    with pytest.raises(DomainError, match=r"Resonance\.frequency_hz is 30\.0, must lie in \(0, 20\)"):
        filter_of(Integrator(gain=1.0, resonances=(Resonance(frequency_hz=30.0, gain=1.0),)), rate_hz=40.0)
