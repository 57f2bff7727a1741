"""The error rate that noise adds to a signal, and what it leaves of a key: closed forms for small click rates."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from passplan.checks import FloatArray, within
from passplan.errors import DomainError


def sifted_noise_bit_s(
    *, raw_cps: ArrayLike, duty: float, signal_share: float = 0.5, basis_share: float = 0.5
) -> FloatArray:
    """Noise among the sifted bits of the signal intensity.

    Parameters
    ----------
    raw_cps : array_like, shape (...)
        Background and dark counts of all detectors together, before the gate [1/s], >= 0.
    duty : float
        Share of the time in which the gate is open [1], in (0, 1].
    signal_share : float
        Share of the pulses that carry the signal intensity [1], in (0, 1].
    basis_share : float
        Share of the noise clicks in the basis that the source used [1], in (0, 1].

    Returns
    -------
    ndarray, shape (...)
        Product [1/s]. Holds while clicks are rare.

    Raises
    ------
    DomainError
        If an input lies outside its range.
    """
    within("raw_cps", raw_cps, 0.0, np.inf, ends="[)")
    for name, share in {"duty": duty, "signal_share": signal_share, "basis_share": basis_share}.items():
        within(name, share, 0.0, 1.0, ends="(]")
    return np.asarray(raw_cps, dtype=float) * (duty * signal_share * basis_share)


def noisy_error_rate(*, signal_bit_s: ArrayLike, noise_bit_s: ArrayLike, error_intrinsic: ArrayLike) -> FloatArray:
    """Error rate of signal and noise together, (e0 S + B / 2) / (S + B).

    Parameters
    ----------
    signal_bit_s, noise_bit_s : array_like, shape (...)
        Sifted bits of the signal S, and of the noise B [1/s], >= 0, not both 0.
    error_intrinsic : array_like, shape (...)
        Error probability e0 of the signal without noise [1], in [0, 0.5]. Inputs broadcast.

    Returns
    -------
    ndarray, shape (...)
        Quantum bit error rate [1], exact for rare clicks: half of the noise falls on the wrong bit.

    Raises
    ------
    DomainError
        If an input lies outside its range, or there is neither signal nor noise.
    """
    within("signal_bit_s", signal_bit_s, 0.0, np.inf, ends="[)")
    within("noise_bit_s", noise_bit_s, 0.0, np.inf, ends="[)")
    within("error_intrinsic", error_intrinsic, 0.0, 0.5)
    signal, noise = np.asarray(signal_bit_s, dtype=float), np.asarray(noise_bit_s, dtype=float)
    within("signal_bit_s + noise_bit_s", signal + noise, 0.0, np.inf, ends="()")
    return (np.multiply(error_intrinsic, signal) + 0.5 * noise) / (signal + noise)


def noise_of_error_rate(*, sifted_bit_s: ArrayLike, qber: ArrayLike, error_intrinsic: ArrayLike) -> FloatArray:
    """Noise that explains an error rate, if the intrinsic error is known.

    Parameters
    ----------
    sifted_bit_s : array_like, shape (...)
        Sifted bits, signal and noise together [1/s], > 0.
    qber : array_like, shape (...)
        Measured error rate [1], in [error_intrinsic, 0.5].
    error_intrinsic : array_like, shape (...)
        Error probability of the signal without noise [1], in [0, 0.5). Inputs broadcast.

    Returns
    -------
    ndarray, shape (...)
        Sifted noise bits [1/s], the inverse of `noisy_error_rate`.

    Raises
    ------
    DomainError
        If an input lies outside its range, or the error rate is below the intrinsic error.
    """
    within("sifted_bit_s", sifted_bit_s, 0.0, np.inf, ends="()")
    within("qber", qber, 0.0, 0.5)
    within("error_intrinsic", error_intrinsic, 0.0, 0.5, ends="[)")
    excess = np.subtract(qber, error_intrinsic)
    if np.any(excess < 0.0):
        raise DomainError("qber is below error_intrinsic: no noise explains it")
    return np.asarray(np.multiply(sifted_bit_s, excess) / np.subtract(0.5, error_intrinsic))


def key_weight(*, qber: ArrayLike, correction_efficiency: float = 1.16) -> FloatArray:
    """Key bits for each sifted bit of a single-photon source and a long key, 1 - (1 + f) h(Q).

    Parameters
    ----------
    qber : array_like, shape (...)
        Error rate of both bases [1], in [0, 1].
    correction_efficiency : float
        Bits of error correction over the Shannon limit f [1], >= 1.

    Returns
    -------
    ndarray, shape (...)
        Weight [1], below 0 where no key is left. A measure to compare gates and filters by, not a proof.

    Raises
    ------
    DomainError
        If an input lies outside its range.

    Notes
    -----
    Shor and Preskill, Phys. Rev. Lett. 85, 441 (2000), with a real correction (recalled, not re-read).
    """
    within("qber", qber, 0.0, 1.0)
    within("correction_efficiency", correction_efficiency, 1.0, np.inf, ends="[)")
    error = np.asarray(qber, dtype=float)
    entropy = -(xlogy(error, error) + xlogy(1.0 - error, 1.0 - error)) / math.log(2.0)
    return np.asarray(1.0 - (1.0 + correction_efficiency) * entropy)
