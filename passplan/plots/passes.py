"""Where the satellite stands in the sky: sky chart, elevation and range against time."""

from typing import Any

import numpy as np

from passplan.mission.result import PassPath
from passplan.plots.canvas import axes, mark_window, minutes, time_label
from passplan.units import to_rad


def sky_chart(result: PassPath, ax: Any = None) -> Any:
    """Path over the sky, north up and east to the left as one looks up; the key window is drawn thick.

    Returns the polar Axes: azimuth [deg] around, elevation [deg] from the rim inward.
    """
    ax = axes(ax, polar=True)
    path, mask = result.track, result.mask
    azimuth, zenith_deg = to_rad(path.azimuth_deg), 90.0 - path.elevation_deg
    ax.plot(azimuth, zenith_deg, color="tab:blue", lw=1.2, label=f"above {path.elevation_deg.min():.0f} deg")
    if mask.any():
        ax.plot(azimuth[mask], zenith_deg[mask], color="tab:blue", lw=4, alpha=0.5, label="key window")
    ax.plot(azimuth[:1], zenith_deg[:1], "o", color="tab:green", label="rise")
    ax.plot(azimuth[-1:], zenith_deg[-1:], "s", color="tab:red", label="set")
    moon_up = result.light.moon_elevation_deg[0] > 0.0
    if moon_up:
        moon = to_rad(result.light.moon_azimuth_deg[:1]), 90.0 - result.light.moon_elevation_deg[:1]
        ax.plot(*moon, "o", ms=11, color="gold", mec="0.4", label=f"Moon, {result.light.moon_illumination[0]:.0%} lit")
    ax.set_theta_zero_location("N")
    ax.set_theta_direction(1)  # east to the left: the sky as seen from below
    ax.set_rlim(0.0, 90.0)
    ax.set_rgrids([0, 30, 60], labels=["90°", "60°", "30°"], angle=22.5, color="0.4", fontsize=8)
    ax.set_thetagrids(range(0, 360, 45), labels=["N", "NE", "E", "SE", "S", "SW", "W", "NW"])
    ax.set_title(f"{path.satellite} over {path.station}, elevation [deg]", fontsize=11)
    ax.legend(loc="lower left", bbox_to_anchor=(-0.25, -0.12), fontsize=8, frameon=False)
    return ax


def elevation_range(result: PassPath, ax: Any = None) -> Any:
    """Elevation [deg] (left) and range [km] (right) against time; returns the left Axes."""
    ax = axes(ax)
    path = result.track
    time = minutes(result)
    (left,) = ax.plot(time, path.elevation_deg, color="tab:blue", label="elevation")
    ax.set_ylabel("elevation [deg]", color="tab:blue")
    ax.set_ylim(0.0, 90.0 if path.elevation_deg.max() > 60.0 else 60.0)
    other = ax.twinx()
    (right,) = other.plot(time, path.range_km, color="tab:orange", label="range")
    other.set_ylabel("range [km]", color="tab:orange")
    other.set_ylim(0.0, None)
    nearest = int(np.argmin(path.range_km))
    other.plot(time[nearest], path.range_km[nearest], "v", color="tab:orange")
    other.annotate(
        f"{path.range_km[nearest]:.1f} km, {path.elevation_deg[nearest]:.1f}°",
        (time[nearest], path.range_km[nearest]), xytext=(0, -14), textcoords="offset points", ha="center", fontsize=8,
    )  # fmt: skip
    mark_window(ax, result)
    time_label(ax, result)
    ax.legend(handles=[left, right], loc="center left", fontsize=8)
    ax.set_title("Elevation and range")
    return ax
