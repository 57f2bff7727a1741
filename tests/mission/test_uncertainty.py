"""Bands and ranking of a pass. Witnesses: closed forms of one log-normal factor, the pass itself, properties."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri

from passplan.channel.cloud import CloudLayer, cloud_transmittance
from passplan.errors import DomainError
from passplan.mission.rerun import base_of, rerun, with_values
from passplan.mission.result import RunOptions
from passplan.mission.spread import Spread
from passplan.mission.uncertainty import COUNTING, LOSS, QBER, SECRET, SIFTED, inputs_of, uncertainty_of
from passplan.units import to_loss_db

LOBE, VISIBILITY, DARK = "transmitter.main_lobe_efficiency", "atmosphere.visibility_km", "detectors.dark_cps"


def spread(**form):
    return Spread(reason="a test", **form)


def with_spreads(result, *, satellite=None, station=None):
    """The pass with these spreads in place of its files', the night's own taken away."""
    payload = replace(result.payload, spread=satellite or {})
    site = replace(result.site, spread=station or {}, night=())
    return replace(result, selection=replace(result.selection, payload=payload, site=site))


def found(result, samples=20, seed=1, **spreads):
    return uncertainty_of(with_spreads(result, **spreads), samples=samples, rng=np.random.default_rng(seed))


@pytest.fixture(scope="module")
def lobe(reference):
    return found(reference, 40, satellite={LOBE: spread(factor=1.2)})


@pytest.fixture(scope="module")
def mixed(reference):
    station = {DARK: spread(sigma=5.0), "receiver.optics_efficiency": spread(factor=1.03)}
    satellite = {LOBE: spread(factor=1.05), "source.preparation_error": spread(factor=1.02)}
    return found(reference, 80, satellite=satellite, station=station)


def test_the_rerun_of_nothing_is_the_pass(reference):
    """Two routes: the cut pass with every input at its value, against the simulation."""
    again = base_of(reference).nominal
    mask = reference.mask
    assert again.budget.loss_db == pytest.approx(reference.budget.loss_db[mask], rel=1e-12)
    assert again.background_cps == pytest.approx(reference.background_cps[mask], rel=1e-12)
    assert again.clicks.sifted == pytest.approx(reference.sifted_bits[mask], rel=1e-9)
    assert again.secret_bits == reference.keys[reference.payload.key.proof].secret_bits


@pytest.mark.parametrize(
    "values",
    [{"source.preparation_error": 0.01}, {"sky.moonlight_factor": 2.0}, {DARK: 3.0}, {"sky.city_factor": 3.0}],
)
def test_stages_that_stand_are_those_run_anew(reference, values):
    """Two routes: stages kept from the pass, and all of them computed."""
    base = base_of(reference)
    kept, anew = rerun(base, values), rerun(base, values, reuse=False)
    assert kept.budget is base.nominal.budget
    assert np.array_equal(kept.clicks.clicks, anew.clicks.clicks)
    assert np.array_equal(kept.clicks.errors, anew.clicks.errors)
    assert not np.array_equal(kept.clicks.errors, base.nominal.clicks.errors)


def test_the_intrinsic_contrast_alone_changes_the_polarization(reference):
    """Contrast 100 has an error of 1/101: the change of the whole error is (1/101 - 1/281)(1 - 2 e) / (1 - 2/281)."""
    base = base_of(reference)
    error = rerun(base, {"polarization.intrinsic_contrast": 100.0}).error_polarization
    before = base.nominal.error_polarization
    without = (before - 1 / 281) / (1 - 2 / 281)
    assert error == pytest.approx(without + 1 / 101 - 2 * without / 101, rel=1e-9)


def test_a_satellite_ahead_is_seen_where_it_will_be(reference):
    """7.6 km ahead is a second early: the range of the second i is that of i + 1."""
    base = base_of(reference)
    speed_km_s = float(np.linalg.norm(base.track.satellite_velocity_km_s, axis=1).mean())
    shifted = rerun(base, {"element_set.along_track_km": speed_km_s}).budget.terms_db["diffraction"]
    assert shifted[:-1] == pytest.approx(base.nominal.budget.terms_db["diffraction"][1:], abs=2e-3)


def test_with_values_changes_what_it_names(reference):
    site = with_values(reference.site, {VISIBILITY: 9.0, DARK: 1.0})
    assert (site.atmosphere.visibility_km, site.detectors.dark_cps) == (9.0, 1.0)
    assert site.receiver is reference.site.receiver


def test_a_factor_on_the_loss_has_its_quantiles_exactly(lobe):
    """Loss -10 log10(x), x log-normal: normal with a sigma of 10 log10(1.2) = 0.7918 dB, at every second."""
    band, nominal = lobe.totals[LOSS], lobe.nominal[LOSS]
    for share, value in ((0.16, band.p16), (0.5, band.p50), (0.84, band.p84)):
        assert value - nominal == pytest.approx(0.7918 * ndtri(share), abs=0.06)
    assert lobe.loss_db.p84 - lobe.loss_db.p16 == pytest.approx(np.full(273, 2 * 0.7918 * ndtri(0.84)), abs=0.06)


def test_one_sigma_of_that_factor_is_in_the_ranking(lobe):
    (only,) = lobe.inputs
    assert (only.file, only.key, only.cause, only.spread) == ("satellite", LOBE, "static loss", "x/: 1.2")
    assert only.plus[LOSS] == pytest.approx(-10 * np.log10(1.2), abs=1e-6)
    assert only.minus[LOSS] == pytest.approx(10 * np.log10(1.2), abs=1e-6)
    assert only.plus[SIFTED] / lobe.nominal[SIFTED] == pytest.approx(0.2, abs=2e-3)  # a little saturates
    assert only.share[LOSS] == pytest.approx(1.0, abs=0.05)
    assert only.plus[SECRET] > 0.0 > only.minus[SECRET]


def test_counts_alone_scatter_as_poisson_and_binomial(lobe):
    """sqrt(N) bits and sqrt(q (1 - q) / N)."""
    bits, qber = lobe.nominal[SIFTED], lobe.nominal[QBER]
    alone = lobe.by_cause[COUNTING]
    width = 2 * ndtri(0.84)
    assert alone[SIFTED].p84 - alone[SIFTED].p16 == pytest.approx(width * np.sqrt(bits), rel=0.5)
    assert alone[QBER].p84 - alone[QBER].p16 == pytest.approx(width * np.sqrt(qber * (1 - qber) / bits), rel=0.5)
    assert alone[LOSS].p2_5 == alone[LOSS].p97_5 == lobe.nominal[LOSS]


def test_shares_of_small_spreads_sum_to_one(mixed):
    """Small spreads act almost linearly, so that variances add; 80 samples leave chance correlations of 0.1."""
    for name in (LOSS, QBER, SIFTED):
        assert sum(share[name] for share in mixed.cause_share.values()) == pytest.approx(1.0, abs=0.2)


def test_no_cause_moves_what_it_cannot(mixed):
    """Dark counts leave the loss alone, preparation the loss and the background."""
    background, intrinsic = mixed.by_cause["background"], mixed.by_cause["intrinsic error"]
    assert background[LOSS].p2_5 == background[LOSS].p97_5
    assert background["detection.background_cps"].p2_5 < background["detection.background_cps"].p97_5
    for name in (LOSS, "detection.background_cps"):
        assert intrinsic[name].p2_5 == intrinsic[name].p97_5
    assert {each.file for each in mixed.inputs if each.key == DARK} == {"station"}
    assert set(mixed.by_cause) == {"background", "static loss", "intrinsic error", COUNTING}


def test_the_largest_stands_first(mixed):
    assert [max(each.share.values()) for each in mixed.inputs] == sorted(
        (max(each.share.values()) for each in mixed.inputs), reverse=True
    )


def test_a_wider_spread_has_a_wider_band(reference):
    widths = []
    for factor in (1.0, 1.3, 2.0):
        band = found(reference, station={VISIBILITY: spread(factor=factor)}).totals[LOSS]
        widths.append(band.p97_5 - band.p2_5)
    assert widths[0] == pytest.approx(0.0, abs=1e-12)
    assert widths[0] < widths[1] < widths[2]


def test_no_spread_leaves_the_counting_alone(reference):
    still = found(reference, 200)
    assert still.inputs == ()
    assert np.all(still.loss_db.p2_5 == still.loss_db.p97_5)
    assert still.totals[SECRET].p2_5 == still.totals[SECRET].p97_5 == still.nominal[SECRET]
    assert still.totals[SIFTED].p2_5 < still.totals[SIFTED].p97_5
    assert still.cause_share[COUNTING][LOSS] == 0.0
    for name in (QBER, SIFTED):  # a variance of 200 samples has a standard error of sqrt(2 / 199) = 0.1: five of them
        assert 1.0 / still.cause_share[COUNTING][name] == pytest.approx(1.0, abs=0.5)


def test_same_generator_same_bands(reference):
    spreads = {"satellite": {LOBE: spread(factor=1.2)}}
    first, again = (found(reference, seed=5, **spreads) for _ in range(2))
    other = found(reference, seed=6, **spreads)
    assert first.totals == again.totals
    assert first.totals != other.totals


def test_a_known_night_has_its_own_spread(reference):
    """The file of Xinglong knows 2016-12-19; a visibility given by hand keeps the width of any night."""
    widths = {each.key: each.spread.factor for each in inputs_of(reference)}
    by_hand = replace(reference, options=RunOptions(visibility_km=10.0))
    assert widths[VISIBILITY] == reference.site.night[0].spread_factor
    assert {each.key: each.spread.factor for each in inputs_of(by_hand)}[VISIBILITY] == 2.2


def test_the_bias_acts_on_both_axes_and_the_orbit_ages(reference):
    inputs = {each.key: each for each in inputs_of(reference)}
    assert {"pointing.bias_x_urad", "pointing.bias_y_urad"} <= set(inputs)
    age = reference.track.elements_age_days
    assert inputs["element_set.along_track_km"].spread.sigma == pytest.approx(np.hypot(1.0, 2.0 * age))


def test_too_few_samples(reference):
    with pytest.raises(DomainError, match=r"samples is 19.0, must lie in \[20, inf\)"):
        found(reference, 19)


def test_a_pass_without_a_second_of_key(reference):
    far = replace(reference, window=replace(reference.window, mask=np.zeros_like(reference.mask)))
    with pytest.raises(DomainError, match="no second is in the key window"):
        found(far)


def test_a_sample_that_a_record_refuses_is_named(reference):
    """The FULL angle of 2 urad lies below wavelength / aperture = 2.83 urad."""
    with pytest.raises(DomainError, match=r"a sample of the spreads is refused: .*full_divergence_x_urad is 2"):
        rerun(base_of(reference), {"transmitter.full_divergence_x_urad": 2.0})


def test_a_cloud_is_there_or_not(reference):
    """A layer of depth 2.3 in three of ten nights: the loss has two humps, 10 dB times its airmass apart."""
    layer = CloudLayer(probability=0.3, optical_depth=2.302585)
    cloudy = with_spreads(reference)
    site = replace(cloudy.site, atmosphere=replace(cloudy.site.atmosphere, cloud=(layer,)))
    told = found(replace(cloudy, selection=replace(cloudy.selection, site=site)), 100)
    assert [(each.key, each.cause) for each in told.inputs] == [("cloud.layer_1", "cloud")]
    losses = told.totals[LOSS]
    assert losses.p2_5 == losses.p50  # a clear night, seven times of ten
    path = cloud_transmittance(layer, elevation_deg=reference.track.elevation_deg[reference.mask])
    assert losses.p97_5 - losses.p50 == pytest.approx(float(np.mean(to_loss_db(path))), rel=2e-3)
    assert np.all(told.loss_db.p84 > told.loss_db.p50)  # the cloud begins at the 70th percentile
