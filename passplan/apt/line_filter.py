"""Notches and peaks that a control law carries, and how filters are put in series and in parallel.

A notch takes a band out of the command (a resonance of the actuator); a resonance is a peak of the law that takes a
known line out of the error (a wheel, a cooler).
"""

from dataclasses import dataclass
from math import cos, exp, inf, pi, sin, tan
from typing import Annotated

import numpy as np
from annotated_types import Interval

from passplan.apt.law import Filter
from passplan.checks import NonNegative, Positive, check_limits, within
from passplan.units import to_transmittance

Damping = Annotated[float, Interval(gt=0.0, lt=1.0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notch:
    """Band that a law leaves out.

    ::

        N(s) = (s^2 + 2 z w s + w^2) / (s^2 + 2 damping w s + w^2),   z = damping 10^(-depth_db / 20)

    centre_hz : middle of the band [Hz], > 0 and below half the rate of the law
    damping : half the width of the band over its middle [1], > 0
    depth_db : loss in the middle [dB], >= 0
    """

    centre_hz: Positive
    damping: Positive = 0.5
    depth_db: NonNegative = 30.0

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resonance:
    """Peak of a law on a known line; the line's residual falls by 1 + gain at its middle.

    frequency_hz : middle of the line [Hz], > 0 and below half the rate of the law
    gain : what the peak adds to the loop, over what the loop leaves of the line without it [1], >= 0
    damping : half the width of the peak over its middle [1], in (0, 1); the loop answers over 1 + gain times that
        width, which must stay well below the frequency at which the phase of the loop turns
    """

    frequency_hz: Positive
    gain: NonNegative
    damping: Damping = 0.005

    def __post_init__(self) -> None:
        check_limits(self)


def notch_filter(notch: Notch, *, rate_hz: float) -> Filter:
    """Filter of a notch: the bilinear transform with its middle in place, so gain one at 0 Hz and half the rate [Hz].

    Raises DomainError if the middle is not below half the rate.
    """
    within("rate_hz", rate_hz, 0.0, inf, ends="()")
    within("Notch.centre_hz", notch.centre_hz, 0.0, 0.5 * rate_hz, ends="()")
    warped = tan(pi * notch.centre_hz / rate_hz)
    square = warped * warped
    pole = 2.0 * notch.damping * warped
    zero = pole * float(np.sqrt(to_transmittance(notch.depth_db)))
    lead = 1.0 + pole + square
    middle = 2.0 * (square - 1.0) / lead
    return from_polynomials(
        [(1.0 + zero + square) / lead, middle, (1.0 - zero + square) / lead],
        [1.0, middle, (1.0 - pole + square) / lead],
        rate_hz=rate_hz,
    )


def peak_filter(*, frequency_hz: float, response: complex, damping: float, rate_hz: float) -> Filter:
    """Filter of one lightly damped pair of poles with a given response in the middle.

    Parameters
    ----------
    frequency_hz : float
        Middle [Hz], > 0 and below rate_hz / 2.
    response : complex
        Output over input there [1], with its phase.
    damping : float
        Half the width over the middle [1], in (0, 1).
    rate_hz : float
        Steps a second [Hz], > 0.

    Raises
    ------
    DomainError
        If the middle is not below half the rate, or the damping is out of its limits.

    Notes
    -----
    R(z) = k / (1 - p z^-1) + k* / (1 - p* z^-1), p = exp((-damping + i) 2 pi f / rate); k solves R = response in the
    middle exactly. The limit of the actuator does not reach this filter, which is stable and forgets by itself.
    """
    within("rate_hz", rate_hz, 0.0, inf, ends="()")
    within("Resonance.frequency_hz", frequency_hz, 0.0, 0.5 * rate_hz, ends="()")
    within("damping", damping, 0.0, 1.0, ends="()")
    angle = 2.0 * pi * frequency_hz / rate_hz
    pole = exp(-damping * angle) * complex(cos(angle), sin(angle))
    lag = complex(cos(angle), -sin(angle))
    near, far = 1.0 / (1.0 - pole * lag), 1.0 / (1.0 - pole.conjugate() * lag)
    real_part, imaginary_part = near + far, 1j * (near - far)
    real, imaginary = np.linalg.solve(
        [[real_part.real, imaginary_part.real], [real_part.imag, imaginary_part.imag]], [response.real, response.imag]
    )
    return Filter(
        rate_hz=rate_hz,
        a=np.array([[pole.real, -pole.imag], [pole.imag, pole.real]]),
        b=np.array([real, imaginary]),
        c=np.array([2.0 * pole.real, -2.0 * pole.imag]),
        d=2.0 * real,
        windup=np.zeros(2),
    )


def from_polynomials(over: list[float], under: list[float], *, rate_hz: float) -> Filter:
    """Filter of a ratio of polynomials in z^-1, whose state follows the command that the limit lets through.

    Parameters
    ----------
    over, under : list of float, length n + 1
        Coefficients of z^0, z^-1, ...; under[0] is 1, over[0] is not 0.
    rate_hz : float
        Steps a second [Hz], > 0.

    Returns
    -------
    Filter
        Observer form; windup = b / d (the state sees the held command instead of the error), which is stable when the
        zeros lie inside the unit circle.

    Notes
    -----
    Source: conditioning of Hanus, Kinnaert and Henrotte, Automatica 23, 729 (1987), quoted from general knowledge.
    """
    order = len(under) - 1
    a = np.eye(order, k=1)
    a[:, 0] = -np.array(under[1:])
    b = np.array(over[1:]) - over[0] * np.array(under[1:])
    windup = b / over[0] if over[0] else np.zeros(order)
    return Filter(rate_hz=rate_hz, a=a, b=b, c=np.eye(order)[0], d=over[0], windup=windup)


def in_series(first: Filter, second: Filter) -> Filter:
    """Second filter behind the first; what the limit takes goes back through the second (d not 0) to the first."""
    top = np.hstack((first.a, np.zeros((first.b.size, second.b.size))))
    bottom = np.hstack((np.outer(second.b, first.c), second.a))
    return Filter(
        rate_hz=first.rate_hz,
        a=np.vstack((top, bottom)),
        b=np.concatenate((first.b, second.b * first.d)),
        c=np.concatenate((second.d * first.c, second.c)),
        d=second.d * first.d,
        windup=np.concatenate((first.windup, second.b)) / second.d,
    )


def in_parallel(first: Filter, second: Filter) -> Filter:
    """Sum of two filters; each hears what the limit takes in its own way."""
    none = np.zeros((first.b.size, second.b.size))
    return Filter(
        rate_hz=first.rate_hz,
        a=np.block([[first.a, none], [none.T, second.a]]),
        b=np.concatenate((first.b, second.b)),
        c=np.concatenate((first.c, second.c)),
        d=first.d + second.d,
        windup=np.concatenate((first.windup, second.windup)),
    )
