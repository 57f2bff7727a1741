"""Pointing of a mount: azimuth, elevation and their rates against time, as plain columns."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from passplan.errors import InputError
from passplan.mission.formats.origin import GROUND_FRAME, origin_lines
from passplan.mission.formats.sampling import grid_s, in_order, modified_julian_day
from passplan.orbit.earth import clock
from passplan.orbit.passes import Pass
from passplan.orbit.topocentric import ground_fixed_states, look
from passplan.units import add_seconds, as_utc, format_utc

STEP_S = 1.0
_MJD_DIGITS = 12

_COLUMNS = (
    ("time_utc", 27),
    ("mjd_utc", 18),
    ("azimuth_deg", 13),
    ("azimuth_continuous_deg", 22),
    ("elevation_deg", 13),
    ("azimuth_rate_deg_s", 18),
    ("elevation_rate_deg_s", 20),
    ("range_km", 14),
    ("range_rate_km_s", 15),
)


def mount_text(passes: Sequence[Pass], *, created_utc: datetime, step_s: float = STEP_S) -> str:
    """Table of one pass, one row a step, columns parted by blanks, remarks and headings behind ``#``.

    Parameters
    ----------
    passes : sequence of Pass
        One pass.
    created_utc : datetime
        Aware instant of production.
    step_s : float
        [s] between rows.

    Returns
    -------
    str
        Rows at the multiples of the step that enclose rise and set. Angles [deg] to 1e-7, geometric: no refraction, no
        light time. ``azimuth_deg`` lies in [0, 360); ``azimuth_continuous_deg`` starts equal to it and runs on through
        north, for mounts that must not turn back. Rates are those of the axes of the mount [deg/s], azimuth not times
        the cosine of elevation; range [km], range rate [km/s], positive when the satellite recedes.

    Raises
    ------
    InputError
        If there is not exactly one pass.
    DomainError
        If the step is out of range.
    ElementsError
        If the propagation fails.
    """
    ordered = in_order(passes)
    if len(ordered) > 1:
        raise InputError(f"a mount table holds one pass, not {len(ordered)}: write a file for each")
    item = ordered[0]
    epoch, seconds = grid_s(item.rise_utc, item.set_utc, step_s, 1)
    seen = look(item.site, *ground_fixed_states(item.elements, clock(epoch, seconds)))
    turning = np.unwrap(seen.azimuth_deg, period=360.0)
    remarks = [
        f"pass {item.pass_id}, written {format_utc(as_utc(created_utc, what='created_utc'))}",
        *origin_lines(ordered, GROUND_FRAME),
        "geometric angles: no refraction, no light time; azimuth from true north over east",
        f"station {item.station}: latitude {item.site.latitude_deg:.7f} deg, "
        f"longitude {item.site.longitude_deg:.7f} deg, height {item.site.height_m:.3f} m (WGS 84)",
    ]
    heading = " ".join(f"{name:>{width}}" for name, width in _COLUMNS)
    numbers = zip(
        seen.azimuth_deg,
        turning,
        seen.elevation_deg,
        seen.azimuth_rate_deg_s,
        seen.elevation_rate_deg_s,
        seen.range_km,
        seen.range_rate_km_s,
        strict=True,
    )
    rows = [_row(add_seconds(epoch, second), row) for second, row in zip(seconds, numbers, strict=True)]
    return "\n".join([*(f"# {_one_line(remark)}" for remark in remarks), f"# {heading}", *rows]) + "\n"


def _row(when: datetime, row: tuple[float, ...]) -> str:
    azimuth, turning, elevation, azimuth_rate, elevation_rate, range_km, range_rate = row
    wrapped = round(float(azimuth), 7) % 360.0  # 359.99999999 is printed as 0, not as 360
    values = (
        f"{wrapped:.7f}",
        f"{turning:.7f}",
        f"{elevation:.7f}",
        f"{azimuth_rate:.8f}",
        f"{elevation_rate:.8f}",
        f"{range_km:.6f}",
        f"{range_rate:.8f}",
    )
    cells = (format_utc(when, digits=6), _mjd(when), *values)
    return "  " + " ".join(f"{cell:>{width}}" for cell, (_, width) in zip(cells, _COLUMNS, strict=True))


def _mjd(when: datetime) -> str:
    """Modified Julian day of UTC, exact to 1e-12 d: a float would lose the microsecond."""
    day = when.date()
    of_day = when.replace(tzinfo=None) - datetime.combine(day, datetime.min.time())
    share = (of_day // timedelta(microseconds=1)) * 10**_MJD_DIGITS // 86_400_000_000
    return f"{modified_julian_day(day)}.{share:0{_MJD_DIGITS}d}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
