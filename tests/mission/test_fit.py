"""A fit to counts that were drawn from known parameters, and what it says of data that cannot tell them apart.

Witness, where none other is named: the parameters from which the test drew the counts.
"""

from dataclasses import replace

import numpy as np
import pytest

from passplan.channel.refraction import apparent_elevation_deg
from passplan.errors import DomainError, InputError, UnknownName
from passplan.mission.channel_path import budget_of
from passplan.mission.fit import DEFAULT_PARAMETERS, decibels, fit_pass
from passplan.mission.fit_model import PARAMETERS, Expected, pass_model, with_visibility
from passplan.mission.measured_pass import Measured

TRUTH = {"visibility_km": 6.0, "static_loss_db": 1.2, "background_factor": 3.0, "intrinsic_error": 0.011}
UNUSED = ("background_factor", "background_cps")


def rows_of(result, seconds, **columns):
    """A measurement of whole seconds of the pass."""
    time_s = result.track.time_s[seconds]
    values = {"sifted_bits": np.zeros(time_s.size), **columns}
    return Measured(
        source="drawn", epoch_utc=result.track.epoch_utc, time_s=time_s, interval_s=np.ones(time_s.size), **values
    )


@pytest.fixture(scope="module")
def seconds(reference):
    """Every third second of the key window."""
    return np.flatnonzero(reference.mask)[::3]


@pytest.fixture(scope="module")
def model(reference, seconds):
    return pass_model(reference, rows_of(reference, seconds))[0]


@pytest.fixture
def quick(monkeypatch, seconds, model):
    """The model of those seconds made once, not for each fit."""
    every = np.ones(seconds.size, dtype=bool)
    monkeypatch.setattr("passplan.mission.fit.pass_model", lambda result, measured: (model, every))


def drawn(reference, seconds, expected, rng, *, blanked=True, fades=True):
    """Poisson bits, with the fades that the model knows, binomial errors and Poisson blanked counts."""
    spread = np.sqrt(expected.fading_variance) / expected.sifted if fades else 0.0
    bits = rng.poisson(np.maximum(expected.sifted * (1.0 + spread * rng.standard_normal(expected.sifted.size)), 0.0))
    return rows_of(
        reference,
        seconds,
        sifted_bits=bits.astype(float),
        errors=rng.binomial(bits, expected.errors / expected.sifted).astype(float),
        background_cps=rng.poisson(expected.background_cps).astype(float) if blanked else None,
    )


def away(fit, truth):
    """Distance of each fitted parameter from the truth in its standard deviations."""
    items = {item.name: item for item in fit.parameters if item.name in fit.names}
    return np.array(
        [
            (PARAMETERS[name].scaled(items[name].value) - PARAMETERS[name].scaled(truth[name])) / items[name].sigma
            for name in fit.names
        ]
    )


def test_the_model_at_its_start_is_the_simulated_pass(reference, seconds, model):
    """Witness: the clicks of simulate_pass itself."""
    expected = model.expected({})
    np.testing.assert_allclose(expected.sifted, reference.sifted_bits[seconds], rtol=1e-9)
    np.testing.assert_allclose(expected.errors, reference.sifted_errors[seconds], rtol=1e-9)
    np.testing.assert_allclose(expected.background_cps, reference.background_cps[seconds], rtol=1e-12)
    np.testing.assert_allclose(expected.loss_db, reference.budget.loss_db[seconds], rtol=1e-9)


@pytest.mark.parametrize("visibility_km", [2.2, 18.0, 100.0])
def test_the_tabulated_extinction(reference, seconds, model, visibility_km):
    """Witness: the whole budget at that visibility; the table may miss it by 0.02 dB."""
    apparent_deg = apparent_elevation_deg(elevation_deg=reference.track.elevation_deg)
    selection = with_visibility(reference.selection, visibility_km)
    budget = budget_of(selection, reference.track, apparent_deg, reference.satellite, reference.ground)
    expected = model.expected({"visibility_km": visibility_km, "static_loss_db": 0.5})
    np.testing.assert_allclose(expected.loss_db, budget.loss_db[seconds] + 0.5, atol=0.02)


def test_a_row_of_several_seconds_and_one_between_two(reference, seconds, model):
    """Witness: the sum of the seconds that a row takes in."""
    first = int(seconds[10])
    begin_s = reference.track.time_s[first]
    rows = Measured(
        source="drawn",
        epoch_utc=reference.track.epoch_utc,
        time_s=np.array([begin_s, begin_s + 4.25]),
        interval_s=np.array([4.0, 1.0]),
        sifted_bits=np.ones(2),
    )
    bits = reference.sifted_bits[first : first + 6]
    np.testing.assert_allclose(
        pass_model(reference, rows)[0].expected({}).sifted, [bits[:4].sum(), 0.75 * bits[4] + 0.25 * bits[5]], rtol=1e-9
    )


