"""Published passes beside their bands. Witnesses: what is printed, a second route to the bands, properties, limits."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.errors import DomainError, NothingFound
from passplan.mission.catalog import Catalog, load_satellite
from passplan.mission.flown_cases import DELINGHA_DOWNLINK, MICIUS_UPLINK
from passplan.mission.link import simulate_pass
from passplan.mission.rerun import base_of, rerun
from passplan.mission.selection import Limits, select_by_id
from passplan.mission.spread import Band, band, sampled_inputs
from passplan.mission.uncertainty import QBER, SIFTED, Uncertainty, inputs_of
from passplan.mission.validation_needs import needs_of
from passplan.mission.validation_table import Check, bounds_of, flown_checks, published_pass, validate

PRINTED = {  # public simulator presets of Liao 2017's orbits; 1.1 % from the paper itself
    "micius/xinglong/20161009T1710": 0.0141,
    "micius/xinglong/20161219T1652": 0.011,
    "micius/xinglong/20170106T1639": 0.0140,
    "micius/xinglong/20170112T1604": 0.0282,
    "micius/nanshan/20170220T1914": 0.0117,
    "micius/nanshan/20170307T1832": 0.0108,
    "micius/xinglong/20170426T1606": 0.0100,
    "micius/xinglong/20170513T161": 0.0119,
    "micius/nanshan/20170521T1800": 0.0158,
}
FULL_MOON = "micius/xinglong/20170112T1604"


def five(low, high):
    """Band with these 95 % ends."""
    return Band(p2_5=low, p16=low, p50=0.5 * (low + high), p84=high, p97_5=high)


def check(value=0.011, low=0.008, high=0.016, **other):
    known = {"subject": "a", "key": QBER, "printed": "", "source": "", "status": "read", "simulated": value}
    return Check(**{**known, "value": value, "band": five(low, high), "drives": (), **other})


@pytest.fixture(scope="module")
def results(catalog, reference):
    """The nine passes, each simulated once."""
    found = {}
    for pass_id in PRINTED:
        selection = select_by_id(catalog, pass_id, limits=Limits())
        same = selection.pass_.pass_id == reference.pass_.pass_id
        found[pass_id] = reference if same else simulate_pass(selection, seed=20161219)
    return found


def qber_check(result, value, samples, rng):
    """Band of the QBER by reruns of joint samples: a second route, of the causes that make it.

    Left out, because quick: inputs of the loss, which hold under 2 % of the variance, and the scatter of a million
    counts. The band is the narrower for it.
    """
    inputs = [each for each in inputs_of(result) if each.cause in ("intrinsic error", "background")]
    base = base_of(result)
    drawn = sampled_inputs(
        {each.key: each.spread for each in inputs},
        {each.key: each.value for each in inputs},
        {each.key: each.limits for each in inputs},
        samples,
        rng,
    )
    clicks = [rerun(base, {key: float(values[k]) for key, values in drawn.items()}).clicks for k in range(samples)]
    rates = [each.sifted_errors.sum() / each.sifted.sum() for each in clicks]
    return check(value, subject=result.pass_.pass_id, band=band(rates))


def test_nine_published_error_rates(results, rng):
    """Eight of nine lie inside a 95 % band no wider than a factor of three; the full Moon of 2017-01-12 does not.

    Nothing is tuned for a pass. That the other eight are inside is no luck of wide bands: the ratio is near 2.4.
    """
    checks = [qber_check(results[pass_id], value, 60, rng) for pass_id, value in PRINTED.items()]
    inside, widest = bounds_of(checks)
    assert (inside.found, inside.holds, widest.holds) == ("8 of 9", True, True)
    assert 2.0 < max(each.width_ratio for each in checks) <= 3.0
    (outside,) = [each for each in checks if not each.is_inside]
    assert outside.subject.startswith(FULL_MOON)


def test_the_catalogue_has_the_nine(catalog):
    payload, _, _ = load_satellite(catalog, "micius")
    found = {item.pass_id: one.value for item in payload.published for one in item.figure if one.key == QBER}
    assert found == PRINTED


def test_what_the_full_moon_needs(results):
    """Two routes: each change found is put into a rerun and must give the printed 2.82 %."""
    result = results[FULL_MOON]
    needs, base = needs_of(result, 0.0282), base_of(result)
    lobe = result.payload.transmitter.main_lobe_efficiency
    changes = {
        "sky.moonlight_factor": needs.moonlight_times * result.site.sky.moonlight_factor,
        "transmitter.main_lobe_efficiency": lobe * 10.0 ** (-0.1 * needs.further_loss_db),
        "source.preparation_error": needs.preparation_error,
    }
    for key, value in changes.items():
        clicks = rerun(base, {key: value}).clicks
        assert clicks.sifted_errors.sum() / clicks.sifted.sum() == pytest.approx(0.0282, rel=1e-3), key
    assert needs.moonlight_times > 10.0  # so bright that the Moon alone is no explanation
    assert needs.preparation_now == 0.0068


def test_what_cannot_be_needed(results):
    """A Moon below the horizon gives no light; no loss and no Moon takes errors away."""
    down = needs_of(results["micius/xinglong/20161009T1710"], 0.02)
    assert down.moonlight_times is None
    assert down.further_loss_db > 0.0
    fewer = needs_of(results["micius/xinglong/20161009T1710"], 0.008)
    assert (fewer.moonlight_times, fewer.further_loss_db) == (None, None)
    assert fewer.preparation_error < 0.0068


def test_an_error_rate_that_is_none(reference):
    for value in (0.0, 0.5, np.nan):
        with pytest.raises(DomainError, match=r"qber is .*, must lie in \(0, 0.5\)"):
            needs_of(reference, value)


def canned(result, qber):
    """Uncertainty whose bands all lie from half to twice the simulated, the QBER's as given."""
    base = base_of(result)
    names = ("link.loss_db.mean", "link.loss_at_min_range_db", "link.loss_at_max_range_db", SIFTED, QBER)
    nominal = dict.fromkeys(names, 30.0) | {SIFTED: 1.6e6}
    bands = {name: five(0.5 * value, 2.0 * value) for name, value in nominal.items()} | {QBER: qber}
    share = {"haze": 0.6, "optics": 0.3, "counting": 0.05}
    return Uncertainty(
        samples=20, time_s=base.track.time_s, loss_db=qber, transmittance=qber, sifted_bits=qber, qber=qber,
        nominal=nominal, totals=bands, by_cause={}, inputs=(),
        cause_share={cause: dict.fromkeys(names, value) for cause, value in share.items()},
    )  # fmt: skip


