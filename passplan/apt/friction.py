"""Friction of one axis, dry (break-away, Stribeck, Coulomb) and viscous: its torque, and what it does in a step.

The step takes friction as an impulse: it can stop the axis, and hold it, but never turn it. So an axis sticks exactly,
without the chatter of a sign function, at any length of step.

Sources: Armstrong-Helouvry, Dupont and Canudas de Wit, A survey of models, analysis tools and compensation methods for
the control of machines with friction, Automatica 30, 1083 (1994), for the curve (the form of Hess and Soom); Moreau,
Unilateral contact and dry friction, CISM 302, 1 (1988), for the step.
"""

from dataclasses import dataclass
from math import exp, pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, NonNegative, Positive, check_limits, within
from passplan.errors import DomainError
from passplan.units import deg_to_urad


@dataclass(frozen=True, slots=True, kw_only=True)
class Friction:
    """Friction of an axis.

    coulomb_n_m : torque while it slides fast [N m], >= 0
    stiction_n_m : torque that breaks it away from rest [N m], >= coulomb_n_m
    stribeck_deg_s : rate at which the excess of the break-away torque has fallen to one half [deg/s], > 0
    viscous_n_m_s : torque for each rad/s [N m s], >= 0
    """

    coulomb_n_m: NonNegative = 0.0
    stiction_n_m: NonNegative = 0.0
    stribeck_deg_s: Positive = 0.01
    viscous_n_m_s: NonNegative = 0.0

    def __post_init__(self) -> None:
        check_limits(self)
        if self.stiction_n_m < self.coulomb_n_m:
            raise DomainError(
                f"stiction_n_m is {self.stiction_n_m:g} N m, must be at least coulomb_n_m, {self.coulomb_n_m:g} N m"
            )

    @property
    def stribeck_urad_s(self) -> float:
        """Stribeck rate [urad/s]."""
        return float(deg_to_urad(self.stribeck_deg_s))


def dry_torque_n_m(friction: Friction, rate_urad_s: ArrayLike) -> FloatArray:
    """Size of the dry torque [N m] at a rate [urad/s], shape (...): coulomb + (stiction - coulomb) / (1 + (v/vs)^2)."""
    return np.asarray(_dry_n_m(friction, np.asarray(rate_urad_s, dtype=float) / friction.stribeck_urad_s))


def _dry_n_m(friction: Friction, slip: Any) -> Any:
    return friction.coulomb_n_m + (friction.stiction_n_m - friction.coulomb_n_m) / (1.0 + slip * slip)


def friction_torque_n_m(friction: Friction, rate_urad_s: ArrayLike) -> FloatArray:
    """Friction torque of a sliding axis.

    Parameters
    ----------
    friction : Friction
        The axis.
    rate_urad_s : array_like, shape (...)
        Rate of the axis [urad/s].

    Returns
    -------
    ndarray, shape (...)
        Torque against the motion [N m], with the sign of the rate. At rest it is whatever holds the axis, up to
        stiction_n_m to either side; nought is returned.
    """
    rate = np.asarray(rate_urad_s, dtype=float)
    return np.sign(rate) * dry_torque_n_m(friction, rate) + friction.viscous_n_m_s * rate * 1e-6  # urad -> rad


def friction_step(
    friction: Friction, rate_urad_s: float, free_urad_s: float, *, inertia_kg_m2: float, step_s: float
) -> float:
    """Rate of an axis after friction has acted for one step.

    Parameters
    ----------
    friction : Friction
        The axis.
    rate_urad_s : float
        Whole rate at the start of the step [urad/s]; the dry torque is that of this rate, so that an axis at rest must
        be broken away however little its Stribeck rate is.
    free_urad_s : float
        Whole rate that the axis would have at the end of the step without friction [urad/s].
    inertia_kg_m2 : float
        Moment of inertia [kg m^2], > 0.
    step_s : float
        Step [s], > 0.

    Returns
    -------
    float
        Rate at the end [urad/s], of the same sign as the free one or nought, and never larger.

    Raises
    ------
    DomainError
        If the inertia or the step is not > 0.

    Notes
    -----
    The viscous part fades the rate by exp(-B step / J); the dry part takes at most torque * step / J off. An axis at
    rest stays at rest as long as the other torques do not reach the break-away torque.
    """
    if not (inertia_kg_m2 > 0.0 and step_s > 0.0):  # cheap, for this runs at each step
        within("inertia_kg_m2", inertia_kg_m2, 0.0, np.inf, ends="()")
        within("step_s", step_s, 0.0, np.inf, ends="()")
    free = free_urad_s * exp(-friction.viscous_n_m_s * step_s / inertia_kg_m2)
    most = 1e6 * _dry_n_m(friction, rate_urad_s / friction.stribeck_urad_s) * step_s / inertia_kg_m2  # rad -> urad
    return 0.0 if abs(free) <= most else free - most * (1.0 if free > 0.0 else -1.0)


def reversal_kick_urad(friction: Friction, *, inertia_kg_m2: float, servo_hz: float) -> float:
    """Jump of the servo's error when the axis turns, 2 F / (J w^2) [urad], F the Coulomb torque, w = 2 pi servo_hz.

    A position servo without integral leaves F / (J w^2) behind a sliding axis [urad]; the sign of it turns with the
    rate. The inertia is in kg m^2 and the frequency in Hz, both > 0.
    """
    within("inertia_kg_m2", inertia_kg_m2, 0.0, np.inf, ends="()")
    within("servo_hz", servo_hz, 0.0, np.inf, ends="()")
    return 2e6 * friction.coulomb_n_m / (inertia_kg_m2 * (2.0 * pi * servo_hz) ** 2)  # rad -> urad


def hunting_jump_urad(friction: Friction, *, inertia_kg_m2: float, servo_hz: float, damping: float) -> float:
    """Length of one jump of the limit cycle of an axis that sticks and slips.

    Parameters
    ----------
    friction : Friction
        The axis; the Stribeck rate is taken as small against the rate of the jump.
    inertia_kg_m2 : float
        Moment of inertia [kg m^2], > 0.
    servo_hz : float
        Natural frequency of the position servo [Hz], > 0.
    damping : float
        Damping ratio of the servo [1], > 0.

    Returns
    -------
    float
        (Fs - Fc) / (J w^2) * (1 + exp(-pi zeta / sqrt(1 - zeta^2))) [urad]; without overshoot for zeta >= 1.

    Raises
    ------
    DomainError
        If an input is not > 0.

    Notes
    -----
    Whoever integrates the error (the coarse camera's law) pulls a stuck axis harder and harder, until it breaks away
    and jumps: the servo's spring, wound up to Fs, slips under Fc, overshoots and sticks again. Peak to peak the error
    of the axis hunts by this length, also about a target that stands still; at the reversal it adds to
    `reversal_kick_urad`. A servo without overshoot, pulled faster than the Stribeck rate, slides on and does not hunt.
    """
    within("inertia_kg_m2", inertia_kg_m2, 0.0, np.inf, ends="()")
    within("servo_hz", servo_hz, 0.0, np.inf, ends="()")
    within("damping", damping, 0.0, np.inf, ends="()")
    excess = 1e6 * (friction.stiction_n_m - friction.coulomb_n_m)  # rad -> urad
    overshoot = exp(-pi * damping / sqrt(1.0 - damping**2)) if damping < 1.0 else 0.0
    return excess / (inertia_kg_m2 * (2.0 * pi * servo_hz) ** 2) * (1.0 + overshoot)
