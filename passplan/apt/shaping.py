"""Series of vibration with an exact spectrum: one normal number a sample through a filter of three poles.

A stationary process with the density

::

    S(f) = A / (1 + (f / corner)^2) / (1 + (f / roll_off)^4)

that is looked at every step is an ARMA(3,2) process. Its poles are those of S, taken to z = exp(s step); its zeros and
its gain follow from the spectrum of the samples, which is the sum of all aliases of S. The filter starts in its
stationary state. Nothing is left out above half the rate: it is folded, as a sample folds it.
"""

from dataclasses import dataclass
from functools import cache
from math import inf, isfinite, pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from passplan.apt.normal import normal_pairs
from passplan.checks import FloatArray, freeze, within

_ALIASES = 500  # and a closed form for those beyond: error of the sum below 1e-9 of itself
_FORGOTTEN = -40.0  # exponent of a pole that a step takes below the last digit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShapingFilter:
    """Filter that turns unit white noise e into a series y [urad]; the state is that of the next step without noise.

    ::

        w = e + pole w',     y = b0 w + z1,     z1' = b1 w - a1 y + z2,     z2' = b2 w - a2 y

    pole : first section, exp(-2 pi corner step) [1]
    a1, a2 : poles of the second section [1]
    b0, b1, b2 : zeros of the second section, with the gain [urad]
    start : shape (3, 3); start @ three normal numbers is a stationary state (pole w', z1, z2)
    """

    pole: float
    a1: float
    a2: float
    b0: float
    b1: float
    b2: float
    start: FloatArray

    def __post_init__(self) -> None:
        freeze(self.start)


def area_hz(*, corner_hz: float, roll_off_hz: float) -> float:
    """Exact integral of S / A over f > 0 [Hz], of frequencies [Hz] > 0; roll_off_hz inf for none."""
    shape = 0.5 * pi
    if isfinite(roll_off_hz):
        ratio = roll_off_hz / corner_hz
        shape = (0.5 * pi + pi / sqrt(8.0) * (ratio**-3 - 1.0 / ratio)) / (1.0 + ratio**-4)
    return corner_hz * shape


def shaping_filter(*, rms_urad: float, corner_hz: float, roll_off_hz: float, step_s: float) -> ShapingFilter:
    """Filter for one axis of vibration.

    Parameters
    ----------
    rms_urad : float
        Rms over all frequencies [urad], >= 0.
    corner_hz, roll_off_hz : float
        Frequencies of the pole and of the fourth-order roll-off [Hz], > 0; roll_off_hz inf for none.
    step_s : float
        Step of the series [s], > 0.

    Returns
    -------
    ShapingFilter
        Exact at every lag, to the rounding of the arithmetic.

    Raises
    ------
    DomainError
        If a value is out of its limits.
    """
    within("rms_urad", rms_urad, 0.0, inf, ends="[)")
    within("corner_hz", corner_hz, 0.0, inf, ends="()")
    within("roll_off_hz", roll_off_hz, 0.0, inf, ends="(]")
    within("step_s", step_s, 0.0, inf, ends="()")
    corner = 2.0 * pi * corner_hz * step_s
    if not isfinite(roll_off_hz):  # one pole: an Ornstein-Uhlenbeck process, an AR(1) when sampled
        start = np.zeros((3, 3))
        start[0, 0] = np.exp(-corner) / np.sqrt(-np.expm1(-2.0 * corner))
        gain = rms_urad * float(np.sqrt(-np.expm1(-2.0 * corner)))
        return ShapingFilter(pole=float(np.exp(-corner)), a1=0.0, a2=0.0, b0=gain, b1=0.0, b2=0.0, start=start)
    # Poles as exponents s * step: one real, two conjugate at 45 degrees to the axis. One that a step forgets stays
    # apart from the others, where it can no longer be told from zero.
    pair = 2.0 * pi * roll_off_hz * step_s * np.exp(0.75j * pi)
    pair = pair if pair.real > _FORGOTTEN else _FORGOTTEN + 1j
    exponents = np.array([max(-corner, _FORGOTTEN), pair, pair.conjugate()])
    zeros, gain = _zeros(rms_urad, corner_hz, roll_off_hz, step_s=step_s, exponents=exponents)
    b = gain * np.real(np.poly(zeros))
    second = np.exp(exponents[1])
    a1, a2 = -2.0 * float(second.real), abs(second) ** 2
    return ShapingFilter(
        pole=float(np.exp(exponents[0].real)),
        a1=a1,
        a2=a2,
        b0=float(b[0]),
        b1=float(b[1]),
        b2=float(b[2]),
        start=_stationary_start(exponents, b, a1),
    )


