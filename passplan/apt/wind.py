"""Wind on a telescope: gusts make a drag torque, and the servo of the mount gives way to it.

::

    gusts (von Karman, along the wind):   S_u(f) = 4 s^2 (L/U) / (1 + 70.8 (f L/U)^2)^(5/6)
    drag torque:                          T = 0.5 rho C A l U^2,   dT = rho C A l U u
    gusts smaller than the area:          chi^2 = 1 / (1 + (2 f sqrt(A) / U)^(4/3))^2
    mount:                                angle / torque = 1 / (J (w_n^2 - w^2 + 2i zeta w_n w))
"""

from dataclasses import dataclass
from math import inf, pi

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, NonNegative, Positive, check_limits, within

_AIR_KG_M3 = 1.225


@dataclass(frozen=True, slots=True, kw_only=True)
class WindLoad:
    """Wind on a mount; call it with a frequency [Hz] for the density of either axis, angle on the sky [urad^2/Hz].

    wind_m_s : mean speed at the telescope [m/s], > 0
    gust_share : rms of the speed along the wind over the mean [1], >= 0; 0.1 to 0.2 in the open, less in a dome
    gust_length_m : integral length of the gusts [m], > 0
    area_m2 : frontal area of the tube [m^2], > 0
    drag : drag coefficient [1], > 0
    lever_m : from the axis to the centre of pressure [m], >= 0
    inertia_kg_m2 : inertia about the axis [kg m^2], > 0
    servo_hz : natural frequency of the position servo [Hz], > 0
    damping : its damping ratio [1], > 0
    air_kg_m3 : density of the air [kg/m^3], > 0
    """

    wind_m_s: Positive
    gust_share: NonNegative = 0.15
    gust_length_m: Positive = 60.0
    area_m2: Positive
    drag: Positive = 1.2
    lever_m: NonNegative
    inertia_kg_m2: Positive
    servo_hz: Positive
    damping: Positive = 0.7
    air_kg_m3: Positive = _AIR_KG_M3

    def __post_init__(self) -> None:
        check_limits(self)

    @property
    def mean_torque_n_m(self) -> float:
        """Steady drag torque [N m], which the servo's integral part takes and which is no vibration."""
        return 0.5 * self.air_kg_m3 * self.drag * self.area_m2 * self.lever_m * self.wind_m_s**2

    def __call__(self, frequency_hz: ArrayLike) -> FloatArray:
        """One-sided density of the angle [urad^2/Hz] at a frequency [Hz], shape (...)."""
        w = 2.0 * pi * np.asarray(frequency_hz, dtype=float)
        natural = 2.0 * pi * self.servo_hz
        stiffness = (natural**2 - w * w) ** 2 + (2.0 * self.damping * natural * w) ** 2
        urad2_per_rad2 = 1e12
        return wind_torque_psd(self, frequency_hz) / (self.inertia_kg_m2**2 * stiffness) * urad2_per_rad2


def gust_psd(frequency_hz: ArrayLike, *, wind_m_s: float, gust_rms_m_s: float, gust_length_m: float) -> FloatArray:
    """Spectrum of the speed of gusts along the wind, one-sided [(m/s)^2/Hz].

    Parameters
    ----------
    frequency_hz : array_like, shape (...)
        Frequency [Hz], >= 0.
    wind_m_s : float
        Mean speed [m/s], > 0.
    gust_rms_m_s : float
        Rms of the speed about its mean [m/s], >= 0; the integral of the spectrum is its square.
    gust_length_m : float
        Integral length of the gusts along the wind [m], > 0.

    Returns
    -------
    ndarray, shape (...)
        Density [(m/s)^2/Hz].

    Raises
    ------
    DomainError
        If a value is out of its limits.

    Notes
    -----
    Source: von Karman, Proc. Natl. Acad. Sci. 34, 530 (1948), in the form that wind codes use; from general knowledge,
    not re-read. Neutral air well above the ground; a dome changes it.
    """
    within("frequency_hz", frequency_hz, 0.0, inf)
    within("wind_m_s", wind_m_s, 0.0, inf, ends="()")
    within("gust_rms_m_s", gust_rms_m_s, 0.0, inf, ends="[)")
    within("gust_length_m", gust_length_m, 0.0, inf, ends="()")
    passage_s = gust_length_m / wind_m_s
    turns = np.asarray(frequency_hz, dtype=float) * passage_s
    return 4.0 * gust_rms_m_s**2 * passage_s / (1.0 + 70.8 * turns * turns) ** (5.0 / 6.0)


def wind_torque_psd(load: WindLoad, frequency_hz: ArrayLike) -> FloatArray:
    """Spectrum of the drag torque of gusts, one-sided [(N m)^2/Hz], at a frequency [Hz] >= 0, shape (...).

    Notes
    -----
    For small gusts the torque follows the speed: dT = 2 T u / U. Gusts smaller than the area act on a part of it only,
    by Vickery's admittance (from general knowledge, not re-read).
    """
    gusts = gust_psd(
        frequency_hz,
        wind_m_s=load.wind_m_s,
        gust_rms_m_s=load.gust_share * load.wind_m_s,
        gust_length_m=load.gust_length_m,
    )
    size = 2.0 * np.asarray(frequency_hz, dtype=float) * np.sqrt(load.area_m2) / load.wind_m_s
    return (2.0 * load.mean_torque_n_m / load.wind_m_s) ** 2 * gusts / (1.0 + size ** (4.0 / 3.0)) ** 2
