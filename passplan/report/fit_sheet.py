"""A fit to a measured pass as text for a terminal, as a document, and as a table of its rows."""

from dataclasses import asdict
from typing import Any

import numpy as np

from passplan.checks import FloatArray
from passplan.mission.fit import Fit, Fitted
from passplan.mission.fit_advice import VISIBILITY, Advice, advice, limits_text
from passplan.mission.result import PassResult
from passplan.mission.summary import heading
from passplan.report.console import table_text
from passplan.units import add_seconds, format_utc

_WORST = 5  # rows told of
_METHOD = "Wald; in the logarithm for visibility and background"


def fit_text(fit: Fit, *, pass_id: str) -> str:
    """Parameters with their intervals, how well the model fits, the worst rows, and what the data cannot separate."""
    headings = ("parameter", "unit", "start", "fitted", "68 %", "95 %", "note")
    table = table_text(headings, map(_cells, fit.parameters))
    worst = table_text(
        ("worst rows, UTC", "measured bit", "model bit", "residual dB", "sigma"),
        (
            (
                row["time_utc"],
                f"{row['measured']:.0f}",
                f"{row['model']:.0f}",
                _signed(row["db"]),
                _signed(row["sigma"]),
            )
            for row in _worst(fit)
        ),
        numbers=4,
    )
    return "\n".join((f"{pass_id}: {_first_line(fit)}", table, *_quality(fit), "", worst + _separation(fit)))


def fit_document(fit: Fit, result: PassResult) -> dict[str, Any]:
    """Document of a fit, ready for JSON; null where a number does not apply."""
    told = advice(fit, result)
    return {
        **heading(result),
        "measured": {
            "file": fit.measured.source,
            "rows": int(fit.used.size),
            "rows_used": int(fit.used.sum()),
            "has_errors": fit.measured.errors is not None,
            "has_blanked_counts": fit.measured.background_cps is not None,
            "gaps": list(fit.measured.gaps),
        },
        "parameters": {item.name: _parameter(item) for item in fit.parameters},
        "correlation": {"names": list(fit.names), "matrix": fit.correlation.tolist()},
        "inseparable": list(fit.inseparable),
        "quality": {
            "chi_square": fit.chi_square,
            "degrees": fit.degrees,
            "extra_fading": fit.extra_fading,
            "reduced_chi_square_with_extra": fit.reduced,
            "autocorrelation": fit.autocorrelation,
            "variance_stretch": fit.stretch,
            "residual_rms_db": _rms(fit.residual_db),
            "residual_rms_relative": _rms(relative(fit)),
            "loss_residual_rms_db": _loss_rms_db(fit),
        },
        "worst": _worst(fit),
        "interval_method": _METHOD,
        "at_limits": [item.name for item in fit.at_limits],
        "catalogue_values": [asdict(change) for change in told.changes],
        "not_in_catalogue": list(told.left_out),
    }


def fit_columns(fit: Fit) -> dict[str, Any]:
    """Columns of the rows that were used: data, model and residual of each."""
    used, measured, expected = fit.used, fit.measured, fit.expected
    columns: dict[str, Any] = {
        "time_utc": np.array(_times(fit)),
        "interval_s": measured.interval_s[used],
        "sifted_bits": measured.sifted_bits[used],
        "sifted_bits_model": expected.sifted,
        "residual_db": fit.residual_db,
        "residual_sigma": fit.residual_sigma,
    }
    if measured.errors is not None and fit.error_sigma is not None:
        columns["errors"] = measured.errors[used]
        columns["errors_model"] = measured.sifted_bits[used] * expected.errors / np.maximum(expected.sifted, 1e-12)
        columns["errors_residual_sigma"] = fit.error_sigma
    if measured.background_cps is not None and fit.background_sigma is not None:
        columns["background_cps"] = measured.background_cps[used]
        columns["background_model_cps"] = expected.background_cps
        columns["background_residual_sigma"] = fit.background_sigma
    if measured.loss_db is not None:
        columns["loss_db"] = measured.loss_db[used]
    return {**columns, "loss_model_db": expected.loss_db}


def relative(fit: Fit) -> FloatArray:
    """Measured sifted bits less the model's, over the model's [1]."""
    return np.asarray(fit.measured.sifted_bits[fit.used] / fit.expected.sifted - 1.0)


