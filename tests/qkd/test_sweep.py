from itertools import pairwise

import numpy as np
import pytest
from key_passes import r4_pass

from passplan.errors import DomainError
from passplan.qkd.gain import Channel
from passplan.qkd.optimize import optimise
from passplan.qkd.optimum import Task
from passplan.qkd.settings import KeySettings
from passplan.qkd.sweep import COLUMNS, at_loss, fixed_bits, sweep_loss

LOSSES_DB = np.arange(26.0, 46.0, 2.0)
TASK = Task(proof="lim2014", settings=KeySettings(), bob_key_probability=0.9)


@pytest.fixture(scope="module")
def sweep():
    return sweep_loss(r4_pass(), loss_db=LOSSES_DB, task=TASK, rng=np.random.default_rng(2))


def test_the_loss_moves_all_seconds_alike():
    channel = r4_pass()
    moved = at_loss(channel, loss_db=30.0)
    assert moved.transmittance.max() == pytest.approx(1e-3, rel=1e-12)
    np.testing.assert_allclose(moved.transmittance / channel.transmittance, 1e-3 / 6.578279e-4, rtol=1e-12)
    np.testing.assert_allclose(at_loss(channel, loss_db=0.0).transmittance.max(), 1.0)


def test_more_loss_never_makes_more_key(sweep):
    bits = [optimum.key.secret_bits for optimum in sweep.optima]
    assert all(first > second or first == second == 0 for first, second in pairwise(bits))
    assert bits[0] > 1_000_000
    assert bits[-1] == 0


def test_a_point_is_what_the_optimiser_finds_alone(sweep):
    alone = optimise(
        at_loss(r4_pass(), loss_db=34.0),
        proof="lim2014",
        settings=KeySettings(),
        bob_key_probability=0.9,
        rng=np.random.default_rng(8),
    )
    assert sweep.optima[4].key.secret_bits == pytest.approx(alone.key.secret_bits, rel=1e-5)


def test_kept_settings_never_beat_the_optimum_and_meet_it_at_home(sweep):
    home = 3
    kept = fixed_bits(r4_pass(), loss_db=LOSSES_DB, optimum=sweep.optima[home], task=TASK)
    best = np.array([optimum.key.secret_bits for optimum in sweep.optima])
    assert kept[home] == best[home]
    assert np.all(kept <= best + 1)
    assert np.any(kept < 0.9 * best)


def test_rows_say_what_the_optima_hold(sweep):
    rows = sweep.rows()
    assert [row["loss_db"] for row in rows] == LOSSES_DB.tolist()
    assert all(tuple(row) == COLUMNS for row in rows)
    first, optimum = rows[0], sweep.optima[0]
    assert first["secret_bits"] == optimum.key.secret_bits
    assert first["window_s"] == 273.0
    assert first["window_rule"] == "all seconds of the pass"
    assert [float(k) for k in first["intensities"].split()] == pytest.approx(optimum.source.intensities, rel=1e-5)
    assert 0.01 < first["qber"] < 0.02


def test_wrong_losses_are_refused():
    rng = np.random.default_rng(1)
    with pytest.raises(DomainError, match=r"loss_db is -1.0, must lie in \[0, inf\)"):
        at_loss(r4_pass(), loss_db=-1.0)
    with pytest.raises(DomainError, match=r"loss_db has shape \(0,\), must be \(n,\) with at least one loss"):
        sweep_loss(r4_pass(), loss_db=[], task=TASK, rng=rng)
    dark = Channel(transmittance=[0.0], background=1e-6, optical_error=0.0, clock_hz=1e8)
    with pytest.raises(DomainError, match="transmittance is 0 in all seconds, must be > 0 in one"):
        at_loss(dark, loss_db=10.0)
