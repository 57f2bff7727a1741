"""What a pass could give: its key under every proof, with the best settings of the source, and against loss.

The search plans with expected counts of weak light (`weak_light`); what it finds is then counted by the pass's own
model of clicks, so that a best setting stands beside the mission's own on equal terms.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from passplan.checks import FloatArray, freeze, one_of
from passplan.errors import DomainError
from passplan.mission.key_channel import channel_of, counts_at, own_setting
from passplan.mission.link import key_settings
from passplan.mission.result import PassResult
from passplan.qkd.counts import Counts
from passplan.qkd.engine import KeyWindow
from passplan.qkd.gain import Channel, SourceSetting, expected_counts, response_of
from passplan.qkd.key_length import PROOFS
from passplan.qkd.key_record import KeyLength
from passplan.qkd.optimize import optimise_each
from passplan.qkd.optimum import Optimum, Task, guarded_key
from passplan.qkd.settings import KeySettings
from passplan.qkd.sweep import Sweep, at_loss, sweep_loss
from passplan.units import to_loss_db

MISSION_WINDOW, BEST_WINDOW = "mission", "best"
WINDOWS = MappingProxyType(
    {
        MISSION_WINDOW: "the mission's own rule",
        BEST_WINDOW: "a rule on predicted loss and background, its limit chosen with the settings",
    }
)

KEY_BASIS, BOTH_BASES, BOTH_SIGNALS = "the key basis", "both bases", "the signal intensity in both bases"
TO_COMPARE = ("rusca2018_1decoy", "ma2005_sigma")  # kept beside the others to compare, not to make keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Key lengths of one block under the proofs that take its counts, and why the others do not.

    keys : key length by proof id
    refused : reason by proof id
    """

    keys: dict[str, KeyLength]
    refused: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BestSetting:
    """Best settings of the source for a pass under one proof, beside the mission's own.

    optimum : what the search found, with its certificate; its window is on the pass's grid
    counts : counts at that setting by the pass's own model of clicks [counts]
    key : key length of those counts
    own_key : key length at the mission's own setting and window; None where the proof does not take its source
    """

    optimum: Optimum
    counts: Counts
    key: KeyLength
    own_key: KeyLength | None

    @property
    def gain(self) -> float | None:
        """Key over that of the mission's own setting [1]; None where that makes none."""
        own_bits = 0 if self.own_key is None else self.own_key.secret_bits
        return self.key.secret_bits / own_bits if own_bits else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LossStudy:
    """Key of a pass against its loss under one proof.

    proof : id of the proof
    best : optimum at each loss
    own_bits : key at the mission's own setting [bit], shape (n,), read-only; None where the proof refuses its source
    pass_loss_db : loss of the best second as the pass is [dB]
    """

    proof: str
    best: Sweep
    own_bits: FloatArray | None
    pass_loss_db: float

    def rows(self) -> list[dict[str, object]]:
        """One row a loss: proof, columns of the sweep [dB, bit, 1, s], and the key at the mission's setting [bit]."""
        own = [None] * len(self.best.optima) if self.own_bits is None else [int(bits) for bits in self.own_bits]
        return [
            {"proof": self.proof, **row, "own_secret_bits": bits}
            for row, bits in zip(self.best.rows(), own, strict=True)
        ]


def study(result: PassResult, *, proofs: Iterable[str] = tuple(PROOFS), settings: KeySettings | None = None) -> Study:
    """Key length [bit] of the counts of a pass under several proofs; the mission's practice unless settings are given.

    Raises
    ------
    UnknownName
        If a proof does not exist.
    """
    return study_of(result.counts, proofs=proofs, settings=settings or key_settings(result.selection))


def study_of(counts: Counts, *, proofs: Iterable[str] = tuple(PROOFS), settings: KeySettings) -> Study:
    """Key length [bit] of a block of counts under several proofs, and the reasons of those that refuse it.

    A measured leak [bit] was told for one set of clicks. Asked with proofs that make key of different ones, it is taken
    as that of the key basis, and the other proofs are refused; asked with one kind of proof, as that of its clicks.

    Raises
    ------
    UnknownName
        If a proof does not exist.
    """
    keys: dict[str, KeyLength] = {}
    refused: dict[str, str] = {}
    asked = [one_of("proof", name, PROOFS) for name in proofs]
    is_shared = settings.error_correction_leak_bits is not None and len({key_clicks(name) for name in asked}) > 1
    for name in asked:
        proof = PROOFS[name]
        if is_shared and key_clicks(name) != KEY_BASIS:
            refused[name] = (
                f"error_correction_leak_bits is taken as told for {KEY_BASIS}, {name} makes key of {key_clicks(name)}; "
                "ask for it alone if the leak is that of its clicks"
            )
            continue
        try:
            keys[name] = proof(counts, settings=settings)
        except DomainError as error:
            refused[name] = str(error)
    return Study(keys=keys, refused=refused)


def key_clicks(proof: str) -> str:
    """Which clicks a proof turns into key, in words (all intensities if none is named); a measured leak is of these.

    Raises
    ------
    UnknownName
        If the proof does not exist.
    """
    others = {"lim2014_both_bases": BOTH_BASES, "ma2005_sigma": BOTH_SIGNALS}
    return others.get(one_of("proof", proof, PROOFS), KEY_BASIS)


