"""Best settings of the source for a pass under one proof: intensities, probabilities, Alice's bias, and the window.

The length is climbed before it is clipped at 0, so that settings without a key still say where one may be. A setting
whose test sample holds too few single photons ranks below every other and never makes a key. Where a pass shows no key,
or the seeds disagree, blocks of several such passes are tried, in which a key is easier to
find, and the way is followed back to one pass.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from passplan.checks import FloatArray
from passplan.qkd.block import Blocks, Terms
from passplan.qkd.gain import Channel, Response, expected_blocks, expected_counts, stacked
from passplan.qkd.key_length import TERMS
from passplan.qkd.optimum import LEAST_TESTED, Optimum, Task, guarded_key
from passplan.qkd.search import Effort, evolve, first_points, polish
from passplan.qkd.settings import KeySettings
from passplan.qkd.space import Space, source_at, sources_at
from passplan.qkd.window import Windows, windows_of

_HOPELESS = 1e14  # bits; a setting with too small a sample ranks that far below the others
_SURE = 1e-3  # the two best seeds agree within this share of the key, or the pass is searched again
_LONGER = (64.0, 16.0, 4.0, 1.0)  # passes in a block, on the way back to one
_TOGETHER = 8  # passes searched in one batch, so that its arrays stay in the processor's cache


def optimise(
    channel: Channel,
    *,
    proof: str,
    settings: KeySettings,
    bob_key_probability: float | None,
    rng: np.random.Generator,
    space: Space | None = None,
    optimise_window: bool = False,
    least_tested: float = LEAST_TESTED,
    effort: Effort | None = None,
) -> Optimum:
    """Settings of the source with the longest key of one pass.

    Parameters
    ----------
    channel : Channel
        The pass as predicted.
    proof : str
        Id, see ``TERMS`` of ``key_length``.
    settings : KeySettings
        Failure probabilities and error correction efficiency.
    bob_key_probability : float or None
        Bob's share of the key basis [1], in (0, 1), fixed by his splitter; None ties it to Alice's.
    rng : Generator
        Source of the random numbers; the same one gives the same optimum.
    space, optimise_window, least_tested, effort
        See ``Task``.

    Returns
    -------
    Optimum
        Settings, window, counts, key [bit] and the gap between the best seeds [bit].

    Raises
    ------
    UnknownName
        If there is no such proof.
    DomainError
        If an input lies outside its range, a leak is given as measured, or the proof does not take so many intensities.
    """
    task = Task(
        proof=proof,
        settings=settings,
        bob_key_probability=bob_key_probability,
        space=space or Space(),
        optimise_window=optimise_window,
        least_tested=least_tested,
        effort=effort or Effort(),
    )
    return optimise_each([channel], task=task, rng=rng)[0]


def optimise_each(channels: Sequence[Channel], *, task: Task, rng: np.random.Generator) -> list[Optimum]:
    """Optimum of each of several passes, in bits, each for itself; searched together, which is faster.

    Parameters
    ----------
    channels : sequence of Channel
        The passes.
    task : Task
        What to optimise.
    rng : Generator
        Source of the random numbers; every pass starts from the same ones.

    Returns
    -------
    list of Optimum
        One for each pass. Settings found for one were also tried on its neighbours.

    Raises
    ------
    DomainError
        If the proof does not take so many intensities.
    """
    seed = int(rng.integers(2**63))
    found: list[Optimum] = []
    for start in range(0, len(channels), _TOGETHER):
        problems = _problems(channels[start : start + _TOGETHER], task)
        found += _optima(problems, seed)
    return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Problems:
    """Passes that are searched together.

    responses : of shape (B, W): pass, window; a pass with fewer windows repeats its last
    last : number of the last window of each, shape (B,)
    """

    task: Task
    channels: Sequence[Channel]
    windows: Sequence[Windows]
    responses: Response
    last: NDArray[np.int64]
    number: int
    terms: Callable[..., Terms]

    def blocks(self, rows: NDArray[np.int64], points: FloatArray, window: NDArray[np.int64]) -> Blocks:
        """Blocks of points (I, m, d) on the passes ``rows`` (I,) in the windows (I, m) or (I, 1)."""
        intensities, probabilities, alice, bob = sources_at(
            self.task.space, points, number=self.number, bob_key_probability=self.task.bob_key_probability
        )
        return expected_blocks(
            self.responses[rows[:, None], window],
            intensities=intensities,
            probabilities=probabilities,
            alice_key_probability=alice,
            bob_key_probability=bob,
        )

    def score(self, blocks: Blocks, passes: float = 1.0) -> FloatArray:
        """Unclipped length of each pass in a block of several [bit]; far below where the sample is too small."""
        if passes != 1.0:
            blocks = replace(
                blocks,
                key_clicks=passes * blocks.key_clicks,
                key_errors=passes * blocks.key_errors,
                test_clicks=passes * blocks.test_clicks,
                test_errors=passes * blocks.test_errors,
            )
        found = self.terms(blocks, settings=self.task.settings)
        least = self.task.least_tested
        missing = 1.0 - np.clip(found.tested, 0.0, least) / least
        seen = blocks.test_clicks.sum(axis=-1)
        return np.where(missing > 0.0, -_HOPELESS * (1.0 + missing + least / (least + seen)), found.real / passes)

    def window_of(self, rows: NDArray[np.int64], share: FloatArray) -> NDArray[np.int64]:
        """Numbers of the windows at a coordinate (I, m) in [0, 1] [1]."""
        return np.rint(share * self.last[rows][:, None]).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """Best of each seed on each pass: points (B, S, d), windows (B, S), scores (B, S) [bit], settings tried on each."""

    points: FloatArray
    windows: NDArray[np.int64]
    scores: FloatArray
    tried: NDArray[np.int64]


def _problems(channels: Sequence[Channel], task: Task) -> _Problems:
    windows = [windows_of(channel, most=256 if task.optimise_window else 1) for channel in channels]
    last = np.array([len(choice) - 1 for choice in windows])
    parts = [
        choice.responses(channel, largest_intensity=task.space.signal[1])[np.minimum(np.arange(last.max() + 1), end)]
        for choice, channel, end in zip(windows, channels, last, strict=True)
    ]
    return _Problems(
        task=task,
        channels=channels,
        windows=windows,
        responses=stacked(parts),
        last=last,
        number=task.intensities,
        terms=TERMS[task.proof],
    )


def _optima(problems: _Problems, seed: int) -> list[Optimum]:
    everyone = np.arange(len(problems.channels))
    found = _search(problems, everyone, np.random.default_rng(seed))
    ranked = np.sort(found.scores, axis=1)
    second = ranked[:, max(ranked.shape[1] - 2, 0)]
    unsure = everyone[second <= (1.0 - _SURE) * np.maximum(ranked[:, -1], 0.0)]
    if unsure.size:
        found = _merged(found, unsure, _come_down(problems, unsure, np.random.default_rng(seed + 1)))
    if everyone.size > 1:
        found = _exchanged(problems, found)
    return [_optimum(problems, number, found) for number in range(everyone.size)]


def _search(problems: _Problems, rows: NDArray[np.int64], rng: np.random.Generator) -> _Found:
    points = _first(problems, rows, rng)
    points, scores = _evolved(problems, rows, points, 1.0, rng)
    return _settled(problems, rows, points, scores, points.shape[1] * (problems.task.effort.generations + 1))


def _come_down(problems: _Problems, rows: NDArray[np.int64], rng: np.random.Generator) -> _Found:
    """The same by way of blocks of several passes, each stage starting where the last one ended."""
    effort = problems.task.effort
    points, tried = _first(problems, rows, rng), 0
    for passes in _LONGER:
        points, scores = _evolved(problems, rows, points, passes, rng)
        tried += points.shape[1] * (effort.generations + 1)
        if np.all(scores.max(axis=1) <= 0.0):  # more of the same never hurts: what fails in 64 passes fails in one
            break
    scores = _scores_at(problems, rows, points, 1.0)
    return _settled(problems, rows, points, scores, tried)


def _first(problems: _Problems, rows: NDArray[np.int64], rng: np.random.Generator) -> FloatArray:
    task = problems.task
    dimensions = task.space.dimensions(problems.number) + task.optimise_window
    return np.tile(first_points(effort=task.effort, dimensions=dimensions, rng=rng), (len(rows), 1, 1))


def _scores_at(problems: _Problems, rows: NDArray[np.int64], points: FloatArray, passes: float) -> FloatArray:
    islands = np.repeat(rows, len(points) // len(rows))
    share = points[..., -1] if problems.task.optimise_window else np.ones((len(points), 1))
    return problems.score(problems.blocks(islands, points, problems.window_of(islands, share)), passes)


def _evolved(
    problems: _Problems, rows: NDArray[np.int64], points: FloatArray, passes: float, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    def objective(trial: FloatArray) -> FloatArray:
        return _scores_at(problems, rows, trial, passes)

    return evolve(objective, points, problems=len(rows), effort=problems.task.effort, rng=rng)


def _settled(
    problems: _Problems, rows: NDArray[np.int64], points: FloatArray, scores: FloatArray, tried: int
) -> _Found:
    """Best of each population, its window chosen among all, the source polished in that window, the window again."""
    steps = problems.task.effort.polish_steps
    islands, best = np.repeat(rows, len(points) // len(rows)), np.argmax(scores, axis=1)
    start = points[np.arange(len(points)), best, : problems.task.space.dimensions(problems.number)]
    window, top = _best_window(problems, islands, start)
    for width in (0.02, 0.005) if problems.task.optimise_window else (0.02,):
        start, top = _polished(problems, islands, start, window, width)
        window, top = _best_window(problems, islands, start)
    shape = (len(rows), -1)
    count = tried + 5 * steps
    return _Found(
        points=start.reshape(*shape, start.shape[-1]),
        windows=window.reshape(shape),
        scores=top.reshape(shape),
        tried=np.full(len(rows), count * problems.task.effort.seeds),
    )


def _polished(
    problems: _Problems, islands: NDArray[np.int64], start: FloatArray, window: NDArray[np.int64], width: float
) -> tuple[FloatArray, FloatArray]:
    def objective(trial: FloatArray) -> FloatArray:
        return problems.score(problems.blocks(islands, trial, window[:, None]))

    return polish(objective, start, steps=problems.task.effort.polish_steps, width=width)


def _best_window(
    problems: _Problems, islands: NDArray[np.int64], points: FloatArray
) -> tuple[NDArray[np.int64], FloatArray]:
    """Window of the longest key for each source (I, d), the largest of equal ones, and its score."""
    choices = np.minimum(np.arange(problems.last.max(), -1, -1), problems.last[islands][:, None])
    scores = problems.score(problems.blocks(islands, points[:, None], choices))
    best = np.argmax(scores, axis=1)
    rows = np.arange(len(islands))
    return choices[rows, best], scores[rows, best]


def _merged(found: _Found, rows: NDArray[np.int64], other: _Found) -> _Found:
    """The first, with the best of both searches where ``rows`` (r,) were searched again."""
    scores = np.concatenate([found.scores[rows], other.scores], axis=1)
    best = np.argsort(-scores, axis=1, kind="stable")[:, : found.scores.shape[1]]
    points, windows, values, tried = found.points.copy(), found.windows.copy(), found.scores.copy(), found.tried.copy()
    at = np.arange(len(rows))[:, None]
    points[rows] = np.concatenate([found.points[rows], other.points], axis=1)[at, best]
    windows[rows] = np.concatenate([found.windows[rows], other.windows], axis=1)[at, best]
    values[rows] = scores[at, best]
    tried[rows] += other.tried
    return _Found(points=points, windows=windows, scores=values, tried=tried)


def _exchanged(problems: _Problems, found: _Found) -> _Found:
    """Try every pass's best source on all passes of the batch; polish where a neighbour's is better than the own."""
    rows = np.arange(len(found.points))
    best = np.argmax(found.scores, axis=1)
    sources = np.broadcast_to(found.points[rows, best], (len(rows), *found.points[rows, best].shape))
    scores = problems.score(problems.blocks(rows, sources, found.windows[rows, best][:, None]))
    winner = np.argmax(scores, axis=1)
    better = rows[scores[rows, winner] > found.scores[rows, best]]
    if not better.size:
        return found
    window = found.windows[better, best[better]]
    start, top = _polished(problems, better, sources[0][winner[better]], window, 0.02)
    points, windows, values = found.points.copy(), found.windows.copy(), found.scores.copy()
    worst = np.argmin(values, axis=1)[better]
    points[better, worst], windows[better, worst], values[better, worst] = start, window, top
    return _Found(points=points, windows=windows, scores=values, tried=found.tried + len(rows))


def _optimum(problems: _Problems, number: int, found: _Found) -> Optimum:
    task, scores = problems.task, found.scores[number]
    best = int(np.argmax(scores))
    chosen = int(found.windows[number, best])
    source = source_at(
        task.space,
        found.points[number, best],
        number=problems.number,
        bob_key_probability=task.bob_key_probability,
    )
    counts = expected_counts(problems.responses[number, chosen], source=source)
    key, tested = guarded_key(counts, task=task)
    return Optimum(
        proof=task.proof,
        source=source,
        window=problems.windows[number].window(chosen),
        counts=counts,
        key=key,
        tested_single_photons=tested,
        least_tested=task.least_tested,
        seed_bits=tuple(sorted(scores.tolist(), reverse=True)),
        evaluations=int(found.tried[number]),
    )
