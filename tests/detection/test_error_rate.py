"""Error rate of a noisy signal: the table of printed rates, its inverse, and the end of the key at 11 %."""

import numpy as np
import pytest
from scipy.stats import entropy

from passplan.detection.error_rate import key_weight, noise_of_error_rate, noisy_error_rate, sifted_noise_bit_s
from passplan.errors import DomainError

INTRINSIC = 1.0 / 281.0  # contrast of 280 : 1, Nature 549, 43 (2017)


@pytest.mark.parametrize(
    ("raw_cps", "printed_percent", "half_digit"),
    [
        (1000.0, [0.56, 0.76, 2.72], 0.0051),
        (2000.0, [0.77, 1.15, 4.9], [0.0051, 0.0051, 0.05]),
        (100.0, [0.38, 0.40, 0.60], 0.0051),
    ],
)
def test_printed_error_rates(raw_cps, printed_percent, half_digit):
    """Worked table: 12, 6.1 and 1 kbit/s of signal beside raw noise through a gate of duty 0.2."""
    noise = sifted_noise_bit_s(raw_cps=raw_cps, duty=0.2)
    found = noisy_error_rate(signal_bit_s=[12e3, 6121.0, 1e3], noise_bit_s=noise, error_intrinsic=INTRINSIC)
    assert np.all(np.abs(100.0 * found - printed_percent) < half_digit)


def test_noise_that_would_explain_the_mean_error_of_the_pass():
    """Worked value: 1.1 % at 6121 bit/s mean 92 sifted noise bits/s, 1.84 k raw clicks/s."""
    noise = noise_of_error_rate(sifted_bit_s=6121.0, qber=0.011, error_intrinsic=INTRINSIC)
    assert abs(noise - 92.0) < 0.5
    assert abs(noise / (0.2 * 0.5 * 0.5) - 1840.0) < 10.0
    back = noisy_error_rate(signal_bit_s=6121.0 - noise, noise_bit_s=noise, error_intrinsic=INTRINSIC)
    assert abs(back - 0.011) < 1e-15


def test_pure_noise_is_half_wrong():
    """Limit: no signal."""
    assert noisy_error_rate(signal_bit_s=0.0, noise_bit_s=5.0, error_intrinsic=0.0) == 0.5


def test_key_weight_by_another_library_and_at_its_end():
    """scipy's entropy; published limit of 11.0 % for an ideal correction (Shor and Preskill 2000)."""
    qber = np.array([0.0, 0.01, 0.05, 0.5])
    other = 1.0 - 2.16 * entropy([qber, 1.0 - qber], base=2)
    np.testing.assert_allclose(key_weight(qber=qber), other, atol=1e-14)
    above, below = key_weight(qber=[0.1100, 0.1101], correction_efficiency=1.0)
    assert above > 0.0 > below


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sifted_noise_bit_s(raw_cps=-1.0, duty=0.2), "raw_cps is -1"),
        (lambda: sifted_noise_bit_s(raw_cps=1.0, duty=1.2), r"duty is 1\.2"),
        (lambda: noisy_error_rate(signal_bit_s=0.0, noise_bit_s=0.0, error_intrinsic=0.0), "noise_bit_s is 0"),
        (lambda: noisy_error_rate(signal_bit_s=1.0, noise_bit_s=-1.0, error_intrinsic=0.0), "noise_bit_s is -1"),
        (lambda: noisy_error_rate(signal_bit_s=1.0, noise_bit_s=1.0, error_intrinsic=0.6), r"error_intrinsic is 0\.6"),
        (lambda: noise_of_error_rate(sifted_bit_s=1.0, qber=0.01, error_intrinsic=0.02), "below error_intrinsic"),
        (lambda: key_weight(qber=1.1), r"qber is 1\.1"),
        (lambda: key_weight(qber=0.1, correction_efficiency=0.9), r"correction_efficiency is 0\.9"),
    ],
)
def test_inputs_outside_their_range_are_refused(call, message):
    """Refusal: each input is named with its value."""
    with pytest.raises(DomainError, match=message):
        call()
