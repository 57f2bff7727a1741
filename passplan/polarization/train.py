"""The receiver's mirrors between tube and analyser: a polarization ray trace in three dimensions along the pass.

A train is the list of its mirrors in the order in which the light meets them, each given by where it sends the light
(`PORTS`) and by its coating. The light comes down the tube. A mirror rides on that part of the mount in which both its
rays stand still, so its incidence is fixed; what turns is the plane of incidence of one mirror against that of the
next, by the elevation on the way from tube to fork and by the azimuth on the way from fork to ground. In its own
axes p, s a mirror is diag(r_p, r_s) (`coatings`). Source: Chipman, Lam and Young, Polarized Light and Optical Systems
(2018), ch. 9, polarization ray tracing (recalled, not re-read).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import Finite, FloatArray, check_limits, one_of, same_length, within
from passplan.errors import DomainError
from passplan.polarization.coatings import Coating, Ideal, reflection_amplitudes
from passplan.polarization.jones import ComplexArray, rotator
from passplan.polarization.mirrors import PORTS, Mirror, Port, rays_of
from passplan.polarization.mount_frames import FRAMES, Frame, Mount, Turn, equatorial_angles_deg, turn
from passplan.units import to_deg, to_rad

Preset = Literal["tube", "nasmyth", "coude-sum", "coude-difference"]

PRESETS: Mapping[str, tuple[Port, ...]] = MappingProxyType(
    {
        "tube": (),
        "nasmyth": ("elevation-left",),
        "coude-sum": ("elevation-left", "azimuth-down"),
        "coude-difference": ("elevation-left", "azimuth-up"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorTrain:
    """Mirrors from the tube to the analyser, in the order of the light.

    mirrors     : none for an analyser on the tube; primary and secondary count only when they are listed
    mount       : what the axes are
    bench       : what the analyser is fixed to; by default what the last ray stands still in, nearest to the ground
    analyser_deg : angle [deg] of the analyser's H against the image of the tube's H at azimuth and elevation zero
    """

    mirrors: tuple[Mirror, ...] = ()
    mount: Mount = "altazimuth"
    bench: Frame | None = None
    analyser_deg: Finite = 0.0

    def __post_init__(self) -> None:
        check_limits(self)
        rays_of(self.mirrors)
        _bench(self)

    @property
    def is_mirrored(self) -> bool:
        """Whether the handedness arrives reversed: an odd number of mirrors."""
        return len(self.mirrors) % 2 == 1


def preset_train(name: Preset, *, coating: Coating | None = None, mount: Mount = "altazimuth") -> MirrorTrain:
    """Train of a common kind.

    Parameters
    ----------
    name : {"tube", "nasmyth", "coude-sum", "coude-difference"}
        Analyser on the tube; behind one mirror on the platform of the fork (phi + elevation, counted the
        other way round since it is mirrored); behind two mirrors on the ground (phi + elevation + azimuth when the
        second sends the light down, phi + elevation - azimuth when it sends it up).
    coating : Coating, optional
        Of every mirror; by default ideal.
    mount : {"altazimuth", "equatorial"}
        What the axes are.

    Raises
    ------
    UnknownName
        With the nearest right spelling.
    """
    ports = PRESETS[one_of("receiver", name, PRESETS)]
    return MirrorTrain(mirrors=tuple(Mirror(to=port, coating=coating or Ideal()) for port in ports), mount=mount)


def train_jones(
    train: MirrorTrain,
    *,
    azimuth_deg: ArrayLike,
    elevation_deg: ArrayLike,
    wavelength_nm: float,
    latitude_deg: float = 90.0,
) -> ComplexArray:
    """Jones matrices from the tube's axes (H, V) to the analyser's axes along a pass.

    Parameters
    ----------
    train : MirrorTrain
        Mirrors and mount.
    azimuth_deg, elevation_deg : array_like, shape (n,)
        Direction of the satellite [deg]; for a mount that has turned over the top, its own angles (elevation up to
        180).
    wavelength_nm : float
        Vacuum wavelength [nm], for the coatings.
    latitude_deg : float
        Latitude of the station [deg], used by an equatorial mount alone.

    Returns
    -------
    ndarray, shape (n, 2, 2)
        Matrices [1] that act on amplitudes along H = l x up and V = H x l (see `frame`). The analyser's axes are the
        image of H in ideal mirrors at azimuth and elevation zero, turned by ``analyser_deg``, and what completes it to
        a right-handed set with the way of the light; so det = -1 for an odd number of ideal mirrors.

    Raises
    ------
    DomainError
        If the arrays differ in length, an angle is out of range, or a coating has no value at the wavelength or the
        incidence.
    """
    within("azimuth_deg", azimuth_deg, -np.inf, np.inf, ends="()")
    within("elevation_deg", elevation_deg, -90.0, 180.0)
    same_length(azimuth_deg=azimuth_deg, elevation_deg=elevation_deg)
    first_deg, second_deg, turned_deg = (
        np.asarray(azimuth_deg, dtype=float),
        np.asarray(elevation_deg, dtype=float),
        None,
    )
    if train.mount == "equatorial":
        first_deg, second_deg, turned_deg = equatorial_angles_deg(
            azimuth_deg=azimuth_deg, elevation_deg=elevation_deg, latitude_deg=latitude_deg
        )
    traced = _traced(train, turn(first_deg=first_deg, second_deg=second_deg), wavelength_nm)
    jones = np.moveaxis(np.broadcast_to(traced.reshape(2, 2, -1), (2, 2, first_deg.size)), -1, 0)
    return jones @ rotator(angle_deg=-turned_deg) if turned_deg is not None else np.ascontiguousarray(jones)


def arrival_deg(
    train: MirrorTrain,
    *,
    tube_deg: ArrayLike,
    azimuth_deg: ArrayLike,
    elevation_deg: ArrayLike,
    latitude_deg: float = 90.0,
) -> FloatArray:
    """Angle at which a linear polarization arrives at the analyser, with ideal mirrors, continuous along the pass.

    Parameters
    ----------
    train : MirrorTrain
        Mirrors and mount; its coatings are not used.
    tube_deg : array_like, shape (n,)
        Angle of the polarization at the tube [deg], from H towards V.
    azimuth_deg, elevation_deg : array_like, shape (n,)
        Direction of the satellite [deg].
    latitude_deg : float
        Latitude of the station [deg], used by an equatorial mount alone.

    Returns
    -------
    ndarray, shape (n,)
        Angle [deg] in the analyser's axes, starting in [0, 180) and continued modulo 180, so that neighbours differ by
        < 90 deg. Behind an odd number of mirrors it runs against the angle at the tube.

    Raises
    ------
    DomainError
        As `train_jones`.
    """
    within("tube_deg", tube_deg, -np.inf, np.inf, ends="()")
    same_length(tube_deg=tube_deg, azimuth_deg=azimuth_deg)
    bare = MirrorTrain(
        mirrors=tuple(Mirror(to=item.to, heading_deg=item.heading_deg) for item in train.mirrors),
        mount=train.mount,
        bench=train.bench,
        analyser_deg=train.analyser_deg,
    )
    jones = train_jones(
        bare, azimuth_deg=azimuth_deg, elevation_deg=elevation_deg, wavelength_nm=1.0, latitude_deg=latitude_deg
    ).real
    tube_rad = to_rad(tube_deg)
    horizontal, vertical = (jones[:, row, 0] * np.cos(tube_rad) + jones[:, row, 1] * np.sin(tube_rad) for row in (0, 1))
    return np.unwrap(np.mod(to_deg(np.arctan2(vertical, horizontal)), 180.0), period=180.0)


def _bench(train: MirrorTrain) -> Frame:
    """Frame that the analyser is fixed to."""
    last = train.mirrors[-1].to if train.mirrors else "tube-back"
    fixed = PORTS[last][1]
    if train.bench is None:
        return fixed[-1]
    if train.bench not in fixed:
        raise DomainError(f"bench is {train.bench!r}, but light that goes to {last!r} reaches {' or '.join(fixed)}")
    return train.bench


def _traced(train: MirrorTrain, angles: Turn, wavelength_nm: float) -> ComplexArray:
    """Product of the mirrors, shape (2, 2) where no part of the mount turns between them, else (2, 2, n).

    What stands still between two turns is multiplied first, as one matrix.
    """
    frame: Frame = "tube"
    way, axes = np.array(PORTS["tube-back"][0]), (np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0]))  # H, V
    jones, still = np.eye(2, dtype=complex), np.eye(2, dtype=complex)
    for ray in rays_of(train.mirrors):
        turning = _change(axes, (ray.in_before, ray.across), _turning(ray.before, frame, ray.frame, angles))
        jones, still = _joined(jones, still, turning)
        still = np.diag(_amplitudes(ray.mirror.coating, ray.incidence_deg, wavelength_nm)) @ still
        axes, frame, way = (ray.in_behind, ray.across), ray.frame, ray.behind
    turning = _change(axes, _bench_axes(train), _turning(way, frame, _bench(train), angles))
    jones, still = _joined(jones, still, turning)
    return _product(still, jones)


def _joined(jones: ComplexArray, still: ComplexArray, turning: FloatArray) -> tuple[ComplexArray, ComplexArray]:
    if turning.ndim == 2:
        return jones, turning @ still
    return _product(turning, _product(still, jones)), np.eye(2, dtype=complex)


def _product(left: FloatArray | ComplexArray, right: ComplexArray) -> ComplexArray:
    """Product of matrices whose first two axes are rows and columns: many times faster than of stacked ones."""
    rows = [[left[i, 0] * right[0, j] + left[i, 1] * right[1, j] for j in (0, 1)] for i in (0, 1)]
    return np.array(rows)


@lru_cache(maxsize=256)
def _amplitudes(coating: Coating, incidence_deg: float, wavelength_nm: float) -> tuple[complex, complex]:
    along, across = reflection_amplitudes(coating, incidence_deg=incidence_deg, wavelength_nm=wavelength_nm)
    return complex(along), complex(across)


def _turning(way: FloatArray, start: Frame, end: Frame, angles: Turn) -> tuple[FloatArray, FloatArray] | None:
    """Cosine and sine of the angle by which one frame turns against another about the ray that stands still in both.

    Right-handed about the way of the light; None between parts that are one. Elevation turns the tube about right,
    azimuth turns the fork about minus up.
    """
    if start == end:
        return None
    if "tube" in (start, end):
        cosine, sine, sense = angles.cosine_second, angles.sine_second, float(way[0])
    else:
        cosine, sine, sense = angles.cosine_first, angles.sine_first, -float(way[2])
    return cosine, (sense if FRAMES.index(start) < FRAMES.index(end) else -sense) * sine


def _change(
    old: tuple[FloatArray, FloatArray],
    new: tuple[FloatArray, FloatArray],
    turning: tuple[FloatArray, FloatArray] | None,
) -> FloatArray:
    """Matrix from amplitudes along the old axes to amplitudes along the new ones, of one and the same ray."""
    cosine, sine = new[0] @ old[0], new[0] @ old[1]
    if turning is not None:
        turned, across = turning
        cosine, sine = cosine * turned + sine * across, sine * turned - cosine * across
    return np.array([[cosine, sine], [-sine, cosine]])


@lru_cache(maxsize=256)
def _bench_axes(train: MirrorTrain) -> tuple[FloatArray, FloatArray]:
    """Axes of the analyser in the frame of its bench: at angles zero all frames are one."""
    image, way = np.array([1.0, 0.0, 0.0]), np.array(PORTS["tube-back"][0])
    for ray in rays_of(train.mirrors):
        image = ray.in_behind * (ray.in_before @ image) - ray.across * (ray.across @ image)
        way = ray.behind
    other = np.cross(way, image)
    angle_rad = to_rad(train.analyser_deg)
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    return cosine * image + sine * other, cosine * other - sine * image
