import numpy as np
import pytest

from passplan.channel.aperture_beam import axis_gain_db
from passplan.channel.transmitter import ApertureTransmitter, FarFieldTransmitter, diffraction_transmittance
from passplan.errors import DomainError
from passplan.units import to_loss_db

MICIUS = {"aperture_m": 0.3, "waist_m": 0.054, "wavelength_nm": 848.6}


def test_an_aperture_is_as_wide_as_its_printed_divergence():
    """Aperture facts of a 300-mm telescope at 848.6 nm, worked apart: w0 = 54 mm gives 10.01 urad full at 1/e^2."""
    narrow = ApertureTransmitter(**MICIUS)
    assert 2.0 * narrow.divergence_x_urad == pytest.approx(10.01, abs=0.01)
    assert narrow.divergence_y_urad == narrow.divergence_x_urad


def test_an_aperture_collects_as_the_gaussian_it_makes():
    """At 1200 km a Gaussian of the same divergence loses the same, 18.60 dB; on the axis G A / 4 pi R^2."""
    launched = ApertureTransmitter(**MICIUS)
    measured = FarFieldTransmitter(
        aperture_m=0.3, full_divergence_x_urad=10.0, full_divergence_y_urad=10.0, beam="gaussian", wavelength_nm=848.6
    )
    path = {"range_km": [645.0, 1200.0], "aperture_m": 1.0}
    losses = [to_loss_db(diffraction_transmittance(each, **path)) for each in (launched, measured)]
    np.testing.assert_allclose(losses[0], losses[1], atol=0.03)
    obscured = ApertureTransmitter(**(MICIUS | {"obscuration": 0.25, "wavefront_error_rms_nm": 40.0}))
    gained_db = axis_gain_db(obscured.launched) - axis_gain_db(launched.launched)
    assert gained_db < -4.0  # 110.85 against 115.04 dB, and the Strehl ratio of 40 nm
    far = to_loss_db(diffraction_transmittance(obscured, **path))
    assert np.all(far > losses[0])


def test_what_no_beam_can_have_is_refused():
    with pytest.raises(DomainError, match=r"wavefront_error_rms_nm.*121"):
        ApertureTransmitter(**(MICIUS | {"wavefront_error_rms_nm": 200.0}))
    with pytest.raises(DomainError, match=r"ApertureTransmitter\.obscuration"):
        ApertureTransmitter(**(MICIUS | {"obscuration": 1.0}))
