"""Figures and speed of pointing and tracking: ``python tests/benchmarks/bench_apt.py [figures|pass|runs N]``.

``figures`` prints what the loops must reach beside what they do; ``pass`` times one pass on one core; ``runs N`` times
N Monte Carlo passes in two processes and shows the memory of this one.
"""

import resource
import sys
import time
from dataclasses import replace
from functools import cache

import numpy as np
from scipy.integrate import quad

from passplan.apt.acquisition import spiral_cells, spiral_full_time_s, spiral_mean_time_s
from passplan.apt.control import gain_margin, phase_margin_deg
from passplan.apt.design import SampledLoop
from passplan.apt.disturbance import VibrationSpectrum, micius_like_psd, olympus_psd, vibration
from passplan.apt.kalman import KalmanPredictor
from passplan.apt.laws import Integrator, filter_of
from passplan.apt.loop import simulate_link
from passplan.apt.margins import margins
from passplan.apt.rejection import ramp_error_urad, residual_rms_urad
from passplan.apt.residual import rms_over
from passplan.apt.terminal_design import Geometry, terminal_budget
from passplan.channel.pointing_loss import PointingError, pointing_transmittance
from passplan.channel.refraction import apparent_elevation_deg
from passplan.mission.catalog import open_catalog
from passplan.mission.link import ends_of, generators, track_of
from passplan.mission.monte_carlo import track_statistics
from passplan.mission.result import RunOptions
from passplan.mission.selection import Limits, select_by_id
from passplan.units import to_loss_db

OLYMPUS = VibrationSpectrum(rms_urad=float(np.sqrt(80.0 * np.pi)))
SAME_SHAPE = VibrationSpectrum(rms_urad=9.3)
ROLL_OFF = VibrationSpectrum(rms_urad=9.3, roll_off_hz=30.0)
CELLS = ((2000.0, 0, 0.99), (2000.0, 1, 0.48), (2000.0, 2, 0.28), (5000.0, 1, 0.48))
PRINTED = ((1.117, 0.655, 0.134), (1.885, 1.106, 0.279), (2.447, 1.435, 0.484), (1.192, 0.699, 0.111))


@cache
def reference():
    """Track and both ends of the reference pass."""
    selection = select_by_id(open_catalog(None), "micius/xinglong/20161219T1652", limits=Limits())
    path = track_of(selection)
    apparent_deg = apparent_elevation_deg(elevation_deg=path.elevation_deg)
    return path, ends_of(selection, path, apparent_deg, RunOptions())


def integrator_loop(gain, rate_hz, delay_frames):
    """Loop of an integrator without an actuator."""
    return SampledLoop(law=filter_of(Integrator(gain=gain), rate_hz=rate_hz), delay_frames=delay_frames)


def olympus():
    """Variance and lag correlation of a long series."""
    series = vibration(olympus_psd, duration_s=4000.0, step_s=1e-3, rng=np.random.default_rng(1))
    ahead = np.exp(-2.0 * np.pi * 1e-3)
    lag = float((series[:, 1:] * series[:, :-1]).mean() / (series**2).mean())
    area, _ = quad(olympus_psd, 0.0, np.inf)
    yield "Olympus: variance of the model, of 4000 s [urad^2]", "251.3 +- 1 %", f"{area:.2f}, {series.var():.1f}"
    yield "Olympus: lag correlation after 1 ms", f"{ahead:.6f}", f"{lag:.6f}"


def closed_forms():
    """Margins of the integrator, closed and from the sampled loop."""
    for delay, gain in ((0, 0.25), (1, 0.25), (1, 0.48), (2, 0.28)):
        found = margins(integrator_loop(gain, 2000.0, delay))
        asked = (
            gain_margin(gain=gain, total_delay_frames=delay + 1),
            phase_margin_deg(gain=gain, total_delay_frames=delay + 1),
        )
        yield (
            f"integrator g {gain}, n {delay + 1}: gain and phase margin",
            f"{asked[0]:.4f}, {asked[1]:.2f} deg +- 1e-9",
            f"off by {abs(found.gain_margin / asked[0] - 1):.0e}, {abs(found.phase_margin_deg / asked[1] - 1):.0e}",
        )
    ramp = ramp_error_urad(integrator_loop(0.1, 40.0, 1), rate_urad_s=119.0)
    yield "ramp error, 119 urad/s, 40 Hz, g 0.1 [urad]", "29.75", f"{ramp:.6f}"


