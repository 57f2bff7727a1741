"""Linear models with whole numbers, put together by rows and columns, and solved to a proven gap by HiGHS."""

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from passplan.checks import FloatArray, within
from passplan.errors import NoPlan

PROVEN_GAP = 1e-6  # a gap no larger than this is called proven optimal: the solver's own tolerance
_STATUS_OF_NO_ANSWER = {2: "the rows contradict each other", 3: "the objective has no bound", 4: "the solver failed"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """What the solver found.

    values : of all columns, shape (columns,); None where no answer was found in time
    objective : its value; None with them
    bound : no answer is better than this
    """

    values: FloatArray | None
    objective: float | None
    bound: float


class Model:
    """Columns and rows of a maximisation, as they are added; numbers are indices of columns."""

    def __init__(self) -> None:
        """Start without columns and rows."""
        self._gains: list[FloatArray] = []
        self._lower: list[FloatArray] = []
        self._upper: list[FloatArray] = []
        self._whole: list[FloatArray] = []
        self._columns = 0
        self._entries: list[tuple[FloatArray, FloatArray, FloatArray]] = []
        self._row_lower: list[FloatArray] = []
        self._row_upper: list[FloatArray] = []
        self._rows = 0
        self._constant = 0.0

    def add_columns(
        self, count: int, *, gain: ArrayLike = 0.0, lower: ArrayLike = 0.0, upper: ArrayLike = inf, whole: bool = False
    ) -> Any:
        """Add columns with their limits and their gain in the objective; returns their numbers, shape (count,)."""
        for store, value in ((self._gains, gain), (self._lower, lower), (self._upper, upper), (self._whole, whole)):
            store.append(np.broadcast_to(np.asarray(value, dtype=float), (count,)))
        self._columns += count
        return np.arange(self._columns - count, self._columns)

    def add_gains(self, columns: Any, gains: ArrayLike) -> None:
        """Add to the gains of columns that are there."""
        every = np.concatenate(self._gains)
        np.add.at(every, columns, gains)
        self._gains = [every]

    def add_constant(self, gain: float) -> None:
        """Add to the objective what no column decides."""
        self._constant += gain

    def hold(self, least: float) -> None:
        """Make the objective a row, at least ``least``; the next objective starts from nothing."""
        gains = np.concatenate(self._gains)
        used = np.flatnonzero(gains)
        if used.size:
            largest = float(np.abs(gains).max())
            self.add_row(used, gains[used] / largest, lower=(least - self._constant) / largest)
        self._gains, self._constant = [np.zeros(self._columns)], 0.0

    def add_rows(
        self,
        rows: ArrayLike,
        columns: ArrayLike,
        values: ArrayLike,
        *,
        lower: ArrayLike = -inf,
        upper: ArrayLike = inf,
        count: int,
    ) -> None:
        """Add rows lower <= sum of values times columns <= upper; ``rows`` counts from 0 within those added."""
        size = np.shape(columns)
        self._entries.append(
            (
                np.broadcast_to(np.asarray(rows, dtype=float), size) + self._rows,
                np.asarray(columns, dtype=float),
                np.broadcast_to(np.asarray(values, dtype=float), size),
            )
        )
        self._row_lower.append(np.broadcast_to(np.asarray(lower, dtype=float), (count,)))
        self._row_upper.append(np.broadcast_to(np.asarray(upper, dtype=float), (count,)))
        self._rows += count

    def add_row(self, columns: ArrayLike, values: ArrayLike, *, lower: float = -inf, upper: float = inf) -> None:
        """Add one row lower <= sum of values times columns <= upper."""
        self.add_rows(0, columns, values, lower=lower, upper=upper, count=1)

    def solve(self, *, time_limit_s: float, gap: float = 0.0) -> Answer:
        """Maximise.

        Parameters
        ----------
        time_limit_s : float
            When to stop with the best found so far [s], > 0.
        gap : float
            Relative gap at which to stop [1], >= 0.

        Raises
        ------
        NoPlan
            When the rows contradict each other.
        """
        within("time_limit_s", time_limit_s, 0.0, inf, ends="(]")
        within("gap", gap, 0.0, 1.0)
        if not self._columns:
            return Answer(values=np.zeros(0), objective=self._constant, bound=self._constant)
        gains = np.concatenate(self._gains)
        largest = float(np.abs(gains).max()) or 1.0  # bits are large numbers; the solver's tolerances are absolute
        found = milp(
            -gains / largest,
            integrality=np.concatenate(self._whole),
            bounds=Bounds(np.concatenate(self._lower), np.concatenate(self._upper)),
            constraints=self._constraints(),
            options={"time_limit": min(time_limit_s, 1e9), "mip_rel_gap": max(gap, 0.5 * PROVEN_GAP)},
        )
        if found.status in _STATUS_OF_NO_ANSWER:
            raise NoPlan(f"there is no plan: {_STATUS_OF_NO_ANSWER[found.status]}")
        dual = getattr(found, "mip_dual_bound", None)
        bound = inf if dual is None else self._constant - float(dual) * largest
        if found.x is None:
            return Answer(values=None, objective=None, bound=bound)
        objective = self._constant + float(gains @ found.x)
        return Answer(values=found.x, objective=objective, bound=objective if dual is None else bound)

    def _constraints(self) -> list[LinearConstraint]:
        if not self._rows:
            return []
        rows, columns, values = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        matrix = csr_array(
            (values, (rows.astype(np.int32), columns.astype(np.int32))), shape=(self._rows, self._columns)
        )
        return [LinearConstraint(matrix, np.concatenate(self._row_lower), np.concatenate(self._row_upper))]
