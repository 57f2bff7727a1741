"""The design of a tracking loop as text for a terminal, and as a picture."""

import io
from collections.abc import Sequence
from contextlib import nullcontext
from math import isfinite
from typing import Any

from passplan.mission.loop_design import LoopDesign, pole_frequency_hz
from passplan.plots.control import loop_sheet
from passplan.report.console import table_text

_DOTS_PER_INCH = 110
_POLES = 4  # that a terminal shows


def design_text(design: LoopDesign) -> str:
    """Goals, figures and budget of a design; the goals first, each OK or NOT."""
    return "\n".join((_heading(design), _goals(design), _figures(design), _budget(design)))


def picture(design: LoopDesign, form: str = "png") -> bytes:
    """Draw the sheet as a file of a form that matplotlib knows (png, svg, pdf); one design gives one file."""
    import matplotlib

    data = io.BytesIO()
    settings: dict[str, dict[str, Any]] = {
        "svg": {"metadata": {"Date": None}},
        "pdf": {"metadata": {"CreationDate": None}},
    }
    with matplotlib.rc_context({"svg.hashsalt": design.case.name}) if form == "svg" else nullcontext():
        loop_sheet(design).savefig(data, format=form, dpi=_DOTS_PER_INCH, **settings.get(form, {}))
    return data.getvalue()


def law_text(law: Any) -> str:
    """A law in one line: its kind, then what it was given."""
    names = [name for name in law.__slots__ if name not in ("kind", "notches", "resonances", "lines")]
    parts = [f"{name} {getattr(law, name):.5g}" for name in names]
    parts += [
        f"{len(value)} {name}" for name in ("notches", "resonances", "lines") if (value := getattr(law, name, ()))
    ]
    return f"{law.kind}: {', '.join(parts)}"


def _heading(design: LoopDesign) -> str:
    case, loop = design.case, design.case.loop
    servo = f", actuator {loop.actuator_hz:g} Hz" if isfinite(loop.actuator_hz) else ""
    verdict = "all goals met" if design.is_met else "GOALS NOT MET"
    return (
        f"{case.name}: {verdict}\n{law_text(case.law)}\n"
        f"{loop.rate_hz:g} Hz, {1e3 * loop.latency_s:.4g} ms from light to correction{servo}, "
        f"reading noise {case.noise_urad:.3g} urad\n"
    )


def _goals(design: LoopDesign) -> str:
    rows = [
        ("OK" if goal.is_met else "NOT", goal.name, f"{goal.value:.4g}", goal.must_be, goal.unit)
        for goal in design.goals
    ]
    return table_text(("", "goal", "is", "must be", "unit"), rows)


def _figures(design: LoopDesign) -> str:
    found, slowest, rate_hz = design.margins, design.slowest, design.case.loop.rate_hz
    rows: list[Sequence[str]] = [
        ("crossover", f"{found.crossover_hz:.4g} Hz"),
        ("phase margin is at", f"{found.phase_margin_hz:.4g} Hz"),
        ("gain margin", f"{found.gain_margin:.4g} at {found.gain_margin_hz:.4g} Hz"),
        ("peak of the sensitivity is at", f"{found.peak_hz:.4g} Hz"),
        ("modulus margin", f"{found.modulus_margin:.4g}"),
        ("delay margin", f"{1e3 * found.delay_margin_s:.4g} ms"),
        ("vibration it follows", f"{design.before_urad:.4g} urad rms, one axis"),
        ("what it leaves, with noise", f"{design.residual_urad:.4g} urad rms, one axis"),
        ("slowest pole", f"|z| {slowest.magnitude:.5g}, {slowest.frequency_hz:.4g} Hz, {1e3 * slowest.time_s:.3g} ms"),
    ]
    shown = [f"|z| {abs(p):.4g}, {pole_frequency_hz(p, rate_hz=rate_hz):.4g} Hz" for p in design.poles if p.imag >= 0.0]
    rows += [("further pole", text) for text in shown[1:_POLES]]
    return table_text(("figure", "value"), rows)


def _budget(design: LoopDesign) -> str:
    budget = design.budget
    rows: list[Sequence[str]] = [
        (term.name, term.kind, f"{term.x_urad:.4f}", f"{term.y_urad:.4f}") for term in budget.terms
    ]
    sums = (
        ("sum of biases", budget.bias_urad),
        ("root of squares", budget.jitter_urad),
        ("total rms", budget.total_urad),
    )
    rows += [(name.upper(), "", f"{x:.4f}", f"{y:.4f}") for name, (x, y) in sums]
    table = table_text(("error budget", "", "x urad", "y urad"), rows, numbers=2)
    if design.case.stage != "fine":
        return table
    (lag_x, lag_y), moment = budget.coarse_lag_urad, design.case.geometry
    return (
        f"{table}the coarse loop leaves {budget.coarse_rms_urad:.4g} urad rms an axis and a lag of "
        f"{lag_x:.3g}, {lag_y:.3g} urad; the line of sight moves at {1e-3 * moment.sight_rate_urad_s:.4g} "
        f"mrad/s, the point-ahead is {moment.point_ahead_urad:g} urad\n"
    )
