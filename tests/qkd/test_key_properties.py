import warnings
from contextlib import suppress
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from passplan.errors import DomainError
from passplan.qkd.block import Blocks, Terms
from passplan.qkd.counts import BasisCounts, add_counts
from passplan.qkd.gain import Channel, SourceSetting, counts_of_block, expected_counts, response_of
from passplan.qkd.key_length import PROOFS, TERMS
from passplan.qkd.leakage import error_entropy_bits
from passplan.qkd.settings import KeySettings, Options

NAMES = sorted(PROOFS)
BOTH = ("lim2014_both_bases", "ma2005_sigma")
FEW = profile(max_examples=12)


def source_for(name):
    """A source that the proof can use, with the bases evenly chosen."""
    if "1decoy" in name:
        return SourceSetting(
            intensities=(0.5, 0.16), probabilities=(0.7, 0.3), alice_key_probability=0.7, bob_key_probability=0.7
        )
    return SourceSetting(
        intensities=(0.7, 0.15, 0.0),
        probabilities=(0.5, 0.3, 0.2),
        alice_key_probability=0.7,
        bob_key_probability=0.7,
    )


def counts_for(name, *, loss_db=33.0, background=5e-7, error=0.01, pulses=2.73e10):
    """Expected counts at one loss."""
    channel = Channel(
        transmittance=[10.0 ** (-0.1 * loss_db)], background=background, optical_error=error, clock_hz=pulses
    )
    return expected_counts(response_of(channel), source=source_for(name))


def real_bits(name, counts, **settings):
    return PROOFS[name](counts, settings=KeySettings(**settings)).secret_bits_real


def scaled(counts, factor):
    def basis(part):
        return BasisCounts(clicks=[factor * n for n in part.clicks], errors=[factor * m for m in part.errors])

    return replace(counts, key_basis=basis(counts.key_basis), test_basis=basis(counts.test_basis))


def any_blocks(name, seed, size=200):
    """Blocks that no channel need have made: zeros, fractions, up to 1e12 clicks, none or half or all of them wrong."""
    source, rng = source_for(name), np.random.default_rng(seed)
    shape = (size, len(source.intensities))

    def basis():
        clicks = rng.choice([0.0, 1.0], shape, p=[0.15, 0.85]) * 10.0 ** (rng.uniform(-1.0, 12.0, shape))
        scale = 10.0 ** rng.uniform(-8.0, 0.0, (size, 1))  # else one intensity outweighs the others
        alike = np.array(source.probabilities) * np.array([1.0, 0.3, 0.01][: shape[1]]) * 1e12 * scale
        clicks = np.where(rng.random((size, 1)) < 0.5, np.round(alike), clicks)
        wrong = np.where(rng.random(shape) < 0.7, rng.uniform(0.0, 0.1, shape), rng.choice([0.0, 0.5, 1.0], shape))
        return clicks, clicks * wrong

    (key_clicks, key_errors), (test_clicks, test_errors) = basis(), basis()
    return Blocks(
        intensities=np.broadcast_to(source.intensities, shape),
        probabilities=np.broadcast_to(source.probabilities, shape),
        key_clicks=key_clicks,
        key_errors=key_errors,
        test_clicks=test_clicks,
        test_errors=test_errors,
    )


def one_of(blocks, i):
    return Blocks(**{field.name: getattr(blocks, field.name)[i] for field in fields(Blocks)})


seeds = st.integers(0, 2**32 - 1)
epsilon = st.floats(-30.0, -0.31).map(lambda e: 10.0**e)  # below 1/2, where no standard deviation is negative
ROUNDING = 1e-12  # of the clicks, as sums in another order may differ


