"""What the document of a pass says of air and detectors that were given in unusual ways."""

from dataclasses import replace

import pytest

from passplan.channel.extinction_table import parse_extinction_table
from passplan.mission.catalog import site_at_night
from passplan.mission.link import RunOptions
from passplan.mission.summary import link_section, summary, warnings_of
from passplan.report.rows import sections

TABLE = parse_extinction_table(
    ["# visibility_km = 23", "# source = MODTRAN, rural", "wavelength_nm,elevation_deg,transmittance", "848.6,90,0.8"],
    source="/some/where/air.csv",
)
NO_EFFECT = "has no effect on the loss: atmosphere.extinction_table is used"


def with_site(result, *, table=None, **changes):
    """The same pass with other records of the station."""
    selection = replace(result.selection, site=replace(result.site, **changes), extinction_table=table)
    return replace(result, selection=selection)


def with_table(result, **options):
    air = replace(result.site.atmosphere, extinction_table="air.csv")
    changed = with_site(result, table=TABLE, atmosphere=air)
    return replace(changed, options=RunOptions(**options))


def link_rows(result):
    (block,) = sections(summary(result), ("link",))
    return {row.quantity: row.simulated for row in block.rows}


def test_a_table_takes_the_place_of_the_visibility(reference):
    """The haze that is shown is the one that counts."""
    section = link_section(with_table(reference))
    assert section["visibility_km"] is None
    assert section["aerosol_optical_depth"] is None
    assert section["extinction_table"] == "air.csv: MODTRAN, rural, visibility 23 km"
    rows = link_rows(with_table(reference))
    assert rows["extinction by the table"] == "air.csv: MODTRAN, rural, visibility 23 km"
    assert not any("visibility" in name for name in rows)


def test_an_optical_depth_takes_the_place_of_the_visibility(reference):
    """One of the two describes the haze."""
    air = replace(reference.site.atmosphere, visibility_km=None, aerosol_optical_depth=0.12)
    result = with_site(reference, atmosphere=air)
    section = link_section(result)
    assert (section["visibility_km"], section["aerosol_optical_depth"]) == (None, 0.12)
    assert section["extinction_table"] is None
    assert link_rows(result)["optical depth of the haze, vertical"] == "0.120"


def test_the_usual_night_shows_its_visibility(reference):
    """As the station's file has it for 2016-12-19."""
    section = link_section(reference)
    assert section["visibility_km"] == reference.site.night[0].visibility_km
    assert (section["aerosol_optical_depth"], section["extinction_table"]) == (None, None)
    assert link_rows(reference)["visibility, reduced to sea level, assumed"] == "3.3 km"


def test_a_visibility_beside_a_table_is_told(reference):
    """Given by hand, or of the night; without a table, or without either, nothing is said."""
    assert f"visibility_km 5 of this run {NO_EFFECT}" in warnings_of(with_table(reference, visibility_km=5.0))
    assert f"visibility_km 3.33 of the night of 2016-12-19 {NO_EFFECT}" in warnings_of(with_table(reference))
    nightless = with_site(with_table(reference), table=TABLE, night=())
    assert not any("visibility" in each for each in (*warnings_of(nightless), *warnings_of(reference)))


def test_a_night_in_the_place_of_a_measurement_is_told(reference):
    """Xinglong with a sun photometer, on the night whose visibility its file gives, and on the next."""
    air = replace(reference.site.atmosphere, visibility_km=None, aerosol_optical_depth=0.12)
    measured = replace(reference.site, atmosphere=air)
    night = site_at_night(measured, reference.pass_.culmination_utc)
    told = "atmosphere.aerosol_optical_depth was measured as 0.12; the night's visibility_km, 3.33 km, takes its place"
    assert told in warnings_of(
        with_site(reference, **{name: getattr(night, name) for name in ("atmosphere", "assumed")})
    )
    assert not any("takes its place" in each for each in warnings_of(with_site(reference, atmosphere=air)))
    by_hand = with_site(reference, atmosphere=night.atmosphere, assumed=night.assumed)
    by_hand = replace(by_hand, options=RunOptions(visibility_km=3.33))
    assert not any("takes its place" in each for each in warnings_of(by_hand))


@pytest.mark.parametrize(("mismatch", "told"), [(1.0, False), (0.95, True)])
def test_unlike_detectors_are_told_beside_the_key(reference, mismatch, told):
    """One proof takes the mismatch in; the others do not, and a passive receiver is more than that one covers."""
    result = with_site(reference, detectors=replace(reference.site.detectors, efficiency_mismatch=mismatch))
    words = (
        "detectors.efficiency_mismatch is 0.95: the key of tupkary_variable_length alone takes it in, as for a basis "
        "that is chosen actively; the other proofs assume detectors that are alike"
    )
    assert (words in warnings_of(result)) == told
