import numpy as np
import pytest

from passplan.errors import DomainError
from passplan.qkd.weak_decoy import intensity_corners, weak_decoy_error_yield, weak_decoy_single_photons


def gain(yields, k):
    """Clicks per pulse at mean photon number k when n photons click with probability yields[n]."""
    n = np.arange(len(yields))
    factorials = np.cumprod(np.maximum(n, 1)).astype(float)
    return float(np.sum(np.asarray(yields) * np.exp(-k) * k**n / factorials))


def test_bound_is_exact_when_two_photons_never_click_more():
    """Exact: without clicks from two photons and more, the bound is the single-photon yield itself."""
    yields = [1e-6, 4e-4]
    mu, nu = 0.8, 0.1
    found = weak_decoy_single_photons(
        signal_upper=gain(yields, mu), decoy_lower=gain(yields, nu), vacuum_upper=yields[0], signal=mu, decoy=nu
    )
    assert float(found) == pytest.approx(yields[1], rel=1e-12)
    wrong = weak_decoy_error_yield(decoy_errors_upper=gain([0.5e-6, 1e-5], nu), vacuum_lower=1e-6, signal=mu, decoy=nu)
    assert float(wrong) == pytest.approx(1e-5, rel=1e-12)


def test_bounds_hold_for_random_channels(rng):
    """Property: for 300 random sets of yields the bound never exceeds the true single-photon yield."""
    for _ in range(300):
        yields = rng.uniform(0.0, 1.0, 15) * 10.0 ** rng.uniform(-6.0, 0.0)
        mu, nu = 0.8, rng.uniform(0.02, 0.4)
        found = weak_decoy_single_photons(
            signal_upper=gain(yields, mu), decoy_lower=gain(yields, nu), vacuum_upper=yields[0], signal=mu, decoy=nu
        )
        assert found <= yields[1] * (1.0 + 1e-9)


def test_bound_comes_near_the_truth_for_a_lossy_channel():
    """Ma 2005: with a weak decoy of 0.05 the bound of a linear channel is within 6 % of the yield."""
    eta, background = 1e-3, 1e-6
    yields = [1.0 - (1.0 - background) * (1.0 - eta) ** n for n in range(15)]
    found = weak_decoy_single_photons(
        signal_upper=gain(yields, 0.5), decoy_lower=gain(yields, 0.05), vacuum_upper=background, signal=0.5, decoy=0.05
    )
    assert 0.94 * yields[1] < float(found) < yields[1]


def test_error_yield_is_never_negative():
    """Limit: fewer errors than background alone would make give 0."""
    assert weak_decoy_error_yield(decoy_errors_upper=0.0, vacuum_lower=1e-6, signal=0.8, decoy=0.1) == 0.0


def test_corners_are_the_middle_and_four_ends():
    """Exact: all four sign combinations of 5 %, and the nominal values first."""
    signal, decoy = intensity_corners(signal=0.8, decoy=0.1, spread=0.05)
    assert (signal[0], decoy[0]) == (0.8, 0.1)
    pairs = {(round(float(a), 12), round(float(b), 12)) for a, b in zip(signal[1:], decoy[1:], strict=True)}
    assert pairs == {(0.76, 0.095), (0.76, 0.105), (0.84, 0.095), (0.84, 0.105)}


def test_refusals():
    """Refusal: signal not above decoy, no decoy, tolerances that overlap or are no tolerances."""
    with pytest.raises(DomainError, match="need signal > decoy > 0 mean photons"):
        weak_decoy_single_photons(signal_upper=1.0, decoy_lower=1.0, vacuum_upper=0.0, signal=0.1, decoy=0.1)
    with pytest.raises(DomainError, match="need signal > decoy > 0 mean photons"):
        weak_decoy_error_yield(decoy_errors_upper=1.0, vacuum_lower=0.0, signal=0.1, decoy=0.0)
    with pytest.raises(DomainError, match=r"spread is 1.0, must lie in \[0, 1\)"):
        intensity_corners(signal=0.8, decoy=0.1, spread=1.0)
    with pytest.raises(DomainError, match=r"weakest signal 0.4 must exceed the strongest decoy 0.45"):
        intensity_corners(signal=0.8, decoy=0.3, spread=0.5)
