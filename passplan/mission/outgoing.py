"""A list of passes to the text of a named format."""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from passplan.checks import one_of
from passplan.errors import DomainError
from passplan.mission.selection import Selection
from passplan.orbit.passes import Pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format in which passes leave.

    writer : module of `passplan.mission.formats` and function, imported when it is called
    suffix : of its files
    holds  : what one file can hold: any passes, passes of one satellite, or one pass
    has_step : it samples the pass, so that a step [s] may be asked for
    """

    writer: tuple[str, str]
    suffix: str
    holds: Literal["passes", "one satellite", "one pass"]
    has_step: bool


FORMATS = {
    "cpf": Format(writer=("cpf", "cpf_text"), suffix=".cpf", holds="one satellite", has_step=True),
    "csv": Format(writer=("pass_table", "pass_csv_text"), suffix=".csv", holds="passes", has_step=False),
    "czml": Format(writer=("czml", "czml_text"), suffix=".czml", holds="passes", has_step=True),
    "ecsv": Format(writer=("pass_table", "pass_ecsv_text"), suffix=".ecsv", holds="passes", has_step=False),
    "ics": Format(writer=("icalendar", "icalendar_text"), suffix=".ics", holds="passes", has_step=False),
    "json": Format(writer=("pass_table", "pass_json_text"), suffix=".json", holds="passes", has_step=False),
    "kml": Format(writer=("kml", "kml_text"), suffix=".kml", holds="passes", has_step=True),
    "mount": Format(writer=("mount_table", "mount_text"), suffix=".mount", holds="one pass", has_step=True),
    "oem": Format(writer=("oem", "oem_text"), suffix=".oem", holds="one satellite", has_step=True),
}

COMMANDS = ("hwp",)  # formats that need the records of satellite and station, not the pass alone


def export_commands(
    selection: Selection, format_name: str, *, created_utc: datetime, step_s: float | None = None
) -> str:
    """Text of a file that drives the station's hardware along a pass.

    Parameters
    ----------
    selection : Selection
        The pass and the records of its satellite and station (`selection.selection_of`).
    format_name : str
        One of `COMMANDS`: hwp, the angles of the wave plates.
    created_utc : datetime
        Aware instant of production, which the file names; the same arguments give the same bytes.
    step_s : float, optional
        [s] between samples; by default 1.

    Raises
    ------
    UnknownName
        If there is no such format.
    DomainError
        If the step is out of range, or a table does not cover the pass.
    ElementsError
        If a propagation fails.
    """
    one_of("format", format_name, COMMANDS)
    from passplan.mission.formats.plate_table import plate_text

    return plate_text(selection, created_utc=created_utc, **({} if step_s is None else {"step_s": step_s}))


def export_passes(
    passes: Sequence[Pass], format_name: str, *, created_utc: datetime, step_s: float | None = None
) -> str:
    """Text of a file that holds passes.

    Parameters
    ----------
    passes : sequence of Pass
        At least one; how many a file can hold says `FORMATS`.
    format_name : str
        A key of `FORMATS`: cpf, csv, czml, ecsv, ics, json, kml, mount or oem.
    created_utc : datetime
        Aware instant of production, which the file names; the same arguments give the same bytes.
    step_s : float, optional
        [s] between samples; by default 1 for mount, 60 for cpf, 10 for the others.

    Returns
    -------
    str
        Lines end as the format wants; write it as UTF-8 without changing them (`files.write_file`).

    Raises
    ------
    UnknownName
        If there is no such format.
    InputError
        If the format cannot hold these passes, or there are none.
    DomainError
        If the step is out of range, or the format has none.
    ElementsError
        If a propagation fails.
    """
    chosen = FORMATS[one_of("format", format_name, FORMATS)]
    if step_s is not None and not chosen.has_step:
        raise DomainError(f"step_s is {step_s:g} s, but {format_name} has no steps: leave it out")
    module, function = chosen.writer
    writer: Callable[..., str] = getattr(importlib.import_module(f"passplan.mission.formats.{module}"), function)
    return writer(passes, created_utc=created_utc, **({} if step_s is None else {"step_s": step_s}))