@pytest.mark.parametrize("name", NAMES)
@FEW
@given(seed=seeds, epsilon_sec=epsilon, epsilon_cor=epsilon)
def test_any_counts_give_a_length_within_what_was_seen(name, seed, epsilon_sec, epsilon_cor):
    """Property: length and bounds between 0 and the sifted clicks, no nan, no warning, to 1e-30 and 1e12 clicks."""
    blocks, settings = any_blocks(name, seed), KeySettings(epsilon_sec=epsilon_sec, epsilon_cor=epsilon_cor)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        terms = TERMS[name](blocks, settings=settings)
        key = PROOFS[name](counts_of_block(one_of(blocks, 0)), settings=settings)
    for field in fields(Terms):
        assert np.all(np.isfinite(getattr(terms, field.name)))
    tested = blocks.test_clicks.sum(axis=-1)
    sifted = (blocks.key_clicks.sum(axis=-1) + (tested if name in BOTH else 0.0)) * (1.0 + ROUNDING)
    assert np.all(terms.real <= sifted)
    assert np.all((terms.vacuum >= 0.0) & (terms.single >= 0.0) & (terms.vacuum + terms.single <= sifted))
    assert np.all((terms.tested >= 0.0) & (terms.tested <= (sifted if name in BOTH else tested * (1.0 + ROUNDING))))
    assert np.all((terms.phase_error >= 0.0) & (terms.phase_error <= 0.5))
    assert np.all((terms.wrong >= 0.0) & (terms.leak >= 0.0))
    assert 0 <= key.secret_bits <= sifted[0]
    assert key.secret_bits_real == pytest.approx(terms.real[0], rel=1e-9, abs=1e-9 * sifted[0])


@pytest.mark.parametrize("name", NAMES)
@FEW
@given(seed=seeds, epsilon_sec=epsilon, pooled=st.booleans())
def test_stacked_blocks_are_the_blocks_one_by_one(name, seed, epsilon_sec, pooled):
    """Two routes: one call with arrays of shape (8, 1) and calls with floats: all terms, to 1e-11 of the clicks."""
    settings = KeySettings(epsilon_sec=epsilon_sec, options=Options(pool_errors=pooled))
    blocks = any_blocks(name, seed, size=8)
    stack = Blocks(**{field.name: getattr(blocks, field.name)[:, None] for field in fields(Blocks)})
    together = TERMS[name](stack, settings=settings)
    for i in range(8):
        block = one_of(blocks, i)
        alone = TERMS[name](block, settings=settings)
        scale = 1e-11 * (1.0 + block.key_clicks.sum() + block.test_clicks.sum())
        for field in fields(Terms):
            slack = 1e-9 if field.name == "phase_error" else scale
            found = getattr(together, field.name)
            assert found.shape == (8, 1)
            np.testing.assert_allclose(found[i, 0], getattr(alone, field.name), rtol=1e-9, atol=slack)


@pytest.mark.parametrize("name", NAMES)
@FEW
@given(loss_db=st.floats(22.0, 36.0), error=st.floats(0.0, 0.03), more=st.floats(0.05, 3.0))
def test_a_worse_link_never_makes_more_key(name, loss_db, error, more):
    """Property: more loss, more background, more errors, or a shorter block never lengthen the key."""
    start = counts_for(name, loss_db=loss_db, error=error)
    best = PROOFS[name](start, settings=KeySettings()).secret_bits
    worse = (
        {"loss_db": loss_db + more, "error": error},
        {"loss_db": loss_db, "error": error, "background": 5e-7 * (1.0 + more)},
        {"loss_db": loss_db, "error": error + 0.01 * more},
        {"loss_db": loss_db, "error": error, "pulses": 2.73e10 / (1.0 + more)},
    )
    for change in worse:
        assert PROOFS[name](counts_for(name, **change), settings=KeySettings()).secret_bits <= best


@pytest.mark.parametrize("name", NAMES)
@FEW
@given(exponent=st.floats(-25.0, -2.0), less=st.floats(0.1, 5.0), loss_db=st.floats(22.0, 36.0))
def test_a_smaller_epsilon_never_makes_more_key(name, exponent, less, loss_db):
    """Property: monotone in either epsilon; the legacy proof does not know the correctness."""
    counts = counts_for(name, loss_db=loss_db)
    for field in ("epsilon_sec", "epsilon_cor"):
        wide, tight = (real_bits(name, counts, **{field: 10.0**e}) for e in (exponent, exponent - less))
        if (name, field) == ("ma2005_sigma", "epsilon_cor"):
            assert tight == wide
        elif wide > 0.0:
            assert tight < wide


