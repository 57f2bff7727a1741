"""Cases that several rooms share: a link as a whole, at GEO, between satellites and at 1550 nm."""

from dataclasses import replace

import numpy as np
import pytest

from passplan.channel.aperture_beam import ApertureBeam, full_width_urad
from passplan.channel.atmosphere import Atmosphere
from passplan.channel.background import sky_counts_cps
from passplan.channel.budget import loss_budget
from passplan.channel.diffraction import gaussian_collection
from passplan.channel.extinction import airmass, zenith_extinction_db
from passplan.channel.pointing_loss import PointingError
from passplan.channel.receiver import Receiver
from passplan.channel.transmitter import FarFieldTransmitter
from passplan.channel.turbulence import HufnagelValley, fried_parameter_m
from passplan.channel.uplink_budget import SpaceReceiver, crosslink_budget
from passplan.units import to_loss_db

GEO_KM = np.array([36_000.0, 38_000.0])
RANGES_KM = [530.0, 645.0, 1000.0, 1200.0, 1600.0]


def geo(full_divergence_urad, aperture_m, **changes):
    """Downlink from a geostationary satellite at 30 deg elevation."""
    values = {
        "range_km": GEO_KM,
        "elevation_deg": np.full(2, 30.0),
        "los_rate_urad_s": np.zeros(2),
        "transmitter": FarFieldTransmitter(
            aperture_m=0.5,
            full_divergence_x_urad=full_divergence_urad,
            full_divergence_y_urad=full_divergence_urad,
            beam="gaussian",
            wavelength_nm=848.6,
        ),
        "receiver": Receiver(aperture_m=aperture_m, field_of_view_urad=100.0, filter_nm=1.0, optics_efficiency=0.16),
        "atmosphere": Atmosphere(visibility_km=23.0),
        "height_m": 0.0,
        "satellite_error": PointingError(jitter_x_urad=0.2, jitter_y_urad=0.2),
        "ground_error": PointingError(),
        "jitter_correlation_s": 0.01,
        "beacon_nm": 532.0,
    }
    return loss_budget(**(values | changes))


@pytest.mark.parametrize(
    ("full_urad", "aperture_m", "printed_db"), [(10.0, 1.0, [48.1, 48.6]), (3.0, 2.5, [29.7, 30.2])]
)
def test_the_downlink_holds_for_geo(full_urad, aperture_m, printed_db):
    """Worked apart to 0.1 dB: the budget of a pass, fed with a satellite that stands still, has the printed losses.

    The other terms by their own formulas: 0.92 dB at two airmasses, jitter over a lobe, 8 dB of optics; a beam that
    hardly spreads in the air.
    """
    budget = geo(full_urad, aperture_m)
    np.testing.assert_allclose(budget.terms_db["diffraction"], printed_db, atol=0.06)
    zenith_db = zenith_extinction_db(wavelength_nm=848.6, visibility_km=23.0)
    assert budget.terms_db["extinction"] == pytest.approx(zenith_db * airmass(elevation_deg=30.0), rel=0.02)
    jitter_db = to_loss_db(1.0 / (1.0 + 4.0 * 0.04 / (0.5 * full_urad) ** 2))
    np.testing.assert_allclose(budget.terms_db["pointing"], jitter_db, rtol=0.01)
    assert np.all(budget.terms_db["turbulence"] < 1e-3)


def test_geo_fades_slowly():
    """Closed form: without slew the air crosses 1 m with the 21 m/s wind alone, 48 ms: a second keeps 9 % of it."""
    still = geo(10.0, 1.0, satellite_error=PointingError())
    crossing_s = 1.0 / 21.0
    kept = 2.0 * crossing_s * (1.0 - crossing_s)
    expected = still.transmittance * np.sqrt(still.fading_index * kept)
    np.testing.assert_allclose(still.transmittance_std, expected, rtol=1e-3)


def test_between_satellites_there_is_no_air():
    """Same case without air: the GEO losses to 0.1 dB, and no term but lobe, pointing and optics."""
    sender = FarFieldTransmitter(
        aperture_m=0.5, full_divergence_x_urad=10.0, full_divergence_y_urad=10.0, beam="gaussian", wavelength_nm=848.6
    )
    budget = crosslink_budget(
        range_km=GEO_KM, transmitter=sender, receiver=SpaceReceiver(aperture_m=1.0), error=PointingError()
    )
    np.testing.assert_allclose(budget.loss_db, [48.1, 48.6], atol=0.06)


