"""The filter of three poles: autocovariance and differences against integrals of the spectrum, start, plain Python."""

from itertools import pairwise
from math import pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from passplan.apt.disturbance import VibrationSpectrum
from passplan.apt.normal import normal_pairs
from passplan.apt.shaping import ShapingFilter, area_hz, run_sections, shaped_series, shaping_filter
from passplan.errors import DomainError

CASES = [
    (1.0, 30.0, 5e-4),
    (1.0, 30.0, 1e-4),
    (5.0, 0.3, 1e-2),
    (1.0, 1.0, 1e-3),
    (0.5, 200.0, 1e-3),
    (1.0, 30.0, 0.02),
]


def impulse_response(shaping: ShapingFilter, count: int):
    series = np.zeros((2, count))
    series[0, 0] = 1.0
    numbers = (shaping.pole, shaping.a1, shaping.a2, shaping.b0, shaping.b1, shaping.b2)
    run_sections(series, np.zeros((2, 3)), *numbers)
    return series[0]


def residue_autocovariance(corner_hz, roll_off_hz, lag_s):
    """Unit variance; residues of 1 / ((p^2 - s^2)(q^4 + s^4)) at its poles in the left half-plane."""
    p, q = 2 * pi * corner_hz, 2 * pi * roll_off_hz
    poles = [-p, q * np.exp(0.75j * pi), q * np.exp(-0.75j * pi)]
    weights = [1 / (2 * p * (q**4 + p**4)), *(1 / ((p**2 - s**2) * 4 * s**3) for s in poles[1:])]
    return sum(w * np.exp(s * lag_s) for w, s in zip(weights, poles, strict=True)).real / sum(weights).real


@pytest.mark.parametrize(("corner_hz", "roll_off_hz", "step_s"), CASES)
def test_autocovariance_is_exact(corner_hz, roll_off_hz, step_s):
    """Sum of the impulse response against the residues of the spectrum, at lags of a step up to the corner's period."""
    shaping = shaping_filter(rms_urad=2.0, corner_hz=corner_hz, roll_off_hz=roll_off_hz, step_s=step_s)
    response = impulse_response(shaping, int(5.0 / min(corner_hz, roll_off_hz) / step_s))
    for lag in (0, 1, 2, 7, int(0.3 / corner_hz / step_s)):
        found = response[: response.size - lag] @ response[lag:]
        assert found == pytest.approx(4.0 * residue_autocovariance(corner_hz, roll_off_hz, lag * step_s), abs=1e-9)


@pytest.mark.parametrize(("corner_hz", "roll_off_hz", "step_s"), CASES)
def test_third_differences_are_exact(corner_hz, roll_off_hz, step_s):
    """Integral of S |2 sin(pi f step)|^6: the content near half the rate, 1e-8 of the rms and less, is right too."""
    spectrum = VibrationSpectrum(rms_urad=2.0, corner_hz=corner_hz, roll_off_hz=roll_off_hz)
    shaping = shaping_filter(rms_urad=2.0, corner_hz=corner_hz, roll_off_hz=roll_off_hz, step_s=step_s)
    response = np.concatenate((np.zeros(3), impulse_response(shaping, int(5.0 / min(corner_hz, roll_off_hz) / step_s))))
    found = np.sum(np.diff(response, 3) ** 2)
    ends_hz = np.concatenate(([0.0], np.geomspace(0.01, 100.0, 60) / step_s))
    expected = sum(
        quad(lambda f: spectrum(f) * (2.0 * np.sin(pi * f * step_s)) ** 6, low, high, limit=400, epsabs=0.0)[0]
        for low, high in pairwise(ends_hz)
    )
    assert found == pytest.approx(expected, rel=1e-6)


@given(
    corner_hz=st.floats(0.01, 100.0), ratio=st.floats(0.05, 300.0), step=st.floats(1e-4, 30.0), bounded=st.booleans()
)
def test_the_start_is_stationary(corner_hz, ratio, step, bounded):
    """P = M P M' + v v' for the covariance P of the state, and the variance of the first sample is that of all."""
    shaping = shaping_filter(
        rms_urad=3.0, corner_hz=corner_hz, roll_off_hz=ratio * corner_hz if bounded else np.inf, step_s=step / corner_hz
    )
    covariance = shaping.start @ shaping.start.T
    gain = np.array([shaping.pole, shaping.b1 - shaping.a1 * shaping.b0, shaping.b2 - shaping.a2 * shaping.b0])
    move = np.array([[shaping.pole, 0.0, 0.0], [gain[1], -shaping.a1, 1.0], [gain[2], -shaping.a2, 0.0]])
    next_one = move @ covariance @ move.T + np.outer(gain, gain)
    np.testing.assert_allclose(next_one, covariance, atol=1e-9 * max(np.abs(covariance).max(), 1.0))
    output = np.array([shaping.b0, 1.0, 0.0])
    assert output @ covariance @ output + shaping.b0**2 == pytest.approx(9.0, rel=1e-6)