@pytest.mark.parametrize("name", NAMES)
@FEW
@given(first=st.floats(0.02, 5.0), second=st.floats(0.02, 5.0), loss_db=st.floats(24.0, 38.0))
def test_a_sum_of_counts_has_at_least_the_sum_of_keys(name, first, second, loss_db):
    """Property: one block of two passes at other losses makes no less key than the two by themselves."""
    one = scaled(counts_for(name, loss_db=24.0), first)
    other = scaled(counts_for(name, loss_db=loss_db), second)
    parts = sum(PROOFS[name](part, settings=KeySettings()).secret_bits for part in (one, other))
    assert PROOFS[name](add_counts(one, other), settings=KeySettings()).secret_bits >= parts


def asymptotic_share(name, counts):
    """Key per click of the key basis without any deviation, by the printed decoy formulas and nothing of the package.

    Y_0, Y_1 and e_1 from counts over p_k: Lim et al. eq. 2 to 4 (two decoys), Rusca et al. (A16)-(A20) (one decoy).
    """
    mu, p = np.array(counts.intensities), np.array(counts.probabilities)
    n, m = (np.array(part) / p * np.exp(mu) for part in (counts.key_basis.clicks, counts.key_basis.errors))
    t, w = (np.array(part) / p * np.exp(mu) for part in (counts.test_basis.clicks, counts.test_basis.errors))
    tau0, tau1 = (p * np.exp(-mu)).sum(), (p * np.exp(-mu) * mu).sum()

    weak, other = (2, 1) if len(mu) == 3 else (1, 0)

    def vacuum(n):
        return max((mu[other] * n[weak] - mu[weak] * n[other]) / (mu[other] - mu[weak]), 0.0)

    def one(n, m):
        if len(mu) == 3:
            ratio = (mu[1] ** 2 - mu[2] ** 2) / mu[0] ** 2
            return (n[1] - n[2] - ratio * (n[0] - vacuum(n))) / (mu[1] - mu[2] - ratio * mu[0])
        ratio = (mu[1] / mu[0]) ** 2
        most = 2.0 * (min(m) if name.startswith("wiesemann") else m[1])
        return (n[1] - ratio * n[0] - (1.0 - ratio) * most) / (mu[1] - ratio * mu[0])

    phase = (w[other] - w[weak]) / (mu[other] - mu[weak]) / one(t, w)
    credited = 0.0 if name in ("tupkary_variable_length", "wiesemann2026_1decoy") else tau0 * vacuum(n)
    secret = credited + tau1 * one(n, m) * (1.0 + phase * np.log2(phase) + (1.0 - phase) * np.log2(1.0 - phase))
    clicks, errors = counts.key_basis.total_clicks, counts.key_basis.total_errors
    return (secret - 1.16 * error_entropy_bits(clicks=clicks, errors=errors)) / clicks


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(BOTH)))
def test_long_blocks_reach_the_asymptotic_limit_from_below(name):
    """Exact formula: key per sifted bit rises with the block, stays below the printed limit, meets it to 1e-6."""
    counts = counts_for(name)
    limit = asymptotic_share(name, counts)
    sizes = (1.0, 1e2, 1e4, 1e8, 1e16)
    shares = [real_bits(name, scaled(counts, s)) / (s * counts.key_basis.total_clicks) for s in sizes]
    assert shares == sorted(shares)
    assert shares[-2] < limit
    assert shares[-1] == pytest.approx(limit, rel=1e-6)


@pytest.mark.parametrize("name", BOTH)
def test_long_blocks_of_both_bases_approach_their_limit_from_below(name):
    """Property: key per sifted bit rises with the block towards that of a far longer one."""
    counts = counts_for(name)
    shares = [real_bits(name, scaled(counts, s)) / s for s in (1.0, 1e2, 1e4, 1e8, 1e16)]
    assert shares == sorted(shares)
    assert shares[-2] == pytest.approx(shares[-1], rel=1e-3)


