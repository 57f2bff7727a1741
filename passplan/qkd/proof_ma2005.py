"""The 2017 way: Ma et al. 2005 with vacuum and one weak decoy, and a standard-error analysis.

Kept to compare with what the Micius mission printed, not to make keys: the analysis is Gaussian, assumes the same
attack on every pulse, and its result is not composable. The exact formulas of the 2017 Methods section could not be
read; only "failure probability 1e-9" and "intensity fluctuation below 5 %" are known.

Why the 300,939 bits printed for the reference pass are not met exactly: with 6 sigma, the worst corner of 5 % and a
Hamming-type correction that tells f = 1.4 times the entropy, the model of that pass gives 337,420 bits, 12 % more;
300,939 would need f of about 1.65. The counts at each intensity (extended data table 4 of the paper) could not be read
either. The sifted bits and the error rate of the model are those printed, so what differs can only be the decoy counts,
the efficiency of the correction or the way in which fluctuations were added up.
"""

from functools import lru_cache

import numpy as np

from passplan.checks import FloatArray, freeze
from passplan.errors import DomainError
from passplan.qkd.block import Blocks, Terms, block_of
from passplan.qkd.counts import Counts
from passplan.qkd.key_record import KeyLength, whole_bits
from passplan.qkd.leakage import leak_efficiency
from passplan.qkd.settings import KeySettings
from passplan.qkd.source_flaws import coin_imbalance, flaw_assumptions, leaky_phase_error
from passplan.qkd.statistics import entropy_in_range, gaussian_limits, normal_quantile, normal_tail
from passplan.qkd.weak_decoy import intensity_corners, weak_decoy_error_yield, weak_decoy_single_photons

REFERENCE = "Ma, Qi, Zhao, Lo, PRA 72, 012326 (2005), vacuum + weak decoy (formula taken second-hand)"
ASSUMPTIONS = (
    "legacy reproduction of the 2017 analysis: not composable, Gaussian statistics, the same attack on every pulse",
    "phase-randomised weak pulses; intensities anywhere within the stated spread, constant over the block",
    "both bases pooled: same detection probability and same single-photon error rate in both",
    "key from the signal intensity alone; background wrong half of the time",
)
PERFECT_STATES = "perfect BB84 states without side channels"
LEAKY_STATES = "single photons betray their basis no more than the stated basis_fidelity (quantum coin, many pulses)"
_LARGEST_PHASE_ERROR = 0.5


def ma2005_sigma(counts: Counts, *, settings: KeySettings) -> KeyLength:
    """Key length of the signal clicks of both bases, worst corner of the intensity tolerance.

    Parameters
    ----------
    counts : Counts
        Three intensities: signal, weak decoy, vacuum (exactly 0).
    settings : KeySettings
        Uses sigmas, intensity_spread, basis_fidelity with matched_pulses, error_correction_efficiency (or the measured
        leak [bit] of the signal clicks of both bases), and of the options pool_errors alone. Without ``sigmas`` the
        one-sided normal quantile of epsilon_sec is taken (5.9978 for 1e-9). epsilon_cor does not enter.

    Returns
    -------
    KeyLength
        l = p_mu mu e^-mu Y_1 (1 - h(e_1)) - leak [bit], counts in the place of rates. ``vacuum_lower`` is None: vacuum
        clicks are not credited. The other bounds are those of the worst corner.

    Raises
    ------
    DomainError
        Unless the intensities are signal > decoy > vacuum = 0, also at the ends of their tolerance; if a
        basis_fidelity below 1 comes without matched_pulses, or with fewer than the clicks.

    Notes
    -----
    Each observed count n stands for the worst of n -+ sigmas sqrt(n): vacuum clicks high in Y_1 and low in e_1, as if
    independent. The leak is that of the observed signal errors. Background wrong by one half is taken from the vacuum
    clicks, not from their errors. No correction for finite privacy amplification. A basis fidelity below 1 raises e_1
    (see ``leaky_phase_error``).
    """
    if not suits_ma2005(counts):
        shown = ", ".join(f"{k:g}" for k in counts.intensities)
        raise DomainError(f"intensities are {shown}; ma2005_sigma needs signal, weak decoy and vacuum, the last 0")
    _corners_of_one(counts.intensities[0], counts.intensities[1], settings.intensity_spread)
    clicks = counts.key_basis.total_clicks + counts.test_basis.total_clicks
    if _is_leaky(settings) and settings.matched_pulses is not None and settings.matched_pulses < clicks:
        raise DomainError(
            f"KeySettings.matched_pulses is {settings.matched_pulses:g}, must be >= the clicks of both bases, "
            f"{clicks:g}"
        )
    blocks = block_of(counts)
    terms = ma2005_sigma_terms(blocks, settings=settings)
    real, leak = float(terms.real), float(terms.leak)
    sigmas = _sigmas(settings)
    options: dict[str, str | float | bool] = {
        "sigmas": sigmas,
        "intensity_spread": settings.intensity_spread,
        "pool_errors": bool(settings.options.pool_errors),
    }
    if settings.basis_fidelity is not None:
        options["basis_fidelity"] = settings.basis_fidelity
    return KeyLength(
        proof="ma2005_sigma",
        secret_bits=whole_bits(real),
        secret_bits_real=real,
        bounds={
            "vacuum_lower": None,
            "single_photon_lower": float(terms.single),
            "single_photon_errors_upper": float(terms.wrong),
            "phase_error_upper": float(terms.phase_error),
        },
        leak_bits=leak,
        epsilon={"each_bound": _tail(sigmas)},
        error_correction_efficiency=leak_efficiency(leak=leak, entropy_bits=float(_entropy_bits(blocks))),
        assumptions=_assumptions(settings),
        reference=REFERENCE,
        options=options,
    )


