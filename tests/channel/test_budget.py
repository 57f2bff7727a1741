import pickle
from dataclasses import replace

import numpy as np
import pytest

from passplan.channel.adaptive_optics import ModalCorrection, NoCorrection, TipTilt
from passplan.channel.atmosphere import Atmosphere
from passplan.channel.budget import LossBudget, loss_budget
from passplan.channel.cloud import CloudLayer
from passplan.channel.coupling import SingleModeFibre
from passplan.channel.extinction import airmass
from passplan.channel.extinction_table import parse_extinction_table
from passplan.channel.fading import averaged_share
from passplan.channel.pointing_loss import PointingError
from passplan.channel.profiles import BuftonWind, TabulatedProfile
from passplan.channel.receiver import Receiver
from passplan.channel.refraction import chromatic_refraction_urad, true_elevation_deg
from passplan.channel.transmitter import FarFieldTransmitter
from passplan.channel.turbulence import HufnagelValley, beam_spread_urad, seeing_fwhm_urad
from passplan.errors import DomainError
from passplan.units import to_loss_db, to_transmittance

TERMS = ["diffraction", "main_lobe", "pointing", "extinction", "turbulence", "field_stop", "receiver_optics"]
MICIUS = FarFieldTransmitter(
    aperture_m=0.3,
    full_divergence_x_urad=10.0,
    full_divergence_y_urad=10.0,
    beam="gaussian",
    wavelength_nm=848.6,
    main_lobe_efficiency=0.5,
)
XINGLONG = Receiver(aperture_m=1.0, field_of_view_urad=100.0, filter_nm=5.0, optics_efficiency=0.16)
# Range, elevation and rate of the Micius pass of 2016-12-19 at 10 deg, 1200 km, 30 deg, culmination.
PASS = {
    "range_km": np.array([1683.8, 1200.0, 897.0, 645.37]),
    "elevation_deg": np.array([10.0, 19.4, 30.0, 47.83]),
    "los_rate_urad_s": np.array([2120.0, 3760.0, 6380.0, 11_930.0]),
}


def budget_of(**changes):
    values = PASS | {
        "transmitter": MICIUS,
        "receiver": XINGLONG,
        "atmosphere": Atmosphere(visibility_km=5.0),
        "height_m": 0.0,
        "satellite_error": PointingError(jitter_x_urad=1.2, jitter_y_urad=1.2),
        "ground_error": PointingError(jitter_x_urad=2.0, jitter_y_urad=2.0),
        "jitter_correlation_s": 8e-3,
        "beacon_nm": 532.0,
    }
    return loss_budget(**(values | changes))


def test_named_terms_of_the_reference_pass():
    """By hand at 1200 and 645 km: 18.60, 13.29 dB Gaussian, 3.01 lobe, 0.90 jitter, 7.96 optics; each airmass.

    Over 1 m in a spot of 3.2 m the jitter costs 0.02 dB less: (1 - e^(-2a2/(w2 + 4s2))) / (1 - e^(-2a2/w2)).
    """
    budget = budget_of()
    assert list(budget.terms_db) == TERMS
    at_1200, at_645 = 1, 3
    printed_step_db = 0.01
    for name, far_db, near_db in (
        ("diffraction", 18.60, 13.29),
        ("main_lobe", 3.01, 3.01),
        ("pointing", 0.90, 0.881),
        ("extinction", 0.323 * 2.985 + 2.837 * 3.0052, 0.323 * 1.348 + 2.837 * 1.349),
        ("receiver_optics", 7.959, 7.959),
    ):
        assert budget.terms_db[name][at_1200] == pytest.approx(far_db, abs=printed_step_db)
        assert budget.terms_db[name][at_645] == pytest.approx(near_db, abs=printed_step_db)
    np.testing.assert_allclose(budget.loss_db, sum(budget.terms_db.values()), rtol=1e-12)
    np.testing.assert_allclose(budget.transmittance, 10.0 ** (-0.1 * budget.loss_db), rtol=1e-12)


