import numpy as np
import pytest

from passplan.channel.airmass import shell_airmass, young_airmass
from passplan.channel.atmosphere import Atmosphere, air_transmittance, turbulence_above, zenith_parts_db
from passplan.channel.extinction import aerosol_zenith_db, airmass, clear_zenith_db, zenith_extinction_db
from passplan.channel.profiles import TabulatedProfile
from passplan.channel.refraction import true_elevation_deg
from passplan.channel.turbulence import HufnagelValley
from passplan.errors import DomainError, UnknownName
from passplan.units import to_loss_db

PATH = {"elevation_deg": np.array([90.0, 30.0, 19.4, 10.0]), "wavelength_nm": 848.6, "height_m": 890.0}
SITE = {"wavelength_nm": 848.6, "height_m": 890.0}


def loss_db(atmosphere, **changes):
    return to_loss_db(air_transmittance(atmosphere, **(PATH | changes)).transmittance)


def test_air_and_haze_each_with_its_own_airmass():
    """Sum of the two laws, worked apart; MODTRAN's 2 % at 10 deg over one airmass for all (physics C2)."""
    hazy = Atmosphere(visibility_km=5.0)
    clear_db = float(clear_zenith_db(**SITE))
    haze_db = float(aerosol_zenith_db(**SITE, visibility_km=5.0))
    assert zenith_parts_db(hazy, **SITE) == (clear_db, haze_db)
    elevation_deg = PATH["elevation_deg"]
    expected = clear_db * airmass(elevation_deg=elevation_deg) + haze_db * shell_airmass(
        elevation_deg=elevation_deg, scale_height_m=1500.0
    )
    np.testing.assert_allclose(loss_db(hazy), expected, rtol=1e-12)
    one_for_all = zenith_extinction_db(**SITE, visibility_km=5.0) * airmass(elevation_deg=elevation_deg)
    np.testing.assert_allclose(loss_db(hazy) / one_for_all, [1.0, 1.003, 1.007, 1.018], atol=0.004)


def test_a_measured_depth_in_place_of_a_visibility():
    """4.343 times the depth, carried to 848.6 nm by (848.6/550)^-1.3."""
    air = Atmosphere(aerosol_optical_depth=0.2)
    assert zenith_parts_db(air, **SITE)[1] == pytest.approx(4.342945 * 0.2 * (848.6 / 550.0) ** -1.3, rel=1e-6)
    assert air.with_visibility(23.0) == Atmosphere(visibility_km=23.0)
    for both_or_none in ({}, {"visibility_km": 23.0, "aerosol_optical_depth": 0.1}):
        with pytest.raises(DomainError, match="one and not both"):
            Atmosphere(**both_or_none)


def test_youngs_airmass_is_given_the_true_elevation():
    clear = Atmosphere(aerosol_optical_depth=0.0, airmass_model="young-1994")
    true_deg = true_elevation_deg(apparent_deg=PATH["elevation_deg"])
    expected = float(clear_zenith_db(**SITE)) * young_airmass(elevation_deg=true_deg)
    np.testing.assert_allclose(loss_db(clear), expected, rtol=1e-12)
    with pytest.raises(UnknownName, match="did you mean 'young-1994'"):
        Atmosphere(visibility_km=23.0, airmass_model="young1994")


def test_an_absorption_band_is_refused_or_labelled():
    """760 nm stands in the oxygen band: coarse mean 0.6 of it, 2.22 dB, at every elevation."""
    with pytest.raises(DomainError, match="O2 759 to 771 nm"):
        air_transmittance(Atmosphere(visibility_km=23.0), **(PATH | {"wavelength_nm": 760.0}))
    asked = Atmosphere(visibility_km=23.0, extrapolate=True)
    read = air_transmittance(asked, **(PATH | {"wavelength_nm": 760.0}))
    assert read.labels == ("coarse mean of the O2 band 759 to 771 nm",)
    beside = air_transmittance(asked, **(PATH | {"wavelength_nm": 758.9}))
    assert beside.labels == ()
    np.testing.assert_allclose(to_loss_db(read.transmittance / beside.transmittance), 2.218, atol=0.01)


@pytest.mark.parametrize(("field", "value"), [("visibility_km", 0.0), ("angstrom_exponent", 4.0), ("ground_cn2", -1.0)])
def test_limits(field, value):
    with pytest.raises(DomainError, match=f"Atmosphere.{field}"):
        Atmosphere(**({"visibility_km": 23.0} | {field: value}))


def test_turbulence_from_a_table_or_the_model():
    air = Atmosphere(visibility_km=23.0, ground_cn2=1e-14)
    assert turbulence_above(air, height_m=890.0) == HufnagelValley(ground_cn2=1e-14, site_height_m=890.0)
    measured = TabulatedProfile(height_m=(0.0, 30_000.0), strength=(1e-15, 1e-19))
    assert turbulence_above(air, height_m=890.0, profile=measured) is measured