@pytest.mark.parametrize("name", NAMES)
@FEW
@given(seed=seeds, sampling=st.sampled_from(["serfling", "fung", "yin"]), clip=st.booleans(), cap=st.booleans())
def test_every_convention_stays_finite(name, seed, sampling, clip, cap):
    """Property: options in any mix, at 1e-30, leave no nan and no warning; capped errors are at most those seen."""
    if name in ("decoy3_variable_length", "tupkary_variable_length"):
        sampling = "serfling"
    blocks, options = any_blocks(name, seed), Options(sampling=sampling, clip_negative=clip, cap_errors=cap)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        terms = TERMS[name](blocks, settings=KeySettings(epsilon_sec=1e-30, epsilon_cor=1e-30, options=options))
    assert all(np.all(np.isfinite(getattr(terms, field.name))) for field in fields(Terms))
    sifted = blocks.key_clicks.sum(axis=-1) + (blocks.test_clicks.sum(axis=-1) if name in BOTH else 0.0)
    assert np.all((terms.single >= 0.0) & (terms.single <= sifted * (1.0 + ROUNDING)))
    if cap and name not in BOTH:
        assert np.all(terms.wrong <= blocks.test_errors.sum(axis=-1) * (1.0 + ROUNDING))
    assert np.all((terms.phase_error >= 0.0) & (terms.phase_error <= 0.5))


TWO_DECOY_NAMES = sorted(name for name in NAMES if "1decoy" not in name and name != "ma2005_sigma")


@pytest.mark.parametrize("intensities", [(0.33, 0.29, 0.04), (0.45, 0.24, 0.21), (0.17, 0.09, 0.08)], ids=str)
@pytest.mark.parametrize("name", TWO_DECOY_NAMES)
def test_decoys_at_the_edge_of_what_they_can_tell_make_no_key(name, intensities):
    """Exact: at mu1 = mu2 + mu3 eq. 3 divides by (mu2 - mu3)(mu1 - mu2 - mu3) = 0, so nothing is known of one photon.

    In floats some such settings pass as mu1 > mu2 + mu3: refused or no key, but no length and no ZeroDivisionError.
    """
    channel = Channel(transmittance=[1e-3], background=5e-7, optical_error=0.01, clock_hz=2.73e10)
    source = SourceSetting(
        intensities=intensities, probabilities=(0.5, 0.3, 0.2), alice_key_probability=0.5, bob_key_probability=0.5
    )
    counts = expected_counts(response_of(channel), source=source)
    with suppress(DomainError):
        assert PROOFS[name](counts, settings=KeySettings()).secret_bits == 0


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"chernoff"}))
def test_no_errors_leave_no_single_photon_errors(name):
    """Exact: deviations of a total of no errors are 0, so none can have come from single photons; the leak is 0."""
    counts = counts_for(name)

    def clean(part):
        return BasisCounts(clicks=part.clicks, errors=[0.0 for _ in part.clicks])

    counts = replace(counts, key_basis=clean(counts.key_basis), test_basis=clean(counts.test_basis))
    key = PROOFS[name](counts, settings=KeySettings())
    assert key.bounds["single_photon_errors_upper"] == 0.0
    assert key.leak_bits == 0.0


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"lim2014_both_bases", "ma2005_sigma", "tupkary_variable_length"}))
def test_a_receiver_in_the_dark_has_its_vacuum_counted(name):
    """Exact: dark counts alone, n_k = N p_k, give (mu2 e^mu3 - mu3 e^mu2) / (mu2 - mu3) tau_0 N clicks of no photon."""
    source = source_for(name)
    mu, p, clicks = np.array(source.intensities), np.array(source.probabilities), 1e18
    found = dict.fromkeys(("key_clicks", "test_clicks"), clicks * p)
    found |= dict.fromkeys(("key_errors", "test_errors"), 0.5 * clicks * p)
    terms = TERMS[name](Blocks(intensities=mu, probabilities=p, **found), settings=KeySettings())
    strong, weak = mu[-2:]
    share = (p * np.exp(-mu)).sum() * (strong * np.exp(weak) - weak * np.exp(strong)) / (strong - weak)
    assert 0.5 < share < 1.0
    assert terms.vacuum == pytest.approx(share * clicks, rel=1e-6)
