"""The 2017 way: Ma et al. 2005 with vacuum and one weak decoy, and a standard-error analysis.

Kept to compare with what the Micius mission printed, not to make keys: the analysis is Gaussian, assumes the same
attack on every pulse, and its result is not composable. The exact formulas of the 2017 Methods section could not be
read; only "failure probability 1e-9" and "intensity fluctuation below 5 %" are known.
"""

import numpy as np

from passplan.errors import DomainError
from passplan.qkd.counts import Counts, pool_bases, pool_errors
from passplan.qkd.key_record import KeyLength, whole_bits
from passplan.qkd.leakage import error_entropy_bits, leak_bits, leak_efficiency
from passplan.qkd.settings import KeySettings
from passplan.qkd.statistics import binary_entropy, gaussian_limits, normal_quantile, normal_tail
from passplan.qkd.weak_decoy import intensity_corners, weak_decoy_error_yield, weak_decoy_single_photons

REFERENCE = "Ma, Qi, Zhao, Lo, PRA 72, 012326 (2005), vacuum + weak decoy (formula taken second-hand)"
ASSUMPTIONS = (
    "legacy reproduction of the 2017 analysis: not composable, Gaussian statistics, the same attack on every pulse",
    "phase-randomised weak pulses; intensities anywhere within the stated spread, constant over the block",
    "perfect BB84 states without side channels",
    "both bases pooled: same detection probability and same single-photon error rate in both",
    "key from the signal intensity alone; background wrong half of the time",
)


def ma2005_sigma(counts: Counts, *, settings: KeySettings) -> KeyLength:
    """Key length of the signal clicks of both bases, worst corner of the intensity tolerance.

    Parameters
    ----------
    counts : Counts
        Three intensities: signal, weak decoy, vacuum (exactly 0).
    settings : KeySettings
        Uses sigmas, intensity_spread, error_correction_efficiency (or the measured leak [bit] of the signal clicks of
        both bases), and of the options pool_errors alone. Without ``sigmas`` the one-sided normal quantile of
        epsilon_sec is taken (5.9978 for 1e-9). epsilon_cor does not enter.

    Returns
    -------
    KeyLength
        l = p_mu mu e^-mu Y_1 (1 - h(e_1)) - leak [bit], counts in the place of rates. ``vacuum_lower`` is None: vacuum
        clicks are not credited. The other bounds are those of the worst corner.

    Raises
    ------
    DomainError
        Unless the intensities are signal > decoy > vacuum = 0, also at the ends of their tolerance.

    Notes
    -----
    Each observed count n stands for the worst of n -+ sigmas sqrt(n): vacuum clicks high in Y_1 and low in e_1, as if
    independent. The leak is that of the observed signal errors. Background wrong by one half is taken from the vacuum
    clicks, not from their errors. No correction for finite privacy amplification.
    """
    if not suits_ma2005(counts):
        shown = ", ".join(f"{k:g}" for k in counts.intensities)
        raise DomainError(f"intensities are {shown}; ma2005_sigma needs signal, weak decoy and vacuum, the last 0")
    sigmas = settings.sigmas
    if sigmas is None:
        sigmas = float(normal_quantile(epsilon=settings.epsilon_sec))
    both = pool_bases(counts)
    entropy = error_entropy_bits(clicks=both.clicks[0], errors=both.errors[0])
    leak = leak_bits(entropy_bits=entropy, settings=settings)
    pooled = bool(settings.options.pool_errors)
    single, wrong, phase_error = _worst_corner(counts, sigmas, settings.intensity_spread, pooled)
    real = single * (1.0 - float(binary_entropy(phase_error))) - leak
    return KeyLength(
        proof="ma2005_sigma",
        secret_bits=whole_bits(real),
        secret_bits_real=real,
        bounds={
            "vacuum_lower": None,
            "single_photon_lower": single,
            "single_photon_errors_upper": wrong,
            "phase_error_upper": phase_error,
        },
        leak_bits=leak,
        epsilon={"each_bound": float(normal_tail(sigmas=sigmas))},
        error_correction_efficiency=leak_efficiency(leak=leak, entropy_bits=entropy),
        assumptions=ASSUMPTIONS,
        reference=REFERENCE,
        options={"sigmas": sigmas, "intensity_spread": settings.intensity_spread, "pool_errors": pooled},
    )


def suits_ma2005(counts: Counts) -> bool:
    """Say whether the source sends signal, one weak decoy and vacuum (exactly 0 mean photons)."""
    return len(counts.intensities) == 3 and counts.intensities[2] == 0.0


def _worst_corner(counts: Counts, sigmas: float, spread: float, pooled: bool) -> tuple[float, float, float]:
    """Single-photon signal clicks, their errors and error rate where the intensities favour the eavesdropper most."""
    if min(counts.key_basis.clicks[1], counts.test_basis.clicks[1]) <= 0.0:
        return 0.0, 0.0, 0.5  # a basis without decoy clicks was not tested
    both = pool_errors(pool_bases(counts)) if pooled else pool_bases(counts)
    probabilities = np.asarray(counts.probabilities)
    lower, upper = (limit / probabilities for limit in gaussian_limits(counts=both.clicks, sigmas=sigmas))
    _, errors_upper = gaussian_limits(counts=both.errors, sigmas=sigmas)
    signal, decoy = intensity_corners(signal=counts.intensities[0], decoy=counts.intensities[1], spread=spread)
    one_photon = weak_decoy_single_photons(
        signal_upper=upper[0], decoy_lower=lower[1], vacuum_upper=upper[2], signal=signal, decoy=decoy
    )
    wrong = weak_decoy_error_yield(
        decoy_errors_upper=errors_upper[1] / probabilities[1], vacuum_lower=lower[2], signal=signal, decoy=decoy
    )
    weight = probabilities[0] * signal * np.exp(-signal)
    singles = np.clip(weight * one_photon, 0.0, both.clicks[0])
    safe = np.where(one_photon > 0.0, one_photon, 1.0)
    rates = np.where(one_photon > 0.0, np.minimum(wrong / safe, 0.5), 0.5)
    worst = int(np.argmin(singles * (1.0 - binary_entropy(rates))))
    return float(singles[worst]), float((weight * wrong)[worst]), float(rates[worst])
