import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.channel.sky_counts import (
    background_qber,
    saturation_cps,
    saturation_radiance,
    sifted_background_cps,
    sky_counts_cps,
)
from passplan.detection.detector import live_fraction
from passplan.errors import DomainError

SETTING = {
    "aperture_m": 1.0,
    "obscuration": 0.3,
    "field_of_view_urad": 100.0,
    "filter_nm": 5.0,
    "wavelength_nm": 848.6,
    "efficiency": 0.16 * 0.5,
}
E0 = 1.0 / 281.0


@pytest.mark.parametrize(
    ("raw_cps", "signal_cps", "qber_percent", "digits"),
    [
        (1000.0, 12000.0, 0.56, 0.005),
        (1000.0, 6100.0, 0.76, 0.005),
        (1000.0, 1000.0, 2.72, 0.005),
        (2000.0, 12000.0, 0.77, 0.005),
        (2000.0, 6100.0, 1.15, 0.01),
        (2000.0, 1000.0, 4.9, 0.05),
        (100.0, 12000.0, 0.38, 0.005),
        (100.0, 6100.0, 0.40, 0.005),
        (100.0, 1000.0, 0.60, 0.005),
    ],
)
def test_table_of_error_rates(raw_cps, signal_cps, qber_percent, digits):
    """Table: contrast 281:1, gate open for 0.2, half signal states, half sifted; 100 counts/s are the dark counts."""
    background = sifted_background_cps(raw_cps=raw_cps, gate_share=0.2)
    assert background == pytest.approx(0.05 * raw_cps)
    qber = background_qber(signal_cps=signal_cps, background_cps=background, intrinsic_error=E0)
    assert 100.0 * qber == pytest.approx(qber_percent, abs=digits)


def test_limits_of_the_error_rate():
    """Exact: background alone is a coin, signal alone the contrast."""
    assert background_qber(signal_cps=0.0, background_cps=5.0, intrinsic_error=E0) == 0.5
    assert background_qber(signal_cps=5.0, background_cps=0.0, intrinsic_error=E0) == pytest.approx(E0)


def test_saturation_against_the_detectors():
    """Other code: at the limit ``detection.live_fraction`` of one detector is the share asked for."""
    limit_cps = saturation_cps(dead_time_ns=50.0, detectors=4, live_share=0.8)
    assert live_fraction(rate_cps=limit_cps / 4.0, dead_time_ns=50.0) == pytest.approx(0.8, rel=1e-12)
    assert saturation_cps(dead_time_ns=1000.0) == pytest.approx(4e6)


def test_clear_day_blinds_and_night_does_not():
    """Counts of the classic skies (144 to 1.44e7): the day lies above the limit of 1 us dead time, nights far below."""
    counts_cps = sky_counts_cps(radiance_w_m2_sr_um=[1.5e-5, 1.5e-4, 1.5e-3, 1.5], **SETTING)
    np.testing.assert_allclose(counts_cps, [144.0, 1.44e3, 1.44e4, 1.44e7], rtol=1e-3)
    limit_cps = saturation_cps(dead_time_ns=1000.0)
    limit = saturation_radiance(limit_cps=limit_cps, **SETTING)
    assert sky_counts_cps(radiance_w_m2_sr_um=limit, **SETTING) == pytest.approx(limit_cps, rel=1e-12)
    assert 1.5e-3 < limit < 1.5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sifted_background_cps(raw_cps=-1.0, gate_share=0.2), "raw_cps is -1"),
        (lambda: sifted_background_cps(raw_cps=1.0, gate_share=1.2), "gate_share is 1.2"),
        (lambda: sifted_background_cps(raw_cps=1.0, gate_share=0.2, signal_share=2.0), "signal_share is 2"),
        (lambda: sifted_background_cps(raw_cps=1.0, gate_share=0.2, sifting_share=2.0), "sifting_share is 2"),
        (lambda: background_qber(signal_cps=-1.0, background_cps=1.0, intrinsic_error=0.0), "signal_cps is -1"),
        (lambda: background_qber(signal_cps=1.0, background_cps=-1.0, intrinsic_error=0.0), "background_cps is -1"),
        (lambda: background_qber(signal_cps=1.0, background_cps=1.0, intrinsic_error=0.6), "intrinsic_error is 0.6"),
        (lambda: background_qber(signal_cps=0.0, background_cps=0.0, intrinsic_error=0.0), r"background_cps is 0"),
        (lambda: saturation_cps(dead_time_ns=0.0), "dead_time_ns is 0"),
        (lambda: saturation_cps(dead_time_ns=50.0, detectors=0), "detectors is 0"),
        (lambda: saturation_cps(dead_time_ns=50.0, live_share=1.0), "live_share is 1"),
        (lambda: saturation_radiance(limit_cps=0.0, **SETTING), "limit_cps is 0"),
        (lambda: saturation_radiance(limit_cps=1.0, **(SETTING | {"efficiency": 0.0})), "efficiency is 0"),
    ],
)
def test_refusals(call, message):
    """Refusal: field, value and range."""
    with pytest.raises(DomainError, match=message):
        call()


def test_counts_of_the_classic_skies():
    """Radiances of Miao 2005 (recalled): full Moon 1.44e4, new Moon 1.44e3, moonless 144, clear day 1.44e7 counts/s."""
    counts_cps = sky_counts_cps(radiance_w_m2_sr_um=[1.5e-3, 1.5e-4, 1.5e-5, 1.5], **SETTING)
    np.testing.assert_allclose(counts_cps, [1.44e4, 1.44e3, 144.0, 1.44e7], rtol=1e-3)


@given(factor=st.floats(0.1, 0.99))
def test_counts_scale_with_etendue_and_band(factor):
    """Property: proportional to the area, the solid angle and the filter."""
    counts_cps = sky_counts_cps(radiance_w_m2_sr_um=1.0, **SETTING)
    for name, power in (("aperture_m", 2), ("field_of_view_urad", 2), ("filter_nm", 1), ("efficiency", 1)):
        changed = sky_counts_cps(radiance_w_m2_sr_um=1.0, **(SETTING | {name: factor * SETTING[name]}))
        assert changed == pytest.approx(factor**power * counts_cps, rel=1e-12)


@pytest.mark.parametrize("name", ["radiance_w_m2_sr_um", *SETTING])
def test_wrong_settings_are_refused_by_name(name):
    """Refusal: the message names the field."""
    with pytest.raises(DomainError, match=name):
        sky_counts_cps(**({"radiance_w_m2_sr_um": 1.0} | SETTING | {name: -1.0}))