def test_total_against_the_published_rates():
    """Liao 2017: 12 kbit/s at 645 km and 1 kbit/s at 1200 km, which ask for 29.2 and 40.0 dB with optics, to 1 dB."""
    loss_db = budget_of().loss_db
    np.testing.assert_allclose(loss_db[[3, 1]], [29.2, 40.0], atol=1.0)


def test_turbulence_costs_next_to_nothing_in_the_mean():
    """Scintillation conserves the mean; the spread of the beam takes 4.34 (spread/width)^2 dB, 0.0015 at 1200 km."""
    turbulence_db = budget_of().terms_db["turbulence"]
    air = HufnagelValley()
    path = {"range_km": PASS["range_km"], "elevation_deg": PASS["elevation_deg"], "wavelength_nm": 848.6}
    expected_db = 10.0 / np.log(10.0) * (beam_spread_urad(air, **path) / 5.0) ** 2
    np.testing.assert_allclose(turbulence_db, expected_db, rtol=1e-3)
    assert turbulence_db[1] == pytest.approx(0.0015, abs=1e-4)


def test_fading_of_the_reference_pass():
    """Jitter .0363 and scintillation .00072 at culmination (worked apart): product law; jitter alone after a second."""
    budget = budget_of()
    assert budget.fading_index[3] == pytest.approx(1.0363 * 1.00072 - 1.0, rel=0.01)
    still_air = budget_of(atmosphere=Atmosphere(visibility_km=5.0, ground_cn2=0.0, high_wind_m_s=0.0))
    expected = still_air.transmittance[3] * np.sqrt(0.0363 * averaged_share(correlation_s=8e-3))
    assert still_air.transmittance_std[3] == pytest.approx(expected, rel=0.01)
    assert np.all(budget.transmittance_std > 0.0)
    assert np.all(budget.transmittance_std < 0.05 * budget.transmittance)


def test_longer_averages_are_steadier():
    """Closed form: far beyond the correlation time the scatter falls as the root of the interval."""
    one_s, four_s = budget_of(), budget_of(interval_s=4.0)
    np.testing.assert_allclose(one_s.transmittance_std / four_s.transmittance_std, 2.0, rtol=0.02)


def test_a_beam_model_is_three_decibels():
    """Series: top-hat lies 3.01 dB under the Gaussian, less 4.34 (aperture/spot)^2 dB for a finite aperture."""
    top_hat = budget_of(transmitter=replace(MICIUS, beam="top-hat"))
    gap_db = top_hat.terms_db["diffraction"] - budget_of().terms_db["diffraction"]
    aperture_per_spot = 0.5 / (5e-3 * PASS["range_km"])
    third_order_db = 0.003
    expected_db = 10.0 / np.log(10.0) * (np.log(2.0) - aperture_per_spot**2)
    np.testing.assert_allclose(gap_db, expected_db, atol=third_order_db)


def test_a_higher_site_loses_less():
    """Property: less air and less haze above 890 m, nothing else changes but turbulence."""
    low, high = budget_of(), budget_of(height_m=890.0)
    assert np.all(high.terms_db["extinction"] < low.terms_db["extinction"])
    np.testing.assert_array_equal(high.terms_db["diffraction"], low.terms_db["diffraction"])


def test_a_narrow_field_stop_costs_and_a_ground_bias_more():
    """Property: 100 urad pass all the light inside the window, 20 urad do not; a bias takes more."""
    narrow = replace(XINGLONG, field_of_view_urad=20.0)
    wide_db = budget_of().terms_db["field_stop"]
    narrow_db = budget_of(receiver=narrow).terms_db["field_stop"]
    biased_db = budget_of(receiver=narrow, ground_error=PointingError(bias_x_urad=8.0)).terms_db["field_stop"]
    assert np.all(wide_db < 1e-3)
    assert np.all(narrow_db > 0.1)
    assert np.all(biased_db > narrow_db)


