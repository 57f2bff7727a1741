"""The satellite's own gimbal mirror: by how much it turns the transmitter's axes, and what its coating adds.

A mirror with normal n takes a direction v to M v, M = I - 2 n n^T. The optical bench is aligned with the mirror at its
nominal place M0, where the beam leaves along the boresight. When the mirror stands elsewhere, so that the beam leaves
along the line of sight, all that left the nominal mirror is turned by M M0: two reflections, hence a rotation, by twice
the angle between the normals. It carries the boresight to the line of sight, and in general also turns the image about
it. Directions are in body axes.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, Positive, check_limits
from passplan.errors import DomainError
from passplan.polarization.coatings import Coating, Ideal, reflection_amplitudes
from passplan.polarization.jones import ComplexArray
from passplan.polarization.satellite_axes import SMALLEST_PROJECTION, check_direction, dot, length, unit
from passplan.units import to_deg

_Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class GimbalMirror:
    """Last mirror of the transmitter, which steers the beam.

    incoming_body : direction in which the beam travels on the optical bench before the mirror, body axes, any length;
        not along the boresight
    coating : surface of the mirror
    range_deg : largest angle between the boresight and the line of sight that the mirror reaches [deg], > 0
    """

    incoming_body: _Vector
    coating: Coating = field(default_factory=Ideal)
    range_deg: Positive = 90.0

    def __post_init__(self) -> None:
        """Refuse a beam without direction and values outside the annotated limits."""
        check_limits(self)
        check_direction("GimbalMirror.incoming_body", self.incoming_body)


def turned_axis(
    mirror: GimbalMirror, *, axis_body: ArrayLike, boresight_body: ArrayLike, line_of_sight_body: ArrayLike
) -> FloatArray:
    """Where an axis of the transmitter points when the mirror looks at the station, M M0 x.

    Parameters
    ----------
    mirror : GimbalMirror
        The mirror.
    axis_body : array_like, shape (3,)
        The axis as it leaves the nominal mirror, body axes; M M0 is a rotation, so that any length is kept.
    boresight_body : array_like, shape (3,)
        Direction in which the beam leaves the nominal mirror, body axes, any length.
    line_of_sight_body : array_like, shape (n, 3)
        Direction in which it leaves towards the station, body axes, any length.

    Returns
    -------
    ndarray, shape (n, 3)
        The axis in body axes, in its unit; the boresight would become the line of sight.

    Raises
    ------
    DomainError
        If the line of sight lies further from the boresight than the mirror reaches [deg], or a beam would pass the
        mirror without touching it (incidence 90 deg); names the sample.
    """
    incoming = unit(mirror.incoming_body)
    nominal = _normal(incoming, unit(boresight_body)[None], what="boresight_body")
    actual = _normal(incoming, unit(line_of_sight_body), what="line of sight")
    angle_deg = angle_between_deg(line_of_sight_body, boresight_body)
    if np.any(angle_deg > mirror.range_deg):
        index = int(np.argmax(angle_deg > mirror.range_deg))
        raise DomainError(
            f"line of sight at sample {index} stands {angle_deg[index]:.3f} deg off the boresight of the gimbal "
            f"mirror, must be within GimbalMirror.range_deg {mirror.range_deg:g} deg"
        )
    return _reflected(_reflected(np.asarray(axis_body, dtype=float)[None], nominal), actual)


def mirror_jones(
    mirror: GimbalMirror, *, line_of_sight_body: ArrayLike, axis_body: ArrayLike, wavelength_nm: float
) -> ComplexArray:
    """Jones matrix of the coating, relative to an ideal mirror in the same place.

    Parameters
    ----------
    mirror : GimbalMirror
        The mirror.
    line_of_sight_body : array_like, shape (n, 3)
        Direction in which the beam leaves, body axes, any length.
    axis_body : array_like, shape (n, 3)
        Reference axis of the transmitter as it leaves, across the line of sight, body axes, unit vectors.
    wavelength_nm : float
        Wavelength [nm].

    Returns
    -------
    ndarray, shape (n, 2, 2)
        Matrices [1] on states (x, y) with x along the axis, y = line of sight x axis; the identity for `Ideal`.

    Raises
    ------
    DomainError
        If the coating is not known at the wavelength or at an incidence, or the mirror would not be touched.

    Notes
    -----
    J = r_p p p^T - r_s s s^T with s across the plane of incidence, p = s x k: for r_p = 1, r_s = -1 the identity.
    """
    incoming, outgoing = unit(mirror.incoming_body), unit(line_of_sight_body)
    _normal(incoming, outgoing, what="line of sight")
    across_plane = np.cross(incoming, outgoing)
    x = np.asarray(axis_body, dtype=float)
    # At normal incidence there is no plane, and any s will do.
    s = unit(np.where(length(across_plane)[:, None] > SMALLEST_PROJECTION, across_plane, x))
    s_x, s_y = dot(s, x), dot(s, np.cross(outgoing, x))
    r_p, r_s = reflection_amplitudes(
        mirror.coating, incidence_deg=incidence_deg(mirror, line_of_sight_body=outgoing), wavelength_nm=wavelength_nm
    )
    jones = np.empty((len(x), 2, 2), dtype=complex)
    jones[:, 0, 0] = r_p * s_y**2 - r_s * s_x**2  # p = s x k has the components (s_y, -s_x)
    jones[:, 1, 1] = r_p * s_x**2 - r_s * s_y**2
    jones[:, 0, 1] = jones[:, 1, 0] = -(r_p + r_s) * s_x * s_y
    return jones


def incidence_deg(mirror: GimbalMirror, *, line_of_sight_body: ArrayLike) -> FloatArray:
    """Angle of incidence [deg] on the mirror when the beam leaves along directions, shape (n, 3) -> (n,)."""
    return 90.0 - 0.5 * angle_between_deg(line_of_sight_body, mirror.incoming_body)


def angle_between_deg(one: ArrayLike, other: ArrayLike) -> FloatArray:
    """Angle [deg] between directions of any length, shape (..., 3) -> (...), exact near 0 and near 180 deg."""
    first, second = unit(one), unit(other)
    return 2.0 * to_deg(
        np.arctan2(length(first - second), length(first + second)),
    )


def _normal(incoming: FloatArray, outgoing: FloatArray, *, what: str) -> FloatArray:
    """Unit normals, shape (n, 3), of the mirror that sends one direction to each of others."""
    difference = incoming - outgoing
    grazing = length(difference) < SMALLEST_PROJECTION
    if np.any(grazing):
        raise DomainError(
            f"{what} at sample {int(np.argmax(grazing))} lies along GimbalMirror.incoming_body: the incidence on the "
            "gimbal mirror is 90 deg, must be < 90 deg"
        )
    return unit(difference)


def _reflected(vector: FloatArray, normal: FloatArray) -> FloatArray:
    return vector - 2.0 * dot(vector, normal)[:, None] * normal
