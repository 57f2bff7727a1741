"""The one interface of the laws: step and response of a filter, and what a filter refuses."""

import numpy as np
import pytest

from passplan.apt.law import Filter, law_response, law_step
from passplan.errors import DomainError


def leaky(**changes):
    """c (z - a)^-1 b + d = 0.3 z^-1 / (1 - 0.9 z^-1) + 0.5."""
    parts = {"a": [[0.9]], "b": [0.3], "c": [1.0], "windup": [0.6]}
    arrays = {name: np.array(changes.get(name, value), dtype=float) for name, value in parts.items()}
    return Filter(rate_hz=changes.get("rate_hz", 100.0), d=changes.get("d", 0.5), **arrays)


def test_response_is_the_transfer_function():
    """Exact: 0.5 + 0.3 / (z - 0.9) on the unit circle; any shape of frequency."""
    frequency_hz = np.array([[0.0, 1.0], [20.0, 50.0]])
    z = np.exp(2j * np.pi * frequency_hz / 100.0)
    np.testing.assert_allclose(law_response(leaky(), frequency_hz), 0.5 + 0.3 / (z - 0.9), rtol=1e-13)


def test_steps_follow_the_response():
    """Two routes: a sine through the steps, after the transient, has the amplitude and phase of the response."""
    law, state, frequency_hz = leaky(), np.zeros(1), 7.0
    turn = np.exp(2j * np.pi * frequency_hz / law.rate_hz * np.arange(600))
    commands = []
    for error in turn.real:
        state, command = law_step(law, state, error)
        commands.append(command)
    expected = (law_response(law, frequency_hz) * turn).real
    np.testing.assert_allclose(commands[300:], expected[300:], atol=1e-12)


def test_the_limit_holds_the_command_and_tells_the_state():
    """By hand: command 0.5 * 10 = 5 is held at 2; state 0.3 * 10 + 0.6 * (2 - 5) = 1.2."""
    state, command = law_step(leaky(), [0.0], 10.0, limit_urad=2.0)
    assert (state[0], command) == pytest.approx((1.2, 2.0))
    state, command = law_step(leaky(), [0.0], -10.0, limit_urad=2.0)
    assert (state[0], command) == pytest.approx((-1.2, -2.0))


def test_a_filter_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        leaky().a[0, 0] = 2.0


def test_refusals():
    with pytest.raises(DomainError, match=r"rate_hz is 0\.0, must lie in \(0, inf\)"):
        leaky(rate_hz=0.0)
    with pytest.raises(DomainError, match=r"a, b, c, windup have shapes .*must be \(n, n\)"):
        leaky(b=[1.0, 2.0])
    with pytest.raises(DomainError, match=r"a, b, c, windup have shapes .*n >= 1"):
        leaky(a=np.zeros((0, 0)), b=[], c=[], windup=[])
    with pytest.raises(DomainError, match=r"Filter\.c is nan"):
        leaky(c=[np.nan])
    with pytest.raises(DomainError, match=r"limit_urad is 0\.0"):
        law_step(leaky(), [0.0], 1.0, limit_urad=0.0)