def test_seconds_without_lock_stay_finite():
    """Stated floor: a bias of 5 mrad is cut at 300 dB and warns of nothing."""
    bias_urad = np.array([5000.0, 0.0, 0.0, 0.0])
    lost = PointingError(bias_x_urad=bias_urad, jitter_x_urad=1.2, jitter_y_urad=1.2)
    budget = budget_of(satellite_error=lost, ground_error=lost)
    assert budget.terms_db["pointing"][0] == pytest.approx(300.0, rel=1e-12)
    assert budget.terms_db["field_stop"][0] == pytest.approx(300.0, rel=1e-12)
    assert np.all(np.isfinite(budget.loss_db))
    assert budget.transmittance_std[0] < 1e-30


def test_the_record_is_read_only_and_travels():
    """Promise: arrays cannot be changed, and a budget survives pickling for parallel campaigns."""
    budget = budget_of()
    with pytest.raises(ValueError, match="read-only"):
        budget.terms_db["pointing"][0] = 0.0
    copied = pickle.loads(pickle.dumps(budget))
    np.testing.assert_array_equal(copied.loss_db, budget.loss_db)


def test_one_instant_is_a_grid_of_one():
    """Shape rule: numbers give arrays of length 1."""
    budget = budget_of(range_km=1200.0, elevation_deg=19.4, los_rate_urad_s=3760.0)
    assert budget.loss_db.shape == (1,)
    assert budget.loss_db[0] == pytest.approx(budget_of().loss_db[1], rel=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"range_km": np.array([1.0, 2.0])}, "one grid"),
        ({"satellite_error": PointingError(bias_x_urad=np.zeros(3))}, r"satellite_error\.bias_x_urad 3"),
        ({"elevation_deg": np.array([-1.0, 10.0, 20.0, 30.0])}, "elevation_deg"),
        ({"los_rate_urad_s": -PASS["los_rate_urad_s"]}, "los_rate_urad_s"),
        ({"height_m": 9500.0}, "height_m"),
        ({"jitter_correlation_s": 0.0}, "correlation_a_s"),
        ({"transmitter": replace(MICIUS, wavelength_nm=450.0)}, "wavelength_nm"),
    ],
)
def test_wrong_passes_are_refused(changes, message):
    """Refusal: the message names the field."""
    with pytest.raises(DomainError, match=message):
        budget_of(**changes)


@pytest.mark.parametrize("name", ["terms_db", "transmittance_std", "fading_index"])
def test_negative_records_are_refused(name):
    """Refusal: a loss is never negative, nor is a scatter."""
    good = {"terms_db": {"pointing": np.zeros(2)}, "transmittance_std": np.zeros(2), "fading_index": np.zeros(2)}
    wrong = {"pointing": np.full(2, -1.0)} if name == "terms_db" else np.full(2, -1.0)
    with pytest.raises(DomainError, match=name):
        LossBudget(**(good | {name: wrong}))


def test_without_the_chromatic_offset_the_signal_sits_beside_the_centre_of_the_stop():
    """Refraction of 532 nm less that of 848.6 nm at 19.4 deg is about 10 urad; the share in the stop by Monte Carlo."""
    narrow = replace(XINGLONG, field_of_view_urad=36.0)
    followed, beside = (
        budget_of(receiver=replace(narrow, corrects_chromatic_refraction=corrects)) for corrects in (True, False)
    )
    assert np.all(beside.terms_db["field_stop"] > followed.terms_db["field_stop"])
    true_deg = true_elevation_deg(apparent_deg=19.4)
    offset_urad = chromatic_refraction_urad(elevation_deg=true_deg, beacon_nm=532.0, signal_nm=848.6)
    assert offset_urad == pytest.approx(10.0, abs=0.7)
    air = HufnagelValley(ground_cn2=1.7e-14, high_wind_m_s=21.0, site_height_m=0.0)
    seeing = seeing_fwhm_urad(air, elevation_deg=19.4, wavelength_nm=848.6) / (2.0 * np.sqrt(2.0 * np.log(2.0)))
    x, y = np.random.default_rng(5).normal(0.0, np.hypot(seeing, 2.0), (2, 400_000))
    share = np.mean(np.hypot(x, y - offset_urad) < 18.0)
    four_sigma_db = 4.0 * 4.34 * np.sqrt((1.0 - share) / share / 400_000)
    assert beside.terms_db["field_stop"][1] == pytest.approx(to_loss_db(share), abs=four_sigma_db)


