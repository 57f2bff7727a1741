"""Many runs of a pass. Witnesses: the single run of the same seed, the standard library, live objects and processes."""

import gc
import multiprocessing
import statistics
from dataclasses import fields, replace

import numpy as np
import pytest

from passplan.apt.residual import TerminalTrack
from passplan.errors import DomainError
from passplan.mission.monte_carlo import (
    NUMBERS,
    TrackStatistics,
    ends_of_result,
    pass_statistics,
    track_statistics,
)
from passplan.mission.summary import summary

SECONDS = 12


def cut(end, seconds):
    """An end that follows the first seconds of its pass."""
    values = {field.name: getattr(end.sight, field.name) for field in fields(end.sight)}
    short = {name: value[:seconds].copy() for name, value in values.items() if isinstance(value, np.ndarray)}
    return replace(end, sight=replace(end.sight, **short))


@pytest.fixture(scope="module")
def ends(reference):
    satellite, ground = ends_of_result(reference)
    return cut(satellite, SECONDS), cut(ground, SECONDS)


@pytest.fixture(scope="module")
def mask():
    return np.arange(SECONDS) >= 4


def made(**columns):
    count = len(next(iter(columns.values())))
    by_run = {name: np.array(columns.get(name, np.zeros(count)), dtype=float) for name in NUMBERS}
    return TrackStatistics(seeds=np.arange(count), by_run=by_run)


def test_the_first_run_is_the_pass_itself(reference):
    """Two routes: the document of the pass, and the first of the runs, which has its seed."""
    runs = pass_statistics(reference, runs=1)
    tracking = summary(reference)["tracking"]
    assert runs.seeds.tolist() == [reference.seed]
    assert runs.by_run["locked_fraction"][0] == pytest.approx(tracking["locked_fraction"], rel=1e-12)
    for end in ("satellite", "ground"):
        names = (
            "fine_x_rms_urad", "fine_y_rms_urad", "coarse_rms_urad", "bias_urad", "stroke_used_urad", "acquisition_s",
            "dropouts", "outage_s",
        )  # fmt: skip
        for name in names:
            assert runs.by_run[f"{end}_{name}"][0] == pytest.approx(tracking[end][name], rel=1e-12)


def test_the_result_does_not_depend_on_the_jobs(ends, mask):
    """Property: equal to the last bit, in the order of the seeds."""
    seeds = [5, 3, 11, 4]
    one = track_statistics(ends, seeds, mask=mask)
    two = track_statistics(ends, seeds, mask=mask, jobs=2)
    backward = track_statistics(ends, seeds[::-1], mask=mask)
    assert one.seeds.tolist() == seeds
    for name in NUMBERS:
        np.testing.assert_array_equal(one.by_run[name], two.by_run[name])
        np.testing.assert_array_equal(one.by_run[name], backward.by_run[name][::-1])
    assert np.unique(one.by_run["satellite_fine_x_rms_urad"]).size == len(seeds)


def test_a_cloud_shows_as_outage_and_reacquisition(ends, mask):
    """Exact: the beacon is hidden for 2 s, so the fine lock is away for 2 s and the time to find it again."""
    clouded = tuple(replace(end, sight=replace(end.sight, gaps_s=((6.0, 8.0),))) for end in ends)
    runs = track_statistics(clouded, [1, 2], mask=mask)
    for end in ("satellite", "ground"):
        np.testing.assert_array_equal(runs.by_run[f"{end}_dropouts"], 1.0)
        away = runs.by_run[f"{end}_outage_s"] - runs.by_run[f"{end}_reacquisition_s"]
        np.testing.assert_allclose(away, 2.0, atol=0.03)  # a frame or two until the loss is seen
    assert np.all(runs.by_run["locked_fraction"] < 6.0 / 8.0)


def test_no_run_is_kept(ends, mask):
    """Live objects: the tracks of the run that has just ended, and no others."""
    gc.collect()
    before = sum(type(item) is TerminalTrack for item in gc.get_objects())
    alive = []

    def count(share):
        alive.append(sum(type(item) is TerminalTrack for item in gc.get_objects()) - before)

    track_statistics(ends, range(4), mask=mask, progress=count)
    assert len(alive) == 4
    assert max(alive) <= 2


def test_progress_reaches_the_whole(ends, mask):
    shares = []
    track_statistics(ends, range(2), mask=mask, progress=shares.append)
    assert shares == [0.5, 1.0]


def test_an_interrupt_leaves_no_process(ends, mask):
    def stop(share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        track_statistics(ends, range(6), mask=mask, jobs=2, progress=stop)
    assert multiprocessing.active_children() == []


def test_spread_against_the_standard_library():
    values = [3.0, 1.0, 7.5, 2.0, 9.0, 4.0]
    spread = made(acquired_s=[*values, np.nan]).spread("acquired_s")
    assert spread.runs == len(values)
    assert spread.mean == pytest.approx(statistics.fmean(values), rel=1e-14)
    assert spread.std == pytest.approx(statistics.stdev(values), rel=1e-14)
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    assert [spread.p05, spread.p50, spread.p95] == pytest.approx([cuts[0], cuts[9], cuts[18]], rel=1e-14)


def test_spread_of_one_run_and_of_none():
    one = made(acquired_s=[2.0]).spread("acquired_s")
    assert (one.runs, one.mean, one.p05) == (1, 2.0, 2.0)
    assert np.isnan(one.std)
    none = made(acquired_s=[np.nan]).spread("acquired_s")
    assert none.runs == 0
    assert np.isnan([none.mean, none.std, none.p05, none.p50, none.p95]).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seeds": []}, r"number of seeds is 0\.0, must lie in \[1, inf\]"),
        ({"seeds": [1, -2]}, r"seeds is -2\.0, must lie in \[0, inf\]"),
        ({"mask": np.zeros(SECONDS, dtype=bool)}, r"seconds of the mask is 0\.0, must lie in \[1, inf\]"),
        ({"jobs": 0}, r"processes is 0\.0, must lie in \[1, inf\)"),
    ],
)
def test_refusals(ends, mask, change, message):
    given = {"seeds": [1], "mask": mask, "jobs": 1, **change}
    with pytest.raises(DomainError, match=message):
        track_statistics(ends, given.pop("seeds"), **given)


def test_no_run_is_refused(reference):
    with pytest.raises(DomainError, match=r"runs is 0\.0, must lie in \[1, inf\)"):
        pass_statistics(reference, runs=0)


def test_numbers_that_do_not_belong_are_refused():
    with pytest.raises(DomainError, match="by_run has acquired_s, must have acquired_s, locked_fraction"):
        TrackStatistics(seeds=np.arange(1), by_run={"acquired_s": np.zeros(1)})
    with pytest.raises(DomainError, match="arrays must share one grid"):
        TrackStatistics(seeds=np.arange(2), by_run={name: np.zeros(1) for name in NUMBERS})
