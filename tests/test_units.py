"""Conversions of dB, angle and time. Witness: exact formulae, and round trips."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import DomainError, InputError
from passplan.units import (
    add_seconds,
    deg_to_urad,
    format_utc,
    parse_utc,
    seconds_between,
    to_deg,
    to_loss_db,
    to_rad,
    to_transmittance,
    urad_to_deg,
)


def test_losses_that_everyone_knows():
    np.testing.assert_allclose(to_loss_db([1.0, 0.5, 0.1, 1e-4]), [0.0, 3.010299956639812, 10.0, 40.0], rtol=1e-14)
    assert not np.signbit(to_loss_db(1.0))


@given(loss_db=st.floats(0.0, 300.0))
def test_loss_and_transmittance_are_inverse(loss_db):
    assert to_loss_db(to_transmittance(loss_db)) == pytest.approx(loss_db, abs=1e-12)


@pytest.mark.parametrize("value", [0.0, -0.1, 1.1, np.nan])
def test_no_loss_of_what_is_no_share(value):
    with pytest.raises(DomainError, match=r"transmittance is .*, must lie in \(0, 1\]"):
        to_loss_db(value)


def test_a_gain_is_no_loss():
    with pytest.raises(DomainError, match="loss_db is -1"):
        to_transmittance(-1.0)


@given(angle_deg=st.floats(-720.0, 720.0))
def test_angles_return(angle_deg):
    assert to_deg(to_rad(angle_deg)) == pytest.approx(angle_deg, abs=1e-12)
    assert urad_to_deg(deg_to_urad(angle_deg)) == pytest.approx(angle_deg, abs=1e-12)


def test_a_degree_in_microradians():
    assert deg_to_urad(1.0) == pytest.approx(np.pi / 180.0 * 1e6, rel=1e-15)


@pytest.mark.parametrize(
    "text",
    ["2016-12-19T16:52:13Z", "2016-12-20T00:52:13+08:00", "20161219T165213Z", " 2016-12-19T16:52:13.000Z "],
)
def test_one_instant_in_many_spellings(text):
    assert parse_utc(text) == datetime(2016, 12, 19, 16, 52, 13, tzinfo=UTC)


def test_a_date_is_its_midnight_in_utc():
    assert parse_utc("2016-12-19") == datetime(2016, 12, 19, tzinfo=UTC)


def test_a_naive_time_is_refused():
    with pytest.raises(InputError, match="--from 2016-12-19T16:52:13 is naive: write the zone"):
        parse_utc("2016-12-19T16:52:13", what="--from")
    with pytest.raises(InputError, match="naive"):
        format_utc(datetime(2016, 12, 19))


def test_what_is_no_time():
    with pytest.raises(InputError, match="is not ISO 8601"):
        parse_utc("yesterday")


def test_times_are_rounded_not_cut():
    when = datetime(2016, 12, 31, 23, 59, 59, 999_600, tzinfo=UTC)
    assert format_utc(when) == "2017-01-01T00:00:00Z"
    assert format_utc(when, digits=3) == "2017-01-01T00:00:00.000Z"
    assert format_utc(when, digits=6) == "2016-12-31T23:59:59.999600Z"
    local = when.astimezone(timezone(timedelta(hours=8)))
    assert format_utc(local, digits=6) == format_utc(when, digits=6)


@given(seconds=st.floats(-1e7, 1e7))
def test_seconds_added_are_the_seconds_between(seconds):
    start = datetime(2016, 12, 19, tzinfo=UTC)
    assert seconds_between(start, add_seconds(start, seconds)) == pytest.approx(seconds, abs=1e-6)
