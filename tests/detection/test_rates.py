"""Counts of a pass: the rate equation, the reference pass, printed error rates, and a gate-by-gate Monte Carlo."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passplan.detection.detector import Detectors
from passplan.detection.rates import Clicks, expected_clicks, sampled_clicks
from passplan.detection.source import Source
from passplan.errors import DomainError

# Nature 549, 43 (2017), main text: source and receiver; spread, dead time and afterpulses are left out where a test
# checks the plain rate equation.
MICIUS = Source(
    clock_hz=1e8,
    intensities=(0.8, 0.1, 0.0),
    probabilities=(0.5, 0.25, 0.25),
    wavelength_nm=848.6,
    pulse_width_ns=0.2,
)
PLAIN = Detectors(efficiency=0.5, dark_cps=0.0, dead_time_ns=0.0, gate_ns=2.0, timing_sigma_ns=0.0)
XINGLONG = replace(PLAIN, dark_cps=25.0, dead_time_ns=50.0, timing_sigma_ns=0.5)
OPTICS = 0.16
INTRINSIC_ERROR = 1.0 / 281.0
# A source bright enough, and noise loud enough, that double clicks of all kinds are common.
BRIGHT = replace(MICIUS, intensities=(3.0, 0.9, 0.1), preparation_error=0.06, basis_probability=0.7)
LOUD = replace(PLAIN, efficiency=0.6, basis_split=0.35, timing_sigma_ns=0.6)
LOUD_CPS = 4e8


@pytest.mark.parametrize(("channel_loss_db", "printed_kbit_s"), [(21.25, 12.0), (32.04, 1.0)])
def test_rate_equation_of_micius(channel_loss_db, printed_kbit_s):
    """Rate equation f p mu eta_ch eta_opt eta_det / 2: the published 12 kbit/s at 645 km and 1 kbit/s at 1200 km."""
    transmittance = OPTICS * 10.0 ** (-0.1 * channel_loss_db)
    counts = expected_clicks(
        MICIUS, PLAIN, transmittance=[transmittance], background_cps=0.0, error_polarization=INTRINSIC_ERROR
    )
    last_digit_of_the_loss = 1.5e-3
    assert abs(counts.sifted[0] / (1e3 * printed_kbit_s) - 1.0) < last_digit_of_the_loss
    equation = 1e8 * 0.5 * 0.8 * transmittance * 0.5 * 0.5
    photon_pairs = 0.8 * transmittance * 0.5
    assert abs(counts.sifted[0] / equation - 1.0) < photon_pairs


def test_sifted_share_of_the_detections_without_noise():
    """Nature 549, 43 (2017): 1,671,072 of 3,551,136 = 0.4706, which is 1/2 of the signal's share of the photons."""
    counts = expected_clicks(MICIUS, PLAIN, transmittance=[1e-5], background_cps=0.0, error_polarization=0.0)
    share = counts.sifted[0] / counts.detections[0]
    assert abs(share - 0.5 * 0.4 / 0.425) < 1e-6
    assert abs(share - 1_671_072 / 3_551_136) < 5e-5


@pytest.mark.parametrize("cross_basis", ["random", "discard"])
def test_counts_of_the_model_pass(cross_basis):
    """An independent code, gains Y0 + 1 - exp(-eta mu), 273 s: counts and errors in each basis, to 1e-4.

    Y0 = 5e-7 in a basis of two detectors chosen before is 250 cps on four in a gate of 2 ns.
    """
    range_km = np.hypot(645.0, 7.41 * np.arange(-136, 137))
    system = 6.578279e-4 * (645.0 / range_km) ** 4
    receiver = replace(PLAIN, cross_basis=cross_basis)
    counts = expected_clicks(
        MICIUS, receiver, transmittance=system / 0.5, background_cps=250.0, error_polarization=0.01
    )
    for basis in (0, 1):
        np.testing.assert_allclose(counts.clicks[basis].sum(axis=-1), [835536.0, 52975.54, 853.125], rtol=1e-4)
        np.testing.assert_allclose(counts.errors[basis].sum(axis=-1), [9191.42, 947.79, 426.56], rtol=1e-4)
    assert abs(counts.sifted.sum() / 1_671_072 - 1.0) < 1e-4
    assert abs(counts.sifted_errors.sum() / counts.sifted.sum() - 0.0110) < 0.5e-4
    assert abs(counts.detections.sum() / 3_557_459 - 1.0) < 1e-4