def test_counts_without_noise_give_their_parameters_back(reference, seconds, model):
    expected = model.expected(TRUTH)
    measured = rows_of(
        reference,
        seconds,
        sifted_bits=expected.sifted,
        errors=expected.errors,
        background_cps=expected.background_cps,
    )
    fit = fit_pass(reference, measured)
    assert fit.names == DEFAULT_PARAMETERS
    for name, value in TRUTH.items():
        assert fit.values[name] == pytest.approx(value, rel=2e-4)
    assert fit.chi_square < 1e-3
    assert fit.extra_fading == 0.0


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.usefixtures("quick")
def test_drawn_counts_give_their_parameters_back_within_three_sigma(reference, seconds, model, seed):
    rng = np.random.default_rng(seed)
    fit = fit_pass(reference, drawn(reference, seconds, model.expected(TRUTH), rng))
    assert np.all(np.abs(away(fit, TRUTH)) < 3.0)
    assert 0.7 < fit.reduced < 1.3
    assert fit.at_limits == ()
    for item in fit.parameters:
        low_95, low, high, high_95 = item.interval_95[0], *item.interval_68, item.interval_95[1]
        assert low_95 < low < item.value < high < high_95


class StraightModel:
    """A pass in a closed form, so that many fits are cheap: loss of haze times airmass, and static loss."""

    rows, extinction = 90, None

    def start(self):
        return {"visibility_km": 5.0, "static_loss_db": 0.0, "intrinsic_error": 0.005, **dict.fromkeys(UNUSED, 1.0)}

    def limits(self, name):
        return PARAMETERS[name].low, PARAMETERS[name].high

    def expected(self, values):
        airmass = 1.35 + 1.6 * np.linspace(-1.0, 1.0, self.rows) ** 2
        loss_db = airmass * 12.0 / values["visibility_km"] + values["static_loss_db"]
        signal = 20000.0 * np.exp(-0.2302585 * loss_db)
        noise = np.full(self.rows, 40.0)
        errors = values["intrinsic_error"] * signal + 0.5 * noise
        fading = (0.02 * signal) ** 2
        return Expected(
            sifted=signal + noise, errors=errors, fading_variance=fading, background_cps=noise, loss_db=loss_db
        )


def test_the_68_percent_interval_holds_the_truth_two_times_in_three(reference, seconds, monkeypatch):
    """60 fits of three parameters, each parameter apart: 41 of 60, within three standard deviations of a binomial."""
    model, every = StraightModel(), np.ones(StraightModel.rows, dtype=bool)
    monkeypatch.setattr("passplan.mission.fit.pass_model", lambda result, measured: (model, every))
    truth = {name: TRUTH[name] for name in ("visibility_km", "static_loss_db", "intrinsic_error")}
    expected, rng = model.expected(truth), np.random.default_rng(7)
    rows = np.flatnonzero(reference.mask)[: StraightModel.rows]
    fits = [
        fit_pass(reference, drawn(reference, rows, expected, rng, blanked=False), parameters=tuple(truth))
        for _ in range(60)
    ]
    inside = np.sum([np.abs(away(fit, truth)) < 1.0 for fit in fits], axis=0)
    assert np.all((inside >= 30) & (inside <= 52))
    assert abs(np.mean([away(fit, truth) for fit in fits])) < 0.3


@pytest.mark.usefixtures("quick")
def test_scatter_beyond_the_known_is_found(reference, seconds, model, rng):
    """Witness: 20 % of Gaussian scatter put upon the counts."""
    expected = model.expected(TRUTH)
    scattered = replace(expected, sifted=expected.sifted * (1.0 + 0.2 * rng.standard_normal(seconds.size)))
    fit = fit_pass(reference, drawn(reference, seconds, scattered, rng, fades=False))
    assert fit.extra_fading == pytest.approx(0.2, rel=0.3)
    assert fit.chi_square > 5.0 * fit.degrees
    assert np.all(np.abs(away(fit, TRUTH)) < 3.5)


