"""What a pass could give: every proof, best settings and the key against loss, as tables, rows and pictures."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from passplan.mission.key_gain import GainRow
from passplan.mission.key_study import WINDOWS, BestSetting, LossStudy, Study
from passplan.mission.measured import sifted
from passplan.mission.result import PassResult
from passplan.mission.tracking_summary import utc_at
from passplan.plots.key import sweep_curves
from passplan.qkd.counts import Counts
from passplan.qkd.engine import KeyWindow
from passplan.qkd.gain import SourceSetting
from passplan.report.console import table_text
from passplan.report.drawing import picture

_LOSS = "of the best second, detectors included; all seconds move alike"


def proofs_document(study: Study) -> dict[str, Any]:
    """Section of every proof by its id: its key, or why it takes no such counts."""
    return {
        **{name: {"suits": True, **key.to_dict()} for name, key in study.keys.items()},
        **{name: {"suits": False, "reason": reason} for name, reason in study.refused.items()},
    }


def proofs_rows(study: Study) -> list[dict[str, Any]]:
    """One row a proof; epsilons are joined by blanks, lengths in bits."""
    rows = [
        {
            "proof": name,
            "secret_bits": key.secret_bits,
            "secret_bits_real": key.secret_bits_real,
            "phase_error_upper": key.bounds["phase_error_upper"],
            "leak_bits": key.leak_bits,
            "error_correction_efficiency": key.error_correction_efficiency,
            "epsilon": " ".join(f"{what}={value:g}" for what, value in key.epsilon.items()),
            "reason": "",
        }
        for name, key in study.keys.items()
    ]
    blank = dict.fromkeys(("secret_bits", "secret_bits_real", "phase_error_upper", "leak_bits"))
    rest = {"error_correction_efficiency": None, "epsilon": ""}
    return rows + [{"proof": name, **blank, **rest, "reason": reason} for name, reason in study.refused.items()]


def counts_text(counts: Counts) -> str:
    """Table of measured clicks and error rates by intensity, with the sifted bits and their error rate below."""
    headings = ("intensity", "probability", "key clicks", "errors", "test clicks", "errors")
    settings = [(f"{mu:g}", f"{p:g}") for mu, p in zip(counts.intensities, counts.probabilities, strict=True)]
    bases = (counts.key_basis, counts.test_basis)
    cells = [
        (*setting, *(cell for basis in bases for cell in _click_cells(basis.clicks[i], basis.errors[i])))
        for i, setting in enumerate(settings)
    ]
    cells.append(
        ("all", "", *(cell for basis in bases for cell in _click_cells(basis.total_clicks, basis.total_errors)))
    )
    bits, qber = sifted(counts)
    told = "-" if qber is None else f"{100.0 * qber:.2f} %"
    table = _trimmed(table_text(headings, cells, numbers=len(headings)))
    return f"{table}sifted bits {bits:,.0f} (signal intensity, both bases), QBER {told}\n"


def optimum_document(result: PassResult, found: Sequence[BestSetting], *, window: str) -> dict[str, Any]:
    """Section of the best settings by proof, with the mission's key beside each and the certificate of the search."""
    return {"window": WINDOWS[window], "by_proof": {one.optimum.proof: _best(result, one) for one in found}}


def optimum_rows(found: Sequence[BestSetting]) -> list[dict[str, Any]]:
    """One row a proof; intensities and probabilities are joined by blanks, lengths in bits, times in s."""
    return [
        {
            "proof": one.optimum.proof,
            "secret_bits": one.key.secret_bits,
            "own_secret_bits": None if one.own_key is None else one.own_key.secret_bits,
            "gain": one.gain,
            "seed_gap_bits": one.optimum.gap_bits,
            "intensities": _joined(one.optimum.source.intensities, 9),
            "probabilities": _joined(one.optimum.source.probabilities, 9),
            "alice_key_probability": one.optimum.source.alice_key_probability,
            "bob_key_probability": one.optimum.source.bob_key_probability,
            "window_s": float(one.optimum.window.mask.sum()),
            "window_rule": one.optimum.window.rule,
        }
        for one in found
    ]


