"""Correlated normal scores for long series of fades, made in pieces that stay in the processor's cache."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from passplan.checks import FloatArray, within

_PIECE = 32_768
_LEVELS = 65_536  # of a 16-bit draw


def score_source(
    *, correlation_s: float, step_s: float, rng: np.random.Generator, scale: float = 1.0
) -> Callable[[int], FloatArray]:
    """Endless normal series with exponential autocorrelation, stationary from the first step.

    Parameters
    ----------
    correlation_s : float
        1/e correlation time [s], > 0.
    step_s : float
        Step [s], > 0.
    rng : numpy.random.Generator
        Source of randomness.
    scale : float
        Standard deviation of the series [1], > 0.

    Returns
    -------
    callable
        The next ``count`` values, shape (count,), at each call.

    Raises
    ------
    DomainError
        If an input lies outside its range or is nan.

    Notes
    -----
    First-order autoregression of `normal_draws`. The sum over many steps is closer to a normal law than one draw.
    """
    within("correlation_s", correlation_s, 0.0, np.inf, ends="()")
    within("step_s", step_s, 0.0, np.inf, ends="()")
    within("scale", scale, 0.0, np.inf, ends="()")
    from scipy.signal import lfilter  # slow to import, and only a simulated series needs it

    memory = float(np.exp(-step_s / correlation_s))
    gain = [scale * float(np.sqrt(-np.expm1(-2.0 * step_s / correlation_s)))]
    state = np.array([memory * scale * rng.standard_normal()])

    def following(count: int) -> FloatArray:
        nonlocal state
        series, state = lfilter(gain, [1.0, -memory], normal_draws(count, rng), zi=state)
        return np.asarray(series)

    return following


def normal_draws(count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Independent normal draws at a quarter of the usual cost: quantiles of 16-bit numbers, shape (count,).

    Mean 0 and variance 1; the distribution function is right to 1e-5 and ends at 4.3 standard deviations. For summed
    or filtered noise, not for the study of rare single draws.

    Raises
    ------
    DomainError
        If the count is below 1.
    """
    within("count", count, 1, np.inf, ends="[)")
    words = rng.integers(0, 2**64 - 1, -(-count // 4), dtype=np.uint64, endpoint=True)
    return _quantiles().take(words.view(np.uint16)[:count])


def pieces(count: int, stretches: int = 1) -> Iterator[tuple[slice, list[tuple[int, slice]]]]:
    """Cut a series of ``count`` steps into pieces of handy size, and each where even stretches of the series meet.

    Yields
    ------
    piece : slice
        Its place in the series.
    parts : list of (int, slice)
        Stretch, and the place in the piece of what belongs to it.
    """
    bounds = np.linspace(0, count, stretches + 1).round().astype(int)
    for start in range(0, count, _PIECE):
        stop = min(start + _PIECE, count)
        first, last = int(np.searchsorted(bounds, start, side="right")) - 1, int(np.searchsorted(bounds, stop))
        edges = (np.clip(bounds[first : last + 1], start, stop) - start).tolist()
        parts = [(first + i, slice(*pair)) for i, pair in enumerate(pairwise(edges))]
        yield slice(start, stop), parts


@lru_cache(maxsize=1)
def _quantiles() -> NDArray[np.float32]:
    """Normal quantiles at the middles of even steps of probability, scaled to variance 1."""
    from scipy.special import ndtri

    values = ndtri((np.arange(_LEVELS) + 0.5) / _LEVELS)
    return np.asarray(values / np.sqrt(np.mean(values**2)), dtype=np.float32)  # half the size, to stay in the cache
