from dataclasses import replace

import numpy as np
import pytest

from passplan.channel.background import SKY_CAUSES, Background, StrayLaser, background_counts
from passplan.channel.receiver import Receiver
from passplan.channel.sky import Sky, SkyView
from passplan.channel.sky_components import sky_components
from passplan.errors import DomainError

N = 5
VIEW = SkyView(
    elevation_deg=np.full(N, 45.0),
    azimuth_deg=np.full(N, 100.0),
    moon_illumination=np.full(N, 1.0),
    moon_elevation_deg=np.full(N, 45.0),
    moon_separation_deg=np.full(N, 90.0),
    sun_elevation_deg=np.array([-40.0, -19.0, -18.0, 0.0, 10.0]),
    sun_separation_deg=np.full(N, 90.0),
    helioecliptic_longitude_deg=np.full(N, 90.0),
    ecliptic_latitude_deg=np.zeros(N),
    galactic_latitude_deg=np.zeros(N),
)
RECEIVER = Receiver(aperture_m=1.0, obscuration=0.3, field_of_view_urad=100.0, filter_nm=5.0, optics_efficiency=0.16)
MIAO = Sky(dark_radiance_w_m2_sr_um=1.5e-5, full_moon_radiance_w_m2_sr_um=1.5e-3, day_radiance_w_m2_sr_um=1.5)
AIR = {"molecular_zenith_db": 0.06, "aerosol_zenith_db": 0.4}
SETTING = {
    "sky": MIAO, "view": VIEW, "receiver": RECEIVER, "wavelength_nm": 848.6, "detector_efficiency": 0.5,
    "dark_cps": 100.0, **AIR,
}  # fmt: skip
LASERS = {"satellite_beacon": StrayLaser(wavelength_nm=532.0, power_w=np.full(N, 1e-9))}


def test_counts_of_the_classic_skies():
    """Radiances of Miao 2005 (recalled): full Moon at the reference place 1.44e4, moonless 144, clear day 1.44e7."""
    found = background_counts(**SETTING).by_cause_cps
    assert tuple(found) == ("dark", "moonlight", "sunlight", "city", "dark_counts")
    np.testing.assert_allclose(found["moonlight"], 1.44e4, rtol=2e-3)
    np.testing.assert_allclose(found["dark"], 144.0, rtol=2e-3)
    np.testing.assert_allclose(found["sunlight"], [0.0, 0.0, 0.144, 0.04 * 1.44e7, 1.44e7], rtol=2e-3)
    np.testing.assert_array_equal(found["city"], 0.0)


def test_sums():
    """Conserved: the causes add up; the sky is the total less dark counts and lasers."""
    blocked = replace(RECEIVER, beacon_blocking_db=90.0)
    found = background_counts(**(SETTING | {"sky": Sky(), "receiver": blocked}), lasers=LASERS)
    assert {*found.by_cause_cps} == {*SKY_CAUSES} - {"dark"} | {"satellite_beacon", "dark_counts"}
    np.testing.assert_allclose(found.total_cps, sum(found.by_cause_cps.values()), rtol=1e-12)
    others = found.by_cause_cps["satellite_beacon"] + found.by_cause_cps["dark_counts"]
    np.testing.assert_allclose(found.sky_cps, found.total_cps - others, rtol=1e-9)


def test_stray_laser_light():
    """By hand: 1 nW at 532 nm is 2.678e9 photons/s; 90 dB and 8 % leave 0.214 counts/s. None blocked: none counted."""
    blocked = replace(RECEIVER, beacon_blocking_db=90.0)
    found = background_counts(**(SETTING | {"receiver": blocked}), lasers=LASERS)
    np.testing.assert_allclose(found.by_cause_cps["satellite_beacon"], 0.2142, rtol=1e-3)
    without = background_counts(**SETTING, lasers=LASERS)
    np.testing.assert_array_equal(without.by_cause_cps["satellite_beacon"], 0.0)


