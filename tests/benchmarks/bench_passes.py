"""Pass search beside Skyfield's on the same work: ``python tests/benchmarks/bench_passes.py [case]``.

Prints the seconds of each, their ratio, the passes that each misses and invents against the truth of a 1-s grid
(truth.py, some minutes), and the floor: the propagations that a complete search needs, timed alone.

The floor is counted like this: SGP4 at every node of the search's own grid, which is as wide as 14-point interpolation
to 5 cm allows (300 s for a low orbit), and at the rise, the culmination and the set of every pass found. A search by
plain propagation with a step of 30 s needs about ten times as many.
"""

import sys
import time
import warnings
from datetime import timedelta

import numpy as np
from catalogues import EPOCH, STATIONS, catalogue
from sgp4.api import Satrec, SatrecArray
from skyfield.api import EarthSatellite, wgs84
from truth import compare, true_passes

from passplan.orbit.earth import clock, timescale
from passplan.orbit.nodes import ANCHOR, step_s
from passplan.orbit.passes import find_passes
from passplan.orbit.topocentric import leap_seconds

CASES = {"one": (1, 1, 1), "week": (100, 10, 7), "many": (1000, 10, 1)}
MIN_ELEVATION_DEG = 10.0
ROUNDS = 3


def ours(sets, stations, days, processes):
    """Seconds of the fastest of some rounds, and the passes as (satellite, station, rise [s], set [s])."""
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        passes = find_passes(
            [[item] for item in sets],
            stations,
            EPOCH,
            EPOCH + timedelta(days=days),
            min_elevation_deg=MIN_ELEVATION_DEG,
            processes=processes,
        )
        seconds.append(time.perf_counter() - began)
    assert not passes.failures
    contacts = passes.contacts
    epoch_s = (EPOCH - ANCHOR).total_seconds()
    times = contacts.rise_s - epoch_s, contacts.set_s - epoch_s
    rows = zip(contacts.row.tolist(), contacts.site.tolist(), *(each.tolist() for each in times), strict=True)
    return min(seconds), list(rows)


def skyfield(sets, stations, days):
    """Seconds, and passes put together from Skyfield's events: a rise without a set ends with the window, and so on."""
    scale = timescale()
    start, end = (scale.from_datetime(when) for when in (EPOCH, EPOCH + timedelta(days=days)))
    places = [wgs84.latlon(s.latitude_deg, s.longitude_deg, elevation_m=s.height_m) for s in stations]
    satellites = [EarthSatellite(item.line_1, item.line_2, ts=scale) for item in sets]
    began = time.perf_counter()
    events = [
        (i, j, *satellite.find_events(place, start, end, altitude_degrees=MIN_ELEVATION_DEG))
        for i, satellite in enumerate(satellites)
        for j, place in enumerate(places)
    ]
    seconds = time.perf_counter() - began
    return seconds, [(i, j, *pair) for i, j, times, kinds in events for pair in _paired(times, kinds, start, days)]


def _paired(times, kinds, start, days):
    rise, found = None, []
    seconds = [(time_.tt - start.tt) * 86_400.0 for time_ in times]
    for second, kind in zip(seconds, kinds, strict=True):
        if kind == 0:
            rise = second
        elif kind == 2:
            found.append((rise if rise is not None else 0.0, second))
            rise = None
        elif rise is None:
            rise = 0.0
    if rise is not None:
        found.append((rise, days * 86_400.0))
    return found


def floor_s(sets, days, passes):
    """Seconds of the propagations alone, and how many they are."""
    groups = {}
    for item in sets:
        groups.setdefault(step_s(item), []).append(Satrec.twoline2rv(item.line_1, item.line_2))
    work = []
    for step, models in groups.items():
        times = clock(EPOCH, np.arange(0.0, days * 86_400.0 + step, step))
        work.append((SatrecArray(models), times.whole, times.tai_fraction - leap_seconds(times) / 86_400.0))
    count = sum(len(models) * (int(days * 86_400.0 / step) + 1) for step, models in groups.items())
    began = time.perf_counter()
    for array, whole, fraction in work:
        array.sgp4(whole, fraction)
    nodes_s = time.perf_counter() - began
    return nodes_s * (1.0 + 3.0 * passes / count), count + 3 * passes


def report(name, with_truth=True):
    satellites, places, days = CASES[name]
    sets, stations = catalogue(satellites), STATIONS[:places]
    ours(sets[:1], stations[:1], 1, 1)
    single_s, found = ours(sets, stations, days, 1)
    double_s, _ = ours(sets, stations, days, 2)
    floor, count = floor_s(sets, days, len(found))
    theirs_s, theirs = skyfield(sets, stations, days)
    print(f"{name}: {satellites} satellites x {places} stations x {days} d, {len(found)} passes")
    print(f"  passplan            {single_s:8.3f} s   {theirs_s / single_s:6.1f} times Skyfield")
    print(f"  passplan, 2 proc.   {double_s:8.3f} s   {theirs_s / double_s:6.1f} times Skyfield")
    print(f"  Skyfield find_events{theirs_s:8.3f} s")
    print(f"  floor: {count} propagations, {floor:.3f} s on one core; passplan takes {single_s / floor:.2f} times that")
    print(
        f"  a grid of 30 s: {satellites * days * 2880} propagations, {floor / count * satellites * days * 2880:.3f} s"
    )
    if with_truth:
        truth = true_passes(sets, stations, EPOCH, days * 86_400, min_elevation_deg=MIN_ELEVATION_DEG)
        print(f"  truth of a 1-s grid: {len(truth)} passes")
        for who, passes in (("passplan", found), ("Skyfield", theirs)):
            missed, invented, worst_s, blinks = compare(passes, truth)
            print(
                f"  {who:9s} missed {len(missed)}, invented {len(invented)}, largest error {worst_s:.3f} s, "
                f"found shorter than the grid's step {len(blinks)}"
            )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for case in sys.argv[1:] or CASES:
        report(case)
