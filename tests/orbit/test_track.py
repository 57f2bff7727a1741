from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from passplan.errors import DomainError, ElementsError, InputError
from passplan.orbit.track import satellite_axes, track
from passplan.units import parse_utc

# Stated beside the reference table.
RANGE_KM, ELEVATION_DEG, TIME_S = 1.0, 0.05, 1.0
LAST_DIGIT = 0.5
WHOLE_SECOND_DEG = 0.15  # the second table stands at whole seconds
HALF_KM_MRAD_S = 0.015  # its ranges are rounded to 1 km: 0.1 s, in which the rate changes by so much
SGP4_RATE_DEG_S = 2e-6  # SGP4's velocity against the derivative of its own position, low orbit at 600 km


@pytest.fixture(scope="module")
def reference(micius, xinglong, utc):
    """The published pass, set 16353.90152003, ten instants a second."""
    return track(micius[0], xinglong, start_utc=utc(2016, 12, 19, 16, 46), time_s=np.arange(0.0, 720.0, 0.1))


def at(geometry, text):
    return int(np.argmin(np.abs(geometry.time_s - (parse_utc(text) - geometry.epoch_utc).total_seconds())))


def test_look_angles_of_the_reference_pass(reference, reference_rows):
    """tests/reference/reference_pass.csv, nine instants: range, elevation and azimuth."""
    for row in reference_rows["look"]:
        here = at(reference, row["utc"])
        assert reference.range_km[here] == pytest.approx(float(row["range_km"]), abs=RANGE_KM)
        assert reference.elevation_deg[here] == pytest.approx(float(row["elevation_deg"]), abs=ELEVATION_DEG)
        assert reference.azimuth_deg[here] == pytest.approx(float(row["azimuth_deg"]), abs=ELEVATION_DEG)


def test_windows_of_the_reference_pass(reference, reference_rows):
    """The same file: times above four elevations, and within 1200 km for 273 s as printed in the paper."""
    for row in reference_rows["window"]:
        if row["range_km"]:
            inside = reference.range_km <= float(row["range_km"])
        else:
            inside = reference.elevation_deg > float(row["elevation_deg"])
        seconds = reference.time_s[inside]
        rise, down = (reference.epoch_utc + timedelta(seconds=float(seconds[end])) for end in (0, -1))
        assert abs((rise - parse_utc(row["utc"])).total_seconds()) <= TIME_S
        assert abs((down - parse_utc(row["utc_end"])).total_seconds()) <= TIME_S
        assert seconds[-1] - seconds[0] == pytest.approx(float(row["duration_s"]), abs=TIME_S)


def test_rates_and_point_ahead_of_the_reference_pass(reference, reference_rows):
    """The same file, second table, rising half, to their rounding: rate of the line of sight seen from the turning
    Earth, and point-ahead from the inertial velocity (the two differ by 1 % at 10 deg).
    """
    seen_rate_urad_s = np.hypot(reference.ground_rate_x_urad_s, reference.ground_rate_y_urad_s)
    rising = slice(0, int(np.argmax(reference.elevation_deg)) + 1)
    for row in reference_rows["rate"]:
        here = int(np.argmin(np.abs(reference.range_km[rising] - float(row["range_km"]))))
        rate_mrad_s = seen_rate_urad_s[here] * 1e-3
        assert reference.elevation_deg[here] == pytest.approx(float(row["elevation_deg"]), abs=WHOLE_SECOND_DEG)
        assert rate_mrad_s == pytest.approx(float(row["line_of_sight_rate_mrad_s"]), abs=HALF_KM_MRAD_S)
        assert reference.point_ahead_urad[here] == pytest.approx(
            float(row["point_ahead_urad"]), abs=1.1 * LAST_DIGIT * 0.1
        )


def test_greatest_rates_of_the_reference_pass(reference):
    """Computed figures beside the table: azimuth rate at most 1.018 deg/s, its change 0.0118 deg/s^2; line of sight
    11.93 mrad/s from the turning Earth.
    """
    seen_rate_urad_s = np.hypot(reference.ground_rate_x_urad_s, reference.ground_rate_y_urad_s)
    assert seen_rate_urad_s.max() * 1e-3 == pytest.approx(11.93, abs=LAST_DIGIT * 1e-2)
    assert np.abs(reference.azimuth_rate_deg_s).max() == pytest.approx(1.018, abs=LAST_DIGIT * 1e-3)
    change = np.gradient(reference.azimuth_rate_deg_s, reference.time_s)
    high = reference.elevation_deg > 10.0
    assert np.abs(change[high]).max() == pytest.approx(0.0118, abs=LAST_DIGIT * 1e-4)


