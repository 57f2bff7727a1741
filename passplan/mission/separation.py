"""Which parameters of a fit the data cannot tell apart, or do not constrain, in words."""

from collections.abc import Mapping, Sequence

import numpy as np

from passplan.checks import FloatArray
from passplan.mission.fit_model import PARAMETERS, Parameter

ALIKE = 0.95  # correlation beyond which two parameters count as one
_WEIGHT = 0.3  # least part of a direction that is told
_TOUCHES = 1e-3  # distance from a limit, in usual standard deviations, at which a value stands there
# What a step is called and how large it is as fitted; of a pair, the one that stands first here is the measure.
_STEPS = {
    "static_loss_db": ("1 dB of static loss", 1.0),
    "intrinsic_error": ("0.1 % of intrinsic error", 1e-3),
    "background_cps": ("10 % of the background", 0.1),
    "background_factor": ("10 % of the background", 0.1),
    "visibility_km": ("10 % of the visibility", 0.1),
}


def title(name: str) -> str:
    """Name of a parameter as words of a sentence, without its unit."""
    return name.removesuffix("_km").removesuffix("_db").removesuffix("_cps").replace("_", " ")


def inseparable(names: Sequence[str], values: Mapping[str, float], covariance: FloatArray) -> tuple[str, ...]:
    """Pairs that move together, and sums of several parameters that alone are known.

    Parameters
    ----------
    names : sequence of str
        Parameters in the order of the matrix, k of them.
    values : mapping
        Their fitted values.
    covariance : ndarray, shape (k, k)
        Of the parameters as they are fitted.

    Returns
    -------
    tuple of str
        A sentence for each pair with a correlation beyond 0.95, with the rate of exchange along their valley, and one
        for the parameters of all directions in which the data know less than a twentieth of what they would know of
        each parameter alone, where the pairs do not say so already.
    """
    sigma = np.sqrt(np.diagonal(covariance))
    correlation = covariance / np.outer(sigma, sigma)
    told, pairs = [], []
    for first in range(len(names)):
        for second in range(first + 1, len(names)):
            if abs(correlation[first, second]) > ALIKE:
                pairs.append({names[first], names[second]})
                told.append(_pair(names, values, covariance, (first, second), float(correlation[first, second])))
    traded, unseen = _traded(names, correlation)
    if len(traded) > 1 and set(traded) != {name for pair in pairs for name in pair}:
        held = len(traded) - unseen
        listed = f"{', '.join(map(title, traded[:-1]))} and {title(traded[-1])}"
        told.append(f"{listed} can be traded: the data hold {held} of their {len(traded)} combinations")
    return tuple(told)


def _traded(names: Sequence[str], correlation: FloatArray) -> tuple[list[str], int]:
    """Parameters of the directions that the data do not see, and the number of these directions."""
    fisher = np.linalg.pinv(correlation, rcond=1e-14)
    scale = np.sqrt(np.maximum(np.diagonal(fisher), 1e-300))
    known, directions = np.linalg.eigh(fisher / np.outer(scale, scale))
    unseen = directions[:, known < 1.0 - ALIKE]
    weight = np.sqrt(np.sum(unseen**2, axis=1))
    return [name for name, each in zip(names, weight, strict=True) if each > _WEIGHT], unseen.shape[1]


def limit_reached(parameter: Parameter, value: float, limits: tuple[float, float]) -> str:
    """The limit at which a value stands, "lower" or "upper", else empty; value and limits are in its unit."""
    away = [abs(parameter.scaled(value) - parameter.scaled(end)) for end in limits]
    if min(away) > _TOUCHES * parameter.usual_sigma:
        return ""
    return "lower" if away[0] <= away[1] else "upper"


def caution(parameter: Parameter, value: float, sigma: float, limits: tuple[float, float]) -> str:
    """What to know of a fitted value: it stands at a limit, or the data do not constrain it; else empty.

    sigma is that of the parameter as it is fitted, limits are in its unit.
    """
    unit = "" if parameter.unit == "1" else f" {parameter.unit}"
    if reached := limit_reached(parameter, value, limits):
        return f"at its {reached} limit, {limits[reached == 'upper']:g}{unit}"
    if sigma > parameter.usual_sigma:
        low, high = parameter.usual
        return f"not constrained: the data leave more than the usual {low:g} to {high:g}{unit}"
    return ""


def _pair(
    names: Sequence[str],
    values: Mapping[str, float],
    covariance: FloatArray,
    places: tuple[int, int],
    correlation: float,
) -> str:
    order = list(_STEPS)
    measure, moved = sorted(places, key=lambda place: order.index(names[place]))
    what, step = _STEPS[names[measure]]
    change = float(covariance[moved, measure] / covariance[measure, measure]) * step
    parameter = PARAMETERS[names[moved]]
    change *= values[names[moved]] if parameter.is_log else 1.0
    first, second = (title(names[place]) for place in places)
    unit = "" if parameter.unit == "1" else f" {parameter.unit}"
    return (
        f"{first} and {second} move together (correlation {correlation:+.3f}): "
        f"{what} is worth {change:+.3g}{unit} of {title(names[moved])}"
    )
