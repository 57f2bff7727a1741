"""Plots of the polarization. Witnesses: the drawn artists, which hold the arrays of the result."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from passplan.mission.polarization_path import polarization_of, with_receiver
from passplan.mission.validation import Curves
from passplan.plots import polarization as plots
from passplan.report.drawing import POLARIZATION_PAGE, POLARIZATION_PLOTS, draw, draw_polarization


@pytest.fixture
def ax():
    return Figure().add_subplot()


def line(ax, label):
    """Data of the line with a label."""
    return next(item.get_ydata() for item in ax.get_lines() if item.get_label() == label)


def levels(ax):
    """Heights of the level lines."""
    return {float(item.get_ydata()[0]) for item in ax.get_lines() if len(item.get_ydata()) == 2}


def changed(result, *, motor=None, **receiver):
    """The same pass with another polarization receiver."""
    old = result.site.polarization
    new = replace(old, motor=replace(old.motor, **(motor or {})), **receiver)
    selection = with_receiver(result.selection, new)
    return replace(result, selection=selection, polarization=polarization_of(selection, result.track))


@pytest.mark.parametrize("name", POLARIZATION_PLOTS)
def test_axes_carry_units(reference, name):
    drawn = POLARIZATION_PLOTS[name](reference)
    assert drawn.get_xlabel().endswith("[min]")
    assert "[" in drawn.get_ylabel()
    assert drawn.get_title()
    assert drawn.get_legend() is not None


@pytest.mark.parametrize("name", POLARIZATION_PLOTS)
def test_the_given_axes_are_used(reference, ax, name):
    assert POLARIZATION_PLOTS[name](reference, ax) is ax


def test_contrast_is_logarithmic_and_ends_at_readable_limits(reference, ax):
    plots.polarization_contrast(reference, ax)
    assert ax.get_yscale() == "log"
    assert ax.get_ylim() == (1e-2, 1e4)
    for label in ("compensated", "uncompensated"):
        np.testing.assert_array_equal(line(ax, label), getattr(reference.polarization, f"contrast_{label}"))
    assert [text.get_text() for text in ax.get_yticklabels()][-2:] == ["1,000", "10,000"]


def test_published_contrasts_are_level_lines(reference, ax):
    """The 2017 paper's 280:1 and 150:1; its 0:1 has no place on a logarithmic axis."""
    plots.polarization_contrast(reference, ax)
    assert levels(ax) == {280.0, 150.0, 1.0}
    assert {"published 280 : 1", "published 150 : 1"} == {text.get_text() for text in ax.texts}


def test_a_pass_without_published_figures_has_no_such_lines(reference, ax):
    selection = replace(reference.selection, payload=replace(reference.payload, published=()))
    plots.polarization_contrast(replace(reference, selection=selection), ax)
    assert levels(ax) == {1.0}
    assert not ax.texts


def test_a_contrast_without_limit_leaves_the_axis(reference, ax):
    """An intrinsic contrast without limit, plates that follow without steps: beyond 10,000:1, but finite."""
    motor = {"step_deg": 0.0, "update_period_s": 0.02, "latency_s": 0.0}
    perfect = changed(reference, intrinsic_contrast=np.inf, motor=motor)
    balance = replace(perfect.polarization.balance, driven=np.zeros_like(perfect.polarization.balance.driven))
    plots.polarization_contrast(replace(perfect, polarization=replace(perfect.polarization, balance=balance)), ax)
    assert np.all(line(ax, "compensated") == 1e5)


def test_every_plate_is_drawn_beside_the_rotation(reference, ax):
    three = changed(reference, plates="quarter-half-quarter")
    plots.rotation_and_plate(three, ax)
    labels = ("first quarter-wave plate", "half-wave plate", "second quarter-wave plate")
    for label, angle_deg in zip(labels, three.polarization.compensation.plate_deg, strict=True):
        np.testing.assert_array_equal(line(ax, label), angle_deg)
    np.testing.assert_array_equal(line(ax, "rotation of the frame"), three.polarization.rotation_deg)


def test_times_held_back_are_shaded(reference, ax):
    slow = changed(reference, motor={"max_rate_deg_s": 0.5})
    plots.rotation_and_plate(slow, ax)
    assert "plate held back" in [text.get_text() for text in ax.get_legend().get_texts()]
    plain = plots.rotation_and_plate(reference)
    assert "plate held back" not in [text.get_text() for text in plain.get_legend().get_texts()]


def test_rates_are_half_those_of_the_rotation(reference, ax):
    """physics.md B2: the plate goes at half the angle."""
    plots.plate_rates(reference, ax)
    rotation_deg_s = np.gradient(reference.polarization.rotation_deg, reference.track.time_s)
    np.testing.assert_allclose(line(ax, "half-wave plate"), 0.5 * rotation_deg_s, atol=1e-9)
    right = next(one for one in ax.figure.axes if one is not ax)
    acceleration_mdeg_s2 = 1e3 * np.gradient(0.5 * rotation_deg_s, reference.track.time_s)
    np.testing.assert_allclose(line(right, "accelerations"), acceleration_mdeg_s2, atol=1e-6)


def test_a_limit_is_drawn_where_it_is_near(reference, ax):
    """10 deg/s and 20 deg/s^2 are far from 0.65 and 0.008; 1 deg/s is near."""
    plots.plate_rates(reference, ax)
    assert levels(ax) == {0.0}
    near = plots.plate_rates(changed(reference, motor={"max_rate_deg_s": 1.0}))
    assert levels(near) == {-1.0, 0.0, 1.0}
    assert near.get_ylim()[1] > 1.0
    assert "limit of the rate" in [text.get_text() for text in near.get_legend().get_texts()]


def test_error_by_cause_stacks_up_to_the_sum(reference, ax):
    plots.polarization_error(reference, ax)
    whole = 100.0 * reference.polarization.balance.driven.mean(axis=0)
    np.testing.assert_array_equal(line(ax, "mean of H, V, D, A"), whole)
    assert len(ax.collections) == 4
    top = ax.collections[-1].get_paths()[0].vertices[:, 1].max()
    assert top == pytest.approx(whole.max(), rel=1e-3)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels[3].startswith("intrinsic, mean 0.355")  # of 280:1, physics.md B2


def test_the_page_holds_every_plot(reference):
    figure = plots.polarization_page(reference)
    titles = [one.get_title() for one in figure.axes if one.get_title()]
    assert len(titles) == len(POLARIZATION_PLOTS)
    assert "micius/xinglong/20161219T165213Z" in figure.get_suptitle()


def test_pictures_of_every_plot_and_the_page(reference, monkeypatch):
    some = {name: POLARIZATION_PLOTS[name] for name in ("contrast",)}  # each is drawn above
    monkeypatch.setattr("passplan.report.drawing.POLARIZATION_PLOTS", some)
    pictures = draw_polarization(reference)
    assert list(pictures) == ["contrast", POLARIZATION_PAGE]
    assert all(png.startswith(b"\x89PNG") for png in pictures.values())
    assert draw(POLARIZATION_PAGE, reference, Curves(), "svg").startswith(b"<?xml")
