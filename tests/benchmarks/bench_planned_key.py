"""Planned keys: how fast a year of candidates goes through, and how far the planned key is from the full chain.

``python tests/benchmarks/bench_planned_key.py speed [JOBS]`` plans the keys of a year over five stations;
``python tests/benchmarks/bench_planned_key.py accuracy [PASSES]`` simulates passes in full that no calibration has
seen, from the lowest to the highest, and prints planned and simulated figures side by side.
"""

import sys
import time
from datetime import UTC, datetime

import numpy as np

from passplan.mission.campaign_candidates import find_candidates
from passplan.mission.campaign_scenario import CampaignScenario, Span
from passplan.mission.catalog import open_catalog
from passplan.mission.link import simulate_pass
from passplan.mission.planned_key import CLICKS, ERRORS, key_bits, windows_of
from passplan.mission.planned_pairs import calibrations_of, pairs_of
from passplan.mission.planned_profiles import profiles_of
from passplan.mission.selection import selection_of
from passplan.units import to_loss_db

YEAR = CampaignScenario(
    campaign=Span(
        satellites=("micius",),
        stations=("xinglong", "nanshan", "delingha", "lijiang", "ngari"),
        start=datetime(2016, 9, 20, tzinfo=UTC),
        end=datetime(2017, 9, 20, tzinfo=UTC),
        max_age_days=200.0,
    )
)
FLOWN = CampaignScenario(
    campaign=Span(
        satellites=("micius",),
        stations=("xinglong", "nanshan", "delingha"),
        start=datetime(2016, 9, 20, tzinfo=UTC),
        end=datetime(2017, 5, 25, tzinfo=UTC),
    )
)


def speed(jobs):
    """Search, calibration, profiles, keys of the longest contacts and of five shorter ones each."""
    catalog = open_catalog(None)
    marks = [("", time.perf_counter())]

    def told(text):
        marks.append((text, time.perf_counter()))
        print(f"{text:60s} {marks[-1][1] - marks[-2][1]:7.2f} s", flush=True)

    found = find_candidates(YEAR, catalog, jobs=jobs)
    told(f"search: {len(found.usable)} candidates, {len(found.cut_away)} cut away")
    pairs = pairs_of(YEAR, catalog, found.usable)
    told("records and key windows")
    calibrations = calibrations_of(YEAR, pairs, jobs=jobs)
    told(f"calibration: {sum(len(each.passes) for each in calibrations.values())} passes tracked")
    profiles = profiles_of(YEAR, pairs, calibrations, jobs=jobs)
    told(f"profiles: {len(profiles)}")
    longest = [(profile, *contact) for profile in profiles for contact in profile.contacts]
    windows = windows_of(*zip(*longest, strict=True))
    told(f"windows: {sum(window is not None for window in windows)} with a key, of {len(longest)}")
    shares = np.linspace(0.0, 0.8, 5)
    shorter = [(each, start + share * (stop - start), stop) for each, start, stop in longest for share in shares]
    key_bits(*zip(*shorter, strict=True))
    told(f"keys of {len(shorter)} shorter contacts")
    print(f"{'all':60s} {marks[-1][1] - marks[0][1]:7.2f} s, {jobs} processes")


def accuracy(count):
    """Planned against simulated, on passes that no calibration has seen."""
    catalog = open_catalog(None)
    pairs = pairs_of(FLOWN, catalog, find_candidates(FLOWN, catalog).usable)
    calibrations = calibrations_of(FLOWN, pairs)
    used = {pass_id for each in calibrations.values() for pass_id in each.passes}
    profiles = [
        each
        for each in profiles_of(FLOWN, pairs, calibrations)
        if each.contacts and each.candidate.pass_.pass_id not in used and not each.candidate.cuts
    ]
    profiles.sort(key=lambda each: each.candidate.pass_.max_elevation_deg)
    print(f"{'pass':38s} {'highest':>7s} {'planned':>9s} {'simulated':>9s} {'key':>8s} {'sifted':>9s} {'QBER':>15s}")
    off = []
    for profile in (profiles[place] for place in np.unique(np.linspace(0, len(profiles) - 1, count).astype(int))):
        pass_ = profile.candidate.pass_
        result = simulate_pass(selection_of(catalog, pass_), seed=7)
        bits = key_bits([profile], *profile.contacts[0])[0]
        full = result.keys[profile.rule.proof].secret_bits
        signal = profile.counts(*profile.contacts[0])[0, :, :, 0].sum(axis=1)
        sifted, errors = result.sifted_bits[result.mask].sum(), result.sifted_errors[result.mask].sum()
        share = signal[CLICKS] / sifted
        shift_db = float(-to_loss_db(share)) if share <= 1.0 else float(to_loss_db(1.0 / share))
        told = f"{100.0 * (bits / full - 1.0):+7.2f}%" if full else f"{'':8s}"
        off += [(pass_.max_elevation_deg, bits / full - 1.0)] if full else []
        print(
            f"{pass_.pass_id:38s} {pass_.max_elevation_deg:5.1f} d {bits:9.0f} {full:9d} {told} {shift_db:+6.3f} dB "
            f"{signal[ERRORS] / signal[CLICKS]:.4f} {errors / sifted:.4f}",
            flush=True,
        )
    for low, high in ((0.0, 30.0), (30.0, 60.0), (60.0, 90.0)):
        part = np.array([share for elevation_deg, share in off if low <= elevation_deg < high])
        if part.size:
            rms = np.sqrt(np.mean(part**2))
            print(f"{low:g} to {high:g} deg: {part.size} passes, rms {rms:.2%}, worst {np.abs(part).max():.2%}")


if __name__ == "__main__":
    what, number = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else None
    if what == "speed":
        speed(number or 2)
    else:
        accuracy(number or 24)
