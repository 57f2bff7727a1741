"""Design of one tracking loop: margins against their goals, what it leaves, budget, poles, curves, tuned gains."""

import hashlib
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from math import inf, isfinite, pi
from typing import Any

import numpy as np

from passplan.apt.design import closed_loop_poles, complementary, open_loop, sensitivity
from passplan.apt.error_budget import Alignment, ErrorBudget, error_budget
from passplan.apt.margins import Margins, SlowestPole, check_stable, margins, slowest_pole
from passplan.apt.rejection import left_share, residual_psd, residual_rms_urad, spectrum_variance
from passplan.apt.spectrum import Line, lines_of, lines_psd
from passplan.apt.stage_loop import StageName, stage_loop
from passplan.apt.terminal_design import stroke_needed_urad, terminal_budget, unfollowed_drift
from passplan.apt.tuning import loop_with, tuned
from passplan.checks import FloatArray, within
from passplan.mission.loop_file import LoopCase
from passplan.units import to_deg, to_loss_db

SCHEMA_VERSION = 1

LEAST_PHASE_MARGIN_DEG = 45.0
LEAST_GAIN_MARGIN_DB = 6.0
LARGEST_MS = 2.0
LEAST_DELAY_MARGIN_FRAMES = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One number against what it must be; is_met is what a reader looks at first."""

    name: str
    value: float
    must_be: str
    unit: str
    is_met: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoopDesign:
    """Design of one stable loop.

    before_urad, residual_urad : rms of what the loop follows and of what it leaves, one axis [urad]
    poles : of the closed loop in z, largest first
    budget : of the whole terminal for a fine stage, else of the loop
    """

    case: LoopCase
    margins: Margins
    slowest: SlowestPole
    poles: tuple[complex, ...]
    before_urad: float
    residual_urad: float
    budget: ErrorBudget
    goals: tuple[Goal, ...]

    @property
    def is_met(self) -> bool:
        """Whether all goals are met."""
        return all(goal.is_met for goal in self.goals)


def designed(case: LoopCase) -> LoopDesign:
    """Design of a case; raises DomainError when its loop is unstable, with the pole and the gain that would do."""
    check_stable(case.loop, name=case.name)
    if case.terminal is not None:
        other: StageName = "coarse" if case.stage == "fine" else "fine"
        check_stable(stage_loop(case.terminal, other), name=f"the {other} loop")
    found = margins(case.loop)
    budget = _budget(case)
    return LoopDesign(
        case=case,
        margins=found,
        slowest=slowest_pole(case.loop),
        poles=tuple(map(complex, closed_loop_poles(case.loop))),
        before_urad=float(np.sqrt(spectrum_variance(case.psd, np.ones_like, rate_hz=case.loop.rate_hz))),
        residual_urad=residual_rms_urad(case.loop, case.psd, noise_urad=case.noise_urad),
        budget=budget,
        goals=(*margin_goals(found), *_stroke_goal(case, budget)),
    )


def tuned_case(case: LoopCase, *, largest_ms: float = LARGEST_MS) -> LoopCase:
    """Return the case with the gains of its law tuned; raises NothingFound when none keeps Ms."""
    law = tuned(case.law, case.loop, case.psd, noise_urad=case.noise_urad, most_ms=largest_ms).law
    terminal = case.terminal
    if terminal is not None:
        part = replace(getattr(terminal, case.stage), law=law)
        terminal = replace(terminal, **{case.stage: part})
    return replace(case, law=law, loop=loop_with(law, case.loop), terminal=terminal, name=f"{case.name}, tuned")


def curves(case: LoopCase, *, points: int = 1500) -> dict[str, FloatArray]:
    """Columns against frequency, up to half the frame rate, shape (points,); phases in degrees, densities urad^2/Hz."""
    within("points", points, 10, 1e6)
    frequency_hz = np.geomspace(1e-5 * case.loop.rate_hz, 0.5 * case.loop.rate_hz, points)
    loop_response = open_loop(case.loop, frequency_hz)
    lines = [line for line in lines_of(case.psd) if line.rms_urad > 0.0]
    kept = [
        Line(
            frequency_hz=line.frequency_hz,
            rms_urad=line.rms_urad * float(np.sqrt(left_share(case.loop, line.frequency_hz))),
        )
        for line in lines
    ]
    after = residual_psd(case.loop, case.psd, frequency_hz, noise_urad=case.noise_urad)
    return {
        "frequency_hz": frequency_hz,
        "open_loop_real": loop_response.real,
        "open_loop_imag": loop_response.imag,
        "open_loop_gain": np.abs(loop_response),
        "open_loop_phase_deg": to_deg(np.unwrap(np.angle(loop_response))),
        "sensitivity": np.abs(sensitivity(case.loop, frequency_hz)),
        "complementary": np.abs(complementary(case.loop, frequency_hz)),
        "psd_before_urad2_hz": case.psd(frequency_hz) + lines_psd(lines, frequency_hz=frequency_hz),
        "psd_after_urad2_hz": after + lines_psd(kept, frequency_hz=frequency_hz),
    }


def gain_margin_db(found: Margins) -> float:
    """Gain margin [dB] of amplitude; inf if none."""
    return float(to_loss_db(found.gain_margin**-2.0)) if found.gain_margin < inf else inf


def pole_frequency_hz(pole: complex, *, rate_hz: float) -> float:
    """Frequency at which a pole in z rings [Hz]."""
    return abs(float(np.angle(pole))) / (2.0 * pi) * rate_hz


def design_document(design: LoopDesign) -> dict[str, Any]:
    """Document of a design, ready for JSON; units in the names."""
    case, loop = design.case, design.case.loop
    bias, jitter, total = design.budget.bias_urad, design.budget.jitter_urad, design.budget.total_urad
    return {
        "schema_version": SCHEMA_VERSION,
        "passplan_version": version("passplan"),
        "name": case.name,
        "stage": case.stage,
        "inputs": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in case.files},
        "loop": {
            "rate_hz": loop.rate_hz,
            "exposure_share": loop.exposure_share,
            "delay_s": loop.delay_s,
            "latency_s": loop.latency_s,
            "actuator_hz": loop.actuator_hz,
            "actuator_damping": loop.actuator_damping,
            "reading_noise_urad": case.noise_urad,
        },
        "law": asdict(case.law),
        "goals_met": design.is_met,
        "goals": [asdict(goal) for goal in design.goals],
        "margins": {**asdict(design.margins), "gain_margin_db": gain_margin_db(design.margins)},
        "poles": [
            {
                "real": pole.real,
                "imag": pole.imag,
                "magnitude": abs(pole),
                "frequency_hz": pole_frequency_hz(pole, rate_hz=loop.rate_hz),
            }
            for pole in design.poles
        ],
        "residual": {"before_urad": design.before_urad, "after_urad": design.residual_urad},
        "geometry": asdict(case.geometry),
        "budget": {
            "terms": [asdict(term) for term in design.budget.terms],
            "bias_urad": bias,
            "jitter_urad": jitter,
            "total_urad": total,
            "coarse_rms_urad": design.budget.coarse_rms_urad,
            "coarse_lag_urad": design.budget.coarse_lag_urad,
            "actuator_rms_urad": design.budget.mirror_rms_urad,
        },
    }


def _budget(case: LoopCase) -> ErrorBudget:
    if case.terminal is not None and case.stage == "fine":
        return terminal_budget(case.terminal, psd=case.platform, geometry=case.geometry, electrons=case.electrons)
    drift = (case.drift_urad_s, case.drift_urad_s)
    if case.terminal is not None:
        drift, _ = unfollowed_drift(case.terminal, case.geometry)
    return error_budget(
        fine=case.loop, psd=case.psd, alignment=Alignment(drift_urad_s=drift), fine_noise_urad=case.noise_urad
    )


def margin_goals(found: Margins) -> tuple[Goal, ...]:
    """Phase margin >= 45 deg, gain margin >= 6 dB, Ms <= 2, delay margin over one frame."""
    gain_db = gain_margin_db(found)
    goals = [
        _at_least("phase margin", found.phase_margin_deg, LEAST_PHASE_MARGIN_DEG, "deg"),
        _at_least("gain margin", gain_db, LEAST_GAIN_MARGIN_DB, "dB"),
        Goal(
            name="peak sensitivity Ms",
            value=found.peak_sensitivity,
            must_be=f"<= {LARGEST_MS:g}",
            unit="1",
            is_met=found.peak_sensitivity <= LARGEST_MS,
        ),
        Goal(
            name="delay margin",
            value=found.delay_margin_frames,
            must_be=f"> {LEAST_DELAY_MARGIN_FRAMES:g}",
            unit="frames",
            is_met=found.delay_margin_frames > LEAST_DELAY_MARGIN_FRAMES,
        ),
    ]
    if found.gain_reduction > 0.0:  # a loop that a lower gain makes unstable
        lost_db = float(to_loss_db(found.gain_reduction**2))
        goals.append(_at_least("gain that may be lost", lost_db, LEAST_GAIN_MARGIN_DB, "dB"))
    return tuple(goals)


def _stroke_goal(case: LoopCase, budget: ErrorBudget) -> tuple[Goal, ...]:
    if not isfinite(case.stroke_urad):
        return ()
    needed_urad = stroke_needed_urad(budget, case.geometry)
    goal = Goal(
        name="stroke to either side",
        value=case.stroke_urad,
        must_be=f">= {needed_urad:.4g}",
        unit="urad",
        is_met=case.stroke_urad >= needed_urad,
    )
    return (goal,)


def _at_least(name: str, value: float, least: float, unit: str) -> Goal:
    return Goal(name=name, value=value, must_be=f">= {least:g}", unit=unit, is_met=value >= least)