def cells():
    """Residuals of the sampled integrator."""
    for (rate_hz, delay, gain), printed in zip(CELLS, PRINTED, strict=True):
        loop = integrator_loop(gain, rate_hz, delay)
        spectra = (OLYMPUS, SAME_SHAPE, ROLL_OFF)
        averaged = [residual_rms_urad(loop, psd, averaged=True) for psd in spectra]
        exact = [residual_rms_urad(loop, psd) for psd in spectra]
        yield (
            f"{rate_hz / 1e3:g} kHz, nd {delay}, g {gain} [urad]",
            ", ".join(f"{value:g}" for value in printed) + " +- 3 %",
            ", ".join(f"{value:.3f}" for value in averaged) + "; exact " + ", ".join(f"{x:.3f}" for x in exact),
        )


def predictor():
    """Kalman predictor on Olympus, from sample to sample."""
    law = KalmanPredictor(rms_urad=OLYMPUS.rms_urad, corner_hz=1.0, reading_noise_urad=0.1)
    law_of_instants = filter_of(law, rate_hz=2000.0, delay_frames=1, exposure_share=1e-6)
    full = SampledLoop(law=filter_of(law, rate_hz=2000.0, delay_frames=1), delay_frames=1)
    exposed_urad = residual_rms_urad(full, OLYMPUS)
    yield (
        "LQG on Olympus, 1 ms from sample to sample, 0.1 urad noise [urad]",
        "1.772 to 1.885",
        f"{at_samples_urad(law_of_instants):.4f}; full-frame exposure, continuous time {exposed_urad:.3f}",
    )


def at_samples_urad(law):
    """Residual of Olympus at the sampling instants, from a run of 400 s; a command is seen two samples later."""
    step_s = 1.0 / law.rate_hz
    disturbance = vibration(olympus_psd, duration_s=400.0, step_s=step_s, rng=np.random.default_rng(3))[0]
    noise = 0.1 * np.random.default_rng(4).standard_normal(disturbance.size)
    state, due = np.zeros(law.b.size), [0.0, 0.0]
    errors = np.empty(disturbance.size)
    for k, angle in enumerate(disturbance):
        errors[k] = angle - due.pop(0)
        reading = errors[k] + noise[k]
        due.append(float(law.c @ state + law.d * reading))
        state = law.a @ state + law.b * reading
    return errors[2000:].std()


def reference_pass():
    """The reference pass with and without the roll-off, and with poor feed-forward."""
    path, (satellite, ground) = reference()
    window = path.range_km <= 1200.0
    for name, psd, asked in (
        ("30 Hz roll-off", micius_like_psd, "0.28-0.56"),
        ("no roll-off", SAME_SHAPE, "1.1-1.4"),
    ):
        track, _ = simulate_link(replace(satellite, vibration=psd), ground, rngs=generators(1))
        rms = rms_over(track, window)
        yield f"reference pass, {name}, x and y [urad]", asked, f"{rms.fine_x_rms_urad:.3f}, {rms.fine_y_rms_urad:.3f}"