def ma2005_sigma_terms(blocks: Blocks, *, settings: KeySettings) -> Terms:
    """Bounds [counts] and length [bit] of blocks, each array of shape (...); see ``ma2005_sigma``.

    Raises
    ------
    DomainError
        If a basis_fidelity below 1 comes without matched_pulses; never for the blocks.

    Notes
    -----
    ``single``, ``tested`` and ``wrong`` belong to the signal clicks of both bases, which are key and test at once. A
    block without key (length <= 0) whose phase error lies above 1/2, or that lacks single photons, has its clicks
    times ln(1 + excess) taken off ``real``, so that a search knows which way the key lies. Intensities that overlap
    within their tolerance, a third one above 0, or a basis without decoy clicks prove nothing.
    """
    if _is_leaky(settings) and settings.matched_pulses is None:
        raise DomainError(
            f"KeySettings.basis_fidelity is {settings.basis_fidelity:g}, which needs KeySettings.matched_pulses "
            "(pulses), but that is not given"
        )
    signal, decoy, good = _corners(blocks, settings.intensity_spread)
    one_photon, wrong_yield = _yields(blocks, signal, decoy, settings)
    weight = np.asarray(blocks.probabilities)[..., 0] * signal * np.exp(-signal)
    clicks = blocks.key_clicks[..., 0] + blocks.test_clicks[..., 0]
    raw = np.where(good, weight * one_photon, -clicks)
    single = np.where(good, np.clip(raw, 0.0, clicks), 0.0)
    wrong = weight * wrong_yield
    over = np.where(raw > 0.0, wrong / np.maximum(raw, 1.0), _LARGEST_PHASE_ERROR)
    rate = np.where(raw >= 1.0, np.minimum(over, _LARGEST_PHASE_ERROR), _LARGEST_PHASE_ERROR)
    if _is_leaky(settings):
        share = np.maximum(one_photon, 0.0) / (settings.matched_pulses or 1.0)
        rate = leaky_phase_error(
            error_rate=rate, imbalance=coin_imbalance(basis_fidelity=settings.basis_fidelity or 1.0, single_yield=share)
        )
    leak = np.broadcast_to(_leak_bits(blocks, settings), single.shape)
    length = single * (1.0 - entropy_in_range(rate)) - leak
    excess = np.maximum(over - _LARGEST_PHASE_ERROR, 0.0) + np.maximum(1.0 - raw, 0.0) / (clicks + 1.0)
    real = np.where(length > 0.0, length, length - clicks * np.log1p(excess))
    worst = np.argmin(real, axis=0)

    def at_worst(values: FloatArray) -> FloatArray:
        if values.ndim == 1:  # one block
            return np.asarray(values[worst])
        return np.asarray(np.take_along_axis(values, worst[None], axis=0)[0])

    least = at_worst(single)
    return Terms(
        vacuum=np.zeros_like(least),
        single=least,
        tested=least,
        wrong=at_worst(wrong),
        phase_error=at_worst(rate),
        leak=at_worst(leak),
        real=at_worst(real),
    )


def suits_ma2005(counts: Counts) -> bool:
    """Say whether the source sends signal, one weak decoy and vacuum (exactly 0 mean photons)."""
    return len(counts.intensities) == 3 and counts.intensities[2] == 0.0


