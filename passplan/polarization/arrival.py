"""What reaches the wave plates along a pass: the transmitter's axes, turned by the geometry, behind every mirror.

Between the samples of a pass the vectors are interpolated, never the angles: close to the zenith an angle turns by
tens of degrees in a second, while position, line of sight and attitude stay smooth.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline

from passplan.checks import FloatArray, freeze, same_length, within
from passplan.errors import DomainError
from passplan.polarization.frame import tube_projection, tube_rotation_deg
from passplan.polarization.jones import ComplexArray, product, turned_by
from passplan.polarization.stress import JonesMap, stress_jones
from passplan.polarization.train import MirrorTrain, arrival_deg, train_jones
from passplan.units import to_deg, to_rad


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arrival:
    """Geometry and optics of one pass, up to the wave plates; arrays are read-only.

    time_s           : [s], increasing, at least two, shape (n,)
    reference_axis   : the transmitter's reference axis, unit vectors, any inertial axes, shape (n, 3)
    line_of_sight_km : from the satellite to the station, the same axes [km], shape (n, 3)
    up               : zenith of the station, unit vectors, the same axes, shape (n, 3)
    azimuth_deg, elevation_deg : direction of the satellite [deg], shape (n,)
    latitude_deg     : of the station [deg]
    wavelength_nm    : of the signal [nm]
    train            : the receiver's mirrors
    stress_map       : retardance of the telescope in front of the mirrors, or None
    transmitter_jones : Jones matrices of the transmitter in the axes that leave it, shape (n, 2, 2), or None
    over_the_top     : where the mount points with its azimuth turned by 180 deg and its elevation beyond the zenith,
        shape (n,), or None for nowhere
    """

    time_s: FloatArray
    reference_axis: FloatArray
    line_of_sight_km: FloatArray
    up: FloatArray
    azimuth_deg: FloatArray
    elevation_deg: FloatArray
    latitude_deg: float
    wavelength_nm: float
    train: MirrorTrain
    stress_map: JonesMap | None = None
    transmitter_jones: ComplexArray | None = None
    over_the_top: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        """Refuse grids that do not fit, and mark the arrays read-only."""
        if np.ndim(self.time_s) != 1 or np.size(self.time_s) < 2 or not np.all(np.diff(self.time_s) > 0.0):
            raise DomainError(f"time_s must hold at least two increasing times [s], has shape {np.shape(self.time_s)}")
        same_length(time_s=self.time_s, azimuth_deg=self.azimuth_deg, elevation_deg=self.elevation_deg)
        for name in ("reference_axis", "line_of_sight_km", "up"):
            vector = getattr(self, name)
            if np.shape(vector) != (np.size(self.time_s), 3):
                raise DomainError(f"{name} has shape {np.shape(vector)}, must be ({np.size(self.time_s)}, 3)")
            within(name, vector, -np.inf, np.inf, ends="()")
            freeze(vector)
        within("elevation_deg", self.elevation_deg, -90.0, 90.0)
        freeze(self.time_s, self.azimuth_deg, self.elevation_deg)

    def at(self, time_s: ArrayLike) -> "Arrival":
        """Return the same pass at other times [s], shape (m,), interpolated by cubic splines of the vectors."""
        times = np.asarray(time_s, dtype=float)
        azimuth_rad, elevation_rad = to_rad(self.azimuth_deg), to_rad(self.elevation_deg)
        level = np.cos(elevation_rad)
        sky = np.stack([level * np.sin(azimuth_rad), level * np.cos(azimuth_rad), np.sin(elevation_rad)], axis=-1)
        vectors = np.hstack([self.reference_axis, self.line_of_sight_km, self.up, sky])
        axis, sight, up, sky = np.split(CubicSpline(self.time_s, vectors)(times), 4, axis=1)
        jones = self.transmitter_jones
        return Arrival(
            time_s=times,
            reference_axis=axis / np.linalg.norm(axis, axis=1, keepdims=True),
            line_of_sight_km=sight,
            up=up / np.linalg.norm(up, axis=1, keepdims=True),
            azimuth_deg=to_deg(np.arctan2(sky[:, 0], sky[:, 1])),
            elevation_deg=to_deg(np.arctan2(sky[:, 2], np.hypot(sky[:, 0], sky[:, 1]))),
            latitude_deg=self.latitude_deg,
            wavelength_nm=self.wavelength_nm,
            train=self.train,
            stress_map=self.stress_map,
            transmitter_jones=None if jones is None else CubicSpline(self.time_s, jones)(times),
            over_the_top=None if self.over_the_top is None else self.over_the_top[self._nearest(times)],
        )

    def tube_deg(self) -> FloatArray:
        """Angle [deg] of the reference axis at the tube, from H towards V, in (-180, 180], shape (n,)."""
        return tube_rotation_deg(**self._tube())

    def rotation_deg(self) -> FloatArray:
        """Angle [deg] at which the reference axis arrives at the plates with ideal mirrors, shape (n,).

        It starts in [0, 180) and is continued modulo 180 deg; the samples must be close enough that it turns by less
        than 90 deg between two of them.
        """
        return arrival_deg(
            self.train,
            tube_deg=self.tube_deg(),
            latitude_deg=self.latitude_deg,
            **self._mount_deg(),
        )

    def jones(self) -> ComplexArray:
        """Jones matrices from the transmitter's axes to the plates, shape (n, 2, 2).

        In the order of the light: transmitter, rotation of the frame, stress of the telescope, mirrors.
        """
        turned = turned_by(*tube_projection(**self._tube()))
        if self.transmitter_jones is not None:
            turned = product(turned, self.transmitter_jones)
        if self.stress_map is not None:
            stress = stress_jones(self.stress_map, azimuth_deg=self.azimuth_deg, elevation_deg=self.elevation_deg)
            turned = product(stress, turned)
        mirrors = train_jones(
            self.train,
            wavelength_nm=self.wavelength_nm,
            latitude_deg=self.latitude_deg,
            **self._mount_deg(),
        )
        return product(mirrors, turned)

    def _mount_deg(self) -> dict[str, FloatArray]:
        """Azimuth and elevation [deg] of the axes of the mount; those of the sky but for a mount over the top."""
        if self.over_the_top is None:
            return {"azimuth_deg": self.azimuth_deg, "elevation_deg": self.elevation_deg}
        return {
            "azimuth_deg": np.where(self.over_the_top, self.azimuth_deg - 180.0, self.azimuth_deg),
            "elevation_deg": np.where(self.over_the_top, 180.0 - self.elevation_deg, self.elevation_deg),
        }

    def _nearest(self, times_s: FloatArray) -> NDArray[np.intp]:
        """Index of the sample nearest to each time."""
        return np.searchsorted(0.5 * (self.time_s[1:] + self.time_s[:-1]), times_s)

    def _tube(self) -> dict[str, FloatArray]:
        return {"reference_axis": self.reference_axis, "line_of_sight": self.line_of_sight_km, "up": self.up}