@pytest.mark.parametrize(
    ("raw_cps", "signal_bit_s", "printed_percent"),
    [
        (1000.0, 12000.0, 0.56),
        (1000.0, 6121.0, 0.76),
        (1000.0, 1000.0, 2.72),
        (2000.0, 12000.0, 0.77),
        (2000.0, 6121.0, 1.15),
        (2000.0, 1000.0, 4.9),
        (100.0, 12000.0, 0.38),
        (100.0, 6121.0, 0.40),
        (100.0, 1000.0, 0.60),
    ],
)
def test_error_rate_of_a_background(raw_cps, signal_bit_s, printed_percent):
    """Exact: (e0 S + B / 2) / (S + B), B = raw * 0.2 gate * 1/2 signal * 1/2 basis, e0 = 1/281; rounded values too.

    6121 bit/s is the published mean rate of the pass.
    """
    transmittance = signal_bit_s / (1e8 * 0.5 * 0.8 * 0.5 * 0.5)
    counts = expected_clicks(
        MICIUS, PLAIN, transmittance=[transmittance], background_cps=raw_cps, error_polarization=INTRINSIC_ERROR
    )
    noise_bit_s = raw_cps * 0.2 * 0.5 * 0.5
    formula = (INTRINSIC_ERROR * signal_bit_s + 0.5 * noise_bit_s) / (signal_bit_s + noise_bit_s)
    found = counts.sifted_errors[0] / counts.sifted[0]
    photon_pairs = 1e-3
    assert abs(found / formula - 1.0) < photon_pairs
    half_digit = 0.05 if printed_percent > 4.0 else 0.0051
    assert abs(100.0 * found - printed_percent) < half_digit


def test_gate_and_dead_time_reduce_the_counts():
    """Exact: Micius' gate keeps 95.45 %, and 13 kcps of detections lose 1.6e-4 in dead time."""
    signal = {"transmittance": [1.2e-3], "background_cps": 0.0, "error_polarization": 0.0}
    whole = expected_clicks(MICIUS, PLAIN, **signal).sifted[0]
    gated = expected_clicks(MICIUS, replace(PLAIN, timing_sigma_ns=0.5), **signal).sifted[0]
    assert abs(gated / whole - 0.954500) < 1e-4
    rate = {"transmittance": [13e3 / (1e8 * 0.425 * 0.5)], "background_cps": 0.0, "error_polarization": 0.0}
    live = expected_clicks(MICIUS, replace(PLAIN, dead_time_ns=50.0), **rate).sifted[0]
    lost = 1.0 - live / expected_clicks(MICIUS, PLAIN, **rate).sifted[0]
    assert abs(lost - 1.6e-4) < 0.05e-4


def test_afterpulses_make_errors_of_half_their_share():
    """Exact to first order: 1 % of afterpulses, a fifth of them in the gate, half of those sifted to the wrong bit.

    They fall on all pulses, of which the signal's share is one half, while 0.4 / 0.425 of the clicks are signal.
    """
    receiver = replace(PLAIN, afterpulse_probability=0.01)
    counts = expected_clicks(MICIUS, receiver, transmittance=[1e-4], background_cps=0.0, error_polarization=0.0)
    first_order = 0.5 * 0.01 * 0.2 * 0.5 * 0.425 / 0.4
    assert abs(counts.sifted_errors[0] / counts.sifted[0] / first_order - 1.0) < 0.02


