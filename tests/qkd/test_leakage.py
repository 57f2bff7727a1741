from math import log2

import pytest

from passplan.errors import DomainError
from passplan.qkd.leakage import error_entropy_bits, leak_bits, leak_efficiency
from passplan.qkd.settings import KeySettings


def test_entropy_of_a_quarter_of_errors():
    """Exact: 1000 h(1/4) = 1000 (2 - 3/4 log2 3); nothing without clicks."""
    expected = 1000.0 * (2.0 - 0.75 * log2(3.0))
    assert error_entropy_bits(clicks=1000.0, errors=250.0) == pytest.approx(expected, rel=1e-14)
    assert error_entropy_bits(clicks=0.0, errors=0.0) == 0.0


def test_a_measured_leak_wins_over_the_planned_one():
    """Exact: f times the entropy to plan with, the measured bits when there are any."""
    assert leak_bits(entropy_bits=100.0, settings=KeySettings(error_correction_efficiency=1.5)) == 150.0
    assert leak_bits(entropy_bits=100.0, settings=KeySettings(error_correction_leak_bits=123)) == 123.0
    assert leak_efficiency(leak=123.0, entropy_bits=100.0) == 1.23
    assert leak_efficiency(leak=0.0, entropy_bits=0.0) is None


def test_refusals():
    """Refusal: more errors than clicks, negative clicks or leak."""
    with pytest.raises(DomainError, match=r"errors is 2.0, must lie in \[0, 1\]"):
        error_entropy_bits(clicks=1.0, errors=2.0)
    with pytest.raises(DomainError, match="clicks is -1"):
        error_entropy_bits(clicks=-1.0, errors=0.0)
    with pytest.raises(DomainError, match="leak is -1 bit, must be >= 0"):
        leak_efficiency(leak=-1.0, entropy_bits=1.0)
