"""Loss and background of many runs of one tracked pass, each stage asked once for a set of the inputs that reach it.

The loss of many runs goes through its models in one call, seconds after seconds; what only scales a term, or the light
that the detectors see, acts on the results.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from passplan.apt.residual import TerminalTrack
from passplan.channel.atmosphere import air_transmittance, turbulence_above
from passplan.channel.budget import FLOOR_TRANSMITTANCE
from passplan.channel.coupling import FieldStop
from passplan.channel.field_stop import field_stop_transmittance
from passplan.channel.pointing_loss import PointingError
from passplan.channel.turbulence import seeing_fwhm_urad
from passplan.checks import FloatArray
from passplan.mission.background_path import background_of
from passplan.mission.channel_path import budget_of
from passplan.mission.rerun import TRACKED, Base, changed_selection
from passplan.mission.selection import Selection
from passplan.orbit.track import Track
from passplan.units import to_loss_db

Record = TypeVar("Record")
Columns = Mapping[str, FloatArray]
Values = dict[str, float]
Ways = Mapping[float, tuple[Track, FloatArray]]  # track and apparent elevation by the distance ahead [km]

_JITTER, _BIAS_X, _BIAS_Y, AHEAD = TRACKED
_LOBE, _OPTICS = "transmitter.main_lobe_efficiency", "receiver.optics_efficiency"
EFFICIENCY, _VIEW = "detectors.efficiency", "receiver.field_of_view_urad"
_AIR = ("atmosphere.visibility_km", "atmosphere.aerosol_optical_depth", "atmosphere.aerosol_scale_height_m",
        "atmosphere.aerosol_measured_nm", "atmosphere.angstrom_exponent")  # fmt: skip
TURBULENCE = ("atmosphere.ground_cn2", "atmosphere.high_wind_m_s")
_FILTER, DARK = "receiver.filter_nm", "detectors.dark_cps"
_NO_LOSS = (_FILTER, "receiver.beacon_blocking_db")
_NO_LOSS_HEADS = ("source", "detectors", "sky", "polarization", "key")
_NO_BACKGROUND_HEADS = ("transmitter", "source", "polarization", "pointing", "key")
_OWN_TERMS = ("main_lobe", "extinction", "receiver_optics")
_AT_ONCE = 16_384  # instants in one call: long enough to pay for the call, short enough for the processor's cache


class Distinct(NamedTuple):
    """Different sets of values of some inputs, and for each run which of them it has."""

    sets: list[Values]
    of_run: NDArray[np.intp]


def distinct_sets(columns: Columns, keys: Sequence[str]) -> Distinct:
    """Different sets of values of those of the keys that are there, one empty set when none is."""
    present = [key for key in keys if key in columns]
    if not present:
        return Distinct([{}], np.zeros(next(iter(columns.values())).size, dtype=np.intp))
    table, of_run = np.unique(np.stack([columns[key] for key in present]), axis=1, return_inverse=True)
    return Distinct([dict(zip(present, each, strict=True)) for each in table.T.tolist()], of_run.ravel())


def groups(columns: Columns, keys: Sequence[str]) -> Iterator[tuple[Values, NDArray[np.intp]]]:
    """Distinct sets of values, each with the numbers of the runs that have it."""
    distinct = distinct_sets(columns, keys)
    for index, values in enumerate(distinct.sets):
        yield values, np.flatnonzero(distinct.of_run == index)


def pieces(base: Base, runs: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Runs in parts that are handled in one call."""
    many = max(_AT_ONCE // base.track.time_s.size, 1)
    for start in range(0, runs.size, many):
        yield runs[start : start + many]


def _stage(columns: Columns, keys: Sequence[str], stage: Callable[[Values], FloatArray]) -> FloatArray:
    """Results of a stage for every run, computed once for each distinct set of its inputs."""
    distinct = distinct_sets(columns, keys)
    return np.stack([stage(values) for values in distinct.sets])[distinct.of_run]


def background_of_runs(base: Base, columns: Columns, ways: Ways) -> FloatArray:
    """Counts [1/s] of all causes of every run, shape (m, n)."""
    receiver, detectors = base.selection.site.receiver, base.selection.site.detectors
    powers = {_OPTICS: (receiver.optics_efficiency, 1), EFFICIENCY: (detectors.efficiency, 1)}
    if receiver.beacon_blocking_db is None and receiver.filter_centre_nm is None:  # all light is the sky's
        powers |= {_VIEW: (receiver.field_of_view_urad, 2), _FILTER: (receiver.filter_nm, 1)}
    powers = {key: (usual, power) for key, (usual, power) in powers.items() if key in columns and usual > 0.0}
    pulled = (*powers, DARK, *TURBULENCE)
    keys = [key for key in columns if key.split(".")[0] not in _NO_BACKGROUND_HEADS and key not in pulled]

    def light(values: Values) -> FloatArray:
        path, apparent_deg = ways[values.get(AHEAD, 0.0)]
        background = background_of(changed_selection(base.selection, values), path, base.light, apparent_deg)
        return np.sum([cps for cause, cps in background.by_cause_cps.items() if cause != "dark_counts"], axis=0)

    scale = np.ones((next(iter(columns.values())).size, 1))
    for key, (usual, power) in powers.items():
        scale = scale * (columns[key][:, None] / usual) ** power
    dark_cps = columns.get(DARK, np.full(len(scale), detectors.dark_cps))
    return scale * _stage(columns, keys, light) + detectors.count * dark_cps[:, None]


def _air_db(base: Base, values: Values, ways: Ways) -> FloatArray:
    """Loss in the air [dB], shape (n,)."""
    selection = changed_selection(base.selection, values)
    air = air_transmittance(
        selection.site.atmosphere,
        elevation_deg=ways[values.get(AHEAD, 0.0)][1],
        wavelength_nm=selection.payload.transmitter.wavelength_nm,
        height_m=selection.site.station.height_m,
        table=selection.extinction_table,
    )
    return term_db(air.transmittance)


def loss_of_runs(base: Base, columns: Columns, ways: Ways) -> tuple[FloatArray, FloatArray]:
    """Loss [dB] and fading index [1] of every run, shape (m, n) each."""
    alone = (_LOBE, _OPTICS, *_AIR, *_NO_LOSS)
    keys = [key for key in columns if key.split(".")[0] not in _NO_LOSS_HEADS and key not in alone]
    distinct = distinct_sets(columns, keys)
    own = {key: np.array([values[key] for values in distinct.sets]) for key in distinct.sets[0]}
    own = own or {AHEAD: np.zeros(1)}
    receiver = base.selection.site.receiver
    has_stop = isinstance(receiver.coupling, FieldStop) and receiver.corrects_chromatic_refraction
    in_records = [key for key in own if key not in TRACKED and not (key == _VIEW and has_stop)]
    rest_db = np.empty((len(distinct.sets), base.track.time_s.size))
    fading = np.empty_like(rest_db)
    for values, runs in groups(own, in_records):
        for piece in pieces(base, runs):
            part, selection = (
                {key: column[piece] for key, column in own.items()},
                changed_selection(base.selection, values),
            )
            rest_db[piece], fading[piece] = _joined_losses(base, selection, part, ways, has_stop=has_stop)
    scales_db = sum(
        term_db(columns.get(key, np.array([usual])))
        for key, usual in (
            (_LOBE, base.selection.payload.transmitter.main_lobe_efficiency),
            (_OPTICS, receiver.optics_efficiency),
        )
    )
    of_air = [key for key in columns if key in (*_AIR, AHEAD) or key.startswith("station.")]
    air_db = _stage(columns, of_air, lambda values: _air_db(base, values, ways))
    return rest_db[distinct.of_run] + air_db + np.asarray(scales_db)[:, None], fading[distinct.of_run]


def _joined_losses(
    base: Base, selection: Selection, part: Columns, ways: Ways, *, has_stop: bool
) -> tuple[FloatArray, FloatArray]:
    """Loss without the terms that stand alone [dB] and fading index [1] of runs with one set of records."""
    count, n = next(iter(part.values())).size, base.track.time_s.size
    jitter, bias_x, bias_y, ahead_km = (part.get(key, np.full(count, usual)) for key, usual in TRACKED.items())
    moved = [ways[each] for each in ahead_km.tolist()]
    path = _end_to_end([path for path, _ in moved], n)
    apparent_deg = np.concatenate([each for _, each in moved])
    satellite = _shaken(_end_to_end([base.satellite] * count, n), jitter, bias_x, bias_y)
    ground = _shaken(_end_to_end([base.ground] * count, n), jitter, np.zeros(count), np.zeros(count))
    budget = budget_of(selection, path, apparent_deg, satellite, ground)
    terms_db = {name: loss_db for name, loss_db in budget.terms_db.items() if name not in _OWN_TERMS}
    if has_stop and _VIEW in part:
        terms_db["field_stop"] = _stop_db(selection, ground, apparent_deg, np.repeat(part[_VIEW], n))
    return np.sum(list(terms_db.values()), axis=0).reshape(count, n), budget.fading_index.reshape(count, n)


def _stop_db(
    selection: Selection, ground: TerminalTrack, apparent_deg: FloatArray, field_of_view_urad: FloatArray
) -> FloatArray:
    """Loss of field stops of several widths [dB], on one grid."""
    site = selection.site
    profile = turbulence_above(site.atmosphere, height_m=site.station.height_m, profile=selection.cn2_profile)
    error = PointingError(**{field.name: getattr(ground, field.name) for field in fields(PointingError)})
    seeing_urad = seeing_fwhm_urad(
        profile, elevation_deg=apparent_deg, wavelength_nm=selection.payload.transmitter.wavelength_nm
    )
    return term_db(field_stop_transmittance(error, field_of_view_urad=field_of_view_urad, seeing_fwhm_urad=seeing_urad))


def term_db(share: FloatArray) -> FloatArray:
    """Loss [dB] of a share of the light [1], cut at 300 dB as in a budget; DomainError if it is above 1."""
    return to_loss_db(np.maximum(share, FLOOR_TRANSMITTANCE))


def _end_to_end(records: Sequence[Record], n: int) -> Record:
    """One record with the arrays of all on a grid of n seconds joined; all else is the first's."""
    joined: dict[str, Any] = {}
    for field in fields(records[0]):  # type: ignore[arg-type]
        values = [getattr(record, field.name) for record in records]
        if isinstance(values[0], np.ndarray) and values[0].shape[0] == n:
            joined[field.name] = np.concatenate(values)
    return replace(records[0], **joined)  # type: ignore[type-var]


def _shaken(terminal: TerminalTrack, factor: FloatArray, bias_x: FloatArray, bias_y: FloatArray) -> TerminalTrack:
    """Joined tracking with the jitter of each run times a factor [1] and further biases [urad], shape (runs,)."""
    n = terminal.time_s.size // factor.size
    factor, bias_x, bias_y = (np.repeat(each, n) for each in (factor, bias_x, bias_y))
    return replace(
        terminal,
        jitter_x_urad=factor * terminal.jitter_x_urad,
        jitter_y_urad=factor * terminal.jitter_y_urad,
        bias_x_urad=terminal.bias_x_urad + bias_x,
        bias_y_urad=terminal.bias_y_urad + bias_y,
    )
