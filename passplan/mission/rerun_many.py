"""One tracked pass many times over: runs that differ in numbers alone, with what is costly done for many at once."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from passplan.channel.budget import LossBudget
from passplan.checks import FloatArray, freeze
from passplan.detection.rates import Clicks
from passplan.errors import DomainError
from passplan.mission.channel_path import clicks_of
from passplan.mission.link import key_settings
from passplan.mission.rerun import Base, changed_selection, rerun, shifted
from passplan.mission.rerun_light import (
    AHEAD,
    DARK,
    EFFICIENCY,
    Columns,
    background_of_runs,
    distinct_sets,
    groups,
    loss_of_runs,
    pieces,
    term_db,
)
from passplan.polarization.error_rate import combined_error, error_of_contrast
from passplan.qkd.engine import key_lengths, window_counts

_FLIP, _CONTRAST = "source.preparation_error", "polarization.intrinsic_contrast"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Runs:
    """What m runs left, on the n seconds of the key window; read-only.

    loss_db, transmittance : transmitter output to in front of the detectors [dB], [1], shape (m, n)
    background_cps : raw counts of all causes [1/s], shape (m, n)
    sifted, sifted_errors : expected bits of the signal intensity and the wrong ones among them, shape (m, n) [count]
    clicks, errors : sums over the seconds in each basis and intensity, shape (m, 2, K) [count]
    """

    loss_db: FloatArray
    transmittance: FloatArray
    background_cps: FloatArray
    sifted: FloatArray
    sifted_errors: FloatArray
    clicks: FloatArray
    errors: FloatArray

    def __post_init__(self) -> None:
        freeze(*(getattr(self, field.name) for field in fields(self)))


def rerun_many(base: Base, columns: Columns) -> Runs:
    """Run a tracked pass m times.

    Parameters
    ----------
    base : Base
        The tracked pass.
    columns : mapping of str to ndarray, shape (m,)
        Values of each input in every run, by the keys that ``rerun`` takes [unit of the key]; m >= 1.

    Returns
    -------
    Runs
        What ``rerun`` gives one by one, to 1e-9.

    Raises
    ------
    DomainError
        If there is no run, columns differ in length, or a value lies outside what its record or a model allows; the
        values of that run are named.
    """
    sizes = {np.shape(column) for column in columns.values()}
    if len(sizes) != 1 or (0,) in sizes:
        raise DomainError(f"columns have the shapes {sorted(sizes)}, must be one or more of the same length >= 1")
    try:
        ways = {float(ahead_km): shifted(base, float(ahead_km)) for ahead_km in set(columns.get(AHEAD, [0.0]))}
        loss_db, fading = loss_of_runs(base, columns, ways)
        return _counted(base, columns, loss_db, fading, background_of_runs(base, columns, ways))
    except DomainError:
        for index in range(next(iter(columns.values())).size):
            rerun(base, {key: float(column[index]) for key, column in columns.items()}, reuse=False)
        raise


def secret_bits(base: Base, columns: Columns, runs: Runs, *, where: Sequence[int]) -> FloatArray:
    """Key of the expected counts under the mission's proof [bit] of the runs so numbered, shape (len(where),)."""
    keys = [key for key in columns if key.split(".")[0] in ("source", "key") and key != _FLIP]
    distinct = distinct_sets(columns, keys)
    selections = [changed_selection(base.selection, values) for values in distinct.sets]
    found = []
    for index in where:
        selection = selections[distinct.of_run[index]]
        proof, source = selection.payload.key.proof, selection.payload.source
        counts = window_counts(
            clicks=runs.clicks[index][:, :, None],
            errors=runs.errors[index][:, :, None],
            intensities=source.intensities,
            probabilities=source.probabilities,
            mask=np.ones(1, dtype=bool),
        )
        found.append(float(key_lengths(counts, settings=key_settings(selection), proofs=[proof])[proof].secret_bits))
    return np.array(found)


def _counted(
    base: Base,
    columns: Columns,
    loss_db: FloatArray,
    fading: FloatArray,
    background_cps: FloatArray,
) -> Runs:
    """Clicks of every run. Detection efficiency counts as loss, and preparation flips bits as polarization does."""
    flips = _flips(base, columns)
    detectors = base.selection.site.detectors
    alike = detectors.efficiency_mismatch == 1.0 and "detectors.efficiency_mismatch" not in columns
    pulled = (_FLIP, DARK, *((EFFICIENCY,) if alike else ()))
    keys = [key for key in columns if key.split(".")[0] in ("source", "detectors") and key not in pulled]
    if alike and EFFICIENCY in columns:
        efficiency = columns[EFFICIENCY]
        highest = float(efficiency.max()) or 1.0
        dimming_db = term_db(efficiency / highest)
    else:
        highest, dimming_db = detectors.efficiency, np.zeros(len(loss_db))
    standing = {_FLIP: 0.0, **({EFFICIENCY: highest} if alike else {})}
    locked = base.satellite.locked * base.ground.locked
    sums: dict[str, Any] = {name: [None] * len(loss_db) for name in ("sifted", "sifted_errors", "clicks", "errors")}
    for values, runs in groups(columns, keys):
        selection = changed_selection(base.selection, {**values, **standing})
        for piece in pieces(base, runs):
            clicks = clicks_of(
                selection,
                _budget(loss_db[piece] + dimming_db[piece, None], fading[piece]),
                locked=np.tile(locked, piece.size),
                background_cps=background_cps[piece].ravel(),
                error_polarization=np.moveaxis(flips[piece], 1, 0).reshape(2, -1),
            )
            for name, each in _by_run(clicks, piece.size).items():
                for place, run in enumerate(piece):
                    sums[name][run] = each[place]
    loss = _budget(loss_db, fading)
    return Runs(
        loss_db=loss_db,
        transmittance=loss.transmittance.reshape(loss_db.shape),
        background_cps=background_cps,
        **{name: np.stack(each) for name, each in sums.items()},
    )


def _budget(loss_db: FloatArray, fading: FloatArray) -> LossBudget:
    """Loss of joined runs; nothing here asks for the scatter of a second's mean."""
    return LossBudget(
        terms_db={"all": loss_db.ravel()}, transmittance_std=np.zeros(loss_db.size), fading_index=fading.ravel()
    )


def _flips(base: Base, columns: Columns) -> FloatArray:
    """Probability of the wrong port from polarization and preparation together, shape (m, 2, n) [1]."""
    selection = base.selection
    intrinsic = error_of_contrast(columns.get(_CONTRAST, np.array([selection.site.polarization.intrinsic_contrast])))
    preparation = columns.get(_FLIP, np.array([selection.payload.source.preparation_error]))
    own = combined_error(intrinsic, preparation)
    count = next(iter(columns.values())).size
    return combined_error(base.error_of_plates, np.broadcast_to(own, (count,))[:, None, None])


def _by_run(clicks: Clicks, count: int) -> dict[str, FloatArray]:
    """Counts of joined runs, each run by itself along the first axis."""
    shape = (*clicks.clicks.shape[:2], count, -1)
    return {
        "sifted": clicks.sifted.reshape(count, -1),
        "sifted_errors": clicks.sifted_errors.reshape(count, -1),
        "clicks": np.moveaxis(clicks.clicks.reshape(shape).sum(axis=-1), 2, 0),
        "errors": np.moveaxis(clicks.errors.reshape(shape).sum(axis=-1), 2, 0),
    }
