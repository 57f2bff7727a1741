"""Seeded problems of a schedule: small ones with every kind of limit, and large ones from simple orbits."""

from dataclasses import replace
from math import inf

import numpy as np

from passplan.schedule.window import Budget, Problem, Resource, Window

NIGHT_S = 86_400.0
EARTH_KM, ORBIT_KM = 6378.137, 6878.137  # 500 km high
ORBIT_S, DAY_S = 5677.0, 86_164.1
INCLINATION_DEG = 97.4
LEAST_ELEVATION_SINE = 0.34  # 20 deg


def unit(vector):
    """The vector at length 1, as a tuple."""
    return tuple((np.asarray(vector) / np.linalg.norm(vector)).tolist())


def along(aim, share):
    """Direction at a share of the way from the start to the stop, on a great circle, at an even rate."""
    first, last = np.array(aim[0]), np.array(aim[1])
    angle = np.arctan2(np.linalg.norm(np.cross(first, last)), first @ last)
    if angle < 1e-9:
        return aim[0]
    return unit(np.sin((1.0 - share) * angle) * first + np.sin(share * angle) * last)


def part_of(window, start_s, stop_s):
    """Part of a window: its key rises as half a cosine, less a fixed sixth of the whole; None without key."""
    shares = [(time_s - window.start_s) / window.duration_s for time_s in (start_s, stop_s)]
    grown = [0.5 - 0.5 * np.cos(np.pi * share) for share in shares]
    key_bits = window.key_bits * (1.2 * (grown[1] - grown[0]) - 0.2)
    if key_bits <= 0.0:
        return None
    aims = {
        name: (along(aim, shares[0]), along(aim, shares[1]))
        for name, aim in (("satellite_aim", window.satellite_aim), ("station_aim", window.station_aim))
        if aim is not None
    }
    return replace(window, start_s=start_s, stop_s=stop_s, key_bits=float(key_bits), **aims)


def random_aim(rng, most_deg):
    """Two directions no farther apart than asked."""
    first = unit(rng.normal(size=3))
    across = unit(np.cross(first, rng.normal(size=3)))
    angle = np.deg2rad(rng.uniform(0.0, min(most_deg, 170.0)))
    return first, unit(np.cos(angle) * np.array(first) + np.sin(angle) * np.array(across))


def random_problem(rng, count, *, satellites=2, stations=3, span_s=2400.0, alternatives=0.3, fixed=True):
    """A crowd of contacts on a few terminals that may have to turn, with budgets, some of them fixed.

    About ``alternatives`` of the windows are parts of others.
    """
    terminals = {
        letter: {f"{letter}{number}": random_resource(rng, f"{letter}{number}") for number in range(many)}
        for letter, many in (("s", satellites), ("g", stations))
    }
    windows = []
    while len(windows) < count:
        if windows and rng.random() < alternatives:
            whole = windows[rng.integers(len(windows))]
            cuts = np.sort(rng.uniform(whole.start_s, whole.stop_s, 2))
            cuts[rng.integers(2)] = (whole.start_s, whole.stop_s)[rng.integers(2)]
            start_s, stop_s = sorted(np.round(cuts, 1).tolist())
            part = part_of(whole, start_s, stop_s) if stop_s > start_s else None
            windows += [part] if part is not None else []
            continue
        windows.append(random_window(rng, f"c{len(windows)}", terminals, span_s))
    problem = Problem(
        windows=tuple(windows),
        satellites=terminals["s"],
        stations=terminals["g"],
        budgets=random_budgets(rng, windows),
    )
    return replace(problem, fixed=random_fixed(rng, problem)) if fixed else problem


def random_resource(rng, name):
    """One to three terminals, of which two in three take no time to turn."""
    slew_deg_s = inf if rng.random() < 0.67 else float(rng.choice([0.5, 1.0, 2.0]))
    return Resource(
        name=name,
        terminals=int(rng.integers(1, 4)),
        setup_s=float(rng.choice([0.0, 30.0, 60.0])),
        slew_deg_s=slew_deg_s,
    )


def random_window(rng, contact, terminals, span_s):
    """A contact of some minutes."""
    start_s, length_s = float(rng.integers(0, int(span_s))), float(rng.integers(90, 480))
    satellite, station = (list(terminals[letter].values())[rng.integers(len(terminals[letter]))] for letter in "sg")
    return Window(
        contact=contact,
        satellite=satellite.name,
        station=station.name,
        start_s=start_s,
        stop_s=start_s + length_s,
        key_bits=float(rng.integers(1000, 9000)),
        clear=float(rng.integers(2, 11)) / 10.0,
        priority=float(rng.integers(1, 3)),
        night=f"n{int(start_s // 1200.0)}",
        satellite_aim=random_aim(rng, 0.9 * satellite.slew_deg_s * length_s) if satellite.slew_deg_s < inf else None,
        station_aim=random_aim(rng, 0.9 * station.slew_deg_s * length_s) if station.slew_deg_s < inf else None,
    )


def random_budgets(rng, windows):
    """A quota of passes for a satellite, energy for all."""
    energy = {place: 0.1 * window.duration_s for place, window in enumerate(windows)}
    own = {place: 1.0 for place, window in enumerate(windows) if window.satellite == "s0"}
    return (
        Budget(name="passes of s0", limit=float(rng.integers(1, max(2, len(own)))), unit="passes", uses=own),
        Budget(name="energy", limit=float(rng.uniform(0.3, 0.8)) * sum(energy.values()), unit="W h", uses=energy),
    )


