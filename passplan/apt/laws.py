"""Control laws by name, and the one way from each of them to the filter that runs in the loop and in its design.

All laws answer the error of one axis with a command, both angles on the sky. The error is the offset that the camera
sees, so that a command equal to it takes it out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from math import exp, inf, pi, prod
from typing import Any, Literal

from passplan.apt.kalman import KalmanPredictor, predictor_filter
from passplan.apt.law import Filter, law_response
from passplan.apt.line_filter import (
    Notch,
    Resonance,
    from_polynomials,
    in_parallel,
    in_series,
    notch_filter,
    peak_filter,
)
from passplan.apt.observer import DisturbanceObserver, observer_filter
from passplan.apt.replica import Replica, replica_filter
from passplan.checks import NonNegative, Positive, check_limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrator:
    """Sum of the errors: C = gain / (1 - z^-1).

    gain : share of the error that a step takes out [1], >= 0
    notches, resonances : bands that the law leaves out, lines that it takes out
    """

    kind: Literal["integrator"] = "integrator"
    gain: NonNegative
    notches: tuple[Notch, ...] = ()
    resonances: tuple[Resonance, ...] = ()

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pid:
    """Integral, proportional and filtered derivative part; without the last, PI.

    ::

        C = gain / (1 - z^-1) + proportional_gain + derivative_gain (1 - z^-1) / (1 + m - m z^-1)

    gain : share of the error that a step adds to the integral [1], >= 0
    proportional_gain : share of the error added to the command [1], >= 0
    derivative_gain : share of the change of the error, frame to frame, added to the command [1], >= 0
    derivative_filter_frames : time constant m of the derivative's low-pass [frames], >= 0
    notches, resonances : bands that the law leaves out, lines that it takes out
    """

    kind: Literal["pid"] = "pid"
    gain: NonNegative
    proportional_gain: NonNegative = 0.0
    derivative_gain: NonNegative = 0.0
    derivative_filter_frames: NonNegative = 1.0
    notches: tuple[Notch, ...] = ()
    resonances: tuple[Resonance, ...] = ()

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadLag:
    """Integrator with one zero and one pole: a lead when the zero lies below the pole, else a lag.

    ::

        C = gain / (1 - z^-1) (1 - p) (1 - o z^-1) / ((1 - o) (1 - p z^-1)),   o, p = exp(-2 pi zero_hz, pole_hz / rate)

    gain : that of the integrator at low frequency [1], >= 0
    zero_hz, pole_hz : frequencies of the zero and of the pole [Hz], > 0
    notches, resonances : bands that the law leaves out, lines that it takes out
    """

    kind: Literal["lead_lag"] = "lead_lag"
    gain: NonNegative
    zero_hz: Positive
    pole_hz: Positive
    notches: tuple[Notch, ...] = ()
    resonances: tuple[Resonance, ...] = ()

    def __post_init__(self) -> None:
        check_limits(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeTwo:
    """Double integrator with a zero, which follows a ramp without error.

    ::

        C = gain / (1 - z^-1) (1 + w / (1 - z^-1)),   w = 2 pi zero_hz / rate

    gain : that of the integrator above the zero [1], >= 0
    zero_hz : frequency below which the second integrator rules [Hz], > 0
    notches, resonances : bands that the law leaves out, lines that it takes out
    """

    kind: Literal["type_two"] = "type_two"
    gain: NonNegative
    zero_hz: Positive
    notches: tuple[Notch, ...] = ()
    resonances: tuple[Resonance, ...] = ()

    def __post_init__(self) -> None:
        check_limits(self)


Law = Integrator | Pid | LeadLag | TypeTwo | KalmanPredictor | DisturbanceObserver


def filter_of(
    law: Law,
    *,
    rate_hz: float,
    delay_frames: float = 1.0,
    exposure_share: float = 1.0,
    actuator_hz: float = inf,
    actuator_damping: float = 1.0,
) -> Filter:
    """Filter of a law at the rate of its camera.

    Parameters
    ----------
    law : Integrator, Pid, LeadLag, TypeTwo, KalmanPredictor or DisturbanceObserver
        The law, with its notches (in series) and its resonances (in parallel to the law, ahead of the notches).
    rate_hz : float
        Frames a second [Hz], > 0.
    delay_frames, exposure_share, actuator_hz, actuator_damping : float
        The loop that the law expects, as in `Replica`; predictor, observer and resonances need it, the others do not.

    Returns
    -------
    Filter
        The law, for `law_step` and `law_response`. At the limit the state follows the held command.

    Raises
    ------
    DomainError
        If an argument is out of its limits, or a notch or a resonance lies at half the rate or above.

    Notes
    -----
    A resonance on a line f has the response gain / (M S0) there, M that of the replica and S0 what the loop leaves
    without the peak. So the loop's error at f falls by 1 + gain, and a small gain is stable whatever the delay.
    """
    replica = Replica(
        rate_hz=rate_hz,
        delay_frames=delay_frames,
        exposure_share=exposure_share,
        actuator_hz=actuator_hz,
        actuator_damping=actuator_damping,
    )
    core = _FILTERS[type(law)](law, replica)
    notches = [notch_filter(notch, rate_hz=rate_hz) for notch in law.notches]
    way = [*notches, replica_filter(replica)] if law.resonances else []
    for resonance in law.resonances:
        core = _with_peak(core, resonance, way)
    return reduce(in_series, notches, core)


def _with_peak(core: Filter, resonance: Resonance, way: list[Filter]) -> Filter:
    seen = prod(complex(law_response(part, resonance.frequency_hz)) for part in way)
    left = 1.0 / (1.0 + complex(law_response(core, resonance.frequency_hz)) * seen)
    peak = peak_filter(
        frequency_hz=resonance.frequency_hz,
        response=resonance.gain / (seen * left),
        damping=resonance.damping,
        rate_hz=core.rate_hz,
    )
    return in_parallel(core, peak)


def _integrator(law: Integrator, replica: Replica) -> Filter:
    return from_polynomials([law.gain, 0.0], [1.0, -1.0], rate_hz=replica.rate_hz)


def _pid(law: Pid, replica: Replica) -> Filter:
    whole = 1.0 + law.derivative_filter_frames
    pole = law.derivative_filter_frames / whole
    change = law.derivative_gain / whole
    return from_polynomials(
        [
            law.gain + law.proportional_gain + change,
            -law.gain * pole - law.proportional_gain * (1.0 + pole) - 2.0 * change,
            law.proportional_gain * pole + change,
        ],
        [1.0, -1.0 - pole, pole],
        rate_hz=replica.rate_hz,
    )


def _lead_lag(law: LeadLag, replica: Replica) -> Filter:
    zero, pole = (exp(-2.0 * pi * corner_hz / replica.rate_hz) for corner_hz in (law.zero_hz, law.pole_hz))
    gain = law.gain * (1.0 - pole) / (1.0 - zero)
    return from_polynomials([gain, -gain * zero, 0.0], [1.0, -1.0 - pole, pole], rate_hz=replica.rate_hz)


def _type_two(law: TypeTwo, replica: Replica) -> Filter:
    lift = 1.0 + 2.0 * pi * law.zero_hz / replica.rate_hz
    return from_polynomials([law.gain * lift, -law.gain, 0.0], [1.0, -2.0, 1.0], rate_hz=replica.rate_hz)


_FILTERS: dict[type, Callable[[Any, Replica], Filter]] = {
    Integrator: _integrator,
    Pid: _pid,
    LeadLag: _lead_lag,
    TypeTwo: _type_two,
    KalmanPredictor: predictor_filter,
    DisturbanceObserver: observer_filter,
}