@pytest.mark.usefixtures("quick")
def test_slow_residuals_widen_the_intervals(reference, seconds, model, rng):
    """Witness: a wave of 20 s upon the counts; for a factor r between neighbours the sum's variance is (1+r)/(1-r)."""
    expected = model.expected(TRUTH)
    wave = 1.0 + 0.2 * np.sin(2.0 * np.pi * reference.track.time_s[seconds] / 60.0)
    fit = fit_pass(reference, drawn(reference, seconds, replace(expected, sifted=expected.sifted * wave), rng))
    assert fit.autocorrelation > 0.7
    assert fit.stretch == pytest.approx((1.0 + fit.autocorrelation) / (1.0 - fit.autocorrelation))


@pytest.fixture(scope="module")
def culmination(reference):
    """Fit to half a minute at culmination, where the airmass changes by 2 %."""
    top = int(np.argmax(reference.track.elevation_deg))
    near = np.arange(top - 15, top + 16)
    model = pass_model(reference, rows_of(reference, near))[0]
    measured = drawn(reference, near, model.expected({}), np.random.default_rng(4), blanked=False)
    return model, fit_pass(reference, replace(measured, errors=None))


def test_half_a_minute_at_culmination_cannot_tell_haze_from_loss(culmination):
    """Witness: the geometry; loss is haze times an airmass that hardly changes, plus the static loss."""
    _, fit = culmination
    (told,) = fit.inseparable
    assert told.startswith("visibility and static loss move together (correlation +")
    assert fit.correlation[0, 1] > 0.99


def test_the_rate_of_exchange_is_that_of_the_model(culmination):
    """Witness: the model's own mean loss, which must stand when a little static loss goes and haze comes."""
    model, fit = culmination
    worth_km = float(fit.inseparable[0].split("worth ")[1].split(" km")[0])
    moved = {**fit.values, "visibility_km": fit.values["visibility_km"] + 0.1 * worth_km}
    moved["static_loss_db"] += 0.1
    change_db = np.mean(model.expected(moved).loss_db - model.expected(fit.values).loss_db)
    assert change_db == pytest.approx(0.0, abs=0.02)


@pytest.mark.usefixtures("quick")
def test_without_errors_what_hangs_on_them_is_held(reference, seconds, model, rng):
    measured = replace(drawn(reference, seconds, model.expected(TRUTH), rng, blanked=False), errors=None)
    fit = fit_pass(reference, measured)
    assert fit.names == ("visibility_km", "static_loss_db")
    notes = {item.name: item.note for item in fit.parameters if item.interval_68 is None}
    assert notes == {
        "background_factor": "held: the file has neither errors nor blanked counts",
        "intrinsic_error": "held: the file has no errors",
    }


@pytest.mark.usefixtures("quick")
def test_blanked_counts_alone_give_the_background(reference, seconds, model, rng):
    measured = replace(drawn(reference, seconds, model.expected(TRUTH), rng), errors=None)
    fit = fit_pass(reference, measured)
    assert fit.names == ("visibility_km", "static_loss_db", "background_factor")
    assert fit.error_sigma is None
    assert abs(away(fit, TRUTH)[2]) < 3.0


@pytest.mark.usefixtures("quick")
def test_a_constant_background(reference, seconds, model, rng):
    truth = {"visibility_km": 3.1, "static_loss_db": 0.0, "background_cps": 900.0, "intrinsic_error": 0.0065}
    names = ("visibility_km", "static_loss_db", "background_cps", "intrinsic_error")
    fit = fit_pass(reference, drawn(reference, seconds, model.expected(truth), rng), parameters=names)
    assert fit.names == ("visibility_km", "static_loss_db", "background_cps", "intrinsic_error")
    assert np.all(np.abs(away(fit, truth)) < 3.0)


@pytest.mark.usefixtures("quick")
def test_held_parameters_stand(reference, seconds, model, rng):
    measured = drawn(reference, seconds, model.expected(TRUTH), rng)
    fit = fit_pass(reference, measured, hold={"visibility_km": 6.0})
    assert fit.values["visibility_km"] == 6.0
    assert "visibility_km" not in fit.names
    assert next(item for item in fit.parameters if item.name == "visibility_km").note == "held as asked"
    assert np.all(np.abs(away(fit, TRUTH)) < 3.0)


def test_rows_before_lock_are_left_out(reference):
    """Witness: the share of each second in lock that the tracking gave."""
    every = np.arange(reference.track.time_s.size)
    _, used = pass_model(reference, rows_of(reference, every))
    locked = reference.satellite.locked * reference.ground.locked
    np.testing.assert_array_equal(used, locked >= 0.99)
    assert not used.all()
    with pytest.raises(InputError, match="locked in none of the 1 rows"):
        pass_model(reference, rows_of(reference, np.array([np.argmin(locked)])))


