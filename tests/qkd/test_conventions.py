"""What a key length says of itself: cautions, options taken and not taken, and the numbers to redo the phase error."""

from dataclasses import replace

import pytest

from passplan.errors import DomainError
from passplan.qkd.counts import BasisCounts, Counts
from passplan.qkd.detector_mismatch import binomial_excess
from passplan.qkd.key_length import PROOFS
from passplan.qkd.key_record import BOUNDS, KeyLength
from passplan.qkd.sampling import SAMPLING
from passplan.qkd.settings import KeySettings, Options

BASIS = BasisCounts(clicks=(835_535.0, 52_980.0, 850.0), errors=(8_770.0, 932.0, 425.0))
R4 = Counts(intensities=(0.8, 0.1, 0.0), probabilities=(0.5, 0.25, 0.25), key_basis=BASIS, test_basis=BASIS)
TWO = Counts(
    intensities=(0.8, 0.1),
    probabilities=(0.7, 0.3),
    key_basis=BasisCounts(clicks=BASIS.clicks[:2], errors=BASIS.errors[:2]),
    test_basis=BasisCounts(clicks=BASIS.clicks[:2], errors=BASIS.errors[:2]),
)
LIM = ("lim2014", "lim2014_both_bases", "chernoff")
TWO_DECOYS = (*LIM, "decoy3_variable_length", "tupkary_variable_length")
ONE_DECOY = ("wiesemann2026_1decoy", "rusca2018_1decoy")
STATED = Options(
    sampling="serfling",
    concentration="hoeffding",
    clip_negative=True,
    clip_errors=True,
    cap_errors=True,
    pool_errors=True,
    leak_model="entropy",
    with_vacuum=False,
    intensity_spread_corners=False,
)
NOT_TAKEN = {
    "lim2014": {"with_vacuum", "intensity_spread_corners"},
    "lim2014_both_bases": {"with_vacuum", "intensity_spread_corners"},
    "chernoff": {"with_vacuum", "intensity_spread_corners"},
    "decoy3_variable_length": {"with_vacuum"},
    "tupkary_variable_length": {"with_vacuum", "clip_errors"},
    "wiesemann2026_1decoy": set(),
    "rusca2018_1decoy": set(),
    "ma2005_sigma": set(STATED.__slots__) - {"pool_errors"},
}


def key_of(proof, settings=None, **options):
    counts = TWO if proof in ONE_DECOY else R4
    return PROOFS[proof](counts, settings=settings or KeySettings(options=Options(**options)))


def said(key, words):
    return sum(words in line for line in key.assumptions)


@pytest.mark.parametrize("proof", TWO_DECOYS)
@pytest.mark.parametrize("concentration", ["chernoff", "exact"])
def test_limits_by_size_need_independent_clicks(proof, concentration):
    """Convention: limits of a count by its own size rest on independent clicks; said once, and by no others."""
    assert said(key_of(proof, concentration=concentration), "clicks independent of each other given the photon") == 1
    for other in ("hoeffding", "azuma"):
        assert said(key_of(proof, concentration=other), "clicks independent of each other given the photon") == 0


@pytest.mark.parametrize("proof", PROOFS)
def test_pooled_errors_are_named(proof):
    """Convention: errors pooled over the intensities are no bound, under every proof."""
    assert said(key_of(proof, pool_errors=True), "errors pooled over the intensities") == 1
    assert said(key_of(proof), "errors pooled") == 0


@pytest.mark.parametrize("proof", sorted(set(PROOFS) - {"ma2005_sigma"}))
def test_the_leak_model_is_named(proof):
    """Convention: printed among the options; the estimate has its caution, unless the leak was measured."""
    assert key_of(proof).options["leak_model"] == "entropy"
    estimated = key_of(proof, leak_model="tomamichel")
    assert estimated.options["leak_model"] == "tomamichel"
    assert said(estimated, "leak planned by a finite-block estimate") == 1
    measured = KeySettings(error_correction_leak_bits=1e5, options=Options(leak_model="tomamichel"))
    assert said(key_of(proof, measured), "finite-block estimate") == 0


@pytest.mark.parametrize("proof", PROOFS)
def test_options_that_are_not_taken_are_named(proof):
    """Convention: a stated option is used and printed, or said not to be used; options left open need no word."""
    key = key_of(proof, KeySettings(options=STATED))
    unused = {name for name in STATED.__slots__ if said(key, f"not used: the option {name}, stated as ")}
    assert unused == NOT_TAKEN[proof]
    assert set(STATED.__slots__) - unused <= set(key.options)
    assert unused.isdisjoint(key.options)
    assert said(key_of(proof), "not used") == 0


@pytest.mark.parametrize("proof", PROOFS)
def test_an_option_that_is_not_taken_changes_nothing(proof):
    """Property: turned the other way it gives the same length."""
    turned = {"with_vacuum": True, "clip_errors": False, "intensity_spread_corners": True}
    for name in NOT_TAKEN[proof] & set(turned):
        assert key_of(proof, **{name: turned[name]}).secret_bits_real == key_of(proof).secret_bits_real


