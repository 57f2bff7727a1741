"""What a satellite's and a station's file hold: the stages' own records, and where each number comes from.

``[sources]`` names the source of a value, ``[assumed]`` gives the reason of one that no source gives, ``[spread]`` says
how far it may be from its value; all take dotted keys such as ``"transmitter.aperture_m"``. The report lists what is
assumed.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from math import inf
from typing import Annotated, Any, Literal

from annotated_types import Interval

from passplan.apt.beacon import Beacon
from passplan.apt.disturbance import Vibration
from passplan.apt.terminal import Terminal
from passplan.channel.atmosphere import Atmosphere
from passplan.channel.receiver import Receiver
from passplan.channel.sky import Sky
from passplan.channel.transmitter import Transmitter
from passplan.checks import Positive, check_limits, nearest_spelling, one_of
from passplan.detection.detector import Detectors
from passplan.detection.source import Source
from passplan.errors import DomainError
from passplan.mission.spread import PSEUDO_KEYS, Spread, SpreadInput, check_spread_key, field_limits, pseudo_input
from passplan.orbit.station import Station
from passplan.polarization.attitude import Attitude
from passplan.polarization.receiver import PolarizationReceiver
from passplan.qkd.key_length import PROOFS

_IDENTITY = ("satellite.norad_id", "satellite.aliases", "station.horizon_mask")
_LISTS = ("published", "night")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which satellite: its name, catalogue number, other names, and the file of its element sets."""

    name: str
    norad_id: int
    aliases: tuple[str, ...] = ()
    elements: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPractice:
    """How the mission makes key of a pass.

    max_range_km                : key window: seconds with a range up to this [km]
    error_correction_efficiency : leaked bits over the Shannon limit [1], >= 1
    epsilon_sec, epsilon_cor    : secrecy and correctness failure probabilities [1]
    proof                       : proof whose length stands as ``secret_bits``
    """

    max_range_km: Positive
    error_correction_efficiency: Positive = 1.16
    epsilon_sec: Positive = 1e-9
    epsilon_cor: Positive = 1e-15
    proof: str = "lim2014"

    def __post_init__(self) -> None:
        check_limits(self)
        one_of("proof", self.proof, PROOFS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One published number: ``key`` is its place in the summary document, such as ``detection.sifted_bits``."""

    key: str
    value: float
    printed: str
    source: str
    status: Literal["read", "read second-hand", "recalled"] = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Published figures and digitised curves of one pass, named by a unique beginning of its id."""

    pass_id: str
    figure: tuple[Figure, ...]
    sifted_rate_curve: str | None = None
    loss_curve: str | None = None
    curve_source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What is known or assumed of one night at a station; the date is that of the evening, local solar time.

    visibility_km : visibility of that night, reduced to sea level [km], > 0
    reason        : where it comes from
    spread_factor : log-normal spread of this visibility [1], >= 1, in place of the one under ``[spread]``
    """

    date: date
    visibility_km: Positive
    reason: str
    spread_factor: Annotated[float, Interval(ge=1.0, lt=inf)] | None = None

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A satellite's file."""

    satellite: Identity
    transmitter: Transmitter = field(metadata={"kind": "far_field"})
    source: Source
    attitude: Attitude
    beacon: Beacon
    apt: Terminal
    vibration: Vibration
    key: KeyPractice
    published: tuple[Published, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)
    assumed: dict[str, str] = field(default_factory=dict)
    spread: dict[str, Spread] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_notes(self)
        spread_inputs(self)
        if self.source.wavelength_nm != self.transmitter.wavelength_nm:
            raise DomainError(
                f"source.wavelength_nm is {self.source.wavelength_nm} nm, must be transmitter.wavelength_nm, "
                f"{self.transmitter.wavelength_nm} nm"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundSite:
    """A station's file."""

    station: Station
    receiver: Receiver
    detectors: Detectors
    polarization: PolarizationReceiver
    beacon: Beacon
    apt: Terminal
    vibration: Vibration
    atmosphere: Atmosphere
    sky: Sky
    night: tuple[Night, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)
    assumed: dict[str, str] = field(default_factory=dict)
    spread: dict[str, Spread] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_notes(self)
        spread_inputs(self)


def value_at(record: Any, key: str) -> Any:
    """Value at a dotted key of nested records; raises DomainError with the nearest right spelling."""
    value = record
    for part in key.split("."):
        names = [item.name for item in dataclasses.fields(value)] if dataclasses.is_dataclass(value) else []
        if part not in names:
            close = nearest_spelling(part, names)
            hint = f"; did you mean {close!r}?" if close else ""
            raise DomainError(f"no such key: {key!r} (at {part!r}){hint}")
        value = getattr(value, part)
    return value


def check_notes(record: Payload | GroundSite) -> None:
    """Raise DomainError when a note under [sources] or [assumed] speaks of a key that is not there."""
    for key in (*record.sources, *record.assumed):
        value_at(record, key)


def spread_inputs(record: Payload | GroundSite) -> tuple[SpreadInput, ...]:
    """Inputs of a file that carry a spread, in its order; a key whose value is None, not used, is passed over.

    Raises
    ------
    DomainError
        If a key of [spread] is not there, is no number, can carry no spread, or its width does not fit its limits.
    """
    found = (_spread_input(record, key, spread) for key, spread in record.spread.items())
    return tuple(each for each in found if each is not None)


def _spread_input(record: Payload | GroundSite, key: str, spread: Spread) -> SpreadInput | None:
    check_spread_key(key)
    if key in PSEUDO_KEYS:
        return pseudo_input(key, spread, file="station" if isinstance(record, GroundSite) else "satellite")
    parent, _, name = key.rpartition(".")
    value = value_at(record, key)
    schema: type = type(value_at(record, parent) if parent else record)
    limits = field_limits(schema, name)
    if limits is None:
        raise DomainError(f'spread."{key}" stands at {value!r}, must stand at a number that is measured')
    return None if value is None else SpreadInput(key=key, value=value, limits=limits, spread=spread)


def unsourced(record: Payload | GroundSite) -> list[tuple[str, Any]]:
    """Key and value of every number of a file, defaults included, that neither a source nor a reason stands beside."""
    noted = {*record.sources, *record.assumed}
    return [(key, value) for key, value in _numbers(record, "") if key not in noted]


def _numbers(record: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for item in dataclasses.fields(record):
        value, key = getattr(record, item.name), f"{prefix}{item.name}"
        if dataclasses.is_dataclass(value):
            yield from _numbers(value, f"{key}.")
        elif key not in _IDENTITY and isinstance(value, float | int | bool | tuple) and item.name not in _LISTS:
            yield key, value


def assumptions(record: Payload | GroundSite) -> list[tuple[str, Any, str]]:
    """Key, value and reason of everything assumed in a file."""
    return [(key, value_at(record, key), reason) for key, reason in record.assumed.items()]
