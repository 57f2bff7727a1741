"""Correction of the wave plate's command by measuring, during the pass, the angle that it leaves.

Either a reference laser beside the quantum signal shows the angle, or the counts of the key do: a state sent in one
basis and measured in the other goes to both ports alike, but for the share V sin(2 delta) that an angle delta moves
from one to the other. An integrator adds a part of each measured angle to the command. All angles are angles of the
polarization, not of the plate.
"""

from dataclasses import dataclass
from math import floor, inf
from typing import Annotated, Literal

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.checks import Finite, FloatArray, NonNegative, check_limits, freeze, same_length, within
from passplan.errors import DomainError
from passplan.units import to_deg, to_rad

_ON_TIME_S = 1e-9  # rounding of a correction's instant
_LEAST_COUNTS = 1.0  # with fewer in a period the loop holds

Gain = Annotated[float, Interval(gt=0.0, le=1.0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceLaser:
    """Feedback from a polarized laser beside the quantum signal.

    noise_deg : one sigma of one measurement of the angle [deg]
    period_s : time between two corrections [s]
    gain : part of the measured angle that a correction takes out [1], in (0, 1]
    bias_deg : angle of the laser against the quantum signal [deg], which the loop cannot see and so leaves
    """

    kind: Literal["reference-laser"] = "reference-laser"
    noise_deg: NonNegative
    period_s: Annotated[float, Interval(ge=0.001, lt=inf)]
    gain: Gain
    bias_deg: Finite = 0.0

    def __post_init__(self) -> None:
        """Refuse values outside the annotated limits."""
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountFeedback:
    """Feedback from the counts whose bases do not match, which sifting throws away.

    period_s : time over which counts are gathered, and between two corrections [s]
    gain : part of the measured angle that a correction takes out [1], in (0, 1]
    """

    kind: Literal["counts"] = "counts"
    period_s: Annotated[float, Interval(ge=0.001, lt=inf)]
    gain: Gain

    def __post_init__(self) -> None:
        """Refuse values outside the annotated limits."""
        check_limits(self)


Feedback = ReferenceLaser | CountFeedback


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RemainingAngle:
    """Angle between the polarization and the analyser along a pass, shape (n,): normal, for `expected_error`.

    mean_deg : mean [deg]
    sigma_deg : one sigma [deg]
    """

    mean_deg: FloatArray
    sigma_deg: FloatArray

    def __post_init__(self) -> None:
        """Mark the arrays read-only."""
        freeze(self.mean_deg, self.sigma_deg)


def count_noise_deg(*, mismatched_counts: ArrayLike, visibility: float = 1.0) -> FloatArray:
    """One sigma of the angle that counts of mismatched bases show.

    Parameters
    ----------
    mismatched_counts : array_like, shape (...)
        Photons counted in the basis in which they were not sent [1], >= 0.
    visibility : float
        Visibility V of the analyser, noise counts included [1], in (0, 1].

    Returns
    -------
    ndarray, shape (...)
        1 / (2 V sqrt(N)) as an angle [deg], infinite for N = 0. Poisson and binomial noise about an even split;
        exact to first order in the angle, for N V^2 well above 1.

    Raises
    ------
    DomainError
        If the counts are negative or the visibility lies outside (0, 1].
    """
    within("mismatched_counts", mismatched_counts, 0.0, inf)
    within("visibility", visibility, 0.0, 1.0, ends="(]")
    with np.errstate(divide="ignore"):
        return to_deg(0.5 / (visibility * np.sqrt(mismatched_counts)))


def remaining_angle(
    feedback: Feedback | None,
    *,
    time_s: ArrayLike,
    unknown_sigma_deg: ArrayLike,
    bias_deg: float = 0.0,
    mismatched_cps: ArrayLike | None = None,
    visibility: float = 1.0,
) -> RemainingAngle:
    """What the loop leaves, as mean and sigma along the pass.

    Parameters
    ----------
    feedback : ReferenceLaser, CountFeedback or None
        The loop; without it the angle stays as it is.
    time_s : array_like, shape (n,)
        Increasing times [s]; the loop starts open at the first and corrects after every period.
    unknown_sigma_deg : array_like, shape (n,)
        One sigma of the angle that the command does not know [deg], >= 0.
    bias_deg : float
        Constant angle that the command does not know [deg], twice the plate's; the loop takes it out.
    mismatched_cps : array_like, shape (n,), optional
        Counts of mismatched bases [1/s], >= 0; needed by `CountFeedback` alone.
    visibility : float
        Visibility in the measured basis [1], in (0, 1].

    Returns
    -------
    RemainingAngle
        Mean and sigma at each time, after a correction that falls on it.

    Raises
    ------
    DomainError
        If the times do not increase, lengths differ, a value lies outside its limits, or the counts are missing.

    Notes
    -----
    With d the angle after a correction and u the unknown one, the next correction leaves

        d' = d + u' - u - g (seen - b + noise),   seen = d + u' - u (laser) or d + (u' - u) / 2 (counts, the mean
        of the period),

    g the gain and b the laser's own bias. The unknown angle is z times its sigma with one normal z for the whole pass:
    the errors of position and attitude change slowly, but where their effect changes sign the sigma only touches
    zero, and the loop's lag behind it is understated. The variance of the noise follows v' = (1 - g)^2 v + g^2 noise^2
    and tends to noise^2 g / (2 - g). A period with less than one expected count is passed over. Textbook recursion of
    a discrete integrator, no source needed.
    """
    times_s, sigma_deg = _checked(time_s, unknown_sigma_deg, bias_deg)
    plan = _plan(feedback, times_s, sigma_deg, mismatched_cps, visibility)
    mean, share, variance = [float(bias_deg)], [float(sigma_deg[0])], [0.0]
    for gain, noise_deg, drift_deg in zip(plan.gain, plan.noise_deg, np.diff(plan.sigma_deg), strict=True):
        mean.append(mean[-1] - gain * (mean[-1] - plan.bias_deg))
        share.append(share[-1] + drift_deg - gain * (share[-1] + plan.seen * drift_deg))
        variance.append((1.0 - gain) ** 2 * variance[-1] + (gain * noise_deg) ** 2)
    since_deg = sigma_deg - plan.sigma_deg[plan.last]
    return RemainingAngle(
        mean_deg=np.array(mean)[plan.last],
        sigma_deg=np.sqrt((np.array(share)[plan.last] + since_deg) ** 2 + np.array(variance)[plan.last]),
    )


def simulate_feedback(
    feedback: Feedback | None,
    *,
    time_s: ArrayLike,
    unknown_sigma_deg: ArrayLike,
    bias_deg: float = 0.0,
    mismatched_cps: ArrayLike | None = None,
    visibility: float = 1.0,
    runs: int = 1,
    rng: np.random.Generator,
) -> FloatArray:
    """Drawn passes of the loop, with real counts where counts are what it sees.

    Parameters
    ----------
    feedback, time_s, unknown_sigma_deg, bias_deg, mismatched_cps, visibility
        As for `remaining_angle`.
    runs : int
        Number of passes [count], >= 1.
    rng : numpy.random.Generator
        Source of all randomness.

    Returns
    -------
    ndarray, shape (runs, n)
        Angle between the polarization and the analyser [deg].

    Raises
    ------
    DomainError
        As `remaining_angle`, or if there is no run.

    Notes
    -----
    Counts are Poisson, their split is binomial with (1 + V sin(2 delta)) / 2, and the angle is read from it as
    arcsin((N_D - N_A) / (N V)) / 2; a pass without a count in the period holds its command.
    """
    within("runs", runs, 1, inf, ends="[)")
    times_s, sigma_deg = _checked(time_s, unknown_sigma_deg, bias_deg)
    plan = _plan(feedback, times_s, sigma_deg, mismatched_cps, visibility)
    unknown = rng.standard_normal(runs)
    correction = [np.zeros(runs)]
    for index, gain in enumerate(plan.gain):
        before, after = plan.sigma_deg[index : index + 2]
        seen_deg = bias_deg - plan.bias_deg + unknown * (before + plan.seen * (after - before)) - correction[-1]
        if plan.counts is None:
            measured_deg = seen_deg + plan.noise_deg[index] * rng.standard_normal(runs)
        else:
            measured_deg = _angle_of_counts(seen_deg, mean_counts=plan.counts[index], visibility=visibility, rng=rng)
        correction.append(correction[-1] + gain * measured_deg)
    return bias_deg + unknown[:, None] * sigma_deg - np.array(correction)[plan.last].T


def best_gain(*, drift_deg: float, noise_deg: float) -> float:
    """Gain with the least mean square angle in the steady state, for a steady drift.

    Parameters
    ----------
    drift_deg : float
        Change of the unknown angle in a period [deg], not 0; its size counts.
    noise_deg : float
        One sigma of a measurement [deg], >= 0.

    Returns
    -------
    float
        Gain [1], in (0, 1].

    Raises
    ------
    DomainError
        If there is no drift (the best gain then falls with the time, as 1 over the number of measurements), or a value
        lies outside its limits.

    Notes
    -----
    Over a period the angle runs from d (1 - g) / g to d / g, and the noise leaves n^2 g / (2 - g). The mean square
    d^2 (1 / g^2 - 1 / g + 1 / 3) + n^2 g / (2 - g) is least at ((2 - g) / g)^3 = 2 n^2 / d^2.
    """
    within("drift_deg", abs(drift_deg), 0.0, inf, ends="()")
    within("noise_deg", noise_deg, 0.0, inf, ends="[)")
    return float(min(1.0, 2.0 / (1.0 + np.cbrt(2.0 * (noise_deg / drift_deg) ** 2))))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Plan:
    """The corrections of a pass: k of them, and for each of n samples how many came before it.

    gain, noise_deg : of each correction, shape (k,); the gain is 0 where the loop holds
    counts : expected in the period before it, shape (k,), or None for a laser
    sigma_deg : of the unknown angle at the start and at each correction, shape (k + 1,)
    last : number of corrections up to each sample, shape (n,)
    seen : part of the drift of a period that its measurement sees
    bias_deg : angle that the measurement adds
    """

    gain: FloatArray
    noise_deg: FloatArray
    counts: FloatArray | None
    sigma_deg: FloatArray
    last: np.ndarray
    seen: float = 1.0
    bias_deg: float = 0.0


def _plan(
    feedback: Feedback | None,
    times_s: FloatArray,
    sigma_deg: FloatArray,
    mismatched_cps: ArrayLike | None,
    visibility: float,
) -> _Plan:
    within("visibility", visibility, 0.0, 1.0, ends="(]")
    number = 0
    if feedback is not None:
        number = floor((times_s[-1] - times_s[0] + _ON_TIME_S) / feedback.period_s)
    period_s = 0.0 if feedback is None else feedback.period_s
    instant_s = times_s[0] + period_s * np.arange(number + 1)
    at_instant_deg = np.interp(instant_s, times_s, sigma_deg)
    last = np.searchsorted(instant_s[1:], times_s + _ON_TIME_S, side="right")
    gain = np.full(number, 0.0 if feedback is None else feedback.gain)
    if isinstance(feedback, CountFeedback):
        counts = _counts(mismatched_cps, times_s, instant_s)
        enough = counts >= _LEAST_COUNTS
        noise_deg = np.where(enough, count_noise_deg(mismatched_counts=counts, visibility=visibility), 0.0)
        return _Plan(
            gain=gain * enough, noise_deg=noise_deg, counts=counts, sigma_deg=at_instant_deg, last=last, seen=0.5
        )
    noise, bias_deg = (0.0, 0.0) if feedback is None else (feedback.noise_deg, feedback.bias_deg)
    noise_deg = np.full(number, noise)
    return _Plan(gain=gain, noise_deg=noise_deg, counts=None, sigma_deg=at_instant_deg, last=last, bias_deg=bias_deg)


def _counts(mismatched_cps: ArrayLike | None, times_s: FloatArray, instant_s: FloatArray) -> FloatArray:
    """Expected counts between neighbouring instants, shape (k,) for instants of shape (k + 1,)."""
    if mismatched_cps is None:
        raise DomainError("mismatched_cps is missing: feedback from counts needs the counts of mismatched bases [1/s]")
    same_length(time_s=times_s, mismatched_cps=mismatched_cps)
    within("mismatched_cps", mismatched_cps, 0.0, inf, ends="[)")
    rate_cps = np.asarray(mismatched_cps, dtype=float)
    total = np.append(0.0, np.cumsum(0.5 * (rate_cps[1:] + rate_cps[:-1]) * np.diff(times_s)))
    return np.diff(np.interp(instant_s, times_s, total))


def _angle_of_counts(
    angle_deg: FloatArray, *, mean_counts: float, visibility: float, rng: np.random.Generator
) -> FloatArray:
    counts = rng.poisson(mean_counts, angle_deg.size)
    right = rng.binomial(counts, np.clip(0.5 * (1.0 + visibility * np.sin(2.0 * to_rad(angle_deg))), 0.0, 1.0))
    moved_share = (2.0 * right - counts) / np.maximum(counts, 1)
    return 0.5 * to_deg(np.arcsin(np.clip(moved_share / visibility, -1.0, 1.0)))


def _checked(time_s: ArrayLike, unknown_sigma_deg: ArrayLike, bias_deg: float) -> tuple[FloatArray, FloatArray]:
    times_s, sigma_deg = np.asarray(time_s, dtype=float), np.asarray(unknown_sigma_deg, dtype=float)
    same_length(time_s=times_s, unknown_sigma_deg=sigma_deg)
    if times_s.ndim != 1 or times_s.size < 1 or not np.all(np.diff(times_s) > 0.0):
        raise DomainError(f"time_s must hold at least one time [s] and increase, has shape {times_s.shape}")
    within("time_s", times_s, -inf, inf, ends="()")
    within("unknown_sigma_deg", sigma_deg, 0.0, inf, ends="[)")
    within("bias_deg", bias_deg, -inf, inf, ends="()")
    return times_s, sigma_deg
