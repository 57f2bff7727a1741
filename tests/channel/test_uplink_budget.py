import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.channel.aperture_beam import ApertureBeam, aperture_collection
from passplan.channel.diffraction import gaussian_collection
from passplan.channel.fading import averaged_share
from passplan.channel.pointing_loss import PointingError, pointing_index, pointing_transmittance
from passplan.channel.transmitter import ApertureTransmitter, FarFieldTransmitter
from passplan.channel.turbulence import HufnagelValley, seeing_fwhm_urad
from passplan.channel.uplink import (
    UplinkBeam,
    point_ahead_strehl,
    tilt_anisoplanatism,
    uplink_index,
    uplink_transmittance,
)
from passplan.channel.uplink_budget import (
    SpaceReceiver,
    UplinkControl,
    crosslink_budget,
    ground_cn2_of_seeing,
    uplink_budget,
)
from passplan.errors import DomainError
from passplan.units import to_loss_db, to_transmittance

AIR = HufnagelValley(site_height_m=5050.0)
BEAM = UplinkBeam(waist_m=0.043, full_divergence_urad=14.0, wavelength_nm=780.0)
EYE = SpaceReceiver(aperture_m=0.3, optics_efficiency=0.16)
AT = {"range_km": np.array([500.0, 900.0, 1400.0]), "elevation_deg": np.array([81.5, 30.0, 14.9])}
SHAKY = PointingError(jitter_x_urad=2.0, jitter_y_urad=2.0, bias_x_urad=0.5)
TERMS = [
    "diffraction",
    "main_lobe",
    "beam_spread",
    "wander",
    "point_ahead",
    "pointing",
    "extinction",
    "receiver_optics",
]


def up(**changes):
    values = {"beam": BEAM, "receiver": EYE, "profile": AIR, "extinction": [0.95, 0.9, 0.85], "error": SHAKY} | AT
    return uplink_budget(**(values | changes))


def test_the_terms_make_the_whole():
    """Other route: ``uplink_transmittance`` computes diffraction, turbulence and pointing in one step."""
    budget = up(main_lobe_efficiency=0.8)
    assert list(budget.terms_db) == TERMS
    whole = uplink_transmittance(BEAM, AIR, aperture_m=0.3, error=SHAKY, **AT)
    np.testing.assert_allclose(budget.transmittance, whole * 0.8 * [0.95, 0.9, 0.85] * 0.16, rtol=1e-9)
    assert budget.terms_db["receiver_optics"] == pytest.approx(np.full(3, 7.959), abs=1e-3)
    np.testing.assert_allclose(budget.fading_index, uplink_index(BEAM, AIR, error=SHAKY, **AT), rtol=1e-12)


def test_tilt_control_by_the_variance_it_leaves():
    """Exact: tilts of variance 1 that correlate as 1 - a/2 leave (1 - g)^2 + g a; sampled with 4e5 normal pairs."""
    gain, point_ahead_urad = 0.7, 40.0
    apart = tilt_anisoplanatism(BEAM, AIR, elevation_deg=AT["elevation_deg"], point_ahead_urad=point_ahead_urad)
    rng = np.random.default_rng(5)
    beacon, other = rng.standard_normal((2, 400_000))
    likeness = 1.0 - 0.5 * apart[1]
    beam = likeness * beacon + np.sqrt(1.0 - likeness**2) * other
    left = (1.0 - gain) ** 2 + gain * apart
    assert np.var(beam - gain * beacon) == pytest.approx(left[1], rel=0.01)
    control = UplinkControl(tilt_gain=gain, point_ahead_urad=point_ahead_urad)
    whole = uplink_transmittance(BEAM, AIR, aperture_m=0.3, error=SHAKY, wander_share=left, **AT)
    budget = up(control=control, extinction=1.0, receiver=SpaceReceiver(aperture_m=0.3))
    np.testing.assert_allclose(budget.transmittance, whole, rtol=1e-9)
    assert np.all(budget.terms_db["point_ahead"] > 0.0)
    assert np.all(budget.terms_db["wander"] < up().terms_db["wander"])