@pytest.mark.parametrize("locked", [0.0, 0.3, 1.0])
def test_moments_of_a_second_that_is_locked_in_part(locked):
    """On-off process times a log-normal fade of unit mean, by Monte Carlo (exact at both ends)."""
    budget = budget_of()
    mean, variance = budget.while_locked(np.full(4, locked))
    rng = np.random.default_rng(3)
    on = rng.random(400_000) < locked
    spread = np.log1p(budget.fading_index[1])
    light = on * np.exp(rng.normal(-0.5 * spread, np.sqrt(spread), on.size))
    one_percent = 0.01
    assert mean[1] == pytest.approx(budget.transmittance[1] * light.mean(), rel=one_percent)
    assert variance[1] == pytest.approx(budget.transmittance[1] ** 2 * light.var(), rel=3 * one_percent)
    with pytest.raises(DomainError, match=r"locked is 1\.1"):
        budget.while_locked(1.1)


def test_jitter_of_a_narrow_beam_over_a_wide_receiver():
    """Closed form without bias: both means are Gaussian spots, the jittering one wider by 4 s^2; 3 urad full, 2.5 m."""
    narrow = FarFieldTransmitter(
        aperture_m=0.6, full_divergence_x_urad=3.0, full_divergence_y_urad=3.0, beam="gaussian", wavelength_nm=848.6
    )
    receiver = replace(XINGLONG, aperture_m=2.5)
    jitter = PointingError(jitter_x_urad=0.5, jitter_y_urad=0.5)
    at = {"range_km": [500.0, 1200.0], "elevation_deg": [60.0, 20.0], "los_rate_urad_s": [0.0, 0.0]}
    budget = budget_of(**at, transmitter=narrow, receiver=receiver, satellite_error=jitter)
    spot2, moved2 = (1.5e-3 * np.array(at["range_km"])) ** 2, (0.5e-3 * np.array(at["range_km"])) ** 2
    still, moving = (-np.expm1(-2.0 * 1.25**2 / w2) for w2 in (spot2, spot2 + 4.0 * moved2))
    np.testing.assert_allclose(budget.terms_db["pointing"], to_loss_db(moving / still), atol=2e-5)
    assert budget.terms_db["pointing"][0] < 0.3 * budget_of(**at, transmitter=narrow).terms_db["pointing"][1]


def test_clouds_are_a_term_of_their_own():
    """E[T] of one layer is 1 - p + p exp(-depth X): 3 dB at the zenith for half and an opaque layer."""
    layer = CloudLayer(probability=0.5, optical_depth=50.0)
    budget = budget_of(atmosphere=Atmosphere(visibility_km=5.0, cloud=(layer,)))
    assert [*budget.terms_db] == [*TERMS, "cloud"]
    np.testing.assert_allclose(budget.terms_db["cloud"], 3.0103, atol=1e-3)
    np.testing.assert_array_equal(budget.terms_db["extinction"], budget_of().terms_db["extinction"])


