"""From counts per second to key lengths: choose the seconds, add their counts, ask the proofs once.

Counts are added over the window, never keys: a finite key pays its statistics once a block.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from passplan.checks import freeze, same_length, within
from passplan.errors import DomainError
from passplan.qkd.counts import BasisCounts, Counts
from passplan.qkd.key_length import proof_named
from passplan.qkd.key_record import KeyLength
from passplan.qkd.settings import KeySettings

KEY_BASIS, TEST_BASIS = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWindow:
    """Seconds of a pass in which key is made, and the rule that chose them.

    mask : true where key is made, shape (n,), read-only
    rule : the rule in words, with its limit and unit
    """

    mask: NDArray[np.bool_]
    rule: str

    def __post_init__(self) -> None:
        mask = np.array(self.mask)
        if mask.dtype != np.bool_ or mask.ndim != 1:
            raise DomainError(f"KeyWindow.mask is {mask.dtype} of shape {mask.shape}, must be bool of shape (n,)")
        freeze(mask)
        object.__setattr__(self, "mask", mask)


def key_window(*, range_km: ArrayLike, max_range_km: float) -> KeyWindow:
    """Seconds with the satellite no farther than a limit.

    Parameters
    ----------
    range_km : array_like, shape (n,)
        Predicted slant range [km], > 0.
    max_range_km : float
        Largest slant range at which key is made [km], > 0.

    Returns
    -------
    KeyWindow
        Mask of shape (n,) and the rule.

    Raises
    ------
    DomainError
        If a range is not > 0 or is nan.

    Notes
    -----
    The rule uses predicted geometry alone. A window picked after looking at errors would not be covered by the proofs.
    """
    within("range_km", range_km, 0.0, np.inf, ends="()")
    within("max_range_km", max_range_km, 0.0, np.inf, ends="()")
    return KeyWindow(mask=np.asarray(range_km) <= max_range_km, rule=f"predicted range <= {max_range_km:g} km")


def key_window_by_loss(*, loss_db: ArrayLike, max_loss_db: float) -> KeyWindow:
    """Seconds with a predicted loss no larger than a limit.

    Parameters
    ----------
    loss_db : array_like, shape (n,)
        Predicted link loss [dB], >= 0; infinite where nothing arrives.
    max_loss_db : float
        Largest loss at which key is made [dB], >= 0.

    Returns
    -------
    KeyWindow
        Mask of shape (n,) and the rule.

    Raises
    ------
    DomainError
        If a loss is negative or nan.

    Notes
    -----
    The loss must be predicted, or measured on the beacon: never taken from the errors of the key itself.
    """
    within("loss_db", loss_db, 0.0, np.inf)
    within("max_loss_db", max_loss_db, 0.0, np.inf, ends="[)")
    return KeyWindow(mask=np.asarray(loss_db) <= max_loss_db, rule=f"predicted loss <= {max_loss_db:g} dB")


def window_counts(
    *,
    clicks: ArrayLike,
    errors: ArrayLike,
    intensities: Iterable[float],
    probabilities: Iterable[float],
    mask: ArrayLike,
) -> Counts:
    """Counts of all seconds of the window as one block.

    Parameters
    ----------
    clicks, errors : array_like, shape (2, K, n)
        Clicks and errors [counts] of the key basis and the test basis, at each of K intensities (largest first), in
        each of n seconds.
    intensities, probabilities : iterable of float, length K
        Mean photons of a pulse [1] and the share of pulses sent at each [1]; the same in all seconds.
    mask : array_like of bool, shape (n,)
        True in the seconds that make key.

    Returns
    -------
    Counts
        Sums over the window [counts].

    Raises
    ------
    DomainError
        If the shapes do not fit, the mask is not boolean, or the sums are no valid counts.
    """
    n, m, chosen = np.asarray(clicks, dtype=float), np.asarray(errors, dtype=float), np.asarray(mask)
    mu = tuple(float(k) for k in intensities)
    for name, array in (("clicks", n), ("errors", m)):
        if array.ndim != 3 or array.shape[:2] != (2, len(mu)):
            raise DomainError(f"{name} has shape {array.shape}, must be (2, {len(mu)}, n): basis, intensity, second")
    if chosen.dtype != np.bool_:
        raise DomainError(f"mask is of type {chosen.dtype}, must be bool")
    same_length(clicks=n, errors=m, mask=chosen)
    within("clicks", n, 0.0, np.inf, ends="[)")
    within("errors", m, 0.0, np.inf, ends="[)")
    sums = [array[:, :, chosen].sum(axis=2) for array in (n, m)]
    bases = [
        BasisCounts(clicks=tuple(sums[0][basis].tolist()), errors=tuple(sums[1][basis].tolist()))
        for basis in (KEY_BASIS, TEST_BASIS)
    ]
    return Counts(
        intensities=mu,
        probabilities=tuple(float(p) for p in probabilities),
        key_basis=bases[0],
        test_basis=bases[1],
    )


def key_lengths(counts: Counts, *, settings: KeySettings, proofs: Iterable[str]) -> dict[str, KeyLength]:
    """Key lengths [bit] of one block under several proofs, by proof id, in the order asked for.

    Parameters
    ----------
    counts : Counts
        Counts of the whole block.
    settings : KeySettings
        Failure probabilities, error correction, conventions. A measured leak [bit] fits one proof only: proofs differ
        in the clicks they turn into key.
    proofs : iterable of str
        Ids, see ``PROOFS``.

    Raises
    ------
    UnknownName
        If a proof does not exist; nothing is computed then.
    DomainError
        If the counts do not suit a proof.
    """
    asked = {name: proof_named(name) for name in proofs}
    return {name: proof(counts, settings=settings) for name, proof in asked.items()}