def test_figures_of_the_worked_night(reference):
    """Printed: both losses, the bits and the QBER have a band; secret bits and what is no result of it have none."""
    found = published_pass(reference, canned(reference, five(0.008, 0.016)))
    assert {each.key: each.value for each in found.checks} == {
        "link.loss_at_min_range_db": 29.754,
        "link.loss_at_max_range_db": 40.340,
        SIFTED: 1671072.0,
        QBER: 0.011,
    }
    assert all(each.drives == (("haze", 0.6), ("optics", 0.3)) for each in found.checks)
    assert found.needs is None
    assert found.moon_separation_deg == reference.light.moon_separation_deg[reference.mask].min()
    assert 0.0 < found.moonlight_cps < found.background_cps


def test_a_rate_outside_says_what_it_needs(reference):
    found = published_pass(reference, canned(reference, five(0.001, 0.002)))
    assert found.needs.qber == 0.011
    assert found.needs.preparation_error == pytest.approx(0.0068, abs=2e-4)  # the night's printed 1.1 % was set by it


def test_flown_links_hold_where_detectors_are_counted(rng):
    """Yin 2017: 29 dB at 530 km, 36 dB at 1000 km; arXiv:1912.06317: 41 and 52 dB at 500 and 1400 km."""
    checks = [one for link in (DELINGHA_DOWNLINK, MICIUS_UPLINK) for one in flown_checks(link, samples=160, rng=rng)]
    assert {(one.subject[:6], one.range_km, one.value) for one in checks} == {
        ("Micius", 530.0, 29.0), ("Micius", 1000.0, 36.0), ("Ngari ", 500.0, 41.0), ("Ngari ", 1400.0, 52.0)
    }  # fmt: skip
    assert [one.is_stated for one in checks] == [one.reading != "in front of the detectors" for one in checks]
    (bound,) = bounds_of(checks)
    assert (bound.found, bound.holds) == ("6 of 6", True)
    for one in checks:
        assert one.drives[0][0] == "optics_efficiency"
        assert 0.0 < one.drives[1][1] <= one.drives[0][1] <= 1.0
        assert {"launch_efficiency", "detector_efficiency"}.isdisjoint(dict(one.drives)) or one.is_stated


