"""The wave plates along a pass: what they are told, where they stand, and the error that each of the four states keeps.

A half-wave plate at half the angle of arrival undoes a rotation; quarter, half and quarter wave plates undo any
unitary, the retardance of mirrors included. Everything is computed in cells of 0.02 s, because the staircase of the
motor moves inside a second and the key sees the mean of the error, not the error of the mean.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from passplan.checks import FloatArray, freeze
from passplan.polarization.analyser import basis_imbalance, state_errors
from passplan.polarization.arrival import Arrival
from passplan.polarization.error_rate import combined_error
from passplan.polarization.jones import ComplexArray, half_wave_plate, product, rotator
from passplan.polarization.plate_demand import interval_edges_s
from passplan.polarization.plate_motor import PlateMotion, follow
from passplan.polarization.quarter_half_quarter import compensating_angles_deg, plate_train
from passplan.polarization.receiver import PERIOD_DEG, PLATE_NAMES, PolarizationReceiver
from passplan.polarization.waveplates import best_plate_angle_deg, diagonal_labels_swapped
from passplan.units import to_deg

_MOST_TURN_DEG = 3.0  # between two commands of one spline; finer grids are used where the frame turns faster
_FINEST = 50  # parts of an interval at most
_MOTION_WEIGHT_S2 = 1e-6  # mean error that one plate's motion by 1 deg/s is worth [s^2/deg^2]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compensation:
    """What the plates did along a pass; n samples, k plates in the order of the light (`receiver.PLATE_NAMES`).

    rotation_deg : angle at which the reference axis arrives at the plates, ideal mirrors, continuous [deg], shape (n,)
    command_deg  : ideal angle of each plate at the sample, on its branch [deg], shape (k, n)
    plate_deg    : achieved angle of each plate, mean over the interval [deg], shape (k, n)
    residual_deg : angle of H behind the plates, right is 0, mean over the interval [deg], shape (n,)
    residual_peak_deg : largest absolute value of that within the interval [deg], shape (n,)
    error_still  : probability of the wrong port with the plates at their zero, states H, V, D, A [1], shape (4, n)
    error_exact  : the same with every plate at its ideal angle: what the optics leave [1], shape (4, n)
    error_driven : the same with the plates where they are [1], shape (4, n)
    held_back    : intervals in which a motor's limits kept a plate from its command, shape (n,)
    rewinds      : start and end [s] of each move of a plate to another branch
    imbalance    : by how much the bits of both bases lean to H and to D with driven plates [1], shape (2, n)
    labels_swapped : whether D and A arrive exchanged, so that sifting must exchange them too

    Errors are means over the interval of each sample; the depolarized share is in them (as light that an even analyser
    shares evenly), the intrinsic contrast is not.
    """

    rotation_deg: FloatArray
    command_deg: FloatArray
    plate_deg: FloatArray
    residual_deg: FloatArray
    residual_peak_deg: FloatArray
    error_still: FloatArray
    error_exact: FloatArray
    error_driven: FloatArray
    held_back: NDArray[np.bool_]
    rewinds: tuple[tuple[float, float], ...]
    imbalance: FloatArray
    labels_swapped: bool

    def __post_init__(self) -> None:
        """Mark the arrays read-only."""
        freeze(
            self.rotation_deg, self.command_deg, self.plate_deg, self.residual_deg, self.residual_peak_deg,
            self.error_still, self.error_exact, self.error_driven, self.held_back, self.imbalance,
        )  # fmt: skip


def compensate(
    receiver: PolarizationReceiver,
    arrival: Arrival,
    *,
    offset_deg: FloatArray | float = 0.0,
    stopped_from_s: float = math.inf,
) -> Compensation:
    """Drive the plates of a receiver along a pass.

    Parameters
    ----------
    receiver : PolarizationReceiver
        Plates, motor and analyser; its train must be the arrival's.
    arrival : Arrival
        What reaches the plates; one sample stands for the interval centred on it, halfway to its neighbours.
    offset_deg : array_like, shape (n,) or ()
        Angle [deg] by which the polarization is turned behind the plates, besides what they do themselves, such as what
        a feedback leaves of a bias.
    stopped_from_s : float
        Time [s] from which the motors stand still; by default never.

    Returns
    -------
    Compensation
        Angles and errors on the grid of the arrival.

    Raises
    ------
    DomainError
        If a table does not cover the angles of the pass.

    Notes
    -----
    The command of a half-wave plate is half the angle of arrival behind ideal mirrors, and behind others the angle that
    leaves the four states the smallest mean error; quarter, half and quarter plates
    are told what minimises the mean error of the four states (`quarter_half_quarter`). The still plates are those of a
    receiver whose motors never move from zero.
    """
    motions, parts = plate_motions(receiver, arrival)
    cells_s = motions[0].time_s.ravel()
    jones = arrival.at(cells_s).jones()
    turned = rotator(angle_deg=np.interp(cells_s, arrival.time_s, np.broadcast_to(offset_deg, arrival.time_s.shape)))
    plates_deg = np.stack([_stopped(motion, stopped_from_s) for motion in motions])
    arrived = product(turned, product(_behind(receiver, plates_deg), jones))
    exact = product(_behind(receiver, np.stack([motion.ideal_deg.ravel() for motion in motions])), jones)
    still = product(_behind(receiver, np.full_like(plates_deg[:, :1], receiver.motor.zero_deg)), jones)
    swapped = labels_swapped(receiver)
    still_swapped = swapped if receiver.plates == "half-wave" else receiver.train.is_mirrored
    shape = (arrival.time_s.size, -1)
    residual_deg = _angle_of_horizontal_deg(arrived).reshape(shape)
    return Compensation(
        rotation_deg=_at_samples(arrival.at(_finer_s(arrival.time_s, parts)).rotation_deg(), parts),
        command_deg=np.stack([_at_samples(motion.command_deg, parts) for motion in motions]),
        plate_deg=plates_deg.reshape(len(motions), *shape[:1], -1).mean(axis=-1),
        residual_deg=residual_deg.mean(axis=1),
        residual_peak_deg=np.abs(residual_deg).max(axis=1),
        error_still=_errors(receiver, still, still_swapped, shape),
        error_exact=_errors(receiver, exact, swapped, shape),
        error_driven=_errors(receiver, arrived, swapped, shape),
        held_back=held_back(motions, shape[0]),
        rewinds=rewinds(motions),
        imbalance=basis_imbalance(receiver.analyser, arrived).reshape(2, *shape).mean(axis=-1),
        labels_swapped=swapped,
    )


def labels_swapped(receiver: PolarizationReceiver) -> bool:
    """Whether D and A leave the driven plates exchanged: one half-wave plate and the mirrors count, QHQ undoes both."""
    if receiver.plates == "quarter-half-quarter":
        return False
    return diagonal_labels_swapped(half_wave_plates=1, mirrors=len(receiver.train.mirrors))


def plate_motions(receiver: PolarizationReceiver, arrival: Arrival) -> tuple[list[PlateMotion], int]:
    """Motion of each plate along a pass, and the parts into which the interval of each sample is cut for it.

    The command is computed on those parts, which are finer than the samples only where the polarization turns fast.
    """
    parts = _parts(arrival)
    fine = arrival.at(_finer_s(arrival.time_s, parts)) if parts > 1 else arrival
    motions = [
        follow(motor, time_s=fine.time_s, command_deg=command, period_deg=PERIOD_DEG[name])
        for motor, name, command in zip(
            receiver.motors, PLATE_NAMES[receiver.plates], _commands(receiver, fine), strict=True
        )
    ]
    return motions, parts


def held_back(motions: list[PlateMotion], samples: int) -> NDArray[np.bool_]:
    """Samples in whose interval the limits of a motor kept any plate from its command, shape (n,)."""
    return np.any([motion.held_back.reshape(samples, -1).any(axis=1) for motion in motions], axis=0)


def rewinds(motions: list[PlateMotion]) -> tuple[tuple[float, float], ...]:
    """Start and end [s] of each move of any plate to another branch, in order."""
    return tuple(sorted(span for motion in motions for span in motion.rewinds))


def _commands(receiver: PolarizationReceiver, arrival: Arrival) -> FloatArray:
    zero_deg = receiver.motor.zero_deg
    if receiver.plates == "half-wave":
        return zero_deg + best_plate_angle_deg(jones=arrival.jones(), labels_swapped=labels_swapped(receiver))[None]
    step_s = float(np.median(np.diff(arrival.time_s)))
    angles_deg = compensating_angles_deg(
        arrival.jones(),
        motion_weight=_MOTION_WEIGHT_S2 / step_s**2,
        retardance_errors_deg=receiver.retardance_errors_deg,
    )
    return zero_deg + angles_deg.T


def _behind(receiver: PolarizationReceiver, plates_deg: FloatArray) -> ComplexArray:
    """Jones matrices of the plates at angles of their scales, shape (k, m) -> (m, 2, 2)."""
    axes_deg, errors_deg = plates_deg - receiver.motor.zero_deg, receiver.retardance_errors_deg
    if receiver.plates == "half-wave":
        return half_wave_plate(angle_deg=axes_deg[0], retardance_error_deg=errors_deg[0])
    return plate_train(axes_deg.T, retardance_errors_deg=errors_deg)


def _stopped(motion: PlateMotion, stopped_from_s: float) -> FloatArray:
    """Plate angle [deg] in each cell, held from a time on."""
    plate_deg = motion.plate_deg.ravel()
    last = max(int(np.searchsorted(motion.time_s.ravel(), stopped_from_s)) - 1, 0)
    return np.concatenate([plate_deg[: last + 1], np.full(plate_deg.size - last - 1, plate_deg[last])])


def _errors(receiver: PolarizationReceiver, jones: ComplexArray, swapped: bool, shape: tuple[int, int]) -> FloatArray:
    """Mean over the interval of each sample of the errors of the four states, shape (4, n)."""
    errors = state_errors(receiver.analyser, jones, swapped_labels=swapped)
    mean = errors.reshape(4, *shape).mean(axis=-1)
    return combined_error(np.clip(mean, 0.0, 1.0), 0.5 * receiver.depolarized)


def _angle_of_horizontal_deg(jones: ComplexArray) -> FloatArray:
    """Angle [deg] of the long axis of the ellipse in which H arrives, in (-90, 90], shape (m,)."""
    horizontal, vertical = jones[:, 0, 0], jones[:, 1, 0]
    diagonal = 2.0 * np.real(np.conj(horizontal) * vertical)
    return 0.5 * to_deg(np.arctan2(diagonal, np.abs(horizontal) ** 2 - np.abs(vertical) ** 2))


def _parts(arrival: Arrival) -> int:
    """Parts into which an interval is cut so that the polarization turns little in each; 1 for most passes.

    The fastest turn is bounded by that of the line of sight against reference axis and zenith, looked for on a grid of
    twenty parts.
    """
    fine_deg = arrival.at(_finer_s(arrival.time_s, 20)).rotation_deg()
    step_deg = 20.0 * float(np.abs(np.diff(fine_deg)).max())
    return min(max(math.ceil(step_deg / _MOST_TURN_DEG), 1), _FINEST)


def _finer_s(time_s: FloatArray, parts: int) -> FloatArray:
    """Middles [s] of the parts of the interval around each sample, shape (n * parts,)."""
    edges_s = interval_edges_s(time_s)
    return (edges_s[:-1, None] + np.diff(edges_s)[:, None] * ((np.arange(parts) + 0.5) / parts)).ravel()


def _at_samples(values: FloatArray, parts: int) -> FloatArray:
    """Values at the samples, of those in the parts around each: the middle one, or the mean of the middle two."""
    around = values.reshape(-1, parts)
    return 0.5 * (around[:, (parts - 1) // 2] + around[:, parts // 2])
