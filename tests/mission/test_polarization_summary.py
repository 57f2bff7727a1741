"""The polarization part of the document. Witnesses: physics.md B1 and B2, sums over the arrays, exact motions."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.mission.polarization_path import polarization_of, with_receiver
from passplan.mission.polarization_summary import (
    held_back_s,
    plate_demand,
    polarization_section,
    polarization_warnings,
)
from passplan.mission.summary import summary, warnings_of
from passplan.polarization.coatings import Metal
from passplan.polarization.error_rate import error_of_contrast
from passplan.qkd.engine import KeyWindow
from passplan.units import parse_utc

KEYS_BEFORE = (
    "reference_axis", "receiver_frame", "rotation_span_deg", "rotation_span_pass_deg", "max_rotation_rate_deg_s",
    "contrast_compensated_mean", "contrast_uncompensated_max", "contrast_uncompensated_min",
    "contrast_uncompensated_start", "contrast_geometry_start", "contrast_geometry_min", "qber_polarization",
)  # fmt: skip


def changed(result, *, motor=None, **receiver):
    """The same pass with another polarization receiver."""
    old = result.site.polarization
    new = replace(old, motor=replace(old.motor, **(motor or {})), **receiver)
    selection = with_receiver(result.selection, new)
    return replace(result, selection=selection, polarization=polarization_of(selection, result.track))


@pytest.fixture(scope="module")
def section(reference):
    return polarization_section(reference)


@pytest.fixture(scope="module")
def gold(reference):
    """Behind two bare gold mirrors."""
    return changed(reference, frame="coude-difference", coating=Metal(material="gold"))


@pytest.fixture(scope="module")
def stopped(reference):
    """A drive whose upper stop lies inside the travel of 84 deg, and whose lower one is far away: one rewind."""
    return changed(reference, motor={"min_deg": -20.0, "max_deg": 75.0})


def test_the_keys_of_before_come_first(section):
    assert tuple(section)[: len(KEYS_BEFORE)] == KEYS_BEFORE


def test_the_document_holds_the_section(reference, section):
    assert summary(reference)["polarization"] == section


def test_receiver_of_the_reference_pass(section):
    assert section["mount"] == "altazimuth"
    assert section["mirrors"] == []
    assert section["plates"] == "half-wave"
    assert section["feedback"] is None
    assert section["labels_swapped"] is True


def test_mirrors_are_listed_in_the_order_of_the_light(gold):
    assert polarization_section(gold)["mirrors"] == [
        {"to": "elevation-left", "coating": "metal"},
        {"to": "azimuth-up", "coating": "metal"},
    ]


def test_one_mirror_and_one_plate_leave_the_labels(reference):
    """Two reflections: B2, count mirrors."""
    assert polarization_section(changed(reference, frame="nasmyth"))["labels_swapped"] is False


def test_quarter_half_quarter_leaves_the_labels_and_serves_every_state(gold, reference):
    """B2: every state of a bare gold Coude above 250:1."""
    three = changed(reference, frame="coude-difference", coating=Metal(material="gold"), plates="quarter-half-quarter")
    section = polarization_section(three)
    assert list(section["plate"]) == ["qwp_first", "hwp", "qwp_second"]
    assert section["labels_swapped"] is False
    assert min(section["contrast_by_state"].values()) > 250.0
    assert max(polarization_section(gold)["contrast_by_state"].values()) < 120.0


def test_causes_sum_to_the_mean_error_of_the_states(reference, gold):
    """Definition: contrast of the mean error of each state; the causes sum to the mean over the four."""
    for result in (reference, gold):
        section = polarization_section(result)
        errors = [error_of_contrast(value) for value in section["contrast_by_state"].values()]
        assert sum(section["error_by_cause"].values()) == pytest.approx(np.mean(errors), rel=1e-12)


def test_intrinsic_error_of_the_reference_pass(section):
    """1 / (1 + 280) = 0.356 %, B2; ideal mirrors leave nothing, the motor and the element set next to nothing."""
    causes = section["error_by_cause"]
    assert list(causes) == ["optics", "motor", "knowledge", "intrinsic"]
    assert causes["intrinsic"] == pytest.approx(1.0 / 281.0, rel=1e-3)
    assert abs(causes["optics"]) < 1e-12
    assert 0.0 < causes["motor"] < 1e-5
    assert 0.0 < causes["knowledge"] < 7.6e-5  # less than a roll of 0.5 deg costs, B2


def test_uncompensated_states_over_the_window(section):
    """B2: mean error over the window 35.5 %, a pure rotation, the same in both bases; 0.355 of it geometry."""
    values = section["contrast_uncompensated_by_state"]
    assert list(values) == ["H", "V", "D", "A"]
    assert [float(error_of_contrast(value)) for value in values.values()] == pytest.approx([0.355] * 4, abs=0.002)


def test_error_of_a_basis_is_weighted_with_its_sifted_bits(gold):
    """Sums over the arrays; both bases together make the polarization's share of the QBER to second order."""
    section, mask = polarization_section(gold), gold.mask
    bits, errors = gold.clicks.clicks[:, 0, mask], gold.polarization.error[:, mask]
    whole = (bits * errors).sum() / bits.sum()
    shares = section["qber_by_basis"]
    assert 0.5 * (shares["hv"] + shares["da"]) == pytest.approx(whole, rel=1e-3)
    assert shares["hv"] == pytest.approx(np.average(errors[0], weights=bits[0]), rel=1e-12)
    assert shares["da"] != pytest.approx(shares["hv"], rel=1e-2)


