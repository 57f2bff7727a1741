"""Where functions of time change sign within many spans at once: nodes, extrema between them, roots.

All spans lie end to end on one line, a second apart, so that one flat array holds the instants of all of them. A
function is watched through its value and its rate at the nodes; both change slowly from node to node.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passplan.checks import FloatArray

IndexArray = NDArray[np.intp]
Watched = Callable[[FloatArray], tuple[FloatArray, FloatArray]]

ROOT_TOLERANCE_S = 1e-4
_GAP_S = 1.0
_MOST_STEPS = 60


@dataclass(frozen=True, slots=True)
class Line:
    """Spans end to end.

    start_s, end_s : each span in its own time [s], shape (p,)
    base, end : where each span begins and ends on the line [s], shape (p,)
    """

    start_s: FloatArray
    end_s: FloatArray
    base: FloatArray
    end: FloatArray

    def owner(self, x: FloatArray) -> IndexArray:
        """Span of places on the line."""
        return np.maximum(np.searchsorted(self.base, x, side="right") - 1, 0)

    def seconds(self, x: FloatArray, owner: IndexArray) -> FloatArray:
        """Time [s] of places on the line."""
        return self.start_s[owner] + (x - self.base[owner])


@dataclass(frozen=True, slots=True)
class Crossings:
    """What is known of one function: its roots, and its value at places in order (nodes and extrema)."""

    roots: FloatArray
    places: FloatArray
    values: FloatArray


def line_of(start_s: FloatArray, end_s: FloatArray) -> Line:
    """Spans from ``start_s`` to ``end_s`` [s], shape (p,) each, on one line."""
    lengths = end_s - start_s
    base = np.cumsum(lengths + _GAP_S) - (lengths + _GAP_S)
    return Line(start_s, end_s, base, base + lengths)


def crossings(function: Watched, x: FloatArray, owner: IndexArray) -> Crossings:
    """Roots of a function within spans.

    Parameters
    ----------
    function : callable
        Maps places on the line to values and rates [1/s], shape (n,) each.
    x : ndarray, shape (n,)
        Nodes, in order; the first and the last of each span are its ends.
    owner : ndarray, shape (n,)
        Span of each node.

    Returns
    -------
    Crossings
        Roots to 1e-4 s. Two roots between neighbouring nodes are found where the rate changes its sign between
        them and the tangents at the nodes meet beyond zero, so that neither a graze nor a short dip is lost.
    """
    value, rate = function(x)
    joined = owner[:-1] == owner[1:]
    turning = _turning(function, x, value, rate, joined)
    if turning.size:
        at = np.searchsorted(x, turning)
        turned, _ = function(turning)
        x, value = np.insert(x, at, turning), np.insert(value, at, turned)
        joined = np.insert(joined, np.maximum(at - 1, 0), True)
    above = value > 0.0
    changes = np.flatnonzero((above[:-1] != above[1:]) & joined)
    roots = bracketed_roots(
        lambda places: function(places)[0], x[changes], x[changes + 1], value[changes], value[changes + 1]
    )
    return Crossings(roots, x, value)


def _turning(
    function: Watched, x: FloatArray, value: FloatArray, rate: FloatArray, joined: NDArray[np.bool_]
) -> FloatArray:
    """Extrema between nodes that may lie on the other side of zero, and all maxima above it."""
    left, right = value[:-1], value[1:]
    fall = rate[:-1] - rate[1:]
    opposite = joined & (rate[:-1] * rate[1:] < 0.0)
    step_s = x[1:] - x[:-1]
    meet_s = np.divide(right - left - rate[1:] * step_s, fall, out=np.zeros_like(fall), where=opposite)
    bound = left + rate[:-1] * meet_s
    is_top = rate[:-1] > 0.0
    matters = np.where(is_top, bound > 0.0, (bound < 0.0) & (left > 0.0) & (right > 0.0))
    found = np.flatnonzero(opposite & matters)
    return bracketed_roots(lambda places: function(places)[1], x[found], x[found + 1], rate[found], rate[found + 1])


def bracketed_roots(
    function: Callable[[FloatArray], FloatArray],
    left: FloatArray,
    right: FloatArray,
    at_left: FloatArray,
    at_right: FloatArray,
) -> FloatArray:
    """Root of a continuous function in each bracket, to 1e-4.

    Parameters
    ----------
    function : callable
        Maps an array of places [s] to values.
    left, right : ndarray, shape (n,)
        Ends of the brackets [s].
    at_left, at_right : ndarray, shape (n,)
        Values there, of opposite signs.

    Returns
    -------
    ndarray, shape (n,)
        In [left, right].

    Notes
    -----
    Regula falsi with the Illinois weights: M. Dowell and P. Jarratt, BIT 11, 168 (1971). Every fourth step halves, and
    each keeps off the ends by half the tolerance, so that the bracket itself closes on the root.
    """
    left, right, at_left, at_right = (np.array(end, dtype=float) for end in (left, right, at_left, at_right))
    stays = np.zeros(left.size)
    for step in range(_MOST_STEPS):
        active = np.flatnonzero(right - left > ROOT_TOLERANCE_S)
        if active.size == 0:
            break
        low, high, at_low, at_high = left[active], right[active], at_left[active], at_right[active]
        rise = at_high - at_low
        share = np.divide(-at_low, rise, out=np.full_like(rise, 0.5), where=rise != 0.0)
        guess = low + (high - low) * (0.5 if step % 4 == 3 else share)
        guess = np.clip(guess, low + 0.5 * ROOT_TOLERANCE_S, high - 0.5 * ROOT_TOLERANCE_S)
        at_guess = function(guess)
        side = np.where((at_guess > 0.0) == (at_low > 0.0), 1.0, -1.0)  # which end the guess replaces: 1 left, -1 right
        weight = np.where(side == stays[active], 0.5, 1.0)  # an end that stays twice loses half its weight
        left[active], right[active] = np.where(side > 0.0, guess, low), np.where(side > 0.0, high, guess)
        at_left[active] = np.where(side > 0.0, at_guess, weight * at_low)
        at_right[active] = np.where(side > 0.0, weight * at_high, at_guess)
        stays[active] = side
    return 0.5 * (left + right)