def files_text(told: Advice) -> str:
    """One line on what else goes into the files beside the visibility, which the command sets; empty if nothing."""
    parts = []
    for file in ("satellite", "station"):
        keys = [change for change in told.changes if change.file == file and change.key != VISIBILITY]
        if keys:
            parts.append(f"in the {file}'s file: " + ", ".join(f"{each.key} = {each.value:.6g}" for each in keys))
    return f"that command sets the visibility alone; put {'; '.join(parts)}" if parts else ""


def _first_line(fit: Fit) -> str:
    rows = f"{int(fit.used.sum())} of {fit.used.size} rows of {fit.measured.source}"
    left_out = fit.used.size - int(fit.used.sum())
    return f"{rows}" + (f"; in the other {left_out} the simulated tracking is not in lock" if left_out else "")


def _cells(item: Fitted) -> tuple[str, ...]:
    spans = (item.interval_68, item.interval_95)
    shown = ("-" if span is None else f"{span[0]:.4g} to {span[1]:.4g}" for span in spans)
    return item.name, item.unit, f"{item.start:.4g}", f"{item.value:.4g}", *shown, item.note


def _quality(fit: Fit) -> list[str]:
    lines = [
        f"chi-square {fit.chi_square:.1f} for {fit.degrees} degrees of freedom (Poisson, binomial, known fades)",
        f"residual of the sifted bits: rms {_rms(fit.residual_db):.3g} dB, {100.0 * _rms(relative(fit)):.3g} %",
        f"intervals: {_METHOD}",
    ]
    if fit.extra_fading > 0.0:
        lines.append(f"the bits scatter by {100.0 * fit.extra_fading:.2g} % more than that; the weights allow for it")
    if fit.reduced > 1.0 + 1e-3:
        lines.append(f"variances times {fit.reduced:.3g}, the reduced chi-square")
    if fit.stretch > 1.0:
        lines.append(
            f"neighbouring residuals are alike (correlation {fit.autocorrelation:+.2f}): the model misses something "
            f"slow; variances times {fit.stretch:.3g}"
        )
    if (loss_rms_db := _loss_rms_db(fit)) is not None:
        lines.append(f"measured loss, not fitted: rms {loss_rms_db:.3g} dB from the model's")
    return lines


def _separation(fit: Fit) -> str:
    if fit.at_limits:
        return f"AT A LIMIT: {limits_text(fit)}\n" + "".join(f"NOT SEPARATED: {text}\n" for text in fit.inseparable)
    if fit.inseparable:
        return "".join(f"NOT SEPARATED: {text}\n" for text in fit.inseparable)
    return "the data separate all parameters that were fitted\n" if len(fit.names) > 1 else ""


def _parameter(item: Fitted) -> dict[str, Any]:
    return {
        "unit": item.unit,
        "start": item.start,
        "value": item.value,
        "is_fitted": item.interval_68 is not None,
        "interval_68": item.interval_68,
        "interval_95": item.interval_95,
        "sigma_as_fitted": item.sigma,
        "note": item.note or None,
    }


def _times(fit: Fit) -> list[str]:
    measured = fit.measured
    digits = 0 if np.all(measured.time_s == np.round(measured.time_s)) and not measured.epoch_utc.microsecond else 3
    return [format_utc(add_seconds(measured.epoch_utc, second), digits=digits) for second in measured.time_s[fit.used]]


def _worst(fit: Fit) -> list[dict[str, Any]]:
    """Rows that lie furthest from the model, in standard deviations."""
    order = np.argsort(-np.abs(fit.residual_sigma))[:_WORST]
    times, bits = _times(fit), fit.measured.sifted_bits[fit.used]
    return [
        {
            "time_utc": times[place],
            "measured": float(bits[place]),
            "model": float(fit.expected.sifted[place]),
            "db": float(fit.residual_db[place]),
            "sigma": float(fit.residual_sigma[place]),
        }
        for place in order
    ]


def _loss_rms_db(fit: Fit) -> float | None:
    if fit.measured.loss_db is None:
        return None
    return _rms(fit.measured.loss_db[fit.used] - fit.expected.loss_db)


def _rms(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(np.sqrt(np.mean(known**2))) if known.size else 0.0


def _signed(value: float) -> str:
    return f"{value:+.2f}" if np.isfinite(value) else "-"
