"""Templates say of every key what its default is, and are valid as they stand."""

import dataclasses
import re
import tomllib
from datetime import UTC, datetime
from typing import get_args, get_type_hints

import pytest

from passplan.errors import InputError, UnknownName
from passplan.mission.calendar_rules import PassView, calendar_of
from passplan.mission.campaign_scenario import CampaignScenario
from passplan.mission.scenario_files import load_scenario
from passplan.mission.status import check_file
from passplan.mission.templates import TEMPLATES, template_text, write_template
from passplan.orbit.passes import find_passes
from passplan.orbit.track import track
from passplan.schedule.calendar import left_of
from passplan.schedule.planner import plan
from passplan.schedule.window import Problem, Resource, Window

NOW = datetime(2016, 12, 19, tzinfo=UTC)
HEADER = re.compile(r"(?:# )?\[\[?([a-z_]+)(?:\.(\w+))?\]")
KEY = re.compile(r"(# )?(\w+) =[ ]?(.*?)\s*(?:#.*)?$")


def record_of(table, inner):
    """Record that a table of the schema holds; of lists and of tables by name, the one of their items."""
    hint = get_type_hints(CampaignScenario, include_extras=True)[table]
    if not dataclasses.is_dataclass(hint):
        hint = next((arm for arm in get_args(hint) if dataclasses.is_dataclass(arm)), None)
    if hint is not None and inner in {field.name for field in dataclasses.fields(hint)}:
        return get_args(get_type_hints(hint, include_extras=True)[inner])[0]
    return hint


def keys_of_the_template():
    """Table, key, text of its value and whether it is commented out, of every key."""
    record, found = None, []
    for line in template_text("scenario").splitlines():
        if header := HEADER.match(line):
            record = record_of(header[1], header[2])
        elif (key := KEY.match(line)) and record is not None:
            found.append((record, key[2], key[3], key[1] is not None))
    return found


def test_every_key_of_the_schema_stands_in_the_template():
    named = {(record, key) for record, key, _, _ in keys_of_the_template()}
    tables = [record_of(field.name, None) for field in dataclasses.fields(CampaignScenario)]
    tables.append(record_of("classical", "window"))
    every = {(table, field.name) for table in tables if table for field in dataclasses.fields(table)}
    every -= {(record_of("classical", None), "window")}  # stands as tables of its own
    assert every == named


@pytest.mark.parametrize(
    ("record", "key", "text"),
    [(record, key, text) for record, key, text, commented in keys_of_the_template() if commented],
)
def test_a_key_that_is_commented_out_shows_its_default(record, key, text):
    """Optional keys show what the record has; keys without a default, of tables commented out whole, an example."""
    (field,) = (field for field in dataclasses.fields(record) if field.name == key)
    if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
        assert text
        return
    default = field.default if field.default is not dataclasses.MISSING else field.default_factory()
    if not text:
        assert default is None
        return
    shown = tomllib.loads(f"value = {text}")["value"]
    assert (type(default)(shown) if isinstance(default, tuple | frozenset) else shown) == default


@pytest.fixture
def scenario(tmp_path, catalog):
    """The template, loaded."""
    write_template("scenario", tmp_path / "night.toml")
    return load_scenario(tmp_path / "night.toml", catalog)


def test_the_scenario_can_be_planned_with(scenario):
    """Passes, calendar, plan: the pass of Liao et al. 2017 is flown, Nanshan's closed half day is not."""
    span = scenario.scenario.campaign
    calendar = calendar_of(scenario.scenario)
    windows = []
    for each in find_passes(
        list(scenario.histories.values()),
        list(scenario.stations.values()),
        span.start,
        span.end,
        scenario.scenario.passes,
    ):
        path = track(
            each.elements, each.site, start_utc=each.rise_utc, time_s=[0.0, 0.5 * each.duration_s, each.duration_s]
        )
        view = PassView(
            satellite="micius",
            station=each.station.lower(),
            start_utc=each.rise_utc,
            stop_utc=each.set_utc,
            time_s=path.time_s,
            azimuth_deg=path.azimuth_deg,
            elevation_deg=path.elevation_deg,
        )
        start_s = (each.rise_utc - span.start).total_seconds()
        for start, stop in left_of(start_s, start_s + each.duration_s, calendar.blocks(view)):
            windows.append(
                Window(
                    contact=each.pass_id, satellite="micius", station=view.station, start_s=start, stop_s=stop,
                    key_bits=stop - start,
                )
            )  # fmt: skip
    problem = Problem(
        windows=tuple(windows),
        satellites={"micius": Resource(name="micius", setup_s=60.0)},
        stations={name: Resource(name=name, setup_s=60.0) for name in scenario.stations},
    )
    found = plan(problem)
    flown = {contact.window.contact for contact in found.timetable.contacts}
    assert found.is_proven
    assert "micius/xinglong/20161219T165213Z" in flown
    assert not any(name.startswith("micius/nanshan/20161220T1") for name in flown)


def test_the_other_templates_are_go(tmp_path, checkout):
    """A satellite's needs its element sets beside it."""
    (tmp_path / "micius.tle").write_bytes((checkout / "tle" / "micius.tle").read_bytes())
    for kind, name in (("station", "xinglong.toml"), ("satellite", "micius.toml"), ("weather", "sky.csv")):
        write_template(kind, tmp_path / name)
        verdict = check_file(tmp_path / name, now=NOW).verdict
        assert verdict.go, verdict.reason


def test_the_weather_fits_the_scenario(tmp_path, catalog):
    write_template("weather", tmp_path / "sky.csv")
    text = re.sub(r"(?m)^# file = .*$", 'file = "sky.csv"', template_text("scenario"))
    (tmp_path / "night.toml").write_text(text)
    clouds = load_scenario(tmp_path / "night.toml", catalog).clouds
    assert clouds.cloud.shape == (3, 12, 24)


def test_a_file_that_is_there_is_not_written_over(tmp_path):
    path = tmp_path / "night.toml"
    path.write_text("mine")
    with pytest.raises(InputError, match=r"night\.toml: is there already; --force writes over it"):
        write_template("scenario", path)
    assert path.read_text() == "mine"
    write_template("scenario", path, force=True)
    assert path.read_text() == template_text("scenario")


def test_wrong_kinds_and_suffixes_are_refused(tmp_path):
    with pytest.raises(UnknownName, match="kind of file 'scenaro' is not known; did you mean 'scenario'"):
        template_text("scenaro")
    with pytest.raises(InputError, match=r"the suffix is \.toml, must be \.csv for a weather"):
        write_template("weather", tmp_path / "sky.toml")
    with pytest.raises(InputError, match="cannot be written"):
        write_template("weather", tmp_path / "none" / "sky.csv")


def test_all_kinds_have_a_text():
    assert all(template.text().endswith("\n") for template in TEMPLATES.values())
