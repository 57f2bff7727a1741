"""Cubics of height and range squared along a part of an interval, and the roots of what is made of them.

With height [km] and range squared [km^2] as functions of time and s the sine of the lowest elevation, a satellite is
high enough where height - s range >= 0, and elevation turns where height' range^2 - height (range^2)' / 2 = 0.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from passplan.checks import FloatArray
from passplan.orbit.stretches import BoolArray, IntArray

_LAST_STEP = 1e-5  # of a part; Newton's error after so short a step is its square
_NARROW = 1e-11  # of a part
_MOST_ROUNDS = 60  # bisection alone needs 40


@dataclass(frozen=True, slots=True)
class Curves:
    """Cubics in u, from 0 to 1 along a part: coefficients of height and range squared, shape (4, n), and levels (n,).

    level is what a function is compared with: the sine of the lowest elevation, or the square of the greatest range.
    """

    height: FloatArray
    range2: FloatArray
    level: FloatArray

    def of(self, index: IntArray) -> "Curves":
        """Those of an index."""
        return Curves(self.height[:, index], self.range2[:, index], self.level[index])


Curve = Callable[[Curves, FloatArray], tuple[FloatArray, FloatArray]]


def cubic(values: FloatArray, slopes: FloatArray, at: IntArray) -> FloatArray:
    """Coefficients, shape (4, n), of the cubics through samples ``at`` and their next (Hermite)."""
    flat, flat_slopes = values.reshape(-1), slopes.reshape(-1)
    start, start_slope, end_slope = flat[at], flat_slopes[at], flat_slopes[at + 1]
    rise = flat[at + 1] - start
    return np.array(
        (start, start_slope, 3.0 * rise - 2.0 * start_slope - end_slope, start_slope + end_slope - 2.0 * rise)
    )


def value_and_slope(cubic: FloatArray, u: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Values and slopes of cubics."""
    c0, c1, c2, c3 = cubic
    bend = c3 * u
    slope = bend + c2
    value = ((slope * u) + c1) * u + c0
    return value, (slope + slope + bend) * u + c1


def bend(cubic: FloatArray, u: FloatArray) -> FloatArray:
    """Second derivatives of cubics."""
    return 2.0 * cubic[2] + 6.0 * cubic[3] * u


def roots_within(function: Curve, curves: Curves, low: FloatArray, high: FloatArray, upward: BoolArray) -> FloatArray:
    """Root in each bracket [low, high] of a function that changes sign there, upward or downward.

    Newton's method; a step that would leave the bracket is a bisection instead.
    """
    result = 0.5 * (low + high)
    active, u = np.arange(result.size), result
    for _ in range(_MOST_ROUNDS):
        values, slopes = function(curves, u)
        beyond = (values > 0.0) == upward
        low, high = np.where(beyond, low, u), np.where(beyond, u, high)
        with np.errstate(divide="ignore", invalid="ignore"):
            following = u - values / slopes
        lost = ~((following >= low) & (following <= high))
        following[lost] = 0.5 * (low + high)[lost]
        moving = (np.abs(following - u) > _LAST_STEP) | (lost & (high - low > _NARROW))
        u = following
        if 2 * np.count_nonzero(moving) > moving.size:
            continue
        result[active] = u
        index = np.flatnonzero(moving)
        if index.size == 0:
            break
        active, u, low, high, upward = active[index], u[index], low[index], high[index], upward[index]
        curves = curves.of(index)
    result[active] = u
    return result


def clearance(curves: Curves, u: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Height - sine range [km], and its slope."""
    height, height_slope = value_and_slope(curves.height, u)
    range2, range2_slope = value_and_slope(curves.range2, u)
    distance_km = np.sqrt(range2)
    return height - curves.level * distance_km, height_slope - 0.5 * curves.level * range2_slope / distance_km


def turning_rate(curves: Curves, u: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Positive where elevation climbs, and its slope."""
    height, height_slope = value_and_slope(curves.height, u)
    range2, range2_slope = value_and_slope(curves.range2, u)
    height_bend, range2_bend = bend(curves.height, u), bend(curves.range2, u)
    rate = height_slope * range2 - 0.5 * height * range2_slope
    return rate, height_bend * range2 + 0.5 * (height_slope * range2_slope - height * range2_bend)


def nearness(curves: Curves, u: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Greatest range squared less range squared [km^2], and its slope."""
    range2, slope = value_and_slope(curves.range2, u)
    return curves.level - range2, -slope


def approach(curves: Curves, u: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Positive where the satellite comes nearer, and its slope."""
    return -value_and_slope(curves.range2, u)[1], -bend(curves.range2, u)
