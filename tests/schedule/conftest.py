"""Small random problems, and every choice of windows that keeps to their limits, found without the code under test."""

from itertools import product

import numpy as np
import pytest

from passplan.schedule.window import Budget, Problem, Resource, Standing, Window

NIGHT_S = 86400.0


def random_windows(rng, count, *, stations, satellites, nights):
    """Contacts of some minutes, crowded enough to compete; about one in three has a shorter alternative."""
    windows = []
    while len(windows) < count:
        contact, night = f"c{len(windows)}", int(rng.integers(nights))
        start_s = night * NIGHT_S + float(rng.integers(0, 900))
        stop_s = start_s + float(rng.integers(120, 480))
        common = {
            "contact": contact,
            "satellite": f"s{rng.integers(satellites)}",
            "station": f"g{rng.integers(stations)}",
            "night": f"n{night}",
            "priority": float(rng.integers(1, 3)),
        }
        key_bits = float(rng.integers(1000, 9000))
        clear = float(rng.integers(2, 11)) / 10.0
        windows.append(Window(start_s=start_s, stop_s=stop_s, key_bits=key_bits, clear=clear, **common))
        if rng.random() < 0.35 and len(windows) < count:
            other = clear if rng.random() < 0.5 else 0.9 * clear
            short = (start_s + stop_s) / 2.0
            windows.append(Window(start_s=start_s, stop_s=short, key_bits=0.4 * key_bits, clear=other, **common))
    return tuple(windows)


def random_problem(rng, *, count=9, stations=3, satellites=2, nights=2, fixed=True, standing=False):
    """A problem with several terminals, set-up times, budgets, perhaps something fixed and a plan that stands."""
    windows = random_windows(rng, count, stations=stations, satellites=satellites, nights=nights)
    resources = [
        {
            f"{letter}{number}": Resource(
                name=f"{letter}{number}", terminals=int(rng.integers(1, 3)), setup_s=float(rng.integers(0, 3)) * 60.0
            )
            for number in range(many)
        }
        for letter, many in (("s", satellites), ("g", stations))
    ]
    own = {place: window.duration_s for place, window in enumerate(windows) if window.satellite == "s0"}
    budget = Budget(name="time of s0", limit=600.0, unit="s", uses=own)
    quota = Budget(name="passes", limit=float(rng.integers(3, 6)), unit="", uses=dict.fromkeys(range(count), 1.0))
    stands = None
    if standing:
        contacts = {window.contact for window in windows if rng.random() < 0.4} | {"gone"}
        stands = Standing(contacts=frozenset(contacts), cost_bits=float(rng.integers(0, 2)) * 900.0)
    return Problem(
        windows=windows,
        satellites=resources[0],
        stations=resources[1],
        budgets=(budget, quota),
        fixed={0: True, 1: False} if fixed and windows[0].contact != windows[1].contact else None,
        standing=stands,
    )


def is_allowed(problem, chosen):
    """Whether a choice keeps to every limit; terminals are counted at each start, without turning times."""
    flown = [(place, problem.windows[place]) for place in np.flatnonzero(chosen)]
    if len({window.contact for _, window in flown}) < len(flown):
        return False
    for kind, resources in (("satellite", problem.satellites), ("station", problem.stations)):
        for name, resource in resources.items():
            own = [window for _, window in flown if getattr(window, kind) == name]
            for window in own:
                held = [w for w in own if w.start_s <= window.start_s < w.stop_s + resource.setup_s]
                if len(held) > resource.terminals:
                    return False
    if any(chosen[place] != must for place, must in (problem.fixed or {}).items()):
        return False
    most = None if problem.standing is None else problem.standing.most_changes
    if most is not None and count_changes(problem, chosen) > most:
        return False
    return all(sum(b.uses.get(place, 0.0) for place, _ in flown) <= b.limit + 1e-9 for b in problem.budgets)


def count_changes(problem, chosen):
    """Contacts added to a standing plan and dropped from it, of those with windows."""
    flown = {problem.windows[place].contact for place in np.flatnonzero(chosen)}
    present = {window.contact for window in problem.windows}
    return len(flown ^ (problem.standing.contacts & present))


def allowed_choices(problem):
    """Every choice that is allowed, shape (windows,) each."""
    every = (np.array(bits, dtype=bool) for bits in product((False, True), repeat=len(problem.windows)))
    return [chosen for chosen in every if is_allowed(problem, chosen)]


@pytest.fixture(scope="session")
def small_problem():
    """Return a maker of random problems."""
    return random_problem


@pytest.fixture(scope="session")
def every_choice():
    """Return a function that lists all allowed choices of a problem."""
    return allowed_choices


@pytest.fixture(scope="session")
def changes():
    """Return a function that counts the changes of a standing plan."""
    return count_changes
