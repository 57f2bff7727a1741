"""A loop from a file to its design: what is read, what is refused, what the document says."""

import json
from dataclasses import replace
from math import asin, inf, pi

import numpy as np
import pytest

from passplan.errors import DomainError, InputError, UnknownName
from passplan.mission.export import json_text
from passplan.mission.loop_design import curves, design_document, designed, gain_margin_db, margin_goals, tuned_case
from passplan.mission.loop_file import FASTEST, read_case

LOOP = """
name = "bench"
{top}
[camera]
frame_rate_hz = 2000.0
delay_frames = 1
reading_noise_urad = 0.1
[law]
kind = "integrator"
gain = {gain}
{vibration}
"""
MICIUS_LIKE = "[vibration]\nrms_urad = 9.3\nroll_off_hz = 30.0\n"


@pytest.fixture
def loop_file(tmp_path):
    def write(top="", gain=0.25, vibration=MICIUS_LIKE, tail=""):
        path = tmp_path / "loop.toml"
        path.write_text(LOOP.format(top=top, gain=gain, vibration=vibration) + tail)
        return path

    return write


def test_a_file_of_one_loop(loop_file, catalog):
    """Margins are the closed forms of the integrator, n = 2, g = 0.25 (physics A4: 68.46 deg, 4.00)."""
    design = designed(read_case(str(loop_file()), catalog))
    assert design.case.name == "bench"
    assert design.margins.phase_margin_deg == pytest.approx(90.0 - 1.5 * np.rad2deg(2.0 * asin(0.125)), rel=1e-9)
    assert gain_margin_db(design.margins) == pytest.approx(20.0 * np.log10(4.0), rel=1e-9)
    assert design.margins.crossover_hz == pytest.approx(2000.0 / pi * asin(0.125), rel=1e-9)
    assert design.is_met
    assert design.before_urad == pytest.approx(9.3, rel=1e-3)


def test_goals_that_are_not_met(loop_file, catalog):
    """g = 0.6, n = 2: PM 37.6 deg, GM 1.667."""
    design = designed(read_case(str(loop_file(gain=0.6)), catalog))
    assert {goal.name: goal.is_met for goal in design.goals} == {
        "phase margin": False, "gain margin": False, "peak sensitivity Ms": False, "delay margin": False,
    } | {"delay margin": design.margins.delay_margin_frames > 1.0}  # fmt: skip
    assert not design.is_met


def test_an_unstable_loop_is_refused_with_the_numbers(loop_file, catalog):
    with pytest.raises(DomainError, match=r"bench is unstable: its largest pole has the magnitude 1\.14018"):
        designed(read_case(str(loop_file(gain=1.3)), catalog))


def test_tuning_keeps_ms(loop_file, catalog):
    case = tuned_case(read_case(str(loop_file(gain=1.3)), catalog))
    design = designed(case)
    assert design.margins.peak_sensitivity <= 2.0
    assert case.name == "bench, tuned"
    assert 0.40 < case.law.gain < 0.47


def test_a_loop_rate_above_that_of_the_camera_is_refused(loop_file, catalog):
    with pytest.raises(InputError, match=r"loop_rate_hz is 4000 Hz, must be camera.frame_rate_hz, 2000 Hz"):
        read_case(str(loop_file(top="loop_rate_hz = 4000.0")), catalog)
    with pytest.raises(InputError, match="loop_rate_hz is 1500 Hz"):
        read_case(str(loop_file(top="loop_rate_hz = 1500.0")), catalog)


def test_a_slower_loop_uses_every_other_frame(loop_file, catalog):
    """Half the rate: the exposure is half the period, the delay half of one."""
    loop = read_case(str(loop_file(top="loop_rate_hz = 1000.0")), catalog).loop
    assert (loop.rate_hz, loop.exposure_share) == (1000.0, 0.5)
    assert loop.delay_s == pytest.approx(0.5e-3, rel=1e-12)
    assert loop.latency_s == pytest.approx(0.25e-3 + 0.5e-3 + 0.5e-3, rel=1e-12)