def test_the_sky_is_that_of_the_filter():
    """Other code: the radiance of the filter's own middle; a wider filter gives more in proportion."""
    aside = background_counts(**(SETTING | {"sky": Sky(), "receiver": replace(RECEIVER, filter_centre_nm=850.0)}))
    on = background_counts(**(SETTING | {"sky": Sky()}))
    radiances = [sky_components(Sky(), VIEW, wavelength_nm=nm, **AIR)["airglow"] for nm in (850.0, 848.6)]
    ratio = radiances[0] / radiances[1] * 850.0 / 848.6
    np.testing.assert_allclose(aside.by_cause_cps["airglow"] / on.by_cause_cps["airglow"], ratio, rtol=1e-12)
    wide = background_counts(**(SETTING | {"receiver": replace(RECEIVER, filter_nm=10.0)}))
    np.testing.assert_allclose(wide.sky_cps, 2.0 * background_counts(**SETTING).sky_cps, rtol=1e-12)


def test_1550_nm_by_day():
    """Property: at 1550 nm a clear day is darker in radiance than at 850 nm, and airglow brighter, cause by cause."""
    day = replace(VIEW, sun_elevation_deg=np.full(N, 40.0))
    red, infrared = (sky_components(Sky(), day, wavelength_nm=nm, **AIR) for nm in (850.0, 1550.0))
    assert np.all(infrared["sunlight"] < 0.5 * red["sunlight"])
    assert np.all(infrared["airglow"] > 5.0 * red["airglow"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dark_cps": -1.0}, "dark_cps is -1"),
        ({"detector_efficiency": 7.0}, r"efficiency is 1\.12"),
        (
            {"receiver": replace(RECEIVER, filter_centre_nm=900.0)},
            "848.6, but the filter passes 897.5 to 902.5 nm only",
        ),
    ],
)
def test_wrong_settings_are_refused(change, message):
    """Refusal: the field by its name, and a filter that misses the signal."""
    with pytest.raises(DomainError, match=message):
        background_counts(**(SETTING | change))


def test_records_share_one_grid_and_are_read_only():
    """Refusal: causes or angles of unlike length; a record of arrays cannot be changed."""
    with pytest.raises(DomainError, match="dark_counts 3, city 2"):
        Background(by_cause_cps={"dark_counts": np.zeros(3), "city": np.zeros(2)})
    with pytest.raises(DomainError, match="azimuth_deg 2"):
        replace(VIEW, azimuth_deg=np.zeros(2))
    with pytest.raises(ValueError, match="read-only"):
        background_counts(**SETTING).by_cause_cps["dark"][0] = 1.0


@pytest.mark.parametrize(
    ("city_light", "message"),
    [(((360.0, 1.0),), "azimuth"), (((0.0, 0.0),), "factor"), (((50.0, 1.0), (20.0, 2.0)), "must rise strictly")],
)
def test_wrong_towns_are_refused(city_light, message):
    """Refusal: azimuth out of the circle, a factor of nought, azimuths out of order."""
    with pytest.raises(DomainError, match=message):
        Sky(city_light=city_light)


def test_skies_keep_their_limits():
    """Refusal: each limit by the name of its field; good records pass, and None stands for physics."""
    for name in ("full_moon_radiance_w_m2_sr_um", "day_radiance_w_m2_sr_um", "airglow_activity", "moonlight_factor"):
        with pytest.raises(DomainError, match=rf"Sky\.{name} is -1"):
            Sky(**{name: -1.0})
    for name in ("dark_radiance_w_m2_sr_um", "city_elevation_scale_deg"):
        with pytest.raises(DomainError, match=rf"Sky\.{name} is 0"):
            Sky(**{name: 0.0})
    assert Sky(city_light=((90.0, 2.0), (180.0, 1.0))).city_light[0] == (90.0, 2.0)
    assert Sky().dark_radiance_w_m2_sr_um is None


def test_receivers_keep_their_limits():
    """Refusal: each limit by the name of its field."""
    good = {"aperture_m": 1.0, "field_of_view_urad": 100.0, "filter_nm": 5.0, "optics_efficiency": 0.16}
    assert Receiver(**good).obscuration == 0.0
    for name in (*good, "obscuration"):
        with pytest.raises(DomainError, match=f"Receiver.{name}"):
            Receiver(**(good | {name: -0.1}))
