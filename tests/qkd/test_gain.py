import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from key_passes import r4_pass, satquma_pass, table

from passplan.errors import DomainError
from passplan.qkd.gain import (
    Channel,
    SourceSetting,
    counts_of_block,
    expected_blocks,
    expected_counts,
    growing_responses,
    response_of,
    stacked,
)

SOURCE = SourceSetting(
    intensities=(0.6, 0.2, 0.0),
    probabilities=(0.5, 0.3, 0.2),
    alice_key_probability=0.8,
    bob_key_probability=0.9,
)


def summed(channel, source):
    """Clicks and errors (2, K) second by second, pulse by pulse: the formula as it is written."""
    k = np.array(source.intensities)[:, None]
    dark, wrong = channel.background[:, None], channel.optical_error[:, None]
    light = -np.expm1(-channel.transmittance * k)
    click = dark + (1.0 - dark) * light
    error = 0.5 * dark + wrong * light + 0.5 * channel.afterpulse * click
    alice, bob = source.alice_key_probability, source.bob_key_probability
    share = np.array([alice * bob, (1.0 - alice) * (1.0 - bob)])[:, None] * source.probabilities
    pulses = channel.clock_hz * channel.dwell_s * share
    return pulses * (1.0 + channel.afterpulse) * click.sum(axis=-1), pulses * error.sum(axis=-1)


def listed(counts):
    bases = (counts.key_basis, counts.test_basis)
    return np.array([basis.clicks for basis in bases]), np.array([basis.errors for basis in bases])


@given(
    st.lists(st.floats(0.0, 1.0), min_size=1, max_size=6),
    st.floats(1e-9, 0.4),
    st.floats(0.0, 0.5),
    st.floats(0.0, 0.2),
    st.floats(0.05, 10.0),
    st.floats(0.01, 0.99),
)
def test_the_series_equals_the_sum_over_the_seconds(light, dark, wrong, afterpulse, signal, share):
    channel = Channel(
        transmittance=light,
        background=dark,
        optical_error=wrong,
        clock_hz=1e8,
        dwell_s=0.5,
        afterpulse=afterpulse,
    )
    source = SourceSetting(
        intensities=(signal, 0.4 * signal, 0.0),
        probabilities=(0.5, 0.3, 0.2),
        alice_key_probability=share,
        bob_key_probability=0.3,
    )
    found = listed(expected_counts(response_of(channel, largest_intensity=signal), source=source))
    for value, direct in zip(found, summed(channel, source), strict=True):
        np.testing.assert_allclose(value, direct, rtol=1e-12)


def test_the_bases_keep_their_own_noise_and_errors():
    channel = Channel(
        transmittance=[1e-3, 2e-3],
        background=[[1e-6, 2e-6], [5e-6, 7e-6]],
        optical_error=[[0.01, 0.02], [0.03, 0.05]],
        clock_hz=1e8,
    )
    found = listed(expected_counts(response_of(channel), source=SOURCE))
    for value, direct in zip(found, summed(channel, SOURCE), strict=True):
        np.testing.assert_allclose(value, direct, rtol=1e-12)


def test_the_r4_pass_gives_the_printed_counts():
    """Counts of another program, whose gain adds noise and light without taking off what clicks twice: up to Y0 Q."""
    source = SourceSetting(
        intensities=(0.8, 0.1, 0.0),
        probabilities=(0.5, 0.25, 0.25),
        alice_key_probability=0.5,
        bob_key_probability=0.5,
    )
    clicks, errors = listed(expected_counts(response_of(r4_pass()), source=source))
    for basis in (0, 1):
        np.testing.assert_allclose(clicks[basis], [835_536.0, 52_975.54, 853.125], rtol=6e-7)
        np.testing.assert_allclose(errors[basis], [9_191.42, 947.79, 426.56], rtol=6e-6)


@pytest.mark.parametrize("row", table("satquma_counts.csv"))
def test_the_counts_are_those_of_satquma(row):
    """Clicks to the last printed digit; it lets afterpulses of afterpulses be wrong too, p^2 / 2 of the clicks."""
    channel, p1, p2 = satquma_pass(row), float(row["p1"]), float(row["p2"])
    source = SourceSetting(
        intensities=(float(row["mu1"]), float(row["mu2"]), 0.0),
        probabilities=(p1, p2, 1.0 - p1 - p2),
        alice_key_probability=float(row["alice"]),
        bob_key_probability=float(row["alice"]),
    )
    clicks, errors = listed(expected_counts(response_of(channel), source=source))
    printed = {name: np.array([float(row[f"{name}{i}"]) for i in (1, 2, 3)]) for name in ("nX", "nZ", "mZ")}
    np.testing.assert_allclose(clicks, [printed["nX"], printed["nZ"]], rtol=1e-9)
    again = 0.5 * channel.afterpulse**2 / (1.0 + channel.afterpulse) * clicks[1]
    np.testing.assert_allclose(errors[1] + again, printed["mZ"], rtol=1e-9)


