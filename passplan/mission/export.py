"""One row a second, and tables as CSV, ECSV and JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from math import isfinite
from typing import Any

import numpy as np

from passplan.checks import FloatArray
from passplan.mission.polarization_summary import BASES, STATES
from passplan.mission.result import PassResult
from passplan.mission.scenario import unit_of
from passplan.mission.summary import heading
from passplan.polarization.compensation import Compensation
from passplan.polarization.error_rate import contrast
from passplan.polarization.receiver import PLATE_NAMES, PolarizationReceiver
from passplan.units import add_seconds, format_utc


def per_second(result: PassResult) -> dict[str, Any]:
    """Columns of the per-second table, in order; the times are texts, all else arrays of shape (n,)."""
    path, clicks, satellite = result.track, result.clicks, result.satellite
    bits = result.sifted_bits
    intensities = [f"{value:g}" for value in result.payload.source.intensities]
    return {
        "time_utc": np.array([format_utc(add_seconds(path.epoch_utc, second)) for second in path.time_s]),
        "azimuth_deg": path.azimuth_deg,
        "elevation_deg": path.elevation_deg,
        "range_km": path.range_km,
        "range_rate_km_s": path.range_rate_km_s,
        "point_ahead_urad": path.point_ahead_urad,
        "rotation_deg": result.polarization.rotation_deg,
        **plate_columns(result.site.polarization, result.polarization.compensation),
        "pointing_x_urad": satellite.bias_x_urad,
        "pointing_y_urad": satellite.bias_y_urad,
        "jitter_urad": np.sqrt(0.5 * (satellite.jitter_x_urad**2 + satellite.jitter_y_urad**2)),
        "locked": satellite.locked * result.ground.locked,
        **{f"loss_{name}_db": values for name, values in result.budget.terms_db.items()},
        "loss_db": result.budget.loss_db,
        "transmittance_std": result.budget.transmittance_std,
        "background_cps": result.background_cps,
        **{f"background_{cause}_cps": values for cause, values in result.background.by_cause_cps.items()},
        **{f"clicks_{name}": clicks.clicks[:, i].sum(axis=0) for i, name in enumerate(intensities)},
        **{f"errors_{name}": clicks.errors[:, i].sum(axis=0) for i, name in enumerate(intensities)},
        "contrast_uncompensated": result.polarization.contrast_uncompensated,
        "contrast_compensated": result.polarization.contrast_compensated,
        "sifted_bits": bits,
        "qber": np.divide(result.sifted_errors, bits, out=np.full_like(bits, np.nan), where=bits > 0.0),
        "in_key_window": result.mask.astype(int),
        **_polarization_columns(result),
    }


def plate_columns(receiver: PolarizationReceiver, compensation: Compensation) -> dict[str, FloatArray]:
    """Angle [deg] of each plate by the name of its column: ``hwp_deg``, and with quarter-wave plates theirs."""
    names = (f"{name}_deg" for name in PLATE_NAMES[receiver.plates])
    return dict(zip(names, compensation.plate_deg, strict=True))


def _polarization_columns(result: PassResult) -> dict[str, Any]:
    polarization = result.polarization
    driven, still = (
        dict(zip(STATES, contrast(errors), strict=True))
        for errors in (polarization.balance.driven, polarization.balance.still)
    )
    return {
        "residual_deg": polarization.compensation.residual_deg,
        "unknown_angle_deg": polarization.unknown_sigma_deg,
        **{f"contrast_{state.lower()}": values for state, values in driven.items()},
        "held_back": polarization.compensation.held_back.astype(int),
        **{f"contrast_uncompensated_{state.lower()}": values for state, values in still.items()},
        **{f"error_{basis}": values for basis, values in zip(BASES, polarization.error, strict=True)},
    }


def csv_text(columns: Mapping[str, Any]) -> str:
    """Columns as CSV with all digits; empty where a number does not apply."""
    rows = [",".join(columns)]
    rows += [",".join(map(_cell, row)) for row in zip(*columns.values(), strict=True)]
    return "\n".join(rows) + "\n"


def ecsv_text(columns: Mapping[str, Any], *, meta: Mapping[str, Any]) -> str:
    """Columns as ECSV: units in the header, and what made the table under ``meta``.

    Written by hand, because importing astropy's tables takes longer than a pass takes to simulate; a test reads it back
    with astropy. The header is YAML, of which JSON is a part. Source: Astropy Proposal for Enhancement 6, ECSV 1.0.
    """
    header = ["%ECSV 1.0", "---", "delimiter: ','", "datatype:"]
    header += [f"- {json.dumps(_ecsv_column(name, values))}" for name, values in columns.items()]
    header += [f"meta: {json.dumps(_plain(meta))}", "schema: astropy-2.0"]
    body = csv_text({name: _ecsv_values(values) for name, values in columns.items()})
    return "".join(f"# {line}\n" for line in header) + body


def json_text(document: Any) -> str:
    """Document as JSON with all digits; a number that is none becomes null."""
    return json.dumps(_plain(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def table_meta(result: PassResult) -> dict[str, Any]:
    """What every table carries beside its columns."""
    run = {"run": asdict(result.options), "proof": result.payload.key.proof, "key_window": result.window.rule}
    return {**heading(result), **run}


def _cell(value: Any) -> str:
    if type(value) is float:  # by far the most
        return repr(value) if isfinite(value) else ""
    if isinstance(value, str):
        special = "," in value or '"' in value or "\n" in value
        return '"' + value.replace('"', '""') + '"' if special else value
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | np.integer):
        return str(int(value))
    return "" if value is None or not np.isfinite(value) else repr(float(value))


def _ecsv_column(name: str, values: Any) -> dict[str, str]:
    kinds = {"U": "string", "O": "string", "b": "bool", "i": "int64", "u": "int64", "f": "float64"}
    kind = kinds[np.asarray(values).dtype.kind]
    unit = unit_of(name) if kind == "float64" else None
    return {"name": name, "datatype": kind} | ({"unit": unit} if unit else {})


def _ecsv_values(values: Any) -> Any:
    array = np.asarray(values)
    return np.where(array, "True", "False") if array.dtype.kind == "b" else array


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):  # a town, a layer of cloud
        return _plain(asdict(value))
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
