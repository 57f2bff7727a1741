import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.orbit.roots import roots


def test_roots_of_known_functions():
    """Exact: cube roots, a root at a corner, and a step, on many brackets at once."""
    levels = np.array([1.0, 8.0, 27.0, 1e-6])
    found = roots(lambda s: s**3 - levels, np.zeros(4), np.full(4, 30.0))
    np.testing.assert_allclose(found, np.cbrt(levels), atol=1e-4)
    corner = roots(lambda s: np.minimum(s - 7.3, 100.0 * (s - 7.3)), np.array([0.0]), np.array([30.0]))
    np.testing.assert_allclose(corner, [7.3], atol=1e-4)
    step = roots(lambda s: np.where(s < 11.7, -1.0, 2.0), np.array([0.0]), np.array([30.0]))
    np.testing.assert_allclose(step, [11.7], atol=2e-4)


@given(root=st.floats(0.0, 30.0), slope=st.floats(-5.0, 5.0), bend=st.floats(0.0, 0.1))
def test_any_monotone_root_is_found(root, slope, bend):
    """Property: Ridders' method keeps the root in its bracket."""
    if abs(slope) < 1e-3:
        return

    def function(seconds):
        shift = seconds - root
        return slope * (shift + bend * shift**3)

    assert roots(function, np.array([-1e-9]), np.array([30.0 + 1e-9]))[0] == pytest.approx(root, abs=1e-4)
