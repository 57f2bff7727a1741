"""A campaign of two nights: what it plans is what it simulates, and nothing is done twice or differently."""

import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from passplan.errors import InputError, NoPlan, NothingFound
from passplan.mission.campaign import Shard, drop_other_files, flights_of, simulate_all
from passplan.mission.campaign_former import former_of
from passplan.mission.campaign_plan import plan_campaign
from passplan.mission.campaign_run import run_campaign
from passplan.mission.campaign_task import seed_of, task_of
from passplan.mission.campaign_windows import offer_of
from passplan.mission.export import json_text
from passplan.mission.plan_document import plan_document
from passplan.mission.scenario_files import load_scenario
from passplan.mission.task_store import opened_store
from passplan.schedule.relay_demand import PairKey, Relay
from passplan.units import format_utc, parse_utc

SCENARIO = """
[campaign]
name = "two nights"
satellites = ["micius"]
stations = ["xinglong"]
start = 2016-12-19
end = 2016-12-21
"""


def hashes(folder):
    """Hash of every file below a folder."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".lock"]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def scenario_in(folder, catalog, more="", text=SCENARIO):
    """Scenario of a text, loaded from a file of a folder."""
    path = folder / "scenario.toml"
    path.write_text(text + more)
    return load_scenario(path, catalog)


@pytest.fixture(scope="module")
def loaded(catalog, tmp_path_factory):
    return scenario_in(tmp_path_factory.mktemp("scenario"), catalog)


@pytest.fixture(scope="module")
def campaign(loaded, catalog, tmp_path_factory):
    """The campaign run in one process, with its folder."""
    folder = tmp_path_factory.mktemp("campaign")
    with opened_store(folder) as store:
        return folder, run_campaign(loaded, catalog, store)


def test_what_is_planned_is_simulated(campaign):
    _, result = campaign
    chosen = [row["pass_id"] for row in result.document["passes"] if row["is_chosen"]]
    assert chosen == ["micius/xinglong/20161219T165213Z", "micius/xinglong/20161220T163047Z"]
    assert list(result.outcomes) == chosen
    assert result.is_whole


def test_the_reference_pass_makes_its_key(campaign, reference):
    """The campaign's pass is the one that ``simulate_pass`` runs, with a seed of its own: the same key within 1 %."""
    _, result = campaign
    outcome = result.outcomes["micius/xinglong/20161219T165213Z"]
    bits = reference.keys[outcome["proof"]].secret_bits
    assert outcome["secret_bits"] == pytest.approx(bits, rel=0.01)
    assert result.document["accuracy"]["ratio_of_sums"] == pytest.approx(1.0, abs=0.05)


def test_a_second_run_does_nothing_and_ends_the_same(campaign, loaded, catalog):
    folder, result = campaign
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.json")}
    told = []
    with opened_store(folder) as store:
        again = run_campaign(loaded, catalog, store, progress=lambda done, of: told.append((done, of)))
    assert told == [(2, 2)]
    assert json_text(again.document) == json_text(result.document)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.json")} == before


def test_jobs_and_shards_change_nothing(campaign, loaded, catalog, tmp_path):
    """Two shards in two processes leave the same files as one run through."""
    folder, whole = campaign
    for number in (2, 1):
        with opened_store(tmp_path) as store:
            part = run_campaign(loaded, catalog, store, jobs=2, shard=Shard(number=number, of=2))
        assert part.is_whole == (number == 1)
    assert json_text(part.document) == json_text(whole.document)
    assert hashes(tmp_path) == hashes(folder)


def test_a_file_that_is_gone_is_made_again(campaign, loaded, catalog):
    folder, result = campaign
    before = hashes(folder)
    name = "micius_xinglong_20161219T165213Z"
    (folder / "passes" / name / "waveplates.hwp").unlink()
    with opened_store(folder) as store:
        outcomes = simulate_all(flights_of(result.found, folder), store)
    assert outcomes == result.outcomes
    assert hashes(folder) == before


def test_other_inputs_are_other_tasks(campaign):
    folder, result = campaign
    flight = flights_of(result.found, folder)[0]
    longer = replace(flight, options=replace(flight.options, max_range_km=1100.0))
    assert len({task_of(each).digest for each in (flight, longer, replace(flight, seed=7))}) == 3
    assert task_of(replace(flight, folder=folder / "elsewhere")).digest == task_of(flight).digest


def test_a_seed_belongs_to_its_pass():
    names = ["micius/xinglong/1", "micius/xinglong/2"]
    assert len({seed_of(seed, name) for seed in (1, 2) for name in names}) == 4
    assert all(0 <= seed_of(1, name) < 2**63 for name in names)


