"""Visibility, static loss, background and intrinsic error of a measured pass, and what the data cannot separate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray

from passplan.checks import FloatArray, freeze, one_of, within
from passplan.errors import DomainError, InputError
from passplan.mission.fit_model import PARAMETERS, Expected, pass_model
from passplan.mission.fit_problem import Problem, solved, without_unfelt
from passplan.mission.measured_pass import Measured
from passplan.mission.result import PassResult
from passplan.mission.separation import caution, inseparable, limit_reached
from passplan.units import to_loss_db

DEFAULT_PARAMETERS = ("visibility_km", "static_loss_db", "background_factor", "intrinsic_error")
SIGMAS_68, SIGMAS_95 = 1.0, 1.959964  # of a normal distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """One parameter after a fit.

    start, value   : before and after, in its unit
    sigma          : standard deviation as it is fitted (of the logarithm for visibility and background), nan when held
    interval_68, interval_95 : its intervals in its unit, None when held
    limit          : "lower" or "upper" where the fit ended at that limit, else empty
    note           : why it was held, or what to know of it
    """

    name: str
    unit: str
    start: float
    value: float
    sigma: float = nan
    interval_68: tuple[float, float] | None = None
    interval_95: tuple[float, float] | None = None
    limit: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A measured pass and the model that lies nearest to it; arrays of shape (n,), one entry a row that was used.

    parameters       : each parameter, fitted or held
    names            : those that were fitted, in the order of ``correlation``, shape (k, k)
    used             : which rows of the file were used, shape (rows,)
    expected         : counts of the model
    residual_sigma   : sifted bits less the model's, in standard deviations
    error_sigma, background_sigma : the same of the errors and of the blanked counts, None without them
    chi_square       : of all data under the known scatter (Poisson, binomial, the model's own fades)
    degrees          : data less parameters
    extra_fading     : relative scatter [1] of the sifted bits beyond the known one
    reduced          : chi-square over degrees with the extra scatter; the variances were multiplied by it where above 1
    autocorrelation  : of neighbouring residuals [1]
    stretch          : factor on the variances because neighbouring residuals are alike
    inseparable      : what the data cannot tell apart, in words
    """

    measured: Measured
    parameters: tuple[Fitted, ...]
    names: tuple[str, ...]
    correlation: FloatArray
    used: NDArray[np.bool_]
    expected: Expected
    residual_sigma: FloatArray
    error_sigma: FloatArray | None
    background_sigma: FloatArray | None
    chi_square: float
    degrees: int
    extra_fading: float
    reduced: float
    autocorrelation: float
    stretch: float
    inseparable: tuple[str, ...]

    @property
    def values(self) -> dict[str, float]:
        """Value of each parameter, held ones included."""
        return {item.name: item.value for item in self.parameters}

    @property
    def at_limits(self) -> tuple[Fitted, ...]:
        """Parameters whose fit ended at a limit: the model does not reach the data, or the data do not hold them."""
        return tuple(item for item in self.parameters if item.limit)

    @property
    def residual_db(self) -> FloatArray:
        """Measured sifted bits over the model's [dB], nan where none was measured."""
        return decibels(self.measured.sifted_bits[self.used] / self.expected.sifted)


def fit_pass(
    result: PassResult,
    measured: Measured,
    *,
    parameters: Sequence[str] = DEFAULT_PARAMETERS,
    hold: Mapping[str, float] | None = None,
) -> Fit:
    """Parameters of a pass that lie nearest to a measurement of it.

    Parameters
    ----------
    result : PassResult
        The pass as simulated at the start values; its tracking stands.
    measured : Measured
        Counts of its seconds.
    parameters : sequence of str
        Names of what to fit, of ``PARAMETERS``; not both of the background.
    hold : mapping, optional
        Values of parameters that are held, in their unit.

    Returns
    -------
    Fit
        Values with 68 and 95 % intervals, residuals, and what the data cannot separate. Without errors in the file the
        intrinsic error is held, and without blanked counts too the background.

    Raises
    ------
    UnknownName
        For a parameter that is not known.
    InputError
        If no row, no sifted bit, or fewer data than parameters, are left, or nothing is left to fit.
    DomainError
        If a held value lies outside its limits, or is a visibility that the station's extinction does not know.

    Notes
    -----
    Sifted bits are Poisson with the variance of the model's own fades and of an extra relative scatter, which is set so
    that their chi-square is what it should be; errors are binomial among the measured bits; blanked counts are Poisson.
    The weights are those of the model's values and are renewed until the fit stands still, which without fades is the
    maximum of the likelihood. Intervals are Wald's, in the logarithm for visibility and background: inverse Fisher
    matrix, times the reduced chi-square where above 1, times (1 + r) / (1 - r) where neighbouring residuals are
    correlated by r beyond chance. Source: McCullagh and Nelder, Generalized Linear Models, ch. 9, quasi-likelihood
    (recalled, not re-read).
    """
    held = dict(hold or {})
    fitted, notes = _chosen(parameters, held, measured)
    model, used = pass_model(result, measured)
    if "visibility_km" in held and model.extinction is None:
        raise DomainError(
            f"visibility_km cannot be held: the extinction of {result.site.station.name} does not know it"
        )
    for name, value in held.items():
        within(f"{name} [{PARAMETERS[name].unit}]", value, *model.limits(name))
    if not measured.sifted_bits[used].any():
        rows = f"{int(used.sum())} rows with the pass in lock"
        raise InputError(f"{measured.source}: no sifted bits in its {rows}: nothing to fit")
    problem = Problem(
        model=model, names=fitted, held=held, bits=measured.sifted_bits[used], errors=_part(measured.errors, used),
        background_cps=_part(measured.background_cps, used), interval_s=measured.interval_s[used],
    )  # fmt: skip
    felt = without_unfelt(problem)
    notes |= {name: "held: the data do not feel it" for name in problem.names if name not in felt.names}
    problem, data = felt, problem.data.size
    if not problem.names:
        told = "; ".join(f"{name} {note}" for name, note in notes.items()) or "no parameter is asked for"
        raise InputError(f"{measured.source}: nothing is left to fit: {told}")
    if data <= len(problem.names):
        raise InputError(
            f"{measured.source}: {problem.bits.size} rows with the pass in lock give {data} data, must be more than "
            f"the {len(problem.names)} parameters"
        )
    scaled, extra = solved(problem)
    return _told(problem, measured, used, scaled, extra, notes)