def simulated(source, receiver, rng, *, transmittance, error, gates):
    """Gate-by-gate Monte Carlo of photons and noise; the shares of sifted clicks and errors for each intensity."""
    level = rng.choice(len(source.intensities), size=gates, p=source.probabilities)
    basis = (rng.random(gates) >= source.basis_probability).astype(int)
    acceptance = 0.9044193  # of a 2 ns gate and 0.6 ns spread: 5/3 sigma, from tables of the normal distribution
    mean = np.asarray(source.intensities)[level] * transmittance * receiver.efficiency * acceptance
    flip = error * (1.0 - source.preparation_error) + source.preparation_error * (1.0 - error)
    split = np.where(basis == 0, receiver.basis_split, 1.0 - receiver.basis_split)
    noise = LOUD_CPS / 4.0 * receiver.gate_ns * 1e-9
    shares = np.stack([split * (1.0 - flip), split * flip, 0.5 * (1.0 - split), 0.5 * (1.0 - split)])
    photons = rng.poisson(mean * shares) + rng.poisson(noise, size=shares.shape)
    right, wrong, first, second = photons > 0
    here, there = right | wrong, first | second
    lot = rng.random(gates) < 0.5 if receiver.cross_basis == "random" else np.zeros(gates, dtype=bool)
    matched = here & (~there | lot)
    errors = matched & np.where(right & wrong, rng.random(gates) < 0.5, wrong)
    accepted = matched | (there & (~here | ~lot)) if receiver.cross_basis == "random" else here ^ there
    shape = (2, len(source.intensities))
    index = np.ravel_multi_index((basis, level), shape)
    counted = [np.bincount(index[chosen], minlength=6).reshape(shape) for chosen in (matched, errors)]
    return counted[0], counted[1], np.count_nonzero(accepted)


@pytest.mark.parametrize("cross_basis", ["random", "discard"])
def test_bright_pulses_against_a_simulation_of_every_gate(cross_basis):
    """Monte Carlo of 1e6 gates with frequent double clicks of all kinds; five sigma in every count."""
    gates, transmittance, error = 1_000_000, 0.7, 0.04
    receiver = replace(LOUD, cross_basis=cross_basis)
    matched, errors, accepted = simulated(
        BRIGHT, receiver, np.random.default_rng(8), transmittance=transmittance, error=error, gates=gates
    )
    counts = expected_clicks(
        BRIGHT,
        receiver,
        transmittance=[transmittance],
        background_cps=LOUD_CPS,
        error_polarization=error,
        dwell_s=gates / BRIGHT.clock_hz,
    )
    for found, mean in ((matched, counts.clicks[:, :, 0]), (errors, counts.errors[:, :, 0])):
        assert np.all(np.abs(found - mean) < 5.0 * np.sqrt(mean))
    assert abs(accepted - counts.detections[0]) < 5.0 * np.sqrt(counts.detections[0])


def test_fading_lowers_a_concave_gain():
    """Two routes: counts averaged over 20,000 transmittances of a gamma law, against their mean and variance."""
    shape, mean = 40.0, 0.02
    rng = np.random.default_rng(2)
    draws = rng.gamma(shape, mean / shape, size=20_000)
    bright = replace(MICIUS, intensities=(20.0, 1.0, 0.0))
    arguments = {"background_cps": 100.0, "error_polarization": 0.02}
    averaged = expected_clicks(bright, PLAIN, transmittance=draws, **arguments)
    mean_of_draws, variance_of_draws = draws.mean(), draws.var()
    steady = expected_clicks(bright, PLAIN, transmittance=[mean_of_draws], **arguments)
    faded = expected_clicks(
        bright, PLAIN, transmittance=[mean_of_draws], transmittance_variance=[variance_of_draws], **arguments
    )
    effect = steady.clicks[:, 0, 0] - averaged.clicks[:, 0].mean(axis=-1)
    assert np.all(effect > 0.0)
    third_order = 0.02
    assert np.all(np.abs(faded.clicks[:, 0, 0] - averaged.clicks[:, 0].mean(axis=-1)) < third_order * effect)
    assert np.all(steady.clicks[:, 0, 0] > faded.clicks[:, 0, 0])