def test_error_of_a_basis_agrees_with_that_among_the_clicks(reference, section):
    """Clicks count only flips that polarization makes alone, so their share is lower by the preparation error."""
    assert section["qber_by_basis"]["hv"] == pytest.approx(section["qber_polarization"], rel=0.02)


def test_still_plates_show_their_own_error(reference):
    """B2: 35.5 % without compensation, weighted with the bits, which are most near the culmination."""
    still = changed(reference, compensated=False)
    assert polarization_section(still)["qber_by_basis"]["hv"] > 0.355
    assert polarization_warnings(still) == []


def test_the_plate_turns_at_half_the_rate(reference, section):
    """B1 and B2: 1.30 deg/s of rotation, 0.65 deg/s of the plate; acceleration 0.0168 / 2 deg/s^2."""
    plate = section["plate"]["hwp"]
    assert plate["max_rate_deg_s"] == pytest.approx(0.65, abs=0.01)
    assert plate["max_acceleration_deg_s2"] == pytest.approx(0.0168 / 2.0, abs=1e-4)
    half_deg = 0.5 * section["rotation_span_pass_deg"]
    assert plate["stop_deg"] - plate["start_deg"] == pytest.approx(half_deg, abs=0.05)
    assert plate["travel_deg"] == pytest.approx(half_deg, abs=0.05)
    assert section["plate_rate_limit_deg_s"] == 10.0
    assert section["plate_acceleration_limit_deg_s2"] == 20.0


def test_the_demand_leaves_out_a_rewind(reference, stopped):
    """A rewind by 90 deg changes nothing of what the orbit asks."""
    assert len(stopped.polarization.compensation.rewinds) == 1
    for before, after in zip(plate_demand(reference)["hwp"], plate_demand(stopped)["hwp"], strict=True):
        np.testing.assert_allclose(after, before, atol=1e-9)
    assert polarization_section(stopped)["plate"]["hwp"]["travel_deg"] == pytest.approx(83.7 + 90.0, abs=5.0)


def test_a_rewind_is_told_with_its_times(stopped):
    section = polarization_section(stopped)
    rewind, held = section["rewinds"][0], section["held_back"][0]
    edges = [parse_utc(rewind[name]) for name in ("start_utc", "stop_utc")]
    assert (edges[1] - edges[0]).total_seconds() == pytest.approx(90.0 / 10.0, abs=0.8)  # by 90 deg at 10 deg/s
    assert parse_utc(held["start_utc"]) <= edges[0] < edges[1] <= parse_utc(held["stop_utc"])
    told = f"a wave plate rewinds from {rewind['start_utc']} to {rewind['stop_utc']} ("
    assert any(warning.startswith(told) for warning in warnings_of(stopped))


def test_a_slow_motor_is_told_with_its_times(reference):
    """The command is faster than 0.5 deg/s for some time around the culmination, and the plate is late after it."""
    slow = changed(reference, motor={"max_rate_deg_s": 0.5})
    ((start_s, stop_s),) = held_back_s(slow)
    fast_s = slow.track.time_s[np.abs(plate_demand(slow)["hwp"][0]) > 0.5]
    assert fast_s[0] < start_s < fast_s[-1] < stop_s
    ((warning),) = polarization_warnings(slow)
    span = polarization_section(slow)["held_back"][0]
    assert f"from {span['start_utc']} to {span['stop_utc']} ({stop_s - start_s:.1f} s)" in warning
    assert polarization_section(slow)["max_residual_deg"] > 10.0


def test_many_times_are_counted_not_listed(reference):
    track = reference.polarization
    often = np.arange(reference.mask.size) % 2 == 0
    worn = replace(reference, polarization=replace(track, compensation=replace(track.compensation, held_back=often)))
    ((warning),) = polarization_warnings(worn)
    assert warning.count("from 2016") == 6
    assert f"and {often.sum() - 6} times more ({often.sum()}.0 s)" in warning


def test_the_reference_pass_needs_no_warning(reference, section):
    assert polarization_warnings(reference) == []
    assert (section["held_back"], section["rewinds"]) == ([], [])


def test_without_a_window_the_whole_pass_is_taken(reference):
    empty = replace(reference, window=KeyWindow(mask=np.zeros_like(reference.mask), rule="none"))
    section, balance = polarization_section(empty), reference.polarization.balance
    assert section["rotation_span_deg"] is None
    assert section["contrast_compensated_mean"] is None
    assert section["qber_polarization"] is None
    assert section["error_by_cause"]["motor"] == pytest.approx(balance.by_cause["motor"].mean(), rel=1e-12)
    assert section["unknown_angle_deg"] == reference.polarization.unknown_sigma_deg.max()
