"""Keyhole of a station's mount along a pass: who may meet it, and when even an ideal mount has lost the target."""

from math import cos, sqrt

from passplan.apt.mount_plan import keyhole_outages, plan_mount
from passplan.mission.selection import Selection
from passplan.orbit.passes import Pass
from passplan.orbit.track import Track
from passplan.units import to_rad

_FASTEST_KM_S = 11.5  # no orbit about the Earth passes a station faster
_MOST_TURN_DEG, _MARGIN_S = 180.0, 30.0
_STEEPEST = 0.65  # largest angular acceleration of the azimuth over the square of its largest rate, 3 sqrt(3) / 8


def may_meet_keyhole(selection: Selection, pass_: Pass) -> bool:
    """Whether the azimuth may have to turn faster than the station's mount can, by a bound that costs nothing."""
    coarse = selection.site.apt.coarse
    if coarse.mount is None:
        return False
    level = max(cos(float(to_rad(pass_.max_elevation_deg))), 1e-6)
    rate_rad_s = _FASTEST_KM_S / pass_.min_range_km / level
    rate_limit_rad_s = float(to_rad(coarse.gimbal.rate_limit_deg_s))
    acceleration_limit_rad_s2 = float(to_rad(coarse.gimbal.acceleration_limit_deg_s2))
    return rate_rad_s > min(rate_limit_rad_s, sqrt(acceleration_limit_rad_s2 / _STEEPEST))


def keyhole_reach_s(selection: Selection) -> float:
    """Time [s] to either side of a culmination after which a mount has caught up: half a turn at its limit and more."""
    return _MOST_TURN_DEG / selection.site.apt.coarse.gimbal.rate_limit_deg_s + _MARGIN_S


def keyhole_outages_of(selection: Selection, path: Track) -> tuple[tuple[float, float], ...]:
    """Intervals [s] on the time of a track in which the target leaves the fine camera of an ideal station's mount."""
    apt = selection.site.apt
    if apt.coarse.mount is None:
        return ()
    plan = plan_mount(
        apt.coarse.mount,
        time_s=path.time_s,
        azimuth_deg=path.azimuth_deg,
        elevation_deg=path.elevation_deg,
        rate_limit_deg_s=apt.coarse.gimbal.rate_limit_deg_s,
        acceleration_limit_deg_s2=apt.coarse.gimbal.acceleration_limit_deg_s2,
    )
    half_field_urad = 0.5e3 * apt.fine.camera.field_mrad  # mrad to urad, half of it to either side
    return tuple(span for span in keyhole_outages(plan, field_urad=half_field_urad) if span[1] > span[0])