def test_no_variance_is_no_fading():
    """Limit: a variance of 0 changes nothing."""
    arguments = {"transmittance": [1e-3, 0.0], "background_cps": 100.0, "error_polarization": 0.01}
    plain = expected_clicks(MICIUS, XINGLONG, **arguments)
    faded = expected_clicks(MICIUS, XINGLONG, **arguments, transmittance_variance=0.0)
    np.testing.assert_allclose(faded.clicks, plain.clicks, rtol=1e-14)


@settings(deadline=None, max_examples=50)
@given(
    transmittance=st.floats(0.0, 1.0),
    background_cps=st.floats(0.0, 1e6),
    polarization=st.floats(0.0, 1.0),
    preparation=st.floats(0.0, 0.49),
)
def test_counts_are_consistent(transmittance, background_cps, polarization, preparation):
    """Property: errors <= clicks, sifted clicks <= detections, causes sum to the errors of the signal."""
    counts = expected_clicks(
        replace(MICIUS, preparation_error=preparation),
        XINGLONG,
        transmittance=[transmittance],
        background_cps=background_cps,
        error_polarization=polarization,
    )
    rounding = 1e-6
    assert np.all(counts.errors >= 0.0)
    assert np.all(counts.errors <= counts.clicks + rounding)
    assert counts.clicks.sum() <= counts.detections[0] + rounding
    causes = counts.errors_polarization + counts.errors_preparation + counts.errors_background
    np.testing.assert_allclose(causes, counts.sifted_errors, rtol=1e-12, atol=rounding)


def test_each_cause_alone_makes_its_own_errors():
    """Exact: preparation and polarization enter alike, background gives half of its clicks."""
    weak = {"transmittance": [1e-4]}
    prepared = expected_clicks(
        replace(MICIUS, preparation_error=0.01), PLAIN, background_cps=0.0, error_polarization=0.0, **weak
    )
    turned = expected_clicks(MICIUS, PLAIN, background_cps=0.0, error_polarization=0.01, **weak)
    noisy = expected_clicks(MICIUS, PLAIN, background_cps=1000.0, error_polarization=0.0, **weak)
    np.testing.assert_allclose(prepared.errors, turned.errors, rtol=1e-12)
    np.testing.assert_allclose(prepared.errors_preparation, turned.errors_polarization, rtol=1e-12)
    np.testing.assert_allclose(prepared.errors_preparation, prepared.sifted_errors, rtol=1e-12)
    assert prepared.errors_polarization[0] == prepared.errors_background[0] == turned.errors_preparation[0] == 0.0
    photon_pairs = 1e-4
    assert abs(noisy.errors_background[0] / (0.5 * 1000.0 * 0.2 * 0.25) - 1.0) < photon_pairs


def test_bases_may_have_their_own_errors_and_shares():
    """Exact: counts follow the product of both ends' shares, errors follow the row of their basis."""
    source = replace(MICIUS, basis_probability=0.9)
    receiver = replace(PLAIN, basis_split=0.8)
    counts = expected_clicks(
        source, receiver, transmittance=[1e-5], background_cps=0.0, error_polarization=[[0.01], [0.03]]
    )
    photon_pairs = 1e-5
    assert abs(counts.clicks[0, 0, 0] / counts.clicks[1, 0, 0] / (0.9 * 0.8 / (0.1 * 0.2)) - 1.0) < photon_pairs
    np.testing.assert_allclose(counts.errors[:, 0, 0] / counts.clicks[:, 0, 0], [0.01, 0.03], rtol=photon_pairs)


def test_many_passes_in_one_call_are_the_passes_one_by_one():
    """Two routes: 9,000 instants at once, against stretches that end elsewhere, and one row of errors against two."""
    rng = np.random.default_rng(9)
    times, error = 10.0 ** rng.uniform(-6.0, -2.0, 9000), rng.uniform(0.0, 0.1, 9000)
    receiver = replace(XINGLONG, afterpulse_probability=0.01)

    def counted(part, rows):
        return expected_clicks(
            BRIGHT,
            receiver,
            transmittance=times[part],
            background_cps=600.0,
            error_polarization=rows[..., part],
            transmittance_variance=0.03 * times[part] ** 2,
        )

    whole = counted(slice(None), error)
    parts = [counted(slice(start, start + 2500), np.stack([error, error])) for start in range(0, 9000, 2500)]
    for field in fields(Clicks):
        joined = np.concatenate([getattr(part, field.name) for part in parts], axis=-1)
        np.testing.assert_allclose(getattr(whole, field.name), joined, rtol=1e-12, err_msg=field.name)


