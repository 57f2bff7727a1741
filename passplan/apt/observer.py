"""Disturbance observer: a low-pass of what the camera would see of a mirror that stood still. No model."""

from dataclasses import dataclass
from math import exp, pi
from typing import Annotated, Literal

from annotated_types import Interval

from passplan.apt.law import Filter
from passplan.apt.line_filter import Notch, Resonance, from_polynomials
from passplan.apt.replica import Replica, replica_filter, slow_delay_frames, with_replica
from passplan.checks import Positive, check_limits


@dataclass(frozen=True, slots=True, kw_only=True)
class DisturbanceObserver:
    """Observer of the disturbance; the command is its estimate.

    bandwidth_hz : pole of the low-pass [Hz], > 0
    order : 1 takes out a constant; 2 a ramp as well, at the price of more noise and overshoot
    notches, resonances : bands that the law leaves out, lines that it takes out
    """

    kind: Literal["observer"] = "observer"
    bandwidth_hz: Positive
    order: Annotated[int, Interval(ge=1, le=2)] = 1
    notches: tuple[Notch, ...] = ()
    resonances: tuple[Resonance, ...] = ()

    def __post_init__(self) -> None:
        check_limits(self)


def observer_filter(law: DisturbanceObserver, replica: Replica) -> Filter:
    """Filter of an observer, without its notches and resonances.

    Parameters
    ----------
    law : DisturbanceObserver
        Bandwidth [Hz] and order.
    replica : Replica
        The loop; a delay or an actuator that it does not hold costs stability.

    Returns
    -------
    Filter
        C = Q / (1 - Q M), M the replica, so S = 1 - Q M. Order 1: Q = (1 - p) / (1 - p z^-1), p = exp(-2 pi f / rate).
        Order 2: Q = (q0 + q1 z^-1) / (1 - p z^-1)^2, with q0 and q1 such that Q M = 1 up to the slope at 0 Hz.

    Notes
    -----
    Source: Ohnishi's observer in the form of Umeno and Hori, IEEE Trans. Ind. Electron. 38, 363 (1991), quoted from
    general knowledge.
    """
    way = replica_filter(replica)
    pole = exp(-2.0 * pi * law.bandwidth_hz / replica.rate_hz)
    rest = 1.0 - pole
    if law.order == 1:
        low_pass = from_polynomials([rest, 0.0], [1.0, -pole], rate_hz=replica.rate_hz)
    else:
        late = -rest * rest * (slow_delay_frames(way) + 2.0 * pole / rest)
        low_pass = from_polynomials(
            [rest * rest - late, late, 0.0], [1.0, -2.0 * pole, pole * pole], rate_hz=replica.rate_hz
        )
    return with_replica(low_pass, way)
