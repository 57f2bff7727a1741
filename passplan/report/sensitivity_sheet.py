"""How sure a pass is and which input drives it: tables for a terminal, a section of its document, and pictures."""

from collections.abc import Sequence
from typing import Any

from passplan.mission.result import PassResult
from passplan.mission.scenario import unit_of
from passplan.mission.spread import Band
from passplan.mission.uncertainty import LOSS, QBER, RANKED, RESULTS, SIFTED, InputEffect, Uncertainty
from passplan.plots.uncertainty import loss_band, qber_band, tornado
from passplan.report.console import table_text
from passplan.report.drawing import picture

_LABELS = {
    LOSS: ("loss, mean of the seconds", "dB"),
    "link.loss_at_min_range_db": ("loss at the least range", "dB"),
    "link.loss_at_max_range_db": ("loss at the greatest range", "dB"),
    SIFTED: ("sifted bits", "bit"),
    QBER: ("QBER", "%"),
    "detection.background_cps": ("background, raw counts", "1/s"),
    "key.secret_bits": ("secret bits", "bit"),
}
_SHORT = {LOSS: "loss dB", QBER: "QBER %", SIFTED: "sifted %"}
_LITTLE = 0.0005  # share that prints as nothing


def sensitivity_text(found: Uncertainty, *, proof: str) -> str:
    """Tables: results with their bands, inputs by their share of the variance, and the same by cause."""
    tables = (_results(found, proof), _inputs(found), _causes(found))
    return "\n\n".join(table.strip("\n") for table in tables) + "\n"


def sensitivity_document(found: Uncertainty) -> dict[str, Any]:
    """The same with all digits, as a section of the document; bands are quantiles by name."""
    return {
        "samples": found.samples,
        "results": {name: {"nominal": found.nominal[name], **found.totals[name].to_dict()} for name in RESULTS},
        "by_cause": {
            cause: {"share": found.cause_share[cause], **{name: each.to_dict() for name, each in bands.items()}}
            for cause, bands in found.by_cause.items()
        },
        "inputs": [
            {
                "file": each.file,
                "key": each.key,
                "value": each.value,
                "spread": each.spread,
                "cause": each.cause,
                "reason": each.reason,
                "minus_one_sigma": each.minus,
                "plus_one_sigma": each.plus,
                "share": each.share,
            }
            for each in found.inputs
        ],
        "per_second": {
            "time_s": found.time_s.tolist(),
            "loss_db": found.loss_db.to_dict(),
            "sifted_bits": found.sifted_bits.to_dict(),
            "qber": found.qber.to_dict(),
        },
    }


def sensitivity_pictures(result: PassResult, found: Uncertainty) -> dict[str, bytes]:
    """Loss and QBER with their bands, and the ranked inputs, as PNG files by name."""
    drawn = {"loss_band": loss_band(result, found), "qber_band": qber_band(result, found), "tornado": tornado(found)}
    return {name: picture(ax.figure, "png", salt=name) for name, ax in drawn.items()}


def _results(found: Uncertainty, proof: str) -> str:
    rows = []
    for name in RESULTS:
        label, unit = _LABELS[name]
        each = found.totals[name]
        values = (found.nominal[name], each.p50, each.p16, each.p84, each.p2_5, each.p97_5)
        rows.append((label, unit, *(_shown(name, value) for value in values)))
    headings = ("result", "unit", "nominal", "median", "68 % from", "to", "95 % from", "to")
    title = f"{found.samples} samples over the key window; secret bits under {proof}, of expected counts"
    return table_text(headings, rows, title=title, numbers=6)


def _inputs(found: Uncertainty) -> str:
    rows: list[Sequence[str]] = []
    for each in found.inputs:
        effects = [_effect(each, name, found.nominal[name]) for name in RANKED]
        shares = [_percent(each.share[name]) for name in RANKED]
        value = f"{each.value:.4g} {unit_of(each.key) or ''}".replace(" / ", "/")
        rows.append((each.key, each.cause, value, each.spread,
                     *(cell for pair in zip(effects, shares, strict=True) for cell in pair)))  # fmt: skip
    columns = [cell for name in RANKED for cell in (_SHORT[name], "share")]
    title = "each input 1 sigma below / above its value, and its share of the variance (x/: is times or divided by)"
    return table_text(("input", "cause", "value", "spread", *columns), rows, title=title, numbers=6)


def _causes(found: Uncertainty) -> str:
    order = sorted(found.by_cause, key=lambda cause: -max(found.cause_share[cause].values()))
    rows: list[Sequence[str]] = []
    for cause in order:
        bands, shares = found.by_cause[cause], found.cause_share[cause]
        rows.append((cause, *(cell for name in RANKED for cell in (_ends(name, bands[name]), _percent(shares[name])))))
    rest = {name: 1.0 - sum(share[name] for share in found.cause_share.values()) for name in RANKED}
    rows.append(("several at once, sampling", *(cell for name in RANKED for cell in ("", _percent(rest[name])))))
    columns = [cell for name in RANKED for cell in (f"{_LABELS[name][0].split(',')[0]} {_LABELS[name][1]}", "share")]
    return table_text(("cause alone, 95 %", *columns), rows, numbers=6)


def _effect(each: InputEffect, name: str, nominal: float) -> str:
    """Both changes: in dB, in percentage points, in percent of the sifted bits."""
    scale = {LOSS: 1.0, QBER: 100.0}.get(name, 100.0 / nominal if nominal else 0.0)
    digits = {SIFTED: 1}.get(name, 2)
    changes = [scale * change for change in (each.minus[name], each.plus[name])]
    if max(map(abs, changes)) < 0.5 * 10.0**-digits:
        return ""
    return " / ".join(f"{change:+z.{digits}f}" for change in changes)


def _ends(name: str, each: Band) -> str:
    return f"{_shown(name, each.p2_5)} .. {_shown(name, each.p97_5)}"


def _shown(name: str, value: float) -> str:
    if name == QBER:
        return f"{100.0 * value:.2f}"
    return f"{value:,.0f}" if name in (SIFTED, "key.secret_bits", "detection.background_cps") else f"{value:.2f}"


def _percent(share: float) -> str:
    return f"{100.0 * share:.1f} %" if abs(share) >= _LITTLE else ""
