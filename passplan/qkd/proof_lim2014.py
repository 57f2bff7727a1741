"""The proof of Lim et al. 2014: two decoys, one basis for the key, the other for the test.

Source: Lim, Curty, Walenta, Xu, Zbinden, PRA 89, 022307 (2014). In the paper's letters: X is the key basis, Z the test
basis, s_0 and s_1 the vacuum and single-photon counts, v the single-photon errors, phi the phase error.
"""

from dataclasses import dataclass, replace
from math import log2

import numpy as np

from passplan.checks import FloatArray
from passplan.errors import DomainError
from passplan.qkd.counts import BasisCounts, Counts, pool_errors, swap_bases
from passplan.qkd.decoy import reduced_limits, single_photon_errors_upper, single_photon_lower, vacuum_lower
from passplan.qkd.key_record import KeyLength, whole_bits
from passplan.qkd.leakage import error_entropy_bits, leak_bits, leak_efficiency
from passplan.qkd.sampling import SAMPLING
from passplan.qkd.settings import KeySettings, Options
from passplan.qkd.statistics import binary_entropy, hoeffding_deviation

REFERENCE = "Lim, Curty, Walenta, Xu, Zbinden, PRA 89, 022307 (2014), eq. 1-5"
ASSUMPTIONS = (
    "phase-randomised weak pulses with exactly the stated intensities",
    "perfect BB84 states without side channels",
    "detection probability independent of the basis",
    "proven for a fixed length agreed beforehand; a length computed from the data goes beyond the printed proof",
    "intensities, their probabilities and the basis choice constant over the block",
)
BOTH_BASES_ASSUMPTION = (
    "key from both bases, at half the failure probability each: covered only by proofs that allow test-basis "
    "statistics after error correction, not by the 2014 paper"
)
FUNG_ASSUMPTION = "single-photon errors in the test are many: the fung sampling term is an estimate, no bound"
_SHARES = 21  # eps_sec = 2 (2 a1 + a2 + a3) + nu + 10 eps_1 + 2 eps_2, all equal
_LARGEST_PHASE_ERROR = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Conventions:
    sampling: str
    clip_negative: bool
    cap_errors: bool
    pool_errors: bool


def lim2014(counts: Counts, *, settings: KeySettings) -> KeyLength:
    """Secret key length of one block, key from the key basis at all intensities.

    Parameters
    ----------
    counts : Counts
        Three intensities, mu1 > mu2 + mu3.
    settings : KeySettings
        A measured leak [bit] is that of all clicks of the key basis. Options left to the proof are: sampling "fung",
        clip_negative true, cap_errors false, pool_errors false (the paper, with the clip at 0 that public codes add).

    Returns
    -------
    KeyLength
        l = s_0 + s_1 (1 - h(phi)) - leak - 6 log2(21 / eps_sec) - log2(2 / eps_cor) [bit].

    Raises
    ------
    DomainError
        Unless there are three intensities with mu1 > mu2 + mu3.

    Notes
    -----
    Eq. 1-5 of the paper. Never more than was seen: s_0 + s_1 is held at or below the clicks of its basis, phi at or
    below 1/2. A test basis that proves less than one single photon gives no key: then neither s_0 nor s_1 counts.
    The fung sampling term is an estimate for many errors (see there); the other two are bounds for any number.
    """
    _refuse_other_source(counts)
    used = _conventions(settings.options)
    share = settings.epsilon_sec / _SHARES
    vacuum, single = _clicks_bounds(counts, counts.key_basis, share, used)
    _, tested = _clicks_bounds(counts, counts.test_basis, share, used)
    wrong = _errors_bound(counts, share, used)
    phase_error = _phase_error(wrong, tested, single, share, used)
    basis = counts.key_basis
    entropy = error_entropy_bits(clicks=basis.total_clicks, errors=basis.total_errors)
    leak = leak_bits(entropy_bits=entropy, settings=settings)
    secret = vacuum + single * (1.0 - float(binary_entropy(phase_error))) if tested >= 1.0 else 0.0
    real = secret - leak - 6.0 * log2(_SHARES / settings.epsilon_sec) - log2(2.0 / settings.epsilon_cor)
    return KeyLength(
        proof="lim2014",
        secret_bits=whole_bits(real),
        secret_bits_real=real,
        bounds={
            "vacuum_lower": vacuum,
            "single_photon_lower": single,
            "single_photon_errors_upper": wrong,
            "phase_error_upper": phase_error,
        },
        leak_bits=leak,
        epsilon={
            "sec": settings.epsilon_sec,
            "cor": settings.epsilon_cor,
            "total": settings.epsilon_sec + settings.epsilon_cor,
            "each_of_21_bounds": share,
        },
        error_correction_efficiency=leak_efficiency(leak=leak, entropy_bits=entropy),
        assumptions=(*ASSUMPTIONS, FUNG_ASSUMPTION) if used.sampling == "fung" else ASSUMPTIONS,
        reference=REFERENCE,
        options=_shown(used),
    )


