"""Closed forms of the acquisition of two ends: how likely each locks, and when, beside which the Monte Carlo stands.

A target counts as seen when it lies in the camera's field and in the part of the other end's beacon that gives the
camera its threshold. Noise, jitter, fades and the limit of time are left to the Monte Carlo.
"""

from dataclasses import dataclass
from math import inf, isfinite, log, sqrt

from passplan.apt.acquisition import (
    beacon_probability,
    containment,
    field_probability,
    spiral_cells,
    spiral_full_time_s,
    spiral_mean_time_s,
    staring_time_s,
)
from passplan.apt.acquisition_run import Seeker

_LEAST_SIGMA_URAD = 1e-9  # in place of none: a perfect end is found for certain


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What covers one end, each for itself; probabilities [1].

    in_field : that the other end lies in its camera's field
    in_beacon : that it lies in the other end's beacon, within 1/e^2 of the axis
    bright_half_angle_urad : of the other end's beacon, out to which its camera sees it [urad]; inf without threshold
    in_bright_beacon : that it lies within that
    """

    in_field: float
    in_beacon: float
    bright_half_angle_urad: float
    in_bright_beacon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedTimes:
    """Times of one end [s].

    staring_s : to its lock when light is on it from the beginning: start, light time, frames in succession, settling
    cells : dwells of its scan in the cone [1]; None for a stare
    full_s : time of these dwells; None for a stare
    mean_s : mean time until its scan meets the other end; None but for a spiral
    """

    staring_s: float
    cells: float | None = None
    full_s: float | None = None
    mean_s: float | None = None


def bright_half_angle_urad(*, electrons: float, minimum_e: float, half_divergence_urad: float) -> float:
    """Angle from the axis of a Gaussian beacon at which a camera still has its threshold [urad].

    Parameters
    ----------
    electrons, minimum_e : float
        On the axis, and the threshold [electrons an exposure], >= 0.
    half_divergence_urad : float
        Half-angle of the beacon at 1/e^2 intensity [urad], > 0.

    Returns
    -------
    float
        theta sqrt(ln(N/N_min)/2); 0 when even the axis is too dim, inf without a threshold.
    """
    if electrons <= minimum_e:
        return 0.0
    return half_divergence_urad * sqrt(0.5 * log(electrons / minimum_e)) if minimum_e > 0.0 else inf


def cover_of(own: Seeker, other: Seeker) -> Cover:
    """What covers one end of two that stare."""
    bright_urad = bright_half_angle_urad(
        electrons=own.electrons,
        minimum_e=own.camera.minimum_e,
        half_divergence_urad=other.half_divergence_urad,
    )
    own_sigma_urad, other_sigma_urad = (max(end.sigma_urad, _LEAST_SIGMA_URAD) for end in (own, other))
    return Cover(
        in_field=float(field_probability(sigma_urad=own_sigma_urad, field_urad=2.0 * own.camera.half_field_urad)),
        in_beacon=float(
            beacon_probability(sigma_urad=other_sigma_urad, half_divergence_urad=other.half_divergence_urad)
        ),
        bright_half_angle_urad=bright_urad,
        in_bright_beacon=_in_circle(bright_urad, other_sigma_urad),
    )


def _in_circle(radius_urad: float, sigma_urad: float) -> float:
    return float(containment(radius_urad / sigma_urad)) if isfinite(radius_urad) else 1.0


def lock_probabilities(first: Seeker, second: Seeker) -> tuple[float, float, float]:
    """Probabilities that the first end, the second, and both lock, however long it takes [1].

    Notes
    -----
    F: the other end is in an end's field; B: it is in the bright part of that end's beacon. A scan carries both over
    its cone, whose radius adds to theirs, the field then taken as the circle inside it. One end locks by the other's
    beacon, or the other one locks first and points at it: F1 and (B2 or F2 and B1); both need F1 and F2 and (B1 or B2).
    The ends' errors are independent; field and beacon are concentric, and "F and not B" is taken as P(F) - P(B), not
    below 0: exact unless the beam's edge cuts the square field's.
    """
    fields, beams = [], []
    for own, other in ((first, second), (second, first)):
        seen = cover_of(other, own)
        if own.scan.kind == "stare":
            fields.append(cover_of(own, other).in_field)
            beams.append(seen.in_bright_beacon)
        else:
            sigma_urad, cone_urad = max(own.sigma_urad, _LEAST_SIGMA_URAD), 1e3 * own.scan.radius_mrad  # mrad -> urad
            fields.append(_in_circle(cone_urad + own.camera.half_field_urad, sigma_urad))
            bright_urad = seen.bright_half_angle_urad
            beams.append(_in_circle(cone_urad + bright_urad, sigma_urad) if bright_urad > 0.0 else 0.0)
    dark = [max(0.0, field - beam) for field, beam in zip(fields, beams, strict=True)]
    single = [fields[own] * beams[other] + (fields[own] - dark[own]) * dark[other] for own, other in ((0, 1), (1, 0))]
    return single[0], single[1], fields[0] * fields[1] - dark[0] * dark[1]


def closed_times(seeker: Seeker, *, range_km: float) -> ClosedTimes:
    """Times of one end at a slant range [km]."""
    staring_s = float(
        staring_time_s(
            range_km=range_km,
            confirm_frames=seeker.confirm_frames,
            frame_rate_hz=seeker.camera.frame_rate_hz,
            move_s=seeker.start_s + seeker.settle_s,
        )
    )
    scan, width_urad = seeker.scan, seeker.scan_width_urad
    if scan.kind == "stare":
        return ClosedTimes(staring_s=staring_s)
    radius_urad = 1e3 * scan.radius_mrad  # mrad -> urad
    cells = float(spiral_cells(radius_urad=radius_urad, beam_urad=width_urad, step_ratio=scan.step_ratio))
    full_s = float(
        spiral_full_time_s(
            radius_urad=radius_urad, beam_urad=width_urad, dwell_s=scan.dwell_s, step_ratio=scan.step_ratio
        )
    )
    mean_s = None
    if scan.kind == "spiral":
        mean_s = float(
            spiral_mean_time_s(
                sigma_urad=seeker.sigma_urad,
                beam_urad=width_urad,
                dwell_s=scan.dwell_s,
                step_ratio=scan.step_ratio,
            )
        )
    return ClosedTimes(staring_s=staring_s, cells=cells, full_s=full_s, mean_s=mean_s)
