"""Contrast, visibility, error; the printed contrasts of the Micius receiver."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passplan.errors import DomainError
from passplan.polarization.error_rate import (
    combined_error,
    contrast,
    error_of_contrast,
    error_of_visibility,
    error_probability,
    retardance_error_probability,
    visibility,
)
from passplan.polarization.jones import bb84_states, linear_state, port_probability, retarder

PRINTED_HALF_DIGIT = 0.5
ROUNDING = 1e-12
error_values = st.floats(0.0, 1.0)


@pytest.mark.parametrize(
    ("delta_deg", "printed"), [(0.5, 13131), (1, 3282), (2, 820), (3.42, 280), (4.67, 150), (10, 32), (45, 1), (90, 0)]
)
def test_contrast_of_a_turned_analyser(delta_deg, printed):
    """Exact: 1 / tan^2(delta), and its rounded values."""
    found = contrast(error_probability(delta_deg=delta_deg))
    assert abs(found - printed) < PRINTED_HALF_DIGIT
    np.testing.assert_allclose(found, 1.0 / np.tan(np.deg2rad(delta_deg)) ** 2, rtol=1e-9, atol=1e-30)


@pytest.mark.parametrize(("retardance_deg", "printed"), [(5, 525), (10, 131), (20, 32), (30, 14)])
def test_contrast_of_a_retarder_in_the_diagonal_basis(retardance_deg, printed):
    """Jones matrices and the rounded values 525, 131, 32 and 14; the rectilinear basis stays clean."""
    states = bb84_states()
    delayed = retarder(retardance_deg=retardance_deg, axis_deg=0.0)
    wrong = port_probability(state=delayed @ states["D"], port=states["A"])
    found = retardance_error_probability(retardance_deg=retardance_deg)
    assert abs(found - wrong) < ROUNDING
    assert abs(contrast(found) - printed) < PRINTED_HALF_DIGIT
    assert port_probability(state=delayed @ states["H"], port=states["V"]) < ROUNDING


@pytest.mark.parametrize("state_deg", [0.0, 90.0, 45.0, -45.0])
def test_a_turn_hurts_both_bases_alike(state_deg):
    """Jones vectors: the wrong port lies across the state, in either basis."""
    wrong = port_probability(state=linear_state(angle_deg=state_deg + 7.0), port=linear_state(angle_deg=state_deg + 90))
    assert abs(wrong - error_probability(delta_deg=7.0)) < ROUNDING


@pytest.mark.parametrize(("ratio", "printed_percent"), [(280.0, 0.356), (150.0, 0.662)])
def test_error_of_the_published_contrasts(ratio, printed_percent):
    """Nature 549, 43 (2017): 280:1 with compensation, 150:1 at best without; e = 1 / (1 + C)."""
    assert abs(100.0 * error_of_contrast(ratio) - printed_percent) < 0.5e-3


def test_a_roll_error_of_half_a_degree_costs_little():
    """Exact: sin^2(0.5 deg) = 7.6e-5."""
    assert abs(error_probability(delta_deg=0.5) - 7.6e-5) < 0.05e-5


def test_uncompensated_contrast_of_the_reference_pass(reference_pass, reference_arrival):
    """An independent script: 128:1 where the elevation passes 10 deg, about 0 at 16:52:16, 57:1 at the end.

    With the intrinsic 280:1 the start falls to 88:1, and the mean error within 1200 km is 35.5 %.
    """
    angle_deg = reference_arrival().rotation_deg()
    geometric = contrast(error_probability(delta_deg=angle_deg))
    assert abs(geometric[0] - 128.0) < PRINTED_HALF_DIGIT
    assert geometric[212] < 0.01
    assert abs(geometric[-1] - 57.0) < PRINTED_HALF_DIGIT
    wrong = error_probability(delta_deg=angle_deg, intrinsic_error=error_of_contrast(280.0))
    assert 85.0 < contrast(wrong)[0] < 90.0
    assert abs(100.0 * wrong[reference_pass.window].mean() - 35.5) < 0.05


def test_ends_of_the_contrast():
    """Limits: no error is an infinite contrast, all wrong is none; half is 1."""
    np.testing.assert_array_equal(contrast([0.0, 0.5, 1.0]), [np.inf, 1.0, 0.0])
    assert error_of_contrast(np.inf) == 0.0


@settings(deadline=None)
@given(error=error_values)
def test_contrast_and_visibility_lead_back(error):
    """Property: both maps are inverted."""
    assert abs(error_of_contrast(contrast(error)) - error) < ROUNDING
    assert abs(error_of_visibility(visibility(error)) - error) < ROUNDING


@settings(deadline=None)
@given(one=error_values, other=error_values)
def test_visibilities_multiply(one, other):
    """Exact: independent flips multiply 1 - 2 e, so order does not matter and the result is a probability."""
    both = combined_error(one, other)
    assert abs(visibility(np.clip(both, 0.0, 1.0)) - visibility(one) * visibility(other)) < ROUNDING
    assert both == combined_error(other, one)


def test_ranges_are_refused():
    """Refusal: each input is named."""
    with pytest.raises(DomainError, match=r"error is 1.5, must lie in \[0, 1\]"):
        contrast(1.5)
    with pytest.raises(DomainError, match="error is nan"):
        visibility(np.nan)
    with pytest.raises(DomainError, match="contrast_ratio is -1"):
        error_of_contrast(-1.0)
    with pytest.raises(DomainError, match="visibility_ratio is 2"):
        error_of_visibility(2.0)
    with pytest.raises(DomainError, match=r"one is -0\.1"):
        combined_error(-0.1, 0.0)
    with pytest.raises(DomainError, match=r"other is 1\.1"):
        error_probability(delta_deg=0.0, intrinsic_error=1.1)


def test_an_error_below_the_smallest_normal_number_is_none():
    """1/2.2e-309 is beyond the largest double."""
    assert contrast(2.225073858507203e-309) == np.inf
