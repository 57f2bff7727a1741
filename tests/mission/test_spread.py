"""Spreads of inputs. Witnesses: quantiles of the normal law as printed in tables, closed forms of truncated laws."""

import re
from dataclasses import replace

import numpy as np
import pytest

from passplan.channel.receiver import Receiver
from passplan.errors import DomainError, InputError
from passplan.mission.payload import GroundSite, Payload, spread_inputs
from passplan.mission.scenario import parse_record
from passplan.mission.spread import (
    Band,
    Limits,
    Spread,
    SpreadInput,
    band,
    cause_of,
    causes_of,
    field_limits,
    latin_hypercube,
    sampled_inputs,
)

ONE_SIGMA = 0.8413447460685429  # cumulative probability at one sigma, any table of the normal law
TAIL = 0.9772498680518208  # and at two


def spread(**form):
    return Spread(reason="a test", **form)


@pytest.mark.parametrize(
    ("form", "one", "two"),
    [({"factor": 2.0}, 20.0, 40.0), ({"sigma": 3.0}, 13.0, 16.0)],
)
def test_one_sigma_and_two_stand_where_the_normal_law_puts_them(form, one, two):
    found = spread(**form).quantile([0.5, ONE_SIGMA, TAIL], value=10.0)
    assert found == pytest.approx([10.0, one, two], rel=1e-12)


def test_a_uniform_spread_is_linear_in_the_probability():
    found = spread(low=0.0, high=25.0).quantile([0.02, 0.5, 0.98], value=25.0, limits=Limits(0.0))
    assert found == pytest.approx([0.5, 12.5, 24.5])


def test_half_a_law_is_cut_and_made_whole():
    """A value on its limit: |z| of a half-normal has its median at the 75 % quantile of the normal law, 0.67449."""
    found = spread(sigma=2.0).quantile([0.5], value=0.0, limits=Limits(low=0.0))
    assert found == pytest.approx([2.0 * 0.674489750196])


def test_a_cut_law_heaps_nothing_on_its_limits(rng):
    values = spread(factor=3.0).quantile(rng.uniform(1e-9, 1 - 1e-9, 4000), value=0.9, limits=Limits(0.0, 1.0))
    assert values.min() > 0.0
    assert values.max() < 1.0
    assert np.mean(values > 0.99) < 0.05  # clipped, 46 % of them would be 1


@pytest.mark.parametrize("form", [{"factor": 1.0}, {"sigma": 0.0}, {"low": 4.0, "high": 4.0}])
def test_no_width_leaves_the_value(form, rng):
    assert np.all(spread(**form).quantile(rng.uniform(0.01, 0.99, 20), value=4.0) == 4.0)


def test_the_element_set_grows_older():
    """hypot(1, 2 * 3): the law of the polarization's unknown angle."""
    young = spread(sigma=1.0, per_day=2.0)
    assert young.at_age(-3.0).sigma == pytest.approx(np.sqrt(37.0))
    assert spread(factor=2.0).at_age(9.0) == spread(factor=2.0)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "no width, must have exactly one of factor, sigma"),
        ({"factor": 2.0, "sigma": 1.0}, "factor and sigma, must have exactly one"),
        ({"low": 1.0}, "Spread has low, must have exactly one"),
        ({"factor": 0.5}, r"Spread.factor is 0.5, must lie in \[1, inf\)"),
        ({"sigma": -1.0}, r"Spread.sigma is -1.0, must lie in \[0, inf\)"),
        ({"sigma": np.nan}, "Spread.sigma is nan"),
        ({"low": 3.0, "high": 1.0}, "Spread.low is 3.0"),
        ({"low": -np.inf, "high": 1.0}, "Spread.low is -inf"),
        ({"low": 1.0, "high": np.inf}, "Spread.high is inf"),
        ({"factor": 2.0, "per_day": 1.0}, "per_day is 1.0 a day, must stand beside sigma"),
        ({"sigma": 2.0, "per_day": -1.0}, "Spread.per_day is -1.0"),
    ],
)
def test_widths_that_are_none(form, words):
    with pytest.raises(DomainError, match=words):
        spread(**form)


def test_a_width_without_a_reason():
    with pytest.raises(DomainError, match="reason is empty, must say where the width comes from"):
        Spread(factor=2.0, reason=" ")


def test_what_a_quantile_refuses():
    with pytest.raises(DomainError, match=r"probability is 1.0"):
        spread(sigma=1.0).quantile(1.0, value=0.0)
    with pytest.raises(DomainError, match=r"value is 2.0"):
        spread(sigma=1.0).quantile(0.5, value=2.0, limits=Limits(0.0, 1.0))
    with pytest.raises(DomainError, match=r"value with a factor is 0.0"):
        spread(factor=2.0).quantile(0.5, value=0.0)


