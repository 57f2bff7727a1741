"""Flaws of the source that a proof may take as input: a spread of the intensities, a basis that shows in the photons.

``flaw_assumptions`` says in words of every flaw whether a proof covers it, so that no key length hides one.
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
from passplan.qkd.elementwise import Numbers, larger, root, smaller
from passplan.qkd.settings import KeySettings

FLAWS = ("intensity_spread", "basis_leakage", "detector_mismatch", "afterpulsing")
_COVERED = {
    "intensity_spread": "covered: a spread of the intensities, constant over the block, by intensity_spread",
    "basis_leakage": "covered: states that betray their basis, by basis_fidelity (not stated: they do not)",
    "detector_mismatch": "covered: detectors that are unlike, by the mismatch deltas (not stated: they are alike)",
    "afterpulsing": "covered: clicks that depend on earlier clicks (afterpulsing, dead time)",
}
_MAY_BE_LIT = "covered: a vacuum state that is not quite empty, by the mean photons stated of the weakest intensity"
_NEEDS_EMPTY = "not covered: a vacuum state that is not quite empty"
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
    return np.asarray(_imbalance(basis_fidelity, np.asarray(single_yield, dtype=float)))


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
    From 1 - 2 D <= sqrt(e e') + sqrt((1 - e)(1 - e')). Worked out as e' = e + 4 D (1 - D)(1 - 2 e) + 4 (1 - 2 D)
    sqrt(D (1 - D) e (1 - e)), where every term is >= 0, so that a small D keeps its digits; the angles add up to 135
    deg at most, so their sine never falls below 1/2 again. For many pulses: no fluctuation of its own. Source: Lo,
    Preskill, QIC 7, 431 (2007) (recalled); the form with the angles is our own rewriting.
    """
    within("error_rate", error_rate, 0.0, 0.5)
    within("imbalance", imbalance, 0.0, 0.5)
    return np.asarray(_turned(np.asarray(error_rate, dtype=float), np.asarray(imbalance, dtype=float)))


def phase_error_of_leaky_source(*, error_rate: Numbers, single_yield: Numbers, basis_fidelity: float) -> Numbers:
    """``leaky_phase_error`` [1] at the ``coin_imbalance`` of a yield [1]: floats or arrays in range, not checked."""
    return _turned(error_rate, _imbalance(basis_fidelity, single_yield))


def flaw_assumptions(
    settings: KeySettings, *, covered: Collection[str], needs_empty_vacuum: bool = False, takes_corners: bool = True
) -> tuple[str, ...]:
    """One line for every flaw: whether a proof covers it, and as which input; no unit.

    Parameters
    ----------
    settings : KeySettings
        What is stated of the flaws.
    covered : collection of str
        Those of ``FLAWS`` that the proof takes as an input.
    needs_empty_vacuum : bool
        Whether the proof takes the weakest intensity for exactly 0; else a weak one is covered by its own value.
    takes_corners : bool
        Whether the proof evaluates the corners of the spread when ``Options.intensity_spread_corners`` asks for it.

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
        + (_CORNERS_SEEN if takes_corners and settings.options.intensity_spread_corners else ""),
        "basis_leakage": "not covered: states that betray their basis"
        + (f", though a basis_fidelity of {fidelity:.12g} is stated" if fidelity is not None else ""),
        "detector_mismatch": "not covered: detectors that are unlike"
        + (", though mismatch deltas are stated" if any(deltas) else ""),
        "afterpulsing": "not covered: clicks that depend on earlier clicks (afterpulsing, dead time)",
    }
    vacuum = _NEEDS_EMPTY if needs_empty_vacuum else _MAY_BE_LIT
    return (*(_COVERED[name] if name in covered else line for name, line in lines.items()), vacuum)


def _imbalance(fidelity: float, clicked: Numbers) -> Numbers:
    sent = 0.5 * (1.0 - fidelity)
    return sent / larger(clicked, 2.0 * sent) if sent > 0.0 else 0.0 * clicked


def _turned(e: Numbers, d: Numbers) -> Numbers:
    spread = d * (1.0 - d)
    return smaller(e + 4.0 * spread * (1.0 - 2.0 * e) + 4.0 * (1.0 - 2.0 * d) * root(spread * e * (1.0 - e)), 0.5)
