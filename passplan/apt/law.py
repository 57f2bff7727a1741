"""The one interface of every control law: a frozen record of a linear filter, and a pure step of one axis.

::

    command = c x + d error,   held within plus and minus a limit
    x'      = a x + b error + windup (held command - command)

``windup`` tells the state what the limit took away, so that no law winds up. A law is turned into such a filter for
the rate of its camera; the loop in the time domain and the design in the frequency domain use the same record.
"""

from dataclasses import dataclass
from math import inf, pi

import numpy as np
from numpy.typing import ArrayLike, NDArray

from passplan.checks import FloatArray, freeze, within
from passplan.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Filter:
    """Linear control law of one axis in discrete time, from the error to the command, both angles on the sky [urad].

    rate_hz : steps a second [Hz], > 0
    a : shape (n, n), n >= 1
    b, c : shape (n,)
    d : direct part [1]
    windup : shape (n,), what the state gets for each urad that the limit takes off the command
    """

    rate_hz: float
    a: FloatArray
    b: FloatArray
    c: FloatArray
    d: float
    windup: FloatArray

    def __post_init__(self) -> None:
        within("rate_hz", self.rate_hz, 0.0, inf, ends="()")
        order = len(self.b)
        shapes = [np.shape(self.a), np.shape(self.b), np.shape(self.c), np.shape(self.windup)]
        if order < 1 or shapes != [(order, order), (order,), (order,), (order,)]:
            raise DomainError(f"a, b, c, windup have shapes {shapes}, must be (n, n), (n,), (n,), (n,) with n >= 1")
        for name in ("a", "b", "c", "d", "windup"):
            within(f"Filter.{name}", getattr(self, name), -inf, inf, ends="()")
        freeze(self.a, self.b, self.c, self.windup)


def law_step(law: Filter, state: ArrayLike, error_urad: float, *, limit_urad: float = inf) -> tuple[FloatArray, float]:
    """One step of a law.

    Parameters
    ----------
    law : Filter
        The law.
    state : array_like, shape (n,)
        Its state; zeros at the start.
    error_urad : float
        Reading of the camera less its set-point [urad].
    limit_urad : float
        Largest command [urad], > 0.

    Returns
    -------
    state : ndarray, shape (n,)
        Next state.
    command_urad : float
        Command, held within the limit [urad].

    Raises
    ------
    DomainError
        If the limit is not > 0.
    """
    within("limit_urad", limit_urad, 0.0, inf, ends="(]")
    x = np.asarray(state, dtype=float)
    command_urad = float(law.c @ x + law.d * error_urad)
    held_urad = min(max(command_urad, -limit_urad), limit_urad)
    return law.a @ x + law.b * error_urad + law.windup * (held_urad - command_urad), held_urad


def law_response(law: Filter, frequency_hz: ArrayLike) -> NDArray[np.complex128]:
    """Command over error at a frequency [1], c (z - a)^-1 b + d with z = exp(2 pi i f / rate), shape (...)."""
    z = np.exp(2j * pi * np.asarray(frequency_hz, dtype=float) / law.rate_hz)
    order = law.b.size
    resolvent = z[..., None, None] * np.eye(order) - law.a
    state = np.linalg.solve(resolvent, np.broadcast_to(law.b[:, None], (*z.shape, order, 1)).astype(complex))
    return (state[..., 0] * law.c).sum(axis=-1) + law.d
