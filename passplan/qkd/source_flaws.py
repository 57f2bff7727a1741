"""Flaws of the source that a proof may take as input: a spread of the intensities, a basis that shows in the photons.

What no proof here covers is said in words by ``flaw_assumptions``, so that no key length hides it.
"""

from collections.abc import Callable, Collection
from dataclasses import fields
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, within
from passplan.errors import DomainError
from passplan.qkd.block import Blocks, Terms
from passplan.qkd.counts import Counts
from passplan.qkd.settings import KeySettings

FLAWS = ("intensity_spread", "basis_leakage", "detector_mismatch", "afterpulsing")
_CORNERS_SEEN = "; its corners were evaluated"
CORNERS_ASSUMPTION = (
    "intensities anywhere within the stated spread, constant over the block: shortest key of all corners and the "
    "middle; a conservative evaluation, no part of the proof"
)


def spread_corners(*, intensities: ArrayLike, spread: float) -> FloatArray:
    """Intensities [mean photons] in the middle and at all corners of their tolerance, shape (1 + 2^K, ..., K).

    Parameters
    ----------
    intensities : array_like, shape (..., K)
        Nominal mean photon numbers [1]. One of 0 has no tolerance.
    spread : float
        Largest relative deviation [1], in [0, 1).

    Raises
    ------
    DomainError
        If the spread lies outside [0, 1).
    """
    within("spread", spread, 0.0, 1.0, ends="[)")
    nominal = np.asarray(intensities, dtype=float)
    count = nominal.shape[-1]
    signs = np.array([(0.0,) * count, *product((-1.0, 1.0), repeat=count)])
    return nominal * (1.0 + spread * signs.reshape(-1, *(1,) * (nominal.ndim - 1), count))


def worst_corner(evaluate: Callable[[Blocks], Terms], blocks: Blocks, *, spread: float) -> Terms:
    """What a proof finds at the corner of the intensities' tolerance that gives the shortest key.

    Parameters
    ----------
    evaluate : callable
        A proof on blocks of any leading shape.
    blocks : Blocks
        Counts with the nominal intensities, arrays of shape (..., K).
    spread : float
        Largest relative deviation of an intensity [1], in [0, 1).

    Returns
    -------
    Terms
        Arrays of shape (...); every bound is that of the worst corner. Where a corner breaks the order of the
        intensities that decoys need, mu1 > mu2 + mu3 and mu2 > mu3, the block is given no key: ``real`` lies by more
        than its clicks below 0.

    Raises
    ------
    DomainError
        If the spread lies outside [0, 1).

    Notes
    -----
    Own, conservative evaluation: the probabilities of photon numbers are those of the corner, the counts are those
    seen. For a spread that changes from pulse to pulse inside the block a proof of its own is needed.
    """
    corners = spread_corners(intensities=blocks.intensities, spread=spread)
    ordered = corners[..., 0] > np.sum(corners[..., 1:], axis=-1)
    if corners.shape[-1] > 2:
        ordered &= corners[..., 1] > corners[..., 2]
    moved = np.where(ordered[..., None], corners, corners[0])
    rest = {
        field.name: np.broadcast_to(getattr(blocks, field.name), corners.shape)
        for field in fields(Blocks)
        if field.name != "intensities"
    }
    found = evaluate(Blocks(intensities=moved, **rest))
    hopeless = np.minimum(found.real, 0.0) - np.sum(blocks.key_clicks, axis=-1) - 1.0
    real = np.where(ordered, found.real, hopeless)
    pick = np.argmin(real, axis=0)[None]
    values = {field.name: getattr(found, field.name) for field in fields(Terms)} | {"real": real}
    return Terms(
        **{
            name: np.take_along_axis(np.broadcast_to(value, real.shape), pick, axis=0)[0]
            for name, value in values.items()
        }
    )


def refuse_overlap(counts: Counts, *, settings: KeySettings) -> None:
    """Raise DomainError if a corner of the intensities [mean photons] breaks mu1 > mu2 + mu3 or mu2 > mu3.

    Only where ``Options.intensity_spread_corners`` asks for corners.
    """
    if not settings.options.intensity_spread_corners:
        return
    spread, mu = settings.intensity_spread, counts.intensities
    for k, others in enumerate((mu[1:], mu[2:])):
        weakest, strongest = mu[k] * (1.0 - spread), sum(others) * (1.0 + spread)
        if weakest <= strongest:
            raise DomainError(
                f"intensity_spread is {spread:g}: intensity {k + 1} may fall to {weakest:g}, must exceed the weaker "
                f"ones together, up to {strongest:g} (mean photons)"
            )