def test_sampled_counts_follow_the_expected():
    """Statistics: sums within five sigma, and the orderings hold in every second."""
    times = np.full(2000, 1.5e-4)
    expected = expected_clicks(
        replace(MICIUS, preparation_error=0.004),
        XINGLONG,
        transmittance=times,
        background_cps=600.0,
        error_polarization=0.005,
    )
    drawn = sampled_clicks(expected, np.random.default_rng(12))
    for field in fields(Clicks)[:-1]:
        mean = getattr(expected, field.name).sum(axis=-1)
        assert np.all(np.abs(getattr(drawn, field.name).sum(axis=-1) - mean) < 5.0 * np.sqrt(mean)), field.name
    assert np.all(drawn.errors <= drawn.clicks)
    assert np.all(drawn.clicks.sum(axis=(0, 1)) <= drawn.detections)
    causes = drawn.errors_polarization + drawn.errors_preparation + drawn.errors_background
    np.testing.assert_array_equal(causes, drawn.sifted_errors)
    np.testing.assert_array_equal(drawn.clicks, np.round(drawn.clicks))
    seconds_differ = np.var(drawn.sifted) / np.mean(expected.sifted)
    assert abs(seconds_differ - 1.0) < 5.0 * np.sqrt(2.0 / times.size)


def test_a_seed_repeats_a_realisation():
    """Property: one seed, one pass; darkness gives no click."""
    expected = expected_clicks(MICIUS, PLAIN, transmittance=[1e-3, 0.0], background_cps=0.0, error_polarization=0.1)
    once, again = (sampled_clicks(expected, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(once.clicks, again.clicks)
    assert once.detections[1] == 0.0
    assert once.clicks[:, :, 1].sum() == 0.0


def test_arrays_are_read_only_and_share_a_grid():
    """Refusal: a record of arrays cannot be changed, nor be made of arrays that do not fit."""
    counts = expected_clicks(MICIUS, PLAIN, transmittance=[1e-3], background_cps=0.0, error_polarization=0.0)
    with pytest.raises(ValueError, match="read-only"):
        counts.clicks[0, 0, 0] = 1.0
    with pytest.raises(DomainError, match="detections 2"):
        replace(counts, detections=np.zeros(2))
    with pytest.raises(DomainError, match=r"must both be \(2, intensities, n\)"):
        replace(counts, errors=np.zeros((2, 1)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"transmittance": [1.1]}, r"transmittance is 1\.1"),
        ({"transmittance": [[0.1]]}, r"transmittance has shape \(1, 1\)"),
        ({"transmittance": [np.nan]}, "transmittance is nan"),
        ({"background_cps": -1.0}, "background_cps is -1"),
        ({"error_polarization": 1.5}, r"error_polarization is 1\.5"),
        ({"dwell_s": 0.0}, "dwell_s is 0"),
        ({"transmittance_variance": -0.1}, r"transmittance_variance is -0\.1"),
        ({"transmittance_variance": 0.5}, r"must not exceed t \(1 - t\)"),
    ],
)
def test_inputs_outside_their_range_are_refused(changes, message):
    """Refusal: each input is named with its value."""
    arguments = {"transmittance": [0.1], "background_cps": 0.0, "error_polarization": 0.0, **changes}
    with pytest.raises(DomainError, match=message):
        expected_clicks(MICIUS, PLAIN, **arguments)


def test_overlapping_gates_are_refused():
    """Refusal: a gate longer than the pulse period."""
    with pytest.raises(DomainError, match="must not exceed the pulse period 10 ns"):
        expected_clicks(
            MICIUS, replace(PLAIN, gate_ns=11.0), transmittance=[0.1], background_cps=0.0, error_polarization=0.0
        )
