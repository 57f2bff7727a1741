"""The bundled catalogue, and what a user adds to it."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from passplan.errors import DomainError, InputError, UnknownName
from passplan.mission.catalog import (
    bundled_folder,
    load_history,
    load_satellite,
    load_site,
    night_window,
    open_catalog,
    satellite_names,
    satellite_number,
    site_at_night,
    station_names,
)
from passplan.mission.payload import assumptions, unsourced, value_at
from passplan.orbit.elements import checksum
from passplan.units import parse_utc


def test_all_stations_of_the_experiment_are_there(catalog):
    assert set(station_names(catalog)) >= {"xinglong", "nanshan", "delingha", "lijiang", "ngari", "graz"}
    assert "micius" in satellite_names(catalog)


def test_every_bundled_file_is_valid_and_notes_cover_its_numbers(catalog):
    """Each value is either sourced, assumed with a reason, or a default of its record."""
    for name in station_names(catalog):
        site, _ = load_site(catalog, name)
        noted = {**site.sources, **site.assumed}
        for key in ("station.latitude_deg", "station.longitude_deg", "station.height_m", "receiver.aperture_m"):
            assert noted[key], f"{name}: {key}"
        assert {"receiver.field_of_view_urad", "receiver.filter_nm", "atmosphere.visibility_km"} <= set(site.assumed)
        assert all(len(reason) > 5 for _, _, reason in assumptions(site))


def test_unread_heights_are_marked(catalog):
    """The heights of Lijiang and Ngari were not read in a source."""
    for name in ("lijiang", "ngari"):
        assert "not read" in load_site(catalog, name)[0].assumed["station.height_m"]


def test_payload_of_micius(catalog):
    """Printed in Liao et al., Nature 549, 43 (2017)."""
    payload, history, files = load_satellite(catalog, "micius")
    assert payload.transmitter.aperture_m == 0.3
    assert (payload.transmitter.full_divergence_x_urad, payload.transmitter.full_divergence_y_urad) == (9.0, 11.0)
    assert payload.transmitter.wavelength_nm == 848.6
    assert payload.source.clock_hz == 100e6
    assert payload.source.intensities == (0.8, 0.1, 0.0)
    assert payload.source.probabilities == (0.5, 0.25, 0.25)
    assert "transmitter.main_lobe_efficiency" in payload.assumed
    assert "attitude.reference_axis" in payload.assumed
    assert len(history) == 29
    assert [item.epoch_utc for item in history] == sorted(item.epoch_utc for item in history)
    assert [path.name for path in files] == ["micius.toml", "micius.tle"]


def test_every_checksum_of_the_bundled_sets_is_right(catalog):
    """Modulo 10 of the digits, a minus sign counting 1 (CelesTrak FAQ); computed here a second time."""
    for path in catalog.paths("tle", ".tle").values():
        for line in path.read_text().splitlines():
            if line[:2] in ("1 ", "2 "):
                digits = sum(int(c) if c.isdigit() else c == "-" for c in line[:68]) % 10
                assert digits == int(line[68]) == checksum(line)


@pytest.mark.parametrize("name", ["micius", "Micius", "QSS", "41731", "mozi"])
def test_a_satellite_by_name_alias_or_number(catalog, name):
    assert load_satellite(catalog, name)[0].satellite.norad_id == 41731


def test_unknown_names_get_the_nearest(catalog):
    with pytest.raises(UnknownName, match="did you mean 'graz'"):
        load_site(catalog, "gratz")
    with pytest.raises(UnknownName, match="did you mean 'micius'"):
        load_satellite(catalog, "micious")


def test_an_own_folder_adds_and_overrides(tmp_path):
    (tmp_path / "stations").mkdir()
    text = (bundled_folder() / "stations" / "graz.toml").read_text()
    (tmp_path / "stations" / "roof.toml").write_text(text.replace('name = "Graz"', 'name = "Roof"'))
    (tmp_path / "stations" / "graz.toml").write_text(text.replace("height_m = 539.4", "height_m = 540.0"))
    both = open_catalog(tmp_path)
    assert load_site(both, "roof")[0].station.name == "Roof"
    assert load_site(both, "graz")[0].station.height_m == 540.0
    assert "xinglong" in station_names(both)


def test_the_users_data_folder_is_read(tmp_path, monkeypatch):
    shutil.copytree(bundled_folder() / "stations", tmp_path / "passplan" / "stations")
    (tmp_path / "passplan" / "stations" / "graz.toml").rename(tmp_path / "passplan" / "stations" / "attic.toml")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert "attic" in station_names(open_catalog())


def test_a_folder_without_a_catalogue_is_refused(tmp_path):
    with pytest.raises(InputError, match="neither a folder tle nor a folder stations"):
        open_catalog(tmp_path)


def test_a_station_by_its_file(catalog):
    site, path = load_site(catalog, str(bundled_folder() / "stations" / "graz.toml"))
    assert site.station.name == "Graz"
    assert path.name == "graz.toml"


def test_a_night_runs_from_solar_noon_to_noon():
    """Xinglong: 117.577 deg E is 7 h 50 min ahead, so noon is 04:09:41 UTC."""
    start, end = night_window(datetime(2016, 12, 19, tzinfo=UTC), 117.577458)
    assert abs((start - parse_utc("2016-12-19T04:09:41Z")).total_seconds()) < 1.0
    assert (end - start).total_seconds() == 86_400.0
    assert start < parse_utc("2016-12-19T16:52:13Z") < end


def test_what_a_file_says_of_a_night_holds_for_that_night_only(catalog):
    site, _ = load_site(catalog, "xinglong")
    that_night = site_at_night(site, parse_utc("2016-12-19T16:52:13Z"))
    next_night = site_at_night(site, parse_utc("2016-12-20T16:52:13Z"))
    assert that_night.atmosphere.visibility_km < next_night.atmosphere.visibility_km == site.atmosphere.visibility_km
    assert "not printed" in that_night.assumed["atmosphere.visibility_km"]


def test_values_by_dotted_keys(catalog):
    payload, _, _ = load_satellite(catalog, "micius")
    assert value_at(payload, "apt.fine.camera.frame_rate_hz") == 2000.0
    with pytest.raises(ValueError, match="did you mean 'frame_rate_hz'"):
        value_at(payload, "apt.fine.camera.frame_rate")


def test_the_report_knows_what_has_neither_source_nor_reason(catalog):
    """Every number of a file, defaults included, stands in exactly one of three lists."""
    for record in (load_satellite(catalog, "micius")[0], load_site(catalog, "xinglong")[0]):
        rest = [key for key, _ in unsourced(record)]
        assert "apt.fine.camera.saturation_e" in rest
        assert not {*rest} & {*record.sources, *record.assumed}
        assert all(value_at(record, key) is not None for key in rest)


def test_source_and_transmitter_share_one_wavelength(catalog):
    payload, _, _ = load_satellite(catalog, "micius")
    with pytest.raises(DomainError, match=r"source.wavelength_nm is 1550.0 nm, must be transmitter"):
        replace(payload, source=replace(payload.source, wavelength_nm=1550.0))


HEADER = (
    "OBJECT_NAME,OBJECT_ID,EPOCH,MEAN_MOTION,ECCENTRICITY,INCLINATION,RA_OF_ASC_NODE,ARG_OF_PERICENTER,MEAN_ANOMALY,"
    "EPHEMERIS_TYPE,CLASSIFICATION_TYPE,NORAD_CAT_ID,ELEMENT_SET_NO,REV_AT_EPOCH,BSTAR,MEAN_MOTION_DOT,MEAN_MOTION_DDOT"
)


def with_elements(folder, *objects):
    """A folder that adds an element file with (name, number, epoch) to the bundled catalogue."""
    (folder / "elements").mkdir(exist_ok=True)
    rows = [f"{name},2016-051A,{epoch},15.4,.001,97.3,80.7,283.7,76.2,0,U,{number},9,1,0,0,0"
            for name, number, epoch in objects]  # fmt: skip
    (folder / "elements" / "own.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    return open_catalog(folder)


def test_element_files_add_to_the_history_of_a_satellite(tmp_path, catalog):
    """Those beside the payload stay as they are; a set of the same epoch does not replace one of them."""
    _, bundled, _ = load_satellite(catalog, "micius")
    known = bundled[3].epoch_utc.replace(tzinfo=None).isoformat(timespec="microseconds")
    both = with_elements(tmp_path, ("QSS (MOZI)", 41731, "2020-01-01T00:00:00"), ("QSS", 41731, known), ("X", 5, known))
    payload, history, files = load_satellite(both, "micius")
    new = [item for item in history if item not in bundled]
    assert [(item.name, item.epoch_utc) for item in new] == [
        (payload.satellite.name, parse_utc("2020-01-01T00:00:00Z"))
    ]
    assert set(bundled) < set(history)
    assert [item.epoch_utc for item in history] == sorted({item.epoch_utc for item in history})
    assert [path.name for path in files] == ["micius.toml", "micius.tle", "own.csv"]
    assert load_history(both, "QSS") == history


def test_satellites_without_a_payload(tmp_path):
    both = with_elements(
        tmp_path, ("ISS (ZARYA)", 25544, "2020-01-02T00:00:00"), ("ISS", 25544, "2020-01-01T00:00:00"),
        ("TWIN", 1, "2020-01-01T00:00:00"), ("TWIN", 2, "2020-01-01T00:00:00"),
    )  # fmt: skip
    for name in ("25544", "iss-zarya", "ISS (ZARYA)"):
        history = load_history(both, name)
        assert [(item.name, item.epoch_utc.day) for item in history] == [("ISS (ZARYA)", 1), ("ISS (ZARYA)", 2)]
    assert satellite_number(both, "iss-zarya") == 25544
    assert satellite_number(both, "micius") == satellite_number(both, "41731") == 41731
    with pytest.raises(UnknownName, match=r"'twin' fits 2 objects, write the number: 1 \(TWIN\), 2 \(TWIN\)"):
        load_history(both, "twin")
    with pytest.raises(UnknownName, match=r"'2016-051A' fits 3 objects"):
        load_history(both, "2016-051A")
    with pytest.raises(UnknownName, match="did you mean 'iss-zarya'"):
        load_history(both, "iss-zaria")
    with pytest.raises(UnknownName, match="satellite '77' is not in the catalogue"):
        load_history(both, "77")


def test_a_long_list_of_names_is_cut(tmp_path):
    both = with_elements(tmp_path, *((f"OBJECT {number}", number, "2020-01-01T00:00:00") for number in range(1, 41)))
    with pytest.raises(UnknownName, match=r"and 21 more$"):
        load_history(both, "zzz")


def test_no_element_file_is_opened_before_a_satellite_is_asked_for(tmp_path):
    """A folder that would be a fault if it were read."""
    both = with_elements(tmp_path)
    (tmp_path / "elements" / "own.csv").write_bytes(b"\xff\xfe")
    assert [path.name for path in both.element_files()] == ["own.csv"]
    assert load_site(both, "graz")[0].station.name == "Graz"
    with pytest.raises(InputError, match=r"own.csv: cannot be read"):
        load_satellite(both, "micius")
