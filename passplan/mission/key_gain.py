"""What a receiver with a biased basis and the best settings of the source would have given on the same pass."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from passplan.mission.key_channel import with_splitter
from passplan.mission.key_study import MISSION_WINDOW, BestSetting, optimum
from passplan.mission.result import PassResult

BIASED_SPLIT = 0.9  # of the light to the key basis: receivers of 2021, 10:90
PROOFS_COMPARED = ("decoy3_variable_length", "lim2014", "chernoff", "tupkary_variable_length", "ma2005_sigma")


@dataclass(frozen=True, slots=True, kw_only=True)
class GainRow:
    """Key of one pass under one proof, with two splitters, at the mission's setting and at the best one of each.

    proof : id of the proof
    own, own_biased : key at the mission's setting with the station's splitter and with the biased one [bit]
    best, best_biased : key at the best setting with each [bit]
    setting : the best setting with the biased splitter
    """

    proof: str
    own: int
    own_biased: int
    best: int
    best_biased: int
    setting: BestSetting

    @property
    def gain(self) -> float | None:
        """Biased splitter and best setting over what the mission has [1]; None where that makes no key."""
        return self.best_biased / self.own if self.own else None


def gain_table(
    result: PassResult,
    *,
    rng: np.random.Generator,
    proofs: Iterable[str] = PROOFS_COMPARED,
    basis_split: float = BIASED_SPLIT,
    window: str = MISSION_WINDOW,
) -> list[GainRow]:
    """Gain of a biased splitter and of the best settings over the mission's own, proof by proof.

    Parameters
    ----------
    result : PassResult
        The pass, as the mission flew it.
    rng : Generator
        Source of the random numbers of the searches.
    proofs : iterable of str
        Ids of proofs that suit the mission's source; others count 0 bits at its setting.
    basis_split : float
        Share of the light that the biased splitter sends to the key basis [1], in (0, 1).
    window : str
        As for ``optimum``.

    Returns
    -------
    list of GainRow
        One a proof, in the order asked for [bit].

    Raises
    ------
    UnknownName
        If a proof or the window is not known.
    DomainError
        If the share lies outside its range or no second is in the window.
    """
    biased = with_splitter(result, basis_split)
    rows = []
    for proof in proofs:
        here, there = (optimum(one, proof, rng=rng, window=window) for one in (result, biased))
        own, own_biased = (0 if one.own_key is None else one.own_key.secret_bits for one in (here, there))
        rows.append(
            GainRow(
                proof=proof,
                own=own,
                own_biased=own_biased,
                best=here.key.secret_bits,
                best_biased=there.key.secret_bits,
                setting=there,
            )
        )
    return rows
