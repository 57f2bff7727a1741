"""Passes that the benchmarks and the tests of the key optimiser share."""

import csv
from pathlib import Path

import numpy as np

from passplan.qkd.gain import Channel

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
TIME_S = np.arange(-136.0, 137.0)
RANGE_KM = np.hypot(645.0, 7.41 * TIME_S)


def r4_pass(*, peak=6.578279e-4, background=5e-7, optical_error=0.01):
    """A pass like that of the 2017 mission: 273 s, nearest 645 km."""
    return Channel(
        transmittance=peak * (645.0 / RANGE_KM) ** 4,
        background=background,
        optical_error=optical_error,
        clock_hz=1e8,
    )


def table(name):
    """Rows of a reference file, comments left out."""
    lines = (REFERENCE / name).read_text().splitlines()
    return list(csv.DictReader(line for line in lines if line[0] != "#"))


def satquma_pass(row):
    """Pass of a row of SatQuMA's tables."""
    loss = table("satquma_passes.csv")
    half = np.array([float(second[row["pass"]]) for second in loss[: int(float(row["half_width_s"])) + 1]])
    return Channel(
        transmittance=np.concatenate([half[:0:-1], half]) * 10.0 ** (-0.1 * float(row["excess_loss_db"])),
        background=2.0 * float(row["dark_probability"]),
        optical_error=float(row["optical_error"]),
        clock_hz=float(row["clock_hz"]),
        afterpulse=0.001,
    )
