"""Windows, terminals, limits and problems: what cannot exist."""

from math import inf, nan

import pytest

from passplan.errors import DomainError
from passplan.schedule.window import Budget, Problem, Resource, Standing, Window

UP = (0.0, 0.0, 1.0)


def window(**changed):
    """A contact of 100 s."""
    values = {"contact": "a", "satellite": "s", "station": "g", "start_s": 0.0, "stop_s": 100.0, "key_bits": 1000.0}
    return Window(**(values | changed))


def test_value_is_key_times_clear_times_priority():
    """Exact formula."""
    made = window(key_bits=1000.0, clear=0.5, priority=3.0)
    assert (made.expected_bits, made.value, made.duration_s) == (500.0, 1500.0, 100.0)


@pytest.mark.parametrize("times", [(100.0, 100.0), (100.0, 99.0), (nan, 100.0), (0.0, inf), (-inf, 0.0)])
def test_a_window_ends_after_it_starts(times):
    """Refusal: order and infinities."""
    with pytest.raises(DomainError, match=r"a: start_s is .*, must be before stop_s"):
        window(start_s=times[0], stop_s=times[1])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"key_bits": -1.0}, r"Window.key_bits is -1.0, must lie in \[0, inf\)"),
        ({"key_bits": nan}, r"Window.key_bits is nan"),
        ({"clear": 1.1}, r"Window.clear is 1.1, must lie in \[0, 1\]"),
        ({"priority": 0.0}, r"Window.priority is 0.0, must lie in \(0, inf\)"),
        ({"satellite_aim": (UP, (0.0, 0.0, 2.0))}, "a: satellite_aim has the length 2.0, must be a unit vector"),
        ({"station_aim": ((nan, 0.0, 1.0), UP)}, "a: station_aim has the length nan, must be a unit vector"),
    ],
)
def test_fields_outside_their_limits_are_refused(changed, message):
    with pytest.raises(DomainError, match=message):
        window(**changed)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"terminals": 0}, r"Resource.terminals is 0.0, must lie in \[1, 1000\]"),
        ({"setup_s": -1.0}, r"Resource.setup_s is -1.0"),
        ({"slew_deg_s": 0.0}, r"Resource.slew_deg_s is 0.0, must lie in \(0, inf\]"),
    ],
)
def test_terminals_outside_their_limits_are_refused(changed, message):
    with pytest.raises(DomainError, match=message):
        Resource(name="s", **changed)


def test_budgets_and_standing_plans_are_checked():
    """Refusals: limits, uses and changes below zero."""
    with pytest.raises(DomainError, match=r"Budget.limit is -1.0"):
        Budget(name="passes", limit=-1.0, unit="passes", uses={})
    with pytest.raises(DomainError, match=r"energy: use of window 3 is -2\.0 W h, must be >= 0"):
        Budget(name="energy", limit=1.0, unit="W h", uses={3: -2.0})
    with pytest.raises(DomainError, match=r"Standing.most_changes is -1"):
        Standing(contacts=frozenset(), most_changes=-1)


def test_a_problem_knows_all_that_its_windows_name():
    """Refusals: names without terminals, places outside."""
    terminals = {"satellites": {"s": Resource(name="s")}, "stations": {"g": Resource(name="g")}}
    with pytest.raises(DomainError, match="windows name the satellite 'other', which has no terminals in the problem"):
        Problem(windows=(window(satellite="other"),), **terminals)
    with pytest.raises(DomainError, match="windows name the station 'other', which has no terminals in the problem"):
        Problem(windows=(window(station="other"),), **terminals)
    with pytest.raises(DomainError, match=r"place 1 is named, must lie in \[0, 1\)"):
        Problem(windows=(window(),), fixed={1: True}, **terminals)
    budget = Budget(name="passes", limit=1.0, unit="passes", uses={-1: 1.0})
    with pytest.raises(DomainError, match=r"place -1 is named, must lie in \[0, 1\)"):
        Problem(windows=(window(),), budgets=(budget,), **terminals)
