"""Background of a pass: what old files give, physics by cause, stray light, and what a bright sky is told to do."""

import json
from dataclasses import replace

import numpy as np
import pytest

from passplan.apt.beacon import received_power_w
from passplan.channel.background import Background
from passplan.channel.city_light import Town
from passplan.channel.refraction import apparent_elevation_deg
from passplan.channel.sky import Sky
from passplan.channel.sky_counts import sky_counts_cps
from passplan.channel.sky_levels import moon_phase_share, moonlight_geometry
from passplan.mission.background_path import background_of, background_warnings
from passplan.mission.export import json_text, per_second
from passplan.mission.link import simulate_pass
from passplan.mission.selection import Limits, select_by_id
from passplan.mission.summary import detection_section, warnings_of
from passplan.plots import link
from passplan.report.drawing import PLOTS
from passplan.report.rows import sections
from passplan.units import to_loss_db


def background(result, *, sky=None, **receiver):
    site = result.site
    site = replace(site, sky=sky or site.sky, receiver=replace(site.receiver, **receiver))
    apparent_deg = apparent_elevation_deg(elevation_deg=result.track.elevation_deg)
    return background_of(replace(result.selection, site=site), result.track, result.light, apparent_deg)


@pytest.fixture(scope="module")
def levels():
    return Sky(dark_radiance_w_m2_sr_um=1.5e-5, full_moon_radiance_w_m2_sr_um=1.5e-3, day_radiance_w_m2_sr_um=1.5)


def test_a_sky_told_by_levels(reference, levels):
    """By hand: 1.5e-5, times 3 towards the town, plus 1.5e-3 by the Moon's phase and place, through the receiver."""
    light, receiver = reference.light, reference.site.receiver
    found = background(
        reference, sky=replace(levels, city_light=((0.0, 1.0), (160.0, 1.0), (215.0, 3.0), (270.0, 1.0)))
    )
    city = np.interp(reference.track.azimuth_deg, [0.0, 160.0, 215.0, 270.0, 360.0], [1.0, 1.0, 3.0, 1.0, 1.0])
    shape = moonlight_geometry(
        moon_elevation_deg=light.moon_elevation_deg,
        moon_separation_deg=light.moon_separation_deg,
        elevation_deg=apparent_elevation_deg(elevation_deg=reference.track.elevation_deg),
    )
    moonlit = 1.5e-3 * moon_phase_share(moon_illumination=light.moon_illumination) * shape
    expected = sky_counts_cps(
        radiance_w_m2_sr_um=1.5e-5 * city + moonlit,
        aperture_m=receiver.aperture_m,
        field_of_view_urad=receiver.field_of_view_urad,
        filter_nm=receiver.filter_nm,
        wavelength_nm=848.6,
        efficiency=receiver.optics_efficiency * reference.site.detectors.efficiency,
        obscuration=receiver.obscuration,
    )
    np.testing.assert_allclose(found.sky_cps, expected, rtol=1e-12)
    np.testing.assert_allclose(found.total_cps - found.sky_cps, 4.0 * reference.site.detectors.dark_cps, rtol=1e-9)


def test_a_sky_by_physics(reference, levels):
    """Property: without levels six causes; dark sky within a factor of 3, moonlight far below Miao's."""
    found, told = (background(reference, sky=sky).by_cause_cps for sky in (Sky(), levels))
    assert [*found][:6] == ["airglow", "zodiacal", "starlight", "moonlight", "sunlight", "city"]
    inside = reference.mask
    dark = sum(found[cause][inside].mean() for cause in ("airglow", "zodiacal", "starlight"))
    assert 1.0 / 3.0 < dark / told["dark"][inside].mean() < 3.0
    assert 0.0 < found["moonlight"][inside].mean() < 0.1 * told["moonlight"][inside].mean()
    np.testing.assert_array_equal(found["sunlight"], 0.0)


def test_light_of_both_beacons(reference):
    """By hand: the beacon's power inside the aperture, blocked by 100 dB, 3.734e-19 J a photon; the own one is weak."""
    found = background(reference, beacon_blocking_db=100.0)
    beacon, receiver = reference.payload.beacon, reference.site.receiver
    efficiency = receiver.optics_efficiency * reference.site.detectors.efficiency
    clear_w = received_power_w(beacon, range_km=reference.track.range_km, aperture_m=receiver.aperture_m)
    upper_cps = clear_w * 1e-10 * efficiency / 3.734e-19
    extinction_db = to_loss_db(found.by_cause_cps["satellite_beacon"] / upper_cps)
    assert np.all((extinction_db > 1.0) & (extinction_db < 60.0))
    assert np.argmin(extinction_db) == pytest.approx(np.argmax(reference.track.elevation_deg), abs=1)
    own = found.by_cause_cps["ground_beacon"]
    assert np.all((own > 0.0) & (own < found.by_cause_cps["satellite_beacon"].max()))
    without = background(reference).by_cause_cps
    np.testing.assert_array_equal(without["satellite_beacon"] + without["ground_beacon"], 0.0)