def test_a_growing_window_equals_a_mask(rng):
    channel = r4_pass()
    order, sizes = rng.permutation(273), np.array([1, 40, 273])
    growing = growing_responses(channel, order=order, sizes=sizes)
    for number, size in enumerate(sizes):
        mask = np.isin(np.arange(273), order[:size])
        alone = response_of(channel, mask=mask)
        np.testing.assert_allclose(growing[number].series, alone.series, rtol=1e-12, atol=1e-3)
        np.testing.assert_allclose(growing[number].background, alone.background, rtol=1e-12)


def test_many_settings_at_once_equal_one_at_a_time(rng):
    response = response_of(r4_pass())
    intensities = np.sort(rng.random((4, 5, 3)), axis=-1)[..., ::-1]
    probabilities, alice = rng.dirichlet([2.0, 2.0, 2.0], (4, 5)), rng.uniform(0.1, 0.9, (4, 5))
    many = expected_blocks(
        response,
        intensities=intensities,
        probabilities=probabilities,
        alice_key_probability=alice,
        bob_key_probability=0.5,
    )
    one = expected_blocks(
        response,
        intensities=intensities[2, 3],
        probabilities=probabilities[2, 3],
        alice_key_probability=alice[2, 3],
        bob_key_probability=0.5,
    )
    for name in ("key_clicks", "key_errors", "test_clicks", "test_errors"):
        np.testing.assert_allclose(getattr(many, name)[2, 3], getattr(one, name), rtol=1e-13)


def test_responses_of_unlike_length_stand_side_by_side():
    weak, strong = r4_pass(), r4_pass(peak=0.9)
    pair = stacked([response_of(c, largest_intensity=2.0) for c in (weak, strong)])
    for number, channel in enumerate((weak, strong)):
        found = listed(expected_counts(pair[number], source=SOURCE))
        np.testing.assert_allclose(found[0], summed(channel, SOURCE)[0], rtol=1e-12)


CHANNEL = {"transmittance": [1e-3, 2e-3], "background": 1e-6, "optical_error": 0.01, "clock_hz": 1e8}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"transmittance": 0.1}, r"transmittance has shape \(\), must be \(n,\)"),
        ({"transmittance": [0.1, 1.2]}, r"transmittance is 1.2, must lie in \[0, 1\]"),
        ({"background": 0.6}, r"background is 0.6, must lie in \[0, 0.5\]"),
        ({"optical_error": [0.1, np.nan]}, r"optical_error is nan, must lie in \[0, 0.5\]"),
        ({"background": [0.1, 0.1, 0.1]}, r"background has shape \(3,\), must be \(\), \(2,\) or \(2, 2\)"),
        ({"clock_hz": 0.0}, r"clock_hz is 0.0, must lie in \(0, inf\)"),
        ({"dwell_s": -1.0}, r"dwell_s is -1.0, must lie in \(0, inf\)"),
        ({"afterpulse": 1.0}, r"afterpulse is 1.0, must lie in \[0, 1\)"),
    ],
)
def test_a_wrong_channel_is_refused(change, message):
    with pytest.raises(DomainError, match=message):
        Channel(**(CHANNEL | change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"intensities": (0.2, 0.6, 0.0)}, "must fall strictly"),
        ({"alice_key_probability": 1.0}, r"alice_key_probability is 1.0, must lie in \(0, 1\)"),
        ({"bob_key_probability": 0.0}, r"bob_key_probability is 0.0, must lie in \(0, 1\)"),
    ],
)
def test_a_wrong_source_is_refused(change, message):
    fields = {name: getattr(SOURCE, name) for name in SOURCE.__dataclass_fields__}
    with pytest.raises(DomainError, match=message):
        SourceSetting(**(fields | change))


def test_wrong_windows_and_ranges_are_refused():
    channel = r4_pass()
    with pytest.raises(DomainError, match=r"mask is int64 of shape \(273,\), must be bool of \(273,\)"):
        response_of(channel, mask=np.ones(273, dtype=int))
    with pytest.raises(DomainError, match=r"sizes is 274.0, must lie in \[1, 273\]"):
        growing_responses(channel, order=np.arange(273), sizes=[274])
    with pytest.raises(DomainError, match=r"largest_intensity is 11.0, must lie in \(0, 10\]"):
        response_of(channel, largest_intensity=11.0)
    with pytest.raises(DomainError, match=r"intensities is 0.6, must lie in \[0, 0.5\]"):
        expected_counts(response_of(channel, largest_intensity=0.5), source=SOURCE)
    with pytest.raises(DomainError, match=r"largest_intensity is 0.5, 1 mean photons, must be one"):
        stacked([response_of(channel, largest_intensity=top) for top in (1.0, 0.5)])
    block = expected_blocks(
        response_of(channel),
        intensities=np.array([[0.6, 0.2]]),
        probabilities=np.array([[0.6, 0.4]]),
        alice_key_probability=0.5,
        bob_key_probability=0.5,
    )
    with pytest.raises(DomainError, match=r"block has shape \(1, 2\), must be \(K,\): one block"):
        counts_of_block(block)
