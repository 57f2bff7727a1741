"""Many runs at once. Witness: the same runs one by one, every stage computed anew."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.channel.coupling import MultimodeFibre
from passplan.errors import DomainError
from passplan.mission.rerun import base_of, rerun
from passplan.mission.rerun_many import rerun_many, secret_bits
from passplan.mission.spread import sampled_inputs
from passplan.mission.uncertainty import inputs_of

TO_ROUNDING = {"rel": 1e-9}


@pytest.fixture(scope="module")
def base(reference):
    return base_of(reference)


def changed(reference, *, receiver=None, detectors=None, sky=None):
    """The cut pass over a station with other records."""
    site, own = reference.site, {"receiver": receiver, "detectors": detectors, "sky": sky}
    site = replace(site, **{name: replace(getattr(site, name), **fields) for name, fields in own.items() if fields})
    return base_of(replace(reference, selection=replace(reference.selection, site=site)))


def check_against_single_runs(base, columns):
    columns = {key: np.array(values) for key, values in columns.items()}
    runs = rerun_many(base, columns)
    bits = secret_bits(base, columns, runs, where=range(len(runs.loss_db)))
    for index in range(len(runs.loss_db)):
        one = rerun(base, {key: float(column[index]) for key, column in columns.items()}, reuse=False)
        assert runs.loss_db[index] == pytest.approx(one.budget.loss_db, **TO_ROUNDING)
        assert runs.transmittance[index] == pytest.approx(one.budget.transmittance, **TO_ROUNDING)
        assert runs.background_cps[index] == pytest.approx(one.background_cps, **TO_ROUNDING)
        assert runs.sifted[index] == pytest.approx(one.clicks.sifted, **TO_ROUNDING)
        assert runs.sifted_errors[index] == pytest.approx(one.clicks.sifted_errors, **TO_ROUNDING)
        assert runs.clicks[index] == pytest.approx(one.clicks.clicks.sum(axis=-1), **TO_ROUNDING)
        assert runs.errors[index] == pytest.approx(one.clicks.errors.sum(axis=-1), **TO_ROUNDING)
        assert bits[index] == pytest.approx(one.secret_bits, rel=1e-6, abs=2.0)  # whole bits


def test_all_inputs_of_the_worked_night_together(reference, base):
    inputs = tuple(inputs_of(reference))
    assert len(inputs) > 10
    check_against_single_runs(
        base,
        sampled_inputs(
            {each.key: each.spread for each in inputs},
            {each.key: each.value for each in inputs},
            {each.key: each.limits for each in inputs},
            5,
            np.random.default_rng(4),
        ),
    )


@pytest.mark.parametrize(
    "columns",
    [
        {"transmitter.full_divergence_x_urad": [9.0, 12.0], "transmitter.main_lobe_efficiency": [0.3, 0.5]},
        {"receiver.aperture_m": [0.8, 1.2], "receiver.field_of_view_urad": [30.0, 90.0]},
        {"station.height_m": [800.0, 900.0]},
        {"atmosphere.high_wind_m_s": [15.0, 30.0], "atmosphere.visibility_km": [5.0, 20.0]},
        {"detectors.afterpulse_probability": [0.0, 0.02], "detectors.dead_time_ns": [20.0, 60.0]},
        {"source.clock_hz": [9e7, 1e8], "source.preparation_error": [0.0, 0.01], "detectors.efficiency": [0.3, 0.6]},
        {"key.error_correction_efficiency": [1.1, 1.3]},
        {"sky.city_factor": [0.0, 3.0], "sky.airglow_activity": [0.5, 2.0], "element_set.along_track_km": [0.0, 2.0]},
    ],
)
def test_inputs_that_change_records(base, columns):
    check_against_single_runs(base, columns)


@pytest.mark.parametrize(
    "records",
    [
        {"receiver": {"corrects_chromatic_refraction": False}},
        {"receiver": {"coupling": MultimodeFibre()}},
        {"receiver": {"beacon_blocking_db": 90.0}},
        {"receiver": {"filter_centre_nm": 849.0}},
        {"detectors": {"efficiency_mismatch": 0.8}},
    ],
)
def test_stations_on_which_fewer_inputs_only_scale(reference, records):
    columns = {
        "receiver.field_of_view_urad": [30.0, 60.0],
        "receiver.filter_nm": [3.0, 7.0],
        "detectors.efficiency": [0.4, 0.45],
        "detectors.dark_cps": [0.0, 30.0],
    }
    check_against_single_runs(changed(reference, **records), columns)


def test_runs_that_differ_in_nothing_are_the_pass(base):
    runs = rerun_many(base, {"pointing.jitter_factor": np.ones(2)})
    assert np.array_equal(runs.loss_db[0], runs.loss_db[1])
    assert runs.loss_db[0] == pytest.approx(base.nominal.budget.loss_db, rel=1e-12)
    assert not runs.loss_db.flags.writeable


def test_a_run_that_a_record_refuses_is_named(base):
    """The FULL angle of 2 urad lies below wavelength / aperture = 2.83 urad."""
    with pytest.raises(DomainError, match=r"a sample of the spreads is refused: .*\(at .*urad = 2\)"):
        rerun_many(base, {"transmitter.full_divergence_x_urad": np.array([10.0, 2.0])})


def test_a_share_above_one_is_refused(base):
    with pytest.raises(DomainError, match=r"optics_efficiency is 1.5, must lie in"):
        rerun_many(base, {"receiver.optics_efficiency": np.array([0.1, 1.5])})


@pytest.mark.parametrize("columns", [{}, {"detectors.dark_cps": np.zeros(0)}])
def test_no_run_is_refused(base, columns):
    with pytest.raises(DomainError, match=r"columns have the shapes .*, must be one or more of the same length"):
        rerun_many(base, columns)


def test_columns_of_two_lengths_are_refused(base):
    with pytest.raises(DomainError, match="columns have the shapes"):
        rerun_many(base, {"detectors.dark_cps": np.zeros(2), "pointing.jitter_factor": np.ones(3)})
