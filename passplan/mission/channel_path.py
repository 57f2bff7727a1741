"""Loss, background and clicks of one pass: the records of both files and the track, handed to channel and detection."""

import numpy as np

from passplan.apt.correlation import fade_correlation_s
from passplan.apt.residual import TerminalTrack
from passplan.channel.budget import LossBudget, loss_budget
from passplan.channel.coupling import SingleModeFibre
from passplan.channel.pointing_loss import PointingError
from passplan.channel.refraction import apparent_elevation_deg
from passplan.checks import FloatArray
from passplan.detection.rates import Clicks, expected_clicks
from passplan.mission.background_path import background_of
from passplan.mission.selection import Selection
from passplan.orbit.light import light_conditions
from passplan.orbit.track import Track
from passplan.polarization.feedback import CountFeedback


def budget_of(
    selection: Selection, path: Track, apparent_deg: FloatArray, satellite: TerminalTrack, ground: TerminalTrack
) -> LossBudget:
    """Loss of every second of a track whose two ends have been tracked, elevation with refraction [deg]."""
    return pointed_budget_of(
        selection,
        path,
        apparent_deg,
        errors=(_pointing_error(satellite), _pointing_error(ground)),
        correlation_s=fade_correlation_s(satellite),
        ground_correlation_s=_ground_correlation_s(selection, ground),
    )


def still_budget_of(selection: Selection, path: Track, apparent_deg: FloatArray) -> LossBudget:
    """Loss of every second of a track whose two ends point without error, elevation with refraction [deg]."""
    exact = np.zeros(path.time_s.size)
    still = PointingError(bias_x_urad=exact, bias_y_urad=exact, jitter_x_urad=exact, jitter_y_urad=exact)
    return pointed_budget_of(selection, path, apparent_deg, errors=(still, still), correlation_s=1.0)


def pointed_budget_of(
    selection: Selection,
    path: Track,
    apparent_deg: FloatArray,
    *,
    errors: tuple[PointingError, PointingError],
    correlation_s: float,
    ground_correlation_s: float = np.inf,
) -> LossBudget:
    """Loss of every second of a track whose two ends, satellite and ground, point with stated errors.

    ``correlation_s`` is that of the satellite's squared jitter and ``ground_correlation_s`` that of the ground's [s],
    which counts where a fibre with a correction asks for it; elevation with refraction [deg].
    """
    return loss_budget(
        range_km=path.range_km,
        elevation_deg=apparent_deg,
        los_rate_urad_s=path.line_of_sight_rate_urad_s,
        transmitter=selection.payload.transmitter,
        receiver=selection.site.receiver,
        atmosphere=selection.site.atmosphere,
        height_m=selection.site.station.height_m,
        satellite_error=errors[0],
        ground_error=errors[1],
        jitter_correlation_s=correlation_s,
        ground_correlation_s=ground_correlation_s,
        beacon_nm=selection.payload.beacon.wavelength_nm,
        extinction_table=selection.extinction_table,
        cn2_profile=selection.cn2_profile,
    )


def clicks_of(
    selection: Selection,
    budget: LossBudget,
    *,
    locked: FloatArray,
    background_cps: FloatArray,
    error_polarization: FloatArray,
) -> Clicks:
    """Expected clicks of every second; ``locked`` is the share of it in which both ends are locked [1]."""
    mean, variance = budget.while_locked(locked)
    return expected_clicks(
        selection.payload.source,
        selection.site.detectors,
        transmittance=mean,
        background_cps=background_cps,
        error_polarization=error_polarization,
        transmittance_variance=variance,
    )


def feedback_cps(selection: Selection, path: Track) -> FloatArray | None:
    """Counts [1/s] that a wave plate's feedback from counts can use, None where the station has no such feedback.

    They are those of one basis sent and the other measured, as planned before the pass: the beam points without error
    and is always locked.
    """
    if not isinstance(selection.site.polarization.feedback, CountFeedback):
        return None
    light = light_conditions(path, selection.site.station)
    apparent_deg = apparent_elevation_deg(elevation_deg=path.elevation_deg)
    clicks = clicks_of(
        selection,
        still_budget_of(selection, path, apparent_deg),
        locked=np.ones(path.time_s.size),
        background_cps=background_of(selection, path, light, apparent_deg).total_cps,
        error_polarization=np.zeros(path.time_s.size),
    )
    return clicks.detections - clicks.clicks.sum(axis=(0, 1))


def _ground_correlation_s(selection: Selection, ground: TerminalTrack) -> float:
    """Correlation time of the ground's squared residual [s], where a fibre with a correction asks for it."""
    coupling = selection.site.receiver.coupling
    return fade_correlation_s(ground) if isinstance(coupling, SingleModeFibre) else np.inf


def _pointing_error(terminal: TerminalTrack) -> PointingError:
    return PointingError(
        bias_x_urad=terminal.bias_x_urad,
        bias_y_urad=terminal.bias_y_urad,
        jitter_x_urad=terminal.jitter_x_urad,
        jitter_y_urad=terminal.jitter_y_urad,
    )