def test_an_input_refuses_a_spread_that_does_not_fit():
    some = {"key": "detectors.dark_cps", "limits": Limits(low=0.0)}
    with pytest.raises(DomainError, match=r"factor stands at a value of 0, which must be > 0; write a sigma"):
        SpreadInput(value=0.0, spread=spread(factor=2.0), **some)
    with pytest.raises(DomainError, match=r'spread."detectors.dark_cps".low is -1.0'):
        SpreadInput(value=5.0, spread=spread(low=-1.0, high=2.0), **some)
    with pytest.raises(DomainError, match=r"per_day is 1.0, must stand at element_set.along_track_km alone"):
        SpreadInput(value=5.0, spread=spread(sigma=1.0, per_day=1.0), **some)


def test_limits_are_those_beside_the_field():
    """Receiver: optics_efficiency in (0, 1], obscuration in [0, 1), filter_centre_nm > 0 or None."""
    assert field_limits(Receiver, "optics_efficiency") == Limits(np.nextafter(0.0, 1.0), 1.0)
    assert field_limits(Receiver, "obscuration") == Limits(0.0, np.nextafter(1.0, 0.0))
    assert field_limits(Receiver, "filter_centre_nm") == Limits(np.nextafter(0.0, 1.0), np.inf)
    assert field_limits(Receiver, "corrects_chromatic_refraction") is None


def test_each_row_of_a_latin_hypercube_has_one_sample_a_stratum(rng):
    shares = latin_hypercube(3, 50, rng)
    assert np.all(np.sort(np.floor(shares * 50), axis=1) == np.arange(50))
    assert not np.array_equal(np.argsort(shares[0]), np.argsort(shares[1]))
    with pytest.raises(DomainError, match="samples is 0"):
        latin_hypercube(1, 0, rng)


def test_samples_have_the_moments_of_their_law(rng):
    """A normal law: mean and standard deviation; a log-normal: mean v exp(s^2/2)."""
    found = sampled_inputs({"a": spread(sigma=2.0), "b": spread(factor=np.e)}, {"a": 5.0, "b": 3.0}, {}, 4000, rng)
    assert (found["a"].mean(), found["a"].std()) == pytest.approx((5.0, 2.0), rel=2e-3)
    assert found["b"].mean() == pytest.approx(3.0 * np.exp(0.5), rel=5e-3)
    assert abs(np.corrcoef(found["a"], found["b"])[0, 1]) < 0.06


def test_a_band_holds_what_its_name_says():
    found = band(np.arange(1001.0))
    assert (found.p2_5, found.p16, found.p50, found.p84, found.p97_5) == pytest.approx((25, 160, 500, 840, 975))
    assert found.holds(25.0)
    assert not found.holds(24.0)
    assert set(found.to_dict()) == set(Band.__slots__)
    assert band(np.ones((7, 3))).p50.shape == (3,)


def test_causes_by_key():
    named = {
        "atmosphere.visibility_km": "visibility",
        "atmosphere.ground_cn2": "turbulence",
        "sky.moonlight_factor": "background",
        "receiver.field_of_view_urad": "background",
        "receiver.filter_nm": "background",
        "detectors.dark_cps": "background",
        "transmitter.main_lobe_efficiency": "static loss",
        "detectors.efficiency": "static loss",
        "source.preparation_error": "intrinsic error",
        "polarization.intrinsic_contrast": "intrinsic error",
        "pointing.jitter_factor": "pointing",
        "element_set.along_track_km": "element set",
        "key.error_correction_efficiency": "key practice",
        "station.height_m": "station",
    }
    assert {key: cause_of(key) for key in named} == named
    own = SpreadInput(key="sky.x", value=1.0, limits=Limits(), spread=replace(spread(sigma=1.0), cause="Moon"))
    assert causes_of([own, own]) == ("Moon",)


