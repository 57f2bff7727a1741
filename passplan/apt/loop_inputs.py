"""Inputs of the tracking loop, made of a terminal and what it has to follow; see `kernel` for their meaning."""

from math import ceil, inf, isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from passplan.apt.beacon import Beacon, photons_per_exposure, received_power_w
from passplan.apt.beacon_fades import beacon_fades, dropouts, in_gaps
from passplan.apt.design import SampledLoop
from passplan.apt.disturbance import vibration
from passplan.apt.hysteresis import Plays
from passplan.apt.margins import SlowestPole, slowest_pole
from passplan.apt.mount_plan import ideal_offset_urad, plan_mount
from passplan.apt.normal import normal_pairs
from passplan.apt.scan import check_dwell, scan_path_urad
from passplan.apt.sensor import Camera
from passplan.apt.sight import Sight
from passplan.apt.spectrum import Psd, vibration_stride
from passplan.apt.stage_loop import stage_loop
from passplan.apt.terminal import Terminal
from passplan.checks import FloatArray, within
from passplan.constants import SPEED_OF_LIGHT_KM_S
from passplan.units import deg_to_urad, to_rad

NODE_S = 0.1  # between two nodes of the slow inputs
_NO_STOP = complex(1e12, 1e12)  # farther than any axis turns [urad]

Complexes = NDArray[np.complex128]


class Inputs(NamedTuple):
    """Arrays of one terminal, as `kernel.close_loop` reads them, and the loops, plays and stride that go with them."""

    nodes: Complexes
    vibration: NDArray[np.complex64]
    stride: int
    coarse_frames: NDArray[np.complex64]
    fine_frames: NDArray[np.complex64]
    fades: NDArray[np.float32]
    scan: Complexes
    loops: tuple[SampledLoop, SampledLoop]
    plays: Plays


def inputs_of(
    terminal: Terminal,
    sight: Sight,
    beacon: Beacon,
    shaking: Psd,
    *,
    scan_width_urad: float,
    rng: np.random.Generator,
) -> Inputs:
    """Make the inputs of one terminal that sees the other's beacon; randomness is drawn here and nowhere else."""
    seconds = sight.time_s.size
    nodes = _nodes(terminal, sight, beacon, rng)
    stride = vibration_stride(shaking, plant_step_s=terminal.step_s)
    step_s = stride * terminal.step_s
    x, y = vibration(shaking, duration_s=(ceil(seconds / step_s) + 2) * step_s, step_s=step_s, rng=rng)
    shake = np.empty(x.size, dtype=np.complex64)
    shake.real, shake.imag = x, y
    coarse_frames, fine_frames = (
        _noise(camera, sight, rng) for camera in (terminal.coarse.camera, terminal.fine.camera)
    )
    return Inputs(
        nodes=nodes,
        vibration=shake,
        stride=stride,
        coarse_frames=coarse_frames,
        fine_frames=fine_frames,
        fades=_fades(terminal.fine.camera, sight, fine_frames.size, rng),
        scan=_scan(terminal, scan_width_urad, float(sight.range_km.max())),
        loops=(stage_loop(terminal, "coarse"), stage_loop(terminal, "fine")),
        plays=terminal.fine.mirror.plays,
    )


def runaway(loops: tuple[SampledLoop, SampledLoop]) -> tuple[str, SlowestPole] | None:
    """Name and pole of the loop, fine before coarse, whose error grows by itself; None when neither does."""
    for name, loop in zip(("fine", "coarse"), loops[::-1], strict=True):
        pole = slowest_pole(loop)
        if pole.magnitude > 1.0 and isfinite(pole.time_s):
            return name, pole
    return None


def spot_electrons_unheld(camera: Camera, sight: Sight, beacon: Beacon, aperture_m: float) -> FloatArray:
    """Photo-electrons of the spot in an exposure before the gain control, for an aperture [m], shape (n,)."""
    power_w = received_power_w(
        beacon, range_km=sight.range_km, aperture_m=aperture_m, transmittance=sight.beacon_transmittance
    )
    if beacon.repetition_khz:
        within("opposite_beacon.repetition_khz", beacon.repetition_khz, 1e-3 * camera.frame_rate_hz, inf)
    photons = photons_per_exposure(power_w, wavelength_nm=beacon.wavelength_nm, exposure_s=camera.exposure_s)
    return np.asarray(camera.throughput * camera.quantum_efficiency * photons)


