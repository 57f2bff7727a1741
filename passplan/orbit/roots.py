"""Roots of many functions at once."""

from collections.abc import Callable

import numpy as np

from passplan.checks import FloatArray

ROOT_TOLERANCE_S = 1e-4


def roots(function: Callable[[FloatArray], FloatArray], left: FloatArray, right: FloatArray) -> FloatArray:
    """Root of a continuous function in each bracket, to 1e-4 (Ridders' method on all brackets at once).

    Parameters
    ----------
    function : callable
        Maps an array of instants [s] to values of one sign at ``left`` and of the other at ``right``.
    left, right : ndarray, shape (n,)
        Ends of the brackets [s].

    Returns
    -------
    ndarray, shape (n,)

    Notes
    -----
    C. Ridders, "A new algorithm for computing a single root of a real continuous function", IEEE Trans. Circuits
    Syst. 26, 979 (1979). Each step halves the bracket at least.
    """
    if left.size == 0:
        return left
    at_left, at_right = function(left), function(right)
    guess = left
    while True:
        middle = 0.5 * (left + right)
        at_middle = function(middle)
        spread = np.sqrt(np.maximum(at_middle**2 - at_left * at_right, 0.0))
        shift = np.divide(at_middle, spread, out=np.zeros_like(spread), where=spread > 0.0)
        last, guess = guess, middle + (middle - left) * np.sign(at_left - at_right) * shift
        at_guess = function(guess)
        if np.all((np.abs(guess - last) < ROOT_TOLERANCE_S) | (right - left < ROOT_TOLERANCE_S)):
            return guess
        low, high = np.minimum(middle, guess), np.maximum(middle, guess)
        at_low = np.where(middle <= guess, at_middle, at_guess)
        at_high = np.where(middle <= guess, at_guess, at_middle)
        in_left = at_left * at_low <= 0.0
        in_middle = ~in_left & (at_low * at_high <= 0.0)
        new_left = np.where(in_left, left, np.where(in_middle, low, high))
        new_right = np.where(in_left, low, np.where(in_middle, high, right))
        at_left = np.where(in_left, at_left, np.where(in_middle, at_low, at_high))
        at_right = np.where(in_left, at_low, np.where(in_middle, at_high, at_right))
        left, right = new_left, new_right
