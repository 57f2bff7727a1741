"""Polarization: the figures that the room must reach, and how fast states go through a train.

``python tests/benchmarks/bench_polarization.py figures`` prints the table of the README;
``python tests/benchmarks/bench_polarization.py speed`` sends 1,000 passes at 10 Hz through ten elements.
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np

from passplan.mission.catalog import open_catalog
from passplan.mission.link import track_of
from passplan.mission.polarization_path import arrival_of, polarization_of, with_receiver
from passplan.mission.selection import Limits, select_by_id
from passplan.orbit.track import track
from passplan.polarization.analyser import Analyser, state_errors
from passplan.polarization.coatings import Metal, diattenuation, reflection_amplitudes, retardance_deg
from passplan.polarization.error_rate import contrast, error_probability, retardance_error_probability
from passplan.polarization.jones import product
from passplan.polarization.mirrors import Mirror
from passplan.polarization.plate_motor import WavePlateMotor
from passplan.polarization.quarter_half_quarter import plate_train
from passplan.polarization.stress import parse_jones_map
from passplan.polarization.train import MirrorTrain
from passplan.units import parse_utc

PASSES, RATE_HZ, LENGTH_S = 1000, 10, 200
AXES, RECEIVERS = ("orbit-normal", "velocity", "nadir"), ("tube", "nasmyth", "coude-sum", "coude-difference")
METALS = {"gold": (0.16, 5.34), "silver": (0.04, 5.79), "aluminium": (2.75, 8.31)}
GOLD = Metal(material="gold", index=METALS["gold"])
START, LENGTH = "2016-12-19T16:48:44Z", 417
INSTANTS = ("16:50:00", "16:51:00", "16:52:00", "16:52:14", "16:53:00", "16:54:00", "16:54:30")


def reference():
    """The pass of 2016-12-19 over Xinglong from the element set of epoch 16353.90152003, and its track."""
    catalog = open_catalog(None)
    selection = select_by_id(catalog, "micius/xinglong/20161219T165213Z", limits=Limits())
    older = next(
        item
        for item in history(catalog)
        if abs((item.epoch_utc - parse_utc("2016-12-18T21:38:11Z")).total_seconds()) < 60
    )
    start = parse_utc(START)
    return selection, track(older, selection.site.station, start_utc=start, time_s=np.arange(float(LENGTH)))


def history(catalog):
    from passplan.mission.catalog import load_history

    return load_history(catalog, "micius")


def rotations(selection, path):
    """Rotation [deg] along the pass of each axis at each receiver."""
    site, payload = selection.site, selection.payload
    for axis in AXES:
        law = replace(payload, attitude=replace(payload.attitude, reference_axis=axis))
        for frame in RECEIVERS:
            other = replace(
                selection, payload=law, site=replace(site, polarization=replace(site.polarization, frame=frame))
            )
            yield axis, frame, arrival_of(other, path).rotation_deg()


def figures() -> None:
    """Print the rows of the README's table."""
    selection, path = reference()
    window = path.range_km <= 1200.0
    table = {(axis, frame): angle for axis, frame, angle in rotations(selection, path)}
    tube = table["orbit-normal", "tube"]
    at = [int((parse_utc(f"2016-12-19T{clock}Z") - parse_utc(START)).total_seconds()) for clock in INSTANTS]
    print("rotation at", ", ".join(f"{clock} {tube[i]:.2f}" for clock, i in zip(INSTANTS, at, strict=True)))
    for (axis, frame), angle in table.items():
        rate = np.abs(np.gradient(angle, path.time_s)).max()
        print(f"{axis}, {frame}: {np.ptp(angle):.2f} / {np.ptp(angle[window]):.2f} deg, {rate:.3f} deg/s")
    deltas = (0.5, 1.0, 2.0, 3.42, 4.67, 10.0, 45.0, 90.0)
    print("contrast at", ", ".join(f"{d:g} deg {contrast(error_probability(delta_deg=d)):.1f}" for d in deltas))
    print(
        "retardance",
        ", ".join(f"{g} deg {contrast(retardance_error_probability(retardance_deg=g)):.1f}" for g in (5, 10, 20, 30)),
    )
    motors(selection, path, window)
    mirrors()
    trains(selection, path, window)


