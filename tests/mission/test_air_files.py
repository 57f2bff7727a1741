"""What the files of a station and a satellite may say of air and beam, from the TOML to the terms of the loss."""

import re

import numpy as np
import pytest

from passplan.channel.coupling import SingleModeFibre
from passplan.channel.extinction import airmass
from passplan.channel.refraction import apparent_elevation_deg
from passplan.errors import DomainError, InputError
from passplan.mission.catalog import Catalog, bundled_folder
from passplan.mission.channel_path import still_budget_of
from passplan.mission.link import simulate_pass, track_of
from passplan.mission.payload import GroundSite, Payload
from passplan.mission.scenario import read_record
from passplan.mission.selection import Limits, select_by_id
from passplan.mission.status import check_file
from passplan.mission.summary import summary, warnings_of
from passplan.units import parse_utc, to_transmittance

LAW = {deg: float(to_transmittance(2.0 * airmass(elevation_deg=deg))) for deg in (90.0, 45.0, 20.0, 5.0)}
ROWS = [f"848.6,{deg:g},{share:.12f}" for deg, share in LAW.items()]
TABLE = "\n".join(["# source = a law of 2 dB", "wavelength_nm,elevation_deg,transmittance", *ROWS])
PROFILE = "height_m,cn2\n890,1e-15\n5000,1e-17\n30000,1e-19\n"


@pytest.fixture
def station(tmp_path, checkout):
    """A catalogue with a Xinglong of one's own."""
    (tmp_path / "stations").mkdir()
    path = tmp_path / "stations" / "xinglong.toml"
    path.write_text((checkout / "stations" / "xinglong.toml").read_text())
    return path


def add(path, section, *lines):
    """Write keys into a section of a TOML file."""
    text = path.read_text()
    assert f"\n[{section}]\n" in text
    path.write_text(text.replace(f"\n[{section}]\n", "\n".join(["", f"[{section}]", *lines, ""])))


def selected(station):
    catalog = Catalog((station.parent.parent, bundled_folder()))
    return select_by_id(catalog, "micius/xinglong/20161219T1652", limits=Limits())


def budget(station):
    selection = selected(station)
    path = track_of(selection)
    apparent_deg = apparent_elevation_deg(elevation_deg=path.elevation_deg)
    return still_budget_of(selection, path, apparent_deg), apparent_deg


def test_tables_of_the_air_beside_the_station(station):
    """The law that the table was written from comes back; both files are among those read; the check reads them too."""
    (station.parent / "air.csv").write_text(TABLE)
    (station.parent / "cn2.csv").write_text(PROFILE)
    before = budget(station)[0]
    add(station, "atmosphere", 'extinction_table = "air.csv"', 'cn2_profile = "cn2.csv"', 'cn2_height_above = "sea"')
    after, apparent_deg = budget(station)
    expected_db = 2.0 * airmass(elevation_deg=apparent_deg)
    np.testing.assert_allclose(after.terms_db["extinction"], expected_db, rtol=1e-6)
    assert not np.allclose(after.fading_index, before.fading_index, rtol=0.05)
    assert {"air.csv", "cn2.csv"} <= {path.name for path in selected(station).files}
    assert check_file(station, now=parse_utc("2016-12-19T12:00:00Z")).verdict.go


@pytest.mark.parametrize(
    ("key", "name", "content", "message"),
    [
        ("extinction_table", "air.csv", None, "atmosphere.extinction_table is 'air.csv', but no such file stands"),
        ("cn2_profile", "cn2.csv", "height_m,cn2\n0,-1e-15\n", r"line 2: cn2 is -1e-15, must be > 0"),
        ("cn2_profile", "cn2.csv", "height_m,cn2\n0,1e-15\n9000,1e-17\n", "integrals over height need at least"),
        (
            "extinction_table",
            "air.csv",
            TABLE.replace("848.6,45", "848.6,95"),
            "elevation_deg is '95', must be a number",
        ),
    ],
)
def test_wrong_tables_are_named(station, key, name, content, message):
    if content is not None:
        (station.parent / name).write_text(content)
    add(station, "atmosphere", f'{key} = "{name}"')
    with pytest.raises(InputError, match=message):
        selected(station)