def feed_forward():
    """The satellite's coarse loop with a wrong rate, its gimbal free to go wherever that leads."""
    path, (satellite, ground) = reference()
    window, fastest = path.range_km <= 1200.0, int(path.line_of_sight_rate_urad_s.argmax())
    coarse = satellite.terminal.coarse
    free = replace(coarse, gimbal=replace(coarse.gimbal, range_deg=360.0))
    for share, asked in (
        (1.0, "lock lost: 2.98 mrad, beyond field and stroke"),
        (0.5, "lock lost, stroke saturated at 800 urad"),
        (0.01, "no harm"),
    ):
        terminal = replace(satellite.terminal, coarse=free, feed_forward_scale_error=share)
        track, _ = simulate_link(replace(satellite, terminal=terminal), ground, rngs=generators(1))
        left_urad = float(np.hypot(track.coarse_x_urad, track.coarse_y_urad)[fastest])
        stroke_urad = max(track.stroke_x_urad.max(), track.stroke_y_urad.max())
        yield (
            f"feed-forward wrong by {share:.0%}",
            asked,
            f"{1 - track.locked[window].mean():.0%} of the window without lock; the coarse loop leaves "
            f"{left_urad:.0f} urad at the fastest second; stroke used {stroke_urad:.0f} urad",
        )


def keyhole():
    """The pass of 2017-02-13 over Nanshan, 85.7 deg, with an azimuth axis of 3 deg/s."""
    selection = select_by_id(open_catalog(None), "micius/nanshan/20170213T18", limits=Limits())
    path = track_of(selection)
    satellite, ground = ends_of(selection, path, apparent_elevation_deg(elevation_deg=path.elevation_deg), RunOptions())
    coarse = ground.terminal.coarse
    slow = replace(coarse, gimbal=replace(coarse.gimbal, rate_limit_deg_s=3.0))
    ground = replace(ground, terminal=replace(ground.terminal, coarse=slow))
    _, track = simulate_link(satellite, ground, rngs=generators(1))
    chased_s = chase_s(ground.sight, slow)
    lost = ", ".join(f"{start:.1f} to {stop:.1f} s" for start, stop in track.outages_s)
    yield (
        f"pass of {path.elevation_deg.max():.1f} deg, azimuth axis of 3 deg/s",
        f"out of the coarse field by geometry {chased_s:.1f} s",
        f"without fine lock {np.diff(track.outages_s, axis=1).sum():.1f} s ({lost})",
    )


def chase_s(sight, coarse):
    """Time for which an axis of a rate limit, and no other, is more than half the coarse field behind; brute force."""
    fine_s = np.arange(0.0, sight.time_s[-1], 1e-3)
    azimuth = np.interp(fine_s, sight.time_s, np.unwrap(np.radians(sight.azimuth_deg)))
    elevation = np.radians(np.interp(fine_s, sight.time_s, sight.elevation_deg))
    most = np.radians(coarse.gimbal.rate_limit_deg_s) * 1e-3
    axis = np.empty_like(azimuth)
    axis[0] = azimuth[0]
    for k in range(1, azimuth.size):
        axis[k] = axis[k - 1] + np.clip(azimuth[k] - axis[k - 1], -most, most)
    off_urad = 1e6 * np.abs(np.cos(elevation) * (azimuth - axis))
    return 1e-3 * np.count_nonzero(off_urad > coarse.camera.half_field_urad)


def acquisition():
    """Spiral scans."""
    beam = {"beam_urad": 1250.0, "dwell_s": 0.05}
    cone = spiral_cells(radius_urad=8730.0, beam_urad=1250.0), spiral_full_time_s(radius_urad=8730.0, **beam)
    narrow = spiral_cells(radius_urad=1000.0, beam_urad=10.0)
    yield "spiral 1.25 mrad over 8.73 mrad: cells, time", "313, 15.6 s", f"{cone[0]:.0f}, {cone[1]:.1f} s"
    yield "mean time, sigma 1 mrad", "0.410 s", f"{spiral_mean_time_s(sigma_urad=1000.0, **beam):.3f} s"
    yield "spiral 10 urad over 1 mrad: cells, time", "64,114, 321 s", f"{narrow:,.0f}, {0.005 * narrow:.0f} s"


def geometry():
    """Point-ahead and time tag."""
    path, _ = reference()
    near = int(np.argmin(path.range_km))
    yield "point-ahead at culmination [urad]", "51.4 +- 1 %", f"{path.point_ahead_urad[near]:.2f}"
    yield "1 ms of time tag [urad]", "11.9 +- 1 %", f"{1e-3 * path.line_of_sight_rate_urad_s.max():.2f}"