def text_of(checkout, name):
    text = (checkout / name).read_text(encoding="utf-8")
    return text[: text.index("[spread]")] + "[spread]\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('"atmosphere.visibilty_km" = { factor = 2.0, reason = "x" }', "did you mean 'visibility_km'"),
        (
            '"atmosphere.visibility_km" = { facter = 2.0, reason = "x" }',
            "facter is no known key; did you mean 'factor'",
        ),
        ('"atmosphere.visibility_km" = { factor = 2.0 }', "reason is missing"),
        ('"atmosphere.visibility_km" = { factor = 0.5, reason = "x" }', "factor is 0.5, must be >= 1"),
        ('"atmosphere.visibility_km" = { reason = "x" }', "Spread has no width"),
        ('"atmosphere.visibility_km" = { low = 0.1, high = 9.0, reason = "x" }', r"low is 0.1, must lie in \[1, 300\]"),
        ('"atmosphere.airmass_model" = { factor = 2.0, reason = "x" }', "must stand at a number that is measured"),
        ('"receiver" = { factor = 2.0, reason = "x" }', "must stand at a number that is measured"),
        ('"apt.aperture_m" = { factor = 2.0, reason = "x" }', "would need new tracking; spread pointing.jitter_factor"),
        ('"vibration.rms_urad" = { factor = 2.0, reason = "x" }', "would need new tracking"),
        ('"station.latitude_deg" = { sigma = 1.0, reason = "x" }', "spread element_set.along_track_km"),
        ('"polarization.motor.bias_deg" = { sigma = 1.0, reason = "x" }', "would need the plates driven anew"),
        ('"pointing.jiter_factor" = { factor = 2.0, reason = "x" }', "did you mean 'pointing.jitter_factor'"),
        ('"pointing.jitter_factor" = { factor = 2.0, reason = "x" }', "must stand in a satellite's"),
    ],
)
def test_faults_of_a_station_file_name_what_is_allowed(checkout, line, words):
    with pytest.raises(InputError, match=words):
        parse_record(text_of(checkout, "stations/xinglong.toml") + line, GroundSite, source="site.toml")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('"sky.city_factor" = { factor = 2.0, reason = "x" }', "must stand in a station's"),
        ('"source.wavelength_nm" = { sigma = 2.0, reason = "x" }', "stands in several records that must agree"),
        ('"key.max_range_km" = { sigma = 2.0, reason = "x" }', "is a rule, not a measurement"),
        ('"attitude.roll_error_deg" = { sigma = 2.0, reason = "x" }', "is itself an error of an angle"),
    ],
)
def test_faults_of_a_satellite_file(checkout, line, words):
    with pytest.raises(InputError, match=words):
        parse_record(text_of(checkout, "tle/micius.toml") + line, Payload, source="sat.toml")


def test_a_fault_inside_a_spread_names_its_line(checkout):
    text = text_of(checkout, "tle/micius.toml") + '"pointing.bias_urad" = { sgima = 1.0, reason = "x" }'
    place = f"^sat.toml:{text.count(chr(10)) + 1}: spread.pointing.bias_urad.sgima"
    with pytest.raises(InputError, match=place):
        parse_record(text, Payload, source="sat.toml")


def faults_of(text, schema=GroundSite, source="site.toml"):
    with pytest.raises(InputError) as caught:
        parse_record(text, schema, source=source)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    "line",
    [
        '"atmosphere.airmass_model" = { factor = 2.0, reason = "x" }',
        '"receiver.corrects_chromatic_refraction" = { factor = 2.0, reason = "x" }',
        '"sky.city_light" = { factor = 2.0, reason = "x" }',
        '"atmosphere.no_such" = { factor = 2.0, reason = "x" }',
        '"atmosphere.visibility_km" = { low = 0.1, high = 50.0, reason = "x" }',
        '"polarization.motor.bias_deg" = { sigma = 1.0, reason = "x" }',
        '"receiver.obscuration" = { factor = 2.0, reason = "x" }',
        '"receiver.filter_centre_nm" = { sigma = 0.1, reason = "x" }',
        '"atmosphere.visibility_km" = { low = 40.0, high = 50.0, reason = "x" }',
    ],
)
def test_every_fault_of_a_spread_stands_on_its_own_line(checkout, line):
    """Text, truth value, list, unknown, below the limits, not to be spread, factor at 0, unset, beside the value."""
    text = text_of(checkout, "stations/xinglong.toml")
    line_number = text.count("\n") + 2
    (fault,) = faults_of(text + "# a comment\n" + line)
    assert fault.startswith(f"site.toml:{line_number}: spread.")
    assert line.split()[0] in fault


def test_faults_of_spreads_and_notes_come_together(checkout):
    """Two spreads and a note of one file; the line of each."""
    text = text_of(checkout, "stations/xinglong.toml").replace("[assumed]\n", '[assumed]\n"sky.no_such" = "x"\n')
    lines = ['"receiver" = { factor = 2.0, reason = "x" }', '"apt.aperture_m" = { factor = 2.0, reason = "x" }']
    found = faults_of(text + "\n".join(lines))
    note = text[: text.index('"sky.no_such"')].count("\n") + 1
    last = text.count("\n") + 1
    assert [fault.split(": ")[0] for fault in found] == [f"site.toml:{number}" for number in (note, last, last + 1)]
    assert found[0].startswith(f"site.toml:{note}: assumed.\"sky.no_such\": no such key: 'sky.no_such' (at 'no_such')")


