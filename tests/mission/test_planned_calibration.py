import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from passplan.errors import DomainError, InputError
from passplan.mission.link import simulate_pass
from passplan.mission.planned_calibration import calibrate, calibration_from
from passplan.mission.selection import Limits, select_by_id


@pytest.fixture(scope="module")
def stretch(reference_selection, reference):
    seconds = np.flatnonzero(reference.mask)
    return reference_selection.pass_, float(seconds[0]) + 1.0, float(seconds[-1]) + 1.0


@pytest.fixture(scope="module")
def calibration(reference_selection, stretch):
    return calibrate(reference_selection, [stretch], seed=3)


def test_it_tells_what_the_full_chain_has(calibration, reference):
    """Other route: means of the fully simulated pass, another seed, over the seconds of its key window."""
    mask, elevation_deg = reference.mask, reference.track.elevation_deg
    for end in ("satellite", "ground"):
        track, planned = getattr(reference, end), calibration.pointing_at(end, elevation_deg)
        for axis in ("x", "y"):
            bias, jitter = (getattr(track, f"{kind}_{axis}_urad")[mask] for kind in ("bias", "jitter"))
            assert np.mean(getattr(planned, f"bias_{axis}_urad")[mask]) == pytest.approx(bias.mean(), abs=0.05)
            whole = np.sqrt(np.mean(jitter**2) + bias.var())
            assert np.mean(getattr(planned, f"jitter_{axis}_urad")[mask]) == pytest.approx(whole, rel=0.05)
    locked = calibration.at("locked", elevation_deg)[mask]
    assert locked.mean() == pytest.approx(
        (reference.satellite.locked * reference.ground.locked)[mask].mean(), abs=0.005
    )
    assert calibration.lock_delay_s == pytest.approx(0.5, abs=0.1)
    assert calibration.relock_delay_s == calibration.lock_delay_s  # no keyhole was met
    assert calibration.passes == (reference.pass_.pass_id,)


def test_the_same_seed_gives_the_same(calibration, reference_selection, stretch):
    assert calibrate(reference_selection, [stretch], seed=3) == calibration
    assert calibrate(reference_selection, [stretch], seed=4) != calibration


def test_through_json_and_back(calibration):
    assert calibration_from(json.loads(json.dumps(calibration.to_dict()))) == calibration


def test_passes_are_spread_from_low_to_high(reference_selection, stretch, monkeypatch):
    """Property: of nine passes the second and the seventh highest are tracked (quarters of the way)."""
    pass_, start_s, _ = stretch
    many = [(replace(pass_, max_elevation_deg=20.0 + 5.0 * rank), start_s, start_s + 31.0) for rank in range(9)]
    seen = []
    monkeypatch.setattr("passplan.mission.planned_calibration._run", lambda _, each, *rest, seed: seen.append(each))
    with pytest.raises(AttributeError):
        calibrate(reference_selection, many[::-1], seed=1)
    assert [each.max_elevation_deg for each in seen] == [30.0, 50.0]


def test_a_keyhole_is_tracked_besides(catalog):
    """Other route: after the keyhole of the full chain's own track both ends lock again at the time that this says."""
    high = select_by_id(catalog, "micius/nanshan/20170118T183640", limits=Limits())
    calibration = calibrate(high, [(high.pass_, 60.0, 380.0)], seed=7)
    assert calibration.passes == (high.pass_.pass_id, high.pass_.pass_id)
    result = simulate_pass(high, seed=7)
    middle = int(np.argmin(result.track.range_km))
    locked = (result.satellite.locked * result.ground.locked)[middle + 5 :]
    back = int(np.flatnonzero(locked)[0])
    back_s = back + 5.0 + 1.0 - locked[back]
    assert 13.6 + calibration.relock_delay_s == pytest.approx(back_s, abs=0.7)


def test_refusals(calibration, reference_selection, stretch):
    with pytest.raises(DomainError, match="stretches is empty, must hold at least one pass to calibrate with"):
        calibrate(reference_selection, [], seed=1)
    with pytest.raises(DomainError, match=r"Calibration.locked has 1 values, must have one for each of the"):
        replace(calibration, locked=(1.0,))
    with pytest.raises(InputError, match="calibration: locked missing or unknown, must hold just"):
        calibration_from({name: value for name, value in calibration.to_dict().items() if name != "locked"})


def test_a_link_that_never_locks_is_refused(reference_selection, stretch):
    """Limit: a beacon without power is never seen."""
    site = replace(reference_selection.site, beacon=replace(reference_selection.site.beacon, power_w=1e-12))
    payload = replace(reference_selection.payload, beacon=replace(reference_selection.payload.beacon, power_w=1e-12))
    dark = replace(reference_selection, site=site, payload=payload)
    pass_, start_s, _ = stretch
    with pytest.raises(DomainError, match="Micius was never locked in the passes to calibrate with"):
        calibrate(dark, [(pass_, start_s, start_s + timedelta(seconds=31).total_seconds())], seed=1)
