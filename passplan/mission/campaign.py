"""A campaign: find, plan and simulate, in a folder that a killed run leaves whole and the next one goes on with."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from passplan.apt.compilation import compile_now
from passplan.mission.campaign_plan import CampaignPlan
from passplan.mission.campaign_scenario import Simulated
from passplan.mission.campaign_task import PASS_FILES, Flight, fly, is_done, seed_of, task_of, with_contact
from passplan.mission.planned_calibration import Calibration, calibration_from
from passplan.mission.planned_pairs import Pair
from passplan.mission.result import RunOptions
from passplan.mission.task_store import Task, TaskStore
from passplan.orbit.processes import spread_over
from passplan.schedule.timetable import Contact
from passplan.units import add_seconds

PASSES_FOLDER = "passes"
Progress = Callable[[int, int], None]
_Work = tuple[TaskStore, Task, Flight]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Part of the passes that one of several machines simulates, counted from 1."""

    number: int = 1
    of: int = 1

    def holds(self, index: int) -> bool:
        """Whether the pass with this index, counted from 0, is its own."""
        return index % self.of == self.number - 1


def flights_of(found: CampaignPlan, folder: Path) -> list[Flight]:
    """Contacts of a plan that the scenario wants simulated, in order of start.

    Of a number the ones of the most key; and if they are fewer than ``simulate.check``, others spread over all keys, so
    that the error of the planned keys is measured.
    """
    prospect = found.prospect
    scenario = prospect.loaded.scenario
    contacts = _wanted(found.plan.timetable.contacts, scenario.simulate)
    pairs = {candidate.pass_.pass_id: pair for pair in prospect.pairs for candidate in pair.candidates}
    return [_flight(found, contact, pairs[contact.window.contact], folder) for contact in contacts]


def simulate_all(
    flights: Sequence[Flight],
    store: TaskStore,
    *,
    jobs: int = 1,
    shard: Shard | None = None,
    progress: Progress = lambda done, of: None,
) -> dict[str, dict[str, Any] | None]:
    """Simulate contacts that have not been simulated yet, and keep the record of each as soon as it is there.

    Parameters
    ----------
    flights : sequence of Flight
        What is to be simulated.
    store : TaskStore
        Where the records stand.
    jobs : int
        Processes, >= 1; the result does not depend on it.
    shard : Shard, optional
        The part that is simulated here; of the rest only what stands in the store is returned.
    progress : callable
        Told how many are done, and of how many.

    Returns
    -------
    dict
        Outcome by id of the pass, None for those that are not done, in the order of the flights.

    Raises
    ------
    InputError
        If a record cannot be written; all records that were are kept.
    """
    part = shard or Shard()
    tasks = [task_of(flight) for flight in flights]
    outcomes = {task.name: _kept(store, task, flight) for task, flight in zip(tasks, flights, strict=True)}
    missing = [index for index, task in enumerate(tasks) if outcomes[task.name] is None and part.holds(index)]
    done = len(tasks) - len(missing)
    progress(done, len(tasks))
    work = [(store, tasks[index], flights[index]) for index in missing]
    for index, outcome in zip(missing, _flown(work, jobs), strict=True):
        outcomes[tasks[index].name] = outcome
        done += 1
        progress(done, len(tasks))
    return outcomes


def drop_other_files(flights: Sequence[Flight], folder: Path) -> None:
    """Take away the files that an earlier plan left of passes which are not flown now: nobody must drive by them.

    Only what a campaign writes is taken; a folder that holds anything else stays.
    """
    current = {flight.folder.name for flight in flights}
    for old in (folder / PASSES_FOLDER).glob("*"):
        if old.is_dir() and old.name not in current:
            for name in PASS_FILES:
                (old / name).unlink(missing_ok=True)
            if not any(old.iterdir()):
                old.rmdir()


def kept_calibrations(
    store: TaskStore, inputs: Mapping[str, Any], make: Callable[[], Mapping[tuple[str, str], Calibration]]
) -> Mapping[tuple[str, str], Calibration]:
    """Calibrations out of the store, or made and kept there."""
    task = Task(kind="calibrate", name="calibrations", inputs=inputs)
    rows = store.outcome_of(task)
    if rows is None:
        made = make()
        store.keep(task, [{"pair": list(pair), "values": one.to_dict()} for pair, one in made.items()])
        rows = store.outcome_of(task)
    return {(row["pair"][0], row["pair"][1]): calibration_from(row["values"]) for row in rows}


def _wanted(contacts: Sequence[Contact], wish: Simulated) -> list[Contact]:
    falling = sorted(contacts, key=lambda each: (-each.window.value, each.window.contact))
    named = {"all": len(contacts), "none": 0}
    count = named[wish.passes] if isinstance(wish.passes, str) else wish.passes
    best, rest = falling[:count], falling[count:]
    more = min(max(wish.check - len(best), 0), len(rest))
    spread = [rest[round((index + 0.5) * len(rest) / more - 0.5)] for index in range(more)]
    places = {contact.place for contact in (*best, *spread)}
    return [contact for contact in contacts if contact.place in places]


def _flight(found: CampaignPlan, contact: Contact, pair: Pair, folder: Path) -> Flight:
    prospect, window = found.prospect, contact.window
    scenario, epoch = prospect.loaded.scenario, prospect.epoch_utc
    (candidate,) = (one for one in pair.candidates if one.pass_.pass_id == window.contact)
    selection = replace(pair.selection, pass_=candidate.pass_)
    return Flight(
        selection=with_contact(selection, add_seconds(epoch, window.start_s), add_seconds(epoch, window.stop_s)),
        options=RunOptions(
            visibility_km=scenario.link.visibility_km,
            max_range_km=scenario.link.max_range_km,
            proof=scenario.key.proof,
        ),
        seed=seed_of(scenario.campaign.seed, window.contact),
        created_utc=epoch,
        folder=folder / PASSES_FOLDER / window.contact.replace("/", "_"),
    )


def _kept(store: TaskStore, task: Task, flight: Flight) -> dict[str, Any] | None:
    outcome: dict[str, Any] | None = store.outcome_of(task)
    return outcome if is_done(outcome, flight.folder) else None


def _flown(work: Sequence[_Work], jobs: int) -> Iterable[dict[str, Any]]:
    """Outcomes in order, each as soon as it and those before it are there."""
    if not work:
        return
    if jobs > 1:
        compile_now()  # once, before the processes are made
    with spread_over(max(min(jobs, len(work)), 1)) as spread:
        yield from spread(_fly_and_keep, work)


def _fly_and_keep(work: _Work) -> dict[str, Any]:
    """Simulate and keep the record where it was made, so that a killed campaign loses nothing that is done."""
    store, task, flight = work
    store.keep(task, fly(flight))
    outcome: dict[str, Any] = store.outcome_of(task)  # as the next run will find it
    return outcome