def test_one_pole_is_an_exact_ar1():
    """Ornstein-Uhlenbeck: impulse response gain * a^k with a = exp(-2 pi corner step), and the variance of the rms."""
    shaping = shaping_filter(rms_urad=15.85, corner_hz=1.0, roll_off_hz=np.inf, step_s=1e-3)
    decay = np.exp(-2e-3 * pi)
    expected = 15.85 * np.sqrt(1.0 - decay**2) * decay ** np.arange(3000)
    np.testing.assert_allclose(impulse_response(shaping, 3000), expected, rtol=1e-10)


def test_plain_python_agrees_with_the_compiled_run():
    """The same noise through the function itself: within 1e-12 of the rms."""
    shaping = shaping_filter(rms_urad=9.3, corner_hz=1.0, roll_off_hz=30.0, step_s=5e-4)
    compiled = shaped_series(shaping, count=3000, rng=np.random.default_rng(4))
    rng = np.random.default_rng(4)
    state = (shaping.start @ rng.standard_normal((3, 2))).T
    pairs = normal_pairs(rng, 3000)
    plain = np.stack((pairs.real, pairs.imag)).astype(float)
    run_sections(plain, state, shaping.pole, shaping.a1, shaping.a2, shaping.b0, shaping.b1, shaping.b2)
    np.testing.assert_allclose(compiled, plain, rtol=0.0, atol=1e-12 * 9.3)


def test_starts_are_those_of_the_process():
    """Ensemble of 4000 short series: variance of the first values and of their step, five standard errors."""
    shaping = shaping_filter(rms_urad=9.3, corner_hz=1.0, roll_off_hz=30.0, step_s=5e-4)
    rng = np.random.default_rng(3)
    starts = np.concatenate([shaped_series(shaping, count=2, rng=rng) for _ in range(2000)])
    error = 5.0 * np.sqrt(2.0 / 4000)
    assert starts.var(axis=0) == pytest.approx(9.3**2, rel=error)
    step_variance = 2.0 * 9.3**2 * (1.0 - residue_autocovariance(1.0, 30.0, 5e-4))
    assert np.diff(starts).var() == pytest.approx(step_variance, rel=error)


def test_a_series_without_a_writable_folder(monkeypatch):
    """Where numba has no place to keep the loop it is compiled all the same."""
    import numba

    from passplan.apt import shaping as module

    keep = numba.njit

    def refusing(*arguments, **options):
        if options.pop("cache", False):
            raise RuntimeError("cannot cache function: no locator available")
        return keep(*arguments, **options)

    monkeypatch.setattr(numba, "njit", refusing)
    module.compiled_sections.cache_clear()
    one_pole = shaping_filter(rms_urad=1.0, corner_hz=1.0, roll_off_hz=np.inf, step_s=1e-2)
    assert shaped_series(one_pole, count=10, rng=np.random.default_rng(0)).shape == (2, 10)
    module.compiled_sections.cache_clear()


def test_area_of_the_shape():
    """Closed form against a numerical integral over a logarithmic variable."""
    spectrum = VibrationSpectrum(rms_urad=1.0, corner_hz=2.0, roll_off_hz=7.0)
    found, _ = quad(lambda x: spectrum(np.exp(x)) / spectrum(0.0) * np.exp(x), -25.0, 25.0, limit=500)
    assert area_hz(corner_hz=2.0, roll_off_hz=7.0) == pytest.approx(found, rel=1e-8)


@pytest.mark.parametrize(
    ("name", "value"), [("rms_urad", -1.0), ("corner_hz", 0.0), ("roll_off_hz", np.nan), ("step_s", 0.0)]
)
def test_refusals(name, value):
    """Each limit names its field."""
    good = {"rms_urad": 1.0, "corner_hz": 1.0, "roll_off_hz": 30.0, "step_s": 1e-3}
    with pytest.raises(DomainError, match=f"{name} is {value:g}"):
        shaping_filter(**{**good, name: value})
    with pytest.raises(DomainError, match="count is 0"):
        shaped_series(shaping_filter(**good), count=0, rng=np.random.default_rng(0))
