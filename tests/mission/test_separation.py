"""Words on parameters that data cannot tell apart. Witness: matrices written by hand."""

import numpy as np
import pytest

from passplan.mission.fit_model import PARAMETERS
from passplan.mission.separation import caution, inseparable

NAMES = ("visibility_km", "static_loss_db", "intrinsic_error")
VALUES = {"visibility_km": 10.0, "static_loss_db": 1.0, "intrinsic_error": 0.01}


def covariance(correlation, sigma):
    return np.array(correlation) * np.outer(sigma, sigma)


def test_a_pair_with_its_rate_of_exchange():
    """Regression of ln V on the loss: 0.98 * 0.2 / 0.5 each dB, times 10 km."""
    matrix = covariance([[1.0, 0.98, 0.0], [0.98, 1.0, 0.0], [0.0, 0.0, 1.0]], [0.2, 0.5, 1e-3])
    assert inseparable(NAMES, VALUES, matrix) == (
        "visibility and static loss move together (correlation +0.980): 1 dB of static loss is worth +3.92 km of "
        "visibility",
    )


def test_what_is_apart_is_not_told():
    matrix = covariance([[1.0, 0.9, 0.0], [0.9, 1.0, 0.5], [0.0, 0.5, 1.0]], [0.2, 0.5, 1e-3])
    assert np.linalg.eigvalsh(matrix / np.outer([0.2, 0.5, 1e-3], [0.2, 0.5, 1e-3])).min() < 0.0  # no such data
    matrix = covariance([[1.0, 0.9, 0.0], [0.9, 1.0, 0.2], [0.0, 0.2, 1.0]], [0.2, 0.5, 1e-3])
    assert inseparable(NAMES, VALUES, matrix) == ()


def test_three_of_which_only_the_sum_is_known():
    """The data measure a + b + c to 1 %, and each with 1: no pair is beyond 0.95, the sum is what they know."""
    fisher = 1e4 * np.ones((3, 3)) + np.eye(3)
    matrix = np.linalg.inv(fisher)
    pairs = matrix / matrix[0, 0]
    assert abs(pairs[0, 1]) == pytest.approx(0.5, abs=0.01)
    assert inseparable(NAMES, VALUES, matrix) == (
        "visibility, static loss and intrinsic error can be traded: the data hold 1 of their 3 combinations",
    )


@pytest.mark.parametrize(
    ("name", "value", "sigma", "limits", "word"),
    [
        ("intrinsic_error", 0.0, 1e-3, (0.0, 0.4), "at its lower limit, 0"),
        ("static_loss_db", 40.0, 1e6, (-10.0, 40.0), "at its upper limit, 40 dB"),
        ("intrinsic_error", 0.4, 1e3, (0.0, 0.4), "at its upper limit, 0.4"),
        ("intrinsic_error", 0.2, 1e3, (0.0, 0.4), "not constrained: the data leave more than the usual 0 to 0.05"),
        ("intrinsic_error", 1e-4, 1e-5, (0.0, 0.4), ""),
        ("visibility_km", 300.0, 0.5, (1.0, 300.0), "at its upper limit, 300 km"),
        ("visibility_km", 20.0, 2.0, (1.0, 300.0), "not constrained: the data leave more than the usual 1 to 100 km"),
        ("visibility_km", 20.0, 1.0, (1.0, 300.0), ""),
    ],
)
def test_cautions(name, value, sigma, limits, word):
    """The usual 1 to 100 km are ln 100 / sqrt 12 = 1.33 as fitted."""
    assert caution(PARAMETERS[name], value, sigma, limits) == word
