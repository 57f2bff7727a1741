from dataclasses import fields, replace

import numpy as np
import pytest

from passplan.channel.pointing_loss import PointingError
from passplan.channel.refraction import apparent_elevation_deg
from passplan.errors import DomainError
from passplan.mission.background_path import background_of
from passplan.mission.catalog import open_catalog
from passplan.mission.link import track_of
from passplan.mission.link_batch import PlannedPass, clicks_of_many, link_of_many, loss_of
from passplan.mission.selection import Limits, select_by_id
from passplan.orbit.light import light_conditions

STILL = PointingError()


@pytest.fixture(scope="module")
def selection():
    return select_by_id(open_catalog(None), "micius/xinglong/20161219T165213Z", limits=Limits())


@pytest.fixture(scope="module")
def whole(selection):
    path = track_of(selection)
    return PlannedPass(
        track=path,
        light=light_conditions(path, selection.site.station),
        satellite_error=PointingError(bias_x_urad=0.3, jitter_x_urad=0.6, jitter_y_urad=0.8),
        ground_error=PointingError(jitter_x_urad=1.5, jitter_y_urad=1.5),
        error_polarization=0.004,
    )


def cut(planned, part):
    """The same pass on some of its instants."""
    path, light = (
        replace(
            record,
            **{
                field.name: getattr(record, field.name)[part]
                for field in fields(record)
                if isinstance(getattr(record, field.name), np.ndarray)
            },
        )
        for record in (planned.track, planned.light)
    )
    return replace(planned, track=path, light=light)


def test_many_are_each_alone(selection, whole):
    """Other route: three passes joined give what each gives alone, to the 1e-6 of the quadratures."""
    three = [whole, cut(whole, slice(50, 200)), replace(cut(whole, slice(0, None, 3)), satellite_error=STILL)]
    together = link_of_many(selection, three)
    for index, each in enumerate(three):
        alone = link_of_many(selection, [each])
        for name in ("seconds", "transmittance", "detections", "sifted_bits", "sifted_errors", "qber"):
            assert getattr(together, name)[index] == pytest.approx(getattr(alone, name)[0], rel=1e-6), name
        for name, values in alone.loss_db.items():
            assert together.loss_db[name][index] == pytest.approx(values[0], rel=1e-6, abs=1e-6), name
        for name, values in alone.background_cps.items():
            assert together.background_cps[name][index] == pytest.approx(values[0], rel=1e-6), name


def test_sums_of_one_pass(selection, whole):
    """Other route: background and clicks as the path of one pass computes them, from the batch's mean loss."""
    link = link_of_many(selection, [whole])
    apparent_deg = apparent_elevation_deg(elevation_deg=whole.track.elevation_deg)
    background = background_of(selection, whole.track, whole.light, apparent_deg)
    assert link.seconds[0] == whole.track.time_s.size
    total_cps = sum(values[0] for values in link.background_cps.values())
    assert total_cps == pytest.approx(background.total_cps.mean(), rel=1e-12)
    assert loss_of(link)[0] < sum(values[0] for values in link.loss_db.values())  # the mean favours the good seconds
    assert 0.0 < link.sifted_errors[0] < 0.1 * link.sifted_bits[0] < link.detections[0]


def test_unlocked_passes_bring_noise_alone(selection, whole):
    """Limit: without lock nothing arrives and half of the sifted clicks are wrong; the loss is infinite."""
    dark = replace(whole, locked=np.zeros(whole.track.time_s.size))
    link = link_of_many(selection, [dark, whole])
    assert link.transmittance[0] == 0.0
    assert link.qber[0] == pytest.approx(0.5, abs=1e-6)
    assert np.isinf(loss_of(link)[0])
    assert np.isfinite(loss_of(link)[1])


def test_no_clicks_no_error_rate(selection, whole):
    """Limit: without light, dark counts and sky there is no error rate."""
    detectors = replace(selection.site.detectors, dark_cps=0.0, efficiency=0.0)
    blind = replace(selection, site=replace(selection.site, detectors=detectors, spread={}))
    assert np.isnan(link_of_many(blind, [whole]).qber[0])


def test_the_clicks_are_those_of_one_pass(selection, whole):
    """Property: with the expected clicks of one pass, key seconds and all, sums over the whole pass agree."""
    link = link_of_many(selection, [whole])
    half = [link_of_many(selection, [cut(whole, part)]) for part in (slice(0, 100), slice(100, None))]
    assert link.sifted_bits[0] == pytest.approx(sum(each.sifted_bits[0] for each in half), rel=1e-12)
    assert link.detections[0] == pytest.approx(sum(each.detections[0] for each in half), rel=1e-12)


def test_clicks_of_each_second_sum_to_those_of_the_pass(selection, whole):
    """Other route: sums over the pass, as the batch makes them; the second pass stands where it was asked for."""
    part = cut(whole, slice(50, 200))
    link, clicks = link_of_many(selection, [whole, part]), clicks_of_many(selection, [whole, part])
    for index, each in enumerate(clicks):
        assert each.sifted.sum() == pytest.approx(link.sifted_bits[index], rel=1e-12)
        assert each.sifted_errors.sum() == pytest.approx(link.sifted_errors[index], rel=1e-12)
        assert each.detections.sum() == pytest.approx(link.detections[index], rel=1e-12)
    assert clicks[1].clicks.shape == (2, 3, 150)


def test_bases_may_have_errors_of_their_own(selection, whole):
    """Property: two rows that are alike are one; a row of its own moves the errors of its basis alone."""
    count = whole.track.time_s.size
    alike = replace(whole, error_polarization=np.full((2, count), 0.004))
    unlike = replace(whole, error_polarization=np.stack([np.full(count, 0.004), np.full(count, 0.05)]))
    one, two, three = clicks_of_many(selection, [whole, alike, unlike])
    np.testing.assert_allclose(two.errors, one.errors, rtol=1e-12)
    np.testing.assert_allclose(three.errors[0], one.errors[0], rtol=1e-12)
    assert three.errors[1].sum() > 3.0 * one.errors[1].sum()


def test_refusals(selection, whole):
    with pytest.raises(DomainError, match="passes is empty, must hold at least one pass"):
        clicks_of_many(selection, [])
    with pytest.raises(DomainError, match="jitter_correlation_s is 0"):
        clicks_of_many(selection, [whole], jitter_correlation_s=0.0)
    with pytest.raises(DomainError, match="passes is empty, must hold at least one pass"):
        link_of_many(selection, [])
    with pytest.raises(DomainError, match="jitter_correlation_s is 0"):
        link_of_many(selection, [whole], jitter_correlation_s=0.0)
    with pytest.raises(DomainError, match=r"light has 417 instants and its track has 10, must be as many"):
        replace(whole, track=cut(whole, slice(0, 10)).track)
    low = cut(whole, slice(0, 10))
    sunk = replace(low, track=replace(low.track, elevation_deg=np.full(10, -5.0)))
    with pytest.raises(DomainError, match="elevation_deg"):
        link_of_many(selection, [sunk])


def test_an_array_of_another_length_is_refused(selection, whole):
    short = replace(whole, locked=np.ones(3))
    with pytest.raises(DomainError, match=r"a pass of 417 instants has an array of shape \(3,\), must be \(417,\)"):
        link_of_many(selection, [short, whole])