def coin_imbalance(*, basis_fidelity: float, single_yield: ArrayLike) -> FloatArray:
    """Imbalance of the quantum coin among the single photons that clicked [1], in [0, 1/2], shape (...).

    Parameters
    ----------
    basis_fidelity : float
        Fidelity F = tr |sqrt(rho) sqrt(rho')| of the states of the two bases, averaged over the bit [1], in (0, 1].
    single_yield : array_like, shape (...)
        Share of the single photons sent that clicked, bases matched [1], >= 0.

    Raises
    ------
    DomainError
        If the fidelity or the yield lies outside its range.

    Notes
    -----
    (1 - F) / 2 over the yield: an eavesdropper may block those photons that do not betray their basis. Source:
    Gottesman, Lo, Luetkenhaus, Preskill, QIC 4, 325 (2004); Lo, Preskill, QIC 7, 431 (2007) (recalled).
    """
    within("basis_fidelity", basis_fidelity, 0.0, 1.0, ends="(]")
    within("single_yield", single_yield, 0.0, np.inf, ends="[)")
    sent = 0.5 * (1.0 - basis_fidelity)
    clicked = np.asarray(single_yield, dtype=float)
    return np.where(2.0 * sent >= clicked, 0.5 if sent > 0.0 else 0.0, sent / np.where(clicked > 0.0, clicked, 1.0))


def leaky_phase_error(*, error_rate: ArrayLike, imbalance: ArrayLike) -> FloatArray:
    """Largest phase error [1] that an error rate of the other basis and the imbalance of the coin allow.

    Parameters
    ----------
    error_rate : array_like, shape (...)
        Error rate e of the single photons in the other basis [1], in [0, 1/2].
    imbalance : array_like, shape (...)
        Imbalance D of the coin [1], in [0, 1/2] (see ``coin_imbalance``).

    Returns
    -------
    ndarray, shape (...)
        sin^2(asin sqrt(e) + acos(1 - 2 D)) [1], held at 1/2; the error rate itself where D is 0.

    Raises
    ------
    DomainError
        If an input lies outside its range.

    Notes
    -----
    From 1 - 2 D <= sqrt(e e') + sqrt((1 - e)(1 - e')). Written out, e' = e + 4 D (1 - D)(1 - 2 e) + 4 (1 - 2 D)
    sqrt(D (1 - D) e (1 - e)). For many pulses: no fluctuation of its own. Source: Lo, Preskill, QIC 7, 431 (2007)
    (recalled); the closed form is our own rewriting.
    """
    within("error_rate", error_rate, 0.0, 0.5)
    within("imbalance", imbalance, 0.0, 0.5)
    angle = np.arcsin(np.sqrt(np.asarray(error_rate, dtype=float)))
    turned = angle + np.arccos(1.0 - 2.0 * np.asarray(imbalance, dtype=float))
    return np.where(turned < 0.25 * np.pi, np.sin(np.minimum(turned, 0.25 * np.pi)) ** 2, 0.5)


def flaw_assumptions(settings: KeySettings, *, covered: Collection[str]) -> tuple[str, ...]:
    """One line for every flaw that a proof does not cover; ``covered`` names those of ``FLAWS`` that it does.

    Raises
    ------
    DomainError
        If ``covered`` holds a name that is not in ``FLAWS``.
    """
    unknown = sorted(set(covered) - set(FLAWS))
    if unknown:
        raise DomainError(f"covered holds {', '.join(unknown)}; must be among {', '.join(FLAWS)}")
    fidelity = settings.basis_fidelity
    deltas = [delta for delta in (settings.mismatch_delta1, settings.mismatch_delta2) if delta is not None]
    lines = {
        "intensity_spread": "not covered: a spread of the intensities"
        + (_CORNERS_SEEN if settings.options.intensity_spread_corners else ""),
        "basis_leakage": "not covered: states that betray their basis"
        + (f", though a basis_fidelity of {fidelity:.12g} is stated" if fidelity is not None else ""),
        "detector_mismatch": "not covered: detectors that are unlike"
        + (", though mismatch deltas are stated" if any(deltas) else ""),
        "afterpulsing": "not covered: clicks that depend on earlier clicks (afterpulsing, dead time)",
    }
    return tuple(line for name, line in lines.items() if name not in covered)
