"""What a pass must keep to be of use, and what is left of it: conditions, intervals, and cuts with their reasons."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Annotated, Literal

import annotated_types

from passplan.checks import NonNegative, check_limits, one_of, within
from passplan.errors import DomainError
from passplan.units import as_utc, format_utc, seconds_between

Between = annotated_types.Interval

SATELLITE_LIGHTS = ("sunlit", "penumbra", "umbra")
REFRACTIONS = ("bennett",)
_SAME_S = 1.0  # ends that agree this well are said to agree
_DATELESS_S = 43_200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Limits of a search. A limit that is None, or that nothing can break, is no rule.

    min_elevation_deg : lowest elevation [deg], in [-10, 90), with refraction in [-1, 90); a station's horizon mask
        counts where it is higher
    max_range_km : greatest range [km], > 0
    min_duration_s : shortest time [s] of use, >= 0; for a pass, and for what the rules of light leave of it
    refraction : None for geometric elevation, or "bennett" for apparent elevation in a standard atmosphere
    max_sun_elevation_deg : the Sun must stand below [deg], geometric, in [-90, 90]; -12 is the end of nautical twilight
    satellite_light : which light the satellite may be in, some of "sunlit", "penumbra", "umbra"
    max_moon_elevation_deg : the Moon must not stand higher [deg], in [0, 90]; 0: it must be down
    min_moon_separation_deg : smallest angle [deg] between Moon and satellite, in [0, 180]
    max_moon_illumination : greatest lit share of the Moon's disc [1], in [0, 1]
    min_sun_separation_deg : smallest angle [deg] between Sun and satellite, in [0, 180]

    The three rules of the Moon are separate, and count only while its centre is above the geometric horizon. The
    separation from the Sun always counts, the Sun below the horizon too.
    """

    min_elevation_deg: Annotated[float, Between(ge=-10.0, lt=90.0)] = 10.0
    max_range_km: Annotated[float | None, Between(gt=0.0, lt=inf)] = None
    min_duration_s: NonNegative = 0.0
    refraction: Literal["bennett"] | None = None
    max_sun_elevation_deg: Annotated[float | None, Between(ge=-90.0, le=90.0)] = None
    satellite_light: frozenset[str] = frozenset(SATELLITE_LIGHTS)
    max_moon_elevation_deg: Annotated[float | None, Between(ge=0.0, le=90.0)] = None
    min_moon_separation_deg: Annotated[float | None, Between(ge=0.0, le=180.0)] = None
    max_moon_illumination: Annotated[float | None, Between(ge=0.0, le=1.0)] = None
    min_sun_separation_deg: Annotated[float | None, Between(ge=0.0, le=180.0)] = None

    def __post_init__(self) -> None:
        lights = self.satellite_light
        object.__setattr__(self, "satellite_light", frozenset([lights] if isinstance(lights, str) else lights))
        check_limits(self)
        for light in sorted(self.satellite_light):
            one_of("Conditions.satellite_light", light, SATELLITE_LIGHTS)
        if not self.satellite_light:
            raise DomainError(f"Conditions.satellite_light is empty, must hold some of {', '.join(SATELLITE_LIGHTS)}")
        if self.refraction is not None:
            one_of("Conditions.refraction", self.refraction, REFRACTIONS)
            within("Conditions.min_elevation_deg with refraction", self.min_elevation_deg, -1.0, 90.0, ends="[)")

    @property
    def has_light_rules(self) -> bool:
        """Whether any rule looks at the Sun, the Moon or the satellite's light."""
        rules = (
            self.max_sun_elevation_deg,
            self.max_moon_elevation_deg,
            self.min_moon_separation_deg,
            self.max_moon_illumination,
            self.min_sun_separation_deg,
        )
        return any(rule is not None for rule in rules) or self.satellite_light < set(SATELLITE_LIGHTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A stretch of time, from ``start_utc`` to ``end_utc``, aware."""

    start_utc: datetime
    end_utc: datetime

    def __post_init__(self) -> None:
        _in_order("Interval", self.start_utc, self.end_utc)

    @property
    def duration_s(self) -> float:
        """Length [s]."""
        return seconds_between(self.start_utc, self.end_utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A stretch of a pass that one rule takes away.

    start_utc, end_utc : aware
    reason : the rule: elevation, range, sun, satellite_sunlit, satellite_penumbra, satellite_umbra, moon_elevation,
        moon_separation, moon_illumination, sun_separation, too_short
    worst : the value within the stretch that is farthest beyond the limit; for the satellite's light the visible share
        of the Sun's disc [1]
    limit : what is allowed
    unit : of both: deg, km, s or 1
    """

    start_utc: datetime
    end_utc: datetime
    reason: str
    worst: float
    limit: float
    unit: str

    def __post_init__(self) -> None:
        _in_order("Cut", self.start_utc, self.end_utc)

    @property
    def duration_s(self) -> float:
        """Length [s]."""
        return seconds_between(self.start_utc, self.end_utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usability:
    """What rules leave of a pass.

    intervals : of use, disjoint, in order of time
    cuts : what was taken away, in order of time; cuts of different reasons may overlap

    Intervals and cuts together cover the pass, and no interval overlaps a cut.
    """

    intervals: tuple[Interval, ...]
    cuts: tuple[Cut, ...]

    @property
    def duration_s(self) -> float:
        """Time of use [s], all intervals together."""
        return sum(interval.duration_s for interval in self.intervals)


def in_words(cut: Cut, *, whole: Interval) -> str:
    """A cut in plain words, such as ``Sun at -8.3 deg, must be below -12 deg, until 18:42:10Z``.

    Parameters
    ----------
    cut : Cut
        What was taken away.
    whole : Interval
        The pass, or the part of it that is spoken of: says whether the cut is from its beginning, to its end, or all
        of it.

    Returns
    -------
    str
        Times of day carry the date when ``whole`` lasts 12 h or more.
    """
    text = _WORDS[cut.reason](cut)
    when = _when(cut, whole)
    return text if cut.reason == "too_short" else f"{text}{'' if cut.reason.startswith('satellite') else ','} {when}"


def _when(cut: Cut, whole: Interval) -> str:
    from_start = seconds_between(whole.start_utc, cut.start_utc) < _SAME_S
    to_end = seconds_between(cut.end_utc, whole.end_utc) < _SAME_S
    if from_start and to_end:
        return "all through"
    start, end = _clock_text(cut.start_utc, whole), _clock_text(cut.end_utc, whole)
    if from_start:
        return f"until {end}"
    return f"from {start}" if to_end else f"from {start} to {end}"


def _clock_text(when: datetime, whole: Interval) -> str:
    text = format_utc(when)
    return text[11:] if whole.duration_s < _DATELESS_S else text


def told_apart(value: float, limit: float, *, digits: int = 1) -> str:
    """Text of a value with so many digits, or up to three more until it differs from the limit; both in one unit."""
    texts = [f"{value:.{digits + more}f}" for more in range(4)]
    return next((text for text in texts if float(text) != limit), texts[-1])


def _number(cut: Cut, digits: int = 1) -> str:
    return told_apart(cut.worst, cut.limit, digits=digits)


def _moon_light(cut: Cut) -> str:
    return f"Moon {cut.worst:.0%} lit, must be at most {cut.limit:.0%}"


_WORDS: dict[str, Callable[[Cut], str]] = {
    "elevation": lambda cut: f"down to {_number(cut)} deg, must stay above {cut.limit:g} deg",
    "range": lambda cut: f"up to {_number(cut, 0)} km away, must stay within {cut.limit:g} km",
    "sun": lambda cut: f"Sun at {_number(cut)} deg, must be below {cut.limit:g} deg",
    "satellite_sunlit": lambda cut: "satellite sunlit",
    "satellite_penumbra": lambda cut: "satellite in the penumbra",
    "satellite_umbra": lambda cut: "satellite in the umbra",
    "moon_elevation": lambda cut: f"Moon at {_number(cut)} deg, must be at most {cut.limit:g} deg",
    "moon_separation": lambda cut: f"Moon {_number(cut)} deg from the satellite, must be at least {cut.limit:g} deg",
    "moon_illumination": _moon_light,
    "sun_separation": lambda cut: f"Sun {_number(cut)} deg from the satellite, must be at least {cut.limit:g} deg",
    "too_short": lambda cut: f"lasts {_number(cut, 0)} s, must last {cut.limit:g} s",
}


def _in_order(record: str, start_utc: datetime, end_utc: datetime) -> None:
    if start_utc.tzinfo is None or end_utc.tzinfo is None:
        as_utc(start_utc, what=f"{record}.start_utc")
        as_utc(end_utc, what=f"{record}.end_utc")
    if not start_utc <= end_utc:
        raise DomainError(
            f"{record}.end_utc is {format_utc(end_utc, digits=6)}, must not be before start_utc, "
            f"{format_utc(start_utc, digits=6)}"
        )