def test_1550_nm_as_a_case():
    """Ratios to 848.6 nm: 0.4 to 0.5 of the extinction in dB, 2.06 of r0 (the 6/5 power), 1.83 of the divergence."""
    visibility_km = [5.0, 10.0, 20.0, 23.0, 50.0]
    lost_db = [zenith_extinction_db(wavelength_nm=nm, visibility_km=visibility_km) for nm in (1550.0, 848.6)]
    ratio = lost_db[0] / lost_db[1]
    assert np.all((ratio > 0.4) & (ratio < 0.5))
    air = HufnagelValley()
    r0_m = [float(fried_parameter_m(air, elevation_deg=90.0, wavelength_nm=nm)) for nm in (1550.0, 848.6)]
    assert r0_m[0] / r0_m[1] == pytest.approx((1550.0 / 848.6) ** 1.2, rel=1e-9)
    assert r0_m[0] / r0_m[1] == pytest.approx(2.06, abs=0.005)
    width_urad = [
        full_width_urad(ApertureBeam(aperture_m=0.3, waist_m=0.1, wavelength_nm=nm)) for nm in (1550.0, 848.6)
    ]
    assert width_urad[0] / width_urad[1] == pytest.approx(1.83, abs=0.005)


def test_1550_nm_through_the_budget():
    """Worked apart: the same beam and receiver at 1550 nm lose 0.5 dB less in the air of 23 km at 30 deg, to 0.1 dB."""
    short = geo(10.0, 1.0)
    sender = FarFieldTransmitter(
        aperture_m=0.5, full_divergence_x_urad=10.0, full_divergence_y_urad=10.0, beam="gaussian", wavelength_nm=1550.0
    )
    long = geo(10.0, 1.0, transmitter=sender)
    saved_db = short.terms_db["extinction"] - long.terms_db["extinction"]
    np.testing.assert_allclose(saved_db, (0.92 - 0.40) * 1.994, atol=0.1)
    np.testing.assert_allclose(short.terms_db["diffraction"], long.terms_db["diffraction"], rtol=1e-12)


def test_sky_counts_follow_the_wavelength():
    """Closed form: at one radiance a photon of 1550 nm has 848.6/1550 of the energy, so 1.83 times as many come."""
    same = {"radiance_w_m2_sr_um": 1e-3, "aperture_m": 1.0, "field_of_view_urad": 50.0, "filter_nm": 1.0}
    counts = [sky_counts_cps(wavelength_nm=nm, efficiency=0.1, **same) for nm in (1550.0, 848.6)]
    assert counts[0] / counts[1] == pytest.approx(1550.0 / 848.6, rel=1e-12)


def test_an_ellipse_into_a_metre():
    """Other route: D = 1 m in the 9 x 11 urad spot by a plane sum, to 0.01 dB."""
    exact_db = []
    for range_km in RANGES_KM:
        wide_m, tall_m = 4.5e-3 * range_km, 5.5e-3 * range_km
        x, y = np.meshgrid(*2 * [np.linspace(-0.5, 0.5, 501)])
        dense = 2.0 / (np.pi * wide_m * tall_m) * np.exp(-2.0 * (x / wide_m) ** 2 - 2.0 * (y / tall_m) ** 2)
        exact_db.append(float(to_loss_db(np.sum(dense[np.hypot(x, y) <= 0.5]) / 500.0**2)))
    share = gaussian_collection(range_km=RANGES_KM, divergence_x_urad=4.5, divergence_y_urad=5.5, aperture_m=1.0)
    np.testing.assert_allclose(to_loss_db(share), exact_db, atol=0.01)


def test_an_obscured_receiver_loses_its_middle():
    """Limit: in a spot 300 times as wide the obscured share is the ratio of areas, 1 - 0.3^2."""
    open_eye, eye = geo(10.0, 1.0), Receiver(
        aperture_m=1.0, field_of_view_urad=100.0, filter_nm=1.0, optics_efficiency=0.16, obscuration=0.3
    )  # fmt: skip
    hidden = geo(10.0, 1.0, receiver=replace(eye, corrects_chromatic_refraction=True))
    difference_db = hidden.terms_db["diffraction"] - open_eye.terms_db["diffraction"]
    np.testing.assert_allclose(difference_db, to_loss_db(1.0 - 0.09), atol=1e-4)
