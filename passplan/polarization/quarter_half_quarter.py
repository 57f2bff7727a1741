"""Quarter-, half- and quarter-wave plate in a row: three angles that undo any loss-free change of the polarization.

Light meets a quarter-wave plate at a, a half-wave plate at b and a quarter-wave plate at c. An SU(2) matrix is written
as a unit quaternion, U = q0 - i (q1 Z + q2 X + q3 Y) with the Pauli matrices Z, X, Y that belong to S1, S2, S3; it
turns the Poincare sphere, right-handed, about (q1, q2, q3). The product of the three plates is then

::

    q0 = -cos(d) cos(c - a)     q1 =  sin(d) sin(a + c)
    q3 = -cos(d) sin(c - a)     q2 = -sin(d) cos(a + c)     d = a + c - 2 b

so that every unit quaternion has its three angles. Where sin d = 0 (a pure rotation of the polarization) a + c is
free, where cos d = 0 it is c - a that is free: near such a place a small change of the light asks for a large turn of
the plates. Therefore the angles of a whole pass are found together, as a chain whose links are the motions of the
plates. Sources: Simon and Mukunda, Phys. Lett. A 143, 165 (1990), that the three plates suffice (recalled, not
re-read); Bagini et al., Eur. J. Phys. 17, 279 (1996) (abstract read); the closed form above is this project's and is
tested against the Jones matrices.
"""

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within
from passplan.errors import DomainError
from passplan.polarization.jones import ComplexArray, bb84_states, product, retarder
from passplan.polarization.stokes import stokes_vector
from passplan.units import to_deg, to_rad

NOMINAL_RETARDANCE_DEG = (90.0, 180.0, 90.0)
PLATE_PERIOD_DEG = (180.0, 90.0, 180.0)  # plates without retardance error act as before when turned by so much

_SMALLEST_RATIO = 1e-9  # of the singular values: below it the light is polarized, whatever came in
_SINGULAR = 1e-9  # sine or cosine of d below which the free angle is left where it was
_HOLDS = (0.1, 0.5)  # further such limits that are tried, in units of the root of the weight [1/rad]
_TIE = 1e-3  # worth of the plates' motion against that of the sphere when a branch is chosen
_TURNS = np.array([[1.0, -1.0, 1.0], [-2.0, 0.0, 0.0], [1.0, 1.0, 1.0]])  # of a, b, c into d, c - a, a + c
_CORNERS = np.array([[i, j, k] for i in (0.0, 1.0) for j in (0.0, 1.0) for k in (0.0, 1.0)])
_ITERATIONS = 100
_FIRST_DAMPING, _LEAST_DAMPING, _MOST_DAMPING = 1e-3, 1e-10, 1e6
_SETTLED = 1e-15  # change of the sum of infidelities below which the chain is at rest


def plate_train(angles_deg: ArrayLike, retardance_errors_deg: ArrayLike = (0.0, 0.0, 0.0)) -> ComplexArray:
    """Jones matrix Q(c) H(b) Q(a) of the three plates.

    Parameters
    ----------
    angles_deg : array_like, shape (..., 3)
        Angles a, b, c of the plates' axes from the horizontal [deg], in the order in which the light meets them.
    retardance_errors_deg : array_like, shape (3,)
        Departures of the retardances from 90, 180 and 90 deg [deg].

    Returns
    -------
    ndarray, shape (..., 2, 2)
        Unitary matrices [1].

    Raises
    ------
    DomainError
        If an angle is not finite, or the last axis does not hold three of them.
    """
    angles = _three("angles_deg", angles_deg)
    retardances_deg = _retardances_deg(retardance_errors_deg)
    first, half, last = (retarder(retardance_deg=retardances_deg[i], axis_deg=angles[..., i]) for i in range(3))
    return product(last, product(half, first))


def closest_unitary(jones: ArrayLike) -> ComplexArray:
    """Unitary factor of the polar decomposition: what the optics would do without their diattenuation.

    Parameters
    ----------
    jones : array_like, shape (..., 2, 2)
        Jones matrices, not singular.

    Returns
    -------
    ndarray, shape (..., 2, 2)
        Unitary matrices [1], the nearest ones in the Frobenius norm.

    Raises
    ------
    DomainError
        If a matrix is not finite, is singular, or the shape is another one.
    """
    left, _, right = np.linalg.svd(_matrices(jones))
    return left @ right


