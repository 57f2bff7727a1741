"""Contacts that are shortened where they overlap."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from schedule_checker import faults_of_timetable, may_follow
from schedule_instances import orbital_problem, part_of, random_problem

from passplan.errors import DomainError
from passplan.schedule.planner import plan
from passplan.schedule.trimming import variants_of, variants_of_all
from passplan.schedule.window import Resource, Window

SATELLITES = {"s": Resource(name="s", setup_s=10.0)}
STATIONS = {name: Resource(name=name) for name in ("g", "h", "i")}


def contact(name, start_s, stop_s, station, *, key_bits=None, **more):
    """A contact of satellite s with 10 bit a second, if not told otherwise."""
    bits = 10.0 * (stop_s - start_s) if key_bits is None else key_bits
    return Window(contact=name, satellite="s", station=station, start_s=start_s, stop_s=stop_s, key_bits=bits, **more)


def evenly(window, start_s, stop_s):
    """Part of a window whose key is made at an even rate."""
    rate = window.key_bits / window.duration_s
    return replace(window, start_s=start_s, stop_s=stop_s, key_bits=rate * (stop_s - start_s))


def times_of(windows, name):
    """Start and stop of all windows of a contact, to a second."""
    return sorted((round(each.start_s), round(each.stop_s)) for each in windows if each.contact == name)


def trimmed(windows, remake=evenly, *, satellites=SATELLITES, min_length_s=60.0, **more):
    """Variants over three stations."""
    return variants_of(windows, satellites, STATIONS, remake, min_length_s=min_length_s, **more)


def test_one_stops_early_or_the_other_starts_late():
    """By hand: set-up of 10 s; the first may stop at 190 s, the second start at 310 s, or both halfway between."""
    windows = contact("a", 0.0, 300.0, "g"), contact("b", 200.0, 500.0, "h")
    found = trimmed(windows)
    assert found[:2] == windows
    assert (0, 190) in times_of(found, "a")
    assert (310, 500) in times_of(found, "b")
    middle = [each for each in times_of(found, "a") if each not in ((0, 190), (0, 300))]
    assert len(middle) == 1
    assert (middle[0][1] + 10, 500) in times_of(found, "b")


def test_contacts_that_do_not_clash_stay_as_they_are():
    """Limits: a gap of just the set-up, and terminals enough."""
    apart = contact("a", 0.0, 300.0, "g"), contact("b", 310.0, 500.0, "h")
    assert trimmed(apart) == apart
    over = contact("a", 0.0, 300.0, "g"), contact("b", 200.0, 500.0, "h")
    assert trimmed(over, satellites={"s": Resource(name="s", terminals=2, setup_s=10.0)}) == over
    assert trimmed(over, most=0) == over
    alternatives = contact("a", 0.0, 300.0, "g"), contact("a", 100.0, 400.0, "g")
    assert trimmed(alternatives) == alternatives


def test_the_middle_is_where_the_keys_sum_to_most():
    """By hand: both keys are made near 250 s, the second four times as fast; so the first should give way soon."""
    windows = contact("a", 0.0, 300.0, "g"), contact("b", 200.0, 500.0, "h")

    def remake(window, start_s, stop_s):
        grid = np.linspace(start_s, stop_s, 2001)
        rate = (1.0 if window.contact == "a" else 4.0) * np.exp(-0.5 * ((grid - 250.0) / 20.0) ** 2)
        return replace(window, start_s=start_s, stop_s=stop_s, key_bits=float(np.trapezoid(rate, grid)))

    windows = tuple(remake(window, window.start_s, window.stop_s) for window in windows)
    found = trimmed(windows, remake)
    middle = [stop_s for _, stop_s in times_of(found, "a") if stop_s not in (190, 300)]
    low_s, high_s = 190.0, 300.0
    grid_s = np.linspace(low_s, high_s, 9)[1:-1]
    sums = [remake(windows[0], 0.0, at_s).key_bits + remake(windows[1], at_s + 10.0, 500.0).key_bits for at_s in grid_s]
    assert middle == [round(float(grid_s[int(np.argmax(sums))]))]


def test_a_contact_between_two_others_is_cut_on_both_sides():
    """By hand: b gives way to a before 310 s and to c after 590 s."""
    windows = contact("a", 0.0, 300.0, "g"), contact("b", 200.0, 700.0, "h"), contact("c", 600.0, 900.0, "i")
    assert (310, 590) in times_of(trimmed(windows), "b")


def test_a_short_contact_inside_a_long_one_leaves_either_side():
    """By hand: the long one may stop before the short one or start after it."""
    windows = contact("a", 0.0, 600.0, "g"), contact("b", 250.0, 350.0, "h")
    times = times_of(trimmed(windows), "a")
    assert (0, 240) in times
    assert (360, 600) in times


@pytest.mark.parametrize("min_length_s", [0.0, 100.0, 185.0, 195.0])
def test_no_variant_is_shorter_than_what_is_useful(min_length_s):
    """Property: the least length is kept, and reached."""
    windows = contact("a", 0.0, 300.0, "g"), contact("b", 200.0, 500.0, "h")
    found = trimmed(windows, min_length_s=min_length_s)
    assert all(each.duration_s >= min_length_s for each in found)
    assert ((0, 190) in times_of(found, "a")) == (min_length_s <= 190.0)


def test_parts_without_key_and_parts_that_come_back_shorter_are_allowed():
    """Property: what remake refuses is left out; what it cuts further is taken as it is."""
    windows = contact("a", 0.0, 300.0, "g"), contact("b", 200.0, 500.0, "h")
    assert trimmed(windows, lambda window, start_s, stop_s: None) == windows
    shorter = trimmed(windows, lambda window, start_s, stop_s: evenly(window, start_s + 5.0, stop_s - 5.0))
    assert (5, 185) in times_of(shorter, "a")


def test_a_variant_that_gains_nothing_over_a_shorter_one_is_dropped():
    """Property: key is made in the first 150 s alone, so a longer part than the shortest is of no use."""
    windows = contact("a", 0.0, 300.0, "g", key_bits=500.0), contact("b", 200.0, 500.0, "h")

    def remake(window, start_s, stop_s):
        if window.contact == "a":
            return replace(window, start_s=start_s, stop_s=stop_s, key_bits=500.0) if stop_s >= 150.0 else None
        return evenly(window, start_s, stop_s)

    found = trimmed(windows, remake)
    assert times_of(found, "a") == [(0, 190), (0, 300)]
    for one, other in product(found[2:], found):
        inside = one.start_s <= other.start_s and other.stop_s <= one.stop_s
        assert one is other or one.contact != other.contact or not inside or other.key_bits < one.key_bits


def test_many_or_few_at_once_are_the_same():
    """Two routes: one part asked for after another, or all that are needed together; each is asked for once."""
    problem = random_problem(np.random.default_rng(2), 30, alternatives=0.0, fixed=False)
    asked = []

    def remake_all(stretches):
        asked.extend((window.contact, start_s, stop_s) for window, start_s, stop_s in stretches)
        return [part_of(*stretch) for stretch in stretches]

    terminals = problem.satellites, problem.stations
    together = variants_of_all(problem.windows, *terminals, remake_all, min_length_s=60.0)
    assert together == variants_of(problem.windows, *terminals, part_of, min_length_s=60.0)
    assert len(asked) == len(set(asked)) > 0


@pytest.mark.parametrize("seed", range(25))
def test_variants_of_random_problems(seed):
    """Properties: originals first, no more variants than asked, all within; the plan keeps its limits, is no worse."""
    rng = np.random.default_rng(seed)
    problem = replace(random_problem(rng, 20, alternatives=0.0, fixed=False), budgets=())
    most = int(rng.integers(1, 13))
    found = variants_of(problem.windows, problem.satellites, problem.stations, part_of, min_length_s=60.0, most=most)
    assert found[: len(problem.windows)] == problem.windows
    whole = {window.contact: window for window in problem.windows}
    for each in found[len(problem.windows) :]:
        assert whole[each.contact].start_s <= each.start_s < each.stop_s <= whole[each.contact].stop_s
        assert each.duration_s < whole[each.contact].duration_s
        assert each.key_bits > 0.0
    counts = [sum(each.contact == name for each in found) - 1 for name in whole]
    assert max(counts) <= most
    wide = replace(problem, windows=found)
    better, before = plan(wide), plan(problem)
    assert faults_of_timetable(wide, better.timetable) == []
    assert better.worth >= before.worth * (1.0 - 1e-6)


def test_two_contacts_gain_by_a_hand_over_with_turns():
    """Property: on one terminal that turns at 1 deg/s both can be flown, with time to turn and none to waste."""
    problem = orbital_problem(1, 120, stations=20, satellites=2, slew_deg_s=1.0, region=(20.0, 50.0, 80.0, 120.0))
    found = variants_of(problem.windows, problem.satellites, problem.stations, part_of, min_length_s=60.0)
    wide = replace(problem, windows=found)
    better = plan(wide)
    assert faults_of_timetable(wide, better.timetable) == []
    assert better.worth > 1.05 * plan(problem).worth
    tight = 0
    contacts = [contact.window for contact in better.timetable.contacts if contact.place >= len(problem.windows)]
    for one, other in product(contacts, contacts):
        resource = problem.satellites[one.satellite]
        if one.satellite == other.satellite and one.start_s < other.start_s < one.stop_s + 300.0:
            sooner = replace(other, start_s=other.start_s - 1.0)
            tight += not may_follow(one, sooner, resource, "satellite")
    assert tight > 0


def test_the_turn_is_that_of_the_directions_where_the_contacts_are_cut():
    """By hand: the first turns from 0 to 90 deg in 300 s, the second starts at 90 deg at 200 s; 10 s and 1 deg/s.

    It must stop at t with t + 10 + (90 - 0.3 t) = 200.
    """
    x, y = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)
    first = contact("a", 0.0, 300.0, "g", satellite_aim=(x, y))
    second = contact("b", 200.0, 500.0, "h", satellite_aim=(y, y))
    satellites = {"s": Resource(name="s", setup_s=10.0, slew_deg_s=1.0)}
    found = trimmed((first, second), part_of, satellites=satellites)
    stops = [each.stop_s for each in found if each.contact == "a" and each.stop_s < 180.0]
    assert stops == [pytest.approx(100.0 / 0.7, abs=0.05)]
    cut = next(each for each in found if each.contact == "a" and each.stop_s in stops)
    assert may_follow(cut, second, satellites["s"], "satellite")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"min_length_s": -1.0}, r"min_length_s is -1.0, must lie in \[0, inf\)"),
        ({"most": -1}, r"most is -1(\.0)?, must lie in \[0, 1000\]"),
    ],
)
def test_limits_outside_their_range_are_refused(changed, message):
    with pytest.raises(DomainError, match=message):
        trimmed((contact("a", 0.0, 300.0, "g"),), **changed)
