import numpy as np
import pytest
from key_passes import r4_pass

from passplan.qkd.gain import expected_counts, response_of
from passplan.qkd.optimize import optimise
from passplan.qkd.proof_lim2014 import lim2014
from passplan.qkd.search import Effort
from passplan.qkd.settings import KeySettings
from passplan.qkd.window import windows_of


def optimum_of(channel=None, optimise_window=False, **effort):
    rng = np.random.default_rng(2)
    return optimise(
        channel or r4_pass(),
        proof="lim2014",
        settings=KeySettings(),
        bob_key_probability=None,
        effort=Effort(**effort),
        optimise_window=optimise_window,
        rng=rng,
    )


@pytest.mark.parametrize("seeds", [1, 2, 3])
def test_the_gap_is_that_of_the_two_best_seeds(seeds):
    """Definition: the best less the next best, from two seeds on; one seed certifies nothing."""
    found = optimum_of(seeds=seeds, members=8, generations=3)
    assert len(found.seed_bits) == seeds
    assert list(found.seed_bits) == sorted(found.seed_bits, reverse=True)
    expected = np.inf if seeds == 1 else found.seed_bits[0] - found.seed_bits[1]
    assert found.gap_bits == expected > 0.0


def test_every_setting_tried_is_counted():
    """Definition: each seed tries all members at first and in each generation; one step of polish is less."""
    short, long = (optimum_of(seeds=2, members=24, generations=n, polish_steps=1).evaluations for n in (30, 37))
    assert long - short == 7 * 24 * 2
    assert 31 * 24 * 2 < short < 32 * 24 * 2


@pytest.mark.parametrize("background", [3e-6, 4e-6, 5e-6, 6e-6])
def test_no_other_window_is_better_with_the_same_source(background):
    """Two routes: the length in every window of the rule, one after the other; even and odd numbers of seconds win."""
    channel = r4_pass(background=background)
    found = optimum_of(channel, True, seeds=2, members=16, generations=12, polish_steps=20)
    windows = windows_of(channel)
    lengths = []
    for number in range(len(windows)):
        response = response_of(channel, mask=windows.window(number).mask, largest_intensity=1.0)
        lengths.append(lim2014(expected_counts(response, source=found.source), settings=KeySettings()).secret_bits_real)
    assert found.key.secret_bits_real == pytest.approx(max(lengths), abs=1e-3)
    assert np.array_equal(found.window.mask, windows.window(int(np.argmax(lengths))).mask)
