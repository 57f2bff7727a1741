from dataclasses import replace

import numpy as np
import pytest

from passplan.channel.city_light import Town, city_factor_at, town_radiance
from passplan.channel.extinction import clear_zenith_db, rayleigh_zenith_db
from passplan.channel.moonlight import moonlight_radiance
from passplan.channel.sky import Sky, SkyView
from passplan.channel.sky_components import HAZIEST_DB, scattering_parts_db, sky_components
from passplan.channel.sky_glow import airglow_radiance, dust_and_star_radiance, starlight_s10, zodiacal_s10
from passplan.channel.sky_levels import moon_phase_share, moonlight_geometry, sunlight_share
from passplan.channel.twilight import sunlit_sky_radiance
from passplan.errors import DomainError

N = 400
NM = 848.6
AIR = {"molecular_zenith_db": 0.06, "aerosol_zenith_db": 0.4}
OTHER_AIR = {"rayleigh_zenith_db": 0.06, "aerosol_zenith_db": 0.4}
NIGHT = SkyView(
    elevation_deg=np.linspace(10.0, 80.0, N),
    azimuth_deg=np.linspace(330.0, 215.0, N),
    moon_illumination=np.linspace(0.6, 0.7, N),
    moon_elevation_deg=np.full(N, 30.0),
    moon_separation_deg=np.linspace(100.0, 40.0, N),
    sun_elevation_deg=np.full(N, -40.0),
    sun_separation_deg=np.linspace(120.0, 150.0, N),
    helioecliptic_longitude_deg=np.linspace(120.0, 150.0, N),
    ecliptic_latitude_deg=np.linspace(0.0, 60.0, N),
    galactic_latitude_deg=np.linspace(-10.0, 70.0, N),
)
DAWN = replace(NIGHT, sun_elevation_deg=np.full(N, -9.0))
LEVELS = {"dark_radiance_w_m2_sr_um": 1.5e-5, "full_moon_radiance_w_m2_sr_um": 1.5e-3, "day_radiance_w_m2_sr_um": 1.5}
PHYSICS = ("airglow", "zodiacal", "starlight", "moonlight", "sunlight", "city")


def components(sky=None, view=NIGHT, **air):
    return sky_components(sky or Sky(), view, wavelength_nm=NM, **(AIR | air))


def test_each_cause_is_its_own_model():
    """Other code: every entry against the function of its own file, all on one grid."""
    town = Town(azimuth_deg=212.0, horizon_radiance_w_m2_sr_um=1e-4)
    found = components(Sky(towns=(town,), airglow_activity=1.5, moonlight_factor=2.0), DAWN)
    assert tuple(found) == PHYSICS
    elevation_deg = DAWN.elevation_deg
    glow = {"wavelength_nm": NM, "elevation_deg": elevation_deg}
    moon = ("moon_illumination", "moon_elevation_deg", "moon_separation_deg")
    dust = zodiacal_s10(
        helioecliptic_longitude_deg=DAWN.helioecliptic_longitude_deg, ecliptic_latitude_deg=DAWN.ecliptic_latitude_deg
    )
    stars = starlight_s10(galactic_latitude_deg=DAWN.galactic_latitude_deg)
    expected = {
        "airglow": airglow_radiance(**glow, activity=1.5),
        "zodiacal": dust_and_star_radiance(**glow, s10=dust.s10, zenith_db=0.46),
        "starlight": dust_and_star_radiance(**glow, s10=stars, zenith_db=0.46),
        "moonlight": 2.0 * moonlight_radiance(**glow, **OTHER_AIR, **{name: getattr(DAWN, name) for name in moon}),
        "sunlight": sunlit_sky_radiance(
            **glow, **OTHER_AIR, sun_elevation_deg=-9.0, sun_separation_deg=DAWN.sun_separation_deg
        ),
        "city": town_radiance(azimuth_deg=DAWN.azimuth_deg, elevation_deg=elevation_deg, towns=(town,)),
    }
    for cause, radiance in expected.items():
        np.testing.assert_allclose(found[cause], radiance, rtol=1e-12, err_msg=cause)


def test_levels_replace_their_parts():
    """By hand: each number of the file times the shape of ``sky_levels``; towns are what their factor adds."""
    city = ((100.0, 1.0), (215.0, 3.0), (300.0, 0.5))
    found = components(Sky(**LEVELS, city_light=city), DAWN)
    assert tuple(found) == ("dark", "moonlight", "sunlight", "city")
    factor = np.interp(DAWN.azimuth_deg, [215.0, 300.0, 460.0], [3.0, 0.5, 1.0])
    np.testing.assert_allclose(found["dark"] + found["city"], 1.5e-5 * factor, rtol=1e-12)
    assert np.all(found["city"] >= 0.0)
    np.testing.assert_allclose(found["dark"][factor >= 1.0], 1.5e-5, rtol=1e-12)
    shape = moonlight_geometry(
        moon_elevation_deg=DAWN.moon_elevation_deg,
        moon_separation_deg=DAWN.moon_separation_deg,
        elevation_deg=DAWN.elevation_deg,
    )
    phase = moon_phase_share(moon_illumination=DAWN.moon_illumination)
    np.testing.assert_allclose(found["moonlight"], 1.5e-3 * phase * shape, rtol=1e-12)
    np.testing.assert_allclose(found["sunlight"], 1.5 * sunlight_share(sun_elevation_deg=-9.0), rtol=1e-12)


