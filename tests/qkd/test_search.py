import numpy as np
import pytest
from scipy.optimize import minimize

from passplan.qkd.search import Effort, evolve, first_points, polish

PEAK = np.array([0.31, 0.72, 0.55])


def rippled(points):
    """Many summits, one highest, at PEAK with the value 0."""
    away = points - PEAK
    return -np.sum(20.0 * away**2 + 1.0 - np.cos(12.0 * np.pi * away), axis=-1)


def test_first_points_fill_every_slice_of_every_coordinate(rng):
    effort = Effort(seeds=2, members=8)
    points = first_points(effort=effort, dimensions=3, rng=rng)
    slices = np.sort(np.floor(points * 8.0), axis=1)
    assert np.array_equal(slices, np.broadcast_to(np.arange(8.0)[:, None], (2, 8, 3)))


def test_the_highest_of_many_summits_is_found(rng):
    effort = Effort(seeds=4, members=40, generations=150)
    start = first_points(effort=effort, dimensions=3, rng=rng)
    points, scores = evolve(rippled, start, problems=1, effort=effort, rng=rng)
    best = points[np.arange(4), np.argmax(scores, axis=1)]
    found, top = polish(rippled, best, steps=80)
    np.testing.assert_allclose(found, np.tile(PEAK, (4, 1)), atol=1e-5)
    assert np.all(top >= scores.max(axis=1))


def test_a_summit_on_the_wall_is_found(rng):
    def slope(points):
        return points[..., 0] - points[..., 1]

    effort = Effort(seeds=1, members=16, generations=30)
    start = first_points(effort=effort, dimensions=2, rng=rng)
    points, _ = evolve(slope, start, problems=1, effort=effort, rng=rng)
    assert np.all((points >= 0.0) & (points <= 1.0))
    found, top = polish(slope, points[:, 0], steps=100)
    np.testing.assert_allclose(found, [[1.0, 0.0]], atol=1e-6)
    np.testing.assert_allclose(top, 1.0, atol=1e-6)


def test_the_polish_climbs_a_bent_ridge():
    """Rosenbrock's valley, Comput. J. 3, 175 (1960), turned over and scaled: minimum at (1, 1) of a square of 4."""

    def ridge(points):
        x, y = 4.0 * points[..., 0] - 2.0, 4.0 * points[..., 1] - 2.0
        return -((1.0 - x) ** 2) - 100.0 * (y - x**2) ** 2

    starts = np.array([[0.2, 0.75], [0.9, 0.1], [0.5, 0.5]])
    found, top = polish(ridge, starts, steps=250, width=0.1)
    np.testing.assert_allclose(found, np.full((3, 2), 0.75), atol=1e-5)
    np.testing.assert_allclose(top, 0.0, atol=1e-8)


def test_every_step_of_the_polish_is_that_of_another_library():
    """Another library: scipy's Nelder and Mead from the same simplexes, after each number of steps; shrinking too."""
    starts = np.array([[0.69, 0.39, 0.53], [0.45, 0.56, 0.35]])  # the second simplex shrinks twice
    for steps in range(1, 40):
        found, top = polish(rippled, starts, steps=steps, width=0.2)
        for i, start in enumerate(starts):
            simplex = np.vstack([start, start + 0.2 * np.diag(np.where(start > 0.5, -1.0, 1.0))])
            options = {"initial_simplex": simplex, "maxiter": steps + 1, "xatol": 0.0, "fatol": 0.0}  # it counts from 1
            other = minimize(lambda point: -float(rippled(point)), start, method="Nelder-Mead", options=options)
            np.testing.assert_allclose(found[i], other.x, rtol=0.0, atol=1e-12)
            assert top[i] == pytest.approx(-other.fun, abs=1e-12)


def test_no_trial_is_cut_off_at_a_wall(rng):
    """Property: points beyond a wall are mirrored into the cube, so none of them comes to lie on the wall itself."""
    seen = []

    def corner(points):
        seen.append(points)
        return np.sum(points, axis=-1)

    effort = Effort(seeds=2, members=20, generations=20)
    evolve(corner, first_points(effort=effort, dimensions=3, rng=rng), problems=1, effort=effort, rng=rng)
    trials = np.stack(seen)
    assert np.all((trials > 0.0) & (trials < 1.0))
    assert np.max(trials) > 0.99


def test_a_problem_finds_the_same_alone_and_in_company():
    effort = Effort(seeds=2, members=10, generations=12)

    def shifted(shifts):
        return lambda points: -np.sum((points - shifts[:, None, None]) ** 2, axis=-1)

    def search(shifts):
        rng = np.random.default_rng(5)
        start = np.tile(first_points(effort=effort, dimensions=2, rng=rng), (len(shifts) // 2, 1, 1))
        return evolve(shifted(shifts), start, problems=len(shifts) // 2, effort=effort, rng=rng)[0]

    alone, both = search(np.array([0.3, 0.3])), search(np.array([0.3, 0.3, 0.8, 0.8]))
    assert np.array_equal(alone, both[:2])
    assert not np.array_equal(both[:2], both[2:])
