"""The angles that the plates' drive is given before a pass: what the command wants, as far as the motor can follow."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicHermiteSpline

from passplan.checks import FloatArray, freeze
from passplan.polarization.arrival import Arrival
from passplan.polarization.compensation import plate_motions, rewinds
from passplan.polarization.plate_demand import demand_of
from passplan.polarization.plate_motor import PlateMotion, WavePlateMotor
from passplan.polarization.receiver import PolarizationReceiver

_PROMPT_S = 0.02  # a drive that follows a table interpolates between its lines


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlatePlan:
    """Table for the drive, n lines, k plates in the order of the light (`receiver.PLATE_NAMES`).

    time_s     : [s], shape (n,)
    angle_deg  : angle of each plate's scale [deg] at that time, shape (k, n)
    rate_deg_s : its rate [deg/s] at that time, shape (k, n)
    held_back  : lines whose interval holds a plate back from its command, by a limit of its motor, shape (n,)
    rewinds    : start and end [s] of each move of a plate to another branch
    miss_deg   : by how much a drive is off at most that joins the lines by cubics through angles and rates [deg]
    """

    time_s: FloatArray
    angle_deg: FloatArray
    rate_deg_s: FloatArray
    held_back: NDArray[np.bool_]
    rewinds: tuple[tuple[float, float], ...]
    miss_deg: float

    def __post_init__(self) -> None:
        """Mark the arrays read-only."""
        freeze(self.time_s, self.angle_deg, self.rate_deg_s, self.held_back)


def plate_plan(receiver: PolarizationReceiver, arrival: Arrival) -> PlatePlan:
    """Table for the drive of the plates on the samples of a pass.

    Parameters
    ----------
    receiver : PolarizationReceiver
        Plates and motor. The motor's limits of speed and acceleration, its stops and its start shape the table; its
        step, period, latency, play and bias do not, for they belong to what the drive makes of it.
    arrival : Arrival
        What reaches the plates, one sample a line.

    Returns
    -------
    PlatePlan
        Where the motor cannot follow, the table holds the nearest that it can do.
    """
    drive = replace(
        receiver.motor, step_deg=0.0, update_period_s=_PROMPT_S, latency_s=0.0, backlash_deg=0.0, bias_deg=0.0,
        prediction=True,
    )  # fmt: skip
    motions, parts = plate_motions(replace(receiver, motor=drive, plate_bias_deg=()), arrival)
    lines = [_line(drive, motion, arrival.time_s, parts) for motion in motions]
    return PlatePlan(
        time_s=arrival.time_s.copy(),
        angle_deg=np.stack([line.angle_deg for line in lines]),
        rate_deg_s=np.stack([line.rate_deg_s for line in lines]),
        held_back=np.any([line.held_back for line in lines], axis=0),
        rewinds=rewinds(motions),
        miss_deg=max(line.miss_deg for line in lines),
    )


class _Line(NamedTuple):
    angle_deg: FloatArray
    rate_deg_s: FloatArray
    held_back: NDArray[np.bool_]
    miss_deg: float


def _line(drive: WavePlateMotor, motion: PlateMotion, time_s: FloatArray, parts: int) -> _Line:
    """Angle [deg], rate [deg/s] and outages of one plate: the command itself if the motor can follow it throughout."""
    cells_s, ideal_deg = motion.time_s.ravel(), motion.ideal_deg.ravel()
    demand = demand_of(time_s=cells_s, command_deg=ideal_deg)
    follows = not motion.rewinds and drive.min_deg <= ideal_deg.min() and ideal_deg.max() <= drive.max_deg
    follows &= demand.within_limits(
        max_rate_deg_s=drive.max_rate_deg_s, max_acceleration_deg_s2=drive.max_acceleration_deg_s2
    )
    track_deg = ideal_deg if follows else motion.plate_deg.ravel()
    held = np.logical_or.reduce(motion.held_back.reshape(-1, parts) & (not follows), axis=1)
    rate_deg_s = np.gradient(track_deg, cells_s)
    angles_deg, rates_deg_s = (np.interp(time_s, cells_s, values) for values in (track_deg, rate_deg_s))
    inside = (cells_s >= time_s[0]) & (cells_s <= time_s[-1])
    joined_deg = CubicHermiteSpline(time_s, angles_deg, rates_deg_s)(cells_s[inside])
    return _Line(angles_deg, rates_deg_s, held, float(np.abs(joined_deg - track_deg[inside]).max()))