def test_the_later_set_gives_the_printed_figures(micius, xinglong, utc):
    """Liao et al. 2017: 645 km at least and 273 s within 1200 km; culmination 16:52:13 to 14, 47.83 deg."""
    geometry = track(micius[1], xinglong, start_utc=utc(2016, 12, 19, 16, 46), time_s=np.arange(0.0, 720.0, 0.1))
    top = int(np.argmax(geometry.elevation_deg))
    assert 373.0 <= geometry.time_s[top] <= 374.0
    assert geometry.elevation_deg[top] == pytest.approx(47.83, abs=ELEVATION_DEG)
    assert geometry.range_km.min() == pytest.approx(645.4, abs=RANGE_KM)
    inside = geometry.time_s[geometry.range_km <= 1200.0]
    assert inside[-1] - inside[0] == pytest.approx(273.0, abs=TIME_S)


@pytest.mark.parametrize(
    ("angle", "rate"),
    [
        ("azimuth_deg", "azimuth_rate_deg_s"),
        ("elevation_deg", "elevation_rate_deg_s"),
        ("range_km", "range_rate_km_s"),
    ],
)
def test_rates_are_derivatives(reference, angle, rate):
    """Two routes: central differences over 0.2 s; SGP4's velocity is not quite its position's derivative."""
    unwrapped = (
        np.unwrap(getattr(reference, angle), period=360.0) if angle == "azimuth_deg" else getattr(reference, angle)
    )
    differences = (unwrapped[2:] - unwrapped[:-2]) / (reference.time_s[2:] - reference.time_s[:-2])
    allowed = 2e-5 if angle == "range_km" else 2.0 * SGP4_RATE_DEG_S
    assert np.abs(differences - getattr(reference, rate)[1:-1]).max() < allowed


def test_the_inertial_rate_is_the_turn_of_the_line_of_sight(reference):
    """Two routes: differences of unit vectors in GCRS against length and both components in the satellite frame."""
    relative = reference.station_position_km - reference.satellite_position_km
    k = relative / np.linalg.norm(relative, axis=1, keepdims=True)
    turn_urad_s = (k[2:] - k[:-2]) / 0.2 * 1e6
    x, y = satellite_axes(k, reference.satellite_position_km, reference.satellite_velocity_km_s)
    allowed_urad_s = 0.05
    for axis, rate in ((x, reference.satellite_rate_x_urad_s), (y, reference.satellite_rate_y_urad_s)):
        assert np.abs(np.sum(turn_urad_s * axis[1:-1], axis=1) - rate[1:-1]).max() < allowed_urad_s
    lengths = np.linalg.norm(turn_urad_s, axis=1)
    assert np.abs(lengths - reference.line_of_sight_rate_urad_s[1:-1]).max() < allowed_urad_s


def test_the_grounds_point_ahead_is_the_same_motion_seen_from_the_other_end(reference):
    """Two routes: the satellite's lead, and the rate of the mount with the turning of the Earth added by hand."""
    components = np.hypot(reference.ground_point_ahead_x_urad, reference.ground_point_ahead_y_urad)
    np.testing.assert_allclose(components, reference.point_ahead_urad, rtol=1e-9)
    # In the frame of the mount the axes themselves turn with the Earth about the pole: 15 arcsec a second.
    latitude = np.radians(40.395867)
    azimuth, elevation = np.radians(reference.azimuth_deg), np.radians(reference.elevation_deg)
    east, north, up = np.sin(azimuth) * np.cos(elevation), np.cos(azimuth) * np.cos(elevation), np.sin(elevation)
    pole = 7.2921e-5 * np.array([0.0, np.cos(latitude), np.sin(latitude)])
    turned = np.cross(pole, np.column_stack((east, north, up)))  # what the Earth's turning adds to a fixed mount's rate
    x_axis = np.column_stack((np.cos(azimuth), -np.sin(azimuth), np.zeros_like(azimuth)))
    y_axis = np.cross(x_axis, np.column_stack((east, north, up)))
    round_trip_s = 2.0 * reference.range_km / 299792.458
    x_urad = round_trip_s * (reference.ground_rate_x_urad_s + 1e6 * np.sum(turned * x_axis, axis=1))
    y_urad = round_trip_s * (reference.ground_rate_y_urad_s + 1e6 * np.sum(turned * y_axis, axis=1))
    off = np.hypot(x_urad - reference.ground_point_ahead_x_urad, y_urad - reference.ground_point_ahead_y_urad)
    assert off.max() < 0.01  # urad; the pole of date is 0.1 deg from that of the catalogue's axes