def test_a_town_fades_with_the_elevation():
    """Other code: the factor of ``city_factor_at`` on the whole dark sky."""
    city = {"city_light": ((100.0, 1.0), (215.0, 3.0)), "city_elevation_scale_deg": 15.0}
    found = components(Sky(**city))
    factor = city_factor_at(
        azimuth_deg=NIGHT.azimuth_deg,
        elevation_deg=NIGHT.elevation_deg,
        city_light=city["city_light"],
        elevation_scale_deg=15.0,
    )
    natural = sum(found[cause] for cause in PHYSICS[:3])
    np.testing.assert_allclose(natural + found["city"], factor * natural, rtol=1e-12)


def test_dark_night():
    """Definition: no Moon, Sun or town leaves three causes; the sum is Miao's moonless 1.5e-5 (recalled) within 3."""
    dark = components(view=replace(NIGHT, moon_elevation_deg=np.full(N, -5.0)))
    for cause in ("moonlight", "sunlight", "city"):
        np.testing.assert_array_equal(dark[cause], np.zeros(N))
    total = sum(dark.values())
    assert np.all((total > 0.5e-5) & (total < 4.5e-5))
    assert np.all(dark["airglow"] > dark["zodiacal"])


def test_haze_dims_the_stars_and_lights_up_the_moon():
    """Property: more haze, less zodiacal light and more moonlight; airglow is as measured from the ground."""
    clear, hazy = (components(aerosol_zenith_db=db) for db in (0.1, 0.8))
    assert np.all(hazy["zodiacal"] < clear["zodiacal"])
    assert hazy["moonlight"][-1] > clear["moonlight"][-1]
    np.testing.assert_array_equal(hazy["airglow"], clear["airglow"])


def test_thick_haze_scatters_as_its_limit():
    """Stated: beyond 2 dB moonlight stays, starlight goes on falling."""
    limit, thick = (components(aerosol_zenith_db=db) for db in (HAZIEST_DB, 5.0))
    np.testing.assert_array_equal(thick["moonlight"], limit["moonlight"])
    assert np.all(thick["starlight"] < limit["starlight"])


def test_parts_of_the_air():
    """Conserved: the sum is that of clear air and haze; molecules are Rayleigh's, less by height / 8 km."""
    clear_db = float(clear_zenith_db(wavelength_nm=NM, height_m=890.0))
    molecular_db, aerosol_db = scattering_parts_db(wavelength_nm=NM, height_m=890.0, clear_db=clear_db, haze_db=0.3)
    assert molecular_db + aerosol_db == pytest.approx(clear_db + 0.3, rel=1e-12)
    assert molecular_db == pytest.approx(float(rayleigh_zenith_db(wavelength_nm=NM)) * np.exp(-890.0 / 8000.0))
    assert scattering_parts_db(wavelength_nm=NM, height_m=0.0, clear_db=0.01, haze_db=0.0) == (0.01, 0.0)


@pytest.mark.parametrize(
    ("field", "value"),
    [("moon_illumination", 2.0), ("elevation_deg", -1.0), ("moon_elevation_deg", 91.0), ("sun_elevation_deg", -91.0)],
)
def test_wrong_views_are_refused(field, value):
    """Refusal: field, value and range, whatever the Moon does."""
    with pytest.raises(DomainError, match=f"{field} is {value:g}"):
        components(view=replace(NIGHT, **{field: np.full(N, value)}))


@pytest.mark.parametrize(("field", "value"), [("height_m", -600.0), ("clear_db", -1.0), ("haze_db", np.nan)])
def test_wrong_parts_are_refused(field, value):
    """Refusal: the field by its name."""
    good = {"wavelength_nm": NM, "height_m": 0.0, "clear_db": 0.3, "haze_db": 0.3}
    with pytest.raises(DomainError, match=f"{field} is {value:g}"):
        scattering_parts_db(**(good | {field: value}))


def test_wrong_wavelength_is_refused():
    """Refusal: outside the tables of spectra."""
    with pytest.raises(DomainError, match="wavelength_nm is 400"):
        sky_components(Sky(), NIGHT, wavelength_nm=400.0, **AIR)
