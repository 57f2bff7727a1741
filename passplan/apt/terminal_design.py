"""The two loops of a terminal as sampled loops, and its error budget in a stated geometry. Angles are on the sky."""

from dataclasses import dataclass

import numpy as np

from passplan.apt.cascade import CoarseResidual
from passplan.apt.error_budget import Alignment, ErrorBudget, Vector, error_budget
from passplan.apt.sensor import noise_equivalent_angle_urad
from passplan.apt.spectrum import Psd
from passplan.apt.stage_loop import StageName, stage_loop
from passplan.apt.terminal import Terminal
from passplan.checks import Finite, NonNegative, check_limits
from passplan.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """Moment of a pass for which a budget is made; x along the motion across the sky, y upward across it.

    sight_rate_urad_s : rate of the line of sight [urad/s], >= 0
    sight_acceleration_urad_s2 : its acceleration [urad/s^2]
    range_km, range_rate_km_s : slant range [km], > 0 by use, and its rate [km/s]; they make the orbit error move
    point_ahead_urad : lead of the transmitted beam [urad], >= 0; 0 for a beam that needs none
    point_ahead_rate_urad_s : its rate [urad/s]
    chromatic_urad : the beacon's image above the signal's, where that is not corrected [urad]
    """

    sight_rate_urad_s: NonNegative = 0.0
    sight_acceleration_urad_s2: Finite = 0.0
    range_km: NonNegative = 1000.0
    range_rate_km_s: Finite = 0.0
    point_ahead_urad: NonNegative = 0.0
    point_ahead_rate_urad_s: Finite = 0.0
    chromatic_urad: Finite = 0.0

    def __post_init__(self) -> None:
        check_limits(self)


def stage_noise_urad(terminal: Terminal, stage: StageName, *, electrons: float | None = None) -> float:
    """Rms error of a reading of a stage [urad], of a spot of that many electrons or as bright as the camera takes."""
    camera = (terminal.coarse if stage == "coarse" else terminal.fine).camera
    if electrons is not None and electrons < camera.minimum_e:
        raise DomainError(
            f"electrons is {electrons:g}, must be >= {stage}.camera.minimum_e, {camera.minimum_e:g}, or the camera "
            "does not take the spot for a beacon"
        )
    count = camera.saturation_e if electrons is None else min(electrons, camera.saturation_e)
    return float(noise_equivalent_angle_urad(camera, count))


def seen_by(terminal: Terminal, stage: StageName, psd: Psd, *, electrons: float | None = None) -> Psd:
    """Spectrum that a stage has to follow: the vibration itself, or for the fine stage what the coarse one leaves."""
    if stage == "coarse":
        return psd
    noise_urad = stage_noise_urad(terminal, "coarse", electrons=electrons)
    return CoarseResidual(loop=stage_loop(terminal, "coarse"), psd=psd, noise_urad=noise_urad)


def unfollowed_drift(terminal: Terminal, geometry: Geometry) -> tuple[Vector, Vector]:
    """Rate [urad/s] and acceleration [urad/s^2], x and y, that the feed-forward leaves to the loops.

    Along the motion the scale error times rate and acceleration, and the time-tag error times the acceleration; in
    either axis one sigma of the orbit error over the range, as it moves with the range. All taken as adding up.
    """
    scale, late_s = abs(terminal.feed_forward_scale_error), abs(terminal.time_tag_error_s)
    acceleration = abs(geometry.sight_acceleration_urad_s2)
    orbit_urad_s = 0.0
    if terminal.orbit_error_m:
        if geometry.range_km == 0.0:
            raise DomainError("Geometry.range_km is 0 km, must be > 0 for a terminal with an orbit error")
        # 1e3 (m/km = mrad) for each urad
        orbit_urad_s = 1e3 * terminal.orbit_error_m * abs(geometry.range_rate_km_s) / geometry.range_km**2
    rate_x = scale * geometry.sight_rate_urad_s + late_s * acceleration + orbit_urad_s
    return (rate_x, orbit_urad_s), (scale * acceleration, 0.0)


def terminal_budget(
    terminal: Terminal, *, psd: Psd, geometry: Geometry | None = None, electrons: float | None = None
) -> ErrorBudget:
    """Error budget of a terminal with both loops closed.

    Parameters
    ----------
    terminal : Terminal
        The terminal; both loops stable.
    psd : callable
        Vibration, one-sided density per axis [urad^2/Hz] of a frequency [Hz].
    geometry : Geometry, optional
        The moment; without, a line of sight at rest and no point-ahead.
    electrons : float, optional
        Of the spot in an exposure of either camera; by default as bright as the camera takes.

    Returns
    -------
    ErrorBudget
        Bias and rms by cause [urad].

    Raises
    ------
    DomainError
        If an input is out of its limits.
    """
    moment = geometry or Geometry()
    check_stroke(terminal, moment)
    drift, drift_change = unfollowed_drift(terminal, moment)
    alignment = Alignment(
        boresight_urad=terminal.boresight_urad,
        point_ahead_error_urad=terminal.point_ahead_error_urad,
        point_ahead_rate_urad_s=(moment.point_ahead_rate_urad_s, 0.0),
        point_ahead_update_s=terminal.point_ahead_update_s,
        chromatic_urad=(0.0, moment.chromatic_urad),
        drift_urad_s=drift,
        drift_urad_s2=drift_change,
    )
    return error_budget(
        fine=stage_loop(terminal, "fine"),
        coarse=stage_loop(terminal, "coarse"),
        psd=psd,
        alignment=alignment,
        fine_noise_urad=stage_noise_urad(terminal, "fine", electrons=electrons),
        coarse_noise_urad=stage_noise_urad(terminal, "coarse", electrons=electrons),
        plays=terminal.fine.mirror.plays,
        encoder_step_urad=terminal.coarse.gimbal.encoder_step_urad,
    )


def check_stroke(terminal: Terminal, geometry: Geometry) -> None:
    """Raise DomainError when the fast mirror cannot make the point-ahead, which is a part of its angle."""
    half_urad = terminal.fine.mirror.half_stroke_urad
    if half_urad < geometry.point_ahead_urad:
        raise DomainError(
            f"fine.mirror.stroke_mrad is {terminal.fine.mirror.stroke_mrad:g} mrad, {half_urad:g} urad to either side, "
            f"which is less than the point-ahead of {geometry.point_ahead_urad:g} urad; must be "
            f">= {2e-3 * geometry.point_ahead_urad:g} mrad, and more for what the coarse loop leaves"
        )


def stroke_needed_urad(budget: ErrorBudget, geometry: Geometry) -> float:
    """Angle to either side that the fast mirror needs [urad]: lead, lag of the coarse loop, and three sigma."""
    lag_urad = float(np.hypot(*budget.coarse_lag_urad))
    return geometry.point_ahead_urad + lag_urad + 3.0 * budget.coarse_rms_urad
