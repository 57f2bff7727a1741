"""Turbulence profiles from a table, and how fast the wind and the slew carry each layer across the line of sight."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from passplan.channel.turbulence import Cn2Profile, slant_factor
from passplan.checks import Finite, FloatArray, NonNegative, Positive, check_limits, within
from passplan.errors import DomainError, InputError

Datum = Literal["site", "sea"]

_HEADER = ["height_m", "cn2"]
_TOP_M = 40_000.0  # as the quadrature of HufnagelValley
_LOWEST_START_M = 100.0  # a table must reach from here ...
_LOWEST_TOP_M = 20_000.0  # ... to here, or its integrals would miss the ground layer or the jet
_LONGEST_PANEL_M = 2000.0
_NODES_PER_PANEL = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class TabulatedProfile:
    """Profile of the refractive-index structure constant from a table; ln(Cn2) is linear between the heights.

    height_m : heights [m], increasing, two or more
    strength : Cn2 at each height [m^(-2/3)], > 0
    height_above : whether the heights count from the ground of the site or from the sea
    site_height_m : height of the site above the sea [m], -500 to 9000; used with heights above the sea
    extrapolate : continue the table outside its heights (held below, its last slope above); else that is refused
    """

    height_m: tuple[float, ...]
    strength: tuple[float, ...]
    height_above: Datum = "site"
    site_height_m: Finite = 0.0
    extrapolate: bool = False

    def __post_init__(self) -> None:
        check_limits(self)
        within("TabulatedProfile.site_height_m", self.site_height_m, -500.0, 9000.0)
        if len(self.height_m) != len(self.strength) or len(self.height_m) < 2:
            raise DomainError(
                f"TabulatedProfile has {len(self.height_m)} heights and {len(self.strength)} values of Cn2, "
                "must have the same number, 2 or more"
            )
        within("TabulatedProfile.strength", self.strength, 0.0, np.inf, ends="()")
        within("TabulatedProfile.height_m", self.height_m, -500.0, 100_000.0)
        if np.any(np.diff(self.height_m) <= 0.0):
            raise DomainError("TabulatedProfile.height_m must increase from each value to the next")
        if self._ground_heights_m()[-1] <= 0.0:
            raise DomainError(f"TabulatedProfile ends at {self.height_m[-1]:g} m, below the site")

    @property
    def is_extrapolated(self) -> bool:
        """Whether integrals over this profile use strengths that are not in the table."""
        low_m, high_m = self.range_m()
        return self.extrapolate and (low_m > 0.0 or high_m < _TOP_M)

    def range_m(self) -> tuple[float, float]:
        """Lowest and highest height above the site [m] that the table holds."""
        heights_m = self._ground_heights_m()
        return max(float(heights_m[0]), 0.0), float(heights_m[-1])

    def cn2(self, height_m: FloatArray) -> FloatArray:
        """Structure constant [m^(-2/3)] at heights [m] above the site.

        Raises
        ------
        DomainError
            If a height lies outside the table and the profile is not to be extrapolated.
        """
        if not self.extrapolate:
            within("height_m", height_m, *self.range_m())
        heights_m, log_cn2 = self._ground_heights_m(), np.log(self.strength)
        slope = min((log_cn2[-1] - log_cn2[-2]) / (heights_m[-1] - heights_m[-2]), 0.0)
        above_m = np.maximum(height_m - heights_m[-1], 0.0)
        return np.exp(np.interp(height_m, heights_m, log_cn2) + slope * above_m)

    def nodes(self) -> tuple[FloatArray, FloatArray]:
        """Nodes [m] above the site and weights [m] of Gauss-Legendre panels that end at the heights of the table.

        Raises
        ------
        DomainError
            If the table does not reach from 100 m to 20 km above the site and is not to be extrapolated.
        """
        low_m, high_m = self.range_m()
        if self.extrapolate:
            return self._panels(0.0, max(high_m, _TOP_M))
        if low_m > _LOWEST_START_M or high_m < _LOWEST_TOP_M:
            raise DomainError(
                f"TabulatedProfile holds {low_m:g} to {high_m:g} m above the site; integrals over height need at least "
                f"{_LOWEST_START_M:g} to {_LOWEST_TOP_M:g} m, or extrapolate = true"
            )
        return self._panels(low_m, high_m)

    def _ground_heights_m(self) -> FloatArray:
        return np.array(self.height_m) - (self.site_height_m if self.height_above == "sea" else 0.0)

    def _panels(self, low_m: float, high_m: float) -> tuple[FloatArray, FloatArray]:
        edge_m = np.union1d(self._ground_heights_m(), np.arange(low_m, high_m, _LONGEST_PANEL_M))
        edge_m = np.union1d(edge_m[(edge_m > low_m) & (edge_m < high_m)], [low_m, high_m])
        node, weight = np.polynomial.legendre.leggauss(_NODES_PER_PANEL)
        half_m = 0.5 * np.diff(edge_m)[:, None]
        middle_m = 0.5 * (edge_m[1:] + edge_m[:-1])[:, None]
        return (middle_m + half_m * node).ravel(), (half_m * weight).ravel()


def parse_profile(
    text: str,
    *,
    source: str = "profile",
    height_above: Datum = "site",
    site_height_m: float = 0.0,
    extrapolate: bool = False,
) -> TabulatedProfile:
    """Read a profile from CSV text with the header ``height_m,cn2``; empty lines and lines with # are passed over.

    Parameters
    ----------
    text : str
        Lines of height [m] and Cn2 [m^(-2/3)], heights increasing.
    source : str
        Name of the text for messages.
    height_above : {"site", "sea"}
        From where the heights count.
    site_height_m : float
        Height of the site above the sea [m].
    extrapolate : bool
        Whether the table may be continued outside its heights.

    Returns
    -------
    TabulatedProfile
        The table.

    Raises
    ------
    InputError
        If the header, a number, a sign or the order of the heights is wrong; says the line.
    DomainError
        If the table as a whole cannot be a profile.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.split("#")[0].strip()]
    if not lines or _cells(lines[0][1]) != _HEADER:
        number, found = lines[0] if lines else (1, "")
        raise InputError(f"{source} line {number}: header is {found!r}, must be {','.join(_HEADER)!r}")
    rows: list[tuple[float, float]] = []
    for number, line in lines[1:]:
        height_m, cn2 = _row(line, f"{source} line {number}")
        if rows and height_m <= rows[-1][0]:
            raise InputError(f"{source} line {number}: height_m is {height_m:g}, must be above {rows[-1][0]:g} m")
        rows.append((height_m, cn2))
    return TabulatedProfile(
        height_m=tuple(row[0] for row in rows),
        strength=tuple(row[1] for row in rows),
        height_above=height_above,
        site_height_m=site_height_m,
        extrapolate=extrapolate,
    )


