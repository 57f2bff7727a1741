"""Compiles the loop ahead of its first use."""

import sys

import numpy as np


def is_compiled() -> bool:
    """Whether this process has compiled the loop already, or read it from numba's store."""
    kernel = sys.modules.get("passplan.apt.kernel")
    return kernel is not None and kernel.compiled_loop.cache_info().currsize > 0


def compile_now() -> None:
    """Compile the loop, or read it from numba's store, by tracking a target at rest for two seconds."""
    from passplan.apt.beacon import Beacon
    from passplan.apt.disturbance import VibrationSpectrum
    from passplan.apt.loop import simulate_terminal
    from passplan.apt.sensor import Camera
    from passplan.apt.sight import Sight
    from passplan.apt.terminal import CoarseStage, FineStage, Terminal

    terminal = Terminal(
        coarse=CoarseStage(camera=Camera(field_mrad=40.0, pixels=1000, frame_rate_hz=40.0)),
        fine=FineStage(camera=Camera(field_mrad=0.6, pixels=60, frame_rate_hz=2000.0)),
        aperture_m=0.3,
    )
    still = np.zeros(2)
    sight = Sight(
        time_s=np.arange(2.0),
        rate_x_urad_s=still,
        rate_y_urad_s=still.copy(),
        range_km=still + 1000.0,
        beacon_transmittance=still + 1.0,
    )
    simulate_terminal(
        terminal,
        sight,
        opposite_beacon=Beacon(power_w=1.0, full_divergence_mrad=1.0, wavelength_nm=670.0),
        vibration=VibrationSpectrum(rms_urad=1.0, roll_off_hz=30.0),
        rng=np.random.default_rng(0),
    )
