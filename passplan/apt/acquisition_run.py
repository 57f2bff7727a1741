"""Monte Carlo of the acquisition: one end that scans, and two ends that look for each other.

All angles are on the sky; two axes are one complex number. The closed forms are in `acquisition`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil, inf
from typing import Annotated

import numpy as np
from annotated_types import Interval
from numpy.typing import NDArray

from passplan.apt.acquisition_times import AcquisitionTimes, collect_times
from passplan.apt.scan import ComplexArray, Scan, check_dwell, scan_path_urad
from passplan.apt.sensor import Camera, detection_probability
from passplan.checks import FloatArray, Fraction, NonNegative, Positive, check_limits, within
from passplan.constants import SPEED_OF_LIGHT_KM_S
from passplan.errors import DomainError

_CHUNK = 4096
_JITTER_SIGMAS = 4.0


def scan_times(
    scan: Scan,
    *,
    width_urad: float,
    sigma_urad: float,
    jitter_urad: float = 0.0,
    detection: float = 1.0,
    runs: int,
    rng: np.random.Generator,
) -> AcquisitionTimes:
    """Times at which one pass of a scan meets a Gaussian target: the end of the first dwell that detects it.

    Parameters
    ----------
    scan : Scan
        The scan.
    width_urad : float
        Full width of the round beam that scans [urad], > 0.
    sigma_urad : float
        Uncertainty of the target per axis [urad], > 0.
    jitter_urad : float
        Jitter per axis, independent from dwell to dwell [urad], >= 0.
    detection : float
        Probability that a dwell detects a target inside the beam [1], in [0, 1].
    runs : int
        Number of runs, >= 1; they are made in blocks, so the memory does not grow with them.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    AcquisitionTimes
        For one pass of the scan; `acquisition.repeated_scan_time_s` makes of them the mean of repeated ones.

    Raises
    ------
    DomainError
        If an input is out of its limits.

    Notes
    -----
    The closed form `spiral_mean_time_s` is the limit of a beam much narrower than sigma: the two agree to 1 % below
    pitch/sigma = 0.03. A beam as wide as sigma meets its target 1 to 2 % sooner or later, as the first few cells lie.
    """
    within("sigma_urad", sigma_urad, 0.0, inf, ends="()")
    within("jitter_urad", jitter_urad, 0.0, inf, ends="[)")
    within("detection", detection, 0.0, 1.0)
    within("runs", runs, 1, inf, ends="[)")
    from scipy.spatial import KDTree  # slow to import, and no loop needs it

    path = scan_path_urad(scan, width_urad)
    tree = KDTree(np.stack((path.real, path.imag), axis=1))
    reach_urad = 0.5 * width_urad + _JITTER_SIGMAS * jitter_urad
    pitch_urad = scan.step_ratio * width_urad
    near = min(path.size, 6 + ceil(1.3 * np.pi * (reach_urad / pitch_urad) ** 2))

    def blocks() -> Iterator[FloatArray]:
        for count in _blocks(runs):
            target = sigma_urad * rng.standard_normal((count, 2))
            _, dwell = tree.query(target, k=[*range(1, near + 1)], distance_upper_bound=reach_urad)
            shaken = np.append(path, inf)[dwell] - (target @ (1.0, 1j))[:, None]
            if jitter_urad:
                shaken += jitter_urad * _complex_normal(rng, dwell.shape)
            hit = (np.abs(shaken) <= 0.5 * width_urad) & (rng.random(dwell.shape) < detection)
            first = np.where(hit, dwell, path.size).min(axis=1)
            yield np.where(first < path.size, (first + 1.0) * scan.dwell_s, inf)[None, :]

    return collect_times(blocks(), limit_s=path.size * scan.dwell_s)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeker:
    """One end of the link while the two look for each other; its beacon and its coarse camera share one axis.

    camera : the coarse camera; its minimum_e, noise and background make the probability that a frame shows the beacon
    sigma_urad : uncertainty of its open-loop pointing, per axis [urad], >= 0
    electrons : of the other end's beacon in one exposure, on the axis of that beacon [electrons], >= 0
    half_divergence_urad : of its own beacon, half-angle at 1/e^2 intensity [urad], > 0
    scan : how it searches; a scan is repeated until the lock
    jitter_urad : pointing jitter, independent from frame to frame, per axis [urad], >= 0
    scintillation_index : of the beacon it receives, log-normal and independent from frame to frame [1], >= 0
    confirm_frames : frames in succession that must show the beacon [1], >= 1
    settle_s : time from then until the gimbal points at it [s], >= 0
    start_s : time at which it begins to search and its beacon is on [s], >= 0
    false_alarm_probability : that a frame without beacon shows something that is taken for one [1], in [0, 1]
    false_alarm_s : time for which a false alarm holds the scan [s], >= 0
    """

    camera: Camera
    sigma_urad: NonNegative
    electrons: NonNegative
    half_divergence_urad: Positive
    scan: Scan = field(default_factory=Scan)
    jitter_urad: NonNegative = 0.0
    scintillation_index: NonNegative = 0.0
    confirm_frames: Annotated[int, Interval(ge=1)] = 5
    settle_s: NonNegative = 0.25
    start_s: NonNegative = 0.0
    false_alarm_probability: Fraction = 0.0
    false_alarm_s: NonNegative = 0.125

    def __post_init__(self) -> None:
        check_limits(self)

    @property
    def scan_width_urad(self) -> float:
        """Width of what scans: the narrower of the beacon's full angle and the camera's field [urad]."""
        return min(2.0 * self.half_divergence_urad, 2.0 * self.camera.half_field_urad)

    @property
    def path_urad(self) -> ComplexArray:
        """Centres of its dwells [urad]."""
        return scan_path_urad(self.scan, self.scan_width_urad)

    @property
    def full_scan_s(self) -> float:
        """Time of one pass of its scan [s]."""
        return self.path_urad.size * self.scan.dwell_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquisition:
    """Times at which the first end, the second end, and both had their coarse lock."""

    first: AcquisitionTimes
    second: AcquisitionTimes
    both: AcquisitionTimes


def acquire(
    first: Seeker, second: Seeker, *, range_km: float, limit_s: float, runs: int, rng: np.random.Generator
) -> Acquisition:
    """Let two ends find each other, many times, frame by frame.

    Parameters
    ----------
    first, second : Seeker
        The two ends.
    range_km : float
        Slant range [km], > 0.
    limit_s : float
        Time after which a run is given up [s], > 0.
    runs : int
        Number of runs, >= 1; they are made in blocks, so the memory does not grow with them.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Acquisition
        Probabilities and quantiles of the times of coarse lock.

    Raises
    ------
    DomainError
        If an input is out of its limits; if a scan leaves a place before the other end can have confirmed the beacon;
        or if both ends scan and the slower one does not dwell through a whole scan of the faster one.

    Notes
    -----
    Protocols: both stare (a wide beacon covers the other end, which locks, and whose narrow beacon then lies on the
    first); one stares and one scans; or both scan, the slower one standing still while the faster one covers its cone.
    A camera sees the beacon if the other end lies in its field and the beam lay on it one light time before the middle
    of the exposure; the beam's Gaussian profile sets the electrons. Frames in succession confirm it, during which the
    scan stands still; then the end points at the other and does not lose it again. The uncertainties of the two ends
    are independent: that the orbit's error is common to both is left out.
    """
    within("range_km", range_km, 0.0, inf, ends="()")
    within("limit_s", limit_s, 0.0, inf, ends="()")
    within("runs", runs, 1, inf, ends="[)")
    light_s = range_km / SPEED_OF_LIGHT_KM_S
    _check_protocol(first, second, light_s=light_s)
    blocks = (
        _both_ends((first, second), light_s=light_s, limit_s=limit_s, runs=count, rng=rng) for count in _blocks(runs)
    )
    times = collect_times(blocks, limit_s=limit_s)
    return Acquisition(first=times[0], second=times[1], both=times[2])


def _check_protocol(first: Seeker, second: Seeker, *, light_s: float) -> None:
    for own, other in ((first, second), (second, first)):
        seen_s = (other.confirm_frames - 1.0) * other.camera.frame_s + other.camera.exposure_s
        check_dwell(own.scan, exposure_s=seen_s, light_time_s=light_s)
    if "stare" in (first.scan.kind, second.scan.kind):
        return
    slow, fast = sorted((first, second), key=lambda end: end.scan.dwell_s, reverse=True)
    if slow.scan.dwell_s < fast.full_scan_s:
        raise DomainError(
            f"both ends scan: the slower dwells {slow.scan.dwell_s:g} s, must be at least {fast.full_scan_s:g} s, the "
            "time of a whole scan of the faster one"
        )


def _blocks(runs: int) -> Iterator[int]:
    for done in range(0, runs, _CHUNK):
        yield min(_CHUNK, runs - done)


def _complex_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> ComplexArray:
    return rng.standard_normal((*shape, 2)) @ np.array((1.0, 1j))


@dataclass(slots=True, kw_only=True)
class _End:
    """State of one end in a block of runs; the last axis of each array is the run."""

    seeker: Seeker
    path: ComplexArray
    error: ComplexArray  # of the open-loop pointing: where the other end is [urad]
    beam: ComplexArray  # other end beside the axis in the last frames, a ring of shape (depth, n) [urad]
    shown: NDArray[np.int64]  # frames in succession that showed the beacon
    dwelt: NDArray[np.int64]  # frames of the scan
    held: NDArray[np.int64]  # frames for which a false alarm still holds the scan
    lock_s: FloatArray
    run: NDArray[np.int64]

    def keep(self, live: NDArray[np.bool_]) -> None:
        for name in ("error", "beam", "shown", "dwelt", "held", "lock_s", "run"):
            setattr(self, name, getattr(self, name)[..., live])


def _begin(seeker: Seeker, other: Seeker, *, light_s: float, runs: int, rng: np.random.Generator) -> _End:
    path = seeker.path_urad
    error = seeker.sigma_urad * _complex_normal(rng, (runs,))
    depth = 2 + ceil((light_s + other.camera.exposure_s) * seeker.camera.frame_rate_hz)
    shown, dwelt, held = np.zeros((3, runs), dtype=np.int64)
    return _End(
        seeker=seeker,
        path=path,
        error=error,
        beam=np.repeat((error - path[0])[None, :], depth, axis=0),
        shown=shown,
        dwelt=dwelt,
        held=held,
        lock_s=np.full(runs, inf),
        run=np.arange(runs),
    )


def _both_ends(
    seekers: tuple[Seeker, Seeker], *, light_s: float, limit_s: float, runs: int, rng: np.random.Generator
) -> FloatArray:
    """Times of lock of the first, the second and both, shape (3, runs); inf if not within the limit."""
    ends = tuple(
        _begin(seeker, other, light_s=light_s, runs=runs, rng=rng) for seeker, other in (seekers, seekers[::-1])
    )
    times_s = np.full((3, runs), inf)
    for end_s, which, frame in _frames(seekers, limit_s=limit_s):
        _step(ends[which], ends[1 - which], end_s=end_s, frame=frame, light_s=light_s, rng=rng)
        live = np.isinf(ends[0].lock_s) | np.isinf(ends[1].lock_s)
        if 2 * np.count_nonzero(live) <= live.size:
            _note(times_s, ends)
            for end in ends:
                end.keep(live)
        if not live.any():
            break
    _note(times_s, ends)
    times_s[2] = times_s[:2].max(axis=0)
    return times_s


def _note(times_s: FloatArray, ends: tuple[_End, ...]) -> None:
    for row, end in enumerate(ends):
        times_s[row, end.run] = end.lock_s


def _frames(seekers: tuple[Seeker, Seeker], *, limit_s: float) -> list[tuple[float, int, int]]:
    """End of each frame in order of time: when, of which end, and its number."""
    frames = []
    for which, seeker in enumerate(seekers):
        rate_hz = seeker.camera.frame_rate_hz
        count = max(0, int((limit_s - seeker.start_s) * rate_hz))
        frames += [(seeker.start_s + (number + 1) / rate_hz, which, number) for number in range(count)]
    return sorted(frames)


def _step(own: _End, other: _End, *, end_s: float, frame: int, light_s: float, rng: np.random.Generator) -> None:
    """One frame of one end: look, count, and move on."""
    seeker = own.seeker
    rate_hz = seeker.camera.frame_rate_hz
    offset = own.beam[frame % own.beam.shape[0]]
    sent_s = end_s - 0.5 * seeker.camera.exposure_s - light_s
    shown = _sees(own, other, offset=offset, sent_s=sent_s, rng=rng)
    own.shown = np.where(shown, own.shown + 1, 0)
    confirmed = (own.shown >= seeker.confirm_frames) & np.isinf(own.lock_s)
    own.lock_s[confirmed] = end_s + seeker.settle_s
    if seeker.false_alarm_probability:
        alarmed = ~shown & (rng.random(shown.size) < seeker.false_alarm_probability)
        own.held = np.where(alarmed, ceil(seeker.false_alarm_s * rate_hz), np.maximum(own.held - 1, 0))
    own.dwelt += (own.shown == 0) & (own.held == 0) & np.isinf(own.lock_s)
    place = own.dwelt // max(1, round(seeker.scan.dwell_s * rate_hz)) % own.path.size
    own.beam[(frame + 1) % own.beam.shape[0]] = np.where(own.lock_s <= end_s, 0.0, own.error - own.path[place])


def _sees(
    own: _End, other: _End, *, offset: ComplexArray, sent_s: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Tell in which runs the frame shows the beacon that the other end sent at a time."""
    seeker, sender = own.seeker, other.seeker
    frame = int((sent_s - sender.start_s) // sender.camera.frame_s)
    if frame < 0:
        return np.zeros(offset.size, dtype=bool)
    beam = other.beam[frame % other.beam.shape[0]]
    if seeker.jitter_urad:
        offset = offset + seeker.jitter_urad * _complex_normal(rng, offset.shape)
    if sender.jitter_urad:
        beam = beam + sender.jitter_urad * _complex_normal(rng, beam.shape)
    inside = np.maximum(np.abs(offset.real), np.abs(offset.imag)) <= seeker.camera.half_field_urad
    electrons = seeker.electrons * np.exp(-2.0 * np.square(np.abs(beam) / sender.half_divergence_urad))
    if seeker.scintillation_index:
        variance = np.log1p(seeker.scintillation_index)
        electrons *= np.exp(np.sqrt(variance) * rng.standard_normal(beam.size) - 0.5 * variance)
    electrons = np.minimum(electrons, seeker.camera.saturation_e)
    return inside & (rng.random(beam.size) < detection_probability(seeker.camera, electrons))
