"""Memory of the fades. Witness: an Ornstein-Uhlenbeck residual, whose square remembers half as long as it does."""

import numpy as np
import pytest
from scipy.signal import lfilter

from passplan.apt.acquisition import State
from passplan.apt.correlation import fade_correlation_s
from passplan.apt.residual import TerminalTrack


def track_of(x, y, *, step_s, locked):
    seconds = round(x.size * step_s)
    zero = {name: np.zeros(seconds) for name in ("bias_x_urad", "bias_y_urad", "jitter_x_urad", "jitter_y_urad")}
    zero |= {name: np.zeros(seconds) for name in ("coarse_x_urad", "coarse_y_urad", "stroke_x_urad", "stroke_y_urad")}
    return TerminalTrack(
        time_s=np.arange(float(seconds)), locked=np.full(seconds, locked), state=np.full(seconds, int(State.FINE_LOCK)),
        acquired_s=0.0, acquisition_s=0.0, dropouts=0, residual_x_urad=x.astype(np.float32),
        residual_y_urad=y.astype(np.float32), residual_step_s=step_s, **zero,
    )  # fmt: skip


def test_the_square_of_a_gaussian_process_remembers_half_as_long(rng):
    """cov(x^2) = 2 cov(x)^2 for a Gaussian x (Isserlis), so exp(-t/T) becomes exp(-2t/T)."""
    step_s, memory_s = 0.5e-3, 16e-3
    decay = np.exp(-step_s / memory_s)
    x, y = lfilter([np.sqrt(1.0 - decay**2)], [1.0, -decay], rng.standard_normal((2, 120_000)), axis=1)
    five_percent = 0.05 * memory_s
    assert fade_correlation_s(track_of(x, y, step_s=step_s, locked=1.0)) == pytest.approx(
        0.5 * memory_s, abs=five_percent
    )


def test_white_noise_forgets_within_a_step(rng):
    x, y = rng.standard_normal((2, 20_000))
    assert fade_correlation_s(track_of(x, y, step_s=1e-3, locked=1.0)) < 1e-3


def test_without_lock_the_step_is_returned(rng):
    x, y = rng.standard_normal((2, 2_000))
    assert fade_correlation_s(track_of(x, y, step_s=1e-3, locked=0.0)) == 1e-3
