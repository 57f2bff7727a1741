"""What ``passplan key`` does beyond the key of a pass: every proof, best settings, the key against loss."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passplan.cli.options import Form
from passplan.cli.stage import Part, document_json, exit_code, hand_out, progress_bar, run
from passplan.errors import InputError

if TYPE_CHECKING:
    from passplan.mission.key_study import BestSetting, LossStudy, Study
    from passplan.mission.result import PassResult
    from passplan.qkd.key_record import KeyLength

ALL = "all"
MISSION = "mission"
PART = Part(
    titles=("key window", "detection", "key"),
    keys=("pass", "window", "detection", "key", "proofs", "optimum", "sweep"),
    columns=("clicks", "errors", "sifted", "qber", "background", "in_key"),
    plots=("qber",),
)
_MOST_LOSSES = 1000
_LARGEST_DB = 200.0


class LossRange(click.ParamType):
    """Losses loss=FROM:TO:STEP in dB, both ends included where the steps meet them.

    Another form is wrong usage; numbers outside their limits are bad input, as with every other option.
    """

    name = "loss range"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, ...]:
        """Losses [dB] of a text."""
        quantity, _, span = str(value).partition("=")
        if quantity != "loss":
            self.fail(f"{value!r} is not loss=FROM:TO:STEP in dB, as loss=20:45:0.5", param, ctx)
        try:
            first, last, step = map(float, span.split(":"))
        except ValueError:
            self.fail(f"{value!r} is not loss=FROM:TO:STEP in dB, as loss=20:45:0.5", param, ctx)
        rules = {
            f"FROM is {first:g}, must lie in [0, {_LARGEST_DB:g}] dB": 0.0 <= first <= _LARGEST_DB,
            f"TO is {last:g}, must lie in (FROM, {_LARGEST_DB:g}] dB": last <= _LARGEST_DB and not last <= first,
            f"STEP is {step:g}, must lie in (0, {_LARGEST_DB:g}] dB": 0.0 < step <= _LARGEST_DB,
        }
        broken = [rule for rule, is_kept in rules.items() if not is_kept]
        if broken:
            raise InputError(f"--sweep is {value}, for loss=FROM:TO:STEP: {'; '.join(broken)}")
        losses = (last - first) / step + 1.0
        if losses > _MOST_LOSSES + 1e-9:
            raise InputError(f"--sweep is {value}: {losses:.0f} losses, must be at most {_MOST_LOSSES}")
        steps = losses - 1.0 + 1e-9
        return tuple(first + number * step for number in range(floor(steps) + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """What is asked for beyond the key of the pass.

    what, night : PASS, several of them, or SATELLITE STATION and the night
    proof : id, 'all' or None for the mission's; optimize : search the best setting; window : 'mission' or 'best';
    losses_db : losses of the sweep [dB]
    """

    what: tuple[str, ...]
    night: str | None
    proof: str | None
    optimize: bool
    window: str
    losses_db: tuple[float, ...] | None

    @property
    def searches(self) -> bool:
        """Whether settings are to be searched."""
        return self.optimize or self.losses_db is not None

    @property
    def anything(self) -> bool:
        """Whether anything is asked for."""
        return self.searches or self.proof == ALL

    @property
    def is_block(self) -> bool:
        """Whether several passes are asked for; without a slash words are no passes."""
        return self.night is None and len(self.what) > 1 and all("/" in word for word in self.what)

    def check(self, counts: tuple[Path, ...], form: Form) -> None:
        """Refuse what does not go together, before any work is spent on it."""
        if counts and self.what:
            raise click.UsageError("give a PASS or --counts FILE, not both")
        if counts and self.searches:
            raise click.UsageError("--optimize and --sweep need a PASS: measured counts have the setting they have")
        if self.is_block and self.searches:
            raise click.UsageError("--optimize and --sweep need one PASS: the passes of a block have the same setting")
        if self.window != MISSION and not self.searches:
            raise click.UsageError(f"--window {self.window} is chosen with the settings: add --optimize or --sweep")
        if self.anything and not counts and not self.is_block:
            form.allow(".json", ".csv", ".png", ".svg", ".pdf")
            if form.as_ecsv:
                raise click.UsageError("what proofs and settings give is handed out as --csv, --json or -o FILE")


@dataclass(slots=True, kw_only=True)
class _Answers:
    study: "Study | None" = None
    best: "list[BestSetting]" = field(default_factory=list)
    sweeps: "list[LossStudy]" = field(default_factory=list)

    @property
    def longest_bits(self) -> list[int]:
        """Longest key of each search [bit]."""
        optima = [one.key.secret_bits for one in self.best]
        return optima + [max(found.key.secret_bits for found in study.best.optima) for study in self.sweeps]


def check_proof(proof: str | None) -> None:
    """Refuse a proof that does not exist, before any work is spent on it."""
    if proof is None:
        return
    from passplan.checks import one_of
    from passplan.qkd.key_length import PROOFS

    one_of("--proof", proof, (*PROOFS, ALL))


def no_key(keys: "Mapping[str, KeyLength]", standing: str, form: Form, *, of: str = "") -> int:
    """0, or 1 with a remark when the proof that counts leaves no key."""
    from passplan.mission.key_study import why_no_key

    why = why_no_key(keys, standing=standing)
    if why is None:
        return 0
    form.remark(f"{of}: {why}" if of else why)
    return 1


def studied(asks: Asks, options: dict[str, Any], form: Form) -> int:
    """Simulate the pass, answer what is asked for, hand it out, and return the exit code."""
    from passplan.mission.key_channel import under

    result = run({**options, "proof": None}, form)  # a proof need not suit the mission's source to be searched with
    if asks.proof not in (None, ALL):
        result = under(result, str(asks.proof))
    if not result.mask.any() and asks.window == MISSION:
        if form.is_table or form.is_json:
            hand_out(result, form, PART)
        return exit_code(result, form)
    found = _answers(result, asks, form)
    _hand_out(result, asks, found, form)
    if not asks.searches:
        return no_key(result.keys, result.payload.key.proof, form)
    if any(found.longest_bits):
        return 0
    form.remark("no setting makes a key")
    return 1


def _answers(result: "PassResult", asks: Asks, form: Form) -> _Answers:
    import numpy as np

    from passplan.mission.key_study import optimum, study, sweep
    from passplan.qkd.key_length import PROOFS

    found = _Answers()
    mission = result.payload.key.proof
    names = tuple(PROOFS) if asks.proof == ALL else (asks.proof or mission,)
    if asks.proof == ALL:
        found.study = study(result)
    jobs = len(names) * (asks.optimize + (asks.losses_db is not None))
    with progress_bar("searching the best settings") as progress:
        for name in names:
            if asks.optimize:
                rng = np.random.default_rng(result.seed)  # a new one each: a proof finds the same alone and in company
                found.best.append(optimum(result, name, rng=rng, window=asks.window))
                progress((len(found.best) + len(found.sweeps)) / jobs)
            if asks.losses_db is not None:
                rng = np.random.default_rng(result.seed)
                found.sweeps.append(sweep(result, name, loss_db=asks.losses_db, rng=rng, window=asks.window))
                progress((len(found.best) + len(found.sweeps)) / jobs)
    return found


def _hand_out(result: "PassResult", asks: Asks, found: _Answers, form: Form) -> None:
    from passplan.mission.files import write_file

    if form.is_table:
        hand_out(result, form, PART)
        click.echo(_text(result, asks, found), nl=False)
        return
    if form.output is None:
        click.echo(_json(result, asks, found) if form.as_json else _csv(found), nl=False)
        return
    suffix = form.output.suffix.lower()
    if suffix == ".json":
        write_file(form.output, _json(result, asks, found))
    elif suffix == ".csv":
        write_file(form.output, _csv(found))
    else:
        write_file(form.output, _picture(result, found, suffix[1:]))
    form.remark(f"wrote {form.output}")


def _text(result: "PassResult", asks: Asks, found: _Answers) -> str:
    from passplan.mission.key_channel import own_setting
    from passplan.mission.key_study import marks_of
    from passplan.report.console import keys_text
    from passplan.report.key_sheet import optimum_text, sweep_text

    parts = []
    if found.study is not None:
        marks = marks_of(result.payload.key.proof, "mission's")
        keys = keys_text(found.study.keys, found.study.refused, marks=marks)
        parts.append(f"EVERY PROOF at the mission's setting\n{keys}")
    if found.best:
        parts.append(optimum_text(result, found.best, own=own_setting(result), window=asks.window))
    if found.sweeps:
        parts.append(sweep_text(found.sweeps, window=asks.window))
    return "\n" + "\n".join(part.strip("\n") + "\n" for part in parts)


def _json(result: "PassResult", asks: Asks, found: _Answers) -> str:
    from passplan.mission.summary import summary
    from passplan.report.key_sheet import optimum_document, proofs_document, sweep_document

    document = summary(result)
    if found.study is not None:
        document["proofs"] = proofs_document(found.study)
    if found.best:
        document["optimum"] = optimum_document(result, found.best, window=asks.window)
    if found.sweeps:
        document["sweep"] = sweep_document(found.sweeps, window=asks.window)
    return document_json(document, PART)


def _csv(found: _Answers) -> str:
    """Rows of the sweep, else of the best settings, else of the proofs."""
    from passplan.mission.export import csv_text
    from passplan.report.key_sheet import columns_of, optimum_rows, proofs_rows, sweep_rows

    if found.sweeps:
        return csv_text(columns_of(sweep_rows(found.sweeps)))
    if found.best:
        return csv_text(columns_of(optimum_rows(found.best)))
    return csv_text(columns_of(proofs_rows(found.study))) if found.study is not None else ""


def _picture(result: "PassResult", found: _Answers, form: str) -> bytes:
    """Curves of the sweep, else bars of the proofs with the best settings beside the mission's."""
    from passplan.plots.key import proof_bars
    from passplan.report.drawing import picture
    from passplan.report.key_sheet import sweep_picture

    if found.sweeps:
        return sweep_picture(result, found.sweeps, form)
    return picture(proof_bars(result, best=found.best).figure, form, salt="proofs")
