import numpy as np
import pytest
from key_passes import RANGE_KM, r4_pass

from passplan.qkd.gain import Channel, SourceSetting, expected_counts, response_of
from passplan.qkd.key_length import lim2014
from passplan.qkd.settings import KeySettings, Options
from passplan.qkd.window import windows_of

SETTINGS = KeySettings(options=Options(cap_errors=True))
SOURCE = SourceSetting(
    intensities=(0.56134, 0.23761, 0.0),
    probabilities=(0.49303, 0.3445, 0.16247),
    alice_key_probability=0.8509,
    bob_key_probability=0.8509,
)


def bits_in(channel, mask):
    counts = expected_counts(response_of(channel, mask=mask), source=SOURCE)
    return lim2014(counts, settings=SETTINGS).secret_bits


def test_windows_grow_around_the_nearest_second():
    windows = windows_of(r4_pass())
    assert len(windows) == 137  # the seconds before and after the nearest share their fate
    for number in (0, 60, 136):
        farthest_km = np.sort(RANGE_KM)[2 * number]
        assert np.array_equal(windows.window(number).mask, farthest_km >= RANGE_KM)
    assert windows.window(136).rule == "all seconds of the pass"


def test_the_rule_alone_chooses_the_same_seconds():
    channel = r4_pass()
    chosen = windows_of(channel).window(76)
    limit_db = float(chosen.rule.removeprefix("predicted loss, detectors included, <= ").removesuffix(" dB"))
    loss_db = -10.0 * np.log10(channel.transmittance)
    assert np.array_equal(loss_db <= limit_db + 1e-4, chosen.mask)
    assert np.array_equal(loss_db <= limit_db - 1e-2, windows_of(channel).window(75).mask)


@pytest.mark.parametrize(("background", "half_s", "bits"), [(5e-7, 136, 581_537), (5e-6, 76, 160_383)])
def test_the_best_window_is_the_published_one(background, half_s, bits):
    """Another program's scan over symmetric windows at these settings; counts there differ by Y0 Q."""
    channel = r4_pass(background=background)
    windows = windows_of(channel)
    found = [bits_in(channel, windows.window(number).mask) for number in range(len(windows))]
    best = int(np.argmax(found))
    assert np.count_nonzero(windows.window(best).mask) == 2 * half_s + 1
    assert found[best] == pytest.approx(bits, rel=5e-5)


def test_uneven_background_is_weighed_against_the_light():
    channel = Channel(
        transmittance=[1e-3, 1e-3, 5e-4, 0.0],
        background=[1e-6, 9e-6, 1e-6, 1e-7],
        optical_error=0.01,
        clock_hz=1e8,
    )
    windows = windows_of(channel)
    assert windows.order.tolist() == [0, 2, 1, 3]
    assert windows.window(1).mask.tolist() == [True, False, True, False]
    assert windows.window(1).rule == "predicted background clicks over clicks of one photon, Y0 / eta, <= 0.002"
    assert windows.loss_db[-1] == np.inf


def test_a_faint_background_is_weighed_too():
    """Limit: 1e-12 and 3e-12 clicks a pulse are unlike by a factor, whatever their size."""
    channel = Channel(transmittance=[1e-3, 8e-4], background=[3e-12, 1e-12], optical_error=0.01, clock_hz=1e8)
    windows = windows_of(channel)
    assert not windows.even_background
    assert windows.order.tolist() == [1, 0]


def test_without_background_loss_alone_orders():
    channel = Channel(transmittance=[1e-4, 1e-2, 1e-3], background=0.0, optical_error=0.0, clock_hz=1e8)
    windows = windows_of(channel)
    assert windows.order.tolist() == [1, 2, 0]
    np.testing.assert_allclose(windows.loss_db, [20.0, 30.0, 40.0])


def test_few_windows_keep_the_largest():
    windows = windows_of(r4_pass(), most=5)
    assert len(windows) == 5
    assert windows.sizes[0] == 1
    assert windows.sizes[-1] == 273
    assert windows_of(r4_pass(), most=1).sizes.tolist() == [273]