def optimum_text(result: PassResult, found: Sequence[BestSetting], *, own: SourceSetting, window: str) -> str:
    """Tables: the key at the mission's setting and at the best one, and what the best one is."""
    return (
        f"BEST SETTINGS under each proof; window: {WINDOWS[window]}\n"
        f"the mission's: intensities {_joined(own.intensities)}, probabilities {_joined(own.probabilities)}, "
        f"Alice {own.alice_key_probability:g}, Bob {own.bob_key_probability:g}; {result.mask.sum()} s, "
        f"{result.window.rule}\n\n{_trimmed(_keys_table(found))}\n{_trimmed(_settings_table(found))}\n"
        f"{_notes(result, found)}"
    )


def sweep_document(studies: Sequence[LossStudy], *, window: str) -> dict[str, Any]:
    """Section of the key against loss: rows by proof."""
    return {
        "loss": _LOSS,
        "pass_loss_db": studies[0].pass_loss_db if studies else None,
        "window": WINDOWS[window],
        "by_proof": {study.proof: study.rows() for study in studies},
    }


def sweep_rows(studies: Sequence[LossStudy]) -> list[dict[str, Any]]:
    """Rows of all proofs, one below the other."""
    return [row for study in studies for row in study.rows()]


def sweep_text(studies: Sequence[LossStudy], *, window: str) -> str:
    """Table of the key against loss, at the mission's setting and at the best one of each loss."""
    if not studies:
        return ""
    headings = ("proof", "loss dB", "mission's bits", "best bits", "seed gap", "phase error <=", "intensities",
                "probabilities", "Alice", "s")  # fmt: skip
    table = table_text(headings, (_sweep_cells(row) for row in sweep_rows(studies)), numbers=len(headings) - 1)
    about = f"{_LOSS}; this pass has {studies[0].pass_loss_db:.2f} dB"
    return f"KEY AGAINST LOSS {about}\nwindow: {WINDOWS[window]}\n\n{_trimmed(table)}"


def sweep_picture(result: PassResult, studies: Sequence[LossStudy], form: str) -> bytes:
    """Draw the key against loss as a file of a form that matplotlib knows (png, svg, pdf)."""
    practice = result.payload.key
    title = (
        f"Key against loss: epsilon_sec {practice.epsilon_sec:g}, epsilon_cor {practice.epsilon_cor:g}, "
        f"f {practice.error_correction_efficiency:g}\n{result.pass_.pass_id}"
    )
    return picture(sweep_curves(studies, title=title).figure, form, salt="sweep")


def gain_text(rows: Sequence[GainRow], *, basis_split: float, own_split: float) -> str:
    """Table of the gain of a biased splitter and the best settings over the mission's own."""
    here, there = (f"{100.0 * split:g}:{100.0 * (1.0 - split):g}" for split in (own_split, basis_split))
    headings = ("proof", f"mission's, {here}", f"mission's, {there}", f"best, {here}", f"best, {there}", "gain")
    cells = (
        (row.proof, *(f"{bits:,}" for bits in (row.own, row.own_biased, row.best, row.best_biased)), _gain(row.gain))
        for row in rows
    )
    return table_text(headings, cells, numbers=len(headings) - 1)


