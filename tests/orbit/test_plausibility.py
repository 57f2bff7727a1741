import re
from dataclasses import replace
from datetime import datetime, timedelta
from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sgp4.api import Satrec

from passplan.errors import DomainError, ElementsError, InputError
from passplan.orbit.earth import clock
from passplan.orbit.elements import Fault
from passplan.orbit.plausibility import verdict_of, verdict_of_fault
from passplan.orbit.topocentric import ground_fixed_states

MU_KM3_S2 = 398_600.8  # WGS 72, in which SGP4 counts
RADIUS_KM = 6378.135


@pytest.fixture
def low(micius):
    """Micius of 2016-12-18 without its lines, so that its numbers can be changed."""
    return replace(micius[0], line_1=None, line_2=None)


def reasons(elements, when=None, **options):
    when = when or elements.epoch_utc
    return verdict_of(elements, when=when, **{"max_age_days": 30.0, **options}).reasons


def test_a_good_set_is_go(micius, utc):
    """Micius flew at about 500 km, on a nearly circular orbit (Liao et al., Nature 549, 43, 2017)."""
    verdict = verdict_of(micius[0], when=utc(2016, 12, 19, 16, 52), max_age_days=30.0)
    assert (verdict.go, verdict.reasons) == (True, ())
    assert (verdict.norad_id, verdict.name, verdict.source) == (41731, "Micius", micius[0].source)
    assert verdict.epoch_utc == micius[0].epoch_utc
    assert verdict.age_days == pytest.approx(0.8013, abs=1e-4)
    assert verdict.perigee_km == pytest.approx(500.0, abs=25.0)
    assert verdict.apogee_km == pytest.approx(500.0, abs=25.0)
    assert verdict.period_min == pytest.approx(1440.0 / 15.23915303)


@given(turns_per_day=st.floats(1.0, 16.0), eccentricity=st.floats(0.0, 0.05))
def test_altitudes_are_keplers_to_some_kilometres(micius, turns_per_day, eccentricity):
    """a^3 = mu / n^2; the oblateness that SGP4 takes out of the mean motion is worth 10 km at most."""
    elements = replace(
        micius[0], line_1=None, line_2=None, mean_motion_rev_day=turns_per_day, eccentricity=eccentricity
    )
    verdict = verdict_of(elements, when=elements.epoch_utc, max_age_days=30.0)
    axis_km = np.cbrt(MU_KM3_S2 * (86_400.0 / turns_per_day / (2.0 * np.pi)) ** 2)
    assert verdict.perigee_km == pytest.approx(axis_km * (1.0 - eccentricity) - RADIUS_KM, abs=11.0)
    assert verdict.apogee_km == pytest.approx(axis_km * (1.0 + eccentricity) - RADIUS_KM, abs=11.0)


@given(days=st.floats(-60.0, 60.0), limit=st.floats(0.0, 50.0))
def test_a_set_is_stale_beyond_the_limit_on_either_side(iss, days, limit):
    """The ISS set outlives two months of extrapolation, so that age alone speaks against it."""
    when = iss.epoch_utc + timedelta(days=days)
    verdict = verdict_of(iss, when=when, max_age_days=limit)
    assert any(text.startswith("stale:") for text in verdict.reasons) == (abs(verdict.age_days) > limit)
    assert verdict.go == (not verdict.reasons)


def test_the_words_of_a_stale_set(iss, utc):
    """Epoch, distance, instant and limit."""
    assert reasons(iss, utc(2018, 10, 20)) == (
        "stale: epoch 2018-08-20T15:30:11Z is 60.4 d before 2018-10-20T00:00:00Z, must be within 30 d",
    )
    assert "is 31.6 d after 2018-07-20T00:00:00Z" in reasons(iss, utc(2018, 7, 20))[0]


def test_of_a_history_the_nearest_set_is_judged(micius, utc):
    """Old sets beside a fresh one do no harm."""
    verdict = verdict_of(micius, when=utc(2017, 1, 12), max_age_days=1.0)
    assert verdict.go
    assert verdict.epoch_utc == micius[4].epoch_utc


def test_a_decayed_object(micius_late, utc):
    """Micius came down in late 2025: the set of 22 September, carried on, has SGP4 fail; the words are the search's."""
    verdict = verdict_of(micius_late, when=utc(2026, 8, 1), max_age_days=1e4)
    (reason,) = verdict.reasons
    assert reason.startswith("decayed: SGP4 fails at 2026-08-01T00:00:00Z, altitude ")
    with pytest.raises(ElementsError) as caught:
        ground_fixed_states(micius_late, clock(utc(2026, 8, 1), np.zeros(1)))
    assert str(caught.value).endswith(reason.removeprefix("decayed: "))
    assert not verdict.go


