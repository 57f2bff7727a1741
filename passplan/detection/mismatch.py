"""Two detectors of one basis that are not alike: what it does to counts, errors and the bits themselves."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from passplan.checks import FloatArray, within
from passplan.detection.detector import assigned_clicks, click_probability


class MismatchedBasis(NamedTuple):
    """Clicks of one basis whose detectors differ; each an array of the inputs' shape.

    click : accepted clicks for each pulse sent in this basis, mean of the two bits [1]
    qber : wrong ones among them, mean of the two bits [1]
    zero_share : share of zeros among the receiver's bits [1]; 0.5 for twins
    bit_entropy : Shannon entropy of one of the receiver's bits [bit]; what lacks to 1 is known without listening
    qber_zero, qber_one : wrong ones among the clicks when a zero, a one was sent [1]
    """

    click: FloatArray
    qber: FloatArray
    zero_share: FloatArray
    bit_entropy: FloatArray
    qber_zero: FloatArray
    qber_one: FloatArray


def mismatched_basis(
    *,
    mean_photons: ArrayLike,
    efficiency_zero: ArrayLike,
    efficiency_one: ArrayLike,
    error: ArrayLike = 0.0,
    noise_zero: ArrayLike = 0.0,
    noise_one: ArrayLike = 0.0,
) -> MismatchedBasis:
    """Counts, errors and bias of a basis with detectors of unlike efficiency and noise, zeros and ones sent evenly.

    Parameters
    ----------
    mean_photons : array_like, shape (...)
        Mean photons of a pulse in front of the basis' two detectors, gate included [photons], >= 0.
    efficiency_zero, efficiency_one : array_like, shape (...)
        Efficiencies of the detectors of zeros and of ones [1], in [0, 1].
    error : array_like, shape (...)
        Probability that a photon takes the wrong port [1], in [0, 1].
    noise_zero, noise_one : array_like, shape (...)
        Noise clicks of the two detectors in a gate [1], in [0, 1]. Inputs broadcast; some click must be possible.

    Returns
    -------
    MismatchedBasis
        Exact for Poisson photon numbers; double clicks give a random bit.

    Raises
    ------
    DomainError
        If an input lies outside its range, or nothing can click.

    Notes
    -----
    Weak pulses without noise: the counts go with the mean efficiency, the mean QBER does not change, and the share of
    zeros is that of the efficiencies. With noise the QBER rises where the mean efficiency falls. Proofs of security ask
    for equal efficiencies or for a term of their own: to subtract 1 - bit_entropy is the least price, not a proof
    (Fung, Tamaki, Qi, Lo and Ma, Quantum Inf. Comput. 9, 131 (2009), recalled, not re-read).
    """
    within("mean_photons", mean_photons, 0.0, np.inf, ends="[)")
    within("efficiency_zero", efficiency_zero, 0.0, 1.0)
    within("efficiency_one", efficiency_one, 0.0, 1.0)
    within("error", error, 0.0, 1.0)
    zero, one = np.multiply(mean_photons, efficiency_zero), np.multiply(mean_photons, efficiency_one)
    straight, crossed = np.subtract(1.0, error), np.asarray(error, dtype=float)
    click_zero, wrong_zero = _accepted(zero * straight, one * crossed, noise_zero, noise_one)
    click_one, wrong_one = _accepted(one * straight, zero * crossed, noise_one, noise_zero)
    within("probability of a click", np.minimum(click_zero, click_one), 0.0, 1.0, ends="(]")
    both = click_zero + click_one
    zero_share = (click_zero - wrong_zero + wrong_one) / both
    entropy = -(xlogy(zero_share, zero_share) + xlogy(1.0 - zero_share, 1.0 - zero_share)) / math.log(2.0)
    return MismatchedBasis(
        click=0.5 * both,
        qber=(wrong_zero + wrong_one) / both,
        zero_share=zero_share,
        bit_entropy=np.asarray(entropy),
        qber_zero=wrong_zero / click_zero,
        qber_one=wrong_one / click_one,
    )


def _accepted(
    right: FloatArray, wrong: FloatArray, noise_right: ArrayLike, noise_wrong: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Clicks and wrong ones among them for each pulse, from the photons detected in the right and the wrong port."""
    dark = np.zeros(())
    found = assigned_clicks(
        right=click_probability(mean_photons=right, noise=noise_right),
        wrong=click_probability(mean_photons=wrong, noise=noise_wrong),
        other_first=dark,
        other_second=dark,
        cross_basis="random",
    )
    return found.matched, found.errors