def test_a_pass_that_fails_does_not_stop_the_others(campaign, tmp_path, monkeypatch):
    _, result = campaign
    flights = flights_of(result.found, tmp_path)

    def simulate(selection, **more):
        if "20161219" in selection.pass_.pass_id:
            raise InputError("no such table")
        return real(selection, **more)

    import passplan.mission.campaign_task as module

    real = module.simulate_pass
    monkeypatch.setattr(module, "simulate_pass", simulate)
    with opened_store(tmp_path) as store:
        outcomes = simulate_all(flights, store)
    faults = {name: outcome["fault"] for name, outcome in outcomes.items()}
    assert list(faults.values()) == ["no such table", None]


def test_a_standing_plan_is_read_again(campaign, loaded, tmp_path):
    """Re-planned without changes allowed, the plan stays what it was."""
    _, result = campaign
    path = tmp_path / "plan.json"
    path.write_text(json_text(result.document))
    former = former_of(path, loaded, most_changes=0)
    again = plan_campaign(result.found.prospect, former=former)
    assert again.plan.changes == 0
    assert plan_document(again)["passes"] == result.document["passes"]


@pytest.mark.parametrize("text", ["[]", "{", '{"passes": [{"pass_id": 1}]}'])
def test_what_is_no_plan_is_refused(loaded, tmp_path, text):
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"plan.json.*(is no plan of passplan|is not JSON)"):
        former_of(path, loaded)


def test_without_any_pass_the_binding_rule_is_named(catalog, tmp_path, campaign):
    _, result = campaign
    prospect = result.found.prospect
    strict = scenario_in(tmp_path, catalog, "[contact]\nmin_key_bits = 1e9\n")
    offer = offer_of(strict.scenario, strict.stations, prospect.candidates, prospect.profiles)
    with pytest.raises(NothingFound, match=r"none of \d+ passes can be flown.*"):
        plan_campaign(replace(prospect, loaded=strict, offer=offer))
    assert any("must be at least 1e+09 bit" in reason for reason in offer.refused.values())


def test_the_proof_says_of_what_it_is(campaign, catalog, tmp_path):
    """Nothing is trimmed where passes do not overlap; the key of a night is told where its chance counts."""
    _, result = campaign
    section = result.document["objective"]
    assert section["has_trimmed_windows"] is False
    assert section["night_bits"] is None
    chance = scenario_in(tmp_path, catalog, '[objective]\nrisk = "chance"\nnight_bits = 2e5\n')
    aimed = replace(result.found, prospect=replace(result.found.prospect, loaded=chance))
    assert plan_document(aimed)["objective"]["night_bits"] == 2e5
    shorter = replace(result.found.problem.windows[0], stop_s=result.found.problem.windows[0].stop_s - 60.0)
    problem = replace(result.found.problem, windows=(*result.found.problem.windows, shorter))
    trimmed = replace(result.found, problem=problem)
    assert plan_document(trimmed)["objective"]["has_trimmed_windows"] is True


def test_bits_of_relays_are_without_the_rounding_of_the_solver(campaign):
    """101480.99999999999 bit are 101481."""
    _, result = campaign
    relay = Relay(first="a", second="b", spent_bits=101480.99999999999, expected_bits=101480.99999999999)
    pair = PairKey(pair=("a", "b"), wanted_bits=1e6, expected_bits=101480.99999999999, weight=1.0, relays=(relay,))
    found = replace(result.found, plan=replace(result.found.plan, detail=(pair,)))
    (row,) = plan_document(found)["pairs"]
    assert row["expected_bits"] == row["relays"][0]["spent_bits"] == row["relays"][0]["expected_bits"] == 101481.0


def test_some_passes_are_simulated_to_check_the_planned_keys(campaign, catalog, tmp_path):
    """None is wanted and one is to be checked: one of the middle; two wanted, none more."""
    folder, result = campaign
    counts = []
    for number, table in enumerate(
        ('passes = "none"\ncheck = 1', 'passes = "none"\ncheck = 0', "passes = 1\ncheck = 5")
    ):
        (tmp_path / str(number)).mkdir()
        changed = scenario_in(tmp_path / str(number), catalog, f"[simulate]\n{table}\n")
        found = replace(result.found, prospect=replace(result.found.prospect, loaded=changed))
        counts.append(len(flights_of(found, folder)))
    assert counts == [1, 0, 2]


def test_command_files_end_with_their_contact(campaign):
    """The contact stands in the head, and no row lies more than a second outside it."""
    folder, result = campaign
    row = next(row for row in result.document["passes"] if row["is_chosen"])
    for name in ("pointing.mount", "waveplates.hwp"):
        lines = (folder / "passes" / row["pass_id"].replace("/", "_") / name).read_text().splitlines()
        assert lines[1] == f"# contact {row['start_utc']} to {row['stop_utc']}"
        times = [match[1] for line in lines if (match := re.match(r"\s*(\d{4}-[\d:T.-]+Z)", line))]
        assert 270 <= len(times) <= 276
        assert row["start_utc"][:18] == times[1][:18]
        assert row["stop_utc"][:16] == times[-2][:16]