def read_profile(
    path: Path, *, height_above: Datum = "site", site_height_m: float = 0.0, extrapolate: bool = False
) -> TabulatedProfile:
    """Read a profile from a CSV file; heights and the site's height in [m], as ``parse_profile``.

    Raises
    ------
    InputError
        If the file cannot be read or a line of it is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(f"{path}: cannot be read: {fault}") from fault
    return parse_profile(
        text, source=str(path), height_above=height_above, site_height_m=site_height_m, extrapolate=extrapolate
    )


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], skipinitialspace=True))]


def _row(line: str, where: str) -> tuple[float, float]:
    fields = _cells(line)
    if len(fields) != len(_HEADER):
        raise InputError(f"{where}: {len(fields)} fields, must be {len(_HEADER)} ({','.join(_HEADER)})")
    numbers: list[float] = []
    for name, field in zip(_HEADER, fields, strict=True):
        try:
            numbers.append(float(field))
        except ValueError:
            raise InputError(f"{where}: {name} is {field!r}, must be a number") from None
    if not np.isfinite(numbers[0]):
        raise InputError(f"{where}: height_m is {numbers[0]}, must be finite [m]")
    if not 0.0 < numbers[1] < np.inf:
        raise InputError(f"{where}: cn2 is {numbers[1]:g}, must be > 0 and finite [m^(-2/3)]")
    return numbers[0], numbers[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuftonWind:
    """Wind speed over height: a constant and a jet of Gaussian shape.

    ground_m_s : wind at the ground [m/s], >= 0; 5 is assumed, a usual night
    jet_m_s : wind that the jet adds at its height [m/s], >= 0
    jet_height_m : height of the jet above the site [m], > 0
    jet_width_m : 1/e half-width of the jet [m], > 0
    """

    ground_m_s: NonNegative = 5.0
    jet_m_s: NonNegative = 30.0
    jet_height_m: Positive = 9400.0
    jet_width_m: Positive = 4800.0

    def __post_init__(self) -> None:
        check_limits(self)


def layer_speed_m_s(
    wind: BuftonWind, *, height_m: ArrayLike, los_rate_urad_s: ArrayLike = 0.0, elevation_deg: ArrayLike = 90.0
) -> FloatArray:
    """Speed at which the layers move across the line of sight.

    Parameters
    ----------
    wind : BuftonWind
        Wind over height.
    height_m : array_like, shape (...)
        Height above the site [m], >= 0.
    los_rate_urad_s : array_like, shape (...)
        Angular rate of the line of sight [urad/s], >= 0.
    elevation_deg : array_like, shape (...)
        Elevation [deg], in (0, 90].

    Returns
    -------
    ndarray, shape (...)
        Speed [m/s], >= 0. Inputs broadcast.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    ground + jet exp(-((h - height)/width)^2) + rate * h sec z: wind and slew added as if parallel, the upper limit.
    Source: Bufton, Appl. Opt. 12, 1785 (1973), as in Andrews and Phillips, sec. 12.2 (recalled, not re-read), where
    the zenith stands for every elevation.
    """
    within("height_m", height_m, 0.0, np.inf, ends="[)")
    within("los_rate_urad_s", los_rate_urad_s, 0.0, np.inf, ends="[)")
    distance_m = np.asarray(height_m, dtype=float) * slant_factor(elevation_deg=elevation_deg)
    jet = np.exp(-(((np.asarray(height_m, dtype=float) - wind.jet_height_m) / wind.jet_width_m) ** 2))
    return wind.ground_m_s + wind.jet_m_s * jet + np.asarray(los_rate_urad_s, dtype=float) * 1e-6 * distance_m  # urad


def rms_wind_m_s(wind: BuftonWind, *, los_rate_urad_s: float = 0.0) -> float:
    """Rms speed [m/s] of the layers from 5 to 20 km above the site, the wind of the Hufnagel-Valley model.

    With a slew it is the figure that some books put into ``HufnagelValley.high_wind_m_s``. A slew makes no turbulence:
    it makes fades faster, not stronger, and 21 m/s stays right for the strength unless the wind itself is known.

    Raises
    ------
    DomainError
        If the rate [urad/s] is negative or nan.
    """
    within("los_rate_urad_s", los_rate_urad_s, 0.0, np.inf, ends="[)")
    node, weight = np.polynomial.legendre.leggauss(32)
    speed = layer_speed_m_s(wind, height_m=12_500.0 + 7500.0 * node, los_rate_urad_s=los_rate_urad_s)
    return float(np.sqrt(np.sum(0.5 * weight * speed**2)))


def mean_layer_speed_m_s(
    profile: Cn2Profile,
    wind: BuftonWind,
    *,
    order: float = 2.0,
    los_rate_urad_s: ArrayLike = 0.0,
    elevation_deg: ArrayLike = 90.0,
) -> FloatArray:
    """Speed of the layers, weighted with Cn2 h^order [m/s]; order 2 is what makes a wide aperture scintillate.

    Parameters
    ----------
    profile : Cn2Profile
        Turbulence above the site.
    wind : BuftonWind
        Wind over height.
    order : float
        Power of the height [1], 0 to 4.
    los_rate_urad_s, elevation_deg : array_like, shape (...)
        Angular rate of the line of sight [urad/s], >= 0, and elevation [deg], in (0, 90].

    Returns
    -------
    ndarray, shape (...)
        Speed [m/s]; the aperture over it is the correlation time of the fades.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.
    """
    within("order", order, 0.0, 4.0)
    height_m, weight_m = profile.nodes()
    weight = weight_m * profile.cn2(height_m) * height_m**order
    weight = weight / np.sum(weight)
    wind_m_s = float(weight @ layer_speed_m_s(wind, height_m=height_m))
    within("los_rate_urad_s", los_rate_urad_s, 0.0, np.inf, ends="[)")
    distance_m = float(weight @ height_m) * slant_factor(elevation_deg=elevation_deg)
    return wind_m_s + np.asarray(los_rate_urad_s, dtype=float) * 1e-6 * distance_m  # urad to rad
