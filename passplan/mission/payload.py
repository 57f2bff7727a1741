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
from passplan.channel.extinction import VISIBILITY_RANGE_KM, WAVELENGTH_RANGE_NM
from passplan.channel.receiver import Receiver
from passplan.channel.sky import Sky
from passplan.channel.transmitter import Transmitter
from passplan.checks import Positive, check_limits, nearest_spelling, one_of
from passplan.detection.detector import Detectors
from passplan.detection.source import Source
from passplan.errors import DomainError
from passplan.mission.detector_files import name_fault
from passplan.mission.key_lines import Place, PlacedFaults
from passplan.mission.spread import PSEUDO_KEYS, Spread, SpreadInput, check_spread_key, field_limits, pseudo_input
from passplan.orbit.station import Station
from passplan.polarization.attitude import Attitude
from passplan.polarization.receiver import PolarizationReceiver
from passplan.qkd.key_length import PROOFS, default_proof

_IDENTITY = ("satellite.norad_id", "satellite.aliases", "station.horizon_mask")
_EFFICIENCY, _TABLE = "detectors.efficiency", "detectors.efficiency_table"
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
    proof                       : proof whose length stands as ``secret_bits``; left out, a satellite's file takes
        ``decoy3_variable_length``, or ``wiesemann2026_1decoy`` with two intensities
    """

    max_range_km: Positive
    error_correction_efficiency: Positive = 1.16
    epsilon_sec: Positive = 1e-9
    epsilon_cor: Positive = 1e-15
    proof: str = ""

    def __post_init__(self) -> None:
        check_limits(self)
        if self.proof:
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

    visibility_km : visibility of that night, reduced to sea level [km], 1 to 300 as that of the atmosphere
    reason        : where it comes from
    spread_factor : log-normal spread of this visibility [1], >= 1, in place of the one under ``[spread]``
    """

    date: date
    visibility_km: Annotated[float, Interval(ge=VISIBILITY_RANGE_KM[0], le=VISIBILITY_RANGE_KM[1])]
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
        if not self.key.proof:
            proof = default_proof(self.source.intensities)
            object.__setattr__(self, "key", dataclasses.replace(self.key, proof=proof))
        faults = _key_faults(self)
        if self.source.wavelength_nm != self.transmitter.wavelength_nm:
            faults["source", "wavelength_nm"] = (
                f"source.wavelength_nm is {self.source.wavelength_nm} nm, must be transmitter.wavelength_nm, "
                f"{self.transmitter.wavelength_nm} nm"
            )
        if faults:
            raise PlacedFaults(faults)

    def reading_faults(self) -> dict[Place, str]:
        """Return what only a file must not say, by its place: wavelengths beyond the laws, spreads beside a value."""
        return {
            **_wavelength_fault(self, "transmitter.wavelength_nm"),
            **_wavelength_fault(self, "beacon.wavelength_nm"),
            **_width_faults(self),
        }


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
        if faults := _key_faults(self):
            raise PlacedFaults(faults)

    def reading_faults(self) -> dict[Place, str]:
        """Return what only a file must not say, by its place: unknown wavelengths or tables, spreads beside a value."""
        faults = {
            **_wavelength_fault(self, "receiver.filter_centre_nm"),
            **_wavelength_fault(self, "beacon.wavelength_nm"),
            **_width_faults(self),
        }
        table = self.detectors.efficiency_table
        if table is not None and (fault := name_fault(table)):
            faults["detectors", "efficiency_table"] = fault
        return faults


def value_at(record: Any, key: str) -> Any:
    """Value at a dotted key of nested records; raises DomainError with the nearest right spelling."""
    value = record
    for part in key.split("."):
        names = [item.name for item in dataclasses.fields(value)] if dataclasses.is_dataclass(value) else []
        if part not in names:
            close = nearest_spelling(part, names)
            hint = f"; did you mean {close!r}?" if close else ""
            kind = getattr(value, "kind", None)
            which = f", {key.partition('.' + part)[0]} is of kind {kind!r}" if kind is not None else ""
            raise DomainError(f"no such key: {key!r} (at {part!r}{which}){hint}")
        value = getattr(value, part)
    return value


def _key_faults(record: Payload | GroundSite) -> dict[Place, str]:
    """Faults of the keys under [sources], [assumed] and [spread], and of spreads that do not fit their limits."""
    faults: dict[Place, str] = {}
    for table, notes in (("sources", record.sources), ("assumed", record.assumed)):
        for key in notes:
            try:
                value_at(record, key)
            except DomainError as error:
                faults[table, key] = f'{table}."{key}": {error}'
    for key, spread in record.spread.items():
        try:
            _spread_input(record, key, spread)
        except DomainError as error:
            told = str(error)
            faults["spread", key] = told if told.startswith(f'spread."{key}"') else f'spread."{key}": {told}'
    return faults


def _width_faults(record: Payload | GroundSite) -> dict[Place, str]:
    """Faults of spreads against values, which a run may move: unset, beside a uniform width, or multiplied later."""
    faults: dict[Place, str] = {}
    for key, spread in record.spread.items():
        found = _spread_input(record, key, spread)
        if found is None:
            faults["spread", key] = (
                f'spread."{key}" stands at a value that is not set, must stand at one that is; write {key}'
            )
        elif found.value_fault:
            faults["spread", key] = found.value_fault
        elif key == _EFFICIENCY and value_at(record, _TABLE) is not None and spread.factor is None:
            faults["spread", key] = (
                f'spread."{key}" is {spread.text}, must be a factor: the value is multiplied by {_TABLE}'
            )
    return faults


def _wavelength_fault(record: Payload | GroundSite, key: str) -> dict[Place, str]:
    """Fault of a wavelength for which there is no law of the air."""
    value_nm, (low_nm, high_nm) = value_at(record, key), WAVELENGTH_RANGE_NM
    if value_nm is None or low_nm <= value_nm <= high_nm:
        return {}
    return {tuple(key.split(".")): f"{key} is {value_nm}, must lie in [{low_nm:g}, {high_nm:g}] nm"}


def spread_inputs(record: Payload | GroundSite) -> tuple[SpreadInput, ...]:
    """Inputs of a file that carry a spread, in its order; a key whose value a run has unset is passed over.

    Raises
    ------
    DomainError
        If a key of [spread] is not there, is no number, can carry no spread, its width does not fit its limits, or it
        is uniform and does not hold its value.
    """
    found = [_spread_input(record, key, spread) for key, spread in record.spread.items()]
    inputs = tuple(each for each in found if each is not None)
    if faults := [each.value_fault for each in inputs if each.value_fault]:
        raise DomainError("\n".join(faults))
    return inputs


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