def test_point_ahead_is_where_the_station_will_be_less_where_it_is_seen(reference):
    """Two routes: light seen now left the station R/c ago, light sent now arrives R/c later, both seen from a
    satellite that flies straight on; the difference of directions, by components."""
    light_time_s = reference.range_km / 299_792.458
    relative = reference.station_position_km - reference.satellite_position_km
    velocity = np.gradient(relative, reference.time_s, axis=0)
    before, after = (relative + sign * light_time_s[:, None] * velocity for sign in (-1.0, 1.0))
    k = relative / np.linalg.norm(relative, axis=1, keepdims=True)
    x, y = satellite_axes(k, reference.satellite_position_km, reference.satellite_velocity_km_s)
    shift_urad = 1e6 * (
        after / np.linalg.norm(after, axis=1, keepdims=True) - before / np.linalg.norm(before, axis=1, keepdims=True)
    )
    inner = slice(1, -1)
    assert np.abs(np.sum(shift_urad * x, axis=1) - reference.point_ahead_x_urad)[inner].max() < 1e-3
    assert np.abs(np.sum(shift_urad * y, axis=1) - reference.point_ahead_y_urad)[inner].max() < 1e-3


def test_lengths_of_vectors_agree_with_their_components(reference):
    """Exact: Pythagoras, in the satellite frame and in the frame of the mount."""
    components = np.hypot(reference.point_ahead_x_urad, reference.point_ahead_y_urad)
    np.testing.assert_allclose(components, reference.point_ahead_urad, rtol=1e-12)
    # The mount turns with the Earth (73 urad/s), so its rates differ from the inertial one by no more than that.
    ground_urad_s = np.hypot(reference.ground_rate_x_urad_s, reference.ground_rate_y_urad_s)
    assert np.abs(ground_urad_s - reference.line_of_sight_rate_urad_s).max() < 73.0


def test_the_satellite_frame_is_right_handed_and_x_follows_the_orbit_normal(reference):
    """Exact: x and y are unit, square to k and to each other, x cross y = k, and x leans to the orbit normal."""
    relative = reference.station_position_km - reference.satellite_position_km
    k = relative / np.linalg.norm(relative, axis=1, keepdims=True)
    x, y = satellite_axes(k, reference.satellite_position_km, reference.satellite_velocity_km_s)
    np.testing.assert_allclose(np.cross(x, y), k, atol=1e-12)
    np.testing.assert_allclose(np.sum(x * k, axis=1), 0.0, atol=1e-12)
    normal = np.cross(reference.satellite_position_km, reference.satellite_velocity_km_s)
    assert np.all(np.sum(x * normal, axis=1) > 0.0)


def test_arrays_are_read_only_and_share_a_grid(reference):
    """A record of arrays cannot be changed, nor built from two grids."""
    with pytest.raises(ValueError, match="read-only"):
        reference.range_km[0] = 0.0
    with pytest.raises(DomainError, match=r"Track.range_km has shape \(3,\), must be \(7200,\)"):
        replace(reference, range_km=np.zeros(3))


def test_the_callers_grid_stays_writable(micius, xinglong, utc):
    """The record keeps its own copy."""
    grid = np.arange(3.0)
    track(micius[0], xinglong, start_utc=utc(2016, 12, 19), time_s=grid)
    grid[0] = -1.0


def test_age_is_that_of_the_first_instant(micius, xinglong, utc):
    """Epoch 2016-12-18T21:38:11.33Z: 16:46 of the next day is 0.7971 d later."""
    geometry = track(micius[0], xinglong, start_utc=utc(2016, 12, 19, 16, 45), time_s=[60.0, 61.0])
    assert geometry.elements_age_days == pytest.approx(19.13019 / 24.0, abs=1e-5)


def test_the_table_has_units(reference):
    """Every column but the direction ``up`` has a unit, and the table says whose it is."""
    table = reference.to_table()
    assert len(table) == 7200
    assert {name for name in table.colnames if table[name].unit is None} == {"up"}
    assert table["range_km"].unit.to_string() == "km"
    assert table["point_ahead_x_urad"].unit.to_string() == "urad"
    assert table["line_of_sight_rate_urad_s"].unit.to_string() == "urad / s"
    assert table["time_s"].unit.to_string() == "s"
    assert table.meta["epoch_utc"] == "2016-12-19T16:46:00.000000Z"


@pytest.mark.parametrize(
    ("time_s", "message"),
    [
        ([], r"time_s has shape \(0,\), must be"),
        (5.0, r"time_s has shape \(\), must be"),
        ([0.0, np.nan], "time_s is nan"),
        ([0.0, 0.0], "time_s does not increase"),
    ],
)
def test_wrong_grids_are_refused(micius, xinglong, utc, time_s, message):
    """A grid is a list of finite instants in order."""
    with pytest.raises(DomainError, match=message):
        track(micius[0], xinglong, start_utc=utc(2016, 12, 19), time_s=time_s)


def test_naive_starts_and_decayed_objects_are_refused(micius, micius_late, xinglong, utc):
    """The errors of the clock and of the propagation come through."""
    with pytest.raises(InputError, match="is naive"):
        track(micius[0], xinglong, start_utc=datetime(2016, 12, 19), time_s=[0.0])
    with pytest.raises(ElementsError, match="decayed"):
        track(micius_late, xinglong, start_utc=utc(2026, 9, 1), time_s=np.arange(0.0, 600.0))