def test_a_key_that_is_not_used_carries_none(checkout):
    """filter_centre_nm is absent at Xinglong: the filter follows the signal, and a width of it says nothing."""
    line = '"receiver.filter_centre_nm" = { sigma = 0.1, reason = "x" }'
    (fault,) = faults_of(text_of(checkout, "stations/xinglong.toml") + line)
    assert fault.endswith(
        "stands at a value that is not set, must stand at one that is; write receiver.filter_centre_nm"
    )


def test_a_uniform_spread_holds_its_value(checkout):
    """23 km is in 1 .. 23 and in 23 .. 50, not in 40 .. 50, nor in 1 .. 5; 25 counts are in 0 .. 25."""
    text = text_of(checkout, "stations/xinglong.toml")
    for low, high in ((1.0, 23.0), (23.0, 50.0)):
        parse_record(
            text + f'"atmosphere.visibility_km" = {{ low = {low}, high = {high}, reason = "x" }}',
            GroundSite,
            source="site.toml",
        )
    for low, high in ((40.0, 50.0), (1.0, 5.0)):
        line = f'"atmosphere.visibility_km" = {{ low = {low}, high = {high}, reason = "x" }}'
        (fault,) = faults_of(text + line)
        assert f'spread."atmosphere.visibility_km" goes from {low:g} to {high:g}, must hold the value, 23' in fault
    parse_record(text + '"detectors.dark_cps" = { low = 0, high = 25, reason = "x" }', GroundSite, source="site.toml")


def test_a_value_that_a_night_moved_out_of_its_spread_is_refused_where_it_is_sampled(checkout):
    """The record with another visibility stands, as for a run that samples nothing; its inputs do not."""
    line = '"atmosphere.visibility_km" = { low = 10.0, high = 50.0, reason = "x" }'
    site = parse_record(text_of(checkout, "stations/xinglong.toml") + line, GroundSite, source="site.toml")
    hazy = replace(site, atmosphere=site.atmosphere.with_visibility(3.3))
    with pytest.raises(DomainError, match=r"goes from 10 to 50, must hold the value, 3.3"):
        spread_inputs(hazy)


def test_the_factor_on_a_table_takes_a_factor_alone(checkout):
    """efficiency times table: 0.9 +- 0.05 of the file is not 0.43 +- 0.05 of the detectors."""
    text = text_of(checkout, "stations/xinglong.toml").replace(
        "[detectors]\n", '[detectors]\nefficiency_table = "silicon"\n'
    )
    key = '"detectors.efficiency"'
    parse_record(text + key + ' = { factor = 1.1, reason = "x" }', GroundSite, source="site.toml")
    (fault,) = faults_of(text + key + ' = { sigma = 0.05, reason = "x" }')
    assert 'spread."detectors.efficiency" is +- 0.05, must be a factor: the value is multiplied by' in fault


def test_a_note_that_another_kind_of_transmitter_left_behind(checkout):
    """A file turned from far_field to aperture keeps the sources of the keys that are gone."""
    text = re.sub(
        r"\[transmitter\]\n(?:.+\n)+",
        '[transmitter]\nkind = "aperture"\naperture_m = 0.3\nwaist_m = 0.054\nwavelength_nm = 848.6\n',
        text_of(checkout, "tle/micius.toml"),
    )
    place = text[: text.index('"transmitter.full_divergence_x_urad" =')].count("\n") + 1
    found = faults_of(text, Payload, "sat.toml")
    (fault,) = (each for each in found if "full_divergence_x_urad" in each)
    assert fault.startswith(f'sat.toml:{place}: sources."transmitter.full_divergence_x_urad": no such key')
    assert "transmitter is of kind 'aperture'" in fault


def test_two_wavelengths_name_the_line_of_one(checkout):
    """source.wavelength_nm is refused on its line."""
    text = text_of(checkout, "tle/micius.toml")
    head, tail = text.split("[source]", 1)
    text = head + "[source]" + tail.replace("848.6", "1550.0", 1)
    place = text[: text.index("1550.0")].count("\n") + 1
    (fault,) = faults_of(text, Payload, "sat.toml")
    assert fault.startswith(f"sat.toml:{place}: source.wavelength_nm is 1550.0 nm, must be transmitter.wavelength_nm")


@pytest.mark.parametrize("name", ["delingha", "graz", "lijiang", "nanshan", "ngari", "xinglong"])
def test_every_station_gives_its_widths_a_reason(checkout, name):
    text = (checkout / f"stations/{name}.toml").read_text(encoding="utf-8")
    site = parse_record(text, GroundSite, source=name)
    inputs = spread_inputs(site)
    assert {"visibility", "background", "static loss"} <= set(causes_of(inputs))
    assert all(re.search(r"\w{4}", each.spread.reason) for each in inputs)
