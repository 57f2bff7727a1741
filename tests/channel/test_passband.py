from functools import partial

import numpy as np
import pytest
from scipy.integrate import quad

from passplan.channel.extinction import airmass, extinction_transmittance, zenith_extinction_db
from passplan.channel.passband import (
    Passband,
    band_absorption_db,
    bands_touched,
    passband_mean,
    passband_transmittance,
)
from passplan.channel.receiver import Receiver
from passplan.errors import DomainError
from passplan.units import to_loss_db


def hazy_db(wavelength_nm):
    return zenith_extinction_db(wavelength_nm=wavelength_nm, visibility_km=10.0)


def test_the_filter_must_pass_the_signal():
    """Refusal: a filter of 5 nm at 780 nm misses 848.6 nm; its own edge it passes."""
    passband = Passband(centre_nm=780.0, width_nm=5.0)
    passband.require(wavelength_nm=782.5)
    for wavelength_nm in (848.6, 782.6, np.nan):
        with pytest.raises(DomainError, match=r"filter passes 777.5 to 782.5 nm only"):
            passband.require(wavelength_nm=wavelength_nm)


@pytest.mark.parametrize("wavelength_nm", [532.0, 671.0, 780.0, 785.0, 810.0, 848.6, 850.0, 1064.0, 1310.0, 1550.0])
def test_usual_lines_lie_in_windows(wavelength_nm):
    """General knowledge: the wavelengths of free-space links are chosen clear of absorption bands."""
    assert band_absorption_db(low_nm=wavelength_nm, high_nm=wavelength_nm) == (0.0, ())


@pytest.mark.parametrize(
    ("wavelength_nm", "gas"),
    [(720.0, "H2O"), (760.5, "O2"), (820.0, "H2O"), (935.0, "H2O"), (1130.0, "H2O"), (1400.0, "H2O")],
)
def test_absorption_bands_are_refused_unless_asked(wavelength_nm, gas):
    """General knowledge: water near 720, 820, 935, 1130, 1400 nm, oxygen at 760; asked for, the band is the label."""
    with pytest.raises(DomainError, match=rf"meets absorption lines \({gas} .* nm\): give an extinction table"):
        band_absorption_db(low_nm=wavelength_nm, high_nm=wavelength_nm)
    loss_db, bands = band_absorption_db(low_nm=wavelength_nm, high_nm=wavelength_nm, extrapolate=True)
    assert [band.gas for band in bands] == [gas]
    assert loss_db == pytest.approx(to_loss_db(bands[0].mean_transmittance))


def test_a_wide_filter_dilutes_the_band():
    """Arithmetic: 759 to 771 nm lets 0.6 through, so 750 to 780 nm lets 1 - 12 x 0.4 / 30 = 0.84 through."""
    loss_db, bands = band_absorption_db(low_nm=750.0, high_nm=780.0, extrapolate=True)
    assert len(bands) == len(bands_touched(low_nm=750.0, high_nm=780.0)) == 1
    assert loss_db == pytest.approx(to_loss_db(0.84), rel=1e-12)


def test_the_mean_is_of_the_transmittance():
    """Exact: half of the band black, half open is 3.01 dB; the mean of the dB would be endless."""
    nm = np.array([840.0, 850.0, 850.0 + 1e-9, 860.0])
    through = np.array([[1.0, 1.0, 0.0, 0.0], [0.5, 0.5, 0.5, 0.5]])
    mean = passband_mean(through, wavelength_nm=nm, passband=Passband(centre_nm=850.0, width_nm=10.0))
    np.testing.assert_allclose(mean, [0.5, 0.5], atol=1e-9)


def test_the_spectrum_weighs():
    """Exact integral: T rising 0 to 1 under a spectrum rising 0 to 1 has the mean (1/3) / (1/2), by fine trapezoids."""
    nm = np.linspace(800.0, 810.0, 2001)
    ramp = (nm - 800.0) / 10.0
    mean = passband_mean(ramp, wavelength_nm=nm, passband=Passband(centre_nm=805.0, width_nm=10.0), spectrum=ramp)
    assert mean == pytest.approx(2.0 / 3.0, rel=1e-6)
    coarse = passband_mean([0.0, 1.0], wavelength_nm=[800.0, 810.0], passband=Passband(centre_nm=804.0, width_nm=3.0))
    assert coarse == pytest.approx(0.4, rel=1e-12)  # a straight line's mean is its value in the middle


def test_haze_over_a_wide_filter():
    """Quadrature of the slant transmittance over 845 to 885 nm; a filter of 1 nm gives the line's own value."""
    wide = passband_transmittance(hazy_db, elevation_deg=15.0, passband=Passband(centre_nm=865.0, width_nm=40.0))
    path = airmass(elevation_deg=15.0)
    exact = quad(lambda nm: 10.0 ** (-0.1 * hazy_db(nm) * path), 845.0, 885.0)[0] / 40.0
    assert wide == pytest.approx(exact, rel=1e-8)
    narrow = passband_transmittance(
        hazy_db, elevation_deg=[15.0, 90.0], passband=Passband(centre_nm=850.0, width_nm=1.0)
    )
    line = extinction_transmittance(elevation_deg=[15.0, 90.0], zenith_db=hazy_db(850.0))
    np.testing.assert_allclose(narrow, line, rtol=1e-5)


def test_refusals():
    """Refusal: each limit by its name."""
    with pytest.raises(DomainError, match=r"Passband\.width_nm"):
        Passband(centre_nm=850.0, width_nm=0.0)
    with pytest.raises(DomainError, match=r"Passband\.centre_nm"):
        Passband(centre_nm=1700.0, width_nm=1.0)
    with pytest.raises(DomainError, match="low_nm"):
        band_absorption_db(low_nm=400.0, high_nm=850.0)
    with pytest.raises(DomainError, match="high_nm"):
        band_absorption_db(low_nm=850.0, high_nm=849.0)
    with pytest.raises(DomainError, match="meets absorption lines"):
        passband_transmittance(hazy_db, elevation_deg=30.0, passband=Passband(centre_nm=935.0, width_nm=5.0))
    mean = partial(passband_mean, [1.0, 1.0], passband=Passband(centre_nm=850.0, width_nm=10.0))
    with pytest.raises(DomainError, match="at least two values, rising"):
        mean(wavelength_nm=[860.0, 840.0])
    with pytest.raises(DomainError, match="passband ends"):
        mean(wavelength_nm=[850.0, 860.0])
    with pytest.raises(DomainError, match="spectrum is -1"):
        mean(wavelength_nm=[840.0, 860.0], spectrum=-1.0)
    with pytest.raises(DomainError, match="no light inside the passband"):
        mean(wavelength_nm=[840.0, 860.0], spectrum=0.0)


def test_a_receiver_whose_filter_misses_the_signal_is_refused():
    shown = {"aperture_m": 1.0, "field_of_view_urad": 36.0, "filter_nm": 3.0, "optics_efficiency": 0.16}
    assert Receiver(**shown).passband(wavelength_nm=848.6).centre_nm == 848.6
    assert Receiver(**shown, filter_centre_nm=850.0).passband(wavelength_nm=848.6).low_nm == 848.5
    with pytest.raises(DomainError, match=r"wavelength_nm is 848.6, but the filter passes 808.5 to 811.5 nm only"):
        Receiver(**shown, filter_centre_nm=810.0).passband(wavelength_nm=848.6)
