"""One pass of a campaign, simulated in full: what its task depends on, what it leaves, and its command files."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from passplan.errors import PassplanError
from passplan.mission.export import csv_text, per_second
from passplan.mission.files import make_folder, write_file
from passplan.mission.link import simulate_pass
from passplan.mission.outgoing import export_commands, export_passes
from passplan.mission.result import PassResult, RunOptions
from passplan.mission.selection import Selection
from passplan.mission.summary import detection_section, key_section, link_section, warnings_of
from passplan.mission.task_store import Task, fingerprint
from passplan.mission.tracking_summary import tracking_section
from passplan.orbit.conditions import Interval
from passplan.units import format_utc, parse_utc

MOUNT_FILE, PLATE_FILE, SECONDS_FILE = "pointing.mount", "waveplates.hwp", "per_second.csv"
PASS_FILES = (MOUNT_FILE, PLATE_FILE, SECONDS_FILE)
_SEED_BITS = 63
_ONE_SECOND = timedelta(seconds=1)
_TIME = re.compile(r"\s*(\d{4}-\d\d-\d\dT[\d:.]+Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """One contact of a timetable, to be simulated.

    selection : records of satellite and station with the pass and its contact; what the scenario sets is in
        ``options``
    options : of the run
    seed : of its random draws
    created_utc : instant that the command files name, so that the same campaign gives the same bytes
    folder : where the files of the pass go
    """

    selection: Selection
    options: RunOptions
    seed: int
    created_utc: datetime
    folder: Path


def seed_of(campaign_seed: int, pass_id: str) -> int:
    """Seed of a pass: of its own, and the same whatever else is simulated and in which order."""
    digest = hashlib.sha256(f"{campaign_seed}/{pass_id}".encode()).digest()
    return int.from_bytes(digest[:8]) >> (64 - _SEED_BITS)


def task_of(flight: Flight) -> Task:
    """Task of a contact, with all that its outcome depends on."""
    selection, contact = flight.selection, flight.selection.contact
    elements = selection.pass_.elements
    return Task(
        kind="simulate",
        name=selection.pass_.pass_id,
        inputs={
            "passplan_version": version("passplan"),
            "pass_id": selection.pass_.pass_id,
            "norad_id": selection.pass_.norad_id,
            "elements": fingerprint(replace(elements, source="")),
            "contact": None if contact is None else [_exact(contact.start_utc), _exact(contact.end_utc)],
            "seed": flight.seed,
            "created_utc": format_utc(flight.created_utc),
            "visibility_km": flight.options.visibility_km,
            "max_range_km": flight.options.max_range_km,
            "proof": flight.options.proof,
            "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in selection.files},
        },
    )


def fly(flight: Flight) -> dict[str, Any]:
    """Simulate a contact, write its command files and its seconds, and return its outcome as plain JSON values.

    A pass that fails is an outcome too: it says why, and the others go on.

    Raises
    ------
    InputError
        If a file cannot be written, such as on a full disk: that says nothing of the pass.
    """
    try:
        result = simulate_pass(flight.selection, seed=flight.seed, options=flight.options)
        outcome, texts = _outcome(result), _texts(flight, result)
    except PassplanError as error:
        return {"fault": str(error), "files": {}}
    make_folder(flight.folder)
    for name, text in texts.items():
        write_file(flight.folder / name, text)
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    return {"fault": None, **outcome, "files": hashes}


def is_done(outcome: Mapping[str, Any] | None, folder: Path) -> bool:
    """Whether a task has an outcome and all the files that it wrote."""
    if outcome is None:
        return False
    return all(
        (folder / name).is_file() and hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
        for name, digest in outcome["files"].items()
    )


def with_contact(selection: Selection, start: datetime, stop: datetime) -> Selection:
    """Records of a pass of which a part is flown, between two aware instants."""
    return replace(selection, contact=Interval(start_utc=start, end_utc=stop))


def _outcome(result: PassResult) -> dict[str, Any]:
    detection, key = detection_section(result), key_section(result)
    link, tracking = link_section(result), tracking_section(result)
    return {
        "secret_bits": key["secret_bits"],
        "proof": key["proof"],
        "epsilon_sec": key["epsilon_sec"],
        "epsilon_cor": key["epsilon_cor"],
        "sifted_bits": detection["sifted_bits"],
        "qber": detection["qber"],
        "background_cps": detection["background_cps"],
        "window_s": float(result.mask.sum()),
        "loss_min_db": link["loss_db"]["min"],
        "loss_mean_db": link["loss_db"]["mean"],
        "locked_fraction": tracking["locked_fraction"],
        "warnings": warnings_of(result),
    }


def _texts(flight: Flight, result: PassResult) -> dict[str, str]:
    """Command files and seconds of the contact, by name."""
    pass_, created = result.pass_, flight.created_utc
    contact = result.selection.contact or Interval(start_utc=pass_.rise_utc, end_utc=pass_.set_utc)
    return {
        MOUNT_FILE: rows_within(export_passes([pass_], "mount", created_utc=created), contact),
        PLATE_FILE: rows_within(export_commands(result.selection, "hwp", created_utc=created), contact),
        SECONDS_FILE: csv_text(per_second(result)),
    }


def rows_within(text: str, contact: Interval) -> str:
    """Command file of a pass cut to a contact: its remarks, its heading, and the rows that enclose the contact.

    A row begins with its time; the first remark after the pass says what the contact is. The commands are those of the
    whole pass, so that plates and mount take the same way.
    """
    first, last = contact.start_utc - _ONE_SECOND, contact.end_utc + _ONE_SECOND
    told = f"# contact {format_utc(contact.start_utc, digits=3)} to {format_utc(contact.end_utc, digits=3)}"
    lines = text.splitlines()
    times = [_TIME.match(line) for line in lines[1:]]
    rows = [
        line for line, time in zip(lines[1:], times, strict=True) if time is None or first < parse_utc(time[1]) < last
    ]
    return "\n".join([lines[0], told, *rows]) + "\n"


def _exact(when: datetime) -> str:
    return format_utc(when, digits=6)