@pytest.mark.usefixtures("quick")
def test_refusals(reference, seconds, model, rng):
    measured = drawn(reference, seconds, model.expected(TRUTH), rng)
    with pytest.raises(UnknownName, match="parameter 'visibilty_km' is not known; did you mean 'visibility_km'"):
        fit_pass(reference, measured, hold={"visibilty_km": 5.0})
    with pytest.raises(DomainError, match=r"visibility_km \[km\] is 0.5, must lie in \[1, 300\]"):
        fit_pass(reference, measured, hold={"visibility_km": 0.5})
    with pytest.raises(DomainError, match="background_cps, background_factor, must be one of them"):
        fit_pass(reference, measured, hold={"background_cps": 500.0})
    with pytest.raises(InputError, match=r"nothing is left to fit: intrinsic_error held: the file has no errors$"):
        fit_pass(reference, replace(measured, errors=None, background_cps=None), parameters=("intrinsic_error",))
    hold = {"visibility_km": 5.0, "static_loss_db": 1.0}
    with pytest.raises(InputError, match=r"to fit: visibility_km held as asked; static_loss_db held as asked$"):
        fit_pass(reference, measured, parameters=tuple(hold), hold=hold)
    with pytest.raises(InputError, match=f"drawn: no sifted bits in its {seconds.size} rows with the pass in lock"):
        fit_pass(reference, rows_of(reference, seconds, errors=np.zeros(seconds.size)))


@pytest.mark.usefixtures("quick")
def test_a_fit_that_ends_at_a_limit_says_at_which(reference, seconds, model):
    """Witness: counts in which every bit is wrong, more than any intrinsic error up to 0.4 explains."""
    bits = np.round(model.expected({}).sifted)
    fit = fit_pass(reference, rows_of(reference, seconds, sifted_bits=bits, errors=bits))
    ends = {item.name: item.limit for item in fit.at_limits}
    assert ends["intrinsic_error"] == "upper"
    for item in fit.at_limits:
        assert item.note.startswith(f"at its {item.limit} limit, ")
    assert next(item for item in fit.parameters if item.name == "intrinsic_error").note == "at its upper limit, 0.4"


def test_too_few_rows(reference, seconds):
    few = rows_of(reference, seconds[:1], sifted_bits=np.ones(1), errors=np.zeros(1))
    with pytest.raises(InputError, match="1 rows with the pass in lock give 2 data, must be more than the 2 "):
        fit_pass(reference, few, parameters=("visibility_km", "static_loss_db"))


@pytest.fixture(scope="module")
def measured_air(reference):
    """The pass with air whose optical depth was measured: 0.5 at 550 nm."""
    site = reference.site
    air = replace(site.atmosphere, visibility_km=None, aerosol_optical_depth=0.5)
    selection = replace(reference.selection, site=replace(site, atmosphere=air))
    apparent_deg = apparent_elevation_deg(elevation_deg=reference.track.elevation_deg)
    budget = budget_of(selection, reference.track, apparent_deg, reference.satellite, reference.ground)
    return replace(reference, selection=selection, budget=budget)


def test_air_of_a_measured_optical_depth_starts_at_the_visibility_of_its_extinction(measured_air, seconds):
    """Witness: the budget of that air, within 0.1 dB of the model at that visibility."""
    model = pass_model(measured_air, rows_of(measured_air, seconds))[0]
    start_km = model.start()["visibility_km"]
    loss_db = measured_air.budget.loss_db[seconds]
    np.testing.assert_allclose(model.expected({"visibility_km": start_km}).loss_db, loss_db, atol=0.1)
    np.testing.assert_allclose(model.expected({}).loss_db, loss_db, rtol=1e-12)


def test_a_visibility_that_the_air_does_not_know_is_not_fitted(monkeypatch, reference, seconds, model, rng):
    """A table of extinction may have none; then the data do not feel it, and it cannot be held."""
    deaf, every = replace(model, extinction=None), np.ones(seconds.size, dtype=bool)
    monkeypatch.setattr("passplan.mission.fit.pass_model", lambda result, measured: (deaf, every))
    measured = drawn(reference, seconds, model.expected({}), rng)
    fit = fit_pass(reference, measured)
    assert "visibility_km" not in fit.names
    assert fit.parameters[0].note == "held: the data do not feel it"
    with pytest.raises(DomainError, match="visibility_km cannot be held: the extinction of Xinglong does not know it"):
        fit_pass(reference, measured, hold={"visibility_km": 5.0})


def test_decibels_of_either_sign():
    """Witness: powers of ten."""
    np.testing.assert_allclose(decibels(np.array([10.0, 0.1, 1.0, 0.0])), [10.0, -10.0, 0.0, np.nan], atol=1e-12)