def test_a_transmitter_is_a_far_field_unless_it_says_aperture(tmp_path, checkout):
    """Files without a kind are read as before; the aperture of 54 mm waist makes the printed 10 urad."""
    text = (checkout / "tle" / "micius.toml").read_text()
    assert read_record(checkout / "tle" / "micius.toml", Payload).transmitter.kind == "far_field"
    own = re.sub(
        r"\[transmitter\]\n(?:.+\n)+",
        '[transmitter]\nkind = "aperture"\naperture_m = 0.3\nwaist_m = "54 mm"\nwavelength_nm = 848.6\n',
        text,
    )
    own = re.sub(r'"transmitter\.(full_divergence_[xy]_urad|beam)" = .*\n', "", own)
    (tmp_path / "own.toml").write_text(own)
    transmitter = read_record(tmp_path / "own.toml", Payload).transmitter
    assert 2.0 * transmitter.divergence_x_urad == pytest.approx(10.01, abs=0.01)
    (tmp_path / "own.toml").write_text(own.replace('"aperture"', '"apperture"'))
    with pytest.raises(InputError, match=r"transmitter\.kind is 'apperture'.*did you mean 'aperture'"):
        read_record(tmp_path / "own.toml", Payload)


def test_fibre_clouds_and_wind_from_the_file(station):
    """Sub-tables of the receiver and the atmosphere become the records that the budget takes."""
    station.write_text(
        station.read_text().replace("\n[detectors]\n", '\n[receiver.coupling]\nkind = "single_mode"\n\n[detectors]\n')
    )
    layers = "cloud = [{ probability = 0.3, optical_depth = 0.2 }]"
    add(station, "atmosphere", layers, "wind = { ground_m_s = 8.0 }")
    site = read_record(station, GroundSite)
    assert site.receiver.coupling == SingleModeFibre()
    assert site.atmosphere.cloud[0].height_m == 9000.0
    assert site.atmosphere.wind.ground_m_s == 8.0
    assert {"cloud", "fibre_coupling"} <= set(budget(station)[0].terms_db)


def test_a_filter_beside_the_signal_is_refused(station):
    add(station, "receiver", "filter_centre_nm = 810.0")
    told = r"wavelength_nm is 848\.6, but the filter passes 805 to 815 nm only|filter_centre_nm is 810, must lie in"
    with pytest.raises((DomainError, InputError), match=told):  # by the channel, or before by both files together
        budget(station)


def test_the_readmes_channel_can_be_read(station, tmp_path, checkout):
    """Every key of the README's example, in the files of a station and a satellite, is one that they may hold."""
    blocks = re.findall(r"```toml\n(.*?)```", (checkout / "README.md").read_text(), flags=re.DOTALL)
    (block,) = (block for block in blocks if "[atmosphere]" in block)
    parts = dict(re.findall(r"^\[(\w+)\][^\n]*\n(.*?)(?=^\[|\Z)", block, flags=re.DOTALL | re.MULTILINE))
    own = tmp_path / "own.toml"
    own.write_text((checkout / "tle" / "micius.toml").read_text())
    for name, lines in parts.items():
        if name != "spread":
            replace_keys(own if name == "transmitter" else station, name, lines)
    site = read_record(station, GroundSite)
    assert site.receiver.coupling.correction.modes == 60
    assert site.atmosphere.aerosol_optical_depth == 0.12
    assert site.sky.towns[0].azimuth_deg == 215.0
    assert site.detectors.efficiency_table == "silicon"
    assert read_record(own, Payload).transmitter.full_divergence_x_urad == 9.0


def replace_keys(path, section, lines):
    """Let a section of a file hold the keys of an example in place of its own; visibility makes way for a depth."""
    names = [line.split("=")[0].strip() for line in lines.splitlines() if re.match(r"\w+ =", line)]
    gone = "|".join([*names, "visibility_km"]) if section == "atmosphere" else "|".join(names)
    before, rest = path.read_text().split(f"\n[{section}]\n")
    inside, *after = re.split(r"(?m)^(?=\[)", rest, maxsplit=1)
    inside = re.sub(rf"(?m)^({gone}) = .*\n", "", inside)
    path.write_text("".join([before, f"\n[{section}]\n", inside.rstrip(), "\n", lines, "\n", *after]))
    if section == "atmosphere":  # a spread and a note speak of the visibility that is gone
        path.write_text(re.sub(r'(?m)^"atmosphere.visibility_km" = .*\n', "", path.read_text()))


def test_what_goes_beyond_a_table_is_told(station):
    """A table that ends at 30 deg, continued because the file asks: a warning and a place in the document."""
    rows = [row for row in ROWS if float(row.split(",")[1]) >= 45.0]
    (station.parent / "air.csv").write_text("\n".join(["wavelength_nm,elevation_deg,transmittance", *rows]))
    add(station, "atmosphere", 'extinction_table = "air.csv"', "extrapolate = true")
    result = simulate_pass(selected(station), seed=1)
    (warning,) = (text for text in warnings_of(result) if text.startswith("extrapolated: "))
    assert "air.csv" in warning
    assert summary(result)["link"]["extrapolated"] == [warning.removeprefix("extrapolated: ")]