def test_ideal_adaptive_optics_leave_the_strehl_ratio():
    """Limit: neither spread nor wander, and the point-ahead angle costs Fried's exp(-(angle/theta0)^(5/3))."""
    budget = up(control=UplinkControl(is_adaptive=True, point_ahead_urad=10.0))
    np.testing.assert_array_equal(budget.terms_db["beam_spread"], 0.0)
    np.testing.assert_array_equal(budget.terms_db["wander"], 0.0)
    share = point_ahead_strehl(AIR, elevation_deg=AT["elevation_deg"], wavelength_nm=780.0, point_ahead_urad=10.0)
    np.testing.assert_allclose(budget.terms_db["point_ahead"], to_loss_db(share), rtol=1e-9)


def test_still_air_is_the_free_beam():
    """Limit: without turbulence the terms are those of a Gaussian beam and its jitter, worked by their own formulas."""
    calm = HufnagelValley(ground_cn2=0.0, high_wind_m_s=0.0, site_height_m=9000.0)
    budget = up(profile=calm)
    width = {"divergence_x_urad": 7.0, "divergence_y_urad": 7.0}
    free = gaussian_collection(range_km=AT["range_km"], aperture_m=0.3, **width)
    np.testing.assert_allclose(budget.terms_db["diffraction"], to_loss_db(free), rtol=1e-12)
    np.testing.assert_allclose(budget.terms_db["beam_spread"] + budget.terms_db["wander"], 0.0, atol=0.05)
    aimed = to_loss_db(pointing_transmittance(SHAKY, **width))
    np.testing.assert_allclose(budget.terms_db["pointing"], aimed, atol=0.03)


def test_scatter_of_a_second():
    """Closed form: the fading index times what an exponential correlation leaves of it in one second."""
    budget = up(correlation_s=0.02)
    kept = averaged_share(correlation_s=0.02, interval_s=1.0)
    np.testing.assert_allclose(budget.transmittance_std, budget.transmittance * np.sqrt(budget.fading_index * kept))


@given(
    range_km=st.floats(300.0, 40_000.0),
    elevation_deg=st.floats(10.0, 90.0),
    gain=st.floats(0.0, 1.0),
    jitter_urad=st.floats(0.0, 10.0),
)
def test_no_term_gains(range_km, elevation_deg, gain, jitter_urad):
    """Property: every term is a loss and they sum to the loss of the whole, GEO included."""
    error = PointingError(jitter_x_urad=jitter_urad, jitter_y_urad=jitter_urad)
    control = UplinkControl(tilt_gain=gain, point_ahead_urad=20.0)
    budget = up(range_km=[range_km], elevation_deg=[elevation_deg], extinction=0.9, error=error, control=control)
    assert all(np.all(values >= 0.0) for values in budget.terms_db.values())
    assert budget.transmittance[0] == pytest.approx(to_transmittance(budget.loss_db)[0])


def test_a_crosslink_in_the_far_field():
    """Formulas apart: Gaussian collection, lobe, exact jitter mean and index; there is no other term."""
    sender = FarFieldTransmitter(
        aperture_m=0.3, full_divergence_x_urad=9.0, full_divergence_y_urad=11.0, beam="gaussian",
        wavelength_nm=848.6, main_lobe_efficiency=0.5,
    )  # fmt: skip
    budget = crosslink_budget(
        range_km=[1000.0, 5000.0], transmitter=sender, receiver=SpaceReceiver(aperture_m=0.2), error=SHAKY
    )
    assert list(budget.terms_db) == ["diffraction", "main_lobe", "pointing", "receiver_optics"]
    width = {"divergence_x_urad": 4.5, "divergence_y_urad": 5.5}
    free = gaussian_collection(range_km=[1000.0, 5000.0], aperture_m=0.2, **width)
    np.testing.assert_allclose(budget.transmittance, free * 0.5 * pointing_transmittance(SHAKY, **width), rtol=1e-3)
    np.testing.assert_allclose(budget.fading_index, pointing_index(SHAKY, **width), rtol=1e-12)