def columns_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows with the same keys as columns."""
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else {})}


def _best(result: PassResult, one: BestSetting) -> dict[str, Any]:
    found, key = one.optimum, one.key
    return {
        "secret_bits": key.secret_bits,
        "own_secret_bits": None if one.own_key is None else one.own_key.secret_bits,
        "gain": one.gain,
        "source": {
            "intensities": found.source.intensities,
            "probabilities": found.source.probabilities,
            "alice_key_probability": found.source.alice_key_probability,
            "bob_key_probability": found.source.bob_key_probability,
        },
        "window": _window(result, found.window),
        "certificate": {
            "seed_bits": found.seed_bits,
            "seed_gap_bits": found.gap_bits,
            "evaluations": found.evaluations,
            "planned_secret_bits": found.key.secret_bits,
        },
        "tested_single_photons": found.tested_single_photons,
        "least_tested": found.least_tested,
        "counts": {
            name: {"clicks": basis.clicks, "errors": basis.errors}
            for name, basis in (("key_basis", one.counts.key_basis), ("test_basis", one.counts.test_basis))
        },
        "key": key.to_dict(),
    }


def _click_cells(clicks: float, errors: float) -> tuple[str, str]:
    return f"{clicks:,.0f}", f"{100.0 * errors / clicks:.2f} %" if clicks else "-"


def _window(result: PassResult, window: KeyWindow) -> dict[str, Any]:
    inside = result.track.time_s[window.mask]
    return {
        "start_utc": utc_at(result, inside[0]) if inside.size else None,
        "stop_utc": utc_at(result, inside[-1] + 1.0) if inside.size else None,
        "duration_s": float(inside.size),
        "rule": window.rule,
    }


def _keys_table(found: Sequence[BestSetting]) -> str:
    headings = ("proof", "mission's bits", "best bits", "gain", "gap between seeds", "phase error <=")
    return table_text(headings, (_key_cells(one) for one in found), numbers=len(headings) - 1)


def _key_cells(one: BestSetting) -> tuple[str, ...]:
    own = "not its source" if one.own_key is None else f"{one.own_key.secret_bits:,}"
    phase = one.key.bounds["phase_error_upper"]
    shown = "-" if phase is None else f"{100.0 * phase:.2f} %"
    return one.optimum.proof, own, f"{one.key.secret_bits:,}", _gain(one.gain), f"{one.optimum.gap_bits:.2g}", shown


def _settings_table(found: Sequence[BestSetting]) -> str:
    headings = ("proof", "intensities", "probabilities", "Alice", "Bob", "s")
    cells = (
        (
            one.optimum.proof,
            _joined(one.optimum.source.intensities),
            _joined(one.optimum.source.probabilities),
            f"{one.optimum.source.alice_key_probability:.4f}",
            f"{one.optimum.source.bob_key_probability:g}",
            f"{one.optimum.window.mask.sum()}",
        )
        for one in found
    )
    return table_text(headings, cells, numbers=len(headings) - 1)


def _notes(result: PassResult, found: Sequence[BestSetting]) -> str:
    """Window rules that are not the mission's, and settings that make no key and why."""
    lines = []
    for one in found:
        name, window = one.optimum.proof, one.optimum.window
        if window.rule != result.window.rule:
            lines.append(f"{name}: window {_span(result, window)}, {window.rule}")
        if not one.optimum.is_sampled:
            tested, least = one.optimum.tested_single_photons, one.optimum.least_tested
            lines.append(f"{name}: no key, {tested:,.0f} single photons tested, needs {least:g}")
        elif not one.key.secret_bits:
            lines.append(f"{name}: no setting makes a key; the best lacks {-one.key.secret_bits_real:,.0f} bit")
    return "".join(f"{line}\n" for line in lines)


def _span(result: PassResult, window: KeyWindow) -> str:
    span = _window(result, window)
    if span["start_utc"] is None:
        return "empty"
    start, stop = (str(span[name])[11:19] for name in ("start_utc", "stop_utc"))
    return f"{span['duration_s']:.0f} s from {start} to {stop}"


def _sweep_cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    phase, own = row["phase_error_upper"], row["own_secret_bits"]
    bits = (row["proof"], f"{row['loss_db']:.2f}", "-" if own is None else f"{own:,}", f"{row['secret_bits']:,}")
    if not row["secret_bits"]:
        return *bits, *("-",) * 6  # a setting that makes no key is of no use
    return (
        *bits,
        f"{row['seed_gap_bits']:.2g}",
        "-" if phase is None else f"{100.0 * phase:.2f} %",
        _rounded(row["intensities"]),
        _rounded(row["probabilities"]),
        f"{row['alice_key_probability']:.3f}",
        f"{row['window_s']:.0f}",
    )


def _trimmed(table: str) -> str:
    return table.strip("\n") + "\n"


def _gain(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _rounded(numbers: str) -> str:
    return " ".join(f"{float(number):.3g}" for number in numbers.split())


def _joined(values: Iterable[float], digits: int = 4) -> str:
    return " ".join(f"{value:.{digits}g}" for value in values)