def compensating_angles_deg(
    jones: ArrayLike,
    *,
    motion_weight: float = 1e-6,
    start_deg: ArrayLike | None = None,
    retardance_errors_deg: ArrayLike = (0.0, 0.0, 0.0),
) -> FloatArray:
    """Angles of the three plates that bring H, V, D and A back to themselves along a pass.

    Parameters
    ----------
    jones : array_like, shape (n, 2, 2)
        Jones matrices of all that lies before the plates, in the order of time; not singular.
    motion_weight : float
        Infidelity that the motion of one plate by one degree from a sample to the next is worth [1/deg^2], >= 0. With
        0 each sample is brought back as well as can be, however fast the plates must turn.
    start_deg : array_like, shape (3,), optional
        Where the plates stand before the pass [deg]; of the equivalent angles the first sample takes the nearest. The
        way from there to the first sample costs nothing. Without it, nearest to 0 deg.
    retardance_errors_deg : array_like, shape (3,)
        Known departures of the plates' retardances from 90, 180 and 90 deg [deg].

    Returns
    -------
    ndarray, shape (n, 3)
        Angles a, b, c [deg], continuous along the pass and not folded into one turn.

    Raises
    ------
    DomainError
        If jones is not of shape (n, 2, 2) with n >= 1, is not finite or singular, if the weight is negative, or an
        angle is not finite.

    Notes
    -----
    Smallest is the sum over the samples of the mean infidelity of the four states, as normalised behind the plates,
    plus the weight times the squared motions of the plates. The infidelity is exactly a quadratic form of the plates'
    quaternion, so the residuals of the Gauss-Newton step are linear in it; the step is damped (Levenberg) and its
    block-tridiagonal system solved in one sweep. It starts from the closed form on the branch nearest to the sample
    before, and again with the free angles held near the singular places; the smaller sum wins. With retardance errors
    a few states of light cannot be reached exactly, or the descent may rest short of the best. The weight belongs to
    one sampling interval: with ten times as many samples a hundred times the weight holds the plates back as much. The
    quadratic form is Davenport's of the attitude problem of Wahba (recalled, not re-read).
    """
    matrices = _matrices(jones)
    if matrices.ndim != 3 or len(matrices) == 0:
        raise DomainError(f"jones has shape {matrices.shape}, must be (n, 2, 2) with n >= 1")
    within("motion_weight", motion_weight, 0.0, np.inf, ends="[)")
    start = _three("start_deg", np.zeros(3) if start_deg is None else start_deg)
    if start.ndim != 1:
        raise DomainError(f"start_deg has shape {start.shape}, must be (3,)")
    half_rad = 0.5 * to_rad(_retardances_deg(retardance_errors_deg))
    weight = float(motion_weight / to_rad(1.0) ** 2)
    target, roots = _infidelity_form(matrices)
    holds = [_SINGULAR, *(part * np.sqrt(weight) for part in _HOLDS)]
    relaxed = [_relaxed(chain, roots, half_rad, weight) for chain in _branches_rad(target, to_rad(start), holds)]
    return to_deg(min(relaxed, key=lambda pair: pair[0])[1])


def _three(name: str, angles_deg: ArrayLike) -> FloatArray:
    angles = np.asarray(angles_deg, dtype=float)
    if angles.ndim == 0 or angles.shape[-1] != 3:
        raise DomainError(f"{name} has shape {angles.shape}, must end in 3: one angle a plate [deg]")
    within(name, angles, -np.inf, np.inf, ends="()")
    return angles


def _retardances_deg(errors_deg: ArrayLike) -> FloatArray:
    errors = _three("retardance_errors_deg", errors_deg)
    if errors.ndim != 1:
        raise DomainError(f"retardance_errors_deg has shape {errors.shape}, must be (3,)")
    return np.asarray(NOMINAL_RETARDANCE_DEG) + errors


