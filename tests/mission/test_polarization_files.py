"""Attitudes, stress maps and mirrors that a user's own files name, from the file to the errors of the states."""

import re

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from passplan.errors import DomainError, InputError
from passplan.mission.catalog import Catalog, bundled_folder
from passplan.mission.link import track_of
from passplan.mission.polarization_path import polarization_of
from passplan.mission.selection import Limits, select_by_id
from passplan.mission.status import check_file
from passplan.polarization.satellite_axes import frame_of, orbit_normal_axis
from passplan.units import add_seconds, format_utc, parse_utc

PASS_ID = "own/xinglong/20161219T1652"


@pytest.fixture
def folder(tmp_path, checkout):
    """A catalogue of one's own: Micius under another name, and Xinglong."""
    for name in ("tle", "stations"):
        (tmp_path / name).mkdir()
    for name in ("micius.tle", "micius_20161219_link_loss.csv", "micius_20161219_sifted_rate.csv"):
        (tmp_path / "tle" / name).write_bytes((checkout / "tle" / name).read_bytes())
    satellite = (checkout / "tle" / "micius.toml").read_text().replace('name = "Micius"', 'name = "Own"')
    (tmp_path / "tle" / "own.toml").write_text(satellite.replace('aliases = ["QSS", "Mozi", "QUESS"]', "aliases = []"))
    (tmp_path / "stations" / "xinglong.toml").write_text((checkout / "stations" / "xinglong.toml").read_text())
    return tmp_path


def select(folder):
    return select_by_id(Catalog((folder, bundled_folder())), PASS_ID, limits=Limits())


