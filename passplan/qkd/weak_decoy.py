"""Vacuum + weak decoy bounds of Ma et al. 2005: yields of single photons, and the corners of an intensity tolerance.

Yields are in counts over the share of pulses sent, not in rates per pulse: the number of pulses cancels.
"""

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within
from passplan.errors import DomainError


def weak_decoy_single_photons(
    *, signal_upper: ArrayLike, decoy_lower: ArrayLike, vacuum_upper: ArrayLike, signal: ArrayLike, decoy: ArrayLike
) -> FloatArray:
    """Lower limit of the single-photon yield from signal, one weak decoy and vacuum; may be negative.

    Parameters
    ----------
    signal_upper, decoy_lower, vacuum_upper : array_like, shape (...)
        Limits of Q_mu, Q_nu and Y_0: counts over the share of pulses sent at that intensity [counts].
    signal, decoy : array_like, shape (...)
        Mean photon numbers mu > nu > 0 [1].

    Returns
    -------
    ndarray, shape (...)
        Y_1 = mu / (mu nu - nu^2) [Q_nu e^nu - Q_mu e^mu nu^2 / mu^2 - (mu^2 - nu^2) / mu^2 Y_0], in the unit of Q.

    Raises
    ------
    DomainError
        Unless mu > nu > 0.

    Notes
    -----
    Source: Ma, Qi, Zhao, Lo, PRA 72, 012326 (2005), vacuum + weak decoy (formula taken second-hand).
    """
    mu, nu = _weak_decoy(signal, decoy)
    ratio = (nu / mu) ** 2
    told = np.asarray(decoy_lower) * np.exp(nu) - np.asarray(signal_upper) * np.exp(mu) * ratio
    return mu / (mu * nu - nu**2) * (told - (1.0 - ratio) * np.asarray(vacuum_upper))


def weak_decoy_error_yield(
    *, decoy_errors_upper: ArrayLike, vacuum_lower: ArrayLike, signal: ArrayLike, decoy: ArrayLike
) -> FloatArray:
    """Upper limit of the single-photon error yield e_1 Y_1 from the weak decoy, raised to 0 if negative.

    Parameters
    ----------
    decoy_errors_upper, vacuum_lower : array_like, shape (...)
        Limits of E_nu Q_nu and Y_0: counts over the share of pulses sent at that intensity [counts].
    signal, decoy : array_like, shape (...)
        Mean photon numbers mu > nu > 0 [1].

    Returns
    -------
    ndarray, shape (...)
        e_1 Y_1 = [E_nu Q_nu e^nu - Y_0 / 2] / nu, in the unit of Q.

    Raises
    ------
    DomainError
        Unless mu > nu > 0.

    Notes
    -----
    Background is taken to be wrong half of the time. Source: Ma, Qi, Zhao, Lo, PRA 72, 012326 (2005), vacuum + weak
    decoy (formula taken second-hand).
    """
    _, nu = _weak_decoy(signal, decoy)
    return np.maximum((np.asarray(decoy_errors_upper) * np.exp(nu) - 0.5 * np.asarray(vacuum_lower)) / nu, 0.0)


def intensity_corners(*, signal: ArrayLike, decoy: ArrayLike, spread: float) -> tuple[FloatArray, FloatArray]:
    """Signal and decoy intensities [1] at the four corners of their tolerance and in the middle.

    Parameters
    ----------
    signal, decoy : array_like, shape (...)
        Nominal mean photon numbers [1], signal > decoy > 0.
    spread : float
        Largest relative deviation of either [1], in [0, 1).

    Returns
    -------
    tuple of ndarray, shape (5, ...)
        Signals and decoys [1], the nominal ones first.

    Raises
    ------
    DomainError
        If the spread is so wide that the weakest signal does not exceed the strongest decoy.
    """
    within("spread", spread, 0.0, 1.0, ends="[)")
    signs = spread * np.array([[0.0, -1.0, -1.0, 1.0, 1.0], [0.0, -1.0, 1.0, -1.0, 1.0]])
    signals = np.multiply.outer(1.0 + signs[0], np.asarray(signal, dtype=float))
    decoys = np.multiply.outer(1.0 + signs[1], np.asarray(decoy, dtype=float))
    close = np.min(signals, axis=0) <= np.max(decoys, axis=0)
    if np.any(close):
        weakest, strongest = np.min(signals, axis=0)[close].flat[0], np.max(decoys, axis=0)[close].flat[0]
        raise DomainError(
            f"intensity_spread is {spread:g}: the weakest signal {weakest:g} must exceed the strongest decoy "
            f"{strongest:g} (mean photons)"
        )
    return signals, decoys


def _weak_decoy(signal: ArrayLike, decoy: ArrayLike) -> tuple[FloatArray, FloatArray]:
    mu, nu = np.asarray(signal, dtype=float), np.asarray(decoy, dtype=float)
    if not np.all((mu > nu) & (nu > 0.0)):
        raise DomainError(f"signal is {mu}, decoy is {nu}; need signal > decoy > 0 mean photons")
    return mu, nu
