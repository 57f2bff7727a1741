"""Unlike detectors of one basis: closed forms for weak pulses, and every bright pulse drawn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.detection.mismatch import mismatched_basis
from passplan.errors import DomainError


def test_weak_pulses_bias_the_bits_and_keep_the_error_rate():
    """Exact for weak pulses: counts follow the mean efficiency, zeros their detector, the mean error stays."""
    found = mismatched_basis(mean_photons=1e-6, efficiency_zero=0.6, efficiency_one=0.4, error=0.01)
    weak = 1e-5
    assert abs(found.click / (1e-6 * 0.5) - 1.0) < weak
    assert abs(found.qber / 0.01 - 1.0) < weak
    assert abs(found.zero_share - 0.6) < weak
    assert abs(found.bit_entropy - 0.970951) < 1e-4  # tabulated binary entropy of 0.6
    assert abs(found.qber_zero - 0.4 * 0.01 / (0.6 * 0.99 + 0.4 * 0.01)) < weak
    assert abs(found.qber_one - 0.6 * 0.01 / (0.4 * 0.99 + 0.6 * 0.01)) < weak


def test_noise_weighs_more_where_the_efficiency_falls():
    """Exact for weak pulses: (e0 S + B / 2) / (S + B) with the mean efficiency in S."""
    signal, noise = 1e-5 * 0.4, 1e-7
    found = mismatched_basis(
        mean_photons=1e-5, efficiency_zero=0.5, efficiency_one=0.3, error=0.01, noise_zero=noise, noise_one=noise
    )
    formula = (0.01 * signal + noise) / (signal + 2.0 * noise)
    assert abs(found.qber / formula - 1.0) < 1e-4


def test_bright_pulses_against_draws():
    """Monte Carlo of 1e6 bright pulses with noise and double clicks; five sigma."""
    pulses, rng = 1_000_000, np.random.default_rng(7)
    bit = rng.integers(0, 2, pulses)
    share_zero = np.where(bit == 0, 0.95, 0.05)
    zero = (rng.poisson(1.2 * 0.6 * share_zero) > 0) | (rng.random(pulses) < 0.02)
    one = (rng.poisson(1.2 * 0.3 * (1.0 - share_zero)) > 0) | (rng.random(pulses) < 0.05)
    clicked = zero | one
    found_bit = np.where(zero & one, rng.integers(0, 2, pulses), one)
    wrong = clicked & (found_bit != bit)
    expected = mismatched_basis(
        mean_photons=1.2, efficiency_zero=0.6, efficiency_one=0.3, error=0.05, noise_zero=0.02, noise_one=0.05
    )
    counts = [clicked, wrong, clicked & (found_bit == 0)]
    means = [expected.click, expected.click * expected.qber, expected.click * expected.zero_share]
    for count, mean in zip(counts, means, strict=True):
        assert abs(np.count_nonzero(count) - pulses * mean) < 5.0 * np.sqrt(pulses * mean)
    zeros_sent = np.count_nonzero(clicked & (bit == 0))
    assert abs(np.count_nonzero(wrong & (bit == 0)) - zeros_sent * expected.qber_zero) < 5.0 * np.sqrt(
        zeros_sent * expected.qber_zero
    )


@given(
    mean_photons=st.floats(1e-6, 5.0),
    efficiency=st.floats(0.05, 1.0),
    error=st.floats(0.0, 0.5),
    noise=st.floats(0.0, 0.1),
)
def test_twins_have_no_bias(mean_photons, efficiency, error, noise):
    """Symmetry: equal detectors give even bits and one error rate."""
    found = mismatched_basis(
        mean_photons=mean_photons,
        efficiency_zero=efficiency,
        efficiency_one=efficiency,
        error=error,
        noise_zero=noise,
        noise_one=noise,
    )
    assert abs(found.zero_share - 0.5) < 1e-12
    assert abs(found.bit_entropy - 1.0) < 1e-12
    assert abs(found.qber_zero - found.qber_one) < 1e-12


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mean_photons": -1.0}, "mean_photons is -1"),
        ({"efficiency_zero": 1.1}, r"efficiency_zero is 1\.1"),
        ({"efficiency_one": -0.1}, r"efficiency_one is -0\.1"),
        ({"error": 1.5}, r"error is 1\.5"),
        ({"noise_one": 2.0}, "noise is 2"),
        ({"mean_photons": 0.0}, "probability of a click is 0"),
    ],
)
def test_inputs_outside_their_range_are_refused(changes, message):
    """Refusal: each input is named with its value; nothing that can click is refused too."""
    with pytest.raises(DomainError, match=message):
        mismatched_basis(**{"mean_photons": 0.1, "efficiency_zero": 0.5, "efficiency_one": 0.5, **changes})
