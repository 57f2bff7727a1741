"""Which of its equivalent angles a wave plate takes between its stops, and when it must rewind.

A plate acts the same after a turn by its period, so a command stands for a row of branches command + k period, k whole.
A drive with stops must choose k so that the pass does not end at a stop: no published source, the rule is our own.
"""

from math import inf

import numpy as np

from passplan.checks import FloatArray

_ROUNDING = 1e-9  # share of a period by which a command may lie beyond a stop


def branch_numbers(
    command_deg: FloatArray,
    *,
    period_deg: float,
    low_deg: float = -inf,
    high_deg: float = inf,
    start_deg: float | None = None,
) -> FloatArray:
    """Branch k that each command takes, so that command + k period lies between the stops with fewest changes of k.

    Parameters
    ----------
    command_deg : ndarray, shape (n,)
        Continuous plate angle [deg], finite, at least one.
    period_deg : float
        Turn after which the plate acts as before [deg], > 0.
    low_deg, high_deg : float
        Stops [deg], low < high, infinite for none.
    start_deg : float, optional
        Where the plate stands before the first command [deg].

    Returns
    -------
    ndarray, shape (n,)
        Whole numbers k [1]. Of the branches that last as long, the first is that nearest to the start (to k = 0
        without one), any later one that nearest to the branch before. A command that has no angle between the stops
        keeps the branch before it (at the beginning: the branch after it).

    Notes
    -----
    Each command allows the whole numbers from (low - command) / period to (high - command) / period. A branch lasts as
    long as the common part of these ranges is not empty; taking always the branch that lasts longest gives the fewest
    changes (the greedy cover of a line by intervals).
    """
    least = np.ceil((low_deg - command_deg) / period_deg - _ROUNDING)
    most = np.floor((high_deg - command_deg) / period_deg + _ROUNDING)
    wish = 0.0 if start_deg is None else float(np.round((start_deg - command_deg[0]) / period_deg))
    reachable = np.flatnonzero(least <= most)
    if reachable.size == 0:  # the stops are closer than a period and the pass stays in the gap
        middle_deg = 0.5 * (low_deg + high_deg)
        return np.full(command_deg.size, np.round(np.mean(middle_deg - command_deg) / period_deg))
    chosen = np.empty(reachable.size)
    first = 0
    while first < reachable.size:
        floor = np.maximum.accumulate(least[reachable[first:]])
        ceiling = np.minimum.accumulate(most[reachable[first:]])
        lasting = int(np.count_nonzero(floor <= ceiling))  # once empty, the common part stays empty
        wish = min(max(wish, floor[lasting - 1]), ceiling[lasting - 1])
        chosen[first : first + lasting] = wish
        first += lasting
    latest = np.searchsorted(reachable, np.arange(command_deg.size), side="right") - 1
    return chosen[np.maximum(latest, 0)]


def rewind_cells(branch: FloatArray, *, off_deg: FloatArray, tolerance_deg: float) -> tuple[tuple[int, int], ...]:
    """First cell and cell after the last [count] of each move to another branch.

    Parameters
    ----------
    branch : ndarray, shape (n,)
        Branch in each cell [1].
    off_deg : ndarray, shape (n,)
        Distance of the plate from what it was told [deg].
    tolerance_deg : float
        Distance at which it has arrived [deg].

    Returns
    -------
    tuple of (int, int)
        In the order of time; a move that meets the next one, or the end, stops there.
    """
    starts = (np.flatnonzero(np.diff(branch)) + 1).tolist()
    moves = []
    for start, limit in zip(starts, [*starts, branch.size][1:], strict=True):
        arrived = np.flatnonzero(off_deg[start:limit] <= tolerance_deg)
        moves.append((start, start + int(arrived[0]) if arrived.size else limit))
    return tuple(moves)