def motors(selection, path, window) -> None:
    """Compensated contrast of the motors of the brief, from the mean error of the window; the roll is known here."""
    usual = WavePlateMotor(
        step_deg=0.1, update_period_s=1.0, latency_s=0.5, max_rate_deg_s=1e6, max_acceleration_deg_s2=1e9
    )
    cases = {
        "1 s, 0.1 deg, 0.5 s": usual,
        "5 s": replace(usual, update_period_s=5.0),
        "+1 deg bias": replace(usual, bias_deg=1.0),
        "+1.6 deg bias": replace(usual, bias_deg=1.6),
    }
    for name, motor in cases.items():
        receiver = replace(selection.site.polarization, motor=motor)
        compensation = polarization_of(with_receiver(selection, receiver), path).compensation
        error = compensation.error_driven[:, window].mean()
        intrinsic = 1.0 / 281.0
        total = error + intrinsic - 2.0 * error * intrinsic
        worst_deg = compensation.residual_peak_deg[window].max()
        print(f"compensated, {name}: {1.0 / total - 1.0:.1f}:1, worst {worst_deg:.2f} deg")


def mirrors() -> None:
    """Bare metals at 850 nm with the indices of the brief."""
    for name, index in METALS.items():
        coating = Metal(material=name, index=index)
        for incidence in (45.0, 15.0):
            p, s = reflection_amplitudes(coating, incidence_deg=incidence, wavelength_nm=850.0)
            print(
                f"{name}, {incidence:g} deg: Rs {abs(s) ** 2:.3f} Rp {abs(p) ** 2:.3f}, "
                f"{retardance_deg(p, s):.2f} deg, diattenuation {diattenuation(p, s):.4f}"
            )


def trains(selection, path, window) -> None:
    """Mean and worst error of bare-gold trains behind a half-wave plate, and behind three plates."""
    for frame in ("nasmyth", "coude-sum"):
        for plates in ("half-wave", "quarter-half-quarter"):
            receiver = replace(selection.site.polarization, frame=frame, coating=GOLD, plates=plates)
            error = polarization_of(with_receiver(selection, receiver), path).compensation.error_exact[:, window]
            print(
                f"{frame}, {plates}: mean {error.mean():.5f}, largest mean of a second {error.mean(axis=0).max():.5f}, "
                f"worst state {error.max():.5f} = {1.0 / error.max() - 1.0:.0f}:1"
            )


def speed_case():
    """One pass at 10 Hz in front of five gold mirrors and a stress map, and the angles of three plates along it."""
    selection = select_by_id(open_catalog(None), "micius/xinglong/20161219T165213Z", limits=Limits())
    coarse = arrival_of(selection, track_of(selection))
    ports = ("elevation-left", "azimuth-down", "fork-front", "azimuth-down", "ground")
    azimuths, elevations = range(0, 360, 30), range(0, 91, 15)
    rows = [f"{a},{e},{2 + e / 30},{a / 3}" for a in azimuths for e in elevations]
    stress = parse_jones_map(
        "\n".join(["azimuth_deg,elevation_deg,retardance_deg,axis_deg", *rows]) + "\n", source="map"
    )
    train = MirrorTrain(mirrors=tuple(Mirror(to=port, coating=GOLD) for port in ports))
    times_s = 100.0 + np.arange(LENGTH_S * RATE_HZ) / RATE_HZ
    plates_deg = np.stack([np.linspace(0.0, 90.0, times_s.size)] * 3, axis=-1)
    return replace(coarse.at(times_s), train=train, stress_map=stress), plates_deg


def drive(passes: int) -> None:
    """Send passes through: turn of the frame, stress, mirrors, plates, and the errors of four states, each anew."""
    arrival, plates_deg = speed_case()
    for _ in range(passes):
        state_errors(Analyser(), product(plate_train(plates_deg), arrival.jones()))


def speed() -> None:
    """Print the seconds for all passes on one core and on two, starting processes and making the case included."""
    instants = PASSES * LENGTH_S * RATE_HZ
    started = time.perf_counter()
    drive(PASSES)
    print(f"{PASSES} passes, {instants:,} instants, four states each, ten elements")
    print(f"one core: {time.perf_counter() - started:.2f} s")
    started = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(drive, (PASSES // 2, PASSES // 2)))
    print(f"two processes: {time.perf_counter() - started:.2f} s")


if __name__ == "__main__":
    {"figures": figures, "speed": speed}[sys.argv[1] if len(sys.argv) > 1 else "figures"]()
