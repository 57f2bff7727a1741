"""A tracking loop from a file: a small TOML of one loop, or one of the two loops of a satellite or a station.

The small file has the tables [camera], [law], [actuator] and [vibration], see `LoopFile`. Of a satellite's or station's
file the tables [apt] and [vibration] are used.
"""

from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from annotated_types import Interval

from passplan.apt.design import SampledLoop
from passplan.apt.disturbance import Vibration, olympus_psd
from passplan.apt.laws import Law, filter_of
from passplan.apt.spectrum import Psd
from passplan.apt.spectrum_file import read_psd
from passplan.apt.stage_loop import StageName, stage_loop
from passplan.apt.terminal import Terminal
from passplan.apt.terminal_design import Geometry, check_stroke, seen_by, stage_noise_urad
from passplan.checks import Finite, NonNegative, Positive, check_limits, nearest_spelling, one_of
from passplan.errors import DomainError, InputError, UnknownName
from passplan.mission.scenario import has_table, read_record

if TYPE_CHECKING:
    from passplan.mission.catalog import Catalog

OLYMPUS = "olympus"

# The fastest moment of the reference pass of Micius over Xinglong, 2016-12-19; the rates of change are the largest of
# that pass.
FASTEST = Geometry(
    sight_rate_urad_s=11930.0,
    sight_acceleration_urad_s2=80.0,
    range_km=645.0,
    range_rate_km_s=3.0,
    point_ahead_urad=51.4,
    point_ahead_rate_urad_s=0.2,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopCamera:
    """Camera of a loop: its clock and the noise of its readings.

    frame_rate_hz, exposure_share, delay_frames, extra_delay_s : as of `Camera`
    reading_noise_urad : rms error of a reading, one axis, on the sky [urad], >= 0
    """

    frame_rate_hz: Positive
    exposure_share: Annotated[float, Interval(gt=0.0, le=1.0)] = 1.0
    delay_frames: Annotated[int, Interval(ge=0, le=20)] = 1
    extra_delay_s: NonNegative = 0.0
    reading_noise_urad: NonNegative = 0.0

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actuator:
    """Actuator of a loop, a servo of second order.

    natural_hz : its natural frequency [Hz], > 0
    damping : its damping ratio [1], > 0
    stroke_mrad : full range, on the sky [mrad], > 0; inf where it is not asked for
    """

    natural_hz: Positive
    damping: Positive = 1.0
    stroke_mrad: Annotated[float, Interval(gt=0.0)] = inf

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopFile:
    """Small file of one loop.

    name : for the reader
    loop_rate_hz : steps of the law a second [Hz]; none for every frame, else a whole part of the camera's frame rate
    spectrum : CSV file of the vibration, beside this file; instead of the table [vibration]
    drift_urad_s : rate that the feed-forward leaves to the loop [urad/s]
    point_ahead_urad : lead that the actuator makes [urad], >= 0
    """

    camera: LoopCamera
    law: Law
    actuator: Actuator | None = None
    vibration: Vibration | None = None
    spectrum: str | None = None
    name: str = ""
    loop_rate_hz: Positive | None = None
    drift_urad_s: Finite = 0.0
    point_ahead_urad: NonNegative = 0.0

    def __post_init__(self) -> None:
        check_limits(self)
        if (self.vibration is None) == (self.spectrum is None):
            raise DomainError("one of the table [vibration] and the key spectrum must be given")
        if self.loop_rate_hz is not None:
            share = self.camera.frame_rate_hz / self.loop_rate_hz
            if share < 1.0 - 1e-9 or abs(share - round(share)) > 1e-9:
                raise DomainError(
                    f"loop_rate_hz is {self.loop_rate_hz:g} Hz, must be camera.frame_rate_hz, "
                    f"{self.camera.frame_rate_hz:g} Hz, or that over a whole number: a law has no step without a frame"
                )
        if self.actuator is not None and 0.5e3 * self.actuator.stroke_mrad < self.point_ahead_urad:  # mrad -> urad
            raise DomainError(
                f"actuator.stroke_mrad is {self.actuator.stroke_mrad:g} mrad, "
                f"{0.5e3 * self.actuator.stroke_mrad:g} urad to either side, which is less than point_ahead_urad, "
                f"{self.point_ahead_urad:g} urad"
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoopCase:
    """What there is to design: a loop, what it follows, and the terminal around it where there is one.

    psd : what the loop has to follow, one-sided, per axis [urad^2/Hz]
    noise_urad : rms error of a reading [urad]
    stroke_urad : largest angle of the actuator to either side [urad]
    platform : vibration of the platform itself
    """

    name: str
    stage: str
    files: tuple[Path, ...]
    law: Law
    loop: SampledLoop
    psd: Psd
    noise_urad: float
    geometry: Geometry
    drift_urad_s: float = 0.0
    stroke_urad: float = inf
    platform: Psd
    terminal: Terminal | None = None
    electrons: float | None = None


def read_case(
    what: str,
    catalog: "Catalog",
    *,
    stage: StageName = "fine",
    disturbance: str | None = None,
    sight_rate_urad_s: float | None = None,
    point_ahead_urad: float | None = None,
    electrons: float | None = None,
) -> LoopCase:
    """Loop of a file, or of a satellite or station of the catalogue by name.

    Parameters
    ----------
    what : str
        Path of a TOML file, or a name of the catalogue.
    catalog : Catalog
        Where names are looked up.
    stage : {"fine", "coarse"}
        Which loop of a terminal; a file of one loop has but one.
    disturbance : str, optional
        "olympus" or a CSV file of a spectrum, instead of the file's vibration.
    sight_rate_urad_s, point_ahead_urad : float, optional
        Rate of the line of sight [urad/s] and lead of the beam [urad] of a terminal, instead of those of `FASTEST`;
        a station has no point-ahead unless it is given.
    electrons : float, optional
        Of the spot in an exposure [electrons]; by default as bright as the camera takes.

    Raises
    ------
    InputError
        When the file or the spectrum is wrong, with all its faults, or the name is not known.
    """
    path = _path_of(catalog, what)
    override = None if disturbance is None else _spectrum(disturbance)
    for table in ("satellite", "station"):
        if has_table(path, table):
            moment = FASTEST
            if sight_rate_urad_s is not None:
                moment = replace(moment, sight_rate_urad_s=sight_rate_urad_s)
            if point_ahead_urad is not None:
                moment = replace(moment, point_ahead_urad=point_ahead_urad)
            elif table == "station":  # its beam is but a beacon, wide enough to need no lead
                moment = replace(moment, point_ahead_urad=0.0, point_ahead_rate_urad_s=0.0)
            return _terminal_case(path, table, stage, override, moment, electrons)
    return _file_case(path, override)


def _path_of(catalog: "Catalog", what: str) -> Path:
    """Path of a file, or of the satellite or station of the catalogue that has the name."""
    if what.endswith(".toml") or Path(what).is_file():
        return Path(what)
    known = catalog.paths("stations", ".toml") | catalog.paths("tle", ".toml")
    if what.lower() in known:
        return known[what.lower()]
    close = nearest_spelling(what, known)
    hint = f"; did you mean {close!r}?" if close else "."
    raise UnknownName(f"{what!r} is no file, satellite or station{hint} Known: {', '.join(sorted(known))}")


def _spectrum(disturbance: str) -> tuple[Psd, tuple[Path, ...]]:
    if disturbance == OLYMPUS:
        return olympus_psd, ()
    if not Path(disturbance).exists() and not Path(disturbance).suffix:
        one_of("disturbance", disturbance, (OLYMPUS,))
    return read_psd(disturbance), (Path(disturbance),)


def _file_case(path: Path, override: tuple[Psd, tuple[Path, ...]] | None) -> LoopCase:
    record = read_record(path, LoopFile)
    camera, actuator = record.camera, record.actuator
    rate_hz = record.loop_rate_hz or camera.frame_rate_hz
    actuator_hz = inf if actuator is None else actuator.natural_hz
    actuator_damping = 1.0 if actuator is None else actuator.damping
    delay_s = camera.delay_frames / camera.frame_rate_hz + camera.extra_delay_s
    exposure_share = camera.exposure_share * rate_hz / camera.frame_rate_hz
    psd, files = override or _own_spectrum(record, path)
    try:
        law = filter_of(
            record.law,
            rate_hz=rate_hz,
            delay_frames=delay_s * rate_hz,
            exposure_share=exposure_share,
            actuator_hz=actuator_hz,
            actuator_damping=actuator_damping,
        )
    except DomainError as error:
        raise InputError(f"{path}: law: {error}") from error
    return LoopCase(
        name=record.name or path.stem,
        stage="loop",
        files=(path, *files),
        law=record.law,
        loop=SampledLoop(
            law=law,
            exposure_share=exposure_share,
            delay_frames=0,
            extra_delay_s=delay_s,
            actuator_hz=actuator_hz,
            actuator_damping=actuator_damping,
        ),
        psd=psd,
        noise_urad=camera.reading_noise_urad,
        geometry=Geometry(point_ahead_urad=record.point_ahead_urad),
        drift_urad_s=record.drift_urad_s,
        stroke_urad=inf if actuator is None else 0.5e3 * actuator.stroke_mrad,  # mrad -> urad
        platform=psd,
    )


def _own_spectrum(record: LoopFile, path: Path) -> tuple[Psd, tuple[Path, ...]]:
    if record.vibration is not None:
        return record.vibration, ()
    beside = path.parent / str(record.spectrum)
    return read_psd(beside), (beside,)


def _terminal_case(
    path: Path,
    table: str,
    stage: StageName,
    override: tuple[Psd, tuple[Path, ...]] | None,
    moment: Geometry,
    electrons: float | None,
) -> LoopCase:
    from passplan.mission.payload import GroundSite, Payload  # slow to import, and a file of one loop needs neither

    record: Payload | GroundSite = read_record(path, Payload) if table == "satellite" else read_record(path, GroundSite)
    terminal: Terminal = record.apt
    platform, files = override or (record.vibration, ())
    try:
        check_stroke(terminal, moment)
        loop = stage_loop(terminal, stage)
    except DomainError as error:
        raise InputError(f"{path}: apt.{error}") from error
    return LoopCase(
        name=f"{path.stem}, {stage} loop",
        stage=stage,
        files=(path, *files),
        law=(terminal.fine if stage == "fine" else terminal.coarse).law,
        loop=loop,
        psd=seen_by(terminal, stage, platform, electrons=electrons),
        noise_urad=stage_noise_urad(terminal, stage, electrons=electrons),
        geometry=moment,
        stroke_urad=terminal.fine.mirror.half_stroke_urad if stage == "fine" else inf,
        platform=platform,
        terminal=terminal,
        electrons=electrons,
    )