def _nodes(terminal: Terminal, sight: Sight, beacon: Beacon, rng: np.random.Generator) -> Complexes:
    """Slow inputs on nodes from the first second to one after the last, and one more."""
    count = round(sight.time_s.size / NODE_S) + 1
    at_s = NODE_S * np.arange(count)

    def on_nodes(values: NDArray[Any]) -> NDArray[Any]:
        return np.interp(at_s, np.arange(values.size), values)

    rates = on_nodes(sight.rate_x_urad_s + 1j * sight.rate_y_urad_s)
    nodes = np.zeros((7, count + 1), dtype=complex)
    drift, carried, set_point, cosines, electrons, lowest, highest = nodes[:, :-1]
    lowest[:], highest[:] = -_NO_STOP, _NO_STOP
    cosines[:] = 1.0
    start_urad = complex(*rng.standard_normal(2)) * float(deg_to_urad(terminal.attitude_error_deg))
    orbit_m = complex(*rng.standard_normal(2)) * terminal.orbit_error_m
    drift += start_urad + orbit_m * 1e3 / on_nodes(sight.range_km)  # m/km = mrad
    drift += terminal.time_tag_error_s * rates
    if sight.refraction_urad is not None:
        drift += 1j * terminal.refraction_error * on_nodes(sight.refraction_urad)
    travelled = 0.5 * NODE_S * np.cumsum(rates[1:] + rates[:-1])
    drift[1:] += terminal.feed_forward_scale_error * travelled
    if terminal.coarse.mount is not None and sight.azimuth_deg is not None:
        _follow_mount(terminal, sight, nodes[:, :-1])
    elif terminal.coarse.carries_rate:
        carried += rates
    carried *= 1.0 - terminal.feed_forward_scale_error
    lead = sight.lead_urad
    set_point -= complex(*terminal.point_ahead_error_urad)
    if lead is not None:
        set_point -= on_nodes(lead)
    coarse_e, fine_e = (
        on_nodes(spot_electrons_unheld(camera, sight, beacon, terminal.aperture_m))
        for camera in (terminal.coarse.camera, terminal.fine.camera)
    )
    electrons.real, electrons.imag = coarse_e, fine_e
    nodes[:, -1] = nodes[:, -2]
    return nodes


def _follow_mount(terminal: Terminal, sight: Sight, nodes: Complexes) -> None:
    """Rates of the axes of an ideal mount, the target beside what it reaches, and how far its stops are."""
    drift, carried, _, cosines, _, lowest, highest = nodes
    gimbal, mount = terminal.coarse.gimbal, terminal.coarse.mount
    assert mount is not None
    assert sight.azimuth_deg is not None
    assert sight.elevation_deg is not None
    plan = plan_mount(
        mount,
        time_s=sight.time_s,
        azimuth_deg=sight.azimuth_deg,
        elevation_deg=sight.elevation_deg,
        rate_limit_deg_s=gimbal.rate_limit_deg_s,
        acceleration_limit_deg_s2=float(gimbal.acceleration_limit_urad_s2 / deg_to_urad(1.0)),
        node_step_s=NODE_S,
    )
    x, y = ideal_offset_urad(plan)
    drift += x + 1j * y
    ideal = deg_to_urad(plan.ideal_azimuth_deg) + 1j * deg_to_urad(plan.ideal_elevation_deg)
    carried += np.gradient(ideal, NODE_S)
    for stop, which in ((lowest, 0), (highest, 1)):
        stop[:] = deg_to_urad(mount.azimuth_range_deg[which]) + 1j * deg_to_urad(mount.elevation_range_deg[which])
        stop -= ideal
    elevation = to_rad(plan.ideal_elevation_deg)
    cosines.real = np.cos(elevation)
    cosines.imag = 0.25e-6 * np.sin(2.0 * elevation)  # urad^2 -> urad


def _noise(camera: Camera, sight: Sight, rng: np.random.Generator) -> NDArray[np.complex64]:
    """Standard normal numbers of both axes for each frame, nan where the frame is lost or ends behind a cloud."""
    count = ceil(sight.time_s.size * camera.frame_rate_hz) + 2
    noise = normal_pairs(rng, count)
    if camera.dropout_share > 0.0:
        lost = dropouts(
            share=camera.dropout_share, mean_s=camera.dropout_s, frame_s=camera.frame_s, count=count, rng=rng
        )
        noise[lost] = np.nan
    if sight.gaps_s:
        noise[in_gaps(sight.time_s[0] + camera.frame_s * np.arange(1, count + 1), sight.gaps_s)] = np.nan
    return noise


def _fades(camera: Camera, sight: Sight, count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    if sight.scintillation is None or not np.any(sight.scintillation):
        return np.ones(count, dtype=np.float32)
    at_s = np.arange(count) * camera.frame_s
    index = np.interp(at_s, np.arange(sight.time_s.size), sight.scintillation)
    return beacon_fades(index=index, correlation_s=sight.scintillation_s, frame_s=camera.frame_s, count=count, rng=rng)


def _scan(terminal: Terminal, width_urad: float, range_km: float) -> Complexes:
    """Points of the search; what scans is the narrower of the camera's field and the beacon that goes with it."""
    search, camera = terminal.coarse.search, terminal.coarse.camera
    check_dwell(
        search,
        exposure_s=camera.exposure_s,
        light_time_s=range_km / SPEED_OF_LIGHT_KM_S,
        loop_delay_s=camera.delay_frames * camera.frame_s + camera.extra_delay_s,
    )
    return scan_path_urad(search, min(width_urad, 2.0 * camera.half_field_urad))