def random_fixed(rng, problem):
    """One contact that must be flown if it can be, and one window that must not."""
    flown, not_flown = rng.choice(len(problem.windows), 2, replace=False).tolist()
    alone = all(budget.uses.get(flown, 0.0) <= budget.limit for budget in problem.budgets)
    return {flown: True, not_flown: False} if alone and rng.random() < 0.5 else {not_flown: False}


def orbital_problem(seed, count, *, stations, satellites, terminals=1, slew_deg_s=inf, quota=None, region=None):
    """The first night passes of some satellites on circular orbits over stations scattered on the Earth.

    ``region`` : (south, north, west, east) [deg] in which the stations lie, else all between 60 deg south and north.
    ``quota`` : most passes of a satellite a night, if there is one.
    """
    rng = np.random.default_rng(seed)
    south, north, west, east = region or (-60.0, 60.0, -180.0, 180.0)
    latitude, longitude = np.deg2rad(rng.uniform(south, north, stations)), np.deg2rad(rng.uniform(west, east, stations))
    sites = np.stack([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], 1)
    phases, nodes = rng.uniform(0.0, 2.0 * np.pi, (2, satellites))
    windows, first_s = [], 0.0
    while len(windows) < count:
        for number in range(satellites):
            windows += passes_of(rng, number, sites, phases[number], nodes[number], first_s, slew_deg_s < inf)
        first_s += NIGHT_S
    windows = sorted(windows, key=lambda window: window.start_s)[:count]
    windows = [replace(window, contact=f"c{place}") for place, window in enumerate(windows)]
    resources = [
        {
            f"{letter}{number}": Resource(
                name=f"{letter}{number}", terminals=terminals, setup_s=60.0, slew_deg_s=slew_deg_s
            )
            for number in range(many)
        }
        for letter, many in (("s", satellites), ("g", stations))
    ]
    return Problem(
        windows=tuple(windows),
        satellites=resources[0],
        stations=resources[1],
        budgets=quotas(windows, quota) if quota else (),
    )


def quotas(windows, limit):
    """A limit on the passes of each satellite in each night."""
    uses = {}
    for place, window in enumerate(windows):
        uses.setdefault((window.satellite, window.night), {})[place] = 1.0
    return tuple(
        Budget(name=f"passes of {satellite} on {night}", limit=float(limit), unit="passes", uses=places)
        for (satellite, night), places in uses.items()
    )


def orbit_at(time_s, phase, node):
    """Positions [km] and directions of flight in axes fixed to the Earth, shape (n, 3) each."""
    angle, turn = phase + 2.0 * np.pi * time_s / ORBIT_S, node - 2.0 * np.pi * time_s / DAY_S
    tilt = np.deg2rad(INCLINATION_DEG)

    def fixed(along_node, across):
        plane = np.stack([along_node, across * np.cos(tilt), across * np.sin(tilt)], 1)
        return np.stack(
            [
                plane[:, 0] * np.cos(turn) - plane[:, 1] * np.sin(turn),
                plane[:, 0] * np.sin(turn) + plane[:, 1] * np.cos(turn),
                plane[:, 2],
            ],
            1,
        )

    return ORBIT_KM * fixed(np.cos(angle), np.sin(angle)), fixed(-np.sin(angle), np.cos(angle))


def passes_of(rng, number, sites, phase, node, first_s, with_aims):
    """Windows of one satellite in one day over all stations, while the Sun is on the other side of the Earth."""
    time_s = first_s + np.arange(0.0, NIGHT_S, 20.0)
    position_km, flight = orbit_at(time_s, phase, node)
    to_zenith = sites @ position_km.T - EARTH_KM
    range_km = np.sqrt(ORBIT_KM**2 - EARTH_KM**2 - 2.0 * EARTH_KM * to_zenith)
    sines = to_zenith / range_km
    sun = -2.0 * np.pi * time_s / NIGHT_S
    is_night = sites[:, :1] * np.cos(sun) + sites[:, 1:2] * np.sin(sun) < -0.2
    found = []
    for site, seen in enumerate((sines > LEAST_ELEVATION_SINE) & is_night):
        instants = np.flatnonzero(seen)
        for run in np.split(instants, np.flatnonzero(np.diff(instants) > 1) + 1):
            if len(run) > 3:
                ends = run[[0, -1]]
                sight = [unit(each) for each in position_km[ends] - EARTH_KM * sites[site]]
                window = Window(
                    contact="",
                    satellite=f"s{number}",
                    station=f"g{site}",
                    start_s=float(time_s[run[0]] + rng.uniform(0.0, 10.0)),
                    stop_s=float(time_s[run[-1]] - rng.uniform(0.0, 10.0)),
                    key_bits=float(np.round(1e3 * len(run) * sines[site, run].max() ** 3 * rng.lognormal(0.0, 0.3))),
                    clear=float(np.round(rng.uniform(0.2, 1.0), 2)),
                    night=f"n{int((first_s + NIGHT_S / 2.0) // NIGHT_S)}",
                    station_aim=tuple(sight) if with_aims else None,
                    satellite_aim=aims_from(position_km[ends], flight[ends], sight) if with_aims else None,
                )
                found.append(window)
    return found


def aims_from(position_km, flight, sight):
    """Directions from the satellite at start and stop, along its radius, flight and orbit normal."""
    radius = position_km / ORBIT_KM
    axes = np.stack([radius, flight, np.cross(radius, flight)], axis=1)
    return tuple(unit(axis @ -np.array(to_station)) for axis, to_station in zip(axes, sight, strict=True))