def pointing_loss():
    """Mean Gaussian loss of the simulated residual beside the closed form of its own moments."""
    _, (satellite, ground) = reference()
    track, _ = simulate_link(satellite, ground, rngs=generators(1))
    locked = track.sample_state == 5
    x, y = (axis[locked].astype(float) for axis in (track.residual_x_urad, track.residual_y_urad))
    second = ((np.arange(track.sample_state.size) * track.residual_step_s) // 1).astype(int)[locked]
    counts = np.bincount(second)
    moments = [np.bincount(second, axis) / counts for axis in (x, y)]
    spreads = [
        np.sqrt(np.bincount(second, axis**2) / counts - mean**2) for axis, mean in zip((x, y), moments, strict=True)
    ]
    error = PointingError(
        bias_x_urad=moments[0], bias_y_urad=moments[1], jitter_x_urad=spreads[0], jitter_y_urad=spreads[1]
    )
    closed = pointing_transmittance(error, divergence_x_urad=4.5, divergence_y_urad=5.5)
    sampled = np.bincount(second, np.exp(-2.0 * ((x / 4.5) ** 2 + (y / 5.5) ** 2))) / counts
    off_db = float(
        to_loss_db(np.sum(sampled * counts) / counts.sum()) - to_loss_db(np.sum(closed * counts) / counts.sum())
    )
    yield "mean pointing loss, series less closed form [dB]", "0 +- 0.01", f"{off_db:+.4f}"


def budget():
    """Predicted and simulated jitter of both terminals."""
    path, ends = reference()
    window = path.range_km <= 1200.0
    tracks = simulate_link(*ends, rngs=generators(1))
    for name, end, track in zip(("satellite", "ground"), ends, tracks, strict=True):
        rms = rms_over(track, window)
        predicted = terminal_budget(end.terminal, psd=end.vibration, geometry=Geometry()).jitter_urad
        yield (
            f"budget of the {name}, jitter x and y, predicted [urad]",
            f"{rms.fine_x_rms_urad:.3f}, {rms.fine_y_rms_urad:.3f} +- 5 %",
            f"{predicted[0]:.3f}, {predicted[1]:.3f}",
        )


def print_figures():
    """Print all figures as one table of Markdown."""
    print("| figure | asked | reached |\n|---|---|---|")
    for part in (
        olympus, closed_forms, cells, predictor, reference_pass, feed_forward, acquisition, geometry,
        pointing_loss, budget, keyhole,
    ):  # fmt: skip
        for row in part():
            print("| " + " | ".join(row) + " |", flush=True)


def time_pass():
    """Time one pass on one core, warm."""
    _, ends = reference()
    simulate_link(*ends, rngs=generators(0))
    spent = []
    for seed in range(1, 8):
        started = time.perf_counter()
        simulate_link(*ends, rngs=generators(seed))
        spent.append(time.perf_counter() - started)
    print(
        f"one pass, 417 s, both terminals, two axes, 10 kHz: median {np.median(spent):.3f} s, best {min(spent):.3f} s"
    )


def time_runs(runs):
    """Time Monte Carlo passes in two processes."""
    path, ends = reference()
    for count in sorted({2, runs}):
        started = time.perf_counter()
        track_statistics(ends, range(count), mask=path.range_km <= 1200.0, jobs=2)
        spent = time.perf_counter() - started
        own, others = (resource.getrusage(who).ru_maxrss / 1024 for who in (0, -1))
        print(f"{count} runs, two processes: {spent:.1f} s; peak memory {own:.0f} MB, each worker {others:.0f} MB")


if __name__ == "__main__":
    task = sys.argv[1] if len(sys.argv) > 1 else "figures"
    if task == "runs":
        time_runs(int(sys.argv[2]))
    else:
        {"figures": print_figures, "pass": time_pass}[task]()
