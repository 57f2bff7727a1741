import numpy as np
import pytest

from passplan.channel.city_light import Town, town_radiance
from passplan.channel.moonlight import moonlight_radiance
from passplan.channel.sky_components import CAUSES, sky_components
from passplan.channel.sky_glow import airglow_radiance
from passplan.channel.twilight import sunlit_sky_radiance
from passplan.errors import DomainError

N = 400
NIGHT = {
    "wavelength_nm": 848.6,
    "elevation_deg": np.linspace(10.0, 80.0, N),
    "azimuth_deg": np.linspace(330.0, 215.0, N),
    "moon_illumination": np.full(N, 0.64),
    "moon_elevation_deg": np.full(N, 30.0),
    "moon_separation_deg": np.linspace(100.0, 40.0, N),
    "sun_elevation_deg": np.full(N, -40.0),
    "sun_separation_deg": np.linspace(120.0, 150.0, N),
}


def test_each_cause_is_its_own_model():
    """Other code: every entry against the function of its own file, all on one grid."""
    town = Town(azimuth_deg=212.0, horizon_radiance_w_m2_sr_um=1e-4)
    found = sky_components(**(NIGHT | {"sun_elevation_deg": np.full(N, -9.0)}), towns=(town,))
    assert tuple(found) == CAUSES
    assert {values.shape for values in found.values()} == {(N,)}
    elevation_deg = NIGHT["elevation_deg"]
    expected = {
        "airglow": airglow_radiance(wavelength_nm=848.6, elevation_deg=elevation_deg),
        "moonlight": moonlight_radiance(
            wavelength_nm=848.6,
            elevation_deg=elevation_deg,
            **{name: NIGHT[name] for name in ("moon_illumination", "moon_elevation_deg", "moon_separation_deg")},
        ),
        "sunlight": sunlit_sky_radiance(
            wavelength_nm=848.6,
            sun_elevation_deg=-9.0,
            sun_separation_deg=NIGHT["sun_separation_deg"],
            elevation_deg=elevation_deg,
        ),
        "city": town_radiance(azimuth_deg=NIGHT["azimuth_deg"], elevation_deg=elevation_deg, towns=(town,)),
    }
    for cause, radiance in expected.items():
        np.testing.assert_allclose(found[cause], radiance, rtol=1e-12)


def test_dark_night():
    """Definition: no Moon, Sun or town leaves three causes; the sum is Miao's moonless 1.5e-5 (recalled) within 3."""
    dark = sky_components(**(NIGHT | {"moon_elevation_deg": np.full(N, -5.0)}))
    for cause in ("moonlight", "sunlight", "city"):
        np.testing.assert_array_equal(dark[cause], np.zeros(N))
    total = sum(dark.values())
    assert np.all((total > 0.5e-5) & (total < 4.5e-5))
    assert np.all(dark["airglow"] > dark["zodiacal"])


def test_places_on_the_sky_matter():
    """Property: near the Sun and on the galactic equator brighter than the typical sky, far from them darker."""
    typical = sky_components(**NIGHT)
    bright = sky_components(
        **NIGHT, helioecliptic_longitude_deg=30.0, ecliptic_latitude_deg=0.0, galactic_latitude_deg=np.zeros(N)
    )
    dark = sky_components(
        **NIGHT, helioecliptic_longitude_deg=120.0, ecliptic_latitude_deg=75.0, galactic_latitude_deg=90.0
    )
    np.testing.assert_allclose(bright["zodiacal"] / typical["zodiacal"], 19.40, rtol=1e-9)
    np.testing.assert_allclose(dark["zodiacal"] / typical["zodiacal"], 0.58, rtol=1e-9)
    assert np.all(bright["starlight"] > typical["starlight"])
    assert np.all(dark["starlight"] < typical["starlight"])


def test_haze_dims_the_stars_and_lights_up_the_moon():
    """Property: more haze, less zodiacal light and more moonlight; airglow is as measured from the ground."""
    clear, hazy = (sky_components(**NIGHT, rayleigh_zenith_db=0.06, aerosol_zenith_db=db) for db in (0.1, 0.8))
    assert np.all(hazy["zodiacal"] < clear["zodiacal"])
    assert hazy["moonlight"][-1] > clear["moonlight"][-1]
    np.testing.assert_array_equal(hazy["airglow"], clear["airglow"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"moon_illumination": 2.0}, "moon_illumination is 2"),
        ({"elevation_deg": np.full(N, -1.0)}, "elevation_deg is -1"),
        ({"wavelength_nm": 400.0}, "wavelength_nm is 400"),
        ({"airglow_activity": -1.0}, "activity is -1"),
    ],
)
def test_refusals(change, message):
    """Refusal: field, value and range, whatever the Moon does."""
    with pytest.raises(DomainError, match=message):
        sky_components(**(NIGHT | change))