def test_ratio_of_a_band():
    """3.0103 dB is a factor of two; a band from nothing has no ratio."""
    assert check().width_ratio == pytest.approx(2.0)
    assert check(30.0, 28.0, 28.0 + 10.0 * np.log10(2.0), key="link.loss_at_min_range_db").width_ratio == pytest.approx(
        2.0
    )
    assert check(low=0.0).width_ratio == np.inf


@pytest.mark.parametrize(("outside", "holds"), [(0, True), (1, True), (2, False)])
def test_one_in_nine_may_lie_outside(outside, holds):
    checks = [check(0.02 if place < outside else 0.011) for place in range(9)]
    inside, widest = bounds_of(checks)
    assert (inside.holds, inside.found) == (holds, f"{9 - outside} of 9")
    assert widest.holds


def test_a_band_too_wide_is_no_success():
    _, widest = bounds_of([check(low=0.005)])
    assert (widest.found, widest.holds) == ("widest: 3.20", False)


def test_a_worked_night_has_no_excuse():
    """One figure of a pass with a printed loss outside fails, its QBER among them; alone a QBER may be the ninth."""
    full = [check(), check(30.0, 28.0, 32.0, key="link.loss_at_min_range_db")]
    assert bounds_of(full)[2].holds
    assert not bounds_of([full[0], replace(full[1], value=33.0)])[2].holds
    assert not bounds_of([replace(full[0], value=0.02), full[1], *[check(subject="b")] * 8])[2].holds
    assert len(bounds_of([check()])) == 2
    assert bounds_of([]) == ()


def test_a_reading_that_is_not_claimed_cannot_fail():
    loss = {"key": "link.loss_db", "reading": "in front", "range_km": 500.0}
    assert bounds_of([check(41.0, 30.0, 40.0, is_stated=False, **loss)]) == ()
    assert not bounds_of([check(41.0, 30.0, 40.0, **loss)])[0].holds


def test_refusals(catalog, checkout, tmp_path):
    with pytest.raises(DomainError, match=r"samples is 99.0, must lie in \[100, inf\)"):
        validate(catalog, "micius", samples=99)
    with pytest.raises(DomainError, match=r"seed is -1.0, must lie in \[0, inf\)"):
        validate(catalog, "micius", seed=-1)
    text = (checkout / "tle" / "micius.toml").read_text(encoding="utf-8")
    (tmp_path / "tle").mkdir()
    (tmp_path / "tle" / "micius.tle").write_bytes((checkout / "tle" / "micius.tle").read_bytes())
    unpublished = text[: text.index("[[published]]")] + text[text.index("\n[sources]\n") :]
    (tmp_path / "tle" / "micius.toml").write_text(unpublished, encoding="utf-8")
    with pytest.raises(NothingFound, match=r"micius.toml: \[\[published\]\] has no figure with a band, must have one"):
        validate(Catalog((tmp_path,)), "micius")