def changed(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def law_as_file(selection, *, step_s=5.0, leave_out=()):
    """Quaternions of target pointing with the orbit normal as reference, as the CSV that a user would bring."""
    path = track_of(selection)
    z = path.station_position_km - path.satellite_position_km
    frames = frame_of(
        z=z,
        towards=orbit_normal_axis(
            satellite_position_km=path.satellite_position_km, satellite_velocity_km_s=path.satellite_velocity_km_s
        ),
    )
    quaternions = Rotation.from_matrix(frames).as_quat()
    rows = ["time_utc,qx,qy,qz,qw"]
    for second in np.arange(0.0, path.time_s[-1] + 0.5, step_s):
        if second not in leave_out:
            values = ",".join(f"{value:.12f}" for value in quaternions[int(second)])
            rows.append(f"{format_utc(add_seconds(path.epoch_utc, float(second)), digits=3)},{values}")
    values = ",".join(f"{value:.12f}" for value in quaternions[-1])
    rows.append(f"{format_utc(add_seconds(path.epoch_utc, float(path.time_s[-1])), digits=3)},{values}")
    return "\n".join(dict.fromkeys(rows)) + "\n"


def with_attitude_file(folder, text):
    (folder / "tle" / "attitude.csv").write_text(text)
    changed(
        folder / "tle" / "own.toml", 'reference_axis = "orbit-normal"', 'reference_axis = "file"\nfile = "attitude.csv"'
    )


def test_a_law_written_to_a_file_is_the_law(folder):
    """Two routes: rotation of the orbit-normal law, and of its quaternions every 5 s (slerp leaves 0.02 deg)."""
    law = select(folder)
    path = track_of(law)
    with_attitude_file(folder, law_as_file(law))
    from_file = select(folder)
    assert folder / "tle" / "attitude.csv" in from_file.files
    found, wanted = (polarization_of(item, path).rotation_deg for item in (from_file, law))
    np.testing.assert_allclose(found, wanted, atol=0.02)


def test_a_gap_in_the_attitude_is_refused_with_its_instants(folder):
    law = select(folder)
    with_attitude_file(folder, law_as_file(law, leave_out=set(np.arange(100.0, 200.0, 5.0))))
    selection = select(folder)
    with pytest.raises(DomainError, match=r"gap.*2016-12-19T16:5"):
        polarization_of(selection, track_of(selection))


def test_an_attitude_that_ends_early_is_refused(folder):
    law = select(folder)
    with_attitude_file(folder, law_as_file(law, leave_out=set(np.arange(0.0, 50.0, 5.0))))
    selection = select(folder)
    with pytest.raises(DomainError, match=r"attitude.csv: covers 2016-12-19T16:49:34.000Z to"):
        polarization_of(selection, track_of(selection))


def test_a_faulty_or_missing_attitude_file_is_told_by_check(folder):
    law = select(folder)
    with_attitude_file(folder, law_as_file(law).replace(",", ",1.5", 5))
    now = parse_utc("2016-12-19T16:00:00Z")
    verdict = check_file(folder / "tle" / "own.toml", now=now).verdict
    assert not verdict.go
    assert "attitude.csv:" in verdict.reason
    (folder / "tle" / "attitude.csv").unlink()
    verdict = check_file(folder / "tle" / "own.toml", now=now).verdict
    assert "attitude.file is 'attitude.csv', but no such file stands in" in verdict.reason


def with_stress(folder, text):
    (folder / "stations" / "stress.csv").write_text(text)
    changed(folder / "stations" / "xinglong.toml", 'frame = "tube"', 'frame = "tube"\nstress_map = "stress.csv"')


def stress_text(azimuths, elevations, *, retardance_deg=10.0, axis_deg=0.0):
    rows = [f"{a},{e},{retardance_deg},{axis_deg}" for a in azimuths for e in elevations]
    return "\n".join(["azimuth_deg,elevation_deg,retardance_deg,axis_deg", *rows]) + "\n"


def test_an_even_stress_leaves_what_a_retarder_leaves(folder):
    """Exact: 10 deg of retardance at the tube cost the mean of the four states sin^2(5 deg) / 2, whatever the turn."""
    with_stress(folder, stress_text(range(0, 360, 30), (0, 45, 90)))
    selection = select(folder)
    assert folder / "stations" / "stress.csv" in selection.files
    error = polarization_of(selection, track_of(selection)).compensation.error_exact.mean(axis=0)
    np.testing.assert_allclose(error, 0.5 * np.sin(np.deg2rad(5.0)) ** 2, atol=1e-9)


def test_a_stress_map_that_does_not_cover_the_pass_is_refused(folder):
    with_stress(folder, stress_text(range(0, 360, 30), (20, 90)))
    selection = select(folder)
    with pytest.raises(DomainError, match="elevation"):
        polarization_of(selection, track_of(selection))


def test_a_missing_stress_map_is_refused(folder):
    with_stress(folder, "")
    (folder / "stations" / "stress.csv").unlink()
    with pytest.raises(InputError, match=r"polarization.stress_map is 'stress.csv', but no such file stands in"):
        select(folder)


def test_an_impossible_order_of_mirrors_is_refused_with_its_line(folder):
    mirrors = 'frame = "own"\n[[polarization.mirror]]\nto = "azimuth-down"\n[polarization.none]'
    changed(folder / "stations" / "xinglong.toml", 'frame = "tube"', mirrors.replace("[polarization.none]", ""))
    text = (folder / "stations" / "xinglong.toml").read_text()
    moved = re.sub(r"\nintrinsic_contrast = 280.0\ncompensated = true\n", "\n", text)
    moved = moved.replace("[polarization]\n", "[polarization]\nintrinsic_contrast = 280.0\ncompensated = true\n")
    (folder / "stations" / "xinglong.toml").write_text(moved)
    with pytest.raises(InputError, match="mirror 1 cannot send light that goes to 'tube-back' on to 'azimuth-down'"):
        select(folder)


def test_the_readmes_receiver_reads_and_compensates(folder, checkout):
    """The TOML of the README, in a station's file: three plates leave what gold and a coating leave, above 250:1."""
    blocks = re.findall(r"```toml\n(.*?)```", (checkout / "README.md").read_text(), flags=re.DOTALL)
    (block,) = (block for block in blocks if "[polarization]" in block)
    station = folder / "stations" / "xinglong.toml"
    text = station.read_text()
    before, after = text.split("[polarization]")[0], text[text.index("[polarization.motor]") :]
    station.write_text(before + block + after)
    (folder / "stations" / "stress.csv").write_text(stress_text(range(0, 360, 30), (0, 45, 90), axis_deg=30.0))
    selection = select(folder)
    polarization = polarization_of(selection, track_of(selection))
    assert polarization.compensation.plate_deg.shape[0] == 3
    assert polarization.contrast_compensated.min() > 250.0