def test_a_full_disk_stops_the_campaign_and_is_no_outcome(campaign, tmp_path, monkeypatch):
    _, result = campaign
    flight = flights_of(result.found, tmp_path)[0]

    def full(path, _text):
        raise InputError(f"{path}: cannot be written: No space left on device")

    monkeypatch.setattr("passplan.mission.campaign_task.write_file", full)
    with opened_store(tmp_path) as store:
        with pytest.raises(InputError, match="No space left on device"):
            simulate_all([flight], store)
        assert store.outcome_of(task_of(flight)) is None


def test_files_of_passes_that_are_not_flown_now_are_taken_away(campaign, tmp_path):
    """And nothing that is not a campaign's own."""
    _, result = campaign
    flight = flights_of(result.found, tmp_path)[0]
    for name, files in {"old": ["pointing.mount"], "mine": ["pointing.mount", "notes.txt"]}.items():
        (tmp_path / "passes" / name).mkdir(parents=True)
        for file in files:
            (tmp_path / "passes" / name / file).write_text("")
    flight.folder.mkdir(parents=True)
    drop_other_files([flight], tmp_path)
    left = sorted(path.relative_to(tmp_path / "passes").as_posix() for path in (tmp_path / "passes").rglob("*"))
    assert left == sorted(["mine", "mine/notes.txt", flight.folder.name])


def shifted(document, seconds):
    """Document of a plan whose passes culminate some seconds later, as other element sets would have it."""
    moved = json.loads(json_text(document))
    for row in moved["passes"]:
        for key in ("start_utc", "stop_utc"):
            if row[key] is not None:
                row[key] = format_utc(parse_utc(row[key]) + timedelta(seconds=seconds), digits=3)
        row["pass_id"] = row["pass_id"][:-3] + "59Z"
    return moved


def former_from(document, loaded, tmp_path, **limits):
    path = tmp_path / "former.json"
    path.write_text(json_text(document))
    return former_of(path, loaded, **limits)


@pytest.mark.parametrize("slew", ["", "slew_deg_s = 2.0"])
def test_frozen_contacts_are_found_again_after_newer_element_sets(campaign, catalog, tmp_path, slew):
    """Ids and times three seconds off: the frozen contact stands under today's id, at the time of then."""
    _, result = campaign
    again = scenario_in(tmp_path, catalog, f"[contact]\n{slew}\n")
    prospect = replace(result.found.prospect, loaded=again)
    until = datetime(2016, 12, 20, tzinfo=UTC)
    former = former_from(shifted(result.document, 3.0), again, tmp_path, frozen_until_utc=until)
    rows = [row for row in plan_document(plan_campaign(prospect, former=former))["passes"] if row["is_chosen"]]
    before = [row for row in result.document["passes"] if row["is_chosen"]]
    assert [row["pass_id"] for row in rows] == [row["pass_id"] for row in before]
    assert parse_utc(rows[0]["start_utc"]) - parse_utc(before[0]["start_utc"]) == timedelta(seconds=3)


def test_what_has_not_begun_keeps_to_new_rules(campaign, catalog, tmp_path):
    """A closure of the second night: the standing contact is dropped there, a frozen one is kept."""
    _, result = campaign
    closed = '[[closed]]\nof = "xinglong"\nstart = 2016-12-20T12:00:00Z\nend = 2016-12-20T20:00:00Z\n'
    again = scenario_in(tmp_path, catalog, closed)
    old = result.found.prospect
    offer = offer_of(again.scenario, again.stations, old.candidates, old.profiles)
    prospect = replace(old, loaded=again, offer=offer)
    flown = {}
    for name, until in {"free": None, "frozen": datetime(2016, 12, 21, tzinfo=UTC)}.items():
        former = former_from(result.document, again, tmp_path, frozen_until_utc=until)
        found = plan_campaign(prospect, former=former)
        flown[name] = [contact.window.contact[-16:] for contact in found.plan.timetable.contacts]
    assert flown == {"free": ["20161219T165213Z"], "frozen": ["20161219T165213Z", "20161220T163047Z"]}


def test_a_frozen_contact_without_a_pass_is_told(campaign, loaded, tmp_path):
    _, result = campaign
    until = datetime(2016, 12, 21, tzinfo=UTC)
    former = former_from(shifted(result.document, 3600.0), loaded, tmp_path, frozen_until_utc=until)
    with pytest.raises(NoPlan, match=r"micius/xinglong/\S+ is frozen, but cannot be flown: no pass"):
        plan_campaign(result.found.prospect, former=former)
