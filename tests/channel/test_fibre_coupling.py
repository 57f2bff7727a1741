import numpy as np
import pytest

from passplan.channel.adaptive_optics import (
    ModalCorrection,
    NoCorrection,
    TipTilt,
    noll_residual_rad2,
    residual_error,
    strehl_ratio,
)
from passplan.channel.fibre_coupling import (
    best_mode_ratio,
    encircled_share,
    simple_coupling,
    single_mode_coupling,
    still_air_coupling,
)
from passplan.channel.profiles import BuftonWind
from passplan.channel.turbulence import HufnagelValley, fried_parameter_m
from passplan.errors import DomainError
from passplan.units import to_loss_db


def test_uncorrected_rule():
    """Worked apart, 1 m at 848.6 nm: -20.6 dB at the zenith, -26.3 dB at 19.4 deg; the integral within 0.5 dB."""
    fried_m = fried_parameter_m(HufnagelValley(), elevation_deg=[90.0, 19.4], wavelength_nm=848.6)
    rule_db = to_loss_db(simple_coupling(aperture_ratio=1.0 / fried_m))
    np.testing.assert_allclose(rule_db, [20.6, 26.3], atol=0.05)
    np.testing.assert_allclose(to_loss_db(single_mode_coupling(aperture_ratio=1.0 / fried_m)), rule_db, atol=0.5)


def test_still_air():
    """Published optimum 0.8145 at 1.121; the integral meets the closed form with and without obscuration."""
    assert best_mode_ratio() == pytest.approx(1.1209, abs=1e-4)
    assert still_air_coupling() == pytest.approx(0.8145, abs=5e-5)
    assert single_mode_coupling(aperture_ratio=0.0) == pytest.approx(still_air_coupling(), rel=1e-4)
    ring = {"obscuration": 0.3, "mode_ratio": 1.0}
    assert single_mode_coupling(aperture_ratio=0.0, **ring) == pytest.approx(still_air_coupling(**ring), rel=1e-4)


def test_airy_rings():
    """Airy: 83.8 % inside the first dark ring of 2.44 wavelength/D, 91.0 % inside the second of 4.466."""
    full_urad = np.array([2.4393, 4.4662]) * 0.8486
    share = encircled_share(full_angle_urad=full_urad, wavelength_nm=848.6, aperture_m=1.0, fried_m=1000.0)
    np.testing.assert_allclose(share, [0.8378, 0.9099], atol=5e-4)


def test_noll_and_marechal():
    """Noll: 1.03, .134 and the asymptote close to the table at its end; a still wave has a Strehl ratio of 1."""
    assert noll_residual_rad2(modes=1, aperture_ratio=1.0) == pytest.approx(1.0299)
    last, next_one = (noll_residual_rad2(modes=count, aperture_ratio=1.0) for count in (21, 22))
    assert 0.9 < next_one / last < 1.0
    assert strehl_ratio(residual_rad2=0.0, aperture_ratio=10.0) == 1.0
    assert strehl_ratio(residual_rad2=100.0, aperture_ratio=10.0) == pytest.approx(1.0 / 101.0)


def test_more_correction_leaves_less():
    """Property: none, tip-tilt, 36 and 200 modes in order; a slower loop and an offset beacon leave more."""
    corrections = (NoCorrection(), TipTilt(bandwidth_hz=500.0), *(_modal(modes=count) for count in (36, 200)))
    totals = [_total(correction) for correction in corrections]
    assert np.all(np.diff(totals) < 0.0)
    assert _total(_modal(bandwidth_hz=100.0)) > _total(_modal())
    assert _total(_modal(offset_urad=20.0)) == pytest.approx(_total(_modal()) + (20.0 / 13.0) ** (5 / 3), rel=0.01)


def _modal(modes=36, bandwidth_hz=500.0, offset_urad=0.0):
    return ModalCorrection(modes=modes, bandwidth_hz=bandwidth_hz, offset_urad=offset_urad)


def _total(correction):
    path = {"elevation_deg": 90.0, "wavelength_nm": 848.6, "aperture_m": 1.0}
    return float(residual_error(correction, HufnagelValley(), BuftonWind(), **path).total_rad2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: simple_coupling(aperture_ratio=-1.0), "aperture_ratio is -1.0"),
        (lambda: single_mode_coupling(aperture_ratio=300.0), "aperture_ratio is 300.0"),
        (lambda: still_air_coupling(obscuration=1.0), "obscuration is 1.0"),
        (lambda: noll_residual_rad2(modes=0, aperture_ratio=1.0), "modes is 0.0"),
        (lambda: TipTilt(bandwidth_hz=0.0), "bandwidth_hz is 0.0"),
        (lambda: _modal(modes=2), "modes is 2.0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(DomainError, match=message):
        call()
