"""Speed of the timetable: ``python tests/benchmarks/bench_schedule.py [figures|options]``.

``figures`` prints, for the cases of the issue, the time of the whole of ``plan``, the proven gap and the greedy value
beside it: the best of some runs on one core. ``options`` prints what terminals, turning, quotas and shortened windows
cost. The passes are those of circular orbits (schedule_instances.py), seed 1.
"""

import sys
import time
from dataclasses import replace
from itertools import combinations

from schedule_instances import orbital_problem, part_of

from passplan.schedule.conflicts import cliques_of
from passplan.schedule.fairness import FairShare
from passplan.schedule.planner import plan
from passplan.schedule.relay_demand import PairDemand, Wish
from passplan.schedule.trimming import variants_of
from passplan.schedule.verdict import refusals_of

CONTINENT = (18.0, 50.0, 75.0, 130.0)


def best_of(run, times):
    """Shortest time on the clock and on the processor of several runs [s], and what the last returned."""
    clock, processor, found = [], [], None
    for _ in range(times):
        starts = time.perf_counter(), time.process_time()
        found = run()
        clock.append(time.perf_counter() - starts[0])
        processor.append(time.process_time() - starts[1])
    return min(clock), min(processor), found


def line(name, problem, objective=None, *, must_s, times=3, **options):
    """Plan, and one row of the table."""
    wall_s, cpu_s, found = best_of(lambda: plan(problem, objective, **options), times)
    cliques = cliques_of(problem)
    largest = max((len(clique.places) for clique in cliques), default=0)
    hand = found.greedy_worth / found.worth if found.worth else 1.0
    print(
        f"{name:<46}{len(problem.windows):>8,}{len(cliques):>8,}{largest:>6}{wall_s:>8.2f}{cpu_s:>8.2f}{must_s:>7}"
        f"{found.gap:>10.1e}{max(level.gap for level in found.levels):>10.1e}{hand:>8.3f}",
        flush=True,
    )
    return found


def head():
    """Headings."""
    print(
        f"{'case':<46}{'windows':>8}{'cliques':>8}{'most':>6}{'s':>8}{'cpu s':>8}{'must':>7}{'gap':>10}{'all gaps':>10}"
        f"{'greedy':>8}"
    )


def demand_of(problem, count, max_age_s):
    """Demand of all pairs of stations, with the age limit that lets about so many pairs of passes serve them."""
    wishes = tuple(Wish(between=pair, bits=2e4) for pair in combinations(sorted(problem.stations), 2))
    for age_s in (max_age_s * 1.1**step for step in range(60)):
        demand = PairDemand(wishes=wishes, max_age_s=age_s)
        if demand.flows(problem).size >= count:
            break
    return demand


def figures():
    """The cases of the issue."""
    head()
    line("sum, 50 stations, 8 satellites", orbital_problem(1, 2000, stations=50, satellites=8), must_s=0.3, times=5)
    line("sum, 100 stations, 8 satellites", orbital_problem(1, 10_000, stations=100, satellites=8), must_s=2.0)
    crowd = orbital_problem(1, 400, stations=12, satellites=3, region=CONTINENT)
    demand = demand_of(crowd, 5000, 600.0)
    pairs = demand.flows(crowd).size
    line(f"demand, {pairs:,} pairs of passes", crowd, demand, must_s=30.0, times=1, time_limit_s=30.0, gap=1e-4)
    fair = orbital_problem(1, 2000, stations=50, satellites=8)
    line("fair, 50 stations, 8 satellites", fair, FairShare(), must_s=60.0, times=1, time_limit_s=60.0)


def options():
    """What each kind of limit costs."""
    head()
    for count, stations, must_s in ((2000, 50, 0.3), (10_000, 100, 2.0)):
        for name, more in (
            ("plain", {}),
            ("2 terminals", {"terminals": 2}),
            ("1 deg/s", {"slew_deg_s": 1.0}),
            ("2 terminals, 1 deg/s", {"terminals": 2, "slew_deg_s": 1.0}),
            ("6 passes a night", {"quota": 6}),
            ("all on one continent", {"region": CONTINENT}),
            ("all of these", {"terminals": 2, "slew_deg_s": 1.0, "quota": 20, "region": CONTINENT}),
        ):
            problem = orbital_problem(1, count, stations=stations, satellites=8, **more)
            line(f"{stations} stations, {name}", problem, must_s=must_s, times=2)
    for name, more in (("", {}), (", 1 deg/s", {"slew_deg_s": 1.0})):
        problem = orbital_problem(1, 2000, stations=50, satellites=8, region=CONTINENT, **more)
        trim_s, _, windows = best_of(
            lambda problem=problem: variants_of(
                problem.windows, problem.satellites, problem.stations, part_of, min_length_s=60.0
            ),
            1,
        )
        trimmed = replace(problem, windows=windows)
        whole = plan(problem)
        found = line(f"2,000 contacts, shortened{name}", trimmed, must_s="", times=1)
        why_s, _, refusals = best_of(lambda trimmed=trimmed, found=found: refusals_of(trimmed, found), 1)
        print(
            f"    windows made in {trim_s:.2f} s; key {found.worth / whole.worth - 1.0:+.1%}; "
            f"{len(refusals)} refusals in {why_s:.2f} s"
        )


if __name__ == "__main__":
    {"figures": figures, "options": options}[sys.argv[1] if len(sys.argv) > 1 else "figures"]()