def test_a_stroke_smaller_than_the_point_ahead_is_refused(loop_file, catalog):
    actuator = "[actuator]\nnatural_hz = 1000.0\nstroke_mrad = 0.1\n"
    with pytest.raises(InputError, match=r"stroke_mrad is 0.1 mrad, 50 urad to either side, .* 51.4 urad"):
        read_case(str(loop_file(top="point_ahead_urad = 51.4", tail=actuator)), catalog)


def test_a_spectrum_beside_the_file(loop_file, catalog, tmp_path):
    """A flat table of 1 urad^2/Hz from 1 to 101 Hz holds 100 urad^2."""
    (tmp_path / "psd.csv").write_text("# sided = one\n# unit = urad2/Hz\nfrequency_hz,psd\n1,1\n101,1\n")
    design = designed(read_case(str(loop_file(top='spectrum = "psd.csv"', vibration="")), catalog))
    assert design.before_urad == pytest.approx(10.0, rel=0.01)
    assert [path.name for path in design.case.files] == ["loop.toml", "psd.csv"]


def test_a_negative_density_is_refused(loop_file, catalog, tmp_path):
    (tmp_path / "psd.csv").write_text("# sided = one\n# unit = urad2/Hz\nfrequency_hz,psd\n1,1\n101,-1\n")
    with pytest.raises(InputError, match=r"psd.csv:5: psd is -1, must be finite and >= 0"):
        read_case(str(loop_file(top='spectrum = "psd.csv"', vibration="")), catalog)


def test_one_source_of_vibration(loop_file, catalog):
    for top, vibration in (("", ""), ('spectrum = "psd.csv"', MICIUS_LIKE)):
        with pytest.raises(InputError, match=r"one of the table \[vibration\] and the key spectrum must be given"):
            read_case(str(loop_file(top=top, vibration=vibration)), catalog)


def test_faults_name_file_line_and_key(loop_file, catalog):
    with pytest.raises(InputError, match=r"loop.toml:\d+: law.gain is -0.1, must be >= 0"):
        read_case(str(loop_file(gain=-0.1)), catalog)


def test_a_notch_above_half_the_rate_is_refused_with_the_file(loop_file, catalog):
    tail = "[[law.notches]]\ncentre_hz = 1500.0\n"
    with pytest.raises(InputError, match=r"loop.toml: law: Notch.centre_hz is 1500"):
        read_case(str(loop_file(vibration="", top="spectrum = 'p.csv'", tail=tail)), catalog, disturbance="olympus")


def test_names_of_the_catalogue(catalog):
    fine = read_case("micius", catalog)
    coarse = read_case("Micius", catalog, stage="coarse")
    ground = read_case("xinglong", catalog)
    assert (fine.loop.rate_hz, coarse.loop.rate_hz, ground.loop.rate_hz) == (2000.0, 40.0, 212.0)
    assert fine.geometry == FASTEST
    assert ground.geometry.point_ahead_urad == ground.geometry.point_ahead_rate_urad_s == 0.0
    with pytest.raises(UnknownName, match="'miciuss' is no file, satellite or station; did you mean 'micius'"):
        read_case("miciuss", catalog)


def test_a_terminal_at_another_moment(catalog):
    case = read_case("micius", catalog, sight_rate_urad_s=2000.0, point_ahead_urad=24.1, electrons=1000.0)
    assert case.geometry.sight_rate_urad_s == 2000.0
    assert case.geometry.point_ahead_urad == 24.1
    assert case.noise_urad > read_case("micius", catalog).noise_urad
    with pytest.raises(InputError, match=r"micius.toml: apt.fine.mirror.stroke_mrad is 1.6 mrad, 800 urad"):
        read_case("micius", catalog, point_ahead_urad=900.0)


