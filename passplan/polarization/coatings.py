"""What a mirror's surface does to the components across (s) and in (p) the plane of incidence.

Convention: in the mirror's own axes (p, s, k), p = s x k before and after, an ideal mirror has r_p = +1 and r_s = -1;
at normal incidence every mirror has r_p = -r_s (the sign that Fresnel used; Verdet's is the opposite for p). Time
factor exp(-i w t), index n + ik with k >= 0. **Retardance** is the departure of arg(r_p) - arg(r_s) from the 180 deg
of the ideal mirror: at positive values p lags. Bare metals have positive values, growing from 0 with the incidence.
Source: Born and Wolf, Principles of Optics, sec. 1.5.2 and 14.2 (recalled, not re-read).
"""

from dataclasses import dataclass
from math import inf
from typing import Annotated, Literal

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, check_limits, same_length, within
from passplan.errors import DomainError
from passplan.polarization.jones import ComplexArray
from passplan.polarization.materials import Material, index_of
from passplan.units import to_deg, to_rad

_ROUNDING_DEG = 1e-6  # by which an incidence of a ray trace may overshoot the end of a table
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Ideal:
    """Mirror that reflects both components fully and without a phase between them beyond the 180 deg."""

    kind: Literal["ideal"] = "ideal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metal:
    """Bare metal, by Fresnel's formulas.

    material : whose tabulated index holds
    index : (n, k) of this mirror in place of the table [1], n > 0, k >= 0, or None
    """

    kind: Literal["metal"] = "metal"
    material: Material
    index: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Refuse an index that is none, or that is written for the other time factor."""
        if self.index is None:
            return
        n, k = self.index
        if not (0.0 < n < inf):
            raise DomainError(f"Metal.index[1] is {n}, n must lie in (0, inf)")
        if not (0.0 <= k < inf):
            raise DomainError(f"Metal.index[2] is {k}, k must lie in [0, inf): an absorbing mirror is n + ik, k > 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredCoating:
    """Coated mirror, by a table against the angle of incidence at the wavelength in use; linear between the rows.

    incidence_deg : angles of incidence [deg], increasing, in [0, 90)
    retardance_deg : departure of arg(r_p) - arg(r_s) from 180 deg [deg], for exp(-i w t), one an angle
    diattenuation : (R_s - R_p) / (R_s + R_p) [1], in [-1, 1], one an angle
    reflectance : mean (R_s + R_p) / 2 at all angles [1], at most 1 / (1 + |diattenuation|); without it, as much as
        that: the better component is reflected fully
    """

    kind: Literal["measured"] = "measured"
    incidence_deg: tuple[float, ...]
    retardance_deg: tuple[float, ...]
    diattenuation: tuple[float, ...]
    reflectance: Annotated[float | None, Interval(gt=0.0, le=1.0)] = None

    def __post_init__(self) -> None:
        """Refuse columns that do not fit together, and a mirror that amplifies."""
        check_limits(self)
        for name in ("incidence_deg", "retardance_deg", "diattenuation"):  # a list is as good, but cannot be hashed
            object.__setattr__(self, name, tuple(getattr(self, name)))
        same_length(
            incidence_deg=self.incidence_deg, retardance_deg=self.retardance_deg, diattenuation=self.diattenuation
        )
        if not self.incidence_deg:
            raise DomainError("MeasuredCoating.incidence_deg is empty, must hold at least one angle [deg]")
        within("MeasuredCoating.incidence_deg", self.incidence_deg, 0.0, 90.0, ends="[)")
        for before_deg, after_deg in zip(self.incidence_deg, self.incidence_deg[1:], strict=False):
            if not before_deg < after_deg:
                raise DomainError(
                    f"MeasuredCoating.incidence_deg has {after_deg:g} after {before_deg:g} deg, must increase"
                )
        within("MeasuredCoating.retardance_deg", self.retardance_deg, -inf, inf, ends="()")
        within("MeasuredCoating.diattenuation", self.diattenuation, -1.0, 1.0)
        most = 1.0 / (1.0 + max(abs(share) for share in self.diattenuation))
        if self.reflectance is not None and self.reflectance > most + _ROUNDING:
            raise DomainError(
                f"MeasuredCoating.reflectance is {self.reflectance:g}, must lie in (0, {most:.6g}]: with the"
                " diattenuation given, one component would come back brighter than it went in"
            )


Coating = Ideal | Metal | MeasuredCoating


def reflection_amplitudes(
    coating: Coating, *, incidence_deg: ArrayLike, wavelength_nm: float
) -> tuple[ComplexArray, ComplexArray]:
    """Complex amplitudes of reflection in the plane of incidence and across it.

    Parameters
    ----------
    coating : Ideal, Metal or MeasuredCoating
        Surface of the mirror.
    incidence_deg : array_like, shape (...)
        Angle between ray and normal [deg], in [0, 90).
    wavelength_nm : float
        Vacuum wavelength [nm]; needed by a metal from the table, otherwise without effect.

    Returns
    -------
    r_p, r_s : ndarray, shape (...)
        Amplitudes [1] in the axes of the module's convention.

    Raises
    ------
    DomainError
        If the incidence is out of range or not covered by the measured table, or the wavelength not by the metal's.
    """
    angle_deg = np.asarray(incidence_deg, dtype=float)
    within("incidence_deg [deg]", angle_deg, 0.0, 90.0, ends="[)")
    if isinstance(coating, Metal):
        own = coating.index
        index = index_of(coating.material, wavelength_nm=wavelength_nm) if own is None else complex(*own)
        return fresnel_amplitudes(index=index, incidence_deg=angle_deg)
    if isinstance(coating, MeasuredCoating):
        return _measured_amplitudes(coating, angle_deg)
    one = np.ones(angle_deg.shape, dtype=complex)
    return one, -one


def fresnel_amplitudes(*, index: complex, incidence_deg: ArrayLike) -> tuple[ComplexArray, ComplexArray]:
    """Amplitudes of reflection from vacuum at a smooth surface of a thick medium.

    Parameters
    ----------
    index : complex
        n + ik of the medium [1], n > 0, k >= 0.
    incidence_deg : array_like, shape (...)
        Angle between ray and normal [deg], in [0, 90).

    Returns
    -------
    r_p, r_s : ndarray, shape (...)
        Amplitudes [1].

    Raises
    ------
    DomainError
        If the incidence is out of range, or the index not that of a passive medium for exp(-i w t).

    Notes
    -----
    With c = cos i and q = sqrt(N^2 - sin^2 i) = N cos t, Im q >= 0: r_p = (N^2 c - q) / (N^2 c + q),
    r_s = (c - q) / (c + q).
    """
    if not (0.0 < index.real < inf and 0.0 <= index.imag < inf):
        raise DomainError(f"index is {index:g}, must be n + ik with n > 0 and k >= 0 (time factor exp(-i w t))")
    within("incidence_deg [deg]", incidence_deg, 0.0, 90.0, ends="[)")
    angle_rad = to_rad(incidence_deg)
    cosine = np.cos(angle_rad)
    square = index * index
    inside = np.sqrt(square - np.sin(angle_rad) ** 2)  # the principal root decays into the medium, as k >= 0
    return (square * cosine - inside) / (square * cosine + inside), (cosine - inside) / (cosine + inside)


def retardance_deg(r_p: ArrayLike, r_s: ArrayLike) -> FloatArray:
    """Departure of arg(r_p) - arg(r_s) from the 180 deg of an ideal mirror.

    Parameters
    ----------
    r_p, r_s : array_like, shape (...)
        Amplitudes of reflection [1]. Inputs broadcast.

    Returns
    -------
    ndarray, shape (...)
        Retardance [deg], in (-180, 180]; no meaning where an amplitude is 0.
    """
    return to_deg(np.angle(-np.asarray(r_p, dtype=complex) * np.conj(r_s)))


def diattenuation(r_p: ArrayLike, r_s: ArrayLike) -> FloatArray:
    """Diattenuation (R_s - R_p) / (R_s + R_p).

    Parameters
    ----------
    r_p, r_s : array_like, shape (...)
        Amplitudes of reflection [1]. Inputs broadcast.

    Returns
    -------
    ndarray, shape (...)
        Diattenuation [1], in [-1, 1]; positive for metals.

    Raises
    ------
    DomainError
        If nothing is reflected.
    """
    power_p, power_s = np.abs(r_p) ** 2, np.abs(r_s) ** 2
    total = power_s + power_p
    within("|r_p|^2 + |r_s|^2", total, 0.0, inf, ends="()")
    return (power_s - power_p) / total


def _measured_amplitudes(coating: MeasuredCoating, angle_deg: FloatArray) -> tuple[ComplexArray, ComplexArray]:
    first_deg, last_deg = coating.incidence_deg[0], coating.incidence_deg[-1]
    outside = (angle_deg < first_deg - _ROUNDING_DEG) | (angle_deg > last_deg + _ROUNDING_DEG)
    if np.any(outside):
        asked_deg = float(angle_deg[outside].flat[0])
        raise DomainError(
            f"incidence_deg is {asked_deg:.6g}, the table of the measured coating covers {first_deg:g} to"
            f" {last_deg:g} deg"
        )
    lag_rad = to_rad(np.interp(angle_deg, coating.incidence_deg, coating.retardance_deg))
    share = np.interp(angle_deg, coating.incidence_deg, coating.diattenuation)
    mean = 1.0 / (1.0 + np.abs(share)) if coating.reflectance is None else coating.reflectance
    r_p = np.sqrt(mean * (1.0 - share)) * np.exp(1j * lag_rad)
    return r_p, -np.sqrt(mean * (1.0 + share)).astype(complex)
