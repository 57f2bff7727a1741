"""Acquisition of one pass: how large the uncertainty is, how bright the beacons are, and how soon both ends lock.

The geometry is that of one second; every number is that of the terminals' files, but for the width of the beacon's
filter, which they do not hold. The odds and the times stand twice: as closed forms, and by Monte Carlo.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from math import inf, sqrt
from pathlib import Path
from typing import Literal

import numpy as np

from passplan.apt.acquisition import pointing_sigma_urad
from passplan.apt.acquisition_run import Acquisition, Seeker, acquire
from passplan.apt.beacon import BeaconBudget, beacon_budget
from passplan.apt.false_alarms import false_alarm_probability, limiting_magnitude, moon_background_e, stars_in_field
from passplan.apt.gimbal import move_time_s
from passplan.apt.loop import End
from passplan.apt.loop_inputs import spot_electrons_unheld
from passplan.apt.margins import check_stable, slowest_pole
from passplan.apt.rejection import spectrum_variance
from passplan.apt.sensor import Camera, detection_probability
from passplan.apt.stage_loop import stage_loop
from passplan.channel.refraction import apparent_elevation_deg
from passplan.checks import within
from passplan.mission.acquisition_odds import ClosedTimes, Cover, closed_times, cover_of, lock_probabilities
from passplan.mission.link import ends_of, track_of
from passplan.mission.result import RunOptions
from passplan.mission.selection import Selection
from passplan.orbit.light import light_conditions
from passplan.orbit.track import Track
from passplan.units import add_seconds, deg_to_urad, to_deg, to_loss_db

RUNS = 10_000
FILTER_NM = 10.0  # of the ground's beacon camera: a usual width (general knowledge), no file of a terminal holds one
FADE_SHARE = 0.01
EndName = Literal["satellite", "ground"]
_SHORTEST_LIMIT_S = 30.0
_SCANS = 4.0  # whole scans that the limit leaves, if the pass does
_FAINTEST = 15.0  # magnitude to which stars are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseAlarms:
    """What a camera without beacon may take for one; stars and Moon stand in the sky of the ground's camera alone.

    noise : probability that the noise of a frame does, the Moon's light included [1]
    limiting_magnitude : of a star that is bright enough [1]; None for a camera that looks down
    stars : mean number of such stars in the field [1]
    moon_separation_deg : from the line of sight to the Moon [deg]; None when it is below the horizon, or as above
    moon_background_e : scattered light of the Moon [electrons a pixel and frame], the air's loss left out
    probability : that a frame does, for all of these [1]
    """

    noise: float
    limiting_magnitude: float | None = None
    stars: float = 0.0
    moon_separation_deg: float | None = None
    moon_background_e: float = 0.0
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeekingEnd:
    """One end at the second of the acquisition; angles on the sky, uncertainties per axis.

    seeker : what the Monte Carlo is given; its electrons are those before gain control, its camera sees the Moon
    causes_urad : parts of the uncertainty by cause [urad], whose squares add to that of seeker.sigma_urad
    cover : field and beacon against the uncertainties, as for two ends that stare
    budget, faded : of the other's beacon, mean and in a fade that is as deep for FADE_SHARE of the time
    detection, detection_in_fade : probability that a frame on the axis of that beacon shows it [1]
    alarms : false alarms of its camera
    times : closed forms
    probability : closed form of the probability that it locks [1]
    """

    name: EndName
    seeker: Seeker
    causes_urad: dict[str, float]
    cover: Cover
    budget: BeaconBudget
    faded: BeaconBudget
    detection: float
    detection_in_fade: float
    alarms: FalseAlarms
    times: ClosedTimes
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AcquisitionCase:
    """Acquisition of one pass.

    second, when_utc : at which the search begins, from the first second of the pass [s]
    range_km, elevation_deg : of that second, the elevation without refraction
    limit_s : time after which a run is given up [s]
    filter_nm : width of the filter of the ground's beacon camera [nm]
    satellite, ground : the two ends
    probability : closed form of the probability that both lock [1]
    found : what the runs gave; first is the satellite, second the ground
    """

    pass_id: str
    files: tuple[Path, ...]
    warnings: tuple[str, ...]
    seed: int
    runs: int
    second: int
    when_utc: datetime
    range_km: float
    elevation_deg: float
    limit_s: float
    filter_nm: float
    satellite: SeekingEnd
    ground: SeekingEnd
    probability: float
    found: Acquisition


def acquisition_case(
    selection: Selection,
    *,
    seed: int,
    runs: int = RUNS,
    second: int = 0,
    limit_s: float | None = None,
    filter_nm: float = FILTER_NM,
) -> AcquisitionCase:
    """Let the two ends of a pass find each other.

    Parameters
    ----------
    selection : Selection
        The pass and the records of its satellite and station.
    seed : int
        Seed of the Monte Carlo, >= 0.
    runs : int
        Number of its runs, >= 1.
    second : int
        At which the search begins, from the first second of the pass [s].
    limit_s : float, optional
        Time after which a run is given up [s], > 0; by default 30 s, or four whole scans where that is longer; never
        beyond the end of the pass.
    filter_nm : float
        Width of the filter of the ground's beacon camera, for stars and Moon [nm], > 0.

    Raises
    ------
    PassplanError
        If the second is none of the pass, a coarse loop is unstable, a scan leaves a place too soon, or as the stages
        do.

    Notes
    -----
    Left out: what the feed-forward's scale error adds with the angle travelled, lost frames, that the two ends share
    the orbit's error, that an exposure averages a fade in part, and the light of the sky and of towns beyond the
    cameras' own background. The range stays that of the second. A found end points at the other after the delay of its
    coarse camera and one time constant of its coarse loop.
    """
    within("seed", seed, 0, inf)
    path = track_of(selection)
    within("second of the pass", second, 0, path.time_s.size - 1)
    (up, down), probability = _ends_at(selection, path, second, filter_nm)
    if limit_s is None:
        scan_s = max(end.seeker.full_scan_s for end in (up, down))
        limit_s = max(_SHORTEST_LIMIT_S, _SCANS * scan_s)
    limit_s = min(path.time_s.size - float(second), limit_s)
    range_km = float(path.range_km[second])
    rng = np.random.default_rng(seed)
    return AcquisitionCase(
        pass_id=selection.pass_.pass_id,
        files=selection.files,
        warnings=selection.warnings,
        seed=seed,
        runs=runs,
        second=second,
        when_utc=add_seconds(path.epoch_utc, float(path.time_s[second])),
        range_km=range_km,
        elevation_deg=float(path.elevation_deg[second]),
        limit_s=limit_s,
        filter_nm=filter_nm,
        satellite=up,
        ground=down,
        probability=probability,
        found=acquire(up.seeker, down.seeker, range_km=range_km, limit_s=limit_s, runs=runs, rng=rng),
    )


def _ends_at(
    selection: Selection, path: Track, second: int, filter_nm: float
) -> tuple[tuple[SeekingEnd, SeekingEnd], float]:
    """Satellite and ground at a second of the pass, and the closed form of the probability that both lock."""
    apparent_deg = apparent_elevation_deg(elevation_deg=path.elevation_deg)
    satellite, ground = ends_of(selection, path, apparent_deg, RunOptions())
    camera = satellite.terminal.coarse.camera  # it looks down, and the lights of towns are not known
    alarms = _alarms(camera)
    up_camera, up_alarms = _looking_up(selection, path, ground, satellite, second, filter_nm)
    first = _seeker("satellite", satellite, ground, second, camera, alarms)
    last = _seeker("ground", ground, satellite, second, up_camera, up_alarms)
    one, other, both = lock_probabilities(first, last)
    up = _end("satellite", (satellite, ground), (first, last), alarms, second, one)
    down = _end("ground", (ground, satellite), (last, first), up_alarms, second, other)
    return (up, down), both


def _end(
    name: EndName,
    ends: tuple[End, End],
    seekers: tuple[Seeker, Seeker],
    alarms: FalseAlarms,
    second: int,
    probability: float,
) -> SeekingEnd:
    """Record of the first of two ends."""
    own, other = ends
    seeker = seekers[0]
    mean, faded = (_budget(own, other, second, share) for share in (None, FADE_SHARE))
    return SeekingEnd(
        name=name,
        seeker=seeker,
        causes_urad=_causes_urad(own, second),
        cover=cover_of(*seekers),
        budget=mean,
        faded=faded,
        detection=float(detection_probability(seeker.camera, mean.electrons)),
        detection_in_fade=float(detection_probability(seeker.camera, faded.electrons)),
        alarms=alarms,
        times=closed_times(seeker, range_km=float(own.sight.range_km[second])),
        probability=probability,
    )


def _budget(own: End, other: End, second: int, fade_share: float | None) -> BeaconBudget:
    sight = own.sight
    return beacon_budget(
        other.beacon,
        own.terminal.coarse.camera,
        range_km=sight.range_km[second],
        aperture_m=own.terminal.aperture_m,
        extinction_db=to_loss_db(sight.beacon_transmittance[second]),
        scintillation_index=_index(own, second),
        fade_share=fade_share,
    )


def _index(end: End, second: int) -> float:
    return 0.0 if end.sight.scintillation is None else float(end.sight.scintillation[second])


def _uncertainty(end: End, second: int) -> dict[str, dict[str, float]]:
    """Arguments of the uncertainty by their cause."""
    terminal, sight = end.terminal, end.sight
    bent_urad = 0.0 if sight.refraction_urad is None else abs(float(sight.refraction_urad[second]))
    return {
        "orbit": {"orbit_error_m": terminal.orbit_error_m},
        "attitude or mount": {"attitude_error_urad": float(deg_to_urad(terminal.attitude_error_deg))},
        "time tag": {
            "time_tag_error_s": abs(terminal.time_tag_error_s),
            "rate_urad_s": float(np.hypot(sight.rate_x_urad_s[second], sight.rate_y_urad_s[second])),
        },
        "refraction": {"refraction_error_urad": terminal.refraction_error * bent_urad},
    }


def _sigma_urad(end: End, second: int, given: dict[str, float]) -> float:
    none = {"orbit_error_m": 0.0, "attitude_error_urad": 0.0}
    return float(pointing_sigma_urad(range_km=end.sight.range_km[second], **{**none, **given}))


def _causes_urad(end: End, second: int) -> dict[str, float]:
    return {cause: _sigma_urad(end, second, given) for cause, given in _uncertainty(end, second).items()}


def _seeker(name: EndName, own: End, other: End, second: int, camera: Camera, alarms: FalseAlarms) -> Seeker:
    """Take one end as the Monte Carlo wants it; the camera has the background of its sky."""
    coarse = own.terminal.coarse
    loop = stage_loop(own.terminal, "coarse")
    check_stable(loop, name=f"the coarse loop of the {name}")
    arrival_s = own.terminal.stow_s + move_time_s(coarse.gimbal, angle_deg=own.terminal.stow_deg)
    all_causes = {key: value for given in _uncertainty(own, second).values() for key, value in given.items()}
    electrons = spot_electrons_unheld(coarse.camera, own.sight, other.beacon, own.terminal.aperture_m)
    variance_urad2 = spectrum_variance(own.vibration, np.ones_like, rate_hz=coarse.camera.frame_rate_hz)
    return Seeker(
        camera=camera,
        sigma_urad=_sigma_urad(own, second, all_causes),
        electrons=float(electrons[second]),
        half_divergence_urad=own.beacon.half_divergence_urad,
        scan=coarse.search,
        jitter_urad=sqrt(variance_urad2),
        scintillation_index=_index(own, second),
        confirm_frames=coarse.confirm_frames,
        settle_s=loop.delay_s + slowest_pole(loop).time_s,
        start_s=max(0.0, arrival_s - second),
        false_alarm_probability=alarms.probability,
        false_alarm_s=coarse.confirm_frames * coarse.camera.frame_s,
    )


def _alarms(camera: Camera, *, stars: float = 0.0) -> FalseAlarms:
    return FalseAlarms(
        noise=float(false_alarm_probability(camera)),
        stars=stars,
        probability=float(false_alarm_probability(camera, stars=stars)),
    )


def _looking_up(
    selection: Selection, path: Track, ground: End, satellite: End, second: int, filter_nm: float
) -> tuple[Camera, FalseAlarms]:
    """Camera of the ground with the Moon's light, and what it may take for a beacon."""
    camera = ground.terminal.coarse.camera
    optics = {
        "wavelength_nm": satellite.beacon.wavelength_nm,
        "filter_nm": filter_nm,
        "aperture_m": ground.terminal.aperture_m,
    }
    light = light_conditions(path, selection.site.station)
    separation_deg, moon_e = None, 0.0
    if light.moon_elevation_deg[second] > 0.0:
        separation_deg = float(light.moon_separation_deg[second])
        phase_deg = to_deg(np.arccos(2.0 * light.moon_illumination[second] - 1.0))  # `orbit.light.lit_share` turned
        moon_e = float(moon_background_e(camera, angle_deg=separation_deg, phase_angle_deg=phase_deg, **optics))
    seeing = replace(camera, background_e=camera.background_e + moon_e)
    transmittance = ground.sight.beacon_transmittance[second]
    magnitude = float(limiting_magnitude(camera, transmittance=transmittance, **optics))
    stars = float(stars_in_field(camera, magnitude=min(magnitude, _FAINTEST)))
    alarms = _alarms(seeing, stars=stars)
    return seeing, replace(
        alarms, limiting_magnitude=magnitude, moon_separation_deg=separation_deg, moon_background_e=moon_e
    )
