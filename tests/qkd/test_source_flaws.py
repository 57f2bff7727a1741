import json
from dataclasses import fields, replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import DomainError
from passplan.qkd.block import Blocks, Terms, block_of
from passplan.qkd.counts import BasisCounts, Counts
from passplan.qkd.proof_lim2014 import lim2014, lim2014_terms
from passplan.qkd.settings import KeySettings, Options
from passplan.qkd.source_flaws import (
    FLAWS,
    coin_imbalance,
    flaw_assumptions,
    leaky_phase_error,
    phase_error_of_leaky_source,
    refuse_overlap,
    spread_corners,
    worst_corner,
)

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
MICIUS = json.loads((REFERENCE / "finite_key_micius.json").read_text())["counts"]
R4 = Counts(
    intensities=(0.8, 0.1, 0.0),
    probabilities=(0.5, 0.25, 0.25),
    **{name: BasisCounts(**MICIUS[name]) for name in ("key_basis", "test_basis")},
)
SETTINGS = KeySettings()


def test_corners_are_the_middle_and_all_ends():
    """Exact: nominal first, then every combination of both ends; an intensity of 0 stays 0."""
    corners = spread_corners(intensities=[0.8, 0.1, 0.0], spread=0.05)
    assert corners.shape == (9, 3)
    assert corners[0].tolist() == [0.8, 0.1, 0.0]
    found = {tuple(np.round(row, 12)) for row in corners[1:]}
    assert found == {(a, b, 0.0) for a, b in product((0.76, 0.84), (0.095, 0.105))}
    assert spread_corners(intensities=np.ones((4, 5, 2)), spread=0.1).shape == (5, 4, 5, 2)


def test_the_worst_corner_is_the_shortest_of_all():
    """Two routes: each corner as a block of its own, by the proof's front door; the least of them is the answer."""
    found = worst_corner(lambda b: lim2014_terms(b, settings=SETTINGS), block_of(R4), spread=0.05)
    keys = [
        lim2014(replace(R4, intensities=tuple(mu)), settings=SETTINGS)
        for mu in spread_corners(intensities=R4.intensities, spread=0.05)
    ]
    worst = min(keys, key=lambda key: key.secret_bits_real)
    assert float(found.real) == pytest.approx(worst.secret_bits_real, rel=1e-12)
    assert float(found.single) == pytest.approx(worst.bounds["single_photon_lower"], rel=1e-12)
    assert worst.secret_bits < keys[0].secret_bits


@given(low=st.floats(0.0, 0.3), step=st.floats(0.0, 0.3))
def test_a_wider_spread_never_gives_more(low, step):
    """Property: no spread changes nothing, and a spread never lengthens the key."""
    plain, narrow, wide = (
        float(worst_corner(lambda b: lim2014_terms(b, settings=SETTINGS), block_of(R4), spread=s).real)
        for s in (0.0, low, low + step)
    )
    assert plain == pytest.approx(lim2014(R4, settings=SETTINGS).secret_bits_real, rel=1e-12)
    slack_bits = 1e-6
    assert plain >= narrow - slack_bits
    assert max(plain, 0.0) >= max(wide, 0.0)


def test_corners_out_of_order_give_no_key():
    """Limit: where a corner breaks the order of the decoys the block has no key, and its neighbour keeps its own."""
    one = block_of(R4)
    blocks = Blocks(**{f.name: np.stack([getattr(one, f.name)] * 3) for f in fields(Blocks)})
    intensities = np.array([[0.8, 0.1, 0.0], [0.8, 0.75, 0.0], [0.8, 0.1, 0.095]])
    found = worst_corner(
        lambda b: lim2014_terms(b, settings=SETTINGS), replace(blocks, intensities=intensities), spread=0.05
    )
    assert found.real[0] > 0.0
    assert np.all(found.real[1:] < -one.key_clicks.sum())


@pytest.mark.parametrize(
    ("intensities", "message"),
    [
        ((0.5, 0.3, 0.18), r"intensity_spread is 0.05: intensity 1 may fall to 0.475, must exceed the weaker ones"),
        ((0.8, 0.1, 0.095), r"intensity_spread is 0.05: intensity 2 may fall to 0.095, must exceed the weaker ones"),
    ],
)
def test_overlap_is_refused(intensities, message):
    """Refusal: intensities that lose their order within the spread, but only where corners were asked for."""
    counts = replace(R4, intensities=intensities)
    with pytest.raises(DomainError, match=message):
        refuse_overlap(counts, settings=KeySettings(options=Options(intensity_spread_corners=True)))
    refuse_overlap(counts, settings=SETTINGS)


@given(error_rate=st.floats(0.0, 0.5), imbalance=st.floats(0.0, 0.5))
def test_the_phase_error_solves_the_coin(error_rate, imbalance):
    """Two routes: the sum of the angles; below 1/2 the coin's inequality holds with equality."""
    e, d = error_rate, imbalance
    found = float(leaky_phase_error(error_rate=e, imbalance=d))
    assert e - 1e-12 <= found <= 0.5
    if found < 0.5:
        turned = np.arcsin(np.sqrt(e)) + np.arccos(1.0 - 2.0 * d)
        assert found == pytest.approx(np.sin(turned) ** 2, abs=1e-8)
        assert np.sqrt(e * found) + np.sqrt((1 - e) * (1 - found)) == pytest.approx(1.0 - 2.0 * d, abs=1e-9)