def test_a_table_takes_the_place_of_the_laws_and_says_where_it_ends():
    """A table written from a law of 2 dB an airmass gives it back; under its last angle only when asked, labelled."""
    angles = [90.0, 47.83, 30.0, 19.4]
    rows = [f"848.6,{deg},{float(to_transmittance(2.0 * airmass(elevation_deg=deg)))!r}" for deg in angles]
    table = parse_extinction_table(["wavelength_nm,elevation_deg,transmittance", *rows], source="x.csv")
    air = Atmosphere(visibility_km=5.0, extinction_table="x.csv")
    with pytest.raises(DomainError, match=r"elevation_deg is 10, must lie in .19.4, 90. deg"):
        budget_of(atmosphere=air, extinction_table=table)
    budget = budget_of(atmosphere=replace(air, extrapolate=True), extinction_table=table)
    expected_db = 2.0 * airmass(elevation_deg=PASS["elevation_deg"])
    np.testing.assert_allclose(budget.terms_db["extinction"], expected_db, rtol=1e-9)
    assert len(budget.labels) == 1
    assert budget.labels[0].startswith("extinction beyond the table")
    assert budget_of().labels == ()


def test_a_measured_profile_takes_the_place_of_hufnagel_valley():
    """A constant Cn2 over 20 km: aperture averaging and index follow from that profile alone, and its ends are told."""
    short = TabulatedProfile(height_m=(0.0, 20_000.0), strength=(1e-17, 1e-17))
    budget = budget_of(cn2_profile=short)
    assert budget.labels == ()
    assert budget.fading_index[0] != budget_of().fading_index[0]
    longer = replace(short, height_m=(50.0, 15_000.0), extrapolate=True)
    assert budget_of(cn2_profile=longer).labels == ("turbulence beyond the table of Cn2",)


def test_wind_by_height_carries_the_fades():
    """A stiffer wind shortens the fades and steadies the second's mean, as the root of the correlation time."""
    calm, storm = (
        budget_of(
            satellite_error=PointingError(),
            los_rate_urad_s=np.zeros(4),
            atmosphere=Atmosphere(visibility_km=5.0, wind=BuftonWind(ground_m_s=v, jet_m_s=0.0)),
        )
        for v in (10.0, 40.0)
    )
    left = [averaged_share(correlation_s=XINGLONG.aperture_m / v) for v in (10.0, 40.0)]
    ratio = calm.transmittance_std / storm.transmittance_std
    np.testing.assert_allclose(ratio, np.sqrt(left[0] / left[1]), rtol=0.01)


def test_a_fibre_takes_the_place_of_the_stop():
    """1 / (1 + (D/r0)^2) within a factor of 1.5 without correction (printed -20.6 dB at the zenith, 1 m, HV 5/7)."""
    bare = budget_of(receiver=replace(XINGLONG, coupling=SingleModeFibre()), elevation_deg=np.full(4, 90.0))
    assert "field_stop" not in bare.terms_db
    np.testing.assert_allclose(bare.terms_db["fibre_coupling"], 20.6, atol=1.8)


@pytest.mark.parametrize("jitter_urad", [0.0, 2.0])
def test_a_correction_never_couples_less_than_none(jitter_urad):
    """Property: more modes couple more, a useless mirror as much as none, and the residual's quick part costs."""
    shaken = PointingError(jitter_x_urad=jitter_urad, jitter_y_urad=jitter_urad)

    def coupled_db(correction, **changes):
        receiver = replace(XINGLONG, coupling=SingleModeFibre(correction=correction))
        return budget_of(receiver=receiver, ground_error=shaken, **changes).terms_db["fibre_coupling"]

    bare = coupled_db(NoCorrection())
    tilt = coupled_db(TipTilt(bandwidth_hz=500.0))
    few, many = (coupled_db(ModalCorrection(modes=modes, bandwidth_hz=500.0)) for modes in (20, 200))
    useless = coupled_db(ModalCorrection(modes=200, bandwidth_hz=1.0))
    assert np.all(tilt <= bare + 1e-9)
    assert np.all(few < tilt)
    assert np.all(many < few - 1.0)
    np.testing.assert_allclose(useless, bare, atol=1e-6)
    quick = coupled_db(ModalCorrection(modes=200, bandwidth_hz=500.0), ground_correlation_s=1e-4)
    assert np.all(quick > many) if jitter_urad else np.allclose(quick, many)
