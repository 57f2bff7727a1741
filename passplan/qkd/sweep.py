"""Key length against loss, with the source optimised at every point or kept as it is."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from passplan.checks import FloatArray, freeze, within
from passplan.errors import DomainError
from passplan.qkd.gain import Channel, expected_counts, response_of
from passplan.qkd.optimize import optimise_each
from passplan.qkd.optimum import Optimum, Task, guarded_key
from passplan.units import to_transmittance

COLUMNS = (
    "loss_db",
    "secret_bits",
    "secret_bits_real",
    "seed_gap_bits",
    "qber",
    "phase_error_upper",
    "tested_single_photons",
    "intensities",
    "probabilities",
    "alice_key_probability",
    "bob_key_probability",
    "window_s",
    "window_rule",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sweep:
    """Optima of one pass at several losses.

    loss_db : loss at the best second, detectors included [dB], shape (n,), read-only
    dwell_s : length of a second of the window [s]
    optima : best settings and key at each
    """

    loss_db: FloatArray
    dwell_s: float
    optima: tuple[Optimum, ...]

    def rows(self) -> list[dict[str, object]]:
        """One row a loss under ``COLUMNS`` [dB, bit, 1, s]; intensities and probabilities are joined by blanks."""
        return [
            _row(float(loss), self.dwell_s, optimum) for loss, optimum in zip(self.loss_db, self.optima, strict=True)
        ]


def at_loss(channel: Channel, *, loss_db: float) -> Channel:
    """The same pass with its best second at a loss [dB] >= 0, detectors included; all seconds move alike.

    Raises
    ------
    DomainError
        If the loss is negative or nothing ever arrives.
    """
    within("loss_db", loss_db, 0.0, np.inf, ends="[)")
    top = float(channel.transmittance.max())
    if top <= 0.0:
        raise DomainError("Channel.transmittance is 0 in all seconds, must be > 0 in one to be moved to another loss")
    factor = float(to_transmittance(loss_db)) / top
    return replace(channel, transmittance=np.minimum(channel.transmittance * factor, 1.0))


def sweep_loss(channel: Channel, *, loss_db: ArrayLike, task: Task, rng: np.random.Generator) -> Sweep:
    """Optimum at each loss.

    Parameters
    ----------
    channel : Channel
        The pass; its shape in time is kept.
    loss_db : array_like, shape (n,)
        Losses of the best second, detectors included [dB], >= 0.
    task : Task
        What to optimise.
    rng : Generator
        Source of the random numbers.

    Returns
    -------
    Sweep
        In the order of the losses.

    Raises
    ------
    DomainError
        If there is no loss, one is negative, or nothing ever arrives.
    """
    losses = np.array(loss_db, dtype=float)
    if losses.ndim != 1 or not losses.size:
        raise DomainError(f"loss_db has shape {losses.shape}, must be (n,) with at least one loss")
    channels = [at_loss(channel, loss_db=float(loss)) for loss in losses]
    optima = optimise_each(channels, task=task, rng=rng)
    freeze(losses)
    return Sweep(loss_db=losses, dwell_s=channel.dwell_s, optima=tuple(optima))


def fixed_bits(channel: Channel, *, loss_db: ArrayLike, optimum: Optimum, task: Task) -> FloatArray:
    """Key length [bit] at each loss [dB] with the source and window of one optimum, whole bits, shape (n,).

    Raises
    ------
    DomainError
        If a loss is negative or nothing ever arrives.
    """
    bits = []
    for loss in np.asarray(loss_db, dtype=float):
        top = max(1.0, optimum.source.intensities[0])
        response = response_of(at_loss(channel, loss_db=float(loss)), mask=optimum.window.mask, largest_intensity=top)
        key, _ = guarded_key(expected_counts(response, source=optimum.source), task=task)
        bits.append(key.secret_bits)
    return np.array(bits, dtype=float)


def _row(loss_db: float, dwell_s: float, optimum: Optimum) -> dict[str, object]:
    source, basis = optimum.source, optimum.counts.key_basis
    values = (
        loss_db,
        optimum.key.secret_bits,
        optimum.key.secret_bits_real,
        optimum.gap_bits,
        basis.total_errors / basis.total_clicks if basis.total_clicks > 0.0 else None,
        optimum.key.bounds["phase_error_upper"],
        optimum.tested_single_photons,
        " ".join(f"{k:.6g}" for k in source.intensities),
        " ".join(f"{p:.6g}" for p in source.probabilities),
        source.alice_key_probability,
        source.bob_key_probability,
        dwell_s * float(optimum.window.mask.sum()),
        optimum.window.rule,
    )
    return dict(zip(COLUMNS, values, strict=True))