def why_no_key(keys: Mapping[str, KeyLength], *, standing: str) -> str | None:
    """Why the proof that counts leaves no key, with what it lacks [bit]; None where it leaves one.

    Where that proof refused the counts, any other will do that is there to make keys.
    """
    found = keys.get(standing)
    if found is not None:
        lack_bits = max(1.0, -found.secret_bits_real)
        return None if found.secret_bits else f"no key under {standing}, which lacks {lack_bits:,.0f} bit"
    if any(key.secret_bits for name, key in keys.items() if name not in TO_COMPARE):
        return None
    return f"no key: {standing} refuses these counts, and no other proof that is there to make keys leaves any"


def marks_of(standing: str, role: str) -> dict[str, str]:
    """What tables say beside the names of proofs: the role of the one that counts, and which are there to compare."""
    return {**dict.fromkeys(TO_COMPARE, "to compare"), standing: role}


def optimum(
    result: PassResult,
    proof: str,
    *,
    rng: np.random.Generator,
    window: str = MISSION_WINDOW,
    settings: KeySettings | None = None,
) -> BestSetting:
    """Best intensities, probabilities and bias of the source for a pass; the station's splitter stays.

    Parameters
    ----------
    result : PassResult
        The pass.
    proof : str
        Id of the proof; it need not suit the mission's own source.
    rng : Generator
        Source of the random numbers of the search.
    window : str
        "mission" keeps the mission's key window, "best" chooses it too, by predicted loss and background.
    settings : KeySettings, optional
        Failure probabilities and error correction; by default the mission's practice.

    Returns
    -------
    BestSetting
        The setting, its key [bit], and that of the mission's own setting.

    Raises
    ------
    UnknownName
        If the proof or the window is not known.
    DomainError
        If no second is in the window, or a leak is given as measured.
    """
    task = _task(result, proof, window, settings)
    channel = channel_of(result)
    mask = _seconds(result, window)
    found = optimise_each([_part(channel, mask)], task=task, rng=rng)[0]
    found = replace(found, window=_on_grid(result, found.window, window))
    counts = counts_at(result, found.source, mask=found.window.mask)
    key, _ = guarded_key(counts, task=task)
    own = study(result, proofs=(proof,), settings=task.settings).keys.get(proof)
    return BestSetting(optimum=found, counts=counts, key=key, own_key=own)


def sweep(
    result: PassResult,
    proof: str,
    *,
    loss_db: ArrayLike,
    rng: np.random.Generator,
    window: str = MISSION_WINDOW,
    settings: KeySettings | None = None,
) -> LossStudy:
    """Key of a pass against loss, at the mission's own setting and with the best one at each loss.

    Parameters
    ----------
    loss_db : array_like, shape (n,)
        Losses of the best second, detectors included [dB], >= 0; all seconds move alike.
    result, proof, rng, window, settings
        As for ``optimum``.

    Returns
    -------
    LossStudy
        Keys [bit] at each loss.

    Raises
    ------
    UnknownName
        If the proof or the window is not known.
    DomainError
        If a loss is negative, there is none, nothing ever arrives, or no second is in the window.
    """
    task = _task(result, proof, window, settings)
    channel = channel_of(result)
    best = sweep_loss(_part(channel, _seconds(result, window)), loss_db=loss_db, task=task, rng=rng)
    if window == MISSION_WINDOW:
        best = replace(best, optima=tuple(replace(one, window=_renamed(one.window, result)) for one in best.optima))
    suits = proof in study(result, proofs=(proof,), settings=task.settings).keys
    own_bits = None
    if suits and result.mask.any():
        own_bits = _own_bits(_part(channel, result.mask), own_setting(result), best.loss_db, task)
    pass_loss_db = float(to_loss_db(channel.transmittance.max()))
    return LossStudy(proof=proof, best=best, own_bits=own_bits, pass_loss_db=pass_loss_db)


def _task(result: PassResult, proof: str, window: str, settings: KeySettings | None) -> Task:
    one_of("proof", proof, PROOFS)
    one_of("window", window, WINDOWS)
    return Task(
        proof=proof,
        settings=settings or key_settings(result.selection),
        bob_key_probability=result.site.detectors.basis_split,
        optimise_window=window == BEST_WINDOW,
    )


def _seconds(result: PassResult, window: str) -> NDArray[np.bool_]:
    """Seconds that the search may use."""
    if window == BEST_WINDOW:
        return np.ones(result.mask.size, dtype=bool)
    if not result.mask.any():
        nearest_km = float(result.track.range_km.min())
        raise DomainError(
            f"no second is in the key window ({result.window.rule}), must be at least one to plan settings; "
            f"the smallest range is {nearest_km:.1f} km"
        )
    return result.mask


def _part(channel: Channel, mask: NDArray[np.bool_]) -> Channel:
    return replace(
        channel,
        transmittance=channel.transmittance[mask],
        background=channel.background[:, mask],
        optical_error=channel.optical_error[:, mask],
    )


def _on_grid(result: PassResult, found: KeyWindow, window: str) -> KeyWindow:
    return result.window if window == MISSION_WINDOW else found


def _renamed(found: KeyWindow, result: PassResult) -> KeyWindow:
    """The seconds found, which are all that the mission's rule left, under the name of that rule."""
    return KeyWindow(mask=found.mask, rule=result.window.rule)


def _own_bits(channel: Channel, setting: SourceSetting, losses_db: FloatArray, task: Task) -> FloatArray:
    top = max(1.0, setting.intensities[0])
    bits = []
    for loss_db in losses_db:
        response = response_of(at_loss(channel, loss_db=float(loss_db)), largest_intensity=top)
        key, _ = guarded_key(expected_counts(response, source=setting), task=task)
        bits.append(key.secret_bits)
    found = np.array(bits, dtype=float)
    freeze(found)
    return found
