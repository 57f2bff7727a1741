"""What a law may know of its own loop: how its past commands look in the frame that the camera reads now.

The command made of frame k is applied ``delay_frames`` periods after the end of the exposure and held for one; an
actuator of second order, or none, follows it; the camera sees the mean over the exposure. Taken from one frame to the
next this is exact, with fractional delays. A law that adds its replica to the error knows the disturbance itself.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import floor, inf, isfinite, pi
from typing import Annotated

import numpy as np
from annotated_types import Interval

from passplan.apt.law import Filter
from passplan.checks import FloatArray, Positive, check_limits

_SEAM = 1e-9  # of a period; below it two instants are one


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """Way of a command into the readings, one axis.

    rate_hz : frames a second [Hz], > 0
    delay_frames : from the end of an exposure to the start of the command made of it [periods], 0 to 40; a fraction
        holds what the readout takes beyond whole frames
    exposure_share : share of the period that the exposure takes, at its end [1], in (0, 1]
    actuator_hz : natural frequency of the actuator's servo [Hz], > 0; inf for one that follows at once
    actuator_damping : its damping ratio [1], > 0
    """

    rate_hz: Positive
    delay_frames: Annotated[float, Interval(ge=0.0, le=40.0)] = 1.0
    exposure_share: Annotated[float, Interval(gt=0.0, le=1.0)] = 1.0
    actuator_hz: Annotated[float, Interval(gt=0.0)] = inf
    actuator_damping: Positive = 1.0

    def __post_init__(self) -> None:
        check_limits(self)

    @property
    def actuator_lag_frames(self) -> float:
        """Delay of slow motion by the actuator [periods], 2 damping / (2 pi natural frequency)."""
        return self.actuator_damping * self.rate_hz / (pi * self.actuator_hz)


def replica_filter(replica: Replica) -> Filter:
    """From the held command to the reading that it causes; d = 0, the state is the actuator's, then past commands."""
    from scipy.linalg import expm  # slow to import

    follow, drive, look, direct = _actuator(replica)
    whole = floor(replica.delay_frames + _SEAM)
    part = max(replica.delay_frames - whole, 0.0)
    split = part > _SEAM
    mean, past = drive.size, whole + 1 + split
    size = mean + 1 + past
    passage = np.eye(size)  # through a period, of actuator, mean over the exposure, past commands
    share = replica.exposure_share
    edges = np.unique([0.0, 1.0 - share, 1.0, *[part] * split])
    for start, stop in pairwise(edges):
        command = mean + 1 + whole + (split and start < part)
        flow = np.zeros((size, size))
        flow[:mean, :mean], flow[:mean, command] = follow, drive
        if start >= 1.0 - share:
            flow[mean, :mean], flow[mean, command] = look / share, direct / share
        passage = expm((stop - start) * flow) @ passage
    states = np.r_[0:mean, mean + 1 : size]
    a = np.zeros((size - 1, size - 1))
    a[:mean] = passage[:mean, states]
    a[mean + 1 :, mean:-1] = np.eye(past - 1)
    newest = np.eye(size - 1)[mean]
    return Filter(rate_hz=replica.rate_hz, a=a, b=newest, c=passage[mean, states], d=0.0, windup=np.zeros(size - 1))


def slow_delay_frames(way: Filter) -> float:
    """Delay of a slow command until the reading that shows it [periods]; 2 for a whole frame of exposure and one more.

    The slope of the response of a replica at 0 Hz, where its gain is one.
    """
    step = np.eye(way.b.size) - way.a
    return float(way.c @ np.linalg.solve(step, np.linalg.solve(step, way.b)))


def with_replica(estimator: Filter, way: Filter) -> Filter:
    """Law that feeds an estimator with the disturbance: error plus replica of the commands that were held.

    Parameters
    ----------
    estimator : Filter
        E, from the disturbance in the readings to the command that meets it.
    way : Filter
        M, the loop as the law believes it to be: a `replica_filter`.

    Returns
    -------
    Filter
        C = E / (1 - E M). When the belief is right, S = 1 - E M: stable for any stable estimator. The replica follows
        the held command, so the estimate is right at the limit, too.
    """
    heard = np.outer(estimator.b, way.c)
    own = way.a + np.outer(way.b, estimator.d * way.c)
    return Filter(
        rate_hz=way.rate_hz,
        a=np.block([[estimator.a, heard], [np.outer(way.b, estimator.c), own]]),
        b=np.concatenate((estimator.b, way.b * estimator.d)),
        c=np.concatenate((estimator.c, estimator.d * way.c)),
        d=estimator.d,
        windup=np.concatenate((np.zeros(estimator.b.size), way.b)),
    )


def _actuator(replica: Replica) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """State matrix, drive, output and direct part of the servo, time in periods; its second state is rate / omega."""
    if not isfinite(replica.actuator_hz):
        return np.zeros((0, 0)), np.zeros(0), np.zeros(0), 1.0
    omega = 2.0 * pi * replica.actuator_hz / replica.rate_hz
    follow = omega * np.array([[0.0, 1.0], [-1.0, -2.0 * replica.actuator_damping]])
    return follow, np.array([0.0, omega]), np.array([1.0, 0.0]), 0.0