def test_a_crosslink_in_the_near_field():
    """Numeric Fresnel integral: at 10 km an equal telescope takes nearly all, and jitter moves the spot 1.5 cm only."""
    sender = ApertureTransmitter(aperture_m=0.3, waist_m=0.1, wavelength_nm=848.6)
    eye = SpaceReceiver(aperture_m=0.3)
    error = PointingError(jitter_x_urad=1.5, jitter_y_urad=1.5)
    budget = crosslink_budget(range_km=[10.0, 3000.0], transmitter=sender, receiver=eye, error=error)
    beam = ApertureBeam(aperture_m=0.3, waist_m=0.1, wavelength_nm=848.6)
    expected = to_loss_db(aperture_collection(beam, range_km=[10.0, 3000.0], aperture_m=0.3))
    np.testing.assert_allclose(budget.terms_db["diffraction"], expected, rtol=1e-12)
    assert budget.terms_db["diffraction"][0] < 0.1
    near_db, far_db = budget.terms_db["pointing"]
    rng = np.random.default_rng(3)
    spot_m, shift_m = rng.normal(0.0, 0.05, (2, 200_000)), rng.normal(0.0, 0.015, (2, 200_000))  # waist/2; jitter
    inside = [np.mean(np.hypot(*place) < 0.15) for place in (spot_m, spot_m + shift_m)]
    four_sigma_db = 0.02
    assert near_db == pytest.approx(to_loss_db(inside[1] / inside[0]), abs=four_sigma_db)
    assert far_db > 5.0 * near_db


@pytest.mark.parametrize("ground_cn2", [1e-16, 4e-15, 1.7e-14])
def test_seeing_and_ground_term_are_inverse(ground_cn2):
    """Inverse: the profile with the term found has the seeing asked for."""
    air = HufnagelValley(ground_cn2=ground_cn2, site_height_m=5050.0)
    seeing_urad = float(seeing_fwhm_urad(air, elevation_deg=90.0, wavelength_nm=500.0))
    found = ground_cn2_of_seeing(seeing_fwhm_urad=seeing_urad, site_height_m=5050.0)
    assert found == pytest.approx(ground_cn2, rel=1e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: up(extinction=0.0), r"extinction is 0.0, must lie in \(0, 1\]"),
        (lambda: up(extinction=[0.9, 0.9]), "extinction"),
        (lambda: up(main_lobe_efficiency=1.2), r"main_lobe_efficiency is 1.2, must lie in \(0, 1\]"),
        (lambda: up(error=PointingError(jitter_x_urad=[1.0, 2.0])), "error.jitter_x_urad"),
        (lambda: up(range_km=[50.0, 500.0, 900.0]), "range_km is"),
        (lambda: SpaceReceiver(aperture_m=0.0), "SpaceReceiver.aperture_m is 0.0"),
        (lambda: UplinkControl(tilt_gain=1.5), "UplinkControl.tilt_gain is 1.5"),
        (lambda: UplinkControl(point_ahead_urad=-1.0), "UplinkControl.point_ahead_urad is -1.0"),
        (lambda: UplinkControl(tilt_gain=0.5, is_adaptive=True), "must be 0 with is_adaptive"),
        (lambda: ground_cn2_of_seeing(seeing_fwhm_urad=1.0, site_height_m=5050.0), r"must be at least 1.89 urad"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(DomainError, match=message):
        call()


def test_a_crosslink_needs_a_distance():
    sender = ApertureTransmitter(aperture_m=0.3, waist_m=0.1, wavelength_nm=848.6)
    with pytest.raises(DomainError, match=r"range_km is 0.0, must lie in \(0, inf\)"):
        crosslink_budget(range_km=0.0, transmitter=sender, receiver=SpaceReceiver(aperture_m=0.3), error=SHAKY)