def test_the_published_residual_of_micius(catalog):
    """0.28 to 0.56 urad an axis with the 30 Hz roll-off (physics, headline 8); 0.555 in the time-domain run of A4."""
    design = designed(read_case("micius", catalog))
    assert design.is_met
    assert design.budget.jitter_urad[0] == pytest.approx(0.555, rel=0.03)
    assert design.residual_urad == pytest.approx(design.budget.jitter_urad[1], rel=0.01)


def test_disturbances_by_name(catalog):
    design = designed(read_case("micius", catalog, disturbance="olympus"))
    assert design.budget.jitter_urad[0] == pytest.approx(2.30 * 15.85 / 15.69, rel=0.03)  # physics A4, time domain
    with pytest.raises(UnknownName, match="disturbance 'olimpus' is not known; did you mean 'olympus'"):
        read_case("micius", catalog, disturbance="olimpus")


def test_budget_of_a_coarse_loop_holds_its_lag(catalog):
    budget = designed(read_case("micius", catalog, stage="coarse")).budget
    lag = next(term for term in budget.terms if term.name == "lag")
    assert lag.x_urad == pytest.approx(12.0 / (0.1 * 40.0), rel=0.15)  # 0.1 % of 11.93 mrad/s, and a little


def test_document_is_json(loop_file, catalog):
    design = designed(read_case(str(loop_file()), catalog))
    document = json.loads(json_text(design_document(design)))
    assert document["goals_met"] is True
    assert document["margins"]["phase_margin_deg"] == design.margins.phase_margin_deg
    assert document["loop"]["actuator_hz"] is None  # follows at once
    assert len(document["inputs"]["loop.toml"]) == 64
    assert max(pole["magnitude"] for pole in document["poles"]) == pytest.approx(design.slowest.magnitude)
    assert document["budget"]["total_urad"][0] == pytest.approx(design.budget.total_urad[0])


def test_curves_hold_the_loop(loop_file, catalog):
    """S = 1 / (1 + L), and a line's variance stays in the plotted spectrum."""
    line = MICIUS_LIKE + "[[vibration.line]]\nfrequency_hz = 60.0\nrms_urad = 2.0\n"
    case = read_case(str(loop_file(vibration=line)), catalog)
    columns = curves(case)
    response = columns["open_loop_real"] + 1j * columns["open_loop_imag"]
    np.testing.assert_allclose(columns["sensitivity"], 1.0 / np.abs(1.0 + response), rtol=1e-9)
    assert len({values.size for values in columns.values()}) == 1
    step = np.gradient(columns["frequency_hz"])
    near = (columns["frequency_hz"] > 55.0) & (columns["frequency_hz"] < 65.0)
    assert np.sum((columns["psd_before_urad2_hz"] * step)[near]) == pytest.approx(4.0, rel=0.05)
    with pytest.raises(DomainError, match="points is 1"):
        curves(case, points=1)


def test_gain_margin_in_decibels(loop_file, catalog):
    """A factor of two is 6.02 dB; none is endless, and null in the document."""
    design = designed(read_case(str(loop_file()), catalog))
    assert gain_margin_db(replace(design.margins, gain_margin=2.0)) == pytest.approx(6.0206, abs=1e-4)
    endless = replace(design, margins=replace(design.margins, gain_margin=inf))
    assert json.loads(json_text(design_document(endless)))["margins"]["gain_margin_db"] is None


def test_a_loop_that_needs_its_gain_has_one_goal_more(loop_file, catalog):
    """Margins that hold a reduction below one get a row for it; others do not."""
    design = designed(read_case(str(loop_file()), catalog))
    losing = replace(design.margins, gain_reduction=0.8)
    goals = {goal.name: goal for goal in margin_goals(losing)}
    assert goals["gain that may be lost"].value == pytest.approx(1.938, abs=1e-3)  # 20 log10(1/0.8)
    assert not goals["gain that may be lost"].is_met
    assert "gain that may be lost" not in {goal.name for goal in margin_goals(design.margins)}
