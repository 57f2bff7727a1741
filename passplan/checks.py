"""One-line validators that name the field; each raises with what it was and what is allowed."""

import difflib
from collections.abc import Iterable
from functools import cache
from math import inf
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike, NDArray

from passplan.errors import DomainError, UnknownName

FloatArray = NDArray[np.float64]

# Limits of a record's field, written once beside the field; records and the TOML reader both obey them.
Positive = Annotated[float, Interval(gt=0.0, lt=inf)]
NonNegative = Annotated[float, Interval(ge=0.0, lt=inf)]
Finite = Annotated[float, Interval(gt=-inf, lt=inf)]
Fraction = Annotated[float, Interval(ge=0.0, le=1.0)]


def within(name: str, value: ArrayLike, low: float, high: float, *, ends: str = "[]") -> None:
    """Raise DomainError unless every element of value lies between low and high; nan never does."""
    if type(value) is float and low < value < high:  # a plain number inside is by far the most frequent case
        return
    array = np.asarray(value, dtype=float)
    above = array >= low if ends[0] == "[" else array > low
    below = array <= high if ends[1] == "]" else array < high
    good = above & below
    if not good.all():
        worst = array[()] if array.ndim == 0 else array[~good].flat[0]
        raise DomainError(f"{name} is {worst}, must lie in {ends[0]}{low:g}, {high:g}{ends[1]}")


def same_length(**arrays: ArrayLike) -> None:
    """Raise DomainError unless all arrays share the length of the first (last axis)."""
    lengths = {name: np.shape(array)[-1] if np.ndim(array) else 0 for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise DomainError(f"arrays must share one grid, but their lengths are: {listed}")


def nearest_spelling(name: str, allowed: Iterable[str]) -> str | None:
    """Closest of the allowed names, or None when nothing is close."""
    by_lower = {word.lower(): word for word in allowed}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    return by_lower[close[0]] if close else None


def one_of(what: str, name: str, allowed: Iterable[str]) -> str:
    """Return the name if it is allowed, else raise UnknownName with the nearest right spelling."""
    names = sorted(allowed)
    if name in names:
        return name
    close = nearest_spelling(name, names)
    hint = f"; did you mean {close!r}?" if close else "."
    raise UnknownName(f"{what} {name!r} is not known{hint} Allowed: {', '.join(names)}")


@cache
def _limits_of(record: Any) -> dict[str, Interval]:
    limits: dict[str, Interval] = {}
    for name, hint in get_type_hints(record, include_extras=True).items():
        arms = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)  # ``... | None`` has its limit too
        for arm in arms:
            if get_origin(arm) is Annotated:
                limits.update((name, item) for item in get_args(arm)[1:] if isinstance(item, Interval))
    return limits


def check_limits(record: Any) -> None:
    """Raise DomainError if a field of a dataclass lies outside the Interval that annotates it.

    Call it from ``__post_init__``. A field that is None is passed over. The TOML reader reads the same annotations,
    so a limit is written once.
    """
    kind: Any = type(record)
    for name, limit in _limits_of(kind).items():
        value = getattr(record, name)
        if value is None:
            continue
        low = limit.gt if limit.gt is not None else limit.ge
        high = limit.lt if limit.lt is not None else limit.le
        ends = ("(" if limit.gt is not None else "[") + (")" if limit.lt is not None else "]")
        within(
            f"{kind.__name__}.{name}",
            value,
            -inf if low is None else float(low),  # type: ignore[arg-type]
            inf if high is None else float(high),  # type: ignore[arg-type]
            ends=ends,
        )


def freeze(*arrays: NDArray[Any]) -> None:
    """Mark the arrays of a record read-only, so that no stage can change what another computed."""
    for array in arrays:
        array.setflags(write=False)