def test_the_coin_at_its_ends():
    """Limits: same states, no change; (1 - F) / 2 over the yield; blocked photons make it 1/2."""
    np.testing.assert_array_equal(coin_imbalance(basis_fidelity=1.0, single_yield=[0.0, 1e-4, 1.0]), 0.0)
    np.testing.assert_allclose(
        coin_imbalance(basis_fidelity=0.998, single_yield=[1.0, 0.01, 0.002, 1e-4, 0.0]),
        [0.001, 0.1, 0.5, 0.5, 0.5],
        rtol=1e-9,
    )
    assert float(leaky_phase_error(error_rate=0.02, imbalance=0.0)) == pytest.approx(0.02, rel=1e-12)
    assert float(leaky_phase_error(error_rate=0.0, imbalance=0.5)) == 0.5


def test_a_small_imbalance_keeps_its_digits():
    """Exact: without errors e' = 4 D (1 - D); the cosine of the angle alone would lose half of the digits of 1e-12."""
    assert float(leaky_phase_error(error_rate=0.0, imbalance=1e-12)) == pytest.approx(4e-12, rel=1e-11)


def test_unchecked_numbers_take_the_same_way():
    """Two routes: plain floats and arrays without checks give what both checked steps give one after the other."""
    rates, yields = np.array([0.0, 0.02, 0.3, 0.5]), np.array([0.0, 1e-3, 2e-3, 0.5])
    for fidelity in (1.0, 1.0 - 1e-6, 0.999):
        steps = leaky_phase_error(
            error_rate=rates, imbalance=coin_imbalance(basis_fidelity=fidelity, single_yield=yields)
        )
        together = phase_error_of_leaky_source(error_rate=rates, single_yield=yields, basis_fidelity=fidelity)
        np.testing.assert_array_equal(together, steps)
        for e, y, expected in zip(rates.tolist(), yields.tolist(), steps, strict=True):
            one = phase_error_of_leaky_source(error_rate=e, single_yield=y, basis_fidelity=fidelity)
            assert type(one) is float
            assert one == pytest.approx(expected, rel=1e-14)


def test_every_flaw_is_covered_or_not():
    """Convention: each flaw has one line that says which; a flaw stated to a proof that does not take it says so."""
    everything = flaw_assumptions(SETTINGS, covered=FLAWS)
    assert len(everything) == len(FLAWS) + 1
    assert all(line.startswith("covered: ") for line in everything)
    nothing = flaw_assumptions(SETTINGS, covered=(), needs_empty_vacuum=True)
    assert len(nothing) == len(FLAWS) + 1
    assert all(line.startswith("not covered: ") for line in nothing)
    stated = KeySettings(basis_fidelity=0.999, mismatch_delta2=0.01, options=Options(intensity_spread_corners=True))
    assert flaw_assumptions(stated, covered=("afterpulsing",)) == (
        "not covered: a spread of the intensities; its corners were evaluated",
        "not covered: states that betray their basis, though a basis_fidelity of 0.999 is stated",
        "not covered: detectors that are unlike, though mismatch deltas are stated",
        "covered: clicks that depend on earlier clicks (afterpulsing, dead time)",
        "covered: a vacuum state that is not quite empty, by the mean photons stated of the weakest intensity",
    )


def test_refusals():
    """Refusal: spreads, fidelities, yields, rates out of range; a flaw that has no name; settings likewise."""
    with pytest.raises(DomainError, match=r"spread is 1.0, must lie in \[0, 1\)"):
        spread_corners(intensities=[0.8, 0.1], spread=1.0)
    with pytest.raises(DomainError, match=r"basis_fidelity is 0.0, must lie in \(0, 1\]"):
        coin_imbalance(basis_fidelity=0.0, single_yield=0.1)
    with pytest.raises(DomainError, match=r"single_yield is -0.1, must lie in \[0, inf\)"):
        coin_imbalance(basis_fidelity=0.9, single_yield=-0.1)
    with pytest.raises(DomainError, match=r"error_rate is 0.6, must lie in \[0, 0.5\]"):
        leaky_phase_error(error_rate=0.6, imbalance=0.0)
    with pytest.raises(DomainError, match=r"imbalance is 0.7, must lie in \[0, 0.5\]"):
        leaky_phase_error(error_rate=0.1, imbalance=0.7)
    with pytest.raises(DomainError, match=r"covered holds dead_time; must be among intensity_spread, basis_leakage"):
        flaw_assumptions(SETTINGS, covered=("dead_time",))
    for name, value in (
        ("basis_fidelity", 1.5),
        ("matched_pulses", 0.0),
        ("mismatch_delta1", -0.1),
        ("mismatch_delta2", 2.0),
    ):
        with pytest.raises(DomainError, match=f"KeySettings.{name} is {value}, must lie in"):
            KeySettings(**{name: value})
    with pytest.raises(
        DomainError, match=r"Options.intensity_spread_corners is 'yes', must be true, false or left out"
    ):
        Options(intensity_spread_corners="yes")


@pytest.mark.parametrize(
    ("intensities", "spread"), [((0.5, 0.3, 0.15), 0.1), ((0.3, 0.25), 0.1)], ids=["three, mu1 < mu2 + mu3", "two"]
)
def test_a_corner_that_overlaps_gives_no_key(intensities, spread):
    """At a corner 0.45 < 0.33 + 0.165, or 0.27 < 0.275: the block has no key, whatever its counts say."""
    even = np.full(len(intensities), 1e6)
    blocks = Blocks(
        intensities=np.array(intensities),
        probabilities=np.full(len(intensities), 1.0 / len(intensities)),
        key_clicks=even,
        key_errors=even / 100.0,
        test_clicks=even,
        test_errors=even / 100.0,
    )

    def proof(corners):  # one that finds a megabit in whatever it is given
        return Terms(**{each.name: np.full(corners.intensities.shape[:-1], 1e6) for each in fields(Terms)})

    found = worst_corner(proof, blocks, spread=spread)
    assert np.all(found.real < 0.0)
