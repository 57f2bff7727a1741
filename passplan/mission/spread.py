"""How far an input may be from its value: the table ``[spread]`` of a satellite's or a station's file, and samples.

A key of ``[spread]`` is the dotted key of a number of the same file, or one of the pseudo-keys that act on what was
tracked. Samples are drawn by the quantiles of the distribution TRUNCATED to the limits of the field: clipping would
heap them up on a limit, and reflecting would shift them away from it. The median is the value itself unless a limit
cuts off more of one side than of the other.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from math import erf, hypot, inf, isfinite, log, nextafter, sqrt
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, Fraction, NonNegative, nearest_spelling, within
from passplan.errors import DomainError

_FORMS = "factor, sigma, chance, or low and high"


class Limits(NamedTuple):
    """Smallest and largest value that a field may have, both allowed."""

    low: float = -inf
    high: float = inf


ANYWHERE = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Distribution of one input about its value, in exactly one of four forms.

    factor    : log-normal, 68 % of it within value / factor .. value * factor [1], >= 1
    sigma     : normal, standard deviation in the unit of the key, >= 0
    low, high : uniform between them, in the unit of the key
    chance    : 1 with this probability, else 0, for what is there or not [1]
    per_day   : grows a sigma with the age of the element set, sigma -> hypot(sigma, per_day * age), per day, >= 0
    cause     : name under which the results gather it; empty: by the key, see `cause_of`
    reason    : where the width comes from
    """

    factor: Annotated[float, Interval(ge=1.0, lt=inf)] | None = None
    sigma: NonNegative | None = None
    low: float | None = None
    high: float | None = None
    chance: Fraction | None = None
    per_day: NonNegative = 0.0
    cause: str = ""
    reason: str

    def __post_init__(self) -> None:
        ends = (self.low is not None) + (self.high is not None)
        forms = [form is not None for form in (self.factor, self.sigma, self.chance)]
        if sum(forms) + (ends > 0) != 1 or ends == 1:
            raise DomainError(f"Spread has {self._given()}, must have exactly one of {_FORMS}")
        if self.factor is not None:
            within("Spread.factor", self.factor, 1.0, inf, ends="[)")
        within("Spread.sigma", self.sigma or 0.0, 0.0, inf, ends="[)")
        within("Spread.chance", self.chance or 0.0, 0.0, 1.0)
        within("Spread.per_day", self.per_day, 0.0, inf, ends="[)")
        if self.low is not None and self.high is not None:
            within("Spread.low", self.low, -inf, self.high, ends="(]")
            within("Spread.high", self.high, self.low, inf, ends="[)")
        if self.per_day and self.sigma is None:
            raise DomainError(f"Spread.per_day is {self.per_day} a day, must stand beside sigma")
        if not self.reason.strip():
            raise DomainError("Spread.reason is empty, must say where the width comes from")

    def _given(self) -> str:
        given = [name for name in ("factor", "sigma", "low", "high", "chance") if getattr(self, name) is not None]
        return " and ".join(given) or "no width"

    def at_age(self, age_days: float) -> "Spread":
        """Return the spread for an element set of an age [d], either sign; others than ``per_day`` stay as they are."""
        if self.sigma is None or not self.per_day:
            return self
        return replace(self, sigma=hypot(self.sigma, self.per_day * age_days), per_day=0.0)

    @property
    def text(self) -> str:
        """The width in a few letters."""
        if self.factor is not None:
            return f"x/: {self.factor:g}"
        if self.sigma is not None:
            return f"+- {self.sigma:.4g}"
        if self.chance is not None:
            return f"{100.0 * self.chance:.3g} % there"
        return f"{self.low:g} .. {self.high:g}"

    def quantile(self, probability: ArrayLike, *, value: float, limits: Limits = ANYWHERE) -> FloatArray:
        """Values of the input at cumulative probabilities.

        Parameters
        ----------
        probability : array_like, shape (...)
            Cumulative probability [1], in (0, 1).
        value : float
            Value of the input, in the unit of its key, inside the limits.
        limits : Limits
            What the field allows; the distribution is cut there and made whole again.

        Returns
        -------
        ndarray, shape (...)
            Values, in the unit of the key.

        Raises
        ------
        DomainError
            If a probability lies outside (0, 1), the value outside the limits, or a factor stands at a value <= 0.
        """
        within("probability", probability, 0.0, 1.0, ends="()")
        within("value", value, *limits)
        share = np.asarray(probability, dtype=float)
        if self.factor is not None:
            within("value with a factor", value, 0.0, inf, ends="()")
            bounds = [log(limit) if limit > 0.0 else -inf for limit in limits]
            drawn = np.exp(_cut_normal(share, log(value), log(self.factor), *bounds))
        elif self.sigma is not None:
            drawn = _cut_normal(share, value, self.sigma, *limits)
        elif self.chance is not None:
            drawn = np.where(share > 1.0 - self.chance, 1.0, 0.0)
        else:
            low, high = max(float(self.low or 0.0), limits.low), min(float(self.high or 0.0), limits.high)
            drawn = low + (high - low) * share
        return np.asarray(np.clip(drawn, *limits))  # the last digit alone