def shaped_series(shaping: ShapingFilter, *, count: int, rng: np.random.Generator, axes: int = 2) -> FloatArray:
    """Independent axes of a stationary series [urad], shape (axes, count).

    Parameters
    ----------
    shaping : ShapingFilter
        The filter for the wanted step.
    count : int
        Samples an axis, >= 1.
    axes : int
        One or two.
    rng : numpy.random.Generator
        Source of the random numbers: six for the start, then one a sample and axis (Box and Muller's).

    Returns
    -------
    ndarray, shape (axes, count)
        Gaussian series [urad].

    Raises
    ------
    DomainError
        If the count is below 1, or the axes are not one or two.
    """
    within("count", count, 1, inf)
    within("axes", axes, 1, 2)
    state = np.ascontiguousarray((shaping.start @ rng.standard_normal((3, 2))).T)
    series = np.zeros((2, count))
    if axes == 1:
        series[0] = normal_pairs(rng, (count + 1) // 2).view(np.float32)[:count]
        state[1] = 0.0  # the other axis rests: what dies away makes a processor slow
    else:
        pairs = normal_pairs(rng, count)
        series[0], series[1] = pairs.real, pairs.imag
    numbers = (shaping.pole, shaping.a1, shaping.a2, shaping.b0, shaping.b1, shaping.b2)
    compiled_sections()(series, state, *numbers)
    return series[:axes]


def run_sections(
    series: FloatArray,
    state: FloatArray,
    pole: float,
    a1: float,
    a2: float,
    b0: float,
    b1: float,
    b2: float,
) -> None:
    """Run the two sections over white noise, in place: series shape (2, n), state shape (2, 3); see `ShapingFilter`."""
    w_x, y1_x, y2_x = state[0, 0], state[0, 1], state[0, 2]
    w_y, y1_y, y2_y = state[1, 0], state[1, 1], state[1, 2]
    for k in range(series.shape[1]):
        in_x = series[0, k] + w_x
        in_y = series[1, k] + w_y
        w_x = pole * in_x
        w_y = pole * in_y
        out_x = b0 * in_x + y1_x
        out_y = b0 * in_y + y1_y
        y1_x = b1 * in_x - a1 * out_x + y2_x
        y1_y = b1 * in_y - a1 * out_y + y2_y
        y2_x = b2 * in_x - a2 * out_x
        y2_y = b2 * in_y - a2 * out_y
        series[0, k] = out_x
        series[1, k] = out_y


@cache
def compiled_sections() -> Any:
    """Return `run_sections` compiled by numba, kept on disk where numba finds a place to write (NUMBA_CACHE_DIR)."""
    import numba

    options: dict[str, Any] = {"no_cfunc_wrapper": True}
    try:
        return numba.njit(cache=True, **options)(run_sections)
    except RuntimeError:  # no folder that numba may write to
        return numba.njit(**options)(run_sections)


def _zeros(
    rms_urad: float, corner_hz: float, roll_off_hz: float, *, step_s: float, exponents: NDArray[np.complex128]
) -> tuple[NDArray[np.complex128], float]:
    # The numerator of the sampled spectrum is r0 + 2 r1 cos w + 2 r2 cos 2w; three frequencies give r0, r1, r2. Sums of
    # positive terms: no digits are lost, where differences of the autocovariance would lose all.
    turn = np.array([0.0, 0.5 * pi, pi])
    sampled = _sampled_density(turn / (2.0 * pi * step_s), rms_urad, corner_hz, roll_off_hz, step_s=step_s) / step_s
    poles = -np.expm1(exponents[:, None] - 1j * turn)
    at_zero, at_quarter, at_half = sampled * np.prod(np.abs(poles) ** 2, axis=0)
    if at_quarter == 0.0:  # no vibration at all
        return np.zeros(2, dtype=complex), 0.0
    r1 = 0.25 * (at_zero - at_half)
    r2 = 0.125 * (at_zero + at_half - 2.0 * at_quarter)
    inverse = np.zeros(2, dtype=np.complex128)  # 1 / (z + 1/z) at the zeros z of the numerator
    found = np.roots([at_quarter, r1, r2])
    inverse[: found.size] = found
    zeros = 2.0 * inverse / (1.0 + np.sqrt(1.0 - 4.0 * inverse**2))  # the one of each pair inside the unit circle
    return zeros, float(np.sqrt(at_zero) / np.prod(np.abs(1.0 - zeros)))


def _sampled_density(
    frequency_hz: FloatArray, rms_urad: float, corner_hz: float, roll_off_hz: float, *, step_s: float
) -> FloatArray:
    """Two-sided density of the samples [urad^2/Hz]: the sum of all aliases of S/2, shape (n,)."""
    last = _ALIASES + int(20.0 * max(corner_hz, roll_off_hz) * step_s)
    alias_hz = frequency_hz[:, None] + np.arange(-last, last + 1) / step_s
    square = alias_hz * alias_hz
    density = 1.0 / ((1.0 + square / corner_hz**2) * (1.0 + square * square / roll_off_hz**4))
    reach_hz = (last + 0.5) / step_s
    # Beyond the last alias S falls as f^-6; the sum there is the integral, of both sides.
    beyond = 2.0 * step_s * corner_hz**2 * roll_off_hz**4 / (5.0 * reach_hz**5)
    plateau_urad2_hz = rms_urad**2 / area_hz(corner_hz=corner_hz, roll_off_hz=roll_off_hz)
    return 0.5 * plateau_urad2_hz * (density.sum(axis=1) + beyond)


def _stationary_start(exponents: NDArray[np.complex128], b: FloatArray, a1: float) -> FloatArray:
    # Modes m_i = sum of p_i^j e(-j) over j >= 1, real, Re and Im; their covariances are geometric sums.
    poles = np.exp(exponents)
    cross = np.multiply.outer(poles, poles) / -np.expm1(np.add.outer(exponents, exponents))
    alike, conjugate, beside = cross[1, 1], cross[1, 2].real, cross[0, 1]
    covariance = np.array(
        [
            [cross[0, 0].real, beside.real, beside.imag],
            [beside.real, 0.5 * (conjugate + alike.real), 0.5 * alike.imag],
            [beside.imag, 0.5 * alike.imag, 0.5 * (conjugate - alike.real)],
        ]
    )
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    # Output at this step and the next if no more noise came, less what the first section would still hand on.
    differences = np.array([np.prod([p - q for k, q in enumerate(poles) if k != i]) for i, p in enumerate(poles)])
    residues = np.polyval(b, poles) / differences
    now, then = residues, residues * poles
    as_real = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1j], [0.0, 1.0, -1j]])
    first = np.array([1.0, 0.0, 0.0])
    z1 = (now @ as_real).real - b[0] * first
    after = (then @ as_real).real - (b[0] * poles[0].real + b[1] - a1 * b[0]) * first
    return np.stack((first, z1, after + a1 * z1)) @ root