def test_corners_always_and_corners_never():
    """Convention: ma2005_sigma evaluates corners by itself; the Lim family does not, and does not say that it did."""
    assert said(key_of("ma2005_sigma", intensity_spread_corners=True), "not used") == 0
    for proof in LIM:
        assert said(key_of(proof, intensity_spread_corners=True), "corners were evaluated") == 0
    assert said(key_of("decoy3_variable_length", intensity_spread_corners=True), "corners were evaluated") == 1


def phase_error_again(key, proof):
    bounds = key.bounds
    rate = bounds["single_photon_errors_upper"] / bounds["tested_single_photon_lower"]
    assert bounds["sampling_term"] > 0.0
    if proof == "tupkary_variable_length":
        return (rate + bounds["sampling_term"] + bounds["mismatch_added"]) / bounds["mismatch_denominator"]
    return rate + bounds["sampling_term"]


@pytest.mark.parametrize("corners", [False, True])
@pytest.mark.parametrize("proof", [*sorted(set(TWO_DECOYS) - {"lim2014_both_bases"}), *ONE_DECOY])
def test_the_phase_error_can_be_redone(proof, corners):
    """Exact: errors over tested photons, and the sampling term, which is that of the printed sizes and epsilon."""
    settings = KeySettings(intensity_spread=0.02, options=Options(intensity_spread_corners=corners, cap_errors=True))
    key = key_of(proof, settings)
    bounds = key.bounds
    assert bounds["phase_error_upper"] < 0.5
    assert bounds["phase_error_upper"] == pytest.approx(phase_error_again(key, proof), rel=1e-12)
    names = [name for name in key.epsilon if name.startswith(("each_of", "root_of"))]
    gamma = SAMPLING[key.options["sampling"]](
        error_rate=bounds["single_photon_errors_upper"] / bounds["tested_single_photon_lower"],
        tested=bounds["tested_single_photon_lower"],
        keyed=bounds["single_photon_lower"],
        epsilon=key.epsilon[names[0]],
    )
    assert bounds["sampling_term"] == pytest.approx(float(gamma), rel=1e-12)


@pytest.mark.parametrize("deltas", [(0.0, 0.0), (1e-3, 0.0), (1e-3, 2e-3)])
def test_the_phase_error_of_unlike_detectors_can_be_redone(deltas):
    """Exact: delta1 with the excess of its binomial share is added, delta2 with its own is the denominator's loss."""
    settings = KeySettings(mismatch_delta1=deltas[0], mismatch_delta2=deltas[1])
    key = key_of("tupkary_variable_length", settings)
    share = next(value for name, value in key.epsilon.items() if name.startswith("root_of"))
    excess = [
        float(binomial_excess(trials=key.bounds["single_photon_lower"], share=delta, epsilon=share)) for delta in deltas
    ]
    added, left = deltas[0] + excess[0], 1.0 - deltas[1] - excess[1]
    if not any(deltas):
        added, left = 0.0, 1.0
    assert key.bounds["mismatch_added"] == pytest.approx(added, rel=1e-12)
    assert key.bounds["mismatch_denominator"] == pytest.approx(left, rel=1e-12)
    again = phase_error_again(key, "tupkary_variable_length")
    assert key.bounds["phase_error_upper"] == pytest.approx(again, rel=1e-12)


def test_two_directions_have_no_one_sampling_term():
    """Convention: sums over both directions, so the terms of a phase error belong to neither; the old names stand."""
    key = key_of("lim2014_both_bases")
    assert set(BOUNDS) <= set(key.bounds)
    assert "sampling_term" not in key.bounds


def test_bounds_have_known_names():
    """Refusal: a name that no reader could look up."""
    key = key_of("lim2014")
    with pytest.raises(DomainError, match=r"KeyLength.bounds has luck, which is not known; may have vacuum_lower"):
        replace(key, bounds={**key.bounds, "luck": 1.0})


def test_the_explanation_reads_on():
    """Convention: what is covered, not covered, not used or to be cautious of is no assumption; all else is."""
    key: KeyLength = key_of(
        "lim2014", KeySettings(error_correction_leak_bits=1.0, options=Options(with_vacuum=True, pool_errors=True))
    )
    lines = key.explain().splitlines()
    for word in ("covered: ", "not covered: ", "not used: ", "caution: "):
        assert any(line.startswith(f"  {word}") for line in lines)
        assert not any(line.startswith(f"  assumes {word}") for line in lines)
    assert "  assumes perfect BB84 states without side channels" in lines
    (sampled,) = (line for line in lines if line.split()[0] == "sampling_term")
    assert sampled.split()[1] == f"{key.bounds['sampling_term']:.5f}"


def test_both_bases_refuse_under_their_own_name():
    """Refusal: decoys too strong for eq. 3, told by the proof that was asked."""
    with pytest.raises(DomainError, match=r"0.5, 0.3, 0.2; lim2014_both_bases needs three with mu1 > mu2 \+ mu3"):
        PROOFS["lim2014_both_bases"](replace(R4, intensities=(0.5, 0.3, 0.2)), settings=KeySettings())
