"""Terminals like those of Micius and Xinglong, and a short way to track with them. Angles are on the sky."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from passplan.apt.beacon import Beacon
from passplan.apt.disturbance import VibrationSpectrum
from passplan.apt.gimbal import Gimbal
from passplan.apt.kernel import close_loop
from passplan.apt.laws import Integrator
from passplan.apt.loop import simulate_terminal
from passplan.apt.sensor import Camera
from passplan.apt.sight import Sight
from passplan.apt.terminal import CoarseStage, FineStage, Terminal

STILL = VibrationSpectrum(rms_urad=0.0)


@pytest.fixture(scope="session")
def satellite():
    """40 Hz and 2 kHz cameras, integrators of 0.1 and 0.25, a mirror of 1 kHz."""
    return Terminal(
        coarse=CoarseStage(camera=Camera(field_mrad=40.14, pixels=512, frame_rate_hz=40.0), law=Integrator(gain=0.1)),
        fine=FineStage(camera=Camera(field_mrad=0.64, pixels=60, frame_rate_hz=2000.0), law=Integrator(gain=0.25)),
        aperture_m=0.3,
    )


@pytest.fixture(scope="session")
def station():
    """56 Hz and 212 Hz cameras on a telescope that carries the rate of the line of sight."""
    return Terminal(
        coarse=CoarseStage(
            camera=Camera(field_mrad=5.76, pixels=512, frame_rate_hz=56.0),
            gimbal=Gimbal(servo_hz=5.0),
            carries_rate=True,
        ),
        fine=FineStage(camera=Camera(field_mrad=1.3, pixels=128, frame_rate_hz=212.0)),
        aperture_m=1.0,
    )


@pytest.fixture(scope="session")
def ground_beacon():
    return Beacon(power_w=2.7, full_divergence_mrad=0.9, wavelength_nm=671.0)


@pytest.fixture(scope="session")
def satellite_beacon():
    return Beacon(power_w=0.16, full_divergence_mrad=1.25, wavelength_nm=532.0)


@pytest.fixture(scope="session")
def sight_of():
    """Line of sight at rest, 700 km away, of so many seconds; or with the arrays that are given."""

    def made(seconds, **given):
        zero = {name: np.zeros(seconds) for name in ("rate_x_urad_s", "rate_y_urad_s")}
        arrays = {"range_km": np.full(seconds, 700.0), "beacon_transmittance": np.full(seconds, 0.5)}
        return Sight(**{"time_s": np.arange(float(seconds)), **zero, **arrays, **given})

    return made


@pytest.fixture(scope="session")
def run(sight_of, ground_beacon):
    """Track with a terminal whose other end always points well."""

    def tracked(terminal, *, seconds=20, vibration=STILL, seed=1, opposite_beacon=ground_beacon, **given):
        return simulate_terminal(
            terminal,
            sight_of(seconds, **given),
            opposite_beacon=opposite_beacon,
            vibration=vibration,
            rng=np.random.default_rng(seed),
        )

    return tracked


@pytest.fixture(scope="session")
def with_fine():
    """Change a terminal's fine stage: its camera, its mirror, or its own fields."""

    def changed(terminal, *, camera=None, mirror=None, **own):
        fine = replace(terminal.fine, **own)
        fine = replace(
            fine, camera=replace(fine.camera, **(camera or {})), mirror=replace(fine.mirror, **(mirror or {}))
        )
        return replace(terminal, fine=fine)

    return changed


@pytest.fixture(scope="session")
def with_coarse():
    """Change a terminal's coarse stage: its camera, its gimbal, or its own fields."""

    def changed(terminal, *, camera=None, gimbal=None, **own):
        coarse = replace(terminal.coarse, **own)
        parts = {"camera": replace(coarse.camera, **(camera or {})), "gimbal": replace(coarse.gimbal, **(gimbal or {}))}
        return replace(terminal, coarse=replace(coarse, **parts))

    return changed


@pytest.fixture(scope="session")
def quiet(with_fine, with_coarse):
    """The terminal with cameras that read without noise."""
    perfect = {"fixed_pattern_urad": 0.0, "read_noise_e": 0.0, "saturation_e": 1e15, "throughput": 1.0}

    def silent(terminal):
        return with_fine(with_coarse(terminal, camera=perfect), camera=perfect)

    return silent


@pytest.fixture(scope="session")
def plain_loop():
    """The loop as Python runs it, on quick copies of its records, which are written back."""

    def run_plain(*arguments):
        records, arrays = arguments[:6], arguments[6:]
        copies = [SimpleNamespace(**dict(zip(r.dtype.names, r.item(), strict=True))) for r in records]
        close_loop(*copies, *arrays)
        for r, copy in zip(records, copies, strict=True):
            for name, value in vars(copy).items():
                r[name] = value

    return run_plain
