"""Faults of a campaign's scenario, all at once: file, line, key, value and what is allowed."""

import pytest

from passplan.errors import InputError
from passplan.mission.scenario_files import load_scenario
from passplan.mission.scenario_rules import LONGEST_DAYS
from passplan.orbit.elements import checksum

HEAD = """[campaign]
satellites = ["micius"]
stations = ["xinglong", "nanshan"]
start = 2016-12-17
end = 2016-12-24
"""


@pytest.fixture
def load(tmp_path, catalog):
    """Write a text and load it."""

    def call(text):
        path = tmp_path / "night.toml"
        path.write_text(text, encoding="utf-8")
        return load_scenario(path, catalog)

    return call


@pytest.fixture
def faults_of(load):
    """Lines of the message of a faulty text, without the folder."""

    def call(text):
        with pytest.raises(InputError) as caught:
            load(text)
        return [line.rpartition("/night.toml:")[2] for line in str(caught.value).splitlines()]

    return call


def test_names_types_and_sense_are_faulted_at_once_in_the_order_of_the_file(faults_of):
    faults = faults_of(
        '[campaign]\nsatellites = ["micus"]\nstations = ["xinglong", "nanshan"]\nstart = 2016-12-17\nend = 2016-12-24\n'
        "[contact]\ntrim = 3\n[quota]\nenergy_wh = 5\n[key]\nproof = 'lim'\n"
    )
    assert faults[0].startswith(
        "2: campaign.satellites[1]: satellite 'micus' is not in the catalogue; did you mean 'mi"
    )
    assert faults[1] == "7: contact.trim is 3, must be true or false"
    assert faults[2].startswith("11: key.proof is 'lim', must be one of decoy3_variable_length, ")
    assert faults[2].endswith("; did you mean 'lim2014'?")
    assert len(faults) == 3  # [quota] is weighed against [contact], which is faulty


ORDER = "2016-12-17T00:00:00Z"
FAULTS = [
    ("start = 2016-12-17", "start = 2016-12-17T00:00:00", "4: campaign.start, 2016-12-17T00:00:00 is naive: write the"),
    (
        "end = 2016-12-24",
        "end = 2016",
        "5: campaign.end is 2016, must be a time with its zone, as 2016-12-19T16:52:13Z",
    ),
    ("end = 2016-12-24", "end = 'soon'", "5: campaign.end, 'soon' is not ISO 8601"),
    ("end = 2016-12-24", "end = 2016-12-17", f"5: campaign.end is {ORDER}, must be after start, {ORDER}"),
    (
        "end = 2016-12-24",
        "end = 2027-01-01",
        f"5: campaign.end is 3667 d after start, must be at most {LONGEST_DAYS} d",
    ),
    (
        "start = 2016-12-17",
        "start = 2014-12-31",
        "4: campaign.start is 2014-12-31T00:00:00Z, must lie within the ephem",
    ),
    ('["micius"]', "[]", "2: campaign.satellites is empty, must hold one name at least"),
    ('["micius"]', '"micius"', "2: campaign.satellites is 'micius', must be a list, as [...]"),
    ('"nanshan"', '"Xinglong"', "3: campaign.stations[2] is 'Xinglong', which stands in the list already"),
    (
        '"nanshan"',
        '"nanshn"',
        "3: campaign.stations[2]: station 'nanshn' is not in the catalogue; did you mean 'nanshan",
    ),
    ("end = 2016", "seed = -1\nend = 2016", "5: campaign.seed is -1, must be >= 0"),
    (
        "end = 2016",
        'element_files = ["x.tle"]\nend = 2016',
        "5: campaign.element_files[1] is 'x.tle', but no such file",
    ),
    (
        "end = 2016",
        'max_age_days = "12 kg"\nend = 2016',
        "5: campaign.max_age_days is '12 kg', must be a number in d or",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), FAULTS)
def test_faults_of_the_head(faults_of, old, new, message):
    assert faults_of(HEAD.replace(old, new))[0].startswith(message)


CLOSED = '[[closed]]\nof = "{of}"\nstart = {start}\nend = {end}\n{more}\n'


def closed(of="nanshan", start="2016-12-18", end="2016-12-19", more=""):
    return CLOSED.format(of=of, start=start, end=end, more=more)