def lim2014_both_bases(counts: Counts, *, settings: KeySettings) -> KeyLength:
    """Sum of the lengths with either basis as the key basis, each at half the failure probabilities.

    Parameters
    ----------
    counts : Counts
        As for ``lim2014``.
    settings : KeySettings
        A measured leak [bit] is that of both bases together; it is shared out in proportion to their clicks.

    Returns
    -------
    KeyLength
        Bounds are sums over the two directions [counts]; the phase error is the larger one [1]. A direction that
        gives no key adds none, and takes none away.

    Raises
    ------
    DomainError
        Unless there are three intensities with mu1 > mu2 + mu3.

    Notes
    -----
    The practice of the 2017 mission. The 2014 paper does not cover it: see the first assumption of the result.
    """
    parts = [lim2014(direction, settings=_half(settings, direction)) for direction in (counts, swap_bases(counts))]
    reals = [part.secret_bits_real for part in parts]
    gains = [real for real in reals if real > 0.0]
    leak = sum(part.leak_bits for part in parts)
    entropy = sum(
        error_entropy_bits(clicks=basis.total_clicks, errors=basis.total_errors)
        for basis in (counts.key_basis, counts.test_basis)
    )
    sums: dict[str, float | None] = {
        name: sum(float(part.bounds[name] or 0.0) for part in parts) for name in parts[0].bounds
    }
    sums["phase_error_upper"] = max(float(part.bounds["phase_error_upper"] or 0.0) for part in parts)
    return KeyLength(
        proof="lim2014_both_bases",
        secret_bits=sum(part.secret_bits for part in parts),
        secret_bits_real=sum(gains) if gains else sum(reals),
        bounds=sums,
        leak_bits=leak,
        epsilon={
            "sec": settings.epsilon_sec,
            "cor": settings.epsilon_cor,
            "total": settings.epsilon_sec + settings.epsilon_cor,
            "sec_each_direction": 0.5 * settings.epsilon_sec,
            "cor_each_direction": 0.5 * settings.epsilon_cor,
        },
        error_correction_efficiency=leak_efficiency(leak=leak, entropy_bits=entropy),
        assumptions=(BOTH_BASES_ASSUMPTION, *parts[0].assumptions),
        reference=REFERENCE + ", applied in both directions",
        options=parts[0].options,
    )


def _half(settings: KeySettings, direction: Counts) -> KeySettings:
    leak = settings.error_correction_leak_bits
    if leak is not None:
        key, test = direction.key_basis.total_clicks, direction.test_basis.total_clicks
        leak = leak * key / (key + test) if key + test > 0.0 else 0.5 * leak
    return replace(
        settings,
        epsilon_sec=0.5 * settings.epsilon_sec,
        epsilon_cor=0.5 * settings.epsilon_cor,
        error_correction_leak_bits=leak,
    )


def _conventions(options: Options) -> _Conventions:
    return _Conventions(
        sampling=options.sampling or "fung",
        clip_negative=True if options.clip_negative is None else options.clip_negative,
        cap_errors=bool(options.cap_errors),
        pool_errors=bool(options.pool_errors),
    )


def _shown(used: _Conventions) -> dict[str, str | float | bool]:
    return {
        "sampling": used.sampling,
        "clip_negative": used.clip_negative,
        "cap_errors": used.cap_errors,
        "pool_errors": used.pool_errors,
    }


def suits_lim2014(counts: Counts) -> bool:
    """Say whether the source has two decoys as eq. 3 needs them: mu1 > mu2 + mu3 [mean photons]."""
    mu = counts.intensities
    return len(mu) == 3 and mu[0] > mu[1] + mu[2]


def _refuse_other_source(counts: Counts) -> None:
    if not suits_lim2014(counts):
        shown = ", ".join(f"{k:g}" for k in counts.intensities)
        raise DomainError(f"intensities are {shown}; lim2014 needs three with mu1 > mu2 + mu3 (mean photons)")


def _limits(
    counts: Counts, values: tuple[float, ...], share: float, used: _Conventions
) -> tuple[FloatArray, FloatArray]:
    return reduced_limits(
        counts=values,
        deviation=hoeffding_deviation(total=float(np.sum(values)), epsilon=share),
        intensities=counts.intensities,
        probabilities=counts.probabilities,
        clip_negative=used.clip_negative,
    )


def _clicks_bounds(counts: Counts, basis: BasisCounts, share: float, used: _Conventions) -> tuple[float, float]:
    """Vacuum and single-photon counts of one basis, at least."""
    mu, p = counts.intensities, counts.probabilities
    lower, upper = _limits(counts, basis.clicks, share, used)
    empty = vacuum_lower(lower=lower, upper=upper, intensities=mu, probabilities=p, clip_negative=used.clip_negative)
    single = single_photon_lower(lower=lower, upper=upper, vacuum=empty, intensities=mu, probabilities=p)
    vacuum = min(float(empty), basis.total_clicks)
    return vacuum, min(max(float(single), 0.0), basis.total_clicks - max(vacuum, 0.0))


def _errors_bound(counts: Counts, share: float, used: _Conventions) -> float:
    basis = pool_errors(counts.test_basis) if used.pool_errors else counts.test_basis
    lower, upper = _limits(counts, basis.errors, share, used)
    wrong = float(
        single_photon_errors_upper(
            lower=lower, upper=upper, intensities=counts.intensities, probabilities=counts.probabilities
        )
    )
    return min(wrong, basis.total_errors) if used.cap_errors else wrong


def _phase_error(wrong: float, tested: float, single: float, share: float, used: _Conventions) -> float:
    if tested < 1.0 or single < 1.0 or wrong >= _LARGEST_PHASE_ERROR * tested:
        return _LARGEST_PHASE_ERROR
    rate = wrong / tested
    gamma = SAMPLING[used.sampling](error_rate=rate, tested=tested, keyed=single, epsilon=share)
    return min(rate + float(gamma), _LARGEST_PHASE_ERROR)