@given(days=st.floats(0.0, 400.0))
def test_an_object_is_go_where_the_search_can_follow_it(micius_late, days):
    """The verdict and the one propagation of the house agree at any instant."""
    when = micius_late.epoch_utc + timedelta(days=days)
    try:
        ground_fixed_states(micius_late, clock(when, np.zeros(1)))
        follows = True
    except ElementsError:
        follows = False
    assert verdict_of(micius_late, when=when, max_age_days=1e4).go == follows


def test_an_object_that_sgp4_carries_on_below_80_km_has_decayed(micius_late):
    """After 214 days SGP4 tells error 0 at 79 km: the altitude gives it away."""
    code, position_km, _ = Satrec.twoline2rv(micius_late.line_1, micius_late.line_2).sgp4_tsince(214 * 1440.0)
    assert code == 0
    assert np.linalg.norm(position_km) - RADIUS_KM < 80.0
    (reason,) = reasons(micius_late, micius_late.epoch_utc + timedelta(days=214), max_age_days=1e4)
    assert re.match(r"decayed: altitude at 2026-04-24T08:01:06Z is 79 km, must lie in \(80, 500000\)", reason)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"mean_motion_rev_day": 17.2}, "implausible: mean motion of 17.2 rev/d puts the whole orbit inside the Earth"),
        ({"eccentricity": 0.2}, "implausible: mean perigee is -[0-9]+ km, inside the Earth"),
        ({"eccentricity": 0.999, "mean_motion_rev_day": 0.01}, "implausible: mean apogee is [0-9]+ km, must be at"),
        ({"eccentricity": 0.065}, "decayed: mean perigee is [0-9]+ km, must be at least 80 km"),
        ({"drag_term": 10.5}, r"implausible: drag term is 10.5 per Earth radius, must lie within \+-10 \(assumed\)"),
        ({"drag_term": -10.5}, "implausible: drag term is -10.5"),
        ({"mean_motion_dot_rev_day2": 1.1}, r"implausible: half the change .* is 1.1 rev/d\^2, must lie in \["),
        ({"mean_motion_dot_rev_day2": -0.2}, "implausible: half the change of mean motion is -0.2"),
    ],
)  # fmt: skip
def test_orbits_that_cannot_be(low, changes, expected):
    """Each verdict by its threshold, with the value and what is allowed."""
    found = reasons(replace(low, **changes))
    assert any(re.match(expected, text) for text in found), found
    assert verdict_of(replace(low, **changes), when=low.epoch_utc, max_age_days=30.0).go is False


@pytest.mark.parametrize(
    "changes",
    [{"drag_term": 1.0027, "mean_motion_rev_day": 1.0027}, {"mean_motion_dot_rev_day2": 0.1443},
     {"mean_motion_dot_rev_day2": -0.0197}, {"eccentricity": 0.058}],
)  # fmt: skip
def test_what_real_objects_have_is_go(low, changes):
    """The extremes of 2703 active objects on 2020-06-05 and of 200 Starlinks on 2026-03-19; a perigee of 95 km."""
    assert reasons(replace(low, **changes)) == ()


def test_a_fault_is_a_verdict(utc):
    """What could not be read has no numbers, and keeps its place and reason."""
    fault = Fault(source="x:7", norad_id=None, name="ISS", reason="checksum is 4, must be 3")
    verdict = verdict_of_fault(fault)
    assert (verdict.go, verdict.reasons) == (False, ("faulty: checksum is 4, must be 3",))
    assert (verdict.source, verdict.norad_id, verdict.name) == ("x:7", None, "ISS")
    assert {verdict.epoch_utc, verdict.age_days, verdict.perigee_km, verdict.apogee_km, verdict.period_min} == {None}


def test_refusals(iss):
    """An empty history, a naive instant, a limit that is none."""
    with pytest.raises(ElementsError, match="holds no element set to choose from"):
        verdict_of([], when=iss.epoch_utc, max_age_days=30.0)
    with pytest.raises(InputError, match="when 2018-08-20T00:00:00 is naive"):
        verdict_of(iss, when=datetime(2018, 8, 20), max_age_days=30.0)
    for limit in (-1.0, nan):
        with pytest.raises(DomainError, match="max_age_days is"):
            verdict_of(iss, when=iss.epoch_utc, max_age_days=limit)
