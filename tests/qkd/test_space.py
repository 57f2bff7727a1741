import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import DomainError
from passplan.qkd.space import Space, source_at, sources_at

UNIT = st.floats(0.0, 1.0)
SPACES = (Space(), Space(signal=(0.3, 0.9), decoy=(0.05, 0.8), vacuum=0.002, least_probability=0.01))


@given(st.lists(UNIT, min_size=5, max_size=5), st.sampled_from(SPACES), st.sampled_from([2, 3]))
def test_every_point_is_a_source_that_the_proofs_take(point, space, number):
    dimensions = space.dimensions(number)
    source = source_at(space, np.array(point[:dimensions]), number=number, bob_key_probability=0.5)
    mu, p = source.intensities, source.probabilities
    assert len(mu) == number
    assert space.signal[0] <= mu[0] <= space.signal[1]
    assert mu[0] > sum(mu[1:])
    assert min(p) >= space.least_probability * (1.0 - 1e-9)
    assert source.bob_key_probability == 0.5


def test_the_decoy_lies_between_its_neighbours_as_told():
    """Definition: (mu2 - mu3) / (mu1 - 2 mu3) of three intensities, mu2 / mu1 of two, at both ends of the range."""
    space, ends = Space(signal=(0.6, 0.6), decoy=(0.1, 0.7), vacuum=0.05), np.full((2, 5), 0.3)
    ends[:, 2] = 0.0, 1.0
    three, _, _, _ = sources_at(space, ends, number=3, bob_key_probability=None)
    np.testing.assert_allclose((three[:, 1] - three[:, 2]) / (three[:, 0] - 2.0 * three[:, 2]), [0.1, 0.7], rtol=1e-14)
    np.testing.assert_array_equal(three[:, 2], 0.05)
    two, _, _, _ = sources_at(space, ends[:, :4], number=2, bob_key_probability=None)
    np.testing.assert_allclose(two[:, 1] / two[:, 0], [0.1, 0.7], rtol=1e-14)


def test_bob_is_tied_to_alice_without_a_splitter_of_his_own(rng):
    _, _, alice, bob = sources_at(Space(), rng.random((3, 4, 5)), number=3, bob_key_probability=None)
    assert alice.shape == (3, 4)
    assert np.array_equal(alice, bob)


def test_equal_ends_fix_a_value(rng):
    space = Space(signal=(0.5, 0.5), alice_key_probability=(0.7, 0.7))
    intensities, _, alice, _ = sources_at(space, rng.random((9, 5)), number=3, bob_key_probability=None)
    assert np.all(intensities[..., 0] == 0.5)
    assert np.all(alice == 0.7)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"signal": (0.5, 11.0)}, r"Space.signal\[1\] is 11.0, must lie in \(0, 10\]"),
        ({"signal": (0.6, 0.5)}, r"Space.signal\[0\] is 0.6, must lie in \(0, 0.5\]"),
        ({"decoy": (0.1, 1.0)}, r"Space.decoy\[1\] is 1.0, must lie in \(0, 1\)"),
        ({"alice_key_probability": (0.0, 0.5)}, r"Space.alice_key_probability\[0\] is 0.0, must lie in \(0, 0.5\]"),
        ({"vacuum": 0.05}, r"Space.vacuum is 0.05, must lie in \[0, 0.05\)"),
        ({"least_probability": 0.0}, r"Space.least_probability is 0.0, must lie in \(0, 0.25\)"),
        ({"intensities": 4}, "Space.intensities is 4, must be 2 or 3"),
    ],
)
def test_a_wrong_space_is_refused(change, message):
    with pytest.raises(DomainError, match=message):
        Space(**change)