def _cut_normal(share: FloatArray, mean: float, sigma: float, low: float, high: float) -> FloatArray:
    """Quantiles of a normal distribution cut at both limits."""
    from scipy.special import ndtri

    if sigma == 0.0:
        return np.full(share.shape, mean)
    below, above = (0.5 * (1.0 + erf((limit - mean) / (sigma * sqrt(2.0)))) for limit in (low, high))
    return np.asarray(mean + sigma * ndtri(below + share * (above - below)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadInput:
    """One input of a pass with its value, its limits and its spread; refuses a spread that does not fit."""

    key: str
    value: float
    limits: Limits
    spread: Spread

    def __post_init__(self) -> None:
        spread, name = self.spread, f'spread."{self.key}"'
        if spread.factor is not None and self.value <= 0.0:
            raise DomainError(f"{name}.factor stands at a value of {self.value:g}, which must be > 0; write a sigma")
        for end in ("low", "high"):
            if getattr(spread, end) is not None:
                within(f"{name}.{end}", getattr(spread, end), *self.limits)
        if spread.per_day and self.key != "element_set.along_track_km":
            raise DomainError(f"{name}.per_day is {spread.per_day}, must stand at element_set.along_track_km alone")

    @property
    def value_fault(self) -> str | None:
        """Why a uniform spread cannot be one of this value, or None; the ends hold it too."""
        low, high = self.spread.low, self.spread.high
        if low is None or high is None or low <= self.value <= high:
            return None
        return f'spread."{self.key}" goes from {low:g} to {high:g}, must hold the value, {self.value:g}'

    @property
    def cause(self) -> str:
        """Name under which the results gather it."""
        return self.spread.cause or cause_of(self.key)

    def at(self, probability: ArrayLike) -> FloatArray:
        """Values of the input at cumulative probabilities [1], in the unit of the key, shape as given."""
        return self.spread.quantile(probability, value=self.value, limits=self.limits)


# What acts on a pass that has been tracked, or on a list; file, value without an error, limits.
PSEUDO_KEYS: dict[str, tuple[str, float, Limits]] = {
    "pointing.jitter_factor": ("satellite", 1.0, Limits(low=0.0)),
    "pointing.bias_urad": ("satellite", 0.0, ANYWHERE),
    "element_set.along_track_km": ("satellite", 0.0, ANYWHERE),
    "sky.city_factor": ("station", 1.0, Limits(low=0.0)),
}
_OWN_TABLES = ("pointing", "element_set")  # of pseudo-keys alone
_REFUSED = {  # beginning of a key -> why it can carry no spread
    r"apt\.|vibration\.|beacon\.": "would need new tracking; spread pointing.jitter_factor or pointing.bias_urad",
    r"attitude\.": "is itself an error of an angle; spread polarization.intrinsic_contrast",
    r"polarization\.(?!intrinsic_contrast$)": "would need the plates driven anew; "
    "spread polarization.intrinsic_contrast",
    r"station\.(latitude|longitude)_deg": "would need a new track; spread element_set.along_track_km",
    r"key\.max_range_km": "is a rule, not a measurement, and chooses the seconds",
    r".*wavelength_nm$": "stands in several records that must agree",
}
_CAUSES = (  # the first that fits
    (r"receiver\.(field_of_view|filter|beacon_blocking).*|detectors\.(dark_cps|afterpulse_probability)", "background"),
    (r"atmosphere\.(ground_cn2|high_wind_m_s|wind\b.*)", "turbulence"),
    (r"atmosphere\..*", "visibility"),
    (r"sky\..*", "background"),
    (r"source\.preparation_error|polarization\..*", "intrinsic error"),
    (r"(transmitter|receiver|detectors|source)\..*", "static loss"),
    (r"key\..*", "key practice"),
    (r"pointing\..*", "pointing"),
    (r"element_set\..*", "element set"),
)


def cause_of(key: str) -> str:
    """Named cause of a key by its beginning: visibility, background, static loss, pointing and so on."""
    return next((cause for pattern, cause in _CAUSES if re.fullmatch(pattern, key)), key.split(".")[0])


def check_spread_key(key: str) -> None:
    """Raise DomainError when a key can carry no spread, with what to write in its place."""
    for pattern, reason in _REFUSED.items():
        if re.match(pattern, key):
            raise DomainError(f'spread."{key}" {reason}')
    if key.split(".")[0] in _OWN_TABLES and key not in PSEUDO_KEYS:
        raise DomainError(f'spread."{key}" is no known key; did you mean {nearest_spelling(key, PSEUDO_KEYS)!r}?')


def pseudo_input(key: str, spread: Spread, *, file: str) -> SpreadInput:
    """Input of a pseudo-key; raises DomainError when it stands in the wrong file, "satellite" or "station"."""
    home, value, limits = PSEUDO_KEYS[key]
    if file != home:
        raise DomainError(f"spread.\"{key}\" stands in a {file}'s file, must stand in a {home}'s")
    return SpreadInput(key=key, value=value, limits=limits, spread=spread)


@cache
def field_limits(record: type, name: str) -> Limits | None:
    """Limits that annotate a field of a record, an open end moved inward by the last digit; None if it is no number."""
    hint: Any = get_type_hints(record, include_extras=True)[name]
    arms = [arm for arm in get_args(hint) if arm is not type(None)] if type(None) in get_args(hint) else [hint]
    bare = get_args(arms[0])[0] if get_origin(arms[0]) is Annotated else arms[0]
    if len(arms) != 1 or bare is not float:
        return None
    extras = get_args(arms[0])[1:] if get_origin(arms[0]) is Annotated else ()
    low, high = -inf, inf
    for limit in (item for item in extras if isinstance(item, Interval)):
        low = _end(limit.ge, limit.gt, inf)
        high = _end(limit.le, limit.lt, -inf)
    return Limits(low, high)


def _end(closed: Any, opened: Any, inward: float) -> float:
    if closed is not None:
        return float(closed)
    if opened is None:
        return -inward
    return nextafter(float(opened), inward) if isfinite(opened) else float(opened)


def latin_hypercube(dimensions: int, samples: int, rng: np.random.Generator) -> FloatArray:
    """Probabilities [1] in (0, 1), shape (dimensions, samples), each row with one sample in each of its strata.

    Source: McKay, Beckman and Conover, Technometrics 21, 239 (1979).

    Raises
    ------
    DomainError
        If there is less than one sample.
    """
    within("samples", samples, 1, inf)
    strata = rng.permuted(np.tile(np.arange(samples), (dimensions, 1)), axis=1)
    return np.asarray((strata + np.maximum(rng.random(strata.shape), 1e-12)) / samples)


def sampled_inputs(
    spreads: Mapping[str, Spread],
    values: Mapping[str, float],
    limits: Mapping[str, Limits],
    samples: int,
    rng: np.random.Generator,
) -> dict[str, FloatArray]:
    """Joint Latin-hypercube sample of independent inputs.

    Parameters
    ----------
    spreads, values : mapping
        Spread and value of each input, by key, in the unit of the key.
    limits : mapping
        What an input may be; one that is absent has no limits.
    samples : int
        How many, >= 1.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    dict
        Samples by key, shape (samples,) each.

    Raises
    ------
    DomainError
        As `Spread.quantile`, or if there is less than one sample.
    """
    shares = latin_hypercube(len(spreads), samples, rng)
    return {
        key: spread.quantile(share, value=values[key], limits=limits.get(key, ANYWHERE))
        for (key, spread), share in zip(spreads.items(), shares, strict=True)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Quantiles of samples, numbers or arrays of one shape: p16 .. p84 is the 68 % band, p2_5 .. p97_5 that of 95 %."""

    p2_5: Any
    p16: Any
    p50: Any
    p84: Any
    p97_5: Any

    def holds(self, value: ArrayLike) -> Any:
        """Whether a value lies inside the 95 % band."""
        return (np.asarray(value) >= self.p2_5) & (np.asarray(value) <= self.p97_5)

    def to_dict(self) -> dict[str, Any]:
        """Quantiles as plain numbers or lists by name."""
        return {field.name: np.asarray(getattr(self, field.name)).tolist() for field in fields(self)}


def band(values: ArrayLike, axis: int = 0) -> Band:
    """Band of samples along an axis; quantiles are interpolated linearly between order statistics."""
    found = np.quantile(np.asarray(values, dtype=float), (0.025, 0.16, 0.5, 0.84, 0.975), axis=axis)
    return Band(**{field.name: each[()] for field, each in zip(fields(Band), found, strict=True)})


def causes_of(inputs: Iterable[SpreadInput]) -> tuple[str, ...]:
    """Named causes of inputs, each once, in their order."""
    return tuple(dict.fromkeys(each.cause for each in inputs))
