"""The receiver's polarization analyser with the faults of its beam splitters: which port a photon leaves by.

A non-polarizing beam splitter sends the light through to the straight arm, whose polarizing beam splitter parts H from
V, or reflects it to the diagonal arm, which parts D from A. Each port is a positive 2x2 matrix E, so that a state psi
leaves by it with the share psi^dagger E psi; the four add up to one, or to less where light is lost. Convention of the
Jones vectors as in `jones.py`; in the reflected arm they are written as if in the unfolded beam, so that the mirror
image of an ideal reflection is taken out and only its departures are left. Sources: Hecht, Optics, sec. 8.13, for the
Jones matrices (recalled, not re-read); the ports of a polarizing splitter without loss follow from its two extinction
ratios by the sum of its shares. Tested against Mueller matrices.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import Annotated

import numpy as np
from annotated_types import Interval
from numpy.typing import ArrayLike

from passplan.checks import Finite, FloatArray, Positive, check_limits, freeze
from passplan.errors import DomainError
from passplan.polarization.jones import ComplexArray, projector, retarder

PORTS = ("H", "V", "D", "A")

_DARK = 1e-28  # share of the brightest state's light below which a state has none: rounding of a polarizer
_PARTNER = (1, 0, 3, 2)  # the other port of the same basis
_SWAPPED = (0, 1, 3, 2)  # the right port of each state when D and A exchange their labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyser:
    """Beam splitter and two polarizing beam splitters (PBS); without arguments an ideal one.

    extinction_transmitted : wanted over unwanted polarization at the transmitted port of a PBS (H, D) [1], > 1
    extinction_reflected : the same at the reflected port (V, A) [1], > 1; infinity is a perfect port
    splitter_transmittance_ratio : T_H / T_V of the beam splitter towards the straight arm [1], > 0
    splitter_reflectance_ratio : R_H / R_V towards the diagonal arm [1], > 0; without it a splitter that loses nothing
        and halves unpolarized light, 1 / splitter_transmittance_ratio
    splitter_transmitted_retardance_deg : phase of V behind H picked up towards the straight arm [deg]
    splitter_reflected_retardance_deg : the same towards the diagonal arm, beyond an ideal mirror's [deg]
    straight_arm_error_deg : angle by which the H/V splitter stands off the horizontal, from x to y [deg]
    diagonal_arm_error_deg : angle by which the D/A splitter stands off 45 deg, from x to y [deg]
    """

    extinction_transmitted: Annotated[float, Interval(gt=1.0)] = inf
    extinction_reflected: Annotated[float, Interval(gt=1.0)] = inf
    splitter_transmittance_ratio: Positive = 1.0
    splitter_reflectance_ratio: Annotated[float | None, Interval(gt=0.0, lt=inf)] = None
    splitter_transmitted_retardance_deg: Finite = 0.0
    splitter_reflected_retardance_deg: Finite = 0.0
    straight_arm_error_deg: Finite = 0.0
    diagonal_arm_error_deg: Finite = 0.0

    def __post_init__(self) -> None:
        """Refuse values outside the annotated limits."""
        check_limits(self)


@lru_cache(maxsize=64)
def port_weights(analyser: Analyser) -> ComplexArray:
    """Positive matrices of the four ports.

    Parameters
    ----------
    analyser : Analyser
        Its faults.

    Returns
    -------
    ndarray, shape (4, 2, 2)
        Hermitian matrices E [1] of the ports H, V, D, A; a state psi leaves by a port with the share psi^dagger E psi.

    Notes
    -----
    E = B^dagger (w P(angle) + u P(angle + 90 deg)) B with B the beam splitter on the way to the arm, P projectors, and
    w, u the shares of the wanted and the unwanted polarization that the PBS sends to the port. For a PBS without loss
    the shares follow from the inverse extinction ratios s (transmitted) and r (reflected): the transmitted port takes
    s (1 - r) / (1 - s r) of the unwanted polarization, the reflected one r (1 - s) / (1 - s r). Unpolarized light is
    halved between the arms; given both ratios, the arms lose what a passive splitter must lose.
    """
    leak_transmitted, leak_reflected = _leaks(analyser)
    straight, diagonal = _splitter_arms(analyser)
    weights = []
    for arm, angle_deg in (
        (straight, analyser.straight_arm_error_deg),
        (diagonal, 45.0 + analyser.diagonal_arm_error_deg),
    ):
        along, across = projector(angle_deg=angle_deg), projector(angle_deg=angle_deg + 90.0)
        transmitted = (1.0 - leak_reflected) * along + leak_transmitted * across
        reflected = (1.0 - leak_transmitted) * across + leak_reflected * along
        weights += [np.conj(arm.T) @ port @ arm for port in (transmitted, reflected)]
    whole = np.stack(weights)
    freeze(whole)
    return whole


def received_states(jones: ArrayLike) -> ComplexArray:
    """Apply the optics to the four BB84 states.

    Parameters
    ----------
    jones : array_like, shape (..., 2, 2)
        Jones matrices from the transmitter's basis to the analyser's.

    Returns
    -------
    ndarray, shape (4, ..., 2)
        What becomes of H, V, D, A [1], not normalised: what the optics swallow is missing.

    Raises
    ------
    DomainError
        If the last two axes are not (2, 2).
    """
    matrices = np.asarray(jones, dtype=complex)
    if matrices.ndim < 2 or matrices.shape[-2:] != (2, 2):
        raise DomainError(f"jones has shape {matrices.shape}, must be (..., 2, 2)")
    horizontal, vertical = matrices[..., :, 0], matrices[..., :, 1]
    half = np.sqrt(0.5)
    return np.stack([horizontal, vertical, half * (horizontal + vertical), half * (horizontal - vertical)])


def port_intensities(analyser: Analyser, states: ArrayLike) -> FloatArray:
    """Share of the light that leaves by each port.

    Parameters
    ----------
    analyser : Analyser
        Its faults.
    states : array_like, shape (..., 2)
        Jones vectors in front of the analyser; their squared length is the intensity.

    Returns
    -------
    ndarray, shape (4, ...)
        Intensities behind the ports H, V, D, A [unit of the squared amplitude].

    Raises
    ------
    DomainError
        If the last axis is not 2, or a component is not finite.
    """
    field = _finite_states(states)
    return np.stack([_intensity(port, field) for port in port_weights(analyser)])


def state_errors(analyser: Analyser, jones: ArrayLike, *, swapped_labels: bool = False) -> FloatArray:
    """Probability of the wrong port for the four BB84 states behind the optics.

    Parameters
    ----------
    analyser : Analyser
        Its faults.
    jones : array_like, shape (..., 2, 2)
        Jones matrices from the transmitter's basis to the analyser's.
    swapped_labels : bool
        Whether sifting exchanges D and A, as an odd number of reflections asks for.

    Returns
    -------
    ndarray, shape (4, ...)
        Errors of H, V, D, A [1], in [0, 1]: wrong over right and wrong, within the state's own basis.

    Raises
    ------
    DomainError
        If the shape is another one, a matrix is not finite, or no light of a state reaches its basis.
    """
    return received_errors(analyser, received_states(jones), swapped_labels=swapped_labels)


def received_errors(analyser: Analyser, states: ArrayLike, *, swapped_labels: bool = False) -> FloatArray:
    """Probability of the wrong port for what became of the four BB84 states.

    Parameters
    ----------
    analyser : Analyser
        Its faults.
    states : array_like, shape (4, ..., 2)
        Jones vectors in front of the analyser of what was sent as H, V, D, A.
    swapped_labels : bool
        Whether sifting exchanges D and A.

    Returns
    -------
    ndarray, shape (4, ...)
        Errors of H, V, D, A [1], in [0, 1].

    Raises
    ------
    DomainError
        If there are not four states of two components, one is not finite, or its basis gets no light.
    """
    field = _four_states(states)
    right_ports = _SWAPPED if swapped_labels else tuple(range(4))
    weights = port_weights(analyser)
    right = np.stack([_intensity(weights[right_ports[i]], field[i]) for i in range(4)])
    wrong = np.stack([_intensity(weights[_PARTNER[right_ports[i]]], field[i]) for i in range(4)])
    total = right + wrong
    dark = total <= _DARK * total.max(axis=0)
    if np.any(dark):
        name = PORTS[np.argwhere(dark)[0][0]]
        raise DomainError(f"state {name} brings no light to its basis, its error has no meaning")
    return np.clip(wrong / total, 0.0, 1.0)


def basis_errors(errors: ArrayLike) -> FloatArray:
    """Error of each basis, mean of its two states.

    Parameters
    ----------
    errors : array_like, shape (4, ...)
        Errors of H, V, D, A [1].

    Returns
    -------
    ndarray, shape (2, ...)
        Errors of the bases H/V and D/A [1], for states that are sent and received equally often.

    Raises
    ------
    DomainError
        If the first axis does not hold four states.
    """
    of_states = np.asarray(errors, dtype=float)
    if of_states.ndim == 0 or len(of_states) != 4:
        raise DomainError(f"errors has shape {of_states.shape}, must be (4, ...)")
    return np.stack([0.5 * (of_states[0] + of_states[1]), 0.5 * (of_states[2] + of_states[3])])


def basis_imbalance(analyser: Analyser, jones: ArrayLike) -> FloatArray:
    """By how much the bits of each basis lean to one value when its two states are sent equally often.

    Parameters
    ----------
    analyser : Analyser
        Its faults.
    jones : array_like, shape (..., 2, 2)
        Jones matrices from the transmitter's basis to the analyser's.

    Returns
    -------
    ndarray, shape (2, ...)
        (p - q) / (p + q) [1], in [-1, 1], with p and q the probabilities of the ports H and V, or D and A. A rotation
        alone leaves 0; diattenuation of the optics or of the splitters does not.

    Raises
    ------
    DomainError
        If the shape is another one, a matrix is not finite, or a basis gets no light.
    """
    received = _four_states(received_states(jones))
    biases = []
    for name, first in (("H/V", 0), ("D/A", 2)):
        ports = port_intensities(analyser, received[first : first + 2]).sum(axis=1)
        one, other = ports[first], ports[first + 1]
        if not np.all(one + other > 0.0):
            raise DomainError(f"the basis {name} gets no light, its balance has no meaning")
        biases.append((one - other) / (one + other))
    return np.stack(biases)


def _intensity(port: ComplexArray, field: ComplexArray) -> FloatArray:
    horizontal, vertical = field[..., 0], field[..., 1]
    straight = port[0, 0].real * _power(horizontal) + port[1, 1].real * _power(vertical)
    if port[0, 1] == 0.0:  # a port along the axes, as of an ideal analyser
        return straight
    return straight + 2.0 * (port[0, 1] * np.conj(horizontal) * vertical).real


def _power(amplitude: ComplexArray) -> FloatArray:
    return amplitude.real**2 + amplitude.imag**2


def _finite_states(states: ArrayLike) -> ComplexArray:
    field = np.asarray(states, dtype=complex)
    if field.ndim == 0 or field.shape[-1] != 2:
        raise DomainError(f"states has shape {field.shape}, must be (..., 2)")
    if not np.all(np.isfinite(field)):
        first = np.argwhere(~np.isfinite(field))[0]
        raise DomainError(f"states is not finite at index {tuple(first.tolist())}")
    return field


def _four_states(states: ArrayLike) -> ComplexArray:
    field = _finite_states(states)
    if field.ndim < 2 or len(field) != 4:
        raise DomainError(f"states has shape {field.shape}, must be (4, ..., 2): one for each of H, V, D, A")
    return field


def _leaks(analyser: Analyser) -> tuple[float, float]:
    """Unwanted shares of the transmitted and of the reflected port of a PBS that loses nothing."""
    inverse_t, inverse_r = 1.0 / analyser.extinction_transmitted, 1.0 / analyser.extinction_reflected
    lost = 1.0 - inverse_t * inverse_r
    return inverse_t * (1.0 - inverse_r) / lost, inverse_r * (1.0 - inverse_t) / lost


def _splitter_arms(analyser: Analyser) -> tuple[ComplexArray, ComplexArray]:
    """Jones matrices of the beam splitter towards the straight and towards the diagonal arm."""
    ratio = analyser.splitter_transmittance_ratio
    reflectance = analyser.splitter_reflectance_ratio
    transmitted = np.array([ratio, 1.0]) / (1.0 + ratio)
    reflected = 1.0 - transmitted if reflectance is None else np.array([reflectance, 1.0]) / (1.0 + reflectance)
    surplus = max(1.0, float(np.max(transmitted + reflected)))
    arms = [
        np.diag(np.sqrt(share / surplus)) @ retarder(retardance_deg=retardance_deg, axis_deg=0.0)
        for share, retardance_deg in (
            (transmitted, analyser.splitter_transmitted_retardance_deg),
            (reflected, analyser.splitter_reflected_retardance_deg),
        )
    ]
    return arms[0], arms[1]
