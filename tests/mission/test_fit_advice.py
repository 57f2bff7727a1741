"""What of a fit goes into which file. Witness: a fit and counts written by hand, and the factors they must give."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from passplan.channel.background import Background
from passplan.channel.city_light import Town
from passplan.channel.sky import Sky
from passplan.mission.fit import Fitted
from passplan.mission.fit_advice import Change, advice, limits_text
from passplan.mission.fit_model import PARAMETERS

STARTS = {"visibility_km": 3.0, "intrinsic_error": 0.007, "background_factor": 1.0, "background_cps": 500.0}


def fit_of(held=(), **values):
    """A fit of parameters with these values; those in held were held there."""
    parameters = tuple(
        Fitted(name=name, unit=PARAMETERS[name].unit, start=STARTS.get(name, 0.0), value=value)
        for name, value in values.items()
    )
    return SimpleNamespace(
        parameters=parameters, values=values, names=tuple(name for name in values if name not in held), at_limits=()
    )


@dataclass
class Lobe:
    """Stands for a transmitter whose main lobe sends that share."""

    main_lobe_efficiency: float


@dataclass
class Sent:
    """Stands for a payload."""

    transmitter: Lobe


def passed(share=0.4, sky=None, **counts_cps):
    """A pass with a share in the main lobe and counts of a second by cause of light."""
    return SimpleNamespace(
        payload=Sent(Lobe(share)),
        site=SimpleNamespace(sky=sky or Sky()),
        background=Background(by_cause_cps={cause: np.array([cps]) for cause, cps in counts_cps.items()}),
    )


@pytest.mark.parametrize(("static_loss_db", "share"), [(1.0, 0.4 / 1.258925), (-1.0, 0.4 * 1.258925)])
def test_a_static_loss_goes_to_the_main_lobe(static_loss_db, share):
    """1 dB is a factor of 1.258925."""
    told = advice(fit_of(static_loss_db=static_loss_db), passed())
    assert told.changes == (
        Change(file="satellite", key="transmitter.main_lobe_efficiency", value=pytest.approx(share, rel=1e-6)),
    )
    assert told.left_out == ()


def test_a_lobe_that_would_send_more_than_all_is_said_to_be_left_out():
    """6.0206 dB are a factor of four, and 0.4 of it 1.6."""
    told = advice(fit_of(static_loss_db=-6.0206, visibility_km=3.3), passed())
    assert [change.key for change in told.changes] == ["atmosphere.visibility_km"]
    assert told.left_out == (
        "static_loss_db = -6.021 dB: transmitter.main_lobe_efficiency would have to be 1.6, must lie in (0, 1]",
    )


def test_error_and_visibility():
    assert advice(fit_of(visibility_km=2.0, intrinsic_error=0.01), passed()).changes == (
        Change(file="satellite", key="source.preparation_error", value=0.01),
        Change(file="station", key="atmosphere.visibility_km", value=2.0),
    )


def test_what_was_held_counts_where_it_differs_from_the_start():
    fit = fit_of(held=("visibility_km", "intrinsic_error"), visibility_km=2.0, intrinsic_error=0.007)
    assert [change.key for change in advice(fit, passed()).changes] == ["atmosphere.visibility_km"]


def test_a_sky_of_given_levels():
    sky = Sky(dark_radiance_w_m2_sr_um=1e-5, full_moon_radiance_w_m2_sr_um=3e-5, day_radiance_w_m2_sr_um=4.0)
    told = advice(fit_of(background_factor=2.0), passed(sky=sky, dark=5.0, moonlight=3.0, sunlight=1.0))
    assert {change.key: change.value for change in told.changes} == {
        "sky.dark_radiance_w_m2_sr_um": pytest.approx(2e-5),
        "sky.full_moon_radiance_w_m2_sr_um": pytest.approx(6e-5),
        "sky.day_radiance_w_m2_sr_um": pytest.approx(8.0),
    }
    assert {change.file for change in told.changes} == {"station"}
    assert told.left_out == ()


def test_factors_where_the_sky_follows_from_physics():
    """Each factor of the file times the fitted one; what has none is named with its share, 3 of 20."""
    sky = Sky(airglow_activity=1.5, moonlight_factor=0.5)
    counts = {"airglow": 9.0, "zodiacal": 2.0, "starlight": 1.0, "moonlight": 8.0, "sunlight": 0.0, "dark_counts": 80.0}
    told = advice(fit_of(background_factor=2.0), passed(sky=sky, **counts))
    assert {change.key: change.value for change in told.changes} == {
        "sky.airglow_activity": 3.0,
        "sky.moonlight_factor": 1.0,
    }
    assert told.left_out == (
        "background_factor = 2: zodiacal, starlight, 15 % of the sky's counts, follow no one key and stay as they are",
    )


def test_a_moon_that_did_not_shine_is_not_made_brighter():
    told = advice(fit_of(background_factor=2.0), passed(airglow=9.0, moonlight=0.0))
    assert [change.key for change in told.changes] == ["sky.airglow_activity"]


@pytest.mark.parametrize("has_towns", [True, False])
def test_light_of_towns_follows_no_key_and_factors_of_a_city_follow_the_dark_level(has_towns):
    town = Town(azimuth_deg=190.0, horizon_radiance_w_m2_sr_um=1e-6) if has_towns else None
    city_light = () if has_towns else ((0.0, 2.0),)
    sky = Sky(dark_radiance_w_m2_sr_um=1e-5, towns=(town,) if town else (), city_light=city_light)
    told = advice(fit_of(background_factor=3.0), passed(sky=sky, dark=5.0, city=5.0))
    if has_towns:
        assert told.left_out == (
            "background_factor = 3: city, 50 % of the sky's counts, follow no one key and stay as they are "
            "(towns: each radiance of sky.towns)",
        )
    else:
        assert told.left_out == ()


def test_a_city_follows_the_airglow_by_its_share_of_the_dark_sky():
    """Airglow is 6 of 8, so 1 of the city's 4 stays with the 2 of the zodiacal light: 3 of 12."""
    counts = {"airglow": 6.0, "zodiacal": 2.0, "city": 4.0}
    told = advice(fit_of(background_factor=2.0), passed(sky=Sky(city_light=((0.0, 1.5),)), **counts))
    assert [change.key for change in told.changes] == ["sky.airglow_activity"]
    assert told.left_out[0].startswith("background_factor = 2: zodiacal, city, 25 % of the sky's counts")


def test_a_constant_background_stands_in_no_file():
    told = advice(fit_of(background_cps=900.0), passed())
    assert told.changes == ()
    assert told.left_out[0].startswith("background_cps = 900 1/s: a constant in place of sky and dark counts")


def test_nothing_of_a_fit_at_a_limit_is_to_be_used():
    fit = fit_of(static_loss_db=40.0, visibility_km=5.0)
    ended = Fitted(
        name="static_loss_db", unit="dB", start=0.0, value=40.0, limit="upper", note="at its upper limit, 40 dB"
    )
    fit.at_limits = (ended,)
    told = advice(fit, passed())
    assert told.changes == ()
    assert told.left_out == (limits_text(fit),)
    assert limits_text(fit).startswith("static_loss_db at its upper limit, 40 dB: no value is to be used")
    assert limits_text(fit_of(visibility_km=5.0)) == ""
