"""Global search in the unit cube, many problems side by side: differential evolution, then Nelder and Mead.

An island is one population on one problem. All islands step together, so one call of the objective serves them all; the
number of steps is fixed, so the answer of an island does not depend on its neighbours. The random numbers are drawn for
the seeds of one problem and used for every problem: a problem finds the same alone and in company.

Sources: Storn, Price, J. Glob. Optim. 11, 341 (1997); mutation towards one of the best as in Zhang, Sanderson, IEEE
Trans. Evol. Comput. 13, 945 (2009); Nelder, Mead, Comput. J. 7, 308 (1965).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passplan.checks import FloatArray

IntArray = NDArray[np.int64]
Objective = Callable[[FloatArray], FloatArray]  # points (islands, m, d) -> scores (islands, m), to be made large

_ELITE = 0.15  # share of a population that leads the others
_CROSSOVER = 0.9
_STEP = (0.4, 0.9)  # weights of the differences


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long to search.

    seeds : populations on each problem, each started apart [1]
    members : points of a population [1], >= 4
    generations : steps of the evolution [1]
    polish_steps : steps of Nelder and Mead afterwards [1]
    """

    seeds: int = 3
    members: int = 28
    generations: int = 40
    polish_steps: int = 60


def first_points(*, effort: Effort, dimensions: int, rng: np.random.Generator) -> FloatArray:
    """Points of the unit cube, in every coordinate one in each of ``members`` equal slices, (seeds, members, d) [1]."""
    size = (effort.seeds, effort.members, dimensions)
    slices = rng.permuted(np.broadcast_to(np.arange(effort.members)[:, None], size), axis=1)
    return (slices + rng.random(size)) / effort.members


def evolve(
    objective: Objective, points: FloatArray, *, problems: int, effort: Effort, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Populations after their evolution.

    Parameters
    ----------
    objective : callable
        Scores of points; never nan.
    points : ndarray, shape (problems * seeds, members, d)
        First points in the unit cube [1]; the seeds of a problem stand together.
    problems : int
        Problems that share the random numbers [1].
    effort : Effort
        Length of the search.
    rng : Generator
        Source of the random numbers.

    Returns
    -------
    tuple of ndarray
        Points, shape as given [1], and their scores, shape (problems * seeds, members).
    """
    points, scores = points.copy(), objective(points)
    islands, members, dimensions = points.shape
    leaders, row = max(2, round(_ELITE * members)), np.arange(islands)[:, None]
    shape = (islands // problems, members)
    for _ in range(effort.generations):
        lead = rng.integers(leaders, size=shape)
        one, other = _two_others(rng, shape)
        weight = rng.uniform(*_STEP, size=(*shape, 1))
        cross = rng.random((*shape, dimensions)) < _CROSSOVER
        cross |= rng.integers(dimensions, size=(*shape, 1)) == np.arange(dimensions)
        lead, one, other = np.tile(lead, (problems, 1)), np.tile(one, (problems, 1)), np.tile(other, (problems, 1))
        weight, cross = np.tile(weight, (problems, 1, 1)), np.tile(cross, (problems, 1, 1))
        best = np.argsort(-scores, axis=1, kind="stable")[row, lead]
        moved = points + weight * (points[row, best] - points + points[row, one] - points[row, other])
        trial = np.where(cross, _folded(moved), points)
        found = objective(trial)
        better = found >= scores
        points, scores = np.where(better[..., None], trial, points), np.where(better, found, scores)
    return points, scores


def polish(
    objective: Objective, start: FloatArray, *, steps: int, width: float = 0.02
) -> tuple[FloatArray, FloatArray]:
    """Highest points near the given ones, by Nelder and Mead's simplex, one simplex an island.

    Parameters
    ----------
    objective : callable
        Scores of points; never nan.
    start : ndarray, shape (islands, d)
        Points in the unit cube [1].
    steps : int
        Steps of each simplex [1].
    width : float
        First size of the simplex [1].

    Returns
    -------
    tuple of ndarray
        Points, shape (islands, d), and scores, shape (islands,); never worse than the start.
    """
    islands, dimensions = start.shape
    offsets = np.vstack([np.zeros(dimensions), width * np.eye(dimensions)])
    corners = start[:, None] + np.where(start[:, None] > 0.5, -offsets, offsets)
    scores = objective(corners)
    reach = np.array([1.0, 2.0, 0.5, -0.5])[:, None]  # reflect, stretch, shorten outside, shorten inside
    for _ in range(steps):
        order = np.argsort(-scores, axis=1, kind="stable")
        scores, corners = np.take_along_axis(scores, order, 1), np.take_along_axis(corners, order[..., None], 1)
        middle, worst = corners[:, :-1].mean(axis=1, keepdims=True), corners[:, -1:]
        trials = np.clip(middle + reach * (middle - worst), 0.0, 1.0)
        found = objective(trials)
        pick, is_good = _simplex_move(found, scores)
        rows = np.arange(islands)
        corners[:, -1] = np.where(is_good[:, None], trials[rows, pick], corners[:, -1])
        scores[:, -1] = np.where(is_good, found[rows, pick], scores[:, -1])
        if not is_good.all():
            shrunk = corners[:, :1] + 0.5 * (corners - corners[:, :1])
            values = objective(shrunk)
            corners = np.where(is_good[:, None, None], corners, shrunk)
            scores = np.where(is_good[:, None], scores, values)
    top = np.argmax(scores, axis=1)
    return corners[np.arange(islands), top], scores[np.arange(islands), top]


def _two_others(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[IntArray, IntArray]:
    """Numbers of two members, different from each other and from the one they move."""
    members, own = shape[1], np.arange(shape[1])
    first = rng.integers(1, members, size=shape)
    second = rng.integers(1, members - 1, size=shape)
    return (own + first) % members, (own + second + (second >= first)) % members


def _folded(points: FloatArray) -> FloatArray:
    """Points outside the cube, mirrored at its walls."""
    inside = np.abs(points)
    return np.clip(np.where(inside > 1.0, 2.0 - inside, inside), 0.0, 1.0)


def _simplex_move(found: FloatArray, scores: FloatArray) -> tuple[IntArray, NDArray[np.bool_]]:
    """Which trial each simplex takes, and whether it takes one at all (else it shrinks)."""
    reflected, stretched = found[:, 0], found[:, 1]
    best, second_worst, worst = scores[:, 0], scores[:, -2], scores[:, -1]
    pick = np.where(
        reflected > best,
        np.where(stretched > reflected, 1, 0),
        np.where(reflected > second_worst, 0, np.where(reflected > worst, 2, 3)),
    )
    taken = found[np.arange(len(pick)), pick]
    return pick, np.where(pick == 2, taken >= reflected, taken > worst)