def test_the_document_and_the_table_name_the_causes(reference):
    """Conserved: means of the causes and columns of the table add up to the whole."""
    section = detection_section(reference)
    causes = section["background_by_cause"]
    assert sum(causes.values()) == pytest.approx(section["background_cps"], rel=1e-9)
    table = per_second(reference)
    columns = [f"background_{cause}_cps" for cause in causes]
    np.testing.assert_allclose(sum(table[name] for name in columns), table["background_cps"], rtol=1e-12)


def test_the_report_shows_the_causes_that_count(reference, reference_document):
    """Two routes: each line against the document; a cause that counts nothing has none."""
    (block,) = sections(reference_document, ("link",))
    rows = {row.quantity: row.simulated for row in block.rows}
    causes = reference_document["detection"]["background_by_cause"]
    for cause, value in causes.items():
        name = f"  of it {cause.replace('_', ' ')}"
        assert rows.get(name) == (f"{value:,.1f} counts/s" if value else None)


@pytest.fixture(scope="module")
def reference_document(reference):
    from passplan.mission.summary import summary

    return summary(reference)


def test_the_plot_stacks_up_to_the_total(reference):
    """Two routes: the line of the total against the counts; Moon and Sun stand in the title; no cause of nought."""
    assert "background" in PLOTS
    drawn = link.background(reference)
    (total,) = [line.get_ydata() for line in drawn.get_lines() if line.get_label() == "total"]
    np.testing.assert_allclose(total, sum(reference.background.by_cause_cps.values()), rtol=1e-12)
    assert "Moon 64% lit" in drawn.get_title()
    assert "Sun at -7" in drawn.get_title()
    labels = [text.get_text() for text in drawn.get_legend().get_texts()]
    assert "moonlight" in labels
    assert "sunlight" not in labels


def test_a_bright_sky_saturates_and_says_when(reference):
    """By hand: four detectors of 1 Mcps each; the sky passes 4 Mcps from the tenth second to the twelfth."""
    detectors = reference.site.detectors
    sky_cps = np.full(reference.track.time_s.size, 10.0)
    sky_cps[10:13] = 1.01 * 4.0 * detectors.saturation_cps
    bright = replace(reference, background=Background(by_cause_cps={"sunlight": sky_cps, "dark_counts": 0.0 * sky_cps}))
    (warning,) = background_warnings(bright)
    first, last = (per_second(reference)["time_utc"][index].split("T")[1].rstrip("Z") for index in (10, 12))
    assert warning.startswith("the sky saturates the detectors from ")
    assert first.split(".")[0] in warning
    assert last.split(".")[0] in warning
    assert "Sun at -7" in warning
    assert "most of it sunlight" in warning
    assert background_warnings(reference) == []


def test_by_day_the_pass_runs_and_leaves_no_key(catalog):
    """Whole way: Sun at 26 deg, detections and a QBER above 20 %, no key, and the reason."""
    limits = Limits(max_sun_elevation_deg=90.0)
    selection = select_by_id(catalog, "micius/xinglong/20161219T0350", limits=limits)
    site = replace(selection.site, sky=Sky(), receiver=replace(selection.site.receiver, field_of_view_urad=200.0))
    result = simulate_pass(replace(selection, site=site), seed=1)
    assert result.keys[result.payload.key.proof].secret_bits == 0
    assert detection_section(result)["qber"] > 0.2
    told = "; ".join(warnings_of(result))
    assert "the sky saturates the detectors from" in told
    assert "Sun at 26" in told
    assert "no key is left: the background of" in told
    assert "most of it sunlight" in told


def test_towns_can_be_written(reference):
    """Refused by the plain encoder of JSON: a record within a document."""
    document = json.loads(json_text({"value": (Town(azimuth_deg=215.0, horizon_radiance_w_m2_sr_um=1e-4),)}))
    assert document["value"][0]["azimuth_deg"] == 215.0