DEMAND = '[[demand]]\nbetween = ["xinglong", "{}"]\n'
WINDOW = '[[classical.window]]\nsatellite = "micius"\nstart = {}\nend = {}\n'
TABLES = [
    (
        "[terminals.graz]\ncount = 1\n",
        "6: terminals.graz names 'graz', which is no satellite or station of [campaign]; it",
    ),
    (
        "[priority]\nmicus = 2\n",
        "7: priority.micus names 'micus', which is no satellite or station of [campaign]; did you",
    ),
    ("[priority]\nmicius = 2\nQSS = 3\n", "8: priority.QSS is the same as priority.micius, keep one"),
    ("[priority]\nmicius = 0\n", "7: priority.micius is 0, must be > 0"),
    ("[quota_of.nanshan]\n", "6: quota_of.nanshan names 'nanshan', which is no satellite of [campaign]; it has micius"),
    ("[quota]\nenergy_wh = 5\n", "7: quota.energy_wh is 5 W h, but power_w is 0 W: say what a contact draws"),
    (
        "[quota_of.micius]\nenergy_wh = 1\npower_w = 100\nwarm_up_s = 30\n",
        "7: quota_of.micius.energy_wh is 1 W h, but the shortest contact, 60 s after 30 s of warming up at 100 W, t",
    ),
    (closed(of="moon"), "7: closed[1].of names 'moon', which is no satellite or station of [campaign]; it has micius"),
    (closed(end="2016-12-18"), "9: closed[1].end is 2016-12-18T00:00:00Z, must be after start, 2016-12-18T00:00:00Z"),
    (closed(end="2016-12-19T00:00:00"), "9: closed[1].end, 2016-12-19T00:00:00 is naive"),
    (closed("all", "2016-12-17", "2016-12-24"), "7: closed[1] closes 'all' all through the campaign, so that nothing"),
    (closed("QSS", "2016-12-17", "2016-12-25"), "7: closed[1] closes 'QSS' all through the campaign, so that nothing"),
    (
        closed(more="min_azimuth_deg = 360\n"),
        "6: closed[1].max_azimuth_deg is 360 deg as min_azimuth_deg, must differ",
    ),
    (closed(more="min_azimuth_deg = 400\n"), "10: closed[1].min_azimuth_deg is 400, must be <= 360 deg"),
    (
        closed(more="max_elevation_deg = -90\n"),
        "10: closed[1].max_elevation_deg is -90 deg, must be above min_elevation",
    ),
    (
        closed("micius", more="max_elevation_deg = 9\n"),
        "7: closed[1].of is 'micius', a satellite, but part of the sky is",
    ),
    (
        closed(more='kind = "holiday"'),
        "10: closed[1].kind is 'holiday', must be 'laser keep-out', 'maintenance' or 'oth",
    ),
    (
        '[hours.xinglong]\nstart = 18\nend = "06:00"\n',
        "7: hours.xinglong.start is '18', must be a local time of day, as",
    ),
    (
        '[hours.xinglong]\nstart = "18:00Z"\nend = "06:00"\n',
        "7: hours.xinglong.start is '18:00Z', must be a local time of",
    ),
    (
        '[hours.xinglong]\nstart = "18h"\nend = "06:00"\n',
        "7: hours.xinglong.start is '18h', must be a local time of day",
    ),
    (
        '[hours.xinglong]\nstart = "18:00"\nend = "18:00"\n',
        "8: hours.xinglong: start and end are both 18:00, must differ",
    ),
    (
        '[hours.xinglong]\nstart = "18:00"\nend = "19:00"\nweekdays = []\n',
        "9: hours.xinglong.weekdays is empty, must hold one day at least",
    ),
    (
        '[hours.xinglong]\nstart = "18:00"\nend = "19:00"\nweekdays = ["tus"]\n',
        "9: hours.xinglong.weekdays[1] is 'tus', must be 'mon', 'tue', ",
    ),
    (DEMAND.format("xinglong"), "7: demand[1].between names 'xinglong' twice, must name two stations"),
    (DEMAND.format("nanshan") * 2, "9: demand[2] is of xinglong and nanshan, as demand[1], keep one"),
    (DEMAND.format("graz"), "7: demand[1].between[2] names 'graz', which is no station of [campaign]; it has xinglong"),
    ('[[demand]]\nbetween = ["xinglong"]\n', "7: demand[1].between[2] is missing"),
    (
        '[[demand]]\nbetween = ["xinglong", "nanshan", "nanshan"]\n',
        "7: demand[1].between is ('xinglong', 'nanshan', 'nanshan'), ",
    ),
    (
        '[objective]\nkind = "demand"\n',
        "7: objective.kind is 'demand', but there is no pair of stations: write a table",
    ),
    (
        '[objective]\nkind = "fair"\nrisk = "cvar"\n',
        "8: objective.risk is 'cvar', must be 'expected' with kind = 'fair'",
    ),
    ('[objective]\nrisk = "chance"\n', "6: objective.night_bits is 0 bit, must be > 0 bit with risk = 'chance'"),
    (
        '[key]\nproof = "rusca2018_1decoy"\n',
        "7: key.proof is 'rusca2018_1decoy', which is not for the intensities of mi",
    ),
    ('[weather]\nfile = "sky.csv"\n', "7: weather.file is 'sky.csv', but no such file stands in "),
    ('[simulate]\npasses = "some"\n', "7: simulate.passes is 'some', must be 'all' or 'none' or a whole number"),
    ("[simulate]\npasses = -1\n", "7: simulate.passes is -1, must be 'all' or 'none' or >= 0"),
    (
        WINDOW.format("2016-12-19", "2016-12-18"),
        "9: classical.window[1].end is 2016-12-18T00:00:00Z, must be after start",
    ),
    (
        WINDOW.format("2017-12-18", "2017-12-19"),
        "6: classical: no window of micius comes within 24 h of a pass in the camp",
    ),
    ("[passes]\nmin_elevation_deg = 91\n", "7: passes.min_elevation_deg is 91, must be "),
    ("[campain]\nname = 'x'\n", "6: campain is no known key; did you mean 'campaign'?"),
]


