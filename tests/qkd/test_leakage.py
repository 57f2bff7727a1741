from math import log, log2

import numpy as np
import pytest
from scipy.stats import binom

from passplan.errors import DomainError
from passplan.qkd.leakage import (
    error_entropy_bits,
    leak_bits,
    leak_efficiency,
    planned_leak_bits,
    tomamichel_leak_bits,
)
from passplan.qkd.settings import KeySettings, Options


def test_entropy_of_a_quarter_of_errors():
    """Exact: 1000 h(1/4) = 1000 (2 - 3/4 log2 3); nothing without clicks."""
    expected = 1000.0 * (2.0 - 0.75 * log2(3.0))
    assert error_entropy_bits(clicks=1000.0, errors=250.0) == pytest.approx(expected, rel=1e-14)
    assert error_entropy_bits(clicks=0.0, errors=0.0) == 0.0


def test_a_measured_leak_wins_over_the_planned_one():
    """Exact: f times the entropy to plan with, the measured bits when there are any."""
    assert leak_bits(entropy_bits=100.0, settings=KeySettings(error_correction_efficiency=1.5)) == 150.0
    assert leak_bits(entropy_bits=100.0, settings=KeySettings(error_correction_leak_bits=123)) == 123.0
    assert leak_efficiency(leak=123.0, entropy_bits=100.0) == 1.23
    assert leak_efficiency(leak=0.0, entropy_bits=0.0) is None


def test_refusals():
    """Refusal: more errors than clicks, negative clicks or leak."""
    with pytest.raises(DomainError, match=r"errors is 2.0, must lie in \[0, 1\]"):
        error_entropy_bits(clicks=1.0, errors=2.0)
    with pytest.raises(DomainError, match="clicks is -1"):
        error_entropy_bits(clicks=-1.0, errors=0.0)
    with pytest.raises(DomainError, match="leak is -1 bit, must be >= 0"):
        leak_efficiency(leak=-1.0, entropy_bits=1.0)


@pytest.mark.parametrize("clicks", [10.5, 1e3, 1e6 + 0.25, 1e9])
@pytest.mark.parametrize("rate", [1e-4, 0.011, 0.3])
@pytest.mark.parametrize("epsilon_cor", [1e-15, 1e-3])
def test_tomamichel_is_the_coded_formula(clicks, rate, epsilon_cor):
    """Another library: the formula with the quantile of scipy.stats.binom, natural logarithms as SatQuMA has them."""
    quantile = binom.ppf(epsilon_cor * (1.0 + 1.0 / np.sqrt(clicks)), int(clicks), 1.0 - rate)
    entropy = -rate * log2(rate) - (1.0 - rate) * log2(1.0 - rate)
    expected = (
        clicks * entropy
        + (clicks * (1.0 - rate) - quantile - 1.0) * log((1.0 - rate) / rate)
        - 0.5 * log(clicks)
        - log(1.0 / epsilon_cor)
    )
    found = float(tomamichel_leak_bits(clicks=clicks, error_rate=rate, epsilon_cor=epsilon_cor))
    assert found == pytest.approx(expected, rel=1e-9)


def test_tomamichel_is_nothing_without_errors_or_clicks():
    """Limit: no errors, all errors, less than one click: 0; the largest epsilon and blocks of 1e12 stay finite."""
    found = tomamichel_leak_bits(clicks=[100.0, 100.0, 0.5, 0.0], error_rate=[0.0, 1.0, 0.1, 0.0], epsilon_cor=1e-15)
    assert found.tolist() == [0.0] * 4
    ends = tomamichel_leak_bits(clicks=[1.0, 1e12], error_rate=0.01, epsilon_cor=0.999)
    assert np.all(np.isfinite(ends))


def test_a_planned_leak_is_the_larger_of_both_models():
    """Exact: f n h by default; with the finite-block model the larger one, the same for floats and arrays."""
    held = KeySettings(options=Options(leak_model="tomamichel"), error_correction_efficiency=1.05)
    plain = KeySettings(error_correction_efficiency=1.05)
    clicks, errors = np.array([1e3, 1e8, 0.0]), np.array([20.0, 2e6, 0.0])
    found, entropy = (planned_leak_bits(clicks=clicks, errors=errors, settings=s) for s in (held, plain))
    assert entropy[0] == pytest.approx(1.05 * error_entropy_bits(clicks=1e3, errors=20.0), rel=1e-12)
    finite = tomamichel_leak_bits(clicks=clicks, error_rate=[0.02, 0.02, 0.0], epsilon_cor=1e-15)
    assert found[0] == finite[0] > entropy[0]
    assert found[1] == entropy[1] > finite[1]
    assert found[2] == 0.0
    assert planned_leak_bits(clicks=1e3, errors=20.0, settings=held) == pytest.approx(found[0], rel=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"clicks": -1.0}, "clicks is -1.0, must lie in"),
        ({"error_rate": 1.5}, r"error_rate is 1.5, must lie in \[0, 1\]"),
        ({"epsilon_cor": 0.0}, r"epsilon_cor is 0.0, must lie in \(0, 1\)"),
    ],
)
def test_tomamichel_refuses(change, message):
    """Refusal: negative clicks, impossible shares."""
    with pytest.raises(DomainError, match=message):
        tomamichel_leak_bits(**{"clicks": 10.0, "error_rate": 0.1, "epsilon_cor": 0.1, **change})
