"""Whether a choice of windows keeps to every limit of a problem, without any code of the schedule.

Terminals are tried out: windows in order of start go to whatever terminal can take them, in every way that differs.
"""

from math import acos, degrees, fsum, inf

import numpy as np
from scipy.optimize import linprog

ROUNDING_S = 1e-6


def may_follow(first, second, resource, of):
    """Whether one terminal can fly the second window after the first."""
    aims = [getattr(window, f"{of}_aim") for window in (first, second)]
    turn_deg = 0.0
    if resource.slew_deg_s < inf and None not in aims:
        cosine = fsum(one * other for one, other in zip(aims[0][1], aims[1][0], strict=True))
        turn_deg = degrees(acos(max(-1.0, min(1.0, cosine))))
    return second.start_s >= first.stop_s + resource.setup_s + turn_deg / resource.slew_deg_s - ROUNDING_S


def fits_terminals(windows, resource, of):
    """Whether the terminals of a resource can fly the windows."""
    windows = sorted(windows, key=lambda window: (window.start_s, window.stop_s))
    states = {()}  # last window of each terminal in use, as sorted places
    for place, window in enumerate(windows):
        reached = set()
        for state in states:
            if len(state) < resource.terminals:
                reached.add(tuple(sorted((*state, place))))
            for last in state:
                if may_follow(windows[last], window, resource, of):
                    reached.add(tuple(sorted({*state} - {last} | {place})))
        states = reached
    return bool(states)


def crowded(problem, places):
    """Names of the resources whose terminals are too few."""
    found = []
    for of, resources in (("satellite", problem.satellites), ("station", problem.stations)):
        for name, resource in resources.items():
            own = [problem.windows[place] for place in places if getattr(problem.windows[place], of) == name]
            if not fits_terminals(own, resource, of):
                found.append(name)
    return found


def faults_of(problem, places):
    """Every limit that a choice breaks, in words."""
    faults = [f"{name}: too few terminals" for name in crowded(problem, places)]
    contacts = [problem.windows[place].contact for place in places]
    faults += [f"{contact} twice" for contact in sorted(set(contacts)) if contacts.count(contact) > 1]
    for budget in problem.budgets:
        used = fsum(budget.uses.get(place, 0.0) for place in places)
        if used > budget.limit + 1e-6:
            faults.append(f"{budget.name}: {used} of {budget.limit}")
    for place, flown in (problem.fixed or {}).items():
        if (place in places) != flown:
            faults.append(f"{problem.windows[place].contact} is fixed")
    return faults


def faults_of_timetable(problem, timetable):
    """Faults of the choice, and of the terminals that a timetable gives to its contacts."""
    faults = faults_of(problem, timetable.places)
    for of, resources in (("satellite", problem.satellites), ("station", problem.stations)):
        flown = {}
        for contact in timetable.contacts:
            key = getattr(contact.window, of), getattr(contact, f"{of}_terminal")
            flown.setdefault(key, []).append(contact.window)
        for (name, terminal), windows in flown.items():
            windows.sort(key=lambda window: window.start_s)
            if not 1 <= terminal <= resources[name].terminals:
                faults.append(f"{name} has no terminal {terminal}")
            for later, second in enumerate(windows):
                for first in windows[:later]:
                    if not may_follow(first, second, resources[name], of):
                        faults.append(f"{first.contact} and {second.contact} on terminal {terminal} of {name}")
    return faults


def maximal_choices(problem):
    """Every choice that keeps to the limits and to which nothing can be added; the best is one of them.

    That holds where nothing is lost by flying more.
    """
    count, fixed = len(problem.windows), problem.fixed or {}
    known, found = {}, []

    def allows(places, place):
        window = problem.windows[place]
        if fixed.get(place) is False or any(problem.windows[other].contact == window.contact for other in places):
            return False
        for budget in problem.budgets:
            if fsum(budget.uses.get(other, 0.0) for other in (*places, place)) > budget.limit + 1e-6:
                return False
        for of, resources in (("satellite", problem.satellites), ("station", problem.stations)):
            name = getattr(window, of)
            own = [other for other in (*places, place) if getattr(problem.windows[other], of) == name]
            key = of, name, frozenset(own)
            if key not in known:
                known[key] = fits_terminals([problem.windows[other] for other in own], resources[name], of)
            if not known[key]:
                return False
        return True

    def extend(places, place):
        if place < count:
            if allows(places, place):
                extend((*places, place), place + 1)
            if fixed.get(place) is not True:
                extend(places, place + 1)
        elif not any(allows(places, other) for other in range(count) if other not in places):
            found.append(places)

    extend((), 0)
    return found


def total_bits(problem, places):
    """Expected key times priority [bit]."""
    windows = [problem.windows[place] for place in places]
    return fsum(window.key_bits * window.clear * window.priority for window in windows)


def least_share_bits(problem, places):
    """Least expected key of a station that has a window with key that may be flown [bit]."""
    shut = {place for place, flown in (problem.fixed or {}).items() if not flown}
    shares = {
        window.station: 0.0
        for place, window in enumerate(problem.windows)
        if place not in shut and window.key_bits * window.clear > 0.0
    }
    for place in places:
        window = problem.windows[place]
        shares[window.station] += window.key_bits * window.clear
    return min(shares.values(), default=0.0)


def worst_bits(problem, places, clear, count):
    """Mean key of the worst so many weathers [bit]."""
    totals = [
        fsum(row[place] * problem.windows[place].key_bits * problem.windows[place].priority for place in places)
        for row in clear
    ]
    return fsum(sorted(totals)[:count]) / count


def nightly_chance(problem, places, clear, bits):
    """Share of nights and weathers with enough key [1]."""
    nights = sorted({window.night for window in problem.windows})
    enough = 0
    for night in nights:
        for row in clear:
            own = [place for place in places if problem.windows[place].night == night]
            enough += fsum(row[place] * problem.windows[place].key_bits for place in own) >= bits * (1.0 - 1e-9)
    return enough / (len(nights) * len(clear))


def relayed_bits(problem, places, wishes, max_age_s):
    """Greatest weighted key of all pairs [bit], as a linear programme over pairs of chosen windows."""
    spans = {}
    for window in problem.windows:
        start_s, stop_s = spans.get(window.contact, (inf, -inf))
        spans[window.contact] = min(start_s, window.start_s), max(stop_s, window.stop_s)
    flows = [
        (one, other, number)
        for number, (pair, _, _) in enumerate(wishes)
        for one in places
        for other in places
        if problem.windows[one].satellite == problem.windows[other].satellite
        and (problem.windows[one].station, problem.windows[other].station) == pair
        and max(spans[problem.windows[each].contact][0] for each in (one, other))
        - min(spans[problem.windows[each].contact][1] for each in (one, other))
        <= max_age_s
    ]
    if not flows:
        return 0.0
    clear = [problem.windows[one].clear * problem.windows[other].clear for one, other, _ in flows]
    rows = [[float(place in flow[:2]) for flow in flows] for place in places]
    rows += [[chance * (flow[2] == number) for flow, chance in zip(flows, clear, strict=True)]
             for number in range(len(wishes))]  # fmt: skip
    limits = [problem.windows[place].key_bits for place in places] + [bits for _, bits, _ in wishes]
    gains = [-wishes[number][2] * chance for (_, _, number), chance in zip(flows, clear, strict=True)]
    return -float(linprog(gains, A_ub=np.array(rows), b_ub=limits, method="highs").fun)