def decibels(ratio: FloatArray) -> FloatArray:
    """Ratio [1] > 0 in dB, of either sign; nan where it is 0."""
    known = np.where(ratio > 0.0, ratio, 1.0)
    level = to_loss_db(1.0 / np.maximum(known, 1.0)) - to_loss_db(np.minimum(known, 1.0))
    return np.where(ratio > 0.0, level, np.nan)


def _chosen(
    parameters: Sequence[str], held: dict[str, float], measured: Measured
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Parameters to fit, and why others are held."""
    for name in (*parameters, *held):
        one_of("parameter", name, PARAMETERS)
    backgrounds = {name for name in (*parameters, *held) if name.startswith("background")}
    if len(backgrounds) > 1:
        raise DomainError(f"parameters are {', '.join(sorted(backgrounds))}, must be one of them: both say the same")
    notes = dict.fromkeys(held, "held as asked")
    for name in parameters:
        if name in held or measured.errors is not None:
            continue
        if name == "intrinsic_error":
            notes[name] = "held: the file has no errors"
        elif name.startswith("background") and measured.background_cps is None:
            notes[name] = "held: the file has neither errors nor blanked counts"
    return tuple(name for name in dict.fromkeys(parameters) if name not in notes), notes


def _told(
    problem: Problem,
    measured: Measured,
    used: NDArray[np.bool_],
    scaled: FloatArray,
    extra: float,
    notes: Mapping[str, str],
) -> Fit:
    expected = problem.expected(scaled)
    variance = problem.variances(expected, extra)
    away = problem.data - problem.means(expected)
    residual = away / np.sqrt(variance)
    degrees = residual.size - scaled.size
    reduced = float(np.sum(residual**2)) / degrees
    fisher = (slopes := problem.slopes(scaled)).T @ (slopes / variance[:, None])
    near = _autocorrelation(residual[: problem.bits.size])
    chance = 2.0 / sqrt(problem.bits.size)
    stretch = (1.0 + near) / (1.0 - near) if near > chance else 1.0
    covariance = _inverse(fisher) * max(reduced, 1.0) * stretch
    sigma = np.sqrt(np.diagonal(covariance))
    correlation = covariance / np.outer(sigma, sigma)
    blocks = iter(np.split(residual, residual.size // problem.bits.size))
    bits_sigma = next(blocks)
    freeze(correlation, residual)
    return Fit(
        measured=measured,
        parameters=_parameters(problem, scaled, sigma, notes),
        names=problem.names,
        correlation=correlation,
        used=used,
        expected=expected,
        residual_sigma=bits_sigma,
        error_sigma=None if problem.errors is None else next(blocks),
        background_sigma=None if problem.background_cps is None else next(blocks),
        chi_square=float(np.sum(away**2 / problem.variances(expected, 0.0))),
        degrees=degrees,
        extra_fading=extra,
        reduced=reduced,
        autocorrelation=near,
        stretch=stretch,
        inseparable=inseparable(problem.names, problem.natural(scaled), covariance),
    )


def _parameters(
    problem: Problem, scaled: FloatArray, sigma: FloatArray, notes: Mapping[str, str]
) -> tuple[Fitted, ...]:
    """Every parameter that was fitted or held, in the order in which they are known."""
    begin, values = problem.model.start(), problem.natural(scaled)
    told = []
    for name, parameter in PARAMETERS.items():
        value = values.get(name, begin[name])
        item = Fitted(name=name, unit=parameter.unit, start=begin[name], value=value, note=notes.get(name, ""))
        if name in problem.names:
            middle, half = (float(each[problem.names.index(name)]) for each in (scaled, sigma))
            limits = problem.model.limits(name)
            item = replace(
                item,
                sigma=half,
                interval_68=parameter.interval(middle, SIGMAS_68 * half, limits),
                interval_95=parameter.interval(middle, SIGMAS_95 * half, limits),
                limit=limit_reached(parameter, value, limits),
                note=caution(parameter, value, half, limits),
            )
        if name in problem.names or name in notes:
            told.append(item)
    return tuple(told)


def _autocorrelation(residual: FloatArray) -> float:
    """Correlation [1] of neighbouring residuals, 0 where there is no scatter."""
    total = float(np.sum(residual**2))
    return float(np.clip(np.sum(residual[1:] * residual[:-1]) / total, -0.99, 0.99)) if total > 0.0 else 0.0


def _inverse(fisher: FloatArray) -> FloatArray:
    """Inverse of a Fisher matrix; a direction that the data do not see gets a variance that is large and finite."""
    scale = np.sqrt(np.maximum(np.diagonal(fisher), 1e-300))
    values, vectors = np.linalg.eigh(fisher / np.outer(scale, scale))
    return (vectors / np.maximum(values, 1e-12)) @ vectors.T / np.outer(scale, scale)


def _part(values: FloatArray | None, used: NDArray[np.bool_]) -> FloatArray | None:
    return None if values is None else values[used]
