"""What a satellite's and a station's file must agree on; by hand from the limits that the records print."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.channel.extinction_table import parse_extinction_table
from passplan.errors import InputError
from passplan.mission.companionship import check_together
from passplan.mission.payload import GroundSite, Payload
from passplan.mission.scenario import read_record


@pytest.fixture
def files(checkout):
    """Satellite's and station's file."""
    return checkout / "tle" / "micius.toml", checkout / "stations" / "xinglong.toml"


@pytest.fixture
def pair(files):
    """Micius and Xinglong as published."""
    return read_record(files[0], Payload), read_record(files[1], GroundSite)


def line_of(path, key, table):
    """Line of a key below the header of its table."""
    lines = path.read_text().splitlines()
    start = lines.index(f"[{table}]")
    return 1 + next((n for n in range(start, len(lines)) if lines[n].startswith(f"{key} =")), start)


def at_wavelength(payload, wavelength_nm):
    return replace(
        payload,
        transmitter=replace(
            payload.transmitter, wavelength_nm=wavelength_nm, full_divergence_x_urad=90.0, full_divergence_y_urad=90.0
        ),
        source=replace(payload.source, wavelength_nm=wavelength_nm),
    )


def faults(payload, site, files, **options):
    with pytest.raises(InputError) as caught:
        check_together(payload, site, files, **options)
    return str(caught.value).splitlines()


def test_the_bundled_files_go_together(catalog):
    """Every station under Micius."""
    satellite = catalog.paths("tle", ".toml")["micius"]
    payload = read_record(satellite, Payload)
    for path in catalog.paths("stations", ".toml").values():
        check_together(payload, read_record(path, GroundSite), (satellite, path))


def test_a_filter_beside_the_signal(pair, files):
    """10 nm about 848.6 nm: the centre must lie within 5 nm of it; an end just meets the line."""
    payload, site = pair
    for centre_nm in (843.6, 853.6):
        check_together(payload, replace(site, receiver=replace(site.receiver, filter_centre_nm=centre_nm)), files)
    (fault,) = faults(payload, replace(site, receiver=replace(site.receiver, filter_centre_nm=810.0)), files)
    assert fault == (
        f"{files[1]}:{line_of(files[1], 'filter_centre_nm', 'receiver')}: receiver.filter_centre_nm is 810, must lie "
        "in [843.6, 853.6] nm, or the filter of 10 nm misses the signal, transmitter.wavelength_nm = 848.6 nm"
    )


@pytest.mark.parametrize(("wavelength_nm", "gas"), [(935.0, "H2O 892 to 990 nm"), (1565.0, "CO2 1565 to 1585 nm")])
def test_a_signal_in_an_absorption_band(pair, files, wavelength_nm, gas):
    """The satellite's line is named, and what the station's file may say; with that, no fault."""
    payload, site = at_wavelength(pair[0], wavelength_nm), pair[1]
    (fault,) = faults(payload, site, files)
    place = f"{files[0]}:{line_of(files[0], 'wavelength_nm', 'transmitter')}"
    assert fault.startswith(
        f"{place}: transmitter.wavelength_nm is {wavelength_nm:g} nm, amid absorption lines ({gas})"
    )
    assert "atmosphere.extinction_table" in fault
    assert "extrapolate = true under [atmosphere]" in fault
    assert str(files[1]) in fault
    check_together(payload, replace(site, atmosphere=replace(site.atmosphere, extrapolate=True)), files)
    check_together(payload, replace(site, atmosphere=replace(site.atmosphere, extinction_table="air.csv")), files)


def test_beacons_amid_absorption_lines(pair, files):
    """A table is made for the signal and helps no beacon; both files' faults come at once."""
    payload = replace(pair[0], beacon=replace(pair[0].beacon, wavelength_nm=690.0))
    site = replace(
        pair[1],
        beacon=replace(pair[1].beacon, wavelength_nm=765.0),
        atmosphere=replace(pair[1].atmosphere, extinction_table="air.csv"),
    )
    satellite, station = faults(payload, site, files)
    assert satellite.startswith(
        f"{files[0]}:{line_of(files[0], 'wavelength_nm', 'beacon')}: beacon.wavelength_nm is 690 nm"
    )
    assert station.startswith(
        f"{files[1]}:{line_of(files[1], 'wavelength_nm', 'beacon')}: beacon.wavelength_nm is 765 nm"
    )
    assert not any("extinction_table" in each for each in (satellite, station))


def test_a_table_that_ends_before_the_signal(pair, files):
    """840 to 845 nm do not hold 848.6 nm."""
    payload, site = pair
    rows = ["wavelength_nm,elevation_deg,transmittance", "840,90,0.8", "840,10,0.5", "845,90,0.8", "845,10,0.5"]
    table = parse_extinction_table(rows, source="air.csv")
    site = replace(site, atmosphere=replace(site.atmosphere, extinction_table="air.csv"))
    (fault,) = faults(payload, site, files, extinction_table=table)
    assert "atmosphere.extinction_table is 'air.csv', which holds [840, 845] nm, must hold the signal" in fault
    assert "848.6 nm" in fault
    assert "extrapolate = true under [atmosphere]" in fault
    longer = replace(site, atmosphere=replace(site.atmosphere, extrapolate=True))
    check_together(payload, longer, files, extinction_table=table)
    ended = replace(table, wavelength_nm=np.array([840.0, 848.6]))
    check_together(payload, site, files, extinction_table=ended)


def test_detectors_that_do_not_know_the_signal(pair, files):
    """Silicon ends at 1060 nm; asked to, its end stands for 1070 nm."""
    payload = at_wavelength(pair[0], 1070.0)
    site = replace(pair[1], detectors=replace(pair[1].detectors, efficiency=0.9, efficiency_table="silicon"))
    (fault,) = faults(payload, site, files)
    assert "detectors.efficiency_table is 'silicon'" in fault
    assert "is 1070.0, must lie in [400, 1060] nm; detectors.extrapolate_efficiency = true" in fault
    assert fault.startswith(f"{files[1]}:")
    asked = replace(site, detectors=replace(site.detectors, extrapolate_efficiency=True))
    check_together(payload, asked, files)


def test_a_wavelength_beyond_the_laws(pair, files):
    """2000 nm of a record that no file could hold: one fault, not three."""
    (fault,) = faults(at_wavelength(pair[0], 2000.0), pair[1], files)
    assert fault.endswith("transmitter.wavelength_nm is 2000.0, must lie in [500, 1600] nm")