def _sigmas(settings: KeySettings) -> float:
    return settings.sigmas if settings.sigmas is not None else _quantile(settings.epsilon_sec)


@lru_cache(maxsize=64)  # these four: a pass, a search or a year asks with the same numbers again and again
def _quantile(epsilon: float) -> float:
    return float(normal_quantile(epsilon=epsilon))


@lru_cache(maxsize=64)
def _tail(sigmas: float) -> float:
    return float(normal_tail(sigmas=sigmas))


@lru_cache(maxsize=64)
def _assumptions(settings: KeySettings) -> tuple[str, ...]:
    return (
        *ASSUMPTIONS,
        LEAKY_STATES if _is_leaky(settings) else PERFECT_STATES,
        *flaw_assumptions(settings, covered=("intensity_spread", "basis_leakage")),
    )


@lru_cache(maxsize=64)
def _corners_of_one(signal: float, decoy: float, spread: float) -> tuple[FloatArray, FloatArray]:
    """``intensity_corners`` of one source, arrays of shape (5,) that cannot be written to."""
    corners = intensity_corners(signal=signal, decoy=decoy, spread=spread)
    freeze(*corners)
    return corners


def _is_leaky(settings: KeySettings) -> bool:
    return settings.basis_fidelity is not None and settings.basis_fidelity < 1.0


def _corners(blocks: Blocks, spread: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Signal and decoy at their corners, shape (5, ...), and which blocks the bounds hold for, shape (...)."""
    mu = np.asarray(blocks.intensities, dtype=float)
    apart = mu[..., 0] * (1.0 - spread) > mu[..., 1] * (1.0 + spread)
    good = apart & (mu[..., 1] > 0.0) & (mu[..., 2] == 0.0)
    good &= (blocks.key_clicks[..., 1] > 0.0) & (blocks.test_clicks[..., 1] > 0.0)  # else a basis was not tested
    harmless = 0.5 * (1.0 - spread) / (1.0 + spread)  # stands in, with a signal of 1, where the bounds do not hold
    strong, weak = np.where(good, mu[..., 0], 1.0), np.where(good, mu[..., 1], harmless)
    if mu.ndim == 1:
        return *_corners_of_one(float(strong), float(weak), spread), good
    return *intensity_corners(signal=strong, decoy=weak, spread=spread), good


def _yields(
    blocks: Blocks, signal: FloatArray, decoy: FloatArray, settings: KeySettings
) -> tuple[FloatArray, FloatArray]:
    """Single-photon yield, at least, and error yield, at most, of both bases [counts], shape (5, ...)."""
    p, sigmas = np.asarray(blocks.probabilities, dtype=float), _sigmas(settings)
    clicks, errors = blocks.key_clicks + blocks.test_clicks, blocks.key_errors + blocks.test_errors
    if settings.options.pool_errors:
        total = np.sum(clicks, axis=-1)
        errors = (np.sum(errors, axis=-1) / np.where(total > 0.0, total, 1.0))[..., None] * clicks
    lower, upper = (limit / p for limit in gaussian_limits(counts=clicks, sigmas=sigmas))
    _, errors_upper = gaussian_limits(counts=errors[..., 1], sigmas=sigmas)
    one_photon = weak_decoy_single_photons(
        signal_upper=upper[..., 0], decoy_lower=lower[..., 1], vacuum_upper=upper[..., 2], signal=signal, decoy=decoy
    )
    wrong = weak_decoy_error_yield(
        decoy_errors_upper=errors_upper / p[..., 1], vacuum_lower=lower[..., 2], signal=signal, decoy=decoy
    )
    return one_photon, wrong


def _entropy_bits(blocks: Blocks) -> FloatArray:
    """Entropy of the errors of the signal clicks of both bases [bit]."""
    clicks = blocks.key_clicks[..., 0] + blocks.test_clicks[..., 0]
    errors = blocks.key_errors[..., 0] + blocks.test_errors[..., 0]
    return np.asarray(clicks * entropy_in_range(np.minimum(errors / np.where(clicks > 0.0, clicks, 1.0), 1.0)))


def _leak_bits(blocks: Blocks, settings: KeySettings) -> FloatArray:
    if settings.error_correction_leak_bits is not None:
        return np.full(np.shape(blocks.key_clicks)[:-1], settings.error_correction_leak_bits)
    return settings.error_correction_efficiency * _entropy_bits(blocks)
