"""Memory of the fades. Witness: an Ornstein-Uhlenbeck residual, whose square remembers half as long as it does."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import lfilter

from passplan.apt.correlation import fade_correlation_s


@pytest.fixture
def track_of(satellite, run):
    """A track with this residual, all of it in lock or none."""
    pattern = run(satellite, seconds=2)

    def made(x, y, *, step_s, locked):
        seconds = round(x.size * step_s)
        columns = {
            name: np.zeros(seconds)
            for name in pattern.__slots__
            if isinstance(getattr(pattern, name), np.ndarray) and getattr(pattern, name).shape == (2,)
        }
        samples = {
            name: np.zeros(x.size, dtype=np.float32)
            for name in ("mirror_x_urad", "mirror_y_urad", "gimbal_x_urad", "gimbal_y_urad", "sample_state")
        }
        columns |= {"time_s": np.arange(float(seconds)), "locked": np.full(seconds, locked)}
        return replace(
            pattern, residual_step_s=step_s, residual_x_urad=x.astype(np.float32),
            residual_y_urad=y.astype(np.float32), **columns, **samples,
        )  # fmt: skip

    return made


def test_the_square_of_a_gaussian_process_remembers_half_as_long(track_of, rng):
    """cov(x^2) = 2 cov(x)^2 for a Gaussian x (Isserlis), so exp(-t/T) becomes exp(-2t/T)."""
    step_s, memory_s = 0.5e-3, 16e-3
    decay = np.exp(-step_s / memory_s)
    x, y = lfilter([np.sqrt(1.0 - decay**2)], [1.0, -decay], rng.standard_normal((2, 120_000)), axis=1)
    five_percent = 0.05 * memory_s
    found = fade_correlation_s(track_of(x, y, step_s=step_s, locked=1.0))
    assert found == pytest.approx(0.5 * memory_s, abs=five_percent)


def test_white_noise_forgets_within_a_step(track_of, rng):
    """No memory: less than the step."""
    x, y = rng.standard_normal((2, 20_000))
    assert fade_correlation_s(track_of(x, y, step_s=1e-3, locked=1.0)) < 1e-3


def test_without_lock_the_step_is_returned(track_of, rng):
    """Nothing to correlate."""
    x, y = rng.standard_normal((2, 2_000))
    assert fade_correlation_s(track_of(x, y, step_s=1e-3, locked=0.0)) == 1e-3
