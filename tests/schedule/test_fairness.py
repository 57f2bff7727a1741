"""Fair shares, against exhaustive search and by hand."""

import numpy as np
import pytest

from passplan.errors import DomainError, UnknownName
from passplan.schedule.fairness import FairShare, expected_bits
from passplan.schedule.planner import plan
from passplan.schedule.window import Problem, Resource, Window


def shares_by_hand(problem, chosen, of, weights):
    """Least weighted share of the groups with a window of some key that is not fixed to stay on the ground."""
    shares = {}
    for place, window in enumerate(problem.windows):
        group = getattr(window, of)
        if window.key_bits * window.clear > 0.0 and (problem.fixed or {}).get(place, True):
            shares.setdefault(group, 0.0)
    for place in np.flatnonzero(chosen):
        window = problem.windows[place]
        if window.key_bits * window.clear > 0.0:
            shares[getattr(window, of)] += window.key_bits * window.clear / weights.get(getattr(window, of), 1.0)
    return min(shares.values(), default=0.0)


@pytest.mark.parametrize("of", ["station", "satellite", "night"])
@pytest.mark.parametrize("seed", range(8))
def test_the_least_share_is_the_greatest_and_then_the_sum(small_problem, every_choice, of, seed):
    """Against every choice: first the least share, then the sum of those that reach it."""
    rng = np.random.default_rng(seed)
    problem = small_problem(rng, count=10)
    weights = {"station": {"g0": 2.0}, "satellite": {"s1": 0.5}, "night": {}}[of]
    found = plan(problem, FairShare(of=of, shares=weights), time_limit_s=20.0)
    choices = every_choice(problem)
    least = [shares_by_hand(problem, chosen, of, weights) for chosen in choices]
    best = max(least)
    assert found.worth == pytest.approx(best, rel=1e-6)
    sums = [
        sum(problem.windows[p].value for p in np.flatnonzero(c))
        for c, s in zip(choices, least, strict=True)
        if s >= best * (1.0 - 1e-9)
    ]
    assert found.levels[1].worth == pytest.approx(max(sums), rel=1e-6)
    assert found.is_proven
    assert found.greedy_worth <= found.worth * (1.0 + 1e-9)


def two_stations(extra=()):
    """One satellite, two stations with a contact each at the same time and one later, and an idle station."""
    rows = [("a1", "a", 0.0, 900.0), ("b1", "b", 0.0, 1000.0), ("a2", "a", 1000.0, 300.0), ("b2", "b", 2000.0, 200.0)]
    windows = [
        Window(contact=name, satellite="s", station=station, start_s=start, stop_s=start + 300.0, key_bits=bits)
        for name, station, start, bits in (*rows, *extra)
    ]
    stations = {name: Resource(name=name) for name in ("a", "b", "idle")}
    return Problem(windows=tuple(windows), satellites={"s": Resource(name="s")}, stations=stations)


def test_by_hand():
    """The sum takes b1 (1500 in all); the least share is greater with b1 too: 300 and 1200 against 200 and 1200."""
    found = plan(two_stations(), FairShare())
    assert found.worth == pytest.approx(300.0)
    assert found.levels[1].worth == pytest.approx(1500.0)
    assert found.detail.bits == pytest.approx({"a": 300.0, "b": 1200.0})
    assert found.detail.without_candidate == ("idle",)


def test_weights_move_the_shares():
    """With a due four times as much as b: 1200 / 4 against 200, or 300 / 4 against 1200; the first is better."""
    found = plan(two_stations(), FairShare(shares={"a": 4.0}))
    assert found.worth == pytest.approx(200.0)
    assert found.detail.weighted == pytest.approx({"a": 300.0, "b": 200.0})


def test_a_group_without_key_is_named_and_not_counted():
    """A contact of no key is no candidate, nor is one that is fixed to stay on the ground."""
    problem = two_stations([("i1", "idle", 5000.0, 0.0)])
    assert plan(problem, FairShare()).detail.without_candidate == ("idle",)
    grounded = Problem(
        windows=problem.windows, satellites=problem.satellites, stations=problem.stations, fixed={0: False, 2: False}
    )
    assert plan(grounded, FairShare()).detail.without_candidate == ("a", "idle")


def test_nothing_to_share():
    problem = Problem(windows=(), satellites={}, stations={"a": Resource(name="a")})
    found = plan(problem, FairShare())
    assert (found.worth, found.bound) == (0.0, 0.0)
    assert found.detail.without_candidate == ("a",)


def test_priorities_do_not_count_in_the_shares(small_problem, rng):
    problem = small_problem(rng)
    np.testing.assert_allclose(expected_bits(problem), [w.key_bits * w.clear for w in problem.windows])


def test_wrong_weights_and_names():
    with pytest.raises(DomainError, match=r"share of a is 0\.0, must lie in \(0, inf\)"):
        FairShare(shares={"a": 0.0})
    with pytest.raises(UnknownName, match="group 'statoin' is not known; did you mean 'station'"):
        FairShare(of="statoin")
    with pytest.raises(UnknownName, match="station 'idel' is not known; did you mean 'idle'"):
        plan(two_stations(), FairShare(shares={"idel": 1.0}))
