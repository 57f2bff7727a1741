"""Fades, lost frames and clouds: exact moments and correlations of the models, and refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.apt.beacon_fades import beacon_fades, dropouts, in_gaps
from passplan.errors import DomainError


@pytest.mark.parametrize("index", [0.01, 0.5])
def test_moments_of_the_fades(rng, index):
    """Exact: mean 1 and variance the index, over 800 s of 8 ms fades; five standard errors of correlated samples."""
    step_s, correlation_s, count = 2e-3, 8e-3, 400_000
    fades = beacon_fades(index=index, correlation_s=correlation_s, frame_s=step_s, count=count, rng=rng)
    assert fades.dtype == np.float32
    independent = count * step_s / (2.0 * correlation_s)
    assert fades.mean(dtype=float) == pytest.approx(1.0, abs=5.0 * np.sqrt(index / independent))
    logarithm = np.log(fades.astype(float))
    variance = np.log1p(index)
    assert logarithm.var() == pytest.approx(variance, rel=5.0 * np.sqrt(2.0 / independent))
    assert logarithm.mean() == pytest.approx(-0.5 * variance, abs=5.0 * np.sqrt(variance / independent))


def test_correlation_of_the_fades(rng):
    """Exact: the logarithm decays to 1/e in the correlation time; five standard errors."""
    count = 400_000
    fades = beacon_fades(index=0.3, correlation_s=5e-3, frame_s=1e-3, count=count, rng=rng)
    logarithm = np.log(fades.astype(float))
    logarithm -= logarithm.mean()
    error = 5.0 * np.sqrt(10.0 / count)
    for lag in (1, 5, 10):
        found = np.mean(logarithm[:-lag] * logarithm[lag:]) / logarithm.var()
        assert found == pytest.approx(np.exp(-lag / 5.0), abs=error)


def test_fades_are_stationary_from_the_first_frame(rng):
    """The first frame of many series has the whole variance; five standard errors."""
    runs = 4000
    first = [beacon_fades(index=0.2, correlation_s=1.0, frame_s=1e-3, count=1, rng=rng)[0] for _ in range(runs)]
    assert np.log(first).var() == pytest.approx(np.log(1.2), rel=5.0 * np.sqrt(2.0 / runs))


def test_no_scintillation_no_fade(rng):
    """Limit: an index of zero leaves ones, also second by second."""
    index = np.repeat([0.0, 0.4], 50)
    fades = beacon_fades(index=index, correlation_s=1.0, frame_s=0.1, count=100, rng=rng)
    np.testing.assert_array_equal(fades[:50], 1.0)
    assert np.unique(fades[50:]).size == 50


@pytest.mark.parametrize(
    ("share", "mean_s", "frame_s", "frames"),
    [(0.1, 0.005, 0.0005, 10.0), (0.02, 0.005, 0.005, 1.0 / 0.98), (0.3, 0.005, 0.025, 1.0 / 0.7), (0.6, 1.0, 0.1, 10)],
)
def test_dropouts(rng, share, mean_s, frame_s, frames):
    """Exact for the chain: share, and mean length of a loss in frames, never under that of independent losses."""
    count = 1_000_000
    lost = dropouts(share=share, mean_s=mean_s, frame_s=frame_s, count=count, rng=rng)
    end = 1.0 / frames
    begin = end * share / (1.0 - share)
    memory = 1.0 - begin - end
    error = np.sqrt(share * (1.0 - share) / count * (1.0 + memory) / (1.0 - memory))
    assert lost.mean() == pytest.approx(share, abs=5.0 * error)
    losses = np.count_nonzero(np.diff(lost.astype(int)) == 1)
    assert lost.sum() / losses == pytest.approx(frames, rel=5.0 / np.sqrt(losses))


def test_dropouts_have_the_chain_s_correlation(rng):
    """Exact: a two-state chain's autocorrelation is the power of 1 - begin - end."""
    count = 1_000_000
    lost = dropouts(share=0.2, mean_s=0.01, frame_s=0.001, count=count, rng=rng).astype(float)
    lost -= lost.mean()
    memory = 1.0 - 0.1 - 0.1 * 0.2 / 0.8
    for lag in (1, 4, 8):
        assert np.mean(lost[:-lag] * lost[lag:]) / lost.var() == pytest.approx(memory**lag, abs=0.02)


def test_dropouts_are_stationary_from_the_first_frame(rng):
    """The first frame of many series is lost as often as any; five standard errors."""
    runs = 5000
    first = [dropouts(share=0.25, mean_s=1.0, frame_s=0.01, count=1, rng=rng)[0] for _ in range(runs)]
    assert np.mean(first) == pytest.approx(0.25, abs=5.0 * np.sqrt(0.25 * 0.75 / runs))


@given(
    share=st.floats(0.0, 0.999999),
    mean_s=st.floats(1e-6, 1e6),
    frame_s=st.floats(1e-4, 1.0),
    count=st.integers(1, 2000),
    seed=st.integers(0, 100),
)
def test_dropouts_of_any_length(share, mean_s, frame_s, count, seed):
    """Property: as many frames as asked for, and none lost at a share of zero."""
    lost = dropouts(share=share, mean_s=mean_s, frame_s=frame_s, count=count, rng=np.random.default_rng(seed))
    assert lost.shape == (count,)
    assert lost.dtype == bool
    assert share > 0.0 or not lost.any()


def test_clouds():
    """A gap holds its start and not its stop."""
    found = in_gaps([0.0, 9.9, 10.0, 19.9, 20.0, 31.0, 40.0], [(10.0, 20.0), (30.0, 35.0)])
    np.testing.assert_array_equal(found, [False, False, True, True, False, True, False])
    assert not in_gaps([1.0, 2.0], []).any()


def test_refusals(rng):
    """Each limit names its field."""
    fade = {"index": 0.1, "correlation_s": 1.0, "frame_s": 1.0, "count": 1, "rng": rng}
    loss = {"share": 0.1, "mean_s": 1.0, "frame_s": 1.0, "count": 1, "rng": rng}
    for name, value in (("index", -0.1), ("correlation_s", 0.0), ("frame_s", 0.0), ("count", 0)):
        with pytest.raises(DomainError, match=f"{name} is {value}"):
            beacon_fades(**{**fade, name: value})
    for name, value in (("share", 1.0), ("mean_s", 0.0), ("frame_s", -1.0), ("count", 0)):
        with pytest.raises(DomainError, match=f"{name} is {value}"):
            dropouts(**{**loss, name: value})
    with pytest.raises(DomainError, match=r"gaps_s are \(\(10.0, 5.0\),\), must be \(start, stop\) in s, in order"):
        in_gaps([0.0], [(10.0, 5.0)])
    with pytest.raises(DomainError, match="in order and apart"):
        in_gaps([0.0], [(10.0, 20.0), (15.0, 30.0)])