def _matrices(jones: ArrayLike) -> ComplexArray:
    matrices = np.asarray(jones, dtype=complex)
    if matrices.ndim < 2 or matrices.shape[-2:] != (2, 2):
        raise DomainError(f"jones has shape {matrices.shape}, must be (n, 2, 2)")
    if not np.all(np.isfinite(matrices)):
        first = np.argwhere(~np.isfinite(matrices))[0]
        raise DomainError(f"jones is not finite at index {tuple(first.tolist())}")
    singular = np.linalg.svd(matrices, compute_uv=False)
    bad = singular[..., 1] <= _SMALLEST_RATIO * singular[..., 0]
    if np.any(bad):
        first = np.argwhere(bad)[0]
        raise DomainError(
            f"jones is singular at index {tuple(first.tolist())}: it polarizes the light, no plate restores it"
        )
    return matrices


def _infidelity_form(matrices: ComplexArray) -> tuple[FloatArray, FloatArray]:
    """Best quaternions (n, 4), and roots (n, 3, 4): |roots @ q|^2 is how much worse than the best a plate train q is.

    Behind plates that turn the sphere by R the mean infidelity is (4 - sum of n . R m) / 8, over the Stokes vectors n
    wanted and m arriving; the sum is q . K q.
    """
    sent = np.stack(list(bb84_states().values()))
    received = stokes_vector(state=np.einsum("nij,sj->nsi", matrices, sent))
    arriving = received[..., 1:] / received[..., :1]
    profile = np.einsum("si,nsj->nij", stokes_vector(state=sent)[:, 1:], arriving)
    trace = np.trace(profile, axis1=1, axis2=2)
    form = np.empty((len(matrices), 4, 4))
    form[:, 0, 0] = trace
    form[:, 1:, 1:] = profile + np.swapaxes(profile, 1, 2) - trace[:, None, None] * np.eye(3)
    for row, (i, j) in enumerate([(1, 2), (2, 0), (0, 1)], 1):  # sum of m x n
        form[:, 0, row] = form[:, row, 0] = profile[:, j, i] - profile[:, i, j]
    values, vectors = np.linalg.eigh(form)
    roots = np.sqrt((values[:, 3:] - values[:, :3]) / 8.0)[:, :, None] * np.swapaxes(vectors[:, :, :3], 1, 2)
    return vectors[:, :, 3], roots


def _branches_rad(target: FloatArray, start_rad: FloatArray, holds: list[float]) -> list[FloatArray]:
    """Chains to begin with, one for each limit below which a free angle is held, if it holds other samples."""
    q0, q1, q2, q3 = target.T
    size = np.stack([np.hypot(q0, q3), np.hypot(q1, q2)])
    chains = {(size < hold).tobytes(): hold for hold in reversed(holds)}
    return [_branch_rad(target, start_rad, hold) for hold in reversed(chains.values())]


def _branch_rad(target: FloatArray, start_rad: FloatArray, hold: float) -> FloatArray:
    """Closed-form angles (n, 3) [rad] of unit quaternions, each on the branch nearest to the sample before.

    Where the sine or cosine of d is below hold, the angle that hardly matters stays as it was.
    """
    q0, q1, q2, q3 = target.T
    cosine, sine = np.hypot(q0, q3), np.hypot(q1, q2)
    depth = np.arctan2(sine, cosine)
    difference, total = np.arctan2(-q3, -q0), np.arctan2(q1, -q2)
    chain = np.empty((len(target), 3))
    last = start_rad
    for i in range(len(target)):
        apart = last[2] - last[0] if cosine[i] < hold else difference[i]
        along = last[2] + last[0] if sine[i] < hold else total[i]
        middle, lift = 0.5 * (along - depth[i]), 0.5 * np.pi
        first, third = 0.5 * (along - apart), 0.5 * (along + apart)
        pair = np.array([[first, middle, third], [first + lift, middle + depth[i], third + lift]])  # d, and -d
        share = np.array([1.0, cosine[i], sine[i]] if i else [0.0, 0.0, 0.0])  # to the first sample any way is free
        last = chain[i] = _nearest(pair, last, share)
    return chain


def _nearest(pair: FloatArray, last: FloatArray, share: FloatArray) -> FloatArray:
    """Of all equivalents of two solutions the one with the shortest way from the last, by turn of the sphere.

    share : what a change of d, c - a, a + c is to the polarization [1].

    The way counts as the polarization sees it, and only in case of a tie as the plates do: past a singular place the
    plates may move far without moving the polarization, while a short way may lead across the whole sphere.
    """
    periods = to_rad(PLATE_PERIOD_DEG)
    floor = pair + periods * np.floor((last - pair) / periods)
    candidates = (floor[:, None] + _CORNERS * periods).reshape(-1, 3)
    way = candidates - last
    seen = way @ _TURNS * share
    return candidates[np.argmin(np.sum(seen**2, axis=1) + _TIE * np.sum(way**2, axis=1))]