@pytest.mark.parametrize(("table", "message"), TABLES)
def test_faults_of_the_tables(faults_of, table, message):
    (fault,) = faults_of(HEAD + table)
    assert fault.startswith(message)


def test_hours_that_leave_no_shift_in_the_span(faults_of):
    """2016-12-18 was a Sunday."""
    text = HEAD.replace("2016-12-17", "2016-12-18T12:00:00Z").replace("2016-12-24", "2016-12-19T00:00:00Z")
    shift = '[hours.xinglong]\nstart = "18:00"\nend = "23:00"\nweekdays = ["{}"]\n'
    assert faults_of(text + shift.format("mon")) == [
        "6: hours.xinglong leaves no shift between campaign.start and campaign.end"
    ]


def test_a_weather_files_faults_come_with_the_scenarios(faults_of, tmp_path):
    (tmp_path / "sky.csv").write_text("station,time_utc,cloud\nxinglong,2016-12-17T00:00:00Z,30\n")
    faults = faults_of(HEAD + '[weather]\nfile = "sky.csv"\n[quota]\nenergy_wh = 5\n')
    told = "7: weather.file: "
    assert [fault.startswith(told) for fault in faults] == [True, True, False]
    assert "station 'nanshan' has no rows" in faults[0]
    assert "sky.csv:2: cloud is 30, must lie in [0, 1]; if that is per cent, write 0.3" in faults[1]


def test_element_files_must_hold_every_satellite(faults_of, checkout, tmp_path):
    lines = (checkout / "tle" / "micius.tle").read_text(encoding="utf-8").replace("41731", "41732").splitlines()
    other = [line[:68] + str(checksum(line)) if line[:2] in ("1 ", "2 ") else line for line in lines]
    (tmp_path / "sets.tle").write_text("\n".join(other))
    (fault,) = faults_of(HEAD.replace("end =", 'element_files = ["sets.tle"]\nend ='))
    assert fault.startswith("5: campaign.element_files: micius: ")
    assert fault.endswith("holds no satellite 41731")


@pytest.mark.parametrize("name", ["", "  ", "two\\nlines"])
def test_a_name_is_one_line_of_text(faults_of, name):
    (told,) = faults_of(HEAD + f'name = "{name}"\n')
    assert told.startswith("6: campaign.name is '")
    assert told.endswith(", must be one line of text that is not empty")
