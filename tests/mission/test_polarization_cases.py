"""What the key loses when the plates are not driven as planned."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.mission.link import simulate_pass, track_of
from passplan.mission.polarization_cases import polarization_cases
from passplan.mission.polarization_path import polarization_of, with_receiver
from passplan.polarization.error_rate import contrast
from passplan.polarization.feedback import CountFeedback, ReferenceLaser


@pytest.fixture(scope="module")
def cases(reference):
    return {case.name: case for case in polarization_cases(reference)}


def test_the_plan_is_the_pass(reference, cases):
    """Two routes: the first case, counted anew, is what the simulation itself found."""
    plan = cases["as planned"]
    assert plan.secret_bits == reference.keys[reference.payload.key.proof].secret_bits
    assert plan.lost_bits == 0
    mean = reference.polarization.error[:, reference.mask].mean()
    assert plan.contrast == pytest.approx((1.0 - mean) / mean)


def test_undriven_plates_lose_the_key(cases):
    """Uncompensated the mean error of the window is 35.5 % (an independent script over the same pass)."""
    still = cases["plates not driven"]
    assert still.error_hv == pytest.approx(0.355, abs=0.002)
    assert (still.secret_bits, still.lost_bits) == (0, cases["as planned"].secret_bits)


def test_a_stopped_motor_loses_more_than_a_lag_or_a_bias(cases):
    """A bias of 1 deg turns the polarization by 2 deg: sin^2 = 1.22e-3 on top of the plan, in both bases."""
    plan = cases["as planned"]
    biased, late = cases["plate biased by 1 deg"], cases["motor 1 s later, without prediction"]
    added = (1.0 - 2.0 * plan.error_hv) * np.sin(np.deg2rad(2.0)) ** 2
    assert biased.error_hv - plan.error_hv == pytest.approx(added, rel=0.06)  # the rest is the drive's own error
    assert biased.error_da == pytest.approx(biased.error_hv, rel=1e-9)
    for stopped in ("motor stops at the start of the key window", "motor stops at culmination"):
        assert cases[stopped].lost_bits > max(biased.lost_bits, late.lost_bits) > 0


def test_an_old_element_set_costs_key(cases):
    """14 km in track turn the polarization by 2.4 deg at the fastest."""
    assert cases["element set 7 d old"].lost_bits > 0


def test_limits_of_the_motor_are_named_with_their_cost(reference_selection):
    """A motor of half the needed speed: the case of a free motor has the whole key again."""
    receiver = reference_selection.site.polarization
    slow = with_receiver(reference_selection, replace(receiver, motor=replace(receiver.motor, max_rate_deg_s=0.3)))
    result = simulate_pass(slow, seed=20161219)
    assert result.polarization.compensation.held_back.any()
    cases = {case.name: case for case in polarization_cases(result)}
    assert cases["motor without limits"].lost_bits < -1000


def test_feedback_takes_a_bias_away(reference_selection):
    """A plate biased by 2 deg: the laser and the counts leave most of the contrast, nothing leaves about 120:1."""
    receiver, path = reference_selection.site.polarization, track_of(reference_selection)
    biased = replace(receiver, motor=replace(receiver.motor, bias_deg=2.0))
    laser = ReferenceLaser(noise_deg=0.2, period_s=1.0, gain=0.3)
    counts = CountFeedback(period_s=5.0, gain=0.3)
    window, found = path.range_km <= 1200.0, {}
    for name, feedback in (("none", None), ("laser", laser), ("counts", counts)):
        other = with_receiver(reference_selection, replace(biased, feedback=feedback))
        found[name] = contrast(polarization_of(other, path).error[:, window].mean())
    assert found["none"] < 125.0
    assert found["laser"] > 260.0
    assert found["counts"] > 200.0


def test_without_feedback_is_a_case_of_its_own(reference_selection):
    """Property: the case has what the same receiver without feedback has."""
    receiver = reference_selection.site.polarization
    biased = replace(receiver, motor=replace(receiver.motor, bias_deg=2.0))
    laser = replace(biased, feedback=ReferenceLaser(noise_deg=0.2, period_s=1.0, gain=0.3))
    result = simulate_pass(with_receiver(reference_selection, laser), seed=20161219)
    case = {case.name: case for case in polarization_cases(result)}["without feedback"]
    alone = polarization_of(with_receiver(reference_selection, biased), result.track)
    assert case.contrast == pytest.approx(contrast(alone.error[:, result.mask].mean()), rel=1e-9)


def test_no_window_no_cases(reference):
    empty = replace(reference, window=replace(reference.window, mask=np.zeros_like(reference.mask)))
    assert polarization_cases(empty) == []