def _relaxed(chain: FloatArray, roots: FloatArray, half_rad: FloatArray, weight: float) -> tuple[float, FloatArray]:
    """Let the chain of angles [rad] slide to the least sum of infidelity and weighted squared motion; sum and chain."""
    damping = _FIRST_DAMPING
    cost, gradient, bands = _linearised(chain, roots, half_rad, weight)
    for _ in range(_ITERATIONS):
        trial = chain - _damped_step(bands, gradient, damping)
        result = _linearised(trial, roots, half_rad, weight)
        gain = cost - result[0]
        if gain >= 0.0:
            chain, (cost, gradient, bands) = trial, result
            if gain < _SETTLED * len(chain) and damping <= _LEAST_DAMPING:
                break
            damping = max(0.1 * damping, _LEAST_DAMPING)
        else:
            damping *= 10.0
            if damping > _MOST_DAMPING or abs(gain) < _SETTLED * len(chain):
                break
    return cost, chain


def _damped_step(bands: FloatArray, gradient: FloatArray, damping: float) -> FloatArray:
    from scipy.linalg import solveh_banded

    damped = bands.copy()
    damped[0] += damping
    return solveh_banded(damped, gradient.ravel(), lower=True).reshape(gradient.shape)


def _linearised(
    chain: FloatArray, roots: FloatArray, half_rad: FloatArray, weight: float
) -> tuple[float, FloatArray, FloatArray]:
    """Cost, half its gradient (n, 3), and half its Gauss-Newton Hessian as lower bands (4, 3 n)."""
    quaternions, slopes = _plates_quaternion(chain, half_rad)
    residual = np.einsum("nij,nj->ni", roots, quaternions)
    jacobian = roots @ slopes
    motion = np.diff(chain, axis=0)
    cost = float(np.sum(residual**2) + weight * np.sum(motion**2))

    gradient = np.einsum("nij,ni->nj", jacobian, residual)
    gradient[1:] += weight * motion
    gradient[:-1] -= weight * motion

    hessian = np.swapaxes(jacobian, 1, 2) @ jacobian
    links = np.zeros(len(chain))
    links[1:] += weight
    links[:-1] += weight
    bands = np.zeros((4, len(chain), 3))
    bands[0] = np.diagonal(hessian, axis1=1, axis2=2) + links[:, None]
    bands[1, :, :2] = np.diagonal(hessian, offset=1, axis1=1, axis2=2)
    bands[2, :, 0] = hessian[:, 2, 0]
    bands[3, :-1] = -weight
    return cost, gradient, bands.reshape(4, -1)


def _plates_quaternion(chain: FloatArray, half_rad: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Quaternion (n, 4) of the plates, and its derivatives (n, 4, 3) by the angles [1/rad]."""
    double = 2.0 * chain
    cosine, sine = np.cos(double), np.sin(double)
    plates = np.zeros((3, len(chain), 4))
    plates[:, :, 0] = np.cos(half_rad)[:, None]
    plates[:, :, 1], plates[:, :, 2] = (np.sin(half_rad) * cosine).T, (np.sin(half_rad) * sine).T
    turned = np.zeros_like(plates)
    turned[:, :, 1], turned[:, :, 2] = -2.0 * plates[:, :, 2], 2.0 * plates[:, :, 1]
    behind = _product(plates[2], plates[1])
    slopes = [
        _product(behind, turned[0]),
        _product(_product(plates[2], turned[1]), plates[0]),
        _product(_product(turned[2], plates[1]), plates[0]),
    ]
    return _product(behind, plates[0]), np.stack(slopes, axis=-1)


def _product(one: FloatArray, other: FloatArray) -> FloatArray:
    """Hamilton product of quaternions (n, 4), scalar first: the second acts first."""
    scalar = one[:, :1] * other[:, :1] - np.sum(one[:, 1:] * other[:, 1:], axis=1, keepdims=True)
    vector = one[:, :1] * other[:, 1:] + other[:, :1] * one[:, 1:] + np.cross(one[:, 1:], other[:, 1:])
    return np.concatenate([scalar, vector], axis=1)
