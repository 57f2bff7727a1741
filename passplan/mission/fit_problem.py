"""The data of a fit beside their expectation and variance, and the parameters that bring them together."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq, least_squares

from passplan.checks import FloatArray
from passplan.mission.fit_model import PARAMETERS, Expected, PassModel

_ROUNDS = 12  # of the weights; four are usual
_STEP = 1e-5  # of a derivative, in usual ranges
_UNFELT = 1e-3  # change over the usual range, in standard deviations of all data, below which a parameter is not felt
_LEAST = 1e-12  # variance [count^2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Data of a fit as one vector: sifted bits, errors among them, blanked counts; those that are there.

    names : parameters that are fitted
    held  : values of those that are held, where they differ from the pass's own
    """

    model: PassModel
    names: tuple[str, ...]
    held: dict[str, float]
    bits: FloatArray
    errors: FloatArray | None
    background_cps: FloatArray | None
    interval_s: FloatArray

    @property
    def data(self) -> FloatArray:
        """What was measured."""
        blanked = None if self.background_cps is None else self.background_cps * self.interval_s
        return np.concatenate([block for block in (self.bits, self.errors, blanked) if block is not None])

    def natural(self, scaled: FloatArray) -> dict[str, float]:
        """Value of each parameter in its unit, held ones included, of the fitted ones as they are fitted."""
        values = {name: PARAMETERS[name].natural(each) for name, each in zip(self.names, scaled, strict=True)}
        return {**self.held, **values}

    def expected(self, scaled: FloatArray) -> Expected:
        """Counts of the model at parameters as they are fitted."""
        return self.model.expected(self.natural(scaled))

    def means(self, expected: Expected) -> FloatArray:
        """Expectation of the data; the errors are those expected among the bits that were measured."""
        blocks = [expected.sifted]
        if self.errors is not None:
            blocks.append(self.bits * share_of(expected.errors, expected.sifted))
        if self.background_cps is not None:
            blocks.append(expected.background_cps * self.interval_s)
        return np.concatenate(blocks)

    def variances(self, expected: Expected, extra: float) -> FloatArray:
        """Variance of the data: Poisson with fades, binomial, Poisson."""
        bits = expected.sifted + expected.fading_variance + (extra * expected.sifted) ** 2
        blocks = [bits]
        if self.errors is not None:
            share = share_of(expected.errors, expected.sifted)
            blocks.append(np.where(self.bits > 0.0, self.bits * share * (1.0 - share), 1.0))
        if self.background_cps is not None:
            blocks.append(expected.background_cps * self.interval_s)
        return np.maximum(np.concatenate(blocks), _LEAST)

    def slopes(self, scaled: FloatArray) -> FloatArray:
        """Derivatives of the means, shape (data, k), by differences that stay inside the limits."""
        columns, here = [], self.means(self.expected(scaled))
        for place, name in enumerate(self.names):
            step = _STEP * PARAMETERS[name].usual_sigma
            high = PARAMETERS[name].scaled(self.model.limits(name)[1])
            ahead = scaled.copy()
            ahead[place] += step if scaled[place] + step <= high else -step
            columns.append((self.means(self.expected(ahead)) - here) / (ahead[place] - scaled[place]))
        return np.stack(columns, axis=1)


def without_unfelt(problem: Problem) -> Problem:
    """The problem without parameters that change nothing: a visibility where the optical depth was measured."""
    if not problem.names:
        return problem
    begin = start(problem)
    variance = problem.variances(problem.expected(begin), 0.0)
    felt = np.sqrt(np.sum(problem.slopes(begin) ** 2 / variance[:, None], axis=0))
    kept = (each * PARAMETERS[name].usual_sigma >= _UNFELT for name, each in zip(problem.names, felt, strict=True))
    return replace(problem, names=tuple(name for name, keep in zip(problem.names, kept, strict=True) if keep))


def start(problem: Problem) -> FloatArray:
    """Parameters as they are fitted, at their start values, inside their limits."""
    values = problem.model.start()
    inside = {name: float(np.clip(values[name], *problem.model.limits(name))) for name in problem.names}
    return np.array([PARAMETERS[name].scaled(value) for name, value in inside.items()])


def solved(problem: Problem) -> tuple[FloatArray, float]:
    """Parameters as they are fitted, and the extra scatter of the bits; the weights are renewed until both stand."""
    data, scaled, extra = problem.data, start(problem), 0.0
    limits = [[PARAMETERS[name].scaled(end) for end in problem.model.limits(name)] for name in problem.names]
    low, high = np.transpose(limits)
    width = np.array([PARAMETERS[name].usual_sigma for name in problem.names])
    variance = _first_variances(problem, scaled)
    for _ in range(_ROUNDS):
        root = np.sqrt(variance)
        inner = np.clip(scaled, low + 1e-9 * width, high - 1e-9 * width)
        found = least_squares(
            lambda x, root=root: (problem.means(problem.expected(x)) - data) / root,
            inner,
            jac=lambda x, root=root: problem.slopes(x) / root[:, None],
            bounds=(low, high),
            x_scale=width,
            xtol=1e-6,
            ftol=1e-9,
            gtol=1e-9,
        )
        expected = problem.expected(found.x)
        extra = _extra_scatter(problem, expected)
        variance = problem.variances(expected, extra)
        step = np.abs(found.x - scaled)
        scaled = found.x
        sigma = np.sqrt(np.diagonal(np.linalg.pinv(found.jac.T @ found.jac)))
        if np.all(step <= 1e-2 * sigma + 1e-9 * width):
            break
    return scaled, extra


def _first_variances(problem: Problem, begin: FloatArray) -> FloatArray:
    """Variances before any model fits: the counts themselves, and for the errors their mean share."""
    expected = problem.expected(begin)
    fading = expected.fading_variance / np.maximum(expected.sifted, _LEAST) ** 2
    variance = problem.data + 1.0
    size = problem.bits.size
    variance[:size] += fading * problem.bits**2
    if problem.errors is not None:
        share = float(share_of(np.array([problem.errors.sum()]), np.array([problem.bits.sum()]))[0])
        variance[size : 2 * size] = 1.0 + problem.bits * share * (1.0 - share)
    return variance


def _extra_scatter(problem: Problem, expected: Expected) -> float:
    """Relative scatter [1] of the bits that brings their chi-square down to what chance gives, or 0."""
    square = (problem.bits - expected.sifted) ** 2
    known, degrees = expected.sifted + expected.fading_variance, max(problem.bits.size - len(problem.names), 1)

    def excess(extra: float) -> float:
        return float(np.sum(square / np.maximum(known + (extra * expected.sifted) ** 2, _LEAST))) - degrees

    if excess(0.0) <= 0.0:
        return 0.0
    most = 1.0
    while excess(most) > 0.0:
        most *= 10.0
    return float(brentq(excess, 0.0, most, xtol=1e-6))


def share_of(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Part over whole [1], 0 where there is no whole."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0.0)
