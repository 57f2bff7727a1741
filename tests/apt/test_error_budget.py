"""The budget against a plain time-domain run of both stages, and against closed forms."""

from pathlib import Path

import numpy as np
import pytest

from passplan.apt.cascade import CoarseResidual, mirror_spectrum
from passplan.apt.design import SampledLoop
from passplan.apt.disturbance import Disturbance, VibrationSpectrum, vibration
from passplan.apt.error_budget import Alignment, BudgetTerm, equivalent_gain, error_budget
from passplan.apt.hysteresis import play_step, plays_of
from passplan.apt.laws import Integrator, Pid, filter_of
from passplan.apt.rejection import left_share, residual_rms_urad, spectrum_variance
from passplan.apt.spectrum import Line
from passplan.apt.spectrum_file import TabulatedPsd, TwoAxisPsd
from passplan.errors import DomainError

OLYMPUS = VibrationSpectrum(rms_urad=float(np.sqrt(80.0 * np.pi)))
ROLLED_OFF = VibrationSpectrum(rms_urad=9.3, roll_off_hz=30.0)


@pytest.fixture(scope="module")
def two_stage():
    """The plain run, a file beside this one."""
    import importlib.util

    path = Path(__file__).with_name("two_stage.py")
    specification = importlib.util.spec_from_file_location("two_stage", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def loop_of(law, rate_hz, actuator_hz, damping, delay_frames=1):
    return SampledLoop(
        law=filter_of(law, rate_hz=rate_hz),
        delay_frames=delay_frames,
        actuator_hz=actuator_hz,
        actuator_damping=damping,
    )


def satellite():
    return {
        "coarse": loop_of(Integrator(gain=0.1), 40.0, 8.0, 0.7),
        "fine": loop_of(Integrator(gain=0.25), 2000.0, 1000.0, 1.0),
    }


def term(budget, name):
    (found,) = (item for item in budget.terms if item.name == name)
    return found


@pytest.mark.parametrize(
    ("stages", "psd"),
    [
        (satellite(), OLYMPUS),
        (satellite(), ROLLED_OFF),
        ({"coarse": loop_of(Integrator(gain=0.1), 50.0, 3.0, 0.7),
          "fine": loop_of(Pid(gain=0.2, proportional_gain=0.2), 200.0, 300.0, 1.0)}, ROLLED_OFF),
    ],
    ids=["satellite, Olympus", "satellite, rolled off", "ground, PI"],
)  # fmt: skip
def test_budget_agrees_with_the_time_domain(two_stage, stages, psd, rng):
    """Vibration, drift and both noises together: rms within 5 % (statistics of 25 s: about 2 %)."""
    step_s, drift_urad_s = two_stage.STEP_S, 119.0
    offset = vibration(psd, duration_s=25.0, step_s=step_s, rng=rng)[0]
    offset = offset + drift_urad_s * np.arange(offset.size) * step_s
    noise = {"fine_noise_urad": 0.5, "coarse_noise_urad": 4.0}
    left = two_stage.run(offset, rng=rng, **stages, **noise)[:, 20_000:]
    budget = error_budget(psd=psd, alignment=Alignment(drift_urad_s=(drift_urad_s, 0.0)), **stages, **noise)
    assert left[0].std() == pytest.approx(budget.jitter_urad[0], rel=0.05)
    assert left[0].mean() == pytest.approx(budget.bias_urad[0], abs=0.05)
    assert left[1].mean() == pytest.approx(budget.coarse_lag_urad[0], abs=1.5)


def test_the_published_two_stage_runs():
    """physics A4, time domain: 15.69 -> 2.30, 9.21 -> 1.35, 9.36 -> 0.555 with 0.1 urad of noise."""
    same_shape = VibrationSpectrum(rms_urad=9.3)
    for psd, residual, drawn in ((OLYMPUS, 2.30, 15.69), (same_shape, 1.35, 9.21), (ROLLED_OFF, 0.555, 9.36)):
        budget = error_budget(psd=psd, fine_noise_urad=0.1, **satellite())
        assert budget.jitter_urad[0] * drawn / psd.rms_urad == pytest.approx(residual, rel=0.03)


def test_coarse_loop_removes_little_of_a_broad_vibration():
    """physics A4: a 40 Hz camera with one frame of delay takes 5 to 15 % off Olympus."""
    budget = error_budget(psd=OLYMPUS, **satellite())
    assert 0.85 < budget.coarse_rms_urad / OLYMPUS.rms_urad < 0.95


def test_lag_of_the_coarse_loop_and_of_the_fine_one():
    """rate T / g leaves 29.75 urad to the mirror; of an acceleration the fine loop leaves a T_c/g_c T_f/g_f."""
    alignment = Alignment(drift_urad_s=(119.0, 0.0), drift_urad_s2=(0.0, 200.0))
    budget = error_budget(psd=ROLLED_OFF, alignment=alignment, **satellite())
    assert budget.coarse_lag_urad == pytest.approx((29.75, 0.0), rel=1e-7)
    assert term(budget, "lag").x_urad == 0.0
    assert term(budget, "lag").y_urad == pytest.approx(200.0 * 0.25 * 0.002, rel=1e-6)
    alone = error_budget(psd=ROLLED_OFF, alignment=alignment, fine=satellite()["fine"])
    assert term(alone, "lag").x_urad == pytest.approx(119.0 / 500.0, rel=1e-6)


def test_biases_have_their_signs_and_add():
    """Residual is wanted less beam: a beam ahead of its camera errs forward; a set-point held lags by half its age."""
    alignment = Alignment(
        boresight_urad=(0.3, 0.2), point_ahead_error_urad=(-0.2, 0.1), point_ahead_rate_urad_s=(0.4, 0.0),
        point_ahead_update_s=1.0, chromatic_urad=(0.0, 2.4),
    )  # fmt: skip
    budget = error_budget(psd=ROLLED_OFF, alignment=alignment, **satellite())
    assert budget.bias_urad == pytest.approx((-0.3 + 0.2 + 0.2, -0.2 - 0.1 + 2.4), abs=1e-12)
    assert term(budget, "point-ahead steps").x_urad == pytest.approx(0.4 / np.sqrt(12.0), rel=1e-12)
    jitter = [item.x_urad for item in budget.terms if item.kind == "rms"]
    assert budget.jitter_urad[0] == pytest.approx(np.sqrt(np.sum(np.square(jitter))), rel=1e-12)
    assert budget.total_urad[1] == pytest.approx(np.hypot(budget.bias_urad[1], budget.jitter_urad[1]), rel=1e-12)


def test_axes_that_shake_unlike_have_their_own_rms():
    """Exact: ten times the density in one axis is the square root of ten times the rms; their mean is that of both."""
    frequency_hz = np.geomspace(0.01, 1000.0, 200)
    x, y = (
        TabulatedPsd(frequency_hz=frequency_hz, psd_urad2_hz=plateau / (1.0 + frequency_hz**2)) for plateau in (160, 16)
    )
    both, alone = (error_budget(psd=psd, **satellite()) for psd in (TwoAxisPsd(x=x, y=y), x))
    vibration_term = term(both, "vibration")
    assert vibration_term.x_urad == pytest.approx(term(alone, "vibration").x_urad, rel=1e-9)
    assert vibration_term.x_urad / vibration_term.y_urad == pytest.approx(np.sqrt(10.0), rel=1e-6)


def test_stairs_of_the_coarse_command(two_stage, rng):
    """A noiseless ramp through a coarse loop with a quick gimbal: only the stairs are left to the fine loop."""
    stages = {
        "coarse": loop_of(Integrator(gain=0.2), 40.0, 40.0, 0.7),
        "fine": loop_of(Integrator(gain=0.25), 2000.0, 1000.0, 1.0),
    }
    left = two_stage.run(5000.0 * np.arange(60_000) * two_stage.STEP_S, rng=rng, **stages)[0, 40_000:]
    budget = error_budget(
        psd=VibrationSpectrum(rms_urad=0.0), alignment=Alignment(drift_urad_s=(5000.0, 0.0)), **stages
    )
    assert left.std() == pytest.approx(term(budget, "steps of the coarse command").x_urad, rel=0.02)


def test_encoder_step_of_a_gimbal():
    """Even over a step: q / sqrt(12) without the fine loop's help, less with it."""
    budget = error_budget(psd=ROLLED_OFF, encoder_step_urad=2.0, **satellite())
    assert 0.01 < term(budget, "encoder step").x_urad < 2.0 / np.sqrt(12.0)


def test_lines_behind_a_coarse_loop_keep_their_power():
    """A line and its images through the fine loop, by hand: power of the coarse loop's line share at its own place."""
    stages = satellite()
    lines = Disturbance(line=(Line(frequency_hz=130.0, rms_urad=3.0),))
    residual = CoarseResidual(loop=stages["coarse"], psd=lines, noise_urad=0.0)
    power = sum(line.rms_urad**2 for line in residual.lines)
    assert power == pytest.approx(9.0 * float(left_share(stages["coarse"], 130.0)), rel=1e-3)
    assert residual_rms_urad(stages["fine"], residual) == pytest.approx(
        3.0 * np.sqrt(float(left_share(stages["fine"], 130.0))), rel=0.02
    )


def test_mirror_carries_what_the_coarse_loop_leaves():
    """Below its bandwidth a fine loop's mirror follows all: variance of the mirror near that of the disturbance."""
    slow = VibrationSpectrum(rms_urad=20.0, corner_hz=0.5, roll_off_hz=2.0)
    fine = satellite()["fine"]
    carried = spectrum_variance(mirror_spectrum(fine, slow), np.ones_like, rate_hz=fine.rate_hz)
    assert np.sqrt(carried) == pytest.approx(20.0, rel=0.01)


def test_equivalent_gain_is_that_of_plays_in_motion():
    """Fourier coefficients of settled cycles at amplitudes of equal probability, by power."""
    plays = plays_of(half_stroke_urad=800.0, width=0.15)
    amplitudes = 300.0 * np.sqrt(-2.0 * np.log1p(-(np.arange(60) + 0.5) / 60.0))
    turn = 2.0 * np.pi * np.arange(400) / 400.0
    summed = 0.0j
    for amplitude in amplitudes:
        state, angles = np.zeros(4), []
        for angle in np.concatenate((turn, turn)):
            state, moved = play_step(plays, state, amplitude * np.sin(angle))
            angles.append(moved)
        wave = np.array(angles[400:])
        summed += amplitude**2 * complex(wave @ np.sin(turn), wave @ np.cos(turn)) / (200.0 * amplitude)
    expected = summed / np.sum(amplitudes**2)
    assert equivalent_gain(plays, motion_rms_urad=300.0) == pytest.approx(expected, rel=0.02)


def test_a_motion_inside_the_plays_meets_the_direct_part():
    plays = plays_of(half_stroke_urad=800.0, width=0.15)
    assert equivalent_gain(plays, motion_rms_urad=5.0) == pytest.approx(plays.direct, rel=1e-9)
    assert equivalent_gain(plays, motion_rms_urad=0.0) == plays.direct


def test_hysteresis_agrees_with_the_time_domain(two_stage, rng):
    """A large slow motion through plays of 15 %: within 8 %, for the harmonics are left out of the budget."""
    psd = VibrationSpectrum(rms_urad=200.0, roll_off_hz=10.0)
    plays = plays_of(half_stroke_urad=800.0, width=0.15)
    offset = vibration(psd, duration_s=15.0, step_s=two_stage.STEP_S, rng=rng)[0]
    with_plays = two_stage.run(offset, rng=rng, plays=plays, **satellite())[0, 20_000:].std()
    without = two_stage.run(offset, rng=rng, **satellite())[0, 20_000:].std()
    budget, plain = (error_budget(psd=psd, plays=which, **satellite()) for which in (plays, None))
    predicted = budget.jitter_urad[0] / plain.jitter_urad[0]
    assert with_plays / without == pytest.approx(predicted, rel=0.08)
    assert predicted > 1.15


def test_gauges_take_the_hysteresis_away():
    none = error_budget(psd=ROLLED_OFF, plays=plays_of(half_stroke_urad=800.0, width=0.0), **satellite())
    assert "hysteresis" not in {item.name for item in none.terms}


@pytest.mark.parametrize("name", ["fine_noise_urad", "coarse_noise_urad", "encoder_step_urad"])
def test_negative_noise_is_refused(name):
    with pytest.raises(DomainError, match=f"{name} is -1"):
        error_budget(psd=ROLLED_OFF, **satellite(), **{name: -1.0})


def test_records_out_of_their_limits_are_refused():
    with pytest.raises(DomainError, match=r"Alignment\.point_ahead_update_s is -1"):
        Alignment(point_ahead_update_s=-1.0)
    with pytest.raises(DomainError, match=r"Alignment\.boresight_urad is nan"):
        Alignment(boresight_urad=(float("nan"), 0.0))
    with pytest.raises(DomainError, match=r"BudgetTerm\.x_urad is inf"):
        BudgetTerm(name="lag", kind="bias", x_urad=float("inf"), y_urad=0.0)
    with pytest.raises(DomainError, match=r"CoarseResidual\.noise_urad is -1"):
        CoarseResidual(loop=satellite()["coarse"], psd=ROLLED_OFF, noise_urad=-1.0)
    with pytest.raises(DomainError, match="motion_rms_urad is -1"):
        equivalent_gain(plays_of(half_stroke_urad=800.0, width=0.1), motion_rms_urad=-1.0)
