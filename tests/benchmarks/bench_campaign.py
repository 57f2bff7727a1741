"""Campaigns at full size: ``python tests/benchmarks/bench_campaign.py year|published|kills [folder]``.

``year``: Micius over five stations for a year, planned and reported. ``published``: the plan of 2016-17 over the three
stations of the paper. ``kills``: a campaign killed at ten random moments and gone on with, beside one that ran through.
"""

import csv
import hashlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

SCENARIO = """[campaign]
name = "{name}"
satellites = ["micius"]
stations = [{stations}]
start = {start}
end = {end}
max_age_days = 200.0   # the bundled sets of 2017 have gaps

[contact]
setup_s = 60
slew_deg_s = 2.0

[simulate]
passes = {simulate}
"""
CHINA = ("xinglong", "nanshan", "delingha", "lijiang", "ngari")
KILLS = 10
REFERENCE = Path(__file__).resolve().parents[1] / "reference" / "micius_2017_passes.csv"


def scenario(folder, name, stations, start, end, simulate='"none"'):
    """Scenario file of a campaign of Micius."""
    path = folder / f"{name}.toml"
    listed = ", ".join(f'"{station}"' for station in stations)
    path.write_text(SCENARIO.format(name=name, stations=listed, start=start, end=end, simulate=simulate))
    return path


def program(*words):
    """Command line of passplan in this interpreter."""
    return [sys.executable, "-m", "passplan", *map(str, words)]


def year(folder):
    """One year over five stations: seconds to the report, and what is planned."""
    path = scenario(folder, "year", CHINA, "2016-09-01", "2017-09-01")
    report = folder / "year.html"
    started = time.perf_counter()
    subprocess.run(program("plan", path, "-o", report, "--jobs", 2, "-v"), check=True)
    wall_s = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"year, five stations: {wall_s:.1f} s to a report of {report.stat().st_size / 1e6:.2f} MB", end="; ")
    print(f"processor time {used.ru_utime + used.ru_stime:.1f} s, {used.ru_maxrss / 1e6:.2f} GB")


def published(folder):
    """Plan of 2016-09-20 to 2017-05-25 over the three stations of the paper, beside the passes that were flown."""
    path = scenario(folder, "micius2017", CHINA[:3], "2016-09-20", "2017-05-25")
    subprocess.run(program("plan", path, "-o", folder / "plan.json", "--jobs", 2), check=True)
    rows = json.loads((folder / "plan.json").read_text())["passes"]
    with REFERENCE.open() as file:
        flown = list(csv.DictReader(line for line in file if not line.startswith("#")))
    for one in flown:
        when = datetime.fromisoformat(one["culmination_utc"])
        mine = [row for row in rows if row["station"] == one["station"]]
        off_s, row = min(((abs_s(row["culmination_utc"], when), row) for row in mine), key=lambda pair: pair[0])
        print(f"{one['culmination_utc']} {one['station']:9} off {off_s:4.1f} s {row['key_bits']:12,.0f} bit", end=" ")
        print("flown" if row["is_chosen"] else row["reason"])


def abs_s(text, when):
    """Seconds between an instant in words and another."""
    return abs((datetime.fromisoformat(text) - when).total_seconds())


def kills(folder):
    """A campaign killed at random moments: its files beside those of one that ran through."""
    path = scenario(folder, "kills", CHINA[:2], "2016-12-17", "2016-12-21", '"all"')
    whole, killed = folder / "whole", folder / "killed"
    started = time.perf_counter()
    subprocess.run(
        program("campaign", path, "--folder", whole, "--jobs", 2, "--quiet"), check=True, stdout=subprocess.DEVNULL
    )
    lasts_s = time.perf_counter() - started
    rng, count, rounds = random.Random(20161219), 0, 0
    while True:
        rounds += 1
        words = program("campaign", path, "--folder", killed, "--jobs", 1 + rounds % 2, "--resume", "--quiet")
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        try:
            process.wait(timeout=rng.uniform(0.0, 0.6) * lasts_s if count < KILLS else None)
            break
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            count += 1
    alike = hashes(whole) == hashes(killed)
    verdict = "identical" if alike else "DIFFERENT"
    print(f"killed {count} times in {lasts_s:.1f} s of work; {len(hashes(whole))} files, {verdict}")
    return alike


def hashes(folder):
    """Hash of every file of a campaign but its lock."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".lock"]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


if __name__ == "__main__":
    what = {"year": year, "published": published, "kills": kills}[sys.argv[1]]
    with tempfile.TemporaryDirectory() as made:
        outcome = what(Path(sys.argv[2] if len(sys.argv) > 2 else made))
    sys.exit(outcome is False)
