"""Search for the beacon: where a scan dwells, in a frame that moves with the predicted line of sight."""

from dataclasses import dataclass
from math import ceil, pi, sqrt
from typing import Annotated, Literal, get_args

import numpy as np
from annotated_types import Interval
from numpy.typing import NDArray

from passplan.checks import Positive, check_limits, one_of, within
from passplan.errors import DomainError

ScanKind = Literal["stare", "spiral", "raster"]

ComplexArray = NDArray[np.complex128]

_MOST_DWELLS = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Way in which a terminal searches the cone of its uncertainty. Angles are on the sky.

    kind : stare stays at the prediction; spiral goes outward from it at a constant areal rate; raster takes rows to
        and fro, from one edge of the cone to the other
    radius_mrad : half-angle of the cone that is covered [mrad], > 0; a stare does not use it
    dwell_s : time at each place, the step to it included [s], > 0
    step_ratio : step and pitch over the width of the beam or field that scans [1], in (0, 1]; above 0.70 a round beam
        leaves holes
    """

    kind: ScanKind = "stare"
    radius_mrad: Positive = 8.73
    dwell_s: Positive = 0.05
    step_ratio: Annotated[float, Interval(gt=0.0, le=1.0)] = 0.7

    def __post_init__(self) -> None:
        check_limits(self)
        one_of("kind of scan", self.kind, get_args(ScanKind))


def scan_path_urad(scan: Scan, width_urad: float) -> ComplexArray:
    """Centres of the dwells in their order, from the predicted direction [urad].

    Parameters
    ----------
    scan : Scan
        The scan.
    width_urad : float
        Full width of the round beam, or side of the square field, that scans [urad], > 0.

    Returns
    -------
    ndarray of complex, shape (n,)
        x + i y of each dwell; one zero for a stare.

    Raises
    ------
    DomainError
        If the width is not > 0, or the scan would take more than 20 million dwells.

    Notes
    -----
    With the pitch p = step_ratio width each dwell takes an area p^2. Spiral: r_k = p sqrt(k/pi), angle_k =
    2 sqrt(pi k), so turns and dwells on a turn lie p apart. It ends half a pitch outside the cone, since a spiral that
    ends on the edge leaves parts of it open: about pi (R + p/2)^2/p^2 dwells, of which pi R^2/p^2 lie in the cone.
    """
    within("width_urad", width_urad, 0.0, np.inf, ends="()")
    if scan.kind == "stare":
        return np.zeros(1, dtype=complex)
    pitch_urad = scan.step_ratio * width_urad
    steps_to_edge = 1e3 * scan.radius_mrad / pitch_urad  # mrad -> urad
    dwells = pi * (steps_to_edge + 0.5) ** 2
    if dwells > _MOST_DWELLS:
        raise DomainError(
            f"a {scan.kind} of {scan.radius_mrad:g} mrad half-angle in steps of {pitch_urad:g} urad has {dwells:.3g} "
            f"dwells, must have at most {_MOST_DWELLS:g}"
        )
    path = _spiral(steps_to_edge) if scan.kind == "spiral" else _raster(steps_to_edge)
    return pitch_urad * path


def _spiral(radius: float) -> ComplexArray:
    """Dwells one apart, out to half a step beyond the radius."""
    number = np.arange(ceil(pi * (radius + 0.5) ** 2) + 1)
    return np.sqrt(number / pi) * np.exp(2j * np.sqrt(pi * number))


def _raster(radius: float) -> ComplexArray:
    """Rows one apart, each as long as the cone is there, walked to and fro."""
    rows = max(1, ceil(2.0 * radius))
    path = []
    for row in range(rows):
        height = row - 0.5 * (rows - 1)
        inner = max(0.0, abs(height) - 0.5)  # the edge of the row that lies nearer to the middle is the longer one
        columns = max(1, ceil(2.0 * sqrt(max(0.0, radius**2 - inner**2))))
        line = np.arange(columns) - 0.5 * (columns - 1)
        path.append((line if row % 2 == 0 else line[::-1]) + 1j * height)
    return np.concatenate(path)


def check_dwell(scan: Scan, *, exposure_s: float, light_time_s: float, loop_delay_s: float = 0.0) -> None:
    """Refuse a scan that has left a place before the beacon that it met there is noticed.

    Parameters
    ----------
    scan : Scan
        The scan; a stare always passes.
    exposure_s : float
        Exposure of the camera that must see the beacon [s], >= 0.
    light_time_s : float
        Time the light takes from the scanning beam to that camera, one way, or both ways if the answer of the other
        end is what is waited for [s], >= 0.
    loop_delay_s : float
        Readout, computation and the actuator's step [s], >= 0.

    Raises
    ------
    DomainError
        If dwell_s is shorter than the sum of the three.
    """
    for name, value in (("exposure_s", exposure_s), ("light_time_s", light_time_s), ("loop_delay_s", loop_delay_s)):
        within(name, value, 0.0, np.inf, ends="[)")
    least_s = exposure_s + light_time_s + loop_delay_s
    if scan.kind != "stare" and scan.dwell_s < least_s:
        raise DomainError(
            f"Scan.dwell_s is {scan.dwell_s:g} s, must be at least {least_s:g} s: exposure {exposure_s:g} s + light "
            f"time {light_time_s:g} s + loop delay {loop_delay_s:g} s"
        )
